//! What records tell of spans: their conversation and model. Border: facts, and what spans of shared traces name, in; answers by span out.
//!
//! A span is of the conversation that it names, else of the one that its resource names, else of the one that the nearest span above it names. Where
//! nothing above names one, it is of the conversation of the trace; of several of the first to be named in the same tree, else in the trace. Which of
//! the parts of one it is of nobody tells.
//!
//! `forget` tells by this rule which spans of a shared trace go, so that a conversation can go without a change to what others have. The two differ
//! where
//!
//! * nothing but spans that are no facts name a second conversation in a trace: all of the trace is here of the one that facts of spans and
//!   records tell of, for `forget` it is shared. To find out would take a look at the attributes of every span of the archive;
//! * a span has several names: here the first in the order of its dialect counts, and of a resource those that its dialect lists; `forget` knows the names of
//!   all dialects, in spans of no dialect too, and a span goes when any of them is forgotten;
//! * what a span names is no conversation of the tables, or several services have it and the span's is not known with it: here it names nothing, for
//!   `forget` it names another one;
//! * parents run in a circle: here it begins at its first span, `forget` goes round to the next that names one.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::families::Families;
use super::forest::{Forest, NONE};
use crate::evidence::{Evidence, SpanFact};
use crate::stamp::Stamp;

/// Conversations and models by span and by trace.
#[derive(Debug, Default)]
pub struct Known {
    facts: FxHashMap<(u128, u64), Arc<str>>,
    /// What spans of traces that several families share name, turns as `lineage` has them.
    names: FxHashMap<(u128, u64), Arc<str>>,
    models: FxHashMap<(u128, u64), Arc<str>>,
    traces: FxHashMap<u128, OfTrace>,
    /// Which conversations are parts of which.
    pub families: Families,
}

/// What is known of a trace.
#[derive(Debug)]
struct OfTrace {
    /// Its conversation; `None` where there are several.
    only: Option<Arc<str>>,
    /// That of which all of them are parts; `None` where there is none.
    family: Option<Arc<str>>,
    /// The conversation of the first of its log records.
    first: Option<(Stamp, Arc<str>)>,
}

impl OfTrace {
    /// Whether conversations meet in it that are no parts of one.
    fn is_shared(&self) -> bool {
        self.family.is_none()
    }
}

impl Known {
    /// Collects it. `agents` are those of the evidence.
    pub fn new<'a>(evidence: &[Evidence], agents: impl Iterator<Item = &'a str>) -> Known {
        let mut known = Known { families: Families::new(evidence, agents), ..Known::default() };
        for span in evidence.iter().flat_map(|e| &e.spans) {
            let key = key(span);
            known.models.extend(span.model.clone().map(|m| (key, m)));
            if let Some(conversation) = &span.conversation {
                known.facts.insert(key, Arc::clone(conversation));
                let _ = known.note(span.trace, conversation);
            }
        }
        for (conversation, thread) in evidence.iter().flat_map(|e| &e.threads) {
            for (trace, stamp) in thread.log.iter().chain(&thread.copies).filter_map(|e| Some((e.trace?, e.stamp))) {
                let first = &mut known.note(trace, conversation).first;
                if first.as_ref().is_none_or(|first| (stamp, conversation) < (first.0, &first.1)) {
                    *first = Some((stamp, Arc::clone(conversation)));
                }
            }
        }
        let turns = evidence.iter().flat_map(|e| &e.spans).filter(|s| s.is_turn() && known.is_shared(s.trace));
        known.names = turns.filter_map(|s| Some((key(s), s.conversation.clone()?))).collect();
        known
    }

    fn note(&mut self, trace: u128, conversation: &Arc<str>) -> &mut OfTrace {
        let Known { traces, families, .. } = self;
        let family = families.of(conversation);
        let of_trace =
            traces.entry(trace).or_insert_with(|| OfTrace { only: Some(Arc::clone(conversation)), family: Some(Arc::clone(family)), first: None });
        if of_trace.only.as_ref().is_some_and(|c| c != conversation) {
            of_trace.only = None;
        }
        if of_trace.family.as_ref().is_some_and(|f| f != family) {
            of_trace.family = None;
        }
        of_trace
    }

    fn is_shared(&self, trace: u128) -> bool {
        self.traces.get(&trace).is_some_and(OfTrace::is_shared)
    }

    /// The traces in which conversations meet that are no parts of one.
    pub fn shared(&self) -> FxHashSet<u128> {
        self.traces.iter().filter(|(_, t)| t.is_shared()).map(|(trace, _)| *trace).collect()
    }

    /// Adds what a span of such a trace names.
    pub fn name(&mut self, trace: u128, id: u64, conversation: Arc<str>) {
        let _ = self.names.entry((trace, id)).or_insert(conversation);
    }

    /// The conversation of each span.
    pub fn conversations(&self, forest: &Forest) -> Vec<Option<&Arc<str>>> {
        let mut found = vec![None; forest.len()];
        let mut is_open = false;
        for place in forest.order.iter().map(|p| *p as usize) {
            let of_trace = self.traces.get(&forest.trace[place]);
            let above = || Some(forest.parent[place]).filter(|p| *p != NONE).and_then(|p| found[p as usize]);
            found[place] = of_trace.and_then(|t| t.only.as_ref()).or_else(|| self.own((forest.trace[place], forest.id[place]), above()));
            is_open |= found[place].is_none() && of_trace.is_some_and(OfTrace::is_shared);
        }
        if is_open {
            self.close(forest, &mut found);
        }
        found
    }

    /// That of a span in a trace of several, with that of the span above it. Of a family the part stands that is told.
    fn own<'a>(&'a self, key: (u128, u64), above: Option<&'a Arc<str>>) -> Option<&'a Arc<str>> {
        let fact = self.facts.get(&key);
        let Some(named) = self.names.get(&key).or(above) else { return fact };
        Some([fact, above].into_iter().flatten().find(|c| self.families.are_one(c, named)).unwrap_or(named))
    }

    /// Gives out the spans with nothing above that names a conversation.
    fn close<'a>(&'a self, forest: &Forest, found: &mut [Option<&'a Arc<str>>]) {
        let mut top: Vec<u32> = (0..forest.len() as u32).collect();
        for place in forest.order.iter().map(|p| *p as usize).filter(|p| forest.parent[*p] != NONE) {
            top[place] = top[forest.parent[place] as usize];
        }
        let (mut of_tree, mut of_trace) = (FxHashMap::default(), FxHashMap::default());
        // places are in the order of trace, start and id
        for (place, conversation) in found.iter().enumerate().filter_map(|(place, c)| Some((place, self.families.of((*c)?)))) {
            let _ = of_tree.entry(top[place]).or_insert(conversation);
            let _ = of_trace.entry(forest.trace[place]).or_insert(conversation);
        }
        for place in 0..found.len() {
            let trace = forest.trace[place];
            if found[place].is_none()
                && let Some(told) = self.traces.get(&trace).filter(|t| t.is_shared())
            {
                let of_logs = || told.first.as_ref().map(|(_, conversation)| self.families.of(conversation));
                found[place] = of_tree.get(&top[place]).or_else(|| of_trace.get(&trace)).copied().or_else(of_logs);
            }
        }
    }

    /// The model that a span names.
    pub fn model(&self, trace: u128, id: u64) -> Option<&Arc<str>> {
        self.models.get(&(trace, id))
    }
}

fn key(span: &SpanFact) -> (u128, u64) {
    (span.trace, span.span as u64)
}
