//! What a tool call's result says about how it went. Border: one result in, one verdict out; calls without a result are judged by
//! the module above.

use super::Outcome;
use crate::dialect::Dialect;
use crate::evidence::ToolResult;
use crate::output::Refusal;
use crate::tool_name::{Tool, ToolKind};

/// What happened to a call, and why it did not succeed.
#[derive(Debug, PartialEq)]
pub struct Verdict {
    /// What happened.
    pub outcome: Outcome,
    /// Class of failure.
    pub error_type: Option<&'static str>,
}

impl Verdict {
    /// With a class of failure.
    pub fn of(outcome: Outcome, error_type: &'static str) -> Verdict {
        Verdict { outcome, error_type: Some(error_type) }
    }

    fn plain(outcome: Outcome) -> Verdict {
        Verdict { outcome, error_type: None }
    }
}

/// What happened, by what the result's record says; the exit code is the best witness, the agent's claim the last.
pub fn judge(dialect: &Dialect, tool: &Tool, result: &ToolResult, denied: bool, mcp_failed: Option<bool>) -> Verdict {
    let reading = result.reading.as_ref();
    if let Some(code) = reading.and_then(|r| r.exit_code) {
        return if code == 0 { Verdict::plain(Outcome::Ok) } else { Verdict::of(Outcome::Failed, "exit_code") };
    }
    if reading.is_some_and(|r| r.running) {
        return Verdict::of(Outcome::Unknown, "still_running");
    }
    if denied || result.denied {
        return Verdict::of(Outcome::Denied, "denied");
    }
    if result.aborted {
        return Verdict::of(Outcome::Aborted, "aborted");
    }
    if dialect.tools.unknown_tools.contains(&tool.name) {
        return Verdict::of(Outcome::Failed, "unsupported");
    }
    let mcp = tool.kind == ToolKind::Mcp;
    let refusal = reading.and_then(|r| r.refusal);
    if refusal == Some(Refusal::McpError) || (mcp && mcp_failed == Some(true)) {
        return Verdict::of(Outcome::Failed, "mcp_error");
    }
    match (result.success, refusal) {
        (Some(false), Some(Refusal::Unsupported)) => Verdict::of(Outcome::Failed, "unsupported"),
        (Some(false), Some(Refusal::Denied)) => Verdict::of(Outcome::Denied, "denied"),
        (Some(false), Some(Refusal::Aborted)) => Verdict::of(Outcome::Aborted, "aborted"),
        (Some(false), _) => Verdict::of(Outcome::Failed, if mcp { "mcp_error" } else { "tool_error" }),
        // A claim that does not depend on the exit code is none.
        (Some(true), _) if dialect.tools.success_ignores_exit.contains(&tool.name) && !mcp => Verdict::plain(Outcome::Unknown),
        // Versions that call a failed MCP call a success show the failure in the output only.
        (Some(true), _) if mcp && reading.is_none() && !result.tells_origin && !dialect.outputs.mcp_errors.is_empty() => {
            Verdict::plain(Outcome::Unknown)
        }
        (Some(true), _) => Verdict::plain(Outcome::Ok),
        (None, _) => Verdict::plain(Outcome::Unknown),
    }
}
