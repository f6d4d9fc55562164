//! Facts from log records and span events, one each. Border: what a record tells, typed; how it is read is `events`' business.

use std::sync::Arc;

use super::{Response, ToolRef, ToolResult};
use crate::dialect::EventKind;
use crate::stamp::Stamp;
use crate::tokens::Tokens;

/// A fact from a log record or a span event.
#[derive(Debug)]
pub struct Event {
    /// When.
    pub stamp: Stamp,
    /// Trace of the span it was emitted in.
    pub trace: Option<u128>,
    /// That span.
    pub span: Option<u128>,
    /// Program and process, by place in [`Evidence::places`].
    pub place: u32,
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
