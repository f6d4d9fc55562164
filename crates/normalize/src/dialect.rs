//! An agent's dialect: which names its telemetry uses for what. Pure data, one file an agent in `dialect/`, embedded in the
//! program, and files of a team's own beside them. Border: names only; what is made of them is decided in the same way for every
//! agent elsewhere.

mod counting;
mod field;
pub mod learning;
mod misspelt;
mod section;
mod set;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Error;
pub use counting::{Activity, Cost, Metrics, TokenKind, TokenMetric, TokenRules};
pub use field::{Field, Kind};
pub use section::{Claims, Conversations, Decisions, Errors, Missing, Outputs, Prompts, Requests, Resource, Role, Spans, Tools};
pub use set::{Claim, Dialects, EMBEDDED, files, stored};

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
    /// A response, complete or failed, told in one record.
    Response,
    /// A request that failed, told in one record.
    Failure,
    /// A tool call ended.
    ToolResult,
    /// A phase of the start ended.
    StartupPhase,
}

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SpanKind {
    /// A turn.
    Turn,
    /// A turn where its trace has no better one.
    PlainTurn,
    /// A response of a model, complete or failed. Of one within another the inner counts.
    Response,
    /// The same of a model that gives no tokens out: embeddings, rankings.
    Embedding,
    /// A tool call.
    Tool,
    /// What a tool call did while it ran, within its span: success and error.
    ToolPart,
    /// The time in which somebody was asked, within a tool call's span: decision and its source.
    Wait,
    /// A call to an MCP server; within a tool call's span it is part of that call.
    McpCall,
    /// What lies within is done to find a title.
    Title,
    /// What lies within is done by the agent for itself.
    Helper,
    /// Nothing of what its attributes make it look like.
    Ignore,
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

/// A dialect as its file has it; the files, and `docs/dialects.md`, say what each part means. Every part but the name may be left out.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "each field is explained in the dialects' files")]
pub struct Dialect {
    pub agent: String,
    #[serde(default)]
    pub agent_is_service: bool,
    #[serde(default)]
    pub price_providers: Vec<String>,
    #[serde(default)]
    pub claims: Claims,
    #[serde(default)]
    pub fields: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub resource: Resource,
    #[serde(default)]
    pub events: BTreeMap<String, Vec<String>>,
    /// The same for records without a name, by what their body begins with.
    #[serde(default)]
    pub bodies: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub requests: Requests,
    #[serde(default)]
    pub spans: Spans,
    #[serde(default)]
    pub tokens: TokenRules,
    #[serde(default)]
    pub cost: Cost,
    #[serde(default)]
    pub tools: Tools,
    #[serde(default)]
    pub outputs: Outputs,
    #[serde(default)]
    pub decisions: Decisions,
    #[serde(default)]
    pub errors: Errors,
    #[serde(default)]
    pub prompts: Prompts,
    #[serde(default)]
    pub conversations: Conversations,
    #[serde(default)]
    pub metrics: Metrics,
    #[serde(default)]
    pub coverage: Vec<Missing>,
    #[serde(default)]
    pub activities: Vec<Activity>,
}

impl Dialect {
    /// Reads a dialect's text; `file` is named in errors.
    ///
    /// # Errors
    /// It is no TOML, a part is unknown, or a field or an event is.
    pub fn parse(file: &str, text: &str) -> Result<Dialect, Error> {
        let fault = |reason: String| Error::Dialect { agent: file.to_owned(), reason };
        let mut dialect: Dialect = toml::from_str(text).map_err(|e| fault(misspelt::explained(&e.to_string())))?;
        if dialect.agent.is_empty() {
            return Err(fault("agent is empty; it is the name in the column agent".to_owned()));
        }
        let fields: Vec<&str> = Field::ALL.iter().map(|f| f.name()).collect();
        if let Some(name) = dialect.fields.keys().find(|n| Field::by_name(n).is_none()) {
            return Err(fault(misspelt::told(text, "field", name, &fields)));
        }
        if let Some(name) = dialect.events.keys().chain(dialect.bodies.keys()).find(|n| event_kind(n).is_none()) {
            return Err(fault(misspelt::told(text, "event", name, &EVENTS)));
        }
        // what they are compared with is lowercase
        let Decisions { denied, aborted, people } = &mut dialect.decisions;
        let Errors { rate_limited, auth, server_error, timeout, stream, network } = &mut dialect.errors;
        for words in [denied, aborted, people, rate_limited, auth, server_error, timeout, stream, network] {
            words.iter_mut().for_each(|word| *word = word.to_lowercase());
        }
        Ok(dialect)
    }

    /// The same, as a team's own: it has to claim something, or no record would ever be in it.
    fn own(self, file: &str) -> Result<Dialect, Error> {
        let Claims { events, scopes, services, attributes } = &self.claims;
        let lists = [events, scopes, services, attributes];
        let fault = |reason: &str| Err(Error::Dialect { agent: file.to_owned(), reason: reason.to_owned() });
        if lists.iter().all(|list| list.is_empty()) {
            return fault(
                "[claims] is empty, so that no record would ever be in the dialect; say whose records are its by services, scopes, events or attributes",
            );
        }
        if lists.iter().any(|list| list.iter().any(String::is_empty)) {
            return fault("[claims] has an empty beginning, which every name has");
        }
        if let Some(metric) = self.metrics.tokens.iter().find(|t| t.counts.is_none() && t.values.is_empty()) {
            return fault(&format!("metrics.tokens: {} says neither what it counts nor what the values of a label mean", metric.metric));
        }
        Ok(self)
    }

    /// What a record of that name tells; `None` for one that only shows that the conversation is alive.
    pub fn event(&self, name: &str) -> Option<EventKind> {
        self.events.iter().find(|(_, names)| names.iter().any(|n| n == name)).and_then(|(kind, _)| event_kind(kind))
    }

    /// What a record without a name tells, by its body.
    pub fn body(&self, text: &str) -> Option<EventKind> {
        self.bodies.iter().find(|(_, starts)| starts_with_any(text, starts)).and_then(|(kind, _)| event_kind(kind))
    }

    /// What the column agent says of a record of that service.
    pub fn agent_of<'a>(&'a self, service: Option<&'a str>) -> &'a str {
        service.filter(|_| self.agent_is_service).unwrap_or(&self.agent)
    }

    /// Whether calls of that operation give no tokens out.
    pub fn has_no_output(&self, operation: &str) -> bool {
        self.spans.operations.get(operation) == Some(&SpanKind::Embedding)
    }

    /// Whether a record tells all of a model call. Else requests and responses have records of their own.
    pub fn is_whole(&self) -> bool {
        self.requests.endpoint_prefixes.is_empty()
    }

    /// Whether front ends of the agent start conversations of their own, which belong to the one that was prompted last.
    pub fn adopts(&self) -> bool {
        let helpers = &self.conversations;
        !helpers.front_end_servers.is_empty() || !helpers.title_prompts.is_empty() || !self.spans.helper_request_ids.is_empty()
    }

    /// Whether spans of the agent have to be looked at together, to tell whose they are.
    pub fn nests(&self) -> bool {
        !self.spans.names.is_empty() || !self.spans.operations.is_empty()
    }
}

/// The words for what events tell.
pub const EVENTS: [&str; 14] = [
    "conversation_start",
    "prompt",
    "response",
    "failure",
    "tool_decision",
    "tool_result",
    "tool_received",
    "http_request",
    "websocket_connect",
    "websocket_request",
    "stream",
    "turn_ttft",
    "turn_cost",
    "startup_phase",
];

fn event_kind(name: &str) -> Option<EventKind> {
    EventKind::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(name)).ok()
}

/// Whether the text starts with one of the prefixes.
pub fn starts_with_any(text: &str, prefixes: &[String]) -> bool {
    prefixes.iter().any(|p| text.starts_with(p.as_str()))
}

/// A name with case, `_` and `-` folded.
fn folded(name: &str) -> String {
    name.chars().map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
}

#[cfg(test)]
impl Dialect {
    /// Codex CLI's.
    pub fn codex() -> Result<Dialect, Error> {
        Dialect::embedded("codex")
    }

    /// An agent's of those embedded in the program.
    pub fn embedded(agent: &str) -> Result<Dialect, Error> {
        let text = EMBEDDED.iter().find(|(name, _)| *name == agent).map_or("", |(_, text)| text);
        Dialect::parse(agent, text)
    }
}

#[cfg(test)]
mod own_tests;
#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests {
    use super::*;

    /// No agent known here names the conversation that began one, or tells times in other units; a team's own may.
    const UNUSED: [Field; 6] =
        [Field::ParentConversationId, Field::DurationSeconds, Field::DurationMicros, Field::DurationNanos, Field::TtftMicros, Field::TtftNanos];

    #[test]
    fn the_embedded_dialects_use_every_field() {
        let all: Vec<Dialect> = EMBEDDED.iter().map(|(name, text)| Dialect::parse(name, text).unwrap()).collect();
        for field in Field::ALL.iter().filter(|f| !UNUSED.contains(f)) {
            assert!(all.iter().any(|d| d.fields.contains_key(field.name())), "{}", field.name());
        }
        let codex = Dialect::codex().unwrap();
        assert_eq!(codex.event("codex.sse_event"), Some(EventKind::Stream));
        assert_eq!(codex.event("codex.auth_recovery"), None);
    }

    #[test]
    fn every_word_for_an_event_is_one() {
        assert!(EVENTS.iter().all(|word| event_kind(word).is_some()));
    }

    #[test]
    fn a_misspelt_field_or_part_is_refused() {
        for text in ["agent = \"a\"\n[fields]\nconversation = []", "agent = \"a\"\n[evnts]", "agent = \"\"", "agent = \"a\"\n[events]\nprompted = []"]
        {
            assert!(Dialect::parse("a.toml", text).is_err(), "{text}");
        }
        assert!(Dialect::parse("a.toml", "agent = \"a\"").is_ok());
    }
}
