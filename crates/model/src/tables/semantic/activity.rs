//! The semantic table about what agents count or tell beside calls. Border: as those above; calls, turns and prompts have tables of their own.

use super::{AGENT, CONVERSATION_ID, EVIDENCE};
use crate::tables::{Table, float, json, text, time};

/// A row is something that an agent counted or told.
pub static ACTIVITIES: Table = Table {
    name: "activities",
    row: "what an agent counts or tells beside calls: lines, commits, sessions, edit decisions, compactions and the like",
    columns: &[
        time("time", "when it happened; of a metric the end of the interval"),
        CONVERSATION_ID,
        AGENT,
        text(
            "kind",
            "lines_added | lines_removed | commit | pull_request | active_seconds | session | edit_decision | file_operation | compaction | truncation | mode_change | mcp_connection | model_fallback | refusal",
        ),
        float("amount", "how much: lines, seconds, or how often; of an event 1"),
        text("detail", "what kind of it, in the agent's words: who was active, how the session started, which operation, what it changed to"),
        text("tool_name", "bare name of the tool that did it"),
        text("decision", "of an edit: the decision, lowercase"),
        text("decision_source", "of an edit: who decided, lowercase"),
        text("language", "programming language of the file"),
        text("terminal", "terminal or editor that the agent runs in"),
        text("model", "model, where the agent tells it"),
        json("labels", "all attributes of the point or record as JSON"),
        text("service_name", "resource attribute service.name"),
        EVIDENCE,
        text("record_id", "the raw record it was taken from"),
    ],
    sort: &["time", "kind", "record_id"],
};
