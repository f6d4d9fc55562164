//! What the raw tables say about each conversation, as compact facts: one per record that tells something. Border: facts are
//! told apart and typed here, in no order; what they add up to is for `turns`, `model_calls`, `tool_calls` and `lineage`.

mod call;
pub mod events;
pub mod place;
pub mod response;
mod search;
pub mod spans;
mod telling;
pub mod whose;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::attributes::Reader;
use crate::attribution::{Attribution, Labels, Told};
use crate::coverage::Seen;
use crate::dialect::{Claim, Dialects, EventKind, Role};
use crate::pool::Pool;
use crate::stamp::{Latest, Stamp};
use crate::tokens::Tokens;
use crate::tool_name::ToolNames;
pub use call::{ToolRef, ToolResult};
use place::Place;
pub use response::Response;
pub use spans::{SpanFact, SpanWhat};

/// Goes through the raw tables and gathers the facts of every dialect.
#[derive(Debug)]
pub struct Gatherer<'d> {
    /// The dialects.
    pub dialects: &'d Dialects,
    /// Reads the fields of each.
    pub readers: Vec<Reader>,
    /// Tells whose a record is.
    pub claim: Claim<'d>,
    /// Tells whose work it was.
    attribution: &'d Attribution,
    /// The facts of each.
    pub evidence: Vec<Evidence>,
    /// The records of each agent, whether they tell anything or not.
    pub seen: Seen,
}

impl<'d> Gatherer<'d> {
    /// Has gathered nothing yet.
    pub fn new(dialects: &'d Dialects, attribution: &'d Attribution) -> Gatherer<'d> {
        let list = dialects.list();
        Gatherer {
            dialects,
            readers: list.iter().map(|d| Reader::new(d).watching(attribution.watched())).collect(),
            attribution,
            claim: Claim::new(dialects),
            evidence: list.iter().map(|_| Evidence { pool: Pool::new(dialects.masks().clone()), ..Evidence::default() }).collect(),
            seen: Seen::default(),
        }
    }
}

/// Everything known about an agent's conversations.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Conversations by id.
    pub threads: BTreeMap<Arc<str>, Thread>,
    /// Spans that tell something.
    pub spans: Vec<SpanFact>,
    /// Their places by trace, once `lineage` has settled them.
    pub by_trace: FxHashMap<u128, Vec<usize>>,
    /// Turns that the user interrupted.
    pub interrupted: FxHashSet<Arc<str>>,
    /// Facts from log records and span events that name no conversation, but a trace; whether they are copies on spans; and their labels.
    pub unplaced: Vec<(Event, bool, Arc<Labels>)>,
    /// Programs and processes that spans are of; [`SpanFact::place`] is a place among them.
    pub places: Vec<Place>,
    /// Tools by their spellings.
    pub names: ToolNames,
    /// Repeated texts.
    pub pool: Pool,
}

impl Evidence {
    /// The span facts of a trace, by start.
    pub fn in_trace(&self, trace: u128) -> impl Iterator<Item = &SpanFact> {
        self.by_trace.get(&trace).into_iter().flatten().map(|i| &self.spans[*i])
    }
}

/// What is known about one conversation.
#[derive(Debug, Default)]
pub struct Thread {
    /// Facts from log records.
    pub log: Vec<Event>,
    /// Facts from the copies of log records on spans.
    pub copies: Vec<Event>,
    /// Times of all its log records, also of those that tell nothing else.
    pub times: Vec<i64>,
    /// Version of the agent.
    pub version: Latest<Arc<str>>,
    /// Front end.
    pub originator: Latest<Arc<str>>,
    /// Service.
    pub service: Latest<Arc<str>>,
    /// User's e-mail.
    pub user_email: Latest<Arc<str>>,
    /// User's account.
    pub user_account: Latest<Arc<str>>,
    /// Host.
    pub host: Latest<Arc<str>>,
    /// Deployment environment.
    pub environment: Latest<Arc<str>>,
    /// Process.
    pub instance: Latest<Arc<str>>,
    /// Whose work it was, as its records say.
    pub labels: Told,
    /// It works for another one: its records name an agent that is not the root.
    pub delegated: bool,
    /// It works within another one, which its records name.
    pub within: Option<Within>,
    /// Its turns' spans, by place in [`Evidence::spans`].
    pub turn_spans: Vec<usize>,
    /// Spans of its tool calls and calls to MCP servers.
    pub tool_spans: Vec<usize>,
    /// Spans of its responses with usage.
    pub usage_spans: Vec<usize>,
    /// What its metrics count.
    pub metrics: Vec<MetricTokens>,
}

/// The tokens that a model's metrics count over an interval.
#[derive(Debug, Clone)]
pub struct MetricTokens {
    /// End of the interval, nanoseconds since the epoch.
    pub time: Option<i64>,
    /// Its start.
    pub start: Option<i64>,
    /// Model.
    pub model: Option<Arc<str>>,
    /// The tokens.
    pub tokens: Tokens,
    /// The first of the data points.
    pub record: u128,
}

/// A conversation within another one that names no conversation of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Within {
    /// The one it works for.
    pub parent: Arc<str>,
    /// What it does there.
    pub role: Role,
}

impl Thread {
    /// Takes over what is known of the program that a record is of.
    pub fn takes_place(&mut self, stamp: Stamp, place: &Place) {
        for (latest, value) in [
            (&mut self.service, &place.service),
            (&mut self.version, &place.version),
            (&mut self.environment, &place.environment),
            (&mut self.host, &place.host),
            (&mut self.instance, &place.instance),
        ] {
            if let Some(value) = value {
                latest.offer(stamp, || Arc::clone(value));
            }
        }
    }

    /// The facts to go by: those from log records, and only where there are none the copies on spans.
    pub fn events(&self) -> &[Event] {
        if self.log.is_empty() { &self.copies } else { &self.log }
    }
}

/// A fact from a log record or a span event.
#[derive(Debug)]
pub struct Event {
    /// When.
    pub stamp: Stamp,
    /// Trace of the span it was emitted in.
    pub trace: Option<u128>,
    /// That span.
    pub span: Option<u128>,
    /// Turn, as the record names it.
    pub turn_id: Option<Arc<str>>,
    /// Model asked of the provider.
    pub model: Option<Arc<str>>,
    /// Model the agent was set to.
    pub requested_model: Option<Arc<str>>,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Debug)]
pub enum What {
    /// A conversation was started or resumed.
    Start(Box<Settings>),
    /// The user asked something.
    Prompt {
        /// Text, cut; `None` where it was not exported.
        text: Option<String>,
        /// The agent exported a placeholder in place of the text; `None` where it exported neither.
        redacted: Option<bool>,
        /// Length in characters.
        chars: Option<i64>,
        /// It asks for a title of another conversation.
        title: bool,
    },
    /// A request was answered, or not.
    Request(Box<Request>),
    /// A response completed with usage.
    Usage {
        /// Its tokens.
        tokens: Tokens,
        /// Time to first token.
        ttft_ns: Option<i64>,
        /// Service tier.
        service_tier: Option<Arc<str>>,
        /// Reasoning effort.
        effort: Option<Arc<str>>,
    },
    /// A response completed, or a request failed, and the record tells all of it.
    Response(Box<Response>),
    /// A response's stream failed.
    StreamError(String),
    /// Time to first token of the turn.
    TurnTtft(i64),
    /// The agent's own figure for the turn's cost.
    TurnCost {
        /// Turn.
        turn_id: Option<Arc<str>>,
        /// 10⁻⁹ USD.
        nanousd: i64,
    },
    /// The model asked for a tool.
    ToolReceived(Box<ToolRef>, Option<Arc<str>>),
    /// A tool call was approved or not: decision and its source.
    ToolDecision(Box<ToolRef>, Option<Arc<str>>, Option<Arc<str>>),
    /// A tool call ended.
    ToolResult(Box<ToolRef>, Box<ToolResult>),
    /// A phase of the start ended.
    StartupPhase(Box<Phase>),
}

/// A phase of a conversation's start; columns of `startup_phases`.
#[derive(Debug)]
pub struct Phase {
    /// As the agent names it.
    pub name: Option<Arc<str>>,
    /// How it ended.
    pub status: Option<Arc<str>>,
    /// Duration.
    pub duration_ns: Option<i64>,
}

/// Settings a conversation was started with; columns of `conversations`.
#[derive(Debug, Default)]
pub struct Settings {
    pub provider: Option<Arc<str>>,
    pub approval_policy: Option<Arc<str>>,
    pub sandbox_policy: Option<Arc<str>>,
    pub reasoning_effort: Option<Arc<str>>,
    pub mcp_servers: Option<Arc<str>>,
}

/// How a request goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// HTTP, the answer as server-sent events.
    Http,
    /// WebSocket.
    Websocket,
}

/// One attempt, as far as the request itself goes.
#[derive(Debug)]
pub struct Request {
    /// Which record it was taken from.
    pub kind: EventKind,
    /// Transport.
    pub transport: Transport,
    /// Attempt number as the agent counts.
    pub attempt: Option<i64>,
    /// HTTP status code.
    pub http_status: Option<i64>,
    /// Error text.
    pub error: Option<String>,
    /// Duration.
    pub duration_ns: Option<i64>,
    /// Whether the provider took it.
    pub accepted: bool,
    /// Whether the answer comes in one piece, with the request itself.
    pub unary: bool,
}
