//! Everything that names a call: records of its decision, its result and its copy on a span, and its spans. Border: brought together here by id;
//! what they add up to is told by the module above.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::dialect::Dialect;
use crate::evidence::{Event, Evidence, SpanFact, SpanWhat, Thread, ToolRef, ToolResult, What};

/// A decision about a call.
#[derive(Debug, Clone, Copy)]
pub struct Decided<'a> {
    pub event: &'a Event,
    pub tool: &'a ToolRef,
    pub decision: Option<&'a Arc<str>>,
    pub source: Option<&'a Arc<str>>,
}

/// Everything that names one call.
#[derive(Debug, Default)]
pub struct Mentions<'a> {
    pub result: Option<(&'a Event, &'a ToolRef, &'a ToolResult)>,
    pub copy: Option<(&'a Event, &'a ToolRef, &'a ToolResult)>,
    pub decision: Option<Decided<'a>>,
    pub received: Option<(&'a Event, &'a ToolRef, Option<&'a Arc<str>>)>,
    pub span: Option<(&'a SpanFact, &'a ToolRef, Option<bool>)>,
    pub mcp: Option<(&'a SpanFact, &'a ToolRef, bool)>,
    /// Another span of the same call.
    pub second: Option<&'a ToolRef>,
    /// How its span says that it ended.
    pub ended: Option<&'a ToolResult>,
    /// What the part of its span says that is the tool at work.
    pub ran: Option<&'a ToolResult>,
    pub waited: Option<Waited<'a>>,
}

/// The time in which somebody was asked.
#[derive(Debug, Clone, Copy)]
pub struct Waited<'a> {
    pub interval: Option<(i64, i64)>,
    pub decision: Option<&'a Arc<str>>,
    pub source: Option<&'a Arc<str>>,
}

/// A call by its id, else by the record that tells it.
pub type Key<'a> = (Option<&'a Arc<str>>, u128);

/// What names each call of a conversation.
pub fn gather<'a>(dialect: &Dialect, evidence: &'a Evidence, thread: &'a Thread) -> BTreeMap<Key<'a>, Mentions<'a>> {
    let mut calls: BTreeMap<Key<'_>, Mentions<'_>> = BTreeMap::new();
    // A record without a call id is a call of its own.
    let key = |tool: &'_ ToolRef, record: u128| if tool.call_id.is_some() { 0 } else { record };
    for (event, log) in thread.log.iter().map(|e| (e, true)).chain(thread.copies.iter().map(|e| (e, false))) {
        match &event.what {
            What::ToolResult(tool, result) if log || tool.call_id.is_some() || thread.log.is_empty() => {
                let mentions = calls.entry((tool.call_id.as_ref(), key(tool, event.stamp.record))).or_default();
                let place = if log { &mut mentions.result } else { &mut mentions.copy };
                if place.is_none_or(|(known, ..)| known.stamp < event.stamp) {
                    *place = Some((event, tool, result));
                }
            }
            What::ToolDecision(tool, decision, source) if tool.call_id.is_some() => {
                let mentions = calls.entry((tool.call_id.as_ref(), 0)).or_default();
                if mentions.decision.is_none_or(|known| known.event.stamp < event.stamp) {
                    mentions.decision = Some(Decided { event, tool, decision: decision.as_ref(), source: source.as_ref() });
                }
            }
            What::ToolReceived(tool, turn) if tool.call_id.is_some() => {
                let mentions = calls.entry((tool.call_id.as_ref(), 0)).or_default();
                if mentions.received.is_none_or(|(known, ..)| known.stamp > event.stamp) {
                    mentions.received = Some((event, tool, turn.as_ref()));
                }
            }
            _ => {}
        }
    }
    add_spans(dialect, evidence, thread, &mut calls);
    calls
}

/// Adds what spans tell of calls.
fn add_spans<'a>(dialect: &Dialect, evidence: &'a Evidence, thread: &'a Thread, calls: &mut BTreeMap<Key<'a>, Mentions<'a>>) {
    let mut keys: FxHashMap<(u128, u128), Key<'a>> = FxHashMap::default();
    let spans = || thread.tool_spans.iter().map(|i| &evidence.spans[*i]);
    for span in spans().filter(|s| s.of_call.is_none()) {
        if let SpanWhat::Tool { tool, aborted, result } = &span.what {
            // for an agent whose every call has an id, a span without one tells nothing
            let key = (tool.call_id.as_ref(), if tool.call_id.is_none() && dialect.nests() { span.record } else { 0 });
            keys.insert((span.trace, span.span), key);
            let mentions = calls.entry(key).or_default();
            if mentions.span.is_some() {
                mentions.second = mentions.second.or(Some(tool));
            }
            mentions.span = mentions.span.or(Some((span, tool, *aborted)));
            mentions.ended = better(mentions.ended, result.as_deref());
        }
        if let SpanWhat::McpCall { tool, failed, result } = &span.what
            && (tool.call_id.is_some() || dialect.nests())
        {
            let key = (tool.call_id.as_ref(), if tool.call_id.is_some() { 0 } else { span.record });
            keys.insert((span.trace, span.span), key);
            let mentions = calls.entry(key).or_default();
            mentions.mcp = mentions.mcp.or(Some((span, tool, *failed)));
            mentions.ended = better(mentions.ended, result.as_deref());
        }
    }
    for span in spans().filter(|s| s.of_call.is_some()) {
        let part = span.of_call.and_then(|call| keys.get(&(span.trace, call)));
        match &span.what {
            SpanWhat::McpCall { tool, failed, .. } => {
                if let Some(mentions) = part.and_then(|key| calls.get_mut(key)) {
                    mentions.mcp = mentions.mcp.or(Some((span, tool, *failed)));
                }
            }
            SpanWhat::Tool { tool, result, .. } => {
                if let Some(mentions) = part.and_then(|key| calls.get_mut(key)) {
                    mentions.second = mentions.second.or(Some(tool));
                    mentions.ended = better(mentions.ended, result.as_deref());
                }
            }
            SpanWhat::ToolPart(result) => {
                if let Some(mentions) = part.and_then(|key| calls.get_mut(key)) {
                    mentions.ran = mentions.ran.or(Some(result));
                }
            }
            SpanWhat::Wait { decision, source } => {
                if let Some(mentions) = part.and_then(|key| calls.get_mut(key)) {
                    let interval = span.start.zip(span.end);
                    mentions.waited = mentions.waited.or(Some(Waited { interval, decision: decision.as_ref(), source: source.as_ref() }));
                }
            }
            _ => {}
        }
    }
}

/// Of two spans of one call, the one that tells how its process ended, else the one that tells of a failure.
fn better<'a>(known: Option<&'a ToolResult>, other: Option<&'a ToolResult>) -> Option<&'a ToolResult> {
    let rank = |r: &ToolResult| (r.reading.as_ref().is_some_and(|r| r.exit_code.is_some()), r.success == Some(false), r.reading.is_some());
    match (known, other) {
        (Some(known), Some(other)) if rank(other) > rank(known) => Some(other),
        (Some(known), _) => Some(known),
        (None, other) => other,
    }
}
