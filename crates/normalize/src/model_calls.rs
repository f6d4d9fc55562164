//! Model calls: one row per attempt, from the records of requests and of responses. Border: a conversation's facts in, its
//! attempts out; prices are added by `conversations`.
//!
//! A request's record says whether the provider took it; how the response went is told later by another record, which has no
//! trace and no request id. Within a conversation an agent asks for one response at a time, so a response belongs to the last
//! request that has none. What is left without one when the next prompt comes, or when its turn has ended, failed unseen; where the
//! records just end, nothing is said about it.

mod attempts;
pub mod whole;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use attempts::{Fact, FactWhat, attempts};

use crate::coverage::Teller;
use crate::dialect::Dialect;
use crate::error_class::ErrorClass;
use crate::evidence::{Event, Evidence, Request, SpanWhat, Thread, Transport, What};
use crate::stamp::Stamp;
use crate::tokens::Tokens;
use crate::turns::Turn;

/// Error text of an attempt of which no response was recorded although the conversation went on.
const NO_RESPONSE: &str = "no response recorded";

/// The signal a row was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Log records.
    Log,
    /// Spans and their events.
    Span,
    /// Data points.
    Metric,
}

impl Signal {
    /// The word for it in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Signal::Log => "log",
            Signal::Span => "span",
            Signal::Metric => "metric",
        }
    }
}

/// One attempt at a model response.
#[derive(Debug, Clone)]
pub struct Call {
    /// When it ended, and the record that says so.
    pub stamp: Stamp,
    /// When it began: the time of its request's record less the duration that tells.
    pub start: Option<i64>,
    /// Model asked of the provider.
    pub model: Option<Arc<str>>,
    /// Model the agent was set to.
    pub requested_model: Option<Arc<str>>,
    /// Transport.
    pub transport: Option<Transport>,
    /// Attempt number as the agent counts.
    pub attempt: Option<i64>,
    /// Whether a response completed; `None` where the records end before it could.
    pub ok: Option<bool>,
    /// HTTP status code.
    pub http_status: Option<i64>,
    /// Error text.
    pub error: Option<String>,
    /// Class of the error.
    pub error_class: Option<ErrorClass>,
    /// What a failed attempt cost: up to the start of the next attempt of its turn, else to its own end.
    pub lost_ns: Option<i64>,
    /// Duration of the request.
    pub duration_ns: Option<i64>,
    /// Time to first token.
    pub ttft_ns: Option<i64>,
    /// Tokens.
    pub tokens: Option<Tokens>,
    /// The tokens are a whole turn's: which of its requests they belong to is not known.
    pub whole_turn: bool,
    /// Service tier.
    pub service_tier: Option<Arc<str>>,
    /// Reasoning effort.
    pub effort: Option<Arc<str>>,
    /// Who answered, where the record says.
    pub provider: Option<Arc<str>>,
    /// What it was asked for, in the agent's words.
    pub role: Option<Arc<str>>,
    /// Turn, as the record names it.
    pub turn_id: Option<Arc<str>>,
    /// Trace, where the record has one.
    pub trace: Option<u128>,
    /// The agent's own figure, 10⁻⁹ USD.
    pub reported_nanousd: Option<i64>,
    /// The agent's own figure in units that are no money.
    pub cost_units: Option<f64>,
    /// Signal it was taken from.
    pub evidence: Signal,
    /// The provider's id of the response.
    pub response_id: Option<Arc<str>>,
    /// Service of the record, where the dialect is of many.
    pub service: Option<Arc<str>>,
}

/// The attempts of a conversation, from one level of evidence for each service (`level`): log records where they have tokens; else spans of responses; else the
/// totals on the spans of turns. Never by which says more, and never added up.
pub fn build(
    dialect: &Dialect,
    evidence: &Evidence,
    thread: &Thread,
    turns: &[Turn],
    level: impl Fn(Option<&Arc<str>>) -> Option<Signal>,
) -> Vec<Call> {
    if dialect.is_whole() {
        return whole::calls(dialect, evidence, thread, turns, level);
    }
    let has_usage = |events: &[Event]| events.iter().any(|e| matches!(e.what, What::Usage { .. }));
    let teller = if has_usage(&thread.log) || (thread.usage_spans.is_empty() && turns.iter().all(|t| t.span_tokens.is_none())) {
        if thread.log.is_empty() { Teller::Span } else { Teller::Log }
    } else if thread.usage_spans.is_empty() {
        Teller::TurnSpan
    } else {
        Teller::Span
    };
    told(dialect, evidence, thread, turns, teller)
}

/// The attempts of a conversation as one of those who tell of them does.
pub fn told(dialect: &Dialect, evidence: &Evidence, thread: &Thread, turns: &[Turn], teller: Teller) -> Vec<Call> {
    match teller {
        Teller::TurnSpan => whole::of_turns(dialect, evidence, thread, turns),
        _ if dialect.is_whole() => {
            let mut calls = whole::of_signal(dialect, evidence, thread, turns, teller.signal(), |_| true);
            calls.retain(|c| teller == Teller::Metric || !c.whole_turn);
            calls
        }
        Teller::Log => attempts(dialect, thread.log.iter().map(Fact::from_event), Signal::Log, turns),
        Teller::Span => attempts(dialect, thread.copies.iter().map(Fact::from_event).chain(responses(evidence, thread, turns)), Signal::Span, turns),
        Teller::Metric => Vec::new(),
    }
}

/// The responses that spans tell of.
fn responses<'a>(evidence: &'a Evidence, thread: &'a Thread, turns: &'a [Turn]) -> impl Iterator<Item = Fact<'a>> {
    thread.usage_spans.iter().filter_map(|i| {
        let span = &evidence.spans[*i];
        let SpanWhat::Usage { tokens, effort } = &span.what else { return None };
        let model = span.model.clone().or_else(|| crate::turns::at(turns, span.start).and_then(|t| turns[t].model.clone()));
        let what = FactWhat::Usage { tokens: *tokens, ttft_ns: None, service_tier: None, effort: effort.clone() };
        Some(Fact { stamp: span.stamp(span.end), model: model.clone(), requested_model: model, what })
    })
}

fn whole_turn(dialect: &Dialect, evidence: &Evidence, thread: &Thread, turn: &Turn) -> Option<Call> {
    let tokens = turn.span_tokens.filter(|t| !t.is_nothing())?;
    let span = thread.turn_spans.iter().map(|i| &evidence.spans[*i]).find(|s| Some(s.span) == turn.span)?;
    Some(Call {
        model: turn.model.clone(),
        ok: Some(true),
        tokens: Some(tokens),
        whole_turn: true,
        turn_id: Some(Arc::clone(&turn.id)),
        service: evidence.service(dialect, span.place).cloned(),
        ..Call::blank(span.stamp(span.end), Signal::Span)
    })
}

impl Call {
    fn new(fact: &Fact<'_>, evidence: Signal) -> Call {
        Call { model: fact.model.clone(), requested_model: fact.requested_model.clone(), ..Call::blank(fact.stamp, evidence) }
    }

    /// An attempt of which nothing is known yet.
    fn blank(stamp: Stamp, evidence: Signal) -> Call {
        Call {
            stamp,
            start: None,
            model: None,
            requested_model: None,
            transport: None,
            attempt: None,
            ok: None,
            http_status: None,
            error: None,
            error_class: None,
            lost_ns: None,
            duration_ns: None,
            ttft_ns: None,
            tokens: None,
            whole_turn: false,
            service_tier: None,
            effort: None,
            provider: None,
            role: None,
            turn_id: None,
            trace: None,
            reported_nanousd: None,
            cost_units: None,
            evidence,
            response_id: None,
            service: None,
        }
    }

    /// Whether its cost is missing in sums over it, when none is known: it was answered, or has tokens.
    pub fn has_cost(&self) -> bool {
        self.ok == Some(true) || self.tokens.is_some()
    }

    fn take_request(&mut self, dialect: &Dialect, request: &Request) {
        self.start = self.stamp.time.zip(request.duration_ns).and_then(|(end, took)| end.checked_sub(took));
        self.transport = Some(request.transport);
        self.attempt = request.attempt;
        self.http_status = request.http_status;
        self.duration_ns = request.duration_ns;
        if !request.accepted {
            let status = || request.http_status.map_or_else(|| "request failed".to_owned(), |s| format!("http {s}"));
            self.fail(dialect, &request.error.clone().unwrap_or_else(status));
        } else if request.unary {
            self.ok = Some(true);
        }
    }

    /// Takes over what the request's record knows.
    fn join(&mut self, request: Option<Call>) {
        if let Some(request) = request {
            self.start = request.start;
            self.transport = request.transport;
            self.attempt = request.attempt;
            self.http_status = request.http_status;
            self.duration_ns = request.duration_ns;
        }
    }

    /// No record of a response, although there should be one by now. Spans prove nothing here: some versions write the usage of no response
    /// on them, and none that of a compaction.
    fn fail_unseen(&mut self, dialect: &Dialect) {
        if self.evidence == Signal::Log {
            self.fail(dialect, NO_RESPONSE);
            self.error_class = Some(ErrorClass::Stream);
        }
    }

    /// A failure told twice keeps the last text, which is the user's, and the class that tells more.
    fn fail(&mut self, dialect: &Dialect, error: &str) {
        let class = ErrorClass::of(dialect, self.http_status, error);
        self.ok = Some(false);
        self.error = Some(error.to_owned());
        self.error_class = Some(self.error_class.map_or(class, |known| known.min(class)));
    }
}

/// Says of each failed attempt what it cost. The calls are one turn's.
pub fn count_lost(mut calls: Vec<&mut Call>) {
    calls.sort_by_key(|c| (c.start.or(c.stamp.time), c.stamp));
    let mut next = None;
    for call in calls.into_iter().rev() {
        let began = call.start.or(call.stamp.time);
        if call.ok == Some(false) {
            call.lost_ns = call.start.zip(next.or(call.stamp.time)).map(|(start, until)| until.saturating_sub(start).max(0));
        }
        next = began;
    }
}

#[cfg(test)]
mod tests;
