//! Model calls of agents that tell all of a call in one record or span. Border: a conversation's facts of one signal in, its calls out. The
//! signals say the same, so that one of them is believed, by the dialect's rank, and never by which says more.

use std::collections::{BTreeMap, BTreeSet};
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

/// The calls of a conversation as the signal tells them that is believed of each service, in order.
pub fn calls(
    dialect: &Dialect,
    evidence: &Evidence,
    thread: &Thread,
    turns: &[Turn],
    level: impl Fn(Option<&Arc<str>>) -> Option<Signal>,
) -> Vec<Call> {
    let mut calls = Vec::new();
    for signal in [Signal::Log, Signal::Span, Signal::Metric] {
        calls.extend(of_signal(dialect, evidence, thread, turns, signal, |service| level(service) == Some(signal)));
    }
    once(calls)
}

/// The signal that is believed for each conversation and each service in it, told to the builder of its calls.
#[derive(Debug, Default)]
pub struct Levels(BTreeMap<(Arc<str>, Option<Arc<str>>), Signal>);

impl Levels {
    /// For a service's calls in a conversation.
    pub fn of(&self, evidence: &Evidence, conversation: &Arc<str>, service: Option<&Arc<str>>) -> Option<Signal> {
        self.0.get(&(Arc::clone(family(evidence, conversation)), service.cloned())).copied()
    }
}

/// The signal that is believed for each conversation: the first of the dialect's rank that knows the tokens of any call in it or in those that
/// work within it, else the first that knows of any call at all. It is the same for all of these, because one signal may tell apart what
/// another has in one; but what one service exports says nothing of another's.
pub fn levels(dialect: &Dialect, evidence: &Evidence) -> Levels {
    type Program = (Arc<str>, Option<Arc<str>>);
    let mut known: BTreeMap<Program, [bool; 6]> = BTreeMap::new();
    for (id, thread) in &evidence.threads {
        let family = family(evidence, id);
        for (place, signal) in rank(dialect).iter().enumerate().take(3) {
            knows(dialect, evidence, thread, *signal, |service, has_tokens| {
                let known = known.entry((Arc::clone(family), service.cloned())).or_default();
                known[place] |= has_tokens;
                known[place + 3] = true;
            });
        }
    }
    let level = |known: &[bool; 6]| rank(dialect).get(known.iter().position(|k| *k)? % 3).copied();
    Levels(known.into_iter().filter_map(|(of, known)| Some((of, level(&known)?))).collect())
}

/// The conversation that a user began, of those that work within one another.
pub fn family<'e>(evidence: &'e Evidence, id: &'e Arc<str>) -> &'e Arc<str> {
    let parent = |id: &str| {
        let parent = &evidence.threads.get(id)?.within.as_ref()?.parent;
        if parent.len() < id.len() {
            return Some(parent);
        }
        // an agent's agent has an id below that of the conversation of both
        let (above, _) = id.rsplit_once('/')?;
        let both = parent.strip_prefix(above)?.starts_with('/');
        both.then(|| evidence.threads.get_key_value(above)).flatten().map(|(above, _)| above)
    };
    // ids grow shorter from one to the next, so that this ends
    std::iter::successors(Some(id), |id| parent(id)).last().unwrap_or(id)
}

/// Tells of each call that a signal knows whose it is, and whether its tokens are known.
fn knows(dialect: &Dialect, evidence: &Evidence, thread: &Thread, signal: Signal, mut tell: impl FnMut(Option<&Arc<str>>, bool)) {
    let of_events = |events: &[Event], tell: &mut dyn FnMut(Option<&Arc<str>>, bool)| {
        for event in events {
            if let What::Response(response) = &event.what {
                tell(evidence.service(dialect, event.place), response.tokens.is_some());
            }
        }
    };
    match signal {
        Signal::Log => of_events(&thread.log, &mut tell),
        Signal::Span => {
            of_events(&thread.copies, &mut tell);
            for span in thread.usage_spans.iter().chain(&thread.turn_spans).map(|i| &evidence.spans[*i]) {
                match &span.what {
                    SpanWhat::Response(response) => tell(evidence.service(dialect, span.place), response.tokens.is_some()),
                    SpanWhat::Turn { tokens: Some(_), .. } => tell(evidence.service(dialect, span.place), true),
                    _ => {}
                }
            }
        }
        Signal::Metric => thread.metrics.iter().for_each(|sum| tell(sum.service.as_ref(), true)),
    }
}

/// All calls that a signal tells of, of the services that are wanted.
pub fn of_signal(
    dialect: &Dialect,
    evidence: &Evidence,
    thread: &Thread,
    turns: &[Turn],
    signal: Signal,
    wanted: impl Fn(Option<&Arc<str>>) -> bool,
) -> Vec<Call> {
    let wants = |call: &Call| wanted(call.service.as_ref());
    let of_events = |events: &[Event], signal| once(events.iter().filter_map(|e| of_event(dialect, evidence, e, signal)).collect());
    let mut calls = match signal {
        Signal::Log => of_events(&thread.log, Signal::Log),
        Signal::Span => {
            let spans = once(thread.usage_spans.iter().filter_map(|i| of_span(dialect, evidence, &evidence.spans[*i], turns)).collect());
            let copies = of_events(&thread.copies, Signal::Span);
            let services: BTreeSet<Option<Arc<str>>> = spans.iter().chain(&copies).map(|c| c.service.clone()).collect();
            let mut calls = Vec::new();
            for service in services {
                let of = |calls: &[Call]| calls.iter().filter(|c| c.service == service).cloned().collect::<Vec<Call>>();
                let (spans, copies) = (of(&spans), of(&copies));
                let tell = |calls: &[Call]| calls.iter().any(|c| c.tokens.is_some());
                calls.extend(if tell(&spans) || (!tell(&copies) && !spans.is_empty()) { spans } else { copies });
            }
            // sums on the spans of turns stand for calls whose own spans are not there, or do not tell, whoever made these
            if calls.iter().all(|c| c.tokens.is_none()) {
                let turns = of_turns(dialect, evidence, thread, turns);
                calls = if turns.is_empty() { calls } else { turns };
            }
            calls
        }
        Signal::Metric => thread.metrics.iter().map(of_metric).collect(),
    };
    calls.retain(wants);
    calls
}

/// The sums on the spans of turns.
pub fn of_turns(dialect: &Dialect, evidence: &Evidence, thread: &Thread, turns: &[Turn]) -> Vec<Call> {
    turns.iter().filter_map(|t| whole_turn(dialect, evidence, thread, t)).collect()
}

/// Calls that two records tell with the same response id and the same tokens are one: programs are instrumented twice.
fn once(mut calls: Vec<Call>) -> Vec<Call> {
    calls.sort_by_key(|c| c.stamp);
    let mut seen = FxHashSet::default();
    calls.retain(|call| match (&call.response_id, call.tokens) {
        (Some(id), Some(tokens)) => seen.insert((Arc::clone(id), tokens.input, tokens.output)),
        _ => true,
    });
    calls
}

fn of_event(dialect: &Dialect, evidence: &Evidence, event: &Event, signal: Signal) -> Option<Call> {
    let What::Response(response) = &event.what else { return None };
    let mut call = of_response(dialect, response, event.stamp, signal);
    (call.model, call.requested_model) = (event.model.clone(), event.requested_model.clone());
    (call.turn_id, call.trace) = (event.turn_id.clone(), event.trace);
    call.start = event.stamp.time.zip(response.duration_ns).and_then(|(end, took)| end.checked_sub(took));
    call.service = evidence.service(dialect, event.place).cloned();
    Some(call)
}

fn of_span(dialect: &Dialect, evidence: &Evidence, span: &SpanFact, turns: &[Turn]) -> Option<Call> {
    let SpanWhat::Response(response) = &span.what else { return None };
    let mut call = of_response(dialect, response, span.stamp(span.end.or(span.start)), Signal::Span);
    call.model = span.model.clone().or_else(|| crate::turns::at(turns, span.start).and_then(|t| turns[t].model.clone()));
    call.requested_model = span.requested_model.clone().or_else(|| call.model.clone());
    (call.turn_id, call.trace, call.start) = (span.turn_id.clone(), Some(span.trace), span.start);
    call.duration_ns = span.end.zip(span.start).and_then(|(end, start)| end.checked_sub(start)).or(response.duration_ns);
    call.service = evidence.service(dialect, span.place).cloned();
    Some(call)
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
        response_id: response.id.clone(),
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
        service: sum.service.clone(),
        ..Call::blank(stamp, Signal::Metric)
    }
}

#[cfg(test)]
mod tests;
