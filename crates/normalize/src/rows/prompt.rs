//! Rows of `prompts`.

use std::sync::Arc;

use tracemill_model::Table;
use tracemill_model::tables::PROMPTS;

use super::{Cell, Row};
use crate::evidence::{Event, What};
use crate::stamp::{hex16, hex32};

/// A prompt with its conversation and turn.
#[derive(Debug)]
pub struct PromptRow<'a> {
    /// Conversation.
    pub conversation: Arc<str>,
    /// Turn.
    pub turn_id: Option<Arc<str>>,
    /// Agent.
    pub agent: Arc<str>,
    /// Its record.
    pub event: &'a Event,
}

impl Row for PromptRow<'_> {
    fn table() -> &'static Table {
        &PROMPTS
    }

    fn time(&self) -> Option<i64> {
        self.event.stamp.time
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        let event = self.event;
        let What::Prompt { text, redacted, chars, .. } = &event.what else { return None };
        Some(match column {
            "time" => Cell::time(event.stamp.time),
            "conversation_id" => Cell::Text(&self.conversation),
            "turn_id" => Cell::text(self.turn_id.as_ref()),
            "agent" => Cell::Text(&self.agent),
            "model" => Cell::text(event.model.as_ref()),
            "prompt" => Cell::string(text.as_ref()),
            "prompt_chars" => Cell::int(*chars),
            "redacted" => Cell::bool(*redacted),
            "trace_id" => event.trace.map_or(Cell::Null, |t| Cell::Made(hex32(t))),
            "span_id" => event.span.map_or(Cell::Null, |s| Cell::Made(hex16(s))),
            "record_id" => Cell::Made(hex32(event.stamp.record)),
            _ => return None,
        })
    }
}
