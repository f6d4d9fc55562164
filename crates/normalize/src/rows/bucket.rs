//! Rows of `metric_buckets`.

use tracemill_model::Table;
use tracemill_model::tables::METRIC_BUCKETS;

use super::delta::DeltaRow;
use super::{Cell, Row};
use crate::metric_deltas::Bucket;

/// A bucket's increase over the interval of a delta.
#[derive(Debug, Clone, Copy)]
pub struct BucketRow<'a> {
    /// The row of `metric_deltas` with the same record id.
    pub of: &'a DeltaRow,
    /// The bucket and what was added to it.
    pub bucket: Bucket,
}

impl Row for BucketRow<'_> {
    fn table() -> &'static Table {
        &METRIC_BUCKETS
    }

    fn time(&self) -> Option<i64> {
        self.of.time
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        let number = |value: Option<f64>| value.map_or(Cell::Null, Cell::Float);
        match column {
            "low" => Some(number(self.bucket.low)),
            "high" => Some(number(self.bucket.high)),
            "logarithmic" => Some(Cell::Bool(self.bucket.logarithmic)),
            "count" => Some(Cell::Int(self.bucket.count)),
            // the rest says whose bucket it is, in the words of the delta
            _ if METRIC_BUCKETS.index(column).is_some() => self.of.cell(column),
            _ => None,
        }
    }
}
