//! Tool calls: one row a call, from every record and span that names it. Border: what happened and what the agent claimed;
//! conversations and turns are given.

mod mentions;
mod pair;
mod verdict;

use std::sync::Arc;

use mentions::{Key, Mentions};
use verdict::{Verdict, judge};

use crate::dialect::{Dialect, starts_with_any};
use crate::evidence::{Evidence, Thread, ToolRef, ToolResult};
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
    /// Service of its record or span, where the dialect is of many.
    pub service: Option<Arc<str>>,
}

impl ToolCall {
    /// How long a user was waited for.
    pub fn wait_ns(&self) -> Option<i64> {
        self.asked.map(|(from, until)| until - from)
    }
}

/// The tool calls of a conversation, in order.
pub fn build(dialect: &Dialect, evidence: &Evidence, thread: &Thread, turns: &[Turn]) -> Vec<ToolCall> {
    let mut calls = mentions::gather(dialect, evidence, thread);
    pair::without_ids(&mut calls);
    let mut times = thread.times.clone();
    times.sort_unstable();
    let mut calls: Vec<ToolCall> = calls.into_values().map(|m| m.call(dialect, evidence, turns, &times)).collect();
    calls.sort_by(|a, b| (a.time, &a.call_id, a.record).cmp(&(b.time, &b.call_id, b.record)));
    calls
}

impl Mentions<'_> {
    fn call(self, dialect: &Dialect, evidence: &Evidence, turns: &[Turn], times: &[i64]) -> ToolCall {
        let record = self.result.or(self.copy);
        let result = self.told();
        let event = record.map(|(e, ..)| e).or(self.decision.map(|d| d.event)).or(self.received.map(|(e, ..)| e));
        let span = self.span.map(|(s, ..)| s).or(self.mcp.map(|(s, ..)| s));
        let tool = self.tool(dialect, evidence);
        let time = [record.map(|(e, ..)| e.stamp.time), self.decision.map(|d| d.event.stamp.time), span.map(|s| s.start)]
            .into_iter()
            .flatten()
            .flatten()
            .next()
            .or(event.and_then(|e| e.stamp.time));
        let named = span.and_then(|s| s.turn_id.as_ref()).or(self.received.and_then(|(_, _, t)| t)).or(event.and_then(|e| e.turn_id.as_ref()));
        // where a prompt begins a trace, that tells a call's turn better than the time
        let trace = span.map(|s| s.trace).filter(|_| dialect.spans.turn_is_trace);
        let turn = crate::turns::of(turns, named, trace, time);
        // An interrupt of the turn cuts its calls off without a decision too.
        let asked = !times.is_empty() && !turn.is_some_and(|t| turns[t].interrupted);
        let verdict = self.verdict(dialect, &tool, asked);
        let people = &dialect.decisions.people;
        let first = event.map(|e| e.stamp).or(span.map(|s| s.stamp(None))).unwrap_or_default().record;
        let span_ns = span.and_then(|s| s.end?.checked_sub(s.start?));
        let logged = self.result.is_some() || self.decision.is_some();
        let of_records = |f: fn(&ToolResult) -> Option<i64>| self.result.and_then(|(.., r)| f(r)).or_else(|| self.copy.and_then(|(.., r)| f(r)));
        let details = |f: fn(&ToolResult) -> Option<i64>| of_records(f).or_else(|| self.ran.and_then(f)).or_else(|| self.ended.and_then(f));
        ToolCall {
            time,
            record: first,
            model: event.and_then(|e| e.model.clone()).or_else(|| turn.and_then(|t| turns[t].model.clone())),
            call_id: [record.map(|(_, t, _)| t), self.decision.map(|d| d.tool), self.received.map(|(_, t, _)| t)]
                .into_iter()
                .chain([self.span.map(|(_, t, _)| t), self.mcp.map(|(_, t, _)| t)])
                .flatten()
                .find_map(|t| t.call_id.clone()),
            outcome: verdict.outcome,
            reported_success: result.and_then(|r| r.success),
            exit_code: result.and_then(|r| r.reading.as_ref()?.exit_code),
            error_type: verdict.error_type,
            error: matches!(verdict.outcome, Outcome::Failed | Outcome::Denied)
                .then(|| result.and_then(|r| r.error.clone().or_else(|| r.reading.as_ref()?.first_lines.clone())))
                .flatten(),
            duration_ns: details(|r| r.duration_ns).or(span_ns),
            asked: self.asked(people, &verdict),
            asked_about: self.decided(people).filter(|_| self.span.is_none()).and_then(|until| {
                let before = times[..times.partition_point(|t| *t < until)].last()?;
                Some((*before, until))
            }),
            decision: self.decision.and_then(|d| d.decision.cloned()).or_else(|| self.waited?.decision.cloned()),
            decision_source: self.decision.and_then(|d| d.source.cloned()).or_else(|| self.waited?.source.cloned()),
            arguments: self.result.and_then(|(.., r)| r.arguments.clone()).or_else(|| self.ended?.arguments.clone()),
            arguments_bytes: details(|r| r.arguments_bytes),
            output_bytes: details(|r| r.output_bytes),
            evidence: if logged { Signal::Log } else { Signal::Span },
            trace: span.map(|s| s.trace).or(event.and_then(|e| e.trace)),
            span: span.map(|s| s.span).or(event.and_then(|e| e.span)),
            turn,
            service: event.map(|e| e.place).or(span.map(|s| s.place)).and_then(|place| evidence.service(dialect, place)).cloned(),
            tool,
        }
    }

    /// How it ended: as its record says, else the part of its span in which it ran, else its span.
    fn told(&self) -> Option<&ToolResult> {
        let record = self.result.or(self.copy).map(|(.., r)| r);
        record.or(self.ran).or(self.ended)
    }

    /// The tool, from the mention that splits its name best: a namespace or a server apart, then the call to the server.
    fn tool(&self, dialect: &Dialect, evidence: &Evidence) -> Tool {
        let mentions = [
            self.result.map(|(_, t, _)| t),
            self.received.map(|(_, t, _)| t),
            self.copy.map(|(_, t, _)| t),
            self.decision.map(|d| d.tool),
            self.span.map(|(_, t, _)| t),
            self.second,
        ];
        let plain = |t: &&&ToolRef| t.name.is_some() && !t.placeholder;
        let some_plain = mentions.iter().flatten().any(|t| plain(&t));
        let named = || mentions.iter().flatten().filter(|t| t.name.is_some() && (!some_plain || !t.placeholder));
        let server = self.mcp.and_then(|(_, t, _)| t.server.as_ref()).or_else(|| named().find_map(|t| t.server.as_ref()));
        let best = named().find(|t| t.namespace.is_some()).or_else(|| named().next()).copied().or(self.mcp.map(|(_, t, _)| t));
        let Some(best) = best else { return Tool { name: "unknown".to_owned(), kind: ToolKind::Unknown, server: None } };
        let name = best.name.as_deref().unwrap_or("unknown");
        let tool = evidence.names.resolve(&dialect.tools, name, best.namespace.as_deref(), server.map(|s| &**s));
        // a client's span shows that it went to a server, whatever that one is called
        if self.mcp.is_some() && tool.server.is_none() { Tool { kind: ToolKind::Mcp, ..tool } } else { tool }
    }

    /// Waiting is told only where a user decided: from the start of the call's span to the decision.
    /// When a user decided.
    fn decided(&self, people: &[String]) -> Option<i64> {
        let decided = self.decision.filter(|d| d.source.is_some_and(|s| starts_with_any(s, people)))?;
        decided.event.stamp.time
    }

    /// The time a user took to decide: until the decision's record, or until the call was given up without one.
    fn asked(&self, people: &[String], verdict: &Verdict) -> Option<(i64, i64)> {
        if let Some(waited) = self.waited {
            return waited.interval.filter(|_| waited.source.is_some_and(|s| starts_with_any(s, people)));
        }
        let (span, ..) = self.span?;
        // a call that tells itself that it was not allowed may have asked nobody
        let given_up = || span.end.filter(|_| self.decision.is_none() && self.told().is_none() && verdict.outcome == Outcome::Denied);
        Some((span.start?, self.decided(people).or_else(given_up)?)).filter(|(from, until)| from <= until)
    }

    fn verdict(&self, dialect: &Dialect, tool: &Tool, asked: bool) -> Verdict {
        let decision = self.decision.and_then(|d| d.decision).or_else(|| self.waited?.decision).map(|d| &**d).unwrap_or_default();
        let denied = starts_with_any(decision, &dialect.decisions.denied);
        let aborted = self.span.is_some_and(|(.., a)| a == Some(true)) || starts_with_any(decision, &dialect.decisions.aborted);
        match self.told() {
            Some(result) => judge(dialect, tool, result, denied, self.mcp.map(|(.., failed)| failed)),
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
