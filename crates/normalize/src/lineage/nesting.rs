//! Whose a span is by what it lies in, for agents whose spans lie in one another as their work does: sub-agents within the tool call that
//! started them, requests within wrappers that tell the same, parts of a tool call within its span. Border: ids and parents in;
//! conversations, and what is a part of what, out.

mod above;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::lake::Part;

use super::Nested;
use crate::Error;
use crate::ancestry::Ancestry;
use crate::dialect::{Dialect, Role, TurnKind};
use crate::evidence::whose::within;
use crate::evidence::{Event, Evidence, SpanFact, SpanWhat, Within};
use crate::stamp::{hex16, hex32};
use crate::survey::key::UNKNOWN;
use above::{Above, Agents};

/// Gives every fact its conversation, and takes out what another fact tells better. Gives the conversations that lie in another one's turn.
pub fn settle<'a>(dialect: &Dialect, evidence: &mut Evidence, parts: impl Iterator<Item = &'a Part>) -> Result<Nested, Error> {
    let traces: FxHashSet<u128> = evidence.spans.iter().map(|s| s.trace).collect();
    let ancestry = Ancestry::read(parts, &traces)?;
    let above = Above::of(&evidence.spans, &ancestry);
    let nested = conversations(dialect, evidence, &above);
    join_parts(&mut evidence.spans, &above);
    let mut dropped = wrappers(&evidence.spans, &above);
    dropped.extend(plain_turns(&evidence.spans));
    if dialect.spans.turn_tokens_include_nested {
        count_outermost(&mut evidence.spans, &above);
    }
    let mut place = 0;
    evidence.spans.retain(|_| {
        place += 1;
        !dropped.contains(&(place - 1))
    });
    place_events(dialect, evidence);
    Ok(nested)
}

/// A fact's conversation, and the one that its records name.
#[derive(Clone)]
struct Settled {
    named: Arc<str>,
    conversation: Arc<str>,
    within: Option<Within>,
}

fn conversations(dialect: &Dialect, evidence: &mut Evidence, above: &Above) -> Nested {
    let only = only_named(evidence);
    let agents = if dialect.spans.nested_turns_are_subagents { above.agents(&evidence.spans) } else { Vec::new() };
    let Evidence { spans, places, pool, .. } = evidence;
    let mut settled: Vec<Option<Settled>> = vec![None; spans.len()];
    let mut nested = BTreeMap::new();
    for i in above.order() {
        let span = &spans[i];
        let outer = above.nearest(i).and_then(|a| settled[a].clone());
        let named =
            span.conversation.clone().or_else(|| outer.as_ref().map(|o| Arc::clone(&o.named))).or_else(|| only.get(&span.trace).cloned().flatten());
        let named = named.or_else(|| {
            let instance = places.get(span.place as usize).and_then(|p| p.instance.clone());
            let trace = (span.trace != 0).then(|| Arc::from(hex32(span.trace).as_str()));
            dialect.conversations.unnamed.then(|| trace.or(instance)).flatten()
        });
        let Some(named) = named else { continue };
        let same = outer.as_ref().filter(|o| o.named == named);
        let mut own = Settled { conversation: Arc::clone(&named), within: span.within.clone(), named: Arc::clone(&named) };
        if span.within.is_some() {
            // it names what it is itself
        } else if let SpanWhat::Work(role) = &span.what {
            own.conversation = within(pool, &named, role.word());
            own.within = Some(Within { parent: named, role: *role });
        } else if is_nested_turn(span, agents.get(i))
            && let Some(outer) = same
        {
            own.conversation = within(pool, &named, &hex16(span.span));
            own.within = Some(Within { parent: Arc::clone(&outer.conversation), role: Role::Subagent });
        } else if let Some(outer) = same {
            own = outer.clone();
        } else if let Some(outer) = outer
            && span.conversation.is_some()
        {
            nested.entry(named).or_insert((outer.conversation, TurnKind::Turn));
        }
        settled[i] = Some(own);
    }
    for (span, settled) in spans.iter_mut().zip(settled) {
        let (conversation, within) = settled.map(|s| (s.conversation, s.within)).unzip();
        (span.conversation, span.within) = (conversation, within.flatten());
    }
    nested.retain(|child: &Arc<str>, (parent, _)| child != parent);
    nested
}

/// The conversation of each trace in which only one is named.
fn only_named(evidence: &Evidence) -> FxHashMap<u128, Option<Arc<str>>> {
    let mut named: FxHashMap<u128, Option<Arc<str>>> = FxHashMap::default();
    let mut note = |trace: u128, conversation: &Arc<str>| {
        let known = named.entry(trace).or_insert_with(|| Some(Arc::clone(conversation)));
        if known.as_ref().is_some_and(|k| k != conversation) {
            *known = None;
        }
    };
    for span in evidence.spans.iter().filter(|s| s.within.is_none()) {
        span.conversation.iter().for_each(|c| note(span.trace, c));
    }
    for (conversation, thread) in evidence.threads.iter().filter(|(_, t)| t.within.is_none()) {
        thread.log.iter().filter_map(|e| e.trace).for_each(|trace| note(trace, conversation));
    }
    named
}

/// Whether a turn's span lies in another's, of an agent that is not the same.
fn is_nested_turn(span: &SpanFact, outer: Option<&Agents>) -> bool {
    let SpanWhat::Turn { agent, .. } = &span.what else { return false };
    outer.is_some_and(|outer| outer.any_but(agent.as_ref()))
}

/// Parts of a tool call learn which span that is. A tool's span within one of the same tool, or of the same call, is a part of it: clients of
/// MCP servers have spans of their own.
///
/// A client's call to a server stands in for the tool's span where there is none, and the server's own span lies within the client's.
fn join_parts(spans: &mut [SpanFact], above: &Above) {
    let is_call = |s: &SpanFact| matches!(s.what, SpanWhat::Tool { .. } | SpanWhat::McpCall { .. });
    // of each the nearest up, itself included, that is no call within another
    let mut anchors: Vec<Option<usize>> = vec![None; spans.len()];
    for i in above.order() {
        let anchor = above.nearest(i).and_then(|a| anchors[a]);
        join_part(spans, i, anchor.filter(|a| is_call(&spans[*a]) && spans[*a].of_call.is_none()));
        anchors[i] = if is_call(&spans[i]) && spans[i].of_call.is_some() { anchor } else { Some(i) };
    }
}

fn join_part(spans: &mut [SpanFact], i: usize, anchor: Option<usize>) {
    let Some(a) = anchor else { return };
    let (SpanWhat::Tool { tool: outer, .. } | SpanWhat::McpCall { tool: outer, .. }) = &spans[a].what else { return };
    let part = match &spans[i].what {
        SpanWhat::ToolPart(_) | SpanWhat::Wait { .. } | SpanWhat::McpCall { .. } => true,
        SpanWhat::Tool { tool, .. } => match (&tool.call_id, &outer.call_id) {
            (Some(id), Some(outer)) => id == outer,
            _ => tool.name == outer.name,
        },
        _ => false,
    };
    if part {
        let (anchor, conversation) = (spans[a].span, spans[a].conversation.clone());
        spans[i].of_call = Some(anchor);
        spans[i].conversation = conversation;
    }
}

/// Responses that another one tells: of a wrapper and what it wraps, the inner ones count where they know their tokens.
fn wrappers(spans: &[SpanFact], above: &Above) -> FxHashSet<usize> {
    let tokens = |i: usize| if let SpanWhat::Response(r) = &spans[i].what { Some((r.tokens.is_some(), r.ok)) } else { None };
    let mut within: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for i in 0..spans.len() {
        let wrapper = above.nearest(i).filter(|a| tokens(i).is_some() && tokens(*a).is_some() && spans[*a].conversation == spans[i].conversation);
        within.entry(wrapper.unwrap_or(usize::MAX)).or_default().push(i);
    }
    within.remove(&usize::MAX);
    let mut dropped = FxHashSet::default();
    // from the innermost wrapper on, so that of three the innermost counts
    for wrapper in above.order().rev().filter(|i| within.contains_key(i)) {
        let inner = &within[&wrapper];
        let counts =
            |i: usize| tokens(i).is_some_and(|(known, _)| known) || within.get(&i).is_some_and(|w| w.iter().any(|i| tokens(*i).is_some_and(|t| t.0)));
        if inner.iter().any(|i| counts(*i)) || tokens(wrapper).is_some_and(|(known, _)| !known) {
            dropped.insert(wrapper);
        } else {
            dropped.extend(inner.iter().filter(|i| tokens(**i).is_some_and(|(_, ok)| ok)));
        }
    }
    dropped
}

/// Turns' spans that count only where their trace has no better one.
fn plain_turns(spans: &[SpanFact]) -> impl Iterator<Item = usize> {
    let better: FxHashSet<u128> = spans.iter().filter(|s| matches!(s.what, SpanWhat::Turn { .. })).map(|s| s.trace).collect();
    // of several within one another the outermost, which starts first
    let mut seen = FxHashSet::default();
    spans
        .iter()
        .enumerate()
        .filter(move |(_, s)| matches!(s.what, SpanWhat::PlainTurn) && (better.contains(&s.trace) || !seen.insert(s.trace)))
        .map(|(i, _)| i)
}

/// Leaves the sums of the outermost turn that has any.
fn count_outermost(spans: &mut [SpanFact], above: &Above) {
    let within = above.within_any(|a| matches!(spans[a].what, SpanWhat::Turn { tokens: Some(_), .. }));
    for (span, _) in spans.iter_mut().zip(within).filter(|(_, within)| *within) {
        if let SpanWhat::Turn { tokens, .. } = &mut span.what {
            *tokens = None;
        }
    }
}

/// Gives the events that name no conversation to that of their span, else of their trace.
fn place_events(dialect: &Dialect, evidence: &mut Evidence) {
    let of_span: FxHashMap<(u128, u128), Arc<str>> =
        evidence.spans.iter().filter_map(|s| Some(((s.trace, s.span), s.conversation.clone()?))).collect();
    let only = only_named(evidence);
    let untraced = evidence.unplaced.iter().filter(|(event, ..)| event.trace.is_none());
    let first = untraced.filter_map(|(event, ..)| evidence.service(dialect, event.place)).min().cloned();
    for (event, copy, labels) in std::mem::take(&mut evidence.unplaced) {
        let of = |Event { trace, span, .. }: &Event| {
            let trace = (*trace)?;
            let by_span = span.and_then(|span| of_span.get(&(trace, span)).cloned());
            let unnamed = || dialect.conversations.unnamed.then(|| Arc::from(hex32(trace).as_str()));
            by_span.or_else(|| only.get(&trace).cloned().flatten()).or_else(unnamed)
        };
        let service = evidence.service(dialect, event.place).cloned();
        // of programs of which nothing tells that they have to do with each other
        let of_service =
            || service.as_ref().filter(|s| Some(*s) != first.as_ref()).map_or_else(|| UNKNOWN.into(), |s| format!("{UNKNOWN}@{s}").into());
        let unknown = || dialect.conversations.unnamed.then(of_service);
        let Some(conversation) = of(&event).or_else(unknown) else { continue };
        let thread = evidence.threads.entry(conversation).or_default();
        if let Some(place) = evidence.places.get(event.place as usize).filter(|_| dialect.agent_is_service) {
            thread.programs.entry(service).or_default().takes_place(event.stamp, place);
        }
        thread.labels.offer(event.stamp, &labels);
        if !copy {
            thread.times.extend(event.stamp.time);
        }
        if copy { thread.copies.push(event) } else { thread.log.push(event) }
    }
}
