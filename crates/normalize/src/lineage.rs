//! Whose span is whose, and which conversation started which. Border: ids, traces and times in; conversations for the spans that do
//! not name theirs, and a kind and a parent for every conversation, out.

pub mod apart;
mod cache;
mod nesting;
mod origin;
pub mod services;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::lake::Part;

use crate::Error;
use crate::ancestry::Ancestry;
use crate::dialect::{Dialect, TurnKind};
use crate::evidence::{Evidence, SpanFact, SpanWhat, Thread, What};
pub use origin::{Origin, origins};

/// Conversations whose turn lies in another's: that one, and the kind of its turn.
pub type Nested = BTreeMap<Arc<str>, (Arc<str>, TurnKind)>;

/// Gives every span its conversation and every thread its spans. Gives the conversations whose turn lies in another's, with
/// that turn's kind.
pub fn settle_spans<'a>(dialect: &Dialect, evidence: &mut Evidence, parts: impl Iterator<Item = &'a Part>) -> Result<Nested, Error> {
    evidence.spans.sort_by_key(|s| (s.start, s.record));
    services::tell_apart(dialect, evidence);
    if dialect.nests() {
        let nested = nesting::settle(dialect, evidence, parts)?;
        hand_out(dialect, evidence);
        return Ok(nested);
    }
    let spans = &mut evidence.spans;
    drop_plain_turns(spans);
    claim_by_call_id(spans, &evidence.threads);

    // A trace's conversation, where only one is named in it.
    let mut named: FxHashMap<u128, Vec<Arc<str>>> = FxHashMap::default();
    let mut note = |trace: u128, conversation: &Arc<str>| {
        let known = named.entry(trace).or_default();
        // two tell that it is not the only one
        if known.len() < 2 && !known.contains(conversation) {
            known.push(Arc::clone(conversation));
        }
    };
    for span in spans.iter() {
        span.conversation.iter().for_each(|c| note(span.trace, c));
    }
    for (conversation, thread) in &evidence.threads {
        let turns = thread.events().iter().filter(|e| matches!(e.what, What::Prompt { .. } | What::TurnTtft(_)));
        turns.filter_map(|e| e.trace).for_each(|trace| note(trace, conversation));
    }
    let shared: FxHashSet<u128> = named.iter().filter(|(_, c)| c.len() > 1).map(|(trace, _)| *trace).collect();
    let ancestry = Ancestry::read(parts, &shared)?;

    let only = |trace: u128| named.get(&trace).filter(|c| c.len() == 1).map(|c| Arc::clone(&c[0]));
    for span in spans.iter_mut().filter(|s| s.conversation.is_none() && s.is_turn()) {
        span.conversation = only(span.trace);
    }
    let turns: FxHashMap<(u128, u128), usize> = spans.iter().enumerate().filter(|(_, s)| s.is_turn()).map(|(i, s)| ((s.trace, s.span), i)).collect();
    let mut search = ancestry.search(|trace, span| turns.get(&(trace, span)).copied());
    let mut turn = |span: &SpanFact| search.nearest(span.trace, span.span, span.parent).map(|(_, turn)| turn);
    let mut above = Vec::new();
    for (i, span) in spans.iter().enumerate() {
        if span.conversation.is_none() {
            let found = only(span.trace).or_else(|| turn(span).and_then(|t| spans[t].conversation.clone()));
            above.push((i, found));
        }
    }
    let mut nested = BTreeMap::new();
    for span in spans.iter().filter(|s| s.is_turn() && shared.contains(&s.trace)) {
        if let (Some(child), Some(outer)) = (&span.conversation, turn(span).map(|t| &spans[t]))
            && let Some(parent) = outer.conversation.as_ref().filter(|p| *p != child)
        {
            let kind = if let SpanWhat::Turn { kind, .. } = outer.what { kind } else { TurnKind::Turn };
            nested.entry(Arc::clone(child)).or_insert((Arc::clone(parent), kind));
        }
    }
    for (i, conversation) in above {
        spans[i].conversation = conversation;
    }
    hand_out(dialect, evidence);
    Ok(nested)
}

/// Takes out turns' spans that count only where there is no better one: of the same conversation in their trace, or of one that is not named. What
/// another conversation has there says nothing.
fn drop_plain_turns(spans: &mut Vec<SpanFact>) {
    let mut better: FxHashMap<u128, FxHashSet<Option<Arc<str>>>> = FxHashMap::default();
    for span in spans.iter().filter(|s| matches!(s.what, SpanWhat::Turn { .. })) {
        let _ = better.entry(span.trace).or_default().insert(span.conversation.clone());
    }
    let is_better = |span: &SpanFact| {
        let of_trace = better.get(&span.trace);
        of_trace.is_some_and(|of| span.conversation.is_none() || of.contains(&None) || of.contains(&span.conversation))
    };
    spans.retain(|s| !(matches!(s.what, SpanWhat::PlainTurn) && is_better(s)));
}

/// A tool call's span that does not name its conversation belongs to the one whose records name the call.
fn claim_by_call_id(spans: &mut [SpanFact], threads: &BTreeMap<Arc<str>, Thread>) {
    let mut calls: FxHashMap<&Arc<str>, &Arc<str>> = FxHashMap::default();
    for (conversation, thread) in threads {
        for event in thread.log.iter().chain(&thread.copies) {
            if let What::ToolResult(tool, _) | What::ToolDecision(tool, ..) | What::ToolReceived(tool, _) = &event.what {
                calls.extend(tool.call_id.as_ref().map(|id| (id, conversation)));
            }
        }
    }
    for span in spans.iter_mut().filter(|s| s.conversation.is_none()) {
        if let SpanWhat::Tool { tool, .. } | SpanWhat::McpCall { tool, .. } = &span.what {
            span.conversation = tool.call_id.as_ref().and_then(|id| calls.get(id)).map(|c| Arc::clone(c));
        }
    }
}

/// Gives each thread the places of its spans; a conversation that only spans know becomes a thread.
fn hand_out(dialect: &Dialect, evidence: &mut Evidence) {
    for (i, span) in evidence.spans.iter().enumerate() {
        evidence.by_trace.entry(span.trace).or_default().push(i);
        if matches!(span.what, SpanWhat::Interrupt) {
            evidence.interrupted.extend(span.turn_id.clone());
        }
        let Some(conversation) = &span.conversation else { continue };
        let thread = |threads: &mut BTreeMap<Arc<str>, Thread>, list: fn(&mut Thread) -> &mut Vec<usize>| {
            list(threads.entry(Arc::clone(conversation)).or_default()).push(i);
        };
        match span.what {
            SpanWhat::Turn { .. } | SpanWhat::PlainTurn => thread(&mut evidence.threads, |t| &mut t.turn_spans),
            SpanWhat::Tool { .. } | SpanWhat::McpCall { .. } | SpanWhat::ToolPart(_) | SpanWhat::Wait { .. } => {
                thread(&mut evidence.threads, |t| &mut t.tool_spans);
            }
            SpanWhat::Usage { .. } | SpanWhat::Response(_) => thread(&mut evidence.threads, |t| &mut t.usage_spans),
            SpanWhat::Conversation | SpanWhat::TurnId | SpanWhat::Interrupt | SpanWhat::HelperStart | SpanWhat::Work(_) => continue,
        }
        if let Some(thread) = evidence.threads.get_mut(conversation) {
            thread.within = thread.within.take().max(span.within.clone());
            if let Some(place) = evidence.places.get(span.place as usize).filter(|_| !dialect.agent_is_service) {
                thread.program.takes_place(span.stamp(span.start), place);
            }
            thread.labels.offer(span.stamp(span.start), &span.labels);
        }
    }
    services::settle_programs(dialect, evidence);
    cache::read_alike(dialect, evidence);
}
