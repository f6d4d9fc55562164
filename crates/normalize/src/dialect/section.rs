//! The sections of a dialect's file. Border: their shape; what each name is for stands beside it in the file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{SpanKind, TurnKind};

/// Which requests are model calls.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Requests {
    /// Endpoints that are model calls.
    pub endpoint_prefixes: Vec<String>,
    /// Of these, the ones that answer in one piece.
    pub unary_prefixes: Vec<String>,
}

/// Names of spans.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// What a span is, by its name; a name that ends in `*` stands for all that begin so.
    pub names: BTreeMap<String, SpanKind>,
    /// What a span is, by the value of the field `operation`, where its name tells nothing.
    pub operations: BTreeMap<String, SpanKind>,
    /// Text in the attributes of the spans that have an `operation`, or tell what they are by a field: others are not read.
    pub markers: Vec<String>,
    /// Text in the attributes of spans that are log records in another dress (a bridge makes them where logs cannot be exported).
    pub log_marker: String,
    /// The status of a span tells whether what it stands for failed.
    pub status_tells: bool,
    /// A trace without a turn's span is a turn: the agent begins a trace with each prompt.
    pub turn_is_trace: bool,
    /// A turn's span within another one is a sub-agent's, although both name the same conversation.
    pub nested_turns_are_subagents: bool,
    /// A span with a marker that nothing else tells apart is a response where it has tokens, and a tool call where it names a tool.
    pub by_fields: bool,
    /// The tokens on a turn's span include those of the turns within it.
    pub turn_tokens_include_nested: bool,
}

/// Whose records are an agent's, from the strongest mark to the weakest; each list has beginnings, of which case, `_` and `-` do not matter.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Claims {
    /// Of an event's name.
    pub events: Vec<String>,
    /// Of an instrumentation scope's name.
    pub scopes: Vec<String>,
    /// Of `service.name`.
    pub services: Vec<String>,
    /// Of the name of an attribute of the record.
    pub attributes: Vec<String>,
}

/// Names of tools.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// Tools of which every call is decided about, by the configuration or by the user.
    pub decided_tools: Vec<String>,
    /// Tools that claim success whatever the exit code.
    pub success_ignores_exit: Vec<String>,
    /// Names that stand for any tool of an MCP server; the real one is on another record of the call.
    pub placeholders: Vec<String>,
    /// What the agent calls a tool that does not exist, in place of its name.
    pub unknown_tools: Vec<String>,
    /// The agent's own tools, where nothing else tells them from those of MCP servers: any other name with `separator` in it is a server's.
    pub builtin: Vec<String>,
    /// Keys of the field `tool_parameters` (JSON) with the server.
    pub parameter_server: Vec<String>,
    /// The same with the tool.
    pub parameter_tool: Vec<String>,
    /// Names of servers and tools may be exported as their SHA-256 in hex, with this between them.
    pub hash_separator: String,
    /// What stands between a server's call id and the provider's own, which comes last.
    pub call_id_separator: String,
    /// Values of `error_type` of a call that was not allowed.
    pub denied_errors: Vec<String>,
    /// Values of `error_type` of a call that was cut off.
    pub aborted_errors: Vec<String>,
}

/// What a tool's output looks like.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// Path of the exit code in an output in JSON, keys joined by dots.
    pub json_exit_path: String,
}

/// Words of a decision.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Decisions {
    /// Not allowed to run.
    pub denied: Vec<String>,
    /// Never decided.
    pub aborted: Vec<String>,
    /// Sources that are a person.
    pub people: Vec<String>,
}

/// Words in the text of a model call's error, in lower case; the first class with a word in the text is the error's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Errors {
    /// Too much was asked for in a time.
    pub rate_limited: Vec<String>,
    /// The provider does not know who asks.
    pub auth: Vec<String>,
    /// The provider failed.
    pub server_error: Vec<String>,
    /// Nothing came in time.
    pub timeout: Vec<String>,
    /// The answer broke off.
    pub stream: Vec<String>,
    /// The provider was not reached.
    pub network: Vec<String>,
}

impl Errors {
    /// Whether no word is listed.
    pub fn is_empty(&self) -> bool {
        [&self.rate_limited, &self.auth, &self.server_error, &self.timeout, &self.stream, &self.network].iter().all(|words| words.is_empty())
    }
}

/// Marks of conversations that no user started.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
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
    /// What a request is for that the agent makes for itself, by the beginning of the field `role`: such requests are a conversation of
    /// their own, named after the one they are for.
    pub roles: BTreeMap<String, Role>,
    /// Where nothing names a conversation: the trace is one, else the process is.
    pub unnamed: bool,
    /// Marks of the sub-agents that work for the agent itself (memory, summaries), by the beginning of their name.
    pub helper_agents: Vec<String>,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the user asked.
    Main,
    /// A sub-agent's work.
    Subagent,
    /// A title.
    Title,
    /// A summary to save room.
    Compaction,
    /// Anything else the agent does for itself.
    Helper,
}

/// Prompts as exported.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Prompts {
    /// What stands in place of a prompt that is not to be exported.
    pub placeholders: Vec<String>,
}

/// A signal that is known to be missing, and why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// The signal.
    pub signal: crate::model_calls::Signal,
    /// The front ends that do not export it.
    pub originators: Vec<String>,
    /// The word for it in the table `coverage`.
    pub cause: String,
}

/// Resource attributes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Resource {
    /// Deployment environment.
    pub environment: Vec<String>,
    /// Host.
    pub host: Vec<String>,
    /// Conversation, where records do not name it.
    pub conversation: Vec<String>,
    /// Process.
    pub instance: Vec<String>,
    /// `service.version` is the agent's version.
    pub version: bool,
}

impl Role {
    /// The word for it in dialects and tables.
    pub fn word(self) -> &'static str {
        match self {
            Role::Main => "main",
            Role::Subagent => "subagent",
            Role::Title => "title",
            Role::Compaction => "compaction",
            Role::Helper => "helper",
        }
    }
}
