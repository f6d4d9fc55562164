//! Tool calls as records tell of them. Border: shapes only.

use std::sync::Arc;

use crate::output::Reading;

/// A tool call as a record names it.
#[derive(Debug, Clone)]
pub struct ToolRef {
    /// Call id.
    pub call_id: Option<Arc<str>>,
    /// Name.
    pub name: Option<Arc<str>>,
    /// Namespace, where apart from the name.
    pub namespace: Option<Arc<str>>,
    /// MCP server.
    pub server: Option<Arc<str>>,
    /// The name only says that it is some server's tool.
    pub placeholder: bool,
}

/// How a tool call ended.
#[derive(Debug)]
pub struct ToolResult {
    /// What the agent claimed.
    pub success: Option<bool>,
    /// The record comes from a version that reports a failed MCP call as such.
    pub tells_origin: bool,
    /// Duration.
    pub duration_ns: Option<i64>,
    /// Arguments, cut.
    pub arguments: Option<String>,
    /// Their size.
    pub arguments_bytes: Option<i64>,
    /// Size of the output.
    pub output_bytes: Option<i64>,
    /// What the output says; `None` where the record has no output.
    pub reading: Option<Reading>,
    /// The agent's own word for why it failed, and its text.
    pub error: Option<String>,
    /// The conversation it started.
    pub spawned: Option<Arc<str>>,
    /// It was not allowed, as the agent's word for the failure says.
    pub denied: bool,
    /// It was cut off, as that says.
    pub aborted: bool,
}
