//! Whether a program counts cached input within the input or apart. Emitters of one convention differ, and only a call with more cached than
//! input proves it: then all calls of that program are read so, or one conversation would be counted in two ways. Border: responses in, their
//! input out; what proves it is told where they are read.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::dialect::Dialect;
use crate::evidence::response::add_cache;
use crate::evidence::{Evidence, Response, SpanWhat, What};
use crate::model_calls::whole;

/// Whose calls are alike: those within one conversation, of one service, to one provider, else of one model.
type Alike = (Arc<str>, Option<Arc<str>>, Option<Arc<str>>);

/// Reads all calls as those are that prove how they have to be.
pub fn read_alike(dialect: &Dialect, evidence: &mut Evidence) {
    if !dialect.tokens.cache_may_be_apart {
        return;
    }
    let mut proven: FxHashSet<Alike> = FxHashSet::default();
    each(dialect, evidence, |alike, response| {
        if response.cache_apart {
            proven.insert(alike);
        }
    });
    if !proven.is_empty() {
        each(dialect, evidence, |alike, response| {
            if !response.cache_apart && proven.contains(&alike) {
                read_apart(response);
            }
        });
    }
}

fn each(dialect: &Dialect, evidence: &mut Evidence, mut tell: impl FnMut(Alike, &mut Response)) {
    let families: FxHashMap<Arc<str>, Arc<str>> =
        evidence.threads.keys().map(|id| (Arc::clone(id), Arc::clone(whole::family(evidence, id)))).collect();
    let Evidence { threads, spans, places, .. } = evidence;
    let service = |place: u32| places.get(place as usize).and_then(|p| p.service.as_ref()).filter(|_| dialect.agent_is_service);
    for span in spans {
        if let (SpanWhat::Response(response), Some(family)) = (&mut span.what, span.conversation.as_ref().and_then(|id| families.get(id))) {
            tell(alike(family, service(span.place), response, span.model.as_ref()), response);
        }
    }
    for (id, thread) in threads {
        let Some(family) = families.get(id) else { continue };
        for event in thread.log.iter_mut().chain(&mut thread.copies) {
            if let What::Response(response) = &mut event.what {
                tell(alike(family, service(event.place), response, event.model.as_ref()), response);
            }
        }
    }
}

fn alike(family: &Arc<str>, service: Option<&Arc<str>>, response: &Response, model: Option<&Arc<str>>) -> Alike {
    (Arc::clone(family), service.cloned(), response.provider.as_ref().or(model).cloned())
}

fn read_apart(response: &mut Response) {
    response.cache_apart = true;
    if let Some(tokens) = &mut response.tokens {
        tokens.input = tokens.input.map(|input| add_cache(input, tokens.cached, tokens.cache_write));
    }
}
