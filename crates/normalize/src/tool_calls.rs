//! Tool calls: one row a call, from every record and span that names it. Border: what happened and what the agent claimed;
//! conversations and turns are given.

mod verdict;

use std::collections::BTreeMap;
use std::sync::Arc;

use verdict::{Verdict, judge};

use crate::dialect::{Dialect, starts_with_any};
use crate::evidence::{Event, Evidence, SpanFact, SpanWhat, Thread, ToolRef, ToolResult, What};
use crate::model_calls::Signal;
use crate::tool_name::{Tool, ToolKind};
use crate::turns::Turn;

/// What happened to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was asked to.
    Ok,
    /// It did not: exit code, error of the server, no such tool.
    Failed,
    /// It was not allowed to run.
    Denied,
    /// It was cut off.
    Aborted,
    /// Nobody can tell.
    Unknown,
}

impl Outcome {
    /// The word for it in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Failed => "failed",
            Outcome::Denied => "denied",
            Outcome::Aborted => "aborted",
            Outcome::Unknown => "unknown",
        }
    }
}

/// A tool call.
#[derive(Debug)]
pub struct ToolCall {
    /// When its result came, else its decision, else the start of its span.
    pub time: Option<i64>,
    /// Order among the calls of the same moment.
    pub record: u128,
    /// Model that asked for it.
    pub model: Option<Arc<str>>,
    /// The agent's call id.
    pub call_id: Option<Arc<str>>,
    /// The tool.
    pub tool: Tool,
    /// What happened.
    pub outcome: Outcome,
    /// What the agent claimed.
    pub reported_success: Option<bool>,
    /// Exit code of the process.
    pub exit_code: Option<i64>,
    /// Class of failure.
    pub error_type: Option<&'static str>,
    /// First lines of the reason.
    pub error: Option<String>,
    /// Duration as the agent measured it, else of its span.
    pub duration_ns: Option<i64>,
    /// When a user was waited for: from the start of its span to the decision, or to the end of a call that was denied without a
    /// record of it.
    pub asked: Option<(i64, i64)>,
    /// Without a span: from the record before the user's decision to it, which says no more than about when.
    pub asked_about: Option<(i64, i64)>,
    /// Decision, lowercase.
    pub decision: Option<Arc<str>>,
    /// Who decided, lowercase.
    pub decision_source: Option<Arc<str>>,
    /// Arguments, cut.
    pub arguments: Option<String>,
    /// Their size.
    pub arguments_bytes: Option<i64>,
    /// Size of the output.
    pub output_bytes: Option<i64>,
    /// Signal it was taken from.
    pub evidence: Signal,
    /// Trace.
    pub trace: Option<u128>,
    /// Span.
    pub span: Option<u128>,
    /// Turn, by place.
    pub turn: Option<usize>,
}

impl ToolCall {
    /// How long a user was waited for.
    pub fn wait_ns(&self) -> Option<i64> {
        self.asked.map(|(from, until)| until - from)
    }
}

#[derive(Clone, Copy)]
struct Decided<'a> {
    event: &'a Event,
    tool: &'a ToolRef,
    decision: Option<&'a Arc<str>>,
    source: Option<&'a Arc<str>>,
}

/// Everything that names one call.
#[derive(Default)]
struct Mentions<'a> {
    result: Option<(&'a Event, &'a ToolRef, &'a ToolResult)>,
    copy: Option<(&'a Event, &'a ToolRef, &'a ToolResult)>,
    decision: Option<Decided<'a>>,
    received: Option<(&'a Event, &'a ToolRef, Option<&'a Arc<str>>)>,
    span: Option<(&'a SpanFact, &'a ToolRef, Option<bool>)>,
    mcp: Option<(&'a SpanFact, &'a ToolRef, bool)>,
}

/// The tool calls of a conversation, in order.
pub fn build(dialect: &Dialect, evidence: &Evidence, thread: &Thread, turns: &[Turn]) -> Vec<ToolCall> {
    let mut calls: BTreeMap<(Option<&Arc<str>>, u128), Mentions<'_>> = BTreeMap::new();
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
    for span in thread.tool_spans.iter().map(|i| &evidence.spans[*i]) {
        match &span.what {
            SpanWhat::Tool { tool, aborted } => {
                let mentions = calls.entry((tool.call_id.as_ref(), 0)).or_default();
                mentions.span = mentions.span.or(Some((span, tool, *aborted)));
            }
            SpanWhat::McpCall { tool, failed } if tool.call_id.is_some() => {
                let mentions = calls.entry((tool.call_id.as_ref(), 0)).or_default();
                mentions.mcp = mentions.mcp.or(Some((span, tool, *failed)));
            }
            _ => {}
        }
    }
    let mut times = thread.times.clone();
    times.sort_unstable();
    let mut calls: Vec<ToolCall> = calls.into_values().map(|m| m.call(dialect, evidence, turns, &times)).collect();
    calls.sort_by(|a, b| (a.time, &a.call_id, a.record).cmp(&(b.time, &b.call_id, b.record)));
    calls
}

impl Mentions<'_> {
    fn call(self, dialect: &Dialect, evidence: &Evidence, turns: &[Turn], times: &[i64]) -> ToolCall {
        let result = self.result.or(self.copy);
        let event = result.map(|(e, ..)| e).or(self.decision.map(|d| d.event)).or(self.received.map(|(e, ..)| e));
        let span = self.span.map(|(s, ..)| s).or(self.mcp.map(|(s, ..)| s));
        let tool = self.tool(dialect, evidence);
        let time = [result.map(|(e, ..)| e.stamp.time), self.decision.map(|d| d.event.stamp.time), span.map(|s| s.start)]
            .into_iter()
            .flatten()
            .flatten()
            .next()
            .or(event.and_then(|e| e.stamp.time));
        let named = span.and_then(|s| s.turn_id.as_ref()).or(self.received.and_then(|(_, _, t)| t));
        let turn = named.and_then(|id| turns.iter().position(|t| t.id == *id)).or_else(|| crate::turns::at(turns, time));
        // An interrupt of the turn cuts its calls off without a decision too.
        let asked = !times.is_empty() && !turn.is_some_and(|t| turns[t].interrupted);
        let verdict = self.verdict(dialect, &tool, asked);
        let record = event.map(|e| e.stamp).or(span.map(|s| s.stamp(None))).unwrap_or_default().record;
        let span_ns = span.and_then(|s| s.end?.checked_sub(s.start?));
        let logged = self.result.is_some() || self.decision.is_some();
        let details = |f: fn(&ToolResult) -> Option<i64>| self.result.and_then(|(.., r)| f(r)).or_else(|| self.copy.and_then(|(.., r)| f(r)));
        ToolCall {
            time,
            record,
            model: event.and_then(|e| e.model.clone()).or_else(|| turn.and_then(|t| turns[t].model.clone())),
            call_id: [result.map(|(_, t, _)| t), self.decision.map(|d| d.tool), self.received.map(|(_, t, _)| t)]
                .into_iter()
                .chain([self.span.map(|(_, t, _)| t), self.mcp.map(|(_, t, _)| t)])
                .flatten()
                .find_map(|t| t.call_id.clone()),
            outcome: verdict.outcome,
            reported_success: result.and_then(|(.., r)| r.success),
            exit_code: result.and_then(|(.., r)| r.reading.as_ref()?.exit_code),
            error_type: verdict.error_type,
            error: matches!(verdict.outcome, Outcome::Failed | Outcome::Denied)
                .then(|| result.and_then(|(.., r)| r.reading.as_ref()?.first_lines.clone()))
                .flatten(),
            duration_ns: details(|r| r.duration_ns).or(span_ns),
            asked: self.asked(&verdict),
            asked_about: self.decided().filter(|_| self.span.is_none()).and_then(|until| {
                let before = times[..times.partition_point(|t| *t < until)].last()?;
                Some((*before, until))
            }),
            decision: self.decision.and_then(|d| d.decision.cloned()),
            decision_source: self.decision.and_then(|d| d.source.cloned()),
            arguments: self.result.and_then(|(.., r)| r.arguments.clone()),
            arguments_bytes: details(|r| r.arguments_bytes),
            output_bytes: details(|r| r.output_bytes),
            evidence: if logged { Signal::Log } else { Signal::Span },
            trace: span.map(|s| s.trace).or(event.and_then(|e| e.trace)),
            span: span.map(|s| s.span).or(event.and_then(|e| e.span)),
            turn,
            tool,
        }
    }

    /// The tool, from the mention that splits its name best: a namespace or a server apart, then the call to the server.
    fn tool(&self, dialect: &Dialect, evidence: &Evidence) -> Tool {
        let mentions = [
            self.result.map(|(_, t, _)| t),
            self.received.map(|(_, t, _)| t),
            self.copy.map(|(_, t, _)| t),
            self.decision.map(|d| d.tool),
            self.span.map(|(_, t, _)| t),
        ];
        let named = || mentions.iter().flatten().filter(|t| t.name.is_some());
        let server = self.mcp.and_then(|(_, t, _)| t.server.as_ref()).or_else(|| named().find_map(|t| t.server.as_ref()));
        let best = named().find(|t| t.namespace.is_some()).or_else(|| named().next()).copied().or(self.mcp.map(|(_, t, _)| t));
        let Some(best) = best else { return Tool { name: "unknown".to_owned(), kind: ToolKind::Unknown, server: None } };
        let name = best.name.as_deref().unwrap_or("unknown");
        evidence.names.resolve(&dialect.tools, name, best.namespace.as_deref(), server.map(|s| &**s))
    }

    /// Waiting is told only where a user decided: from the start of the call's span to the decision.
    /// When a user decided.
    fn decided(&self) -> Option<i64> {
        let decided = self.decision.filter(|d| d.source.is_some_and(|s| &**s == "user"))?;
        decided.event.stamp.time
    }

    /// The time a user took to decide: until the decision's record, or until the call was given up without one.
    fn asked(&self, verdict: &Verdict) -> Option<(i64, i64)> {
        let (span, ..) = self.span?;
        let given_up = || span.end.filter(|_| self.decision.is_none() && verdict.outcome == Outcome::Denied);
        Some((span.start?, self.decided().or_else(given_up)?)).filter(|(from, until)| from <= until)
    }

    fn verdict(&self, dialect: &Dialect, tool: &Tool, asked: bool) -> Verdict {
        let decision = self.decision.and_then(|d| d.decision).map(|d| &**d).unwrap_or_default();
        let denied = starts_with_any(decision, &dialect.decisions.denied);
        let aborted = self.span.is_some_and(|(.., a)| a == Some(true)) || starts_with_any(decision, &dialect.decisions.aborted);
        match self.result.or(self.copy) {
            Some((.., result)) => judge(dialect, tool, result, denied, self.mcp.map(|(.., failed)| failed)),
            // Where decisions are on record, a call that needs one and was cut off without: the user was asked, and did not say yes.
            None if aborted && asked && self.decision.is_none() && dialect.tools.decided_tools.contains(&tool.name) => {
                Verdict::of(Outcome::Denied, "denied")
            }
            None if aborted => Verdict::of(Outcome::Aborted, "aborted"),
            None if denied => Verdict::of(Outcome::Denied, "denied"),
            // The span of a call to a server tells an error itself; that it tells none proves nothing about a lost result.
            None if self.mcp.is_some_and(|(.., failed)| failed) => Verdict::of(Outcome::Failed, "mcp_error"),
            None => Verdict::of(Outcome::Unknown, "no_result"),
        }
    }
}

#[cfg(test)]
mod tests;
