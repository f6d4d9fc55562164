//! Model calls: one row per attempt, from the records of requests and of responses. Border: a conversation's facts in, its
//! attempts out; prices are added by `conversations`.
//!
//! A request's record says whether the provider took it; how the response went is told later by another record, which has no
//! trace and no request id. Within a conversation an agent asks for one response at a time, so a response belongs to the last
//! request that has none. What is left without one when the next prompt comes, or when its turn has ended, failed unseen; where the
//! records just end, nothing is said about it.

use std::sync::Arc;

use crate::dialect::EventKind;
use crate::evidence::{Event, Evidence, Request, SpanWhat, Thread, Transport, What};
use crate::stamp::Stamp;
use crate::tokens::Tokens;
use crate::turns::Turn;

/// Error text of an attempt of which no response was recorded although the conversation went on.
const NO_RESPONSE: &str = "no response recorded";

/// The signal a row was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Signal {
    /// Log records.
    Log,
    /// Spans and their events.
    Span,
}

impl Signal {
    /// The word for it in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Signal::Log => "log",
            Signal::Span => "span",
        }
    }
}

/// One attempt at a model response.
#[derive(Debug, Clone)]
pub struct Call {
    /// When it ended, and the record that says so.
    pub stamp: Stamp,
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
    /// Signal it was taken from.
    pub evidence: Signal,
}

/// The attempts of a conversation, from one level of evidence: log records where they have tokens; else spans of responses; else the
/// totals on the spans of turns. Never by which says more, and never added up.
pub fn build(evidence: &Evidence, thread: &Thread, turns: &[Turn]) -> Vec<Call> {
    let has_usage = |events: &[Event]| events.iter().any(|e| matches!(e.what, What::Usage { .. }));
    if has_usage(&thread.log) || (thread.usage_spans.is_empty() && turns.iter().all(|t| t.span_tokens.is_none())) {
        let signal = if thread.log.is_empty() { Signal::Span } else { Signal::Log };
        return attempts(thread.events().iter().map(Fact::from_event), signal, turns);
    }
    if !thread.usage_spans.is_empty() {
        let responses = thread.usage_spans.iter().filter_map(|i| {
            let span = &evidence.spans[*i];
            let SpanWhat::Usage { tokens, effort } = &span.what else { return None };
            let model = span.model.clone().or_else(|| crate::turns::at(turns, span.start).and_then(|t| turns[t].model.clone()));
            let what = FactWhat::Usage { tokens: *tokens, ttft_ns: None, service_tier: None, effort: effort.clone() };
            Some(Fact { stamp: span.stamp(span.end), model: model.clone(), requested_model: model, what })
        });
        return attempts(thread.copies.iter().map(Fact::from_event).chain(responses), Signal::Span, turns);
    }
    turns.iter().filter_map(|t| whole_turn(evidence, thread, t)).collect()
}

fn whole_turn(evidence: &Evidence, thread: &Thread, turn: &Turn) -> Option<Call> {
    let tokens = turn.span_tokens.filter(|t| !t.is_nothing())?;
    let span = thread.turn_spans.iter().map(|i| &evidence.spans[*i]).find(|s| Some(s.span) == turn.span)?;
    Some(Call {
        stamp: span.stamp(span.end),
        model: turn.model.clone(),
        requested_model: None,
        transport: None,
        attempt: None,
        ok: Some(true),
        http_status: None,
        error: None,
        duration_ns: None,
        ttft_ns: None,
        tokens: Some(tokens),
        whole_turn: true,
        service_tier: None,
        effort: None,
        evidence: Signal::Span,
    })
}

struct Fact<'a> {
    stamp: Stamp,
    model: Option<Arc<str>>,
    requested_model: Option<Arc<str>>,
    what: FactWhat<'a>,
}

enum FactWhat<'a> {
    Start,
    Prompt,
    Request(&'a Request),
    Usage { tokens: Tokens, ttft_ns: Option<i64>, service_tier: Option<Arc<str>>, effort: Option<Arc<str>> },
    StreamError(&'a str),
    Other,
}

impl<'a> Fact<'a> {
    fn from_event(event: &'a Event) -> Fact<'a> {
        let what = match &event.what {
            What::Start(_) => FactWhat::Start,
            What::Prompt { .. } => FactWhat::Prompt,
            What::Request(request) => FactWhat::Request(request),
            What::Usage { tokens, ttft_ns, service_tier, effort } => {
                FactWhat::Usage { tokens: *tokens, ttft_ns: *ttft_ns, service_tier: service_tier.clone(), effort: effort.clone() }
            }
            What::StreamError(error) => FactWhat::StreamError(error),
            _ => FactWhat::Other,
        };
        Fact { stamp: event.stamp, model: event.model.clone(), requested_model: event.requested_model.clone(), what }
    }
}

/// A conversation's attempts while its records are gone through in order.
#[derive(Default)]
struct Attempts {
    done: Vec<Call>,
    /// Requests that the provider took and of which no response was seen yet.
    open: Vec<Call>,
    /// The last thing seen was a failed stream, which is often told twice.
    failing: bool,
    prompted: bool,
    websocket: bool,
}

fn attempts<'a>(facts: impl Iterator<Item = Fact<'a>>, signal: Signal, turns: &[Turn]) -> Vec<Call> {
    let mut facts: Vec<Fact<'a>> = facts.filter(|f| !matches!(f.what, FactWhat::Other)).collect();
    facts.sort_by_key(|f| f.stamp);
    let mut state = Attempts::default();
    for fact in facts {
        state.take(fact, signal);
    }
    // Requests of the last turn: they failed if the turn is known to have ended; else the records just end here.
    for mut call in std::mem::take(&mut state.open) {
        if crate::turns::at(turns, call.stamp.time).is_some_and(|t| !turns[t].estimated && turns[t].end >= call.stamp.time) {
            call.fail_unseen();
        }
        state.done.push(call);
    }
    state.done.sort_by_key(|c| c.stamp);
    state.done
}

impl Attempts {
    fn take(&mut self, fact: Fact<'_>, signal: Signal) {
        let mut call = Call::new(&fact, signal);
        match fact.what {
            FactWhat::Start => {
                self.give_up();
                (self.prompted, self.failing) = (false, false);
            }
            FactWhat::Prompt => {
                self.give_up();
                (self.prompted, self.failing) = (true, false);
            }
            FactWhat::Request(request) => {
                call.take_request(request);
                self.websocket |= request.kind == EventKind::WebsocketRequest;
                self.failing = false;
                if call.ok.is_some() { self.done.push(call) } else { self.open.push(call) }
            }
            FactWhat::Usage { tokens, ttft_ns, service_tier, effort } => {
                let request = self.open.pop();
                self.failing = false;
                let http = request.as_ref().is_some_and(|r| r.transport == Some(Transport::Http));
                // Over WebSocket the connection is warmed up with an empty request; its usage is all zero and has no first token.
                if !http && tokens.is_nothing() && ttft_ns.is_none() {
                    return;
                }
                call.join(request);
                call.transport = call.transport.or_else(|| self.websocket.then_some(Transport::Websocket));
                call.ok = Some(true);
                (call.tokens, call.ttft_ns, call.service_tier, call.effort) = (Some(tokens), ttft_ns, service_tier, effort);
                self.done.push(call);
            }
            FactWhat::StreamError(error) => {
                if self.failing && self.open.is_empty() {
                    // The same failure again, in the words given to the user.
                    if let Some(last) = self.done.last_mut() {
                        last.error = Some(error.to_owned());
                    }
                    return;
                }
                call.join(self.open.pop());
                call.fail(error);
                self.failing = true;
                self.done.push(call);
            }
            FactWhat::Other => {}
        }
    }

    /// The conversation went on: what is still open failed unseen. Over WebSocket, what was sent before the first prompt was to warm up.
    fn give_up(&mut self) {
        let prompted = self.prompted;
        for mut call in self.open.drain(..).filter(|c| prompted || c.transport != Some(Transport::Websocket)) {
            call.fail_unseen();
            self.done.push(call);
        }
    }
}

impl Call {
    fn new(fact: &Fact<'_>, evidence: Signal) -> Call {
        Call {
            stamp: fact.stamp,
            model: fact.model.clone(),
            requested_model: fact.requested_model.clone(),
            transport: None,
            attempt: None,
            ok: None,
            http_status: None,
            error: None,
            duration_ns: None,
            ttft_ns: None,
            tokens: None,
            whole_turn: false,
            service_tier: None,
            effort: None,
            evidence,
        }
    }

    fn take_request(&mut self, request: &Request) {
        self.transport = Some(request.transport);
        self.attempt = request.attempt;
        self.http_status = request.http_status;
        self.duration_ns = request.duration_ns;
        if !request.accepted {
            let status = || request.http_status.map_or_else(|| "request failed".to_owned(), |s| format!("http {s}"));
            self.fail(&request.error.clone().unwrap_or_else(status));
        } else if request.unary {
            self.ok = Some(true);
        }
    }

    /// Takes over what the request's record knows.
    fn join(&mut self, request: Option<Call>) {
        if let Some(request) = request {
            self.transport = request.transport;
            self.attempt = request.attempt;
            self.http_status = request.http_status;
            self.duration_ns = request.duration_ns;
        }
    }

    /// No record of a response, although there should be one by now. Spans prove nothing here: some versions write the usage of no response
    /// on them, and none that of a compaction.
    fn fail_unseen(&mut self) {
        if self.evidence == Signal::Log {
            self.fail(NO_RESPONSE);
        }
    }

    fn fail(&mut self, error: &str) {
        self.ok = Some(false);
        self.error = Some(error.to_owned());
    }
}

#[cfg(test)]
mod tests;
