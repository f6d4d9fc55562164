//! A conversation's attempts while its records are gone through in order. Border: facts in, attempts out; which facts count is
//! decided in the module above.

use std::sync::Arc;

use super::{Call, Signal};
use crate::dialect::{Dialect, EventKind};
use crate::evidence::{Event, Request, Transport, What};
use crate::stamp::Stamp;
use crate::tokens::Tokens;
use crate::turns::Turn;

/// What is known of a moment.
#[derive(Debug)]
pub struct Fact<'a> {
    /// When.
    pub stamp: Stamp,
    /// Model asked of the provider.
    pub model: Option<Arc<str>>,
    /// Model the agent was set to.
    pub requested_model: Option<Arc<str>>,
    /// What happened.
    pub what: FactWhat<'a>,
}

/// What happened, as far as attempts go.
#[derive(Debug)]
pub enum FactWhat<'a> {
    Start,
    Prompt,
    Request(&'a Request),
    Usage { tokens: Tokens, ttft_ns: Option<i64>, service_tier: Option<Arc<str>>, effort: Option<Arc<str>> },
    StreamError(&'a str),
    Other,
}

impl<'a> Fact<'a> {
    /// The fact of a record.
    pub fn from_event(event: &'a Event) -> Fact<'a> {
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

/// The attempts that the facts tell of, in order.
pub fn attempts<'a>(dialect: &Dialect, facts: impl Iterator<Item = Fact<'a>>, signal: Signal, turns: &[Turn]) -> Vec<Call> {
    let mut facts: Vec<Fact<'a>> = facts.filter(|f| !matches!(f.what, FactWhat::Other)).collect();
    facts.sort_by_key(|f| f.stamp);
    let mut state = Attempts::default();
    for fact in facts {
        state.take(dialect, fact, signal);
    }
    // Requests of the last turn: they failed if the turn is known to have ended; else the records just end here.
    for mut call in std::mem::take(&mut state.open) {
        if crate::turns::at(turns, call.stamp.time).is_some_and(|t| !turns[t].estimated && turns[t].end >= call.stamp.time) {
            call.fail_unseen(dialect);
        }
        state.done.push(call);
    }
    state.done.sort_by_key(|c| c.stamp);
    state.done
}

impl Attempts {
    fn take(&mut self, dialect: &Dialect, fact: Fact<'_>, signal: Signal) {
        let mut call = Call::new(&fact, signal);
        match fact.what {
            FactWhat::Start => {
                self.give_up(dialect);
                (self.prompted, self.failing) = (false, false);
            }
            FactWhat::Prompt => {
                self.give_up(dialect);
                (self.prompted, self.failing) = (true, false);
            }
            FactWhat::Request(request) => {
                call.take_request(dialect, request);
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
                        last.fail(dialect, error);
                    }
                    return;
                }
                call.join(self.open.pop());
                call.fail(dialect, error);
                self.failing = true;
                self.done.push(call);
            }
            FactWhat::Other => {}
        }
    }

    /// The conversation went on: what is still open failed unseen. Over WebSocket, what was sent before the first prompt was to warm up.
    fn give_up(&mut self, dialect: &Dialect) {
        let prompted = self.prompted;
        for mut call in self.open.drain(..).filter(|c| prompted || c.transport != Some(Transport::Websocket)) {
            call.fail_unseen(dialect);
            self.done.push(call);
        }
    }
}
