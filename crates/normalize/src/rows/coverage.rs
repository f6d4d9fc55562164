//! Rows of `coverage`.

use std::sync::Arc;

use tracemill_model::Table;
use tracemill_model::tables::COVERAGE;

use super::{Cell, Row};
use crate::coverage::{Said, Teller};

/// What a signal says of a conversation on a day; the columns of the table say what each field is.
#[derive(Debug)]
pub struct CoverageRow {
    pub time: Option<i64>,
    pub conversation: Option<Arc<str>>,
    pub agent: Option<Arc<str>>,
    pub service: Option<Arc<str>>,
    pub process: Option<Arc<str>>,
    pub teller: Option<Teller>,
    pub chosen: bool,
    pub status: &'static str,
    pub causes: Vec<Arc<str>>,
    pub detail: Option<String>,
    pub said: Option<Said>,
    pub difference: Option<(Option<i64>, Option<i64>)>,
    pub lost_spans: Option<i64>,
}

impl CoverageRow {
    /// Place in the table.
    pub fn order(&self) -> impl Ord + '_ {
        let who = (self.agent.as_deref(), self.conversation.as_deref(), self.process.as_deref());
        (self.time, who, self.teller, self.status, self.service.as_deref(), self.detail.as_deref())
    }
}

impl Row for CoverageRow {
    fn table() -> &'static Table {
        &COVERAGE
    }

    fn time(&self) -> Option<i64> {
        self.time
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        let count = |of: fn(&Said) -> i64| self.said.as_ref().map_or(Cell::Null, |s| Cell::Int(of(s)));
        let tokens = |of: fn(&Said) -> Option<i64>| Cell::int(self.said.as_ref().and_then(of));
        Some(match column {
            "time" => Cell::time(self.time),
            "conversation_id" => Cell::text(self.conversation.as_ref()),
            "agent" => Cell::text(self.agent.as_ref()),
            "service_name" => Cell::text(self.service.as_ref()),
            "process" => Cell::text(self.process.as_ref()),
            "signal" => self.teller.map_or(Cell::Null, |t| Cell::Text(t.word())),
            "chosen" => Cell::Bool(self.chosen),
            "status" => Cell::Text(self.status),
            "causes" if self.causes.is_empty() => Cell::Null,
            "causes" => Cell::Made(self.causes.join(", ")),
            "detail" => Cell::string(self.detail.as_ref()),
            "records" => count(|s| s.records),
            "responses" => count(|s| s.responses),
            "failed_calls" => count(|s| s.failed),
            "tool_calls" => count(|s| s.tools),
            "input_tokens" => tokens(|s| s.tokens.input),
            "cached_input_tokens" => tokens(|s| s.tokens.cached),
            "cache_write_tokens" => tokens(|s| s.tokens.cache_write),
            "output_tokens" => tokens(|s| s.tokens.output),
            "reasoning_tokens" => tokens(|s| s.tokens.reasoning),
            "input_difference" => Cell::int(self.difference.and_then(|d| d.0)),
            "output_difference" => Cell::int(self.difference.and_then(|d| d.1)),
            "lost_spans" => Cell::int(self.lost_spans),
            _ => return None,
        })
    }
}
