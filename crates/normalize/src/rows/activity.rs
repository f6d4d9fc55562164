//! Rows of `activities`.

use std::sync::Arc;

use tracemill_model::Table;
use tracemill_model::tables::ACTIVITIES;

use super::{Cell, Row};
use crate::model_calls::Signal;
use crate::stamp::hex32;

/// Something that an agent counted or told; the columns of the table say what each field is.
#[derive(Debug)]
pub struct ActivityRow {
    pub time: Option<i64>,
    pub conversation: Option<Arc<str>>,
    pub agent: Arc<str>,
    pub kind: Arc<str>,
    pub amount: f64,
    pub detail: Option<Arc<str>>,
    pub tool: Option<Arc<str>>,
    pub decision: Option<Arc<str>>,
    pub source: Option<Arc<str>>,
    pub language: Option<Arc<str>>,
    pub terminal: Option<Arc<str>>,
    pub model: Option<Arc<str>>,
    pub labels: Option<Arc<str>>,
    pub service: Option<Arc<str>>,
    pub evidence: Signal,
    pub record: u128,
}

impl Row for ActivityRow {
    fn table() -> &'static Table {
        &ACTIVITIES
    }

    fn time(&self) -> Option<i64> {
        self.time
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        Some(match column {
            "time" => Cell::time(self.time),
            "conversation_id" => Cell::text(self.conversation.as_ref()),
            "agent" => Cell::Text(&self.agent),
            "kind" => Cell::Text(&self.kind),
            "amount" => Cell::Float(self.amount),
            "detail" => Cell::text(self.detail.as_ref()),
            "tool_name" => Cell::text(self.tool.as_ref()),
            "decision" => Cell::text(self.decision.as_ref()),
            "decision_source" => Cell::text(self.source.as_ref()),
            "language" => Cell::text(self.language.as_ref()),
            "terminal" => Cell::text(self.terminal.as_ref()),
            "model" => Cell::text(self.model.as_ref()),
            "labels" => Cell::text(self.labels.as_ref()),
            "service_name" => Cell::text(self.service.as_ref()),
            "evidence" => Cell::Text(self.evidence.word()),
            "record_id" => Cell::Made(hex32(self.record)),
            _ => return None,
        })
    }
}
