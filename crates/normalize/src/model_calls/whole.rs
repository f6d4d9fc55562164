//! Model calls of agents that tell all of a call in one record or span. Border: a conversation's facts of one signal in, its calls out. The
//! signals say the same, so that one of them is believed, by the dialect's rank, and never by which says more.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::{Call, Signal, whole_turn};
use crate::dialect::Dialect;
use crate::error_class::ErrorClass;
use crate::evidence::{Event, Evidence, MetricTokens, Response, SpanFact, SpanWhat, Thread, What};
use crate::stamp::Stamp;
use crate::turns::Turn;

/// The order in which signals are believed where a dialect says nothing.
const RANK: [Signal; 3] = [Signal::Log, Signal::Span, Signal::Metric];

/// The signals of a dialect, best first.
pub fn rank(dialect: &Dialect) -> &[Signal] {
    if dialect.tokens.rank.is_empty() { &RANK } else { &dialect.tokens.rank }
}

/// The calls of a conversation as that signal tells them, in order.
pub fn calls(dialect: &Dialect, evidence: &Evidence, thread: &Thread, turns: &[Turn], signal: Signal) -> Vec<Call> {
    let mut calls = of_signal(dialect, evidence, thread, turns, signal);
    calls.sort_by_key(|c| c.stamp);
    calls
}

/// The signal that is believed for each conversation: the first of the dialect's rank that knows the tokens of any call in it or in those that
/// work within it, else the first that knows of any call at all. It is the same for all of these, because one signal may tell apart what
/// another has in one.
pub fn levels(dialect: &Dialect, evidence: &Evidence) -> BTreeMap<Arc<str>, Signal> {
    let mut known: BTreeMap<&Arc<str>, [bool; 6]> = BTreeMap::new();
    let families: Vec<(&Arc<str>, &Arc<str>)> = evidence.threads.keys().map(|id| (id, family(evidence, id))).collect();
    for (id, family) in &families {
        let Some(thread) = evidence.threads.get(*id) else { continue };
        let known = known.entry(*family).or_default();
        for (place, signal) in rank(dialect).iter().enumerate().take(3) {
            let (tokens, calls) = knows(evidence, thread, *signal);
            known[place] |= tokens;
            known[place + 3] |= calls;
        }
    }
    let level = |known: &[bool; 6]| rank(dialect).get(known.iter().position(|k| *k)? % 3).copied();
    families.into_iter().filter_map(|(id, family)| Some((Arc::clone(id), level(known.get(family)?)?))).collect()
}

/// The conversation that a user began, of those that work within one another.
pub fn family<'e>(evidence: &'e Evidence, id: &'e Arc<str>) -> &'e Arc<str> {
    let parent = |id: &Arc<str>| evidence.threads.get(id)?.within.as_ref().map(|w| &w.parent);
    // ids grow longer within one another, so that this ends
    std::iter::successors(Some(id), |id| parent(id).filter(|p| p.len() < id.len())).last().unwrap_or(id)
}

/// Whether a signal knows the tokens of any call of a conversation, and whether it knows of any call.
fn knows(evidence: &Evidence, thread: &Thread, signal: Signal) -> (bool, bool) {
    let of_events = |events: &[Event]| {
        let mut responses = events.iter().filter_map(|e| if let What::Response(r) = &e.what { Some(r.tokens.is_some()) } else { None }).peekable();
        let any = responses.peek().is_some();
        (responses.any(|known| known), any)
    };
    match signal {
        Signal::Log => of_events(&thread.log),
        Signal::Span => {
            let of = |i: &usize| match &evidence.spans[*i].what {
                SpanWhat::Response(r) => (r.tokens.is_some(), true),
                SpanWhat::Turn { tokens, .. } => (tokens.is_some(), tokens.is_some()),
                _ => (false, false),
            };
            let spans = thread.usage_spans.iter().chain(&thread.turn_spans).map(of);
            spans.fold(of_events(&thread.copies), |(tokens, any), (t, a)| (tokens || t, any || a))
        }
        Signal::Metric => (!thread.metrics.is_empty(), !thread.metrics.is_empty()),
    }
}

/// All calls that a signal tells of.
pub fn of_signal(dialect: &Dialect, evidence: &Evidence, thread: &Thread, turns: &[Turn], signal: Signal) -> Vec<Call> {
    let of_events = |events: &[Event], signal| once(events.iter().filter_map(|e| of_event(dialect, e, signal)).collect());
    match signal {
        Signal::Log => of_events(&thread.log, Signal::Log),
        Signal::Span => {
            let spans = once(thread.usage_spans.iter().filter_map(|i| of_span(dialect, &evidence.spans[*i], turns)).collect());
            if spans.iter().any(|c| c.tokens.is_some()) {
                return spans;
            }
            let copies = of_events(&thread.copies, Signal::Span);
            if copies.iter().any(|c| c.tokens.is_some()) {
                return copies;
            }
            // sums on the spans of turns stand for calls whose own spans are not there, or do not tell
            let turns = of_turns(evidence, thread, turns);
            if turns.is_empty() { if spans.is_empty() { copies } else { spans } } else { turns }
        }
        Signal::Metric => thread.metrics.iter().map(of_metric).collect(),
    }
}

/// The sums on the spans of turns.
pub fn of_turns(evidence: &Evidence, thread: &Thread, turns: &[Turn]) -> Vec<Call> {
    turns.iter().filter_map(|t| whole_turn(evidence, thread, t)).collect()
}

/// Calls that two records tell with the same response id and the same tokens are one: programs are instrumented twice.
fn once(mut calls: Vec<(Option<Arc<str>>, Call)>) -> Vec<Call> {
    calls.sort_by_key(|(_, c)| c.stamp);
    let mut seen = FxHashSet::default();
    let first = |(id, call): &(Option<Arc<str>>, Call)| match (id, call.tokens) {
        (Some(id), Some(tokens)) => seen.insert((Arc::clone(id), tokens.input, tokens.output)),
        _ => true,
    };
    calls.retain(first);
    calls.into_iter().map(|(_, call)| call).collect()
}

fn of_event(dialect: &Dialect, event: &Event, signal: Signal) -> Option<(Option<Arc<str>>, Call)> {
    let What::Response(response) = &event.what else { return None };
    let mut call = of_response(dialect, response, event.stamp, signal);
    (call.model, call.requested_model) = (event.model.clone(), event.requested_model.clone());
    (call.turn_id, call.trace) = (event.turn_id.clone(), event.trace);
    call.start = event.stamp.time.zip(response.duration_ns).and_then(|(end, took)| end.checked_sub(took));
    Some((response.id.clone(), call))
}

fn of_span(dialect: &Dialect, span: &SpanFact, turns: &[Turn]) -> Option<(Option<Arc<str>>, Call)> {
    let SpanWhat::Response(response) = &span.what else { return None };
    let mut call = of_response(dialect, response, span.stamp(span.end.or(span.start)), Signal::Span);
    call.model = span.model.clone().or_else(|| crate::turns::at(turns, span.start).and_then(|t| turns[t].model.clone()));
    call.requested_model = span.requested_model.clone().or_else(|| call.model.clone());
    (call.turn_id, call.trace, call.start) = (span.turn_id.clone(), Some(span.trace), span.start);
    call.duration_ns = span.end.zip(span.start).and_then(|(end, start)| end.checked_sub(start)).or(response.duration_ns);
    Some((response.id.clone(), call))
}

fn of_response(dialect: &Dialect, response: &Response, stamp: Stamp, signal: Signal) -> Call {
    let error = (!response.ok)
        .then(|| response.error.clone().unwrap_or_else(|| response.http_status.map_or("request failed".to_owned(), |s| format!("http {s}"))));
    Call {
        attempt: response.attempt,
        ok: Some(response.ok),
        http_status: response.http_status,
        error_class: error.as_ref().map(|error| ErrorClass::of(dialect, response.http_status, error)),
        error,
        duration_ns: response.duration_ns,
        ttft_ns: response.ttft_ns,
        tokens: response.tokens,
        service_tier: response.service_tier.clone(),
        effort: response.effort.clone(),
        provider: response.provider.clone(),
        role: response.role.clone(),
        reported_nanousd: response.reported_nanousd,
        cost_units: response.cost_units,
        ..Call::blank(stamp, signal)
    }
}

fn of_metric(sum: &MetricTokens) -> Call {
    let stamp = Stamp { time: sum.time, observed: None, record: sum.record };
    Call {
        start: sum.start,
        model: sum.model.clone(),
        ok: Some(true),
        tokens: Some(sum.tokens),
        whole_turn: true,
        ..Call::blank(stamp, Signal::Metric)
    }
}

#[cfg(test)]
mod tests;
