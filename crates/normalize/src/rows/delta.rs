//! Rows of `metric_deltas`.

use std::sync::Arc;

use tracemill_model::Table;
use tracemill_model::tables::METRIC_DELTAS;

use super::{Cell, Row};
use crate::stamp::hex32;

/// The labels of a series, shared by its points.
#[derive(Debug)]
pub struct Labels {
    /// All of them, as JSON.
    pub json: Arc<str>,
    /// Model.
    pub model: Option<Arc<str>>,
    /// Tool, under the one name it has in all tables.
    pub tool: Option<Arc<str>>,
    /// Type of token.
    pub token_type: Option<Arc<str>>,
    /// Tool, as the series has it; no column.
    pub spelling: Option<Arc<str>>,
}

/// A series' increase over an interval; the columns of the table say what each field is.
#[derive(Debug, Clone)]
pub struct DeltaRow {
    pub time: Option<i64>,
    pub start: Option<i64>,
    pub metric: Arc<str>,
    pub kind: Option<Arc<str>>,
    pub unit: Option<Arc<str>>,
    pub monotonic: Option<bool>,
    pub agent: Option<Arc<str>>,
    pub labels: Option<Arc<Labels>>,
    pub value: Option<f64>,
    pub count: Option<i64>,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub service_name: Option<Arc<str>>,
    pub record: u128,
    /// Place of the dialect that the agent's name is from; no column.
    pub dialect: Option<usize>,
    /// Whose tokens it counts; no column.
    pub counted: Option<Box<crate::metric_deltas::Counted>>,
}

impl Row for DeltaRow {
    fn table() -> &'static Table {
        &METRIC_DELTAS
    }

    fn time(&self) -> Option<i64> {
        self.time
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        let number = |value: Option<f64>| value.map_or(Cell::Null, Cell::Float);
        Some(match column {
            "time" => Cell::time(self.time),
            "start_time" => Cell::time(self.start),
            "metric" => Cell::Text(&self.metric),
            "type" => Cell::text(self.kind.as_ref()),
            "unit" => Cell::text(self.unit.as_ref()),
            "monotonic" => Cell::bool(self.monotonic),
            "agent" => Cell::text(self.agent.as_ref()),
            "model" => Cell::text(self.labels.as_ref().and_then(|l| l.model.as_ref())),
            "tool" => Cell::text(self.labels.as_ref().and_then(|l| l.tool.as_ref())),
            "token_type" => Cell::text(self.labels.as_ref().and_then(|l| l.token_type.as_ref())),
            "labels" => Cell::text(self.labels.as_ref().map(|l| &l.json)),
            "value" => number(self.value),
            "count" => Cell::int(self.count),
            "min" => number(self.min),
            "max" => number(self.max),
            "service_name" => Cell::text(self.service_name.as_ref()),
            "record_id" => Cell::Made(hex32(self.record)),
            _ => return None,
        })
    }
}
