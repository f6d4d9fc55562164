//! What one signal says of a conversation's day. Border: facts of one signal in, sums out.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;
use std::sync::Arc;

use tracemill_model::date::day_of;

use crate::dialect::{Dialect, SpanKind};
use crate::evidence::{Evidence, SpanWhat, Thread, ToolRef, What};
use crate::model_calls::{self, Call, Signal, whole};
use crate::tokens::Tokens;
use crate::turns::Turn;

/// Who tells of calls; in the order in which they are believed where a dialect says nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Teller {
    /// Log records.
    Log,
    /// Spans of responses.
    Span,
    /// Sums on spans of turns.
    TurnSpan,
    /// Data points.
    Metric,
}

impl From<Signal> for Teller {
    fn from(signal: Signal) -> Teller {
        match signal {
            Signal::Log => Teller::Log,
            Signal::Span => Teller::Span,
            Signal::Metric => Teller::Metric,
        }
    }
}

impl Teller {
    /// Those that a dialect's agent can have.
    pub fn of(dialect: &Dialect) -> Vec<Teller> {
        if !dialect.is_whole() {
            return vec![Teller::Log, Teller::Span, Teller::TurnSpan];
        }
        let mut tellers: Vec<Teller> = whole::rank(dialect).iter().map(|s| (*s).into()).collect();
        if dialect.spans.names.values().chain(dialect.spans.operations.values()).any(|kind| *kind == SpanKind::Turn) && dialect.spans.turn_is_trace {
            tellers.push(Teller::TurnSpan);
        }
        tellers
    }

    /// Its signal.
    pub fn signal(self) -> Signal {
        match self {
            Teller::Log => Signal::Log,
            Teller::Span | Teller::TurnSpan => Signal::Span,
            Teller::Metric => Signal::Metric,
        }
    }

    /// The word for it in the table.
    pub fn word(self) -> &'static str {
        match self {
            Teller::TurnSpan => "turn_span",
            other => other.signal().word(),
        }
    }
}

/// What is said of a day.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// First of the records.
    pub first: Option<i64>,
    /// Records that tell something.
    pub records: i64,
    /// Calls whose tokens are known.
    pub responses: i64,
    /// Calls that failed.
    pub failed: i64,
    /// Tool calls.
    pub tools: i64,
    /// Their tokens.
    pub tokens: Tokens,
}

impl AddAssign for Said {
    fn add_assign(&mut self, other: Said) {
        self.at(other.first);
        self.records += other.records;
        self.responses += other.responses;
        self.failed += other.failed;
        self.tools += other.tools;
        self.tokens += other.tokens;
    }
}

impl Said {
    /// Whether it knows the tokens of anything.
    pub fn has_tokens(&self) -> bool {
        self.tokens.input.is_some() || self.tokens.output.is_some()
    }

    /// Its input and output tokens less those of another, of which nothing said is nothing.
    pub fn less(&self, other: &Said) -> (Option<i64>, Option<i64>) {
        let less = |own: Option<i64>, other: Option<i64>| own?.checked_sub(other.unwrap_or(0));
        (less(self.tokens.input, other.tokens.input), less(self.tokens.output, other.tokens.output))
    }

    fn at(&mut self, time: Option<i64>) {
        self.first = [self.first, time].into_iter().flatten().min();
    }

    fn add_call(&mut self, call: &Call) {
        self.at(call.stamp.time);
        self.failed += i64::from(call.ok == Some(false));
        if let Some(tokens) = call.tokens {
            self.responses += 1;
            self.tokens += tokens;
        }
    }
}

/// What every teller says of a conversation, by day.
pub fn all(dialect: &Dialect, evidence: &Evidence, thread: &Thread, turns: &[Turn]) -> BTreeMap<Teller, BTreeMap<i32, Said>> {
    let mut all: BTreeMap<Teller, BTreeMap<i32, Said>> = BTreeMap::new();
    for teller in Teller::of(dialect) {
        let mut days: BTreeMap<i32, Said> = BTreeMap::new();
        for call in model_calls::told(dialect, evidence, thread, turns, teller) {
            days.entry(day_of(call.stamp.time)).or_default().add_call(&call);
        }
        for (time, tool) in records(dialect, evidence, thread, teller) {
            let said = days.entry(day_of(time)).or_default();
            said.at(time);
            said.records += 1;
            said.tools += i64::from(tool);
        }
        all.insert(teller, days);
    }
    all
}

/// The times of a teller's records, and whether each tells of a tool call that none before told of.
fn records(dialect: &Dialect, evidence: &Evidence, thread: &Thread, teller: Teller) -> Vec<(Option<i64>, bool)> {
    let mut calls: BTreeSet<Arc<str>> = BTreeSet::new();
    // a call without an id has one record
    let mut is_new = |tool: &ToolRef| tool.call_id.clone().is_none_or(|id| calls.insert(id));
    match teller {
        Teller::Log => {
            let mut events: Vec<_> = thread.log.iter().collect();
            events.sort_by_key(|e| e.stamp);
            let tools = events.into_iter().map(|e| match &e.what {
                What::ToolResult(tool, _) | What::ToolDecision(tool, ..) => (e.stamp.time, is_new(tool)),
                _ => (e.stamp.time, false),
            });
            tools.collect()
        }
        Teller::Span => {
            let spans = thread.usage_spans.iter().chain(&thread.tool_spans).map(|i| &evidence.spans[*i]);
            let mut records: Vec<(Option<i64>, bool)> = spans
                .map(|s| match &s.what {
                    SpanWhat::Tool { tool, .. } if s.of_call.is_none() => (s.end.or(s.start), is_new(tool)),
                    // a client's call that no tool's span is around
                    SpanWhat::McpCall { tool, .. } if s.of_call.is_none() && dialect.nests() => (s.end.or(s.start), is_new(tool)),
                    _ => (s.end.or(s.start), false),
                })
                .collect();
            records.extend(thread.copies.iter().map(|e| (e.stamp.time, matches!(&e.what, What::ToolResult(tool, _) if is_new(tool)))));
            records
        }
        Teller::TurnSpan => thread.turn_spans.iter().map(|i| (evidence.spans[*i].end, false)).collect(),
        Teller::Metric => thread.metrics.iter().map(|m| (m.time, false)).collect(),
    }
}
