//! The semantic tables about where the time went. Border: as those above; spans and phases, no calls.

use super::{AGENT, CONVERSATION_ID};
use crate::tables::{Table, boolean, int, text, time};

/// A row is one span's share of the time.
pub static LATENCY: Table = Table {
    name: "latency",
    row: "one span's share of the time",
    columns: &[
        text("trace_id", "trace"),
        text("span_id", "span; null for the unobserved rest of a turn"),
        CONVERSATION_ID,
        text("turn_id", "turn the span belongs to; null outside turns"),
        time("start_time", "start of the span"),
        text("category", "approval | mcp | tool | model | network | startup | session | internal | unobserved"),
        text("name", "span name; for an estimate the event it comes from"),
        int("duration_ns", "duration of the span"),
        int("self_ns", "duration less the union of its children; null for an estimate"),
        int("attributed_ns", "its share of the turn's time; sums exactly to the turn's duration"),
        int("critical_ns", "its share of the critical path"),
        boolean("estimated", "true where the figures come from events"),
        AGENT,
        text("model", "model of the turn; outside turns the span's own"),
        text("tool_name", "bare name of the tool call that the span is, or lies in"),
        text("mcp_server", "MCP server of that call; null for other tools"),
        text(
            "phase",
            "auth | environment | models | mcp | plugins | config | session | other: what a span of category startup is about; null for other categories",
        ),
        boolean("listed", "true where the category comes from the span's name in the category table; false where it is inherited or assumed"),
        text("anomaly", "what is wrong with the span as exported: orphan | cycle | negative | unfinished; null where nothing is"),
    ],
    sort: &["start_time", "trace_id", "span_id", "category", "name", "tool_name"],
};

/// A row is a phase of a conversation's start as the agent measured it.
pub static STARTUP_PHASES: Table = Table {
    name: "startup_phases",
    row: "a phase of a conversation's start as the agent measured it; phases may lie in one another",
    columns: &[
        time("time", "when the phase ended"),
        CONVERSATION_ID,
        AGENT,
        text("name", "phase as the agent names it"),
        text("status", "how it ended, in the agent's words"),
        int("duration_ns", "duration as the agent measured it"),
        text("trace_id", "trace, where exported"),
        text("span_id", "span, where exported"),
        text("record_id", "the raw record it was taken from"),
    ],
    sort: &["time", "conversation_id", "record_id"],
};
