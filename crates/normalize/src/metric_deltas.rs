//! Metric points → increases, delta and cumulative made one (OTLP metrics data model, "Temporality", "Resets and gaps"). Border:
//! points of one day in, rows of that day out, with what the series of earlier days left; which signal a report believes is its business.
//!
//! A delta point is a row as it is. Of a cumulative series, each start time is a segment of its own: a new process starts anew, and
//! processes that cannot be told apart by their attributes can be by their start. Within a segment a value below the last
//! one is a reset. A first point whose start is unknown, or is its own time, only sets the base.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tracemill_model::Table;
use tracemill_model::lake::Part;
use xxhash_rust::xxh3::Xxh3Default;

use crate::Error;
use crate::dialect::Dialect;
use crate::pool::Pool;
use crate::read::{Rows, rows};
use crate::rows::delta::{DeltaRow, Labels};
use crate::rows::{Cell, Row};
use crate::stamp::id;
use crate::tool_name::ToolNames;

/// Flag of a point that only says that the series ended (`DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK`).
const NO_RECORDED_VALUE: i64 = 1;

const COLUMNS: [&str; 19] = [
    "record_id",
    "time",
    "start_time",
    "metric",
    "type",
    "unit",
    "temporality",
    "monotonic",
    "value",
    "value_int",
    "count",
    "sum",
    "flags",
    "service_name",
    "scope_name",
    "scope_version",
    "scope_attributes",
    "attributes",
    "resource",
];

/// What has been added up.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Amount {
    value: Option<f64>,
    exact: Option<i64>,
    count: Option<i64>,
}

/// A point of a day; as a row it is the increase up to it.
#[derive(Debug, Clone)]
pub struct Point {
    row: DeltaRow,
    series: u128,
    cumulative: bool,
    monotonic: bool,
    amount: Amount,
}

impl Row for Point {
    fn table() -> &'static Table {
        DeltaRow::table()
    }

    fn time(&self) -> Option<i64> {
        self.row.time()
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        self.row.cell(column)
    }
}

/// The series that are being followed.
#[derive(Debug)]
pub struct Deltas<'d> {
    dialect: &'d Dialect,
    names: &'d ToolNames,
    pool: Pool,
    labels: FxHashMap<Arc<str>, Arc<Labels>>,
    /// Last time and amount of each segment.
    last: FxHashMap<(u128, Option<i64>), (Option<i64>, Amount)>,
}

impl<'d> Deltas<'d> {
    /// Follows nothing yet; `names` resolves the spelling of tools.
    pub fn new(dialect: &'d Dialect, names: &'d ToolNames) -> Deltas<'d> {
        Deltas { dialect, names, pool: Pool::default(), labels: FxHashMap::default(), last: FxHashMap::default() }
    }

    /// The points of a day that make rows, sorted; days are to be given in order.
    pub fn day<'a>(&mut self, parts: impl Iterator<Item = &'a Part>) -> Result<Vec<Point>, Error> {
        let mut points = Vec::new();
        for part in parts {
            for batch in rows(part, &COLUMNS)? {
                let batch = batch?;
                points.extend((0..batch.len()).filter_map(|row| self.point(&batch, row)));
            }
        }
        points.sort_by(|a, b| (a.row.time, &a.row.metric, a.row.record).cmp(&(b.row.time, &b.row.metric, b.row.record)));
        points.retain_mut(|point| self.increase(point));
        Ok(points)
    }

    /// Makes the point's amount its increase; gives whether it has one.
    fn increase(&mut self, point: &mut Point) -> bool {
        let mut amount = point.amount;
        if point.cumulative {
            let before = self.last.insert((point.series, point.row.start), (point.row.time, point.amount));
            match before {
                None if point.row.start.is_none() || point.row.start == point.row.time => return false,
                None => {}
                Some((time, last)) => {
                    point.row.start = time.or(point.row.start);
                    if !(point.monotonic && point.amount.fell_below(&last)) {
                        amount = amount.since(&last);
                    }
                }
            }
        }
        (point.row.value, point.row.count) = (amount.value, amount.count);
        true
    }

    /// The point of a row; `None` for metrics of no known agent, gauges, and points that only say that a series ended.
    fn point(&mut self, batch: &Rows, row: usize) -> Option<Point> {
        let metric = batch.text(3).get(row).filter(|m| m.starts_with(self.dialect.metric_prefix.as_str()))?;
        let kind = batch.text(4).get(row).unwrap_or_default();
        if kind == "gauge" || batch.ints(12).get(row).unwrap_or(0) & NO_RECORDED_VALUE != 0 {
            return None;
        }
        let sum = kind == "sum";
        let exact = batch.ints(9).get(row).filter(|_| sum);
        let amount = Amount {
            value: if sum { batch.floats(8).get(row) } else { batch.floats(11).get(row) },
            exact,
            count: if sum { None } else { batch.ints(10).get(row) },
        };
        let row_of = DeltaRow {
            time: batch.times(1).get(row),
            start: batch.times(2).get(row),
            metric: self.pool.share(metric),
            agent: self.pool.share(&self.dialect.agent),
            labels: batch.text(17).get(row).map(|json| self.labels(json)),
            value: None,
            count: None,
            service_name: batch.text(13).get(row).map(|s| self.pool.share(s)),
            record: batch.text(0).get(row).map_or(0, id),
        };
        let series = [3, 4, 5, 6, 13, 14, 15, 16, 17, 18].map(|c| batch.text(c).get(row));
        Some(Point {
            row: row_of,
            series: identity(&series),
            cumulative: batch.text(6).get(row) != Some("delta"),
            monotonic: !sum || batch.bools(7).get(row) != Some(false),
            amount,
        })
    }

    fn labels(&mut self, text: &str) -> Arc<Labels> {
        if let Some(known) = self.labels.get(text) {
            return Arc::clone(known);
        }
        let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let label = |key: &str| json.get(key).and_then(|v| v.as_str()).filter(|t| !t.is_empty());
        let names = &self.dialect.metrics;
        let tool = label(&names.tool).map(|t| self.names.resolve(&self.dialect.tools, t, None, None).name);
        let labels = Arc::new(Labels {
            json: Arc::from(text),
            model: label(&names.model).map(|m| self.pool.share(m)),
            tool: tool.map(|t| self.pool.share(&t)),
            token_type: label(&names.token_type).map(|t| self.pool.share(t)),
        });
        self.labels.insert(Arc::clone(&labels.json), Arc::clone(&labels));
        labels
    }
}

/// What makes a series: resource, scope, metric, unit, type, temporality and attributes.
fn identity(parts: &[Option<&str>]) -> u128 {
    let mut hash = Xxh3Default::new();
    for part in parts {
        hash.update(part.unwrap_or_default().as_bytes());
        hash.update(&[u8::from(part.is_some()), 0xff]);
    }
    hash.digest128()
}

impl Amount {
    fn fell_below(&self, last: &Amount) -> bool {
        let less = |a: Option<f64>, b: Option<f64>| a.zip(b).is_some_and(|(a, b)| a < b);
        self.count.zip(last.count).map_or_else(|| less(self.value, last.value), |(a, b)| a < b)
    }

    fn since(&self, last: &Amount) -> Amount {
        let exact = self.exact.zip(last.exact).and_then(|(a, b)| a.checked_sub(b));
        Amount {
            value: exact.map(|n| n as f64).or_else(|| self.value.zip(last.value).map(|(a, b)| a - b)),
            exact,
            count: self.count.zip(last.count).and_then(|(a, b)| a.checked_sub(b)),
        }
    }
}

/// The parts of a table by day, in the order of days.
pub fn by_day<'a>(parts: impl Iterator<Item = &'a Part>) -> BTreeMap<&'a str, Vec<&'a Part>> {
    let mut days: BTreeMap<&str, Vec<&Part>> = BTreeMap::new();
    for part in parts {
        days.entry(&part.date).or_default().push(part);
    }
    days
}

#[cfg(test)]
mod tests;
