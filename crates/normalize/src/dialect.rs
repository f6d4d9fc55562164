//! An agent's dialect: which names its telemetry uses for what. Pure data, one file an agent in `dialect/`, embedded in the
//! program. Border: names only; what is made of them is decided in the same way for every agent elsewhere.

mod field;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Error;
pub use field::{Field, Kind};

const CODEX: &str = include_str!("dialect/codex.toml");

/// Fingerprint of all embedded dialects, 16 hex digits: when it changes, the semantic tables are out of date.
pub fn fingerprint() -> String {
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(CODEX.as_bytes()))
}

/// What a log record or span event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A conversation was started or resumed.
    ConversationStart,
    /// The user's prompt.
    Prompt,
    /// One HTTP attempt.
    HttpRequest,
    /// A WebSocket handshake.
    WebsocketConnect,
    /// One request over WebSocket.
    WebsocketRequest,
    /// The response's stream: usage, failure or progress.
    Stream,
    /// Time to first token of a turn.
    TurnTtft,
    /// The agent's own figure for a turn's cost.
    TurnCost,
    /// The model asked for a tool.
    ToolReceived,
    /// A tool call was approved or not.
    ToolDecision,
    /// A tool call ended.
    ToolResult,
}

/// What a turn's span is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnKind {
    /// A prompt and what follows.
    Turn,
    /// A review: its work is done by another conversation within it.
    Review,
    /// The conversation is summarised to save room.
    Compaction,
}

/// Which requests are model calls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requests {
    /// Endpoints that are model calls.
    pub endpoint_prefixes: Vec<String>,
    /// Of these, the ones that answer in one piece.
    pub unary_prefixes: Vec<String>,
}

/// Names of spans.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spans {
    /// Turn spans.
    pub turns: BTreeMap<String, TurnKind>,
    /// Turn spans of traces that have none of `turns`.
    pub plain_turns: Vec<String>,
    /// Spans that name the conversation of their trace.
    pub conversations: Vec<String>,
    /// Spans that name the turn of their trace.
    pub turn_ids: Vec<String>,
    /// Spans of a user's interrupt.
    pub interrupts: Vec<String>,
    /// Spans that start a conversation.
    pub starts: Vec<String>,
    /// Prefixes of the request id of helpers.
    pub helper_request_ids: Vec<String>,
    /// Calls to MCP servers, within the tool's span.
    pub mcp_calls: Vec<String>,
    /// Text in the attributes of a tool call's span.
    pub tool_marker: String,
    /// Text in the attributes of a response's span.
    pub usage_marker: String,
}

/// Names of tools.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tools {
    /// What the name, or namespace, of an MCP tool starts with.
    pub mcp_prefix: String,
    /// What stands between server and tool.
    pub separator: String,
    /// Namespaces of the agent's own tools.
    pub builtin_namespaces: Vec<String>,
    /// What namespaces of multi-agent tools start with.
    pub multi_agent_namespaces: Vec<String>,
    /// Multi-agent tools that come without a namespace.
    pub multi_agent_tools: Vec<String>,
    /// Tools whose result names the conversation they started.
    pub spawn_tools: Vec<String>,
    /// The key of that name in the result's JSON.
    pub spawned_id: String,
    /// Tools that run a process.
    pub command_tools: Vec<String>,
    /// Tools that claim success whatever the exit code.
    pub success_ignores_exit: Vec<String>,
}

/// What a tool's output looks like.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outputs {
    /// Header lines with an exit code behind them.
    pub exit_code: Vec<String>,
    /// Header lines of a process that still runs.
    pub running: Vec<String>,
    /// The line under which the tool's own text begins.
    pub body: String,
    /// Key of the process's own text in an output in JSON.
    pub json_body: String,
    /// What stands before the exit code of an output in JSON.
    pub json_exit_code: String,
    /// Text in the result of a failed MCP call.
    pub mcp_errors: Vec<String>,
    /// What the result of a failed MCP call starts with.
    pub mcp_error_prefixes: Vec<String>,
    /// What the output starts with when there is no such tool.
    pub unsupported: Vec<String>,
    /// What the output starts with when the user said no.
    pub denied: Vec<String>,
    /// What the output starts with when the call was cut off.
    pub aborted: Vec<String>,
}

/// Words of a decision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decisions {
    /// Not allowed to run.
    pub denied: Vec<String>,
    /// Never decided.
    pub aborted: Vec<String>,
}

/// Marks of conversations that no user started.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversations {
    /// What the prompt of a title helper starts with.
    pub title_prompts: Vec<String>,
    /// How long after a prompt its helper may start.
    pub helper_within_ms: i64,
    /// Servers that a front end gives to every conversation of its user.
    pub front_end_servers: Vec<String>,
    /// Names of agents that nobody started.
    pub root_agents: Vec<String>,
    /// Models that only review.
    pub review_models: Vec<String>,
}

/// Labels of metrics.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Label with the model.
    pub model: String,
    /// Label with the tool.
    pub tool: String,
    /// Label with the type of token.
    pub token_type: String,
}

/// Resource attributes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Deployment environment.
    pub environment: Vec<String>,
    /// Host.
    pub host: Vec<String>,
}

/// A dialect as its file has it; the file says what each part means.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is explained in the dialect's file")]
pub struct Dialect {
    pub agent: String,
    pub event_prefix: String,
    pub metric_prefix: String,
    pub scope_prefix: String,
    pub price_provider: String,
    pub fields: BTreeMap<String, Vec<String>>,
    pub resource: Resource,
    pub events: BTreeMap<String, Vec<String>>,
    pub requests: Requests,
    pub spans: Spans,
    pub tools: Tools,
    pub outputs: Outputs,
    pub decisions: Decisions,
    pub conversations: Conversations,
    pub metrics: Metrics,
}

impl Dialect {
    /// Codex CLI.
    pub fn codex() -> Result<Dialect, Error> {
        Dialect::parse("codex", CODEX)
    }

    fn parse(agent: &str, text: &str) -> Result<Dialect, Error> {
        let fault = |reason: String| Error::Dialect { agent: agent.to_owned(), reason };
        let dialect: Dialect = toml::from_str(text).map_err(|e| fault(e.to_string()))?;
        if let Some(name) = dialect.fields.keys().find(|n| Field::by_name(n).is_none()) {
            return Err(fault(format!("unknown field {name}")));
        }
        if let Some(name) = dialect.events.keys().find(|n| event_kind(n).is_none()) {
            return Err(fault(format!("unknown event {name}")));
        }
        Ok(dialect)
    }

    /// What a record of that name tells; `None` for one that only shows that the conversation is alive.
    pub fn event(&self, name: &str) -> Option<EventKind> {
        self.events.iter().find(|(_, names)| names.iter().any(|n| n == name)).and_then(|(kind, _)| event_kind(kind))
    }

    /// Whether a span with that scope and service is the agent's.
    pub fn is_scope(&self, name: &str) -> bool {
        let folded = name.as_bytes().iter().map(|b| if *b == b'-' { b'_' } else { b.to_ascii_lowercase() });
        folded.zip(self.scope_prefix.bytes()).filter(|(a, b)| a == b).count() == self.scope_prefix.len()
    }
}

fn event_kind(name: &str) -> Option<EventKind> {
    EventKind::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name)).ok()
}

/// Whether the text starts with one of the prefixes.
pub fn starts_with_any(text: &str, prefixes: &[String]) -> bool {
    prefixes.iter().any(|p| text.starts_with(p.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_dialect_is_complete() {
        let codex = Dialect::codex().unwrap();
        for field in Field::ALL {
            assert!(codex.fields.contains_key(field.name()), "{}", field.name());
        }
        assert_eq!(codex.event("codex.sse_event"), Some(EventKind::Stream));
        assert_eq!(codex.event("codex.startup_phase"), None);
    }

    #[test]
    fn scopes_are_folded() {
        let codex = Dialect::codex().unwrap();
        for name in ["codex_exec", "codex-app-server", "Codex Desktop", "codex"] {
            assert!(codex.is_scope(name), "{name}");
        }
        assert!(!codex.is_scope("code"));
        assert!(!codex.is_scope("my-service"));
    }

    #[test]
    fn a_misspelt_field_is_refused() {
        let text = CODEX.replace("conversation_id = [", "conversation = [");
        assert!(Dialect::parse("codex", &text).is_err());
    }
}
