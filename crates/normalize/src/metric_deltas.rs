//! Metric points → increases, delta and cumulative made one (OTLP metrics data model, "Temporality", "Resets and gaps"). Border:
//! points of one day in, rows of that day out, with what the series of earlier days left; which signal a report believes is its business.
//!
//! A delta point is a row as it is, and so is a gauge, which has a value and no increase. Of a cumulative series, each start time is a
//! segment of its own: a new process starts anew, and processes that cannot be told apart by their attributes can be by their start. Within a
//! segment a counter that fell was reset. A first point whose start is unknown, or is its own time, only sets the base. Bounds that
//! change within a segment leave one interval without buckets.
//!
//! Samples that came from Prometheus have neither temporality nor start, and go a way of their own ([`prometheus`]). What a richer system
//! tells is counted once: of a service's metric, the samples of a day on which there are points of it make no row.

mod amount;
mod buckets;
mod describer;
mod prometheus;
mod raw;
mod tokens;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::Table;
use tracemill_model::date::day_of;
use tracemill_model::lake::Part;

use crate::Error;
use crate::attribution::Attribution;
use crate::dialect::Dialects;
use crate::rows::bucket::BucketRow;
use crate::rows::delta::DeltaRow;
use crate::rows::{Cell, Row};
use crate::survey::Points as Notes;
use crate::tool_name::ToolNames;
use amount::Amount;
pub use buckets::Bucket;
use describer::Describer;
use prometheus::Prometheus;
use raw::RawPoint;
pub use tokens::{Counted, Sums};
use tracemill_model::read::rows;

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

impl Point {
    /// Its row.
    pub fn row(&self) -> &DeltaRow {
        &self.row
    }

    /// Gives the row the figures of the amount.
    fn tell(&mut self) {
        let Amount { value, count, min, max, .. } = self.amount;
        (self.row.value, self.row.count, self.row.min, self.row.max) = (value, count, min, max);
    }
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
    describer: Describer<'d>,
    /// Last time and amount of each segment.
    last: FxHashMap<(u128, Option<i64>), (Option<i64>, Amount)>,
    prometheus: Prometheus,
    sums: Sums,
}

impl<'d> Deltas<'d> {
    /// Follows no points yet, but has read the samples of Prometheus among all parts; `names` resolves the spelling of tools.
    pub fn new<'a>(
        dialects: (&'d Dialects, &'d Attribution),
        names: Vec<&'d ToolNames>,
        parts: impl Iterator<Item = &'a Part>,
    ) -> Result<Deltas<'d>, Error> {
        let mut describer = Describer::new(dialects, names);
        let prometheus = Prometheus::read(parts, &mut describer)?;
        Ok(Deltas { describer, last: FxHashMap::default(), prometheus, sums: Sums::default() })
    }

    /// What cannot be told of samples, in words for the user; sorted.
    pub fn undecided(&self) -> Vec<String> {
        self.prometheus.undecided()
    }

    /// The points of a day (`YYYY-MM-DD`) that make rows, sorted; days are to be given in order. What is noted of all its points goes into `notes`.
    pub fn day<'a>(&mut self, date: &str, parts: impl Iterator<Item = &'a Part>, notes: Option<&mut Notes>) -> Result<Vec<Point>, Error> {
        let mut points = self.points(parts, notes)?;
        let mut sampled = self.prometheus.day(date);
        if !sampled.is_empty() {
            let told: FxHashSet<_> = points.iter().map(|point| (&point.row.metric, &point.row.service_name)).collect();
            sampled.retain(|sample| !told.contains(&(&sample.row.metric, &sample.row.service_name)));
        }
        points.retain_mut(|point| self.increase(point));
        if !sampled.is_empty() {
            points.append(&mut sampled);
            sort(&mut points);
        }
        points.iter().for_each(|point| self.sums.add(&point.row));
        Ok(points)
    }

    /// Goes through a day only for what its series leave to later days.
    pub fn pass<'a>(&mut self, parts: impl Iterator<Item = &'a Part>) -> Result<(), Error> {
        let mut points = self.points(parts, None)?;
        points.retain_mut(|point| self.increase(point));
        Ok(())
    }

    /// Goes through a day only for what is to be noted of its points.
    pub fn survey<'a>(&mut self, parts: impl Iterator<Item = &'a Part>, notes: &mut Notes) -> Result<(), Error> {
        self.points(parts, Some(notes)).map(drop)
    }

    /// The points of some parts, sorted; samples are told apart only.
    fn points<'a>(&mut self, parts: impl Iterator<Item = &'a Part>, mut notes: Option<&mut Notes>) -> Result<Vec<Point>, Error> {
        let mut points = Vec::new();
        for part in parts {
            for batch in rows(part, &raw::COLUMNS)? {
                let batch = batch?;
                for row in 0..batch.len() {
                    let raw = RawPoint { batch: &batch, row };
                    if let Some(notes) = &mut notes {
                        notes.samples |= raw.is_sample();
                    }
                    points.extend(self.point(raw));
                }
            }
        }
        if let Some(notes) = notes {
            points.iter().for_each(|point| self.note(point, notes));
        }
        sort(&mut points);
        Ok(points)
    }

    /// Notes what a point has to do with points of other days and with other records.
    fn note(&self, Point { row, series, temporality, .. }: &Point, notes: &mut Notes) {
        if matches!(temporality, Temporality::Cumulative { .. }) {
            notes.segment(*series, row.start);
        }
        if let (Some(dialect), Some(spelling)) = (row.dialect, row.labels.as_ref().and_then(|l| l.spelling.as_ref())) {
            notes.ask(dialect, spelling);
        }
        let Some(counted) = &row.counted else { return };
        match counted.conversation() {
            Some(id) => notes.conversation(id),
            None => {
                let names = [row.service_name.as_deref(), Some(self.describer.agent(row))];
                notes.process(counted.dialect(), counted.instance(), names, (day_of(row.time), tokens::days(row.start, row.time)));
            }
        }
    }

    /// The tokens that the points of all days so far count.
    pub fn counted(self) -> Sums {
        self.sums
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
        point.tell();
        true
    }

    /// The point of a row; `None` where it has no figures, and for a sample.
    fn point(&mut self, raw: RawPoint<'_>) -> Option<Point> {
        let metric = raw.metric().filter(|_| !raw.is_sample())?;
        let amount = raw.amount()?;
        let row = self.describer.row(raw, metric);
        let temporality = if raw.is_delta() || raw.kind() == Some("gauge") {
            Temporality::Own
        } else {
            Temporality::Cumulative { monotonic: row.monotonic != Some(false) }
        };
        Some(Point { row, series: raw.series(), temporality, amount })
    }
}

/// In the order of the table.
fn sort(points: &mut [Point]) {
    // points are large: their keys are moved instead
    points.sort_by_cached_key(|point| (point.row.time, Arc::clone(&point.row.metric), point.row.record));
}

/// The buckets of the points, in their order and then in that of the values.
pub fn buckets(points: &[Point]) -> Vec<BucketRow<'_>> {
    let known = points.iter().filter_map(|point| Some((&point.row, point.amount.buckets.as_ref()?)));
    known.flat_map(|(of, buckets)| buckets.iter().map(move |bucket| BucketRow { of, bucket })).collect()
}

#[cfg(test)]
mod tests;
