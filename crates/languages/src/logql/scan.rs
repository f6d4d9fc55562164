//! The records that a selector and its pipeline give, streamed out of the lake. Border: which, not what is made of them.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};
use tracemill_model::date::DAY_NS;
use tracemill_model::lake::{Part, Snapshot};
use tracemill_model::read::{Rows, rows};

use std::sync::Arc;

use super::ast::{LogExpr, Stage};
use super::fields::Fields;
use super::pipeline::{self, Entry};
use super::record::{self, Base, COLUMNS, Reader};
use crate::error::Error;

/// Records seen and kept.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Counts {
    /// Records in the time range.
    pub read: u64,
    /// Records that the question's selector and pipeline let through.
    pub kept: u64,
}

/// Times from (inclusive) and to (exclusive), in nanoseconds.
pub(crate) type Bounds = (i64, i64);

/// Visits the records of a selector in the lake's order.
pub(crate) fn scan(
    snapshot: &Snapshot,
    logs: &LogExpr,
    bounds: Bounds,
    counts: &mut Counts,
    mut visit: impl FnMut(&Base, Entry) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut reader = Reader::default();
    let mut selected: FxHashMap<*const Base, (bool, Arc<Base>)> = FxHashMap::default();
    // line filters that stand first need no labels
    let lines = logs.stages.iter().take_while(|s| matches!(s, Stage::Line(_))).count();
    for part in snapshot.parts("events").filter(|part| may_hold(part, bounds)) {
        let mut twins = Twins::default();
        for batch in rows(part, &COLUMNS)? {
            let batch = batch?;
            for row in 0..batch.len() {
                let Some(time) = record::time(&batch, row).filter(|t| (bounds.0..bounds.1).contains(t)) else { continue };
                if batch.text(3).get(row) != Some("log") || twins.seen(&batch, row) {
                    continue;
                }
                counts.read += 1;
                let base = reader.base(&batch, row);
                let matches = |stream: &Fields| logs.matchers.iter().all(|m| m.test.holds(stream.get(&m.name).unwrap_or_default()));
                let (wanted, _) = selected.entry(Arc::as_ptr(&base)).or_insert_with(|| (matches(&base.stream), base.clone()));
                if !*wanted {
                    continue;
                }
                let line = record::line(&batch, row);
                let passed = logs.stages[..lines].iter().all(|stage| match stage {
                    Stage::Line(filter) => pipeline::passes(filter, &line),
                    _ => true,
                });
                if !passed {
                    continue;
                }
                let fields = reader.fields(&base, &batch, row, &line);
                let mut entry = Entry { time, line, fields };
                if pipeline::run(&logs.stages[lines..], &mut entry) {
                    counts.kept += 1;
                    visit(&base, entry)?;
                }
            }
        }
    }
    Ok(())
}

/// Loki holds a record once that is sent twice with the same time, line and labels. In a part such records are neighbours, as
/// it is sorted by time; what is not the same in a request is not the same record.
#[derive(Debug, Default)]
struct Twins {
    time: Option<i64>,
    hashes: Vec<u64>,
}

impl Twins {
    fn seen(&mut self, rows: &Rows, row: usize) -> bool {
        let time = rows.times(0).get(row);
        if self.time != time {
            self.time = time;
            self.hashes.clear();
        }
        let mut hasher = FxHasher::default();
        (rows.times(1).get(row), rows.ints(6).get(row), rows.ints(10).get(row), rows.ints(11).get(row)).hash(&mut hasher);
        [2, 4, 5, 7, 8, 9, 12, 13, 14, 15, 16].iter().for_each(|column| rows.text(*column).get(row).hash(&mut hasher));
        let hash = hasher.finish();
        let seen = self.hashes.contains(&hash);
        if !seen {
            self.hashes.push(hash);
        }
        seen
    }
}

/// Whether a part may hold records of a time. A record's day is that of its own time, which may be the one before or after
/// the day that it was observed on.
fn may_hold(part: &Part, (from, to): Bounds) -> bool {
    let day = |ns: i64| tracemill_model::date::day_name(tracemill_model::date::day_of(Some(ns)));
    let first = day(from.saturating_sub(DAY_NS).max(0));
    part.date == "1970-01-01" || (part.date >= first && (to == i64::MAX || part.date <= day(to.saturating_add(DAY_NS))))
}

/// The times of the lake's first and last log record.
pub(crate) fn extent(snapshot: &Snapshot) -> Result<Option<(i64, i64)>, Error> {
    let mut extent: Option<(i64, i64)> = None;
    for part in snapshot.parts("events") {
        for batch in rows(part, &COLUMNS[..4])? {
            let batch = batch?;
            for row in (0..batch.len()).filter(|row| batch.text(3).get(*row) == Some("log")) {
                if let Some(time) = record::time(&batch, row) {
                    extent = Some(extent.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
                }
            }
        }
    }
    Ok(extent)
}
