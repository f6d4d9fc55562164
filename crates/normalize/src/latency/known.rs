//! What facts tell of spans outside turns: their conversation and model. Border: facts in, answers by span out; nothing is guessed
//! from times.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::forest::{Forest, NONE};
use crate::evidence::Evidence;

/// Conversations and models by span and by trace.
#[derive(Debug, Default)]
pub struct Known {
    conversations: FxHashMap<(u128, u64), Arc<str>>,
    models: FxHashMap<(u128, u64), Arc<str>>,
    /// The conversation of a trace; `None` where there are several.
    traces: FxHashMap<u128, Option<Arc<str>>>,
}

impl Known {
    /// Collects it.
    pub fn new(evidence: &[Evidence]) -> Known {
        let mut known = Known::default();
        for span in evidence.iter().flat_map(|e| &e.spans) {
            let key = (span.trace, span.span as u64);
            known.models.extend(span.model.clone().map(|m| (key, m)));
            if let Some(conversation) = &span.conversation {
                known.conversations.insert(key, Arc::clone(conversation));
                known.note(span.trace, conversation);
            }
        }
        for (conversation, thread) in evidence.iter().flat_map(|e| &e.threads) {
            thread.log.iter().chain(&thread.copies).filter_map(|e| e.trace).for_each(|trace| known.note(trace, conversation));
        }
        known
    }

    fn note(&mut self, trace: u128, conversation: &Arc<str>) {
        let of_trace = self.traces.entry(trace).or_insert_with(|| Some(Arc::clone(conversation)));
        if of_trace.as_ref().is_some_and(|c| c != conversation) {
            *of_trace = None;
        }
    }

    /// The conversation of each span: the one that its trace tells of, else that of the nearest span up that names one, itself first.
    pub fn conversations(&self, forest: &Forest) -> Vec<Option<&Arc<str>>> {
        let mut found = vec![None; forest.len()];
        for place in forest.order.iter().map(|p| *p as usize) {
            let key = (forest.trace[place], forest.id[place]);
            let of_trace = self.traces.get(&key.0).and_then(Option::as_ref);
            let above = || Some(forest.parent[place]).filter(|p| *p != NONE).and_then(|p| found[p as usize]);
            found[place] = of_trace.or_else(|| self.conversations.get(&key)).or_else(above);
        }
        found
    }

    /// The only conversation of a trace.
    pub fn of_trace(&self, trace: u128) -> Option<&Arc<str>> {
        self.traces.get(&trace).and_then(Option::as_ref)
    }

    /// Whether a trace has several.
    pub fn is_shared(&self, trace: u128) -> bool {
        self.traces.get(&trace).is_some_and(Option::is_none)
    }

    /// The conversation that a span names.
    pub fn of_span(&self, trace: u128, span: u128) -> Option<&Arc<str>> {
        self.conversations.get(&(trace, span as u64))
    }

    /// The model that a span names.
    pub fn model(&self, trace: u128, id: u64) -> Option<&Arc<str>> {
        self.models.get(&(trace, id))
    }
}
