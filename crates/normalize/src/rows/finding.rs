//! Rows of `findings`.

use std::sync::Arc;

use tracemill_model::Table;
use tracemill_model::tables::FINDINGS;

use super::{Cell, Row};
use crate::stamp::hex32;

/// Something found at a place, in a conversation, on a day.
#[derive(Debug)]
pub struct FindingRow {
    /// Time and id of the first record that has it.
    pub first: (Option<i64>, u128),
    /// Time of the last.
    pub last: Option<i64>,
    /// How many have it.
    pub records: i64,
    /// Conversation.
    pub conversation: Option<Arc<str>>,
    /// Agent.
    pub agent: Option<Arc<str>>,
    /// Rule.
    pub rule: Arc<str>,
    /// Its place in the list.
    pub rule_place: usize,
    /// Secret or personal.
    pub kind: &'static str,
    /// How bad.
    pub severity: &'static str,
    /// Raw table.
    pub table: &'static str,
    /// Column, and way into its JSON.
    pub field: Arc<str>,
    /// Byte of the field.
    pub offset: usize,
    /// What may be shown, and a keyed hash; `None` where it was redacted.
    pub shown: Option<(Arc<str>, Arc<str>)>,
}

impl Row for FindingRow {
    fn table() -> &'static Table {
        &FINDINGS
    }

    fn time(&self) -> Option<i64> {
        self.first.0
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        Some(match column {
            "time" => Cell::time(self.first.0),
            "last_time" => Cell::time(self.last),
            "conversation_id" => Cell::text(self.conversation.as_ref()),
            "agent" => Cell::text(self.agent.as_ref()),
            "rule" => Cell::Text(&self.rule),
            "kind" => Cell::Text(self.kind),
            "severity" => Cell::Text(self.severity),
            "table" => Cell::Text(self.table),
            "field" => Cell::Text(&self.field),
            "offset" => Cell::int(i64::try_from(self.offset).ok()),
            "records" => Cell::Int(self.records),
            "preview" => Cell::text(self.shown.as_ref().map(|(preview, _)| preview)),
            "fingerprint" => Cell::text(self.shown.as_ref().map(|(_, fingerprint)| fingerprint)),
            "record_id" => Cell::Made(hex32(self.first.1)),
            _ => return None,
        })
    }
}
