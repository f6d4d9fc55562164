//! Rows of `startup_phases`.

use std::sync::Arc;

use tracemill_model::Table;
use tracemill_model::tables::STARTUP_PHASES;

use super::{Cell, Row};
use crate::evidence::{Event, What};
use crate::stamp::{hex16, hex32};

/// A phase of a conversation's start.
#[derive(Debug)]
pub struct PhaseRow<'a> {
    /// Conversation.
    pub conversation: Arc<str>,
    /// Agent.
    pub agent: Arc<str>,
    /// Its record.
    pub event: &'a Event,
}

impl Row for PhaseRow<'_> {
    fn table() -> &'static Table {
        &STARTUP_PHASES
    }

    fn time(&self) -> Option<i64> {
        self.event.stamp.time
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        let event = self.event;
        let What::StartupPhase(phase) = &event.what else { return None };
        Some(match column {
            "time" => Cell::time(event.stamp.time),
            "conversation_id" => Cell::Text(&self.conversation),
            "agent" => Cell::Text(&self.agent),
            "name" => Cell::text(phase.name.as_ref()),
            "status" => Cell::text(phase.status.as_ref()),
            "duration_ns" => Cell::int(phase.duration_ns),
            "trace_id" => event.trace.map_or(Cell::Null, |t| Cell::Made(hex32(t))),
            "span_id" => event.span.map_or(Cell::Null, |s| Cell::Made(hex16(s))),
            "record_id" => Cell::Made(hex32(event.stamp.record)),
            _ => return None,
        })
    }
}
