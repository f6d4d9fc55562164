//! The sections of a dialect's file. Border: their shape; what each name is for stands beside it in the file.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::TurnKind;

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
    /// Tools of which every call is decided about, by the configuration or by the user.
    pub decided_tools: Vec<String>,
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

/// Words in the text of a model call's error, in lower case; the first class with a word in the text is the error's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// Prompts as exported.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prompts {
    /// What stands in place of a prompt that is not to be exported.
    pub placeholders: Vec<String>,
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
