//! Metric points → increases, delta and cumulative made one (OTLP metrics data model, "Temporality", "Resets and gaps"). Border:
//! points of one day in, rows of that day out, with what the series of earlier days left; which signal a report believes is its business.
//!
//! A delta point is a row as it is, and so is a gauge, which has a value and no increase. Of a cumulative series, each start time is a
//! segment of its own: a new process starts anew, and processes that cannot be told apart by their attributes can be by their start. Within a
//! segment a counter that fell was reset. A first point whose start is unknown, or is its own time, only sets the base. Bounds that
//! change within a segment leave one interval without buckets.

mod amount;
mod buckets;
mod raw;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use tracemill_model::Table;
use tracemill_model::lake::Part;

use crate::Error;
use crate::dialect::Dialect;
use crate::pool::Pool;
use crate::read::rows;
use crate::rows::bucket::BucketRow;
use crate::rows::delta::{DeltaRow, Labels};
use crate::rows::{Cell, Row};
use crate::stamp::id;
use crate::tool_name::ToolNames;
use amount::Amount;
pub use buckets::Bucket;
use raw::RawPoint;

/// A point of a day; as a row it is the increase up to it.
#[derive(Debug, Clone)]
pub struct Point {
    row: DeltaRow,
    series: u128,
    temporality: Temporality,
    amount: Amount,
}

/// How a point's figures become an increase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Temporality {
    /// They are one, or are not to be added at all.
    Own,
    /// They are counted from the start of the segment; whether they only grow.
    Cumulative { monotonic: bool },
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
    /// By their text; those of an agent's own metrics, and those of others.
    labels: [FxHashMap<Arc<str>, Arc<Labels>>; 2],
    /// Last time and amount of each segment.
    last: FxHashMap<(u128, Option<i64>), (Option<i64>, Amount)>,
}

impl<'d> Deltas<'d> {
    /// Follows nothing yet; `names` resolves the spelling of tools.
    pub fn new(dialect: &'d Dialect, names: &'d ToolNames) -> Deltas<'d> {
        Deltas { dialect, names, pool: Pool::default(), labels: Default::default(), last: FxHashMap::default() }
    }

    /// The points of a day that make rows, sorted; days are to be given in order.
    pub fn day<'a>(&mut self, parts: impl Iterator<Item = &'a Part>) -> Result<Vec<Point>, Error> {
        let mut points = Vec::new();
        for part in parts {
            for batch in rows(part, &raw::COLUMNS)? {
                let batch = batch?;
                points.extend((0..batch.len()).filter_map(|row| self.point(RawPoint { batch: &batch, row })));
            }
        }
        points.sort_by(|a, b| (a.row.time, &a.row.metric, a.row.record).cmp(&(b.row.time, &b.row.metric, b.row.record)));
        points.retain_mut(|point| self.increase(point));
        Ok(points)
    }

    /// Makes the point's amount its increase; gives whether it has one.
    fn increase(&mut self, point: &mut Point) -> bool {
        if let Temporality::Cumulative { monotonic } = point.temporality {
            let before = self.last.insert((point.series, point.row.start), (point.row.time, point.amount.clone()));
            match before {
                None if point.row.start.is_none() || point.row.start == point.row.time => return false,
                None => {}
                Some((time, last)) => {
                    point.row.start = time.or(point.row.start);
                    point.amount = point.amount.since(&last, monotonic);
                }
            }
        }
        let Amount { value, count, min, max, .. } = point.amount;
        (point.row.value, point.row.count, point.row.min, point.row.max) = (value, count, min, max);
        true
    }

    /// The point of a row; `None` where it has no figures.
    fn point(&mut self, raw: RawPoint<'_>) -> Option<Point> {
        let metric = raw.metric()?;
        let amount = raw.amount()?;
        let kind = raw.kind();
        let monotonic = if kind == Some("sum") { raw.monotonic() } else { None };
        let temporality =
            if raw.is_delta() || kind == Some("gauge") { Temporality::Own } else { Temporality::Cumulative { monotonic: monotonic != Some(false) } };
        let of_agent = metric.starts_with(self.dialect.metric_prefix.as_str());
        let row = DeltaRow {
            time: raw.time(),
            start: raw.start(),
            metric: self.pool.share(metric),
            kind: kind.map(|t| self.pool.share(t)),
            unit: raw.unit().map(|t| self.pool.share(t)),
            monotonic,
            agent: of_agent.then(|| self.pool.share(&self.dialect.agent)),
            labels: raw.labels().map(|json| self.labels(json, of_agent)),
            value: None,
            count: None,
            min: None,
            max: None,
            service_name: raw.service_name().map(|t| self.pool.share(t)),
            record: raw.record_id().map_or(0, id),
        };
        Some(Point { row, series: raw.series(), temporality, amount })
    }

    /// The labels in that text; what they are called in a metric that no agent is known for, nobody can tell.
    fn labels(&mut self, text: &str, of_agent: bool) -> Arc<Labels> {
        let known = &self.labels[usize::from(of_agent)];
        if let Some(labels) = known.get(text) {
            return Arc::clone(labels);
        }
        let mut labels = Labels { json: Arc::from(text), model: None, tool: None, token_type: None };
        if of_agent {
            let json: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
            let label = |key: &str| json.get(key).and_then(|v| v.as_str()).filter(|t| !t.is_empty());
            let names = &self.dialect.metrics;
            let tool = label(&names.tool).map(|t| self.names.resolve(&self.dialect.tools, t, None, None).name);
            labels.model = label(&names.model).map(|m| self.pool.share(m));
            labels.tool = tool.map(|t| self.pool.share(&t));
            labels.token_type = label(&names.token_type).map(|t| self.pool.share(t));
        }
        let labels = Arc::new(labels);
        self.labels[usize::from(of_agent)].insert(Arc::clone(&labels.json), Arc::clone(&labels));
        labels
    }
}

/// The buckets of the points, in their order and then in that of the values.
pub fn buckets(points: &[Point]) -> Vec<BucketRow<'_>> {
    let known = points.iter().filter_map(|point| Some((&point.row, point.amount.buckets.as_ref()?)));
    known.flat_map(|(of, buckets)| buckets.iter().map(move |bucket| BucketRow { of, bucket })).collect()
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
