//! An agent's dialect: which names its telemetry uses for what. Pure data, one file an agent in `dialect/`, embedded in the
//! program. Border: names only; what is made of them is decided in the same way for every agent elsewhere.

mod field;
mod section;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Error;
pub use field::{Field, Kind};
pub use section::{Conversations, Decisions, Errors, Metrics, Outputs, Prompts, Requests, Resource, Spans, Tools};

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
    /// A phase of the start ended.
    StartupPhase,
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
    pub errors: Errors,
    pub prompts: Prompts,
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
        assert_eq!(codex.event("codex.auth_recovery"), None);
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
