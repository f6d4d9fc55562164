//! Rows of `tool_calls`.

use std::sync::Arc;

use tracemill_model::Table;
use tracemill_model::tables::TOOL_CALLS;

use super::{Cell, Row};
use crate::stamp::{hex16, hex32};
use crate::tool_calls::ToolCall;

/// A tool call with its conversation.
#[derive(Debug)]
pub struct ToolRow {
    /// Conversation.
    pub conversation: Arc<str>,
    /// Turn.
    pub turn_id: Option<Arc<str>>,
    /// Agent.
    pub agent: Arc<str>,
    /// The call.
    pub call: ToolCall,
}

impl Row for ToolRow {
    fn table() -> &'static Table {
        &TOOL_CALLS
    }

    fn time(&self) -> Option<i64> {
        self.call.time
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        let call = &self.call;
        Some(match column {
            "time" => Cell::time(call.time),
            "conversation_id" => Cell::Text(&self.conversation),
            "turn_id" => Cell::text(self.turn_id.as_ref()),
            "agent" => Cell::Text(&self.agent),
            "model" => Cell::text(call.model.as_ref()),
            "call_id" => Cell::text(call.call_id.as_ref()),
            "tool_name" => Cell::Text(&call.tool.name),
            "tool_kind" => Cell::Text(call.tool.kind.word()),
            "mcp_server" => Cell::string(call.tool.server.as_ref()),
            "outcome" => Cell::Text(call.outcome.word()),
            "reported_success" => Cell::bool(call.reported_success),
            "exit_code" => Cell::int(call.exit_code),
            "error_type" => call.error_type.map_or(Cell::Null, Cell::Text),
            "error" => Cell::string(call.error.as_ref()),
            "duration_ns" => Cell::int(call.duration_ns),
            "wait_ns" => Cell::int(call.wait_ns()),
            "decision" => Cell::text(call.decision.as_ref()),
            "decision_source" => Cell::text(call.decision_source.as_ref()),
            "arguments" => Cell::string(call.arguments.as_ref()),
            "arguments_bytes" => Cell::int(call.arguments_bytes),
            "output_bytes" => Cell::int(call.output_bytes),
            "evidence" => Cell::Text(call.evidence.word()),
            "trace_id" => call.trace.map_or(Cell::Null, |t| Cell::Made(hex32(t))),
            "span_id" => call.span.map_or(Cell::Null, |s| Cell::Made(hex16(s))),
            _ => return None,
        })
    }
}
