//! Staged part files: one worker's rows, sorted and split by UTC day. Border: rows in, part files with the keys of their rows out;
//! which rows stay is `unique`'s business.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::{BooleanArray, RecordBatch, UInt32Array};
use arrow_schema::ArrowError;
use arrow_select::filter::filter_record_batch;
use arrow_select::interleave::interleave_record_batch;
use arrow_select::take::take_record_batch;
use tracemill_forgotten::Judge;
use tracemill_model::tables::RAW;
use tracemill_model::{LakeError, Table, part};

use crate::columns::RowKey;
use crate::late::{self, Named};
use crate::rows::Rows;

/// Rows are turned into Arrow columns when they hold so many bytes of text.
const FLUSH_BYTES: usize = 1 << 20;
/// A part is written when its day holds so many bytes of text.
const PART_BYTES: usize = 16 << 20;
/// A worker holds so many bytes at most before it writes its largest day.
const HELD_BYTES: usize = 24 << 20;

/// A staged part file.
#[derive(Debug)]
pub struct Staged {
    /// Its table.
    pub table: &'static Table,
    /// UTC day, counted from 1970-01-01.
    pub day: i32,
    /// Where it lies.
    pub path: PathBuf,
    /// Number of rows.
    pub rows: usize,
}

impl Staged {
    /// Where the keys of its rows lie: beside it, so that memory does not grow with the archive.
    pub fn keys_path(&self) -> PathBuf {
        self.path.with_extension("keys")
    }
}

#[derive(Debug, Default)]
struct Pending {
    batches: Vec<(RecordBatch, Vec<RowKey>)>,
    bytes: usize,
}

/// One worker's rows on their way to disk.
#[derive(Debug)]
pub struct Store<'a> {
    folder: &'a Path,
    counter: &'a AtomicU64,
    pending: BTreeMap<(&'static str, i32), Pending>,
    held: usize,
    judge: Option<&'a Judge>,
    /// Rows that belong to what was forgotten, by number of source.
    pub forgotten: BTreeMap<u32, u64>,
    /// Those of them that were known by a name, and have a trace.
    pub named: BTreeSet<Named>,
    /// When those that are spans and records were, by process.
    pub hours: BTreeSet<(String, i64)>,
    /// What was written.
    pub staged: Vec<Staged>,
}

fn arrow(path: &Path) -> impl FnOnce(ArrowError) -> LakeError + '_ {
    move |e| LakeError::Parquet { path: path.to_owned(), source: e.into() }
}

impl<'a> Store<'a> {
    /// A store that writes into `folder`; the counter gives the files their names. Rows are held against what was forgotten.
    pub fn new(folder: &'a Path, counter: &'a AtomicU64, judge: Option<&'a Judge>) -> Store<'a> {
        Store {
            folder,
            counter,
            pending: BTreeMap::new(),
            held: 0,
            judge,
            forgotten: BTreeMap::new(),
            named: BTreeSet::new(),
            hours: BTreeSet::new(),
            staged: Vec::new(),
        }
    }

    /// Takes the rows over when there are enough of them.
    pub fn take(&mut self, rows: &mut Rows) -> Result<(), LakeError> {
        if rows.size() >= FLUSH_BYTES { self.flush(rows) } else { Ok(()) }
    }

    /// Takes all rows over and writes everything.
    pub fn finish(&mut self, rows: &mut Rows) -> Result<(), LakeError> {
        self.flush(rows)?;
        while let Some(largest) = self.largest() {
            self.write(largest)?;
        }
        Ok(())
    }

    fn flush(&mut self, rows: &mut Rows) -> Result<(), LakeError> {
        let size = rows.size();
        let all = rows.counts().total().max(1);
        for table in RAW {
            let (batch, keys) = match table.name {
                "spans" => rows.spans.finish(),
                "events" => rows.events.finish(),
                "metrics" => rows.metrics.finish(),
                _ => rows.profiles.finish(),
            }
            .map_err(arrow(self.folder))?;
            let (batch, keys) = self.judged(table, batch, keys)?;
            if !keys.is_empty() {
                let bytes = size * keys.len() / all;
                self.add(table, batch, keys, bytes)?;
            }
        }
        Ok(())
    }

    /// The rows without those that belong to what was forgotten, which are counted.
    fn judged(&mut self, table: &'static Table, batch: RecordBatch, keys: Vec<RowKey>) -> Result<(RecordBatch, Vec<RowKey>), LakeError> {
        let Some(judge) = self.judge.filter(|_| !keys.is_empty()) else { return Ok((batch, keys)) };
        let judged = judge.judge(table, &batch).map_err(arrow(self.folder))?;
        let gone = judged.gone();
        self.named.extend(late::named(table, &batch, &judged.named));
        if gone > 0 {
            self.hours.extend(judge.hours(table, &batch, &judged.stays));
        }
        let batch = judged.masked.unwrap_or(batch);
        if gone == 0 {
            return Ok((batch, keys));
        }
        for (key, _) in keys.iter().zip(&judged.stays).filter(|(_, stays)| !**stays) {
            *self.forgotten.entry(key.source).or_default() += 1;
        }
        let kept = keys.into_iter().zip(&judged.stays).filter(|(_, stays)| **stays).map(|(key, _)| key).collect();
        Ok((filter_record_batch(&batch, &BooleanArray::from(judged.stays)).map_err(arrow(self.folder))?, kept))
    }

    fn add(&mut self, table: &'static Table, batch: RecordBatch, keys: Vec<RowKey>, bytes: usize) -> Result<(), LakeError> {
        let first = keys[0].day;
        if keys.iter().all(|k| k.day == first) {
            self.hold(table, first, batch, keys, bytes);
        } else {
            let mut days: BTreeMap<i32, Vec<u32>> = BTreeMap::new();
            for (row, key) in keys.iter().enumerate() {
                days.entry(key.day).or_default().push(row as u32);
            }
            for (day, rows) in days {
                let share = bytes * rows.len() / keys.len();
                let day_keys = rows.iter().map(|r| keys[*r as usize]).collect();
                let part = take_record_batch(&batch, &UInt32Array::from(rows)).map_err(arrow(self.folder))?;
                self.hold(table, day, part, day_keys, share);
            }
        }
        while self.held > HELD_BYTES || self.largest().is_some_and(|l| self.pending[&l].bytes > PART_BYTES) {
            let Some(largest) = self.largest() else { break };
            self.write(largest)?;
        }
        Ok(())
    }

    fn hold(&mut self, table: &'static Table, day: i32, batch: RecordBatch, keys: Vec<RowKey>, bytes: usize) {
        let pending = self.pending.entry((table.name, day)).or_default();
        pending.batches.push((batch, keys));
        pending.bytes += bytes;
        self.held += bytes;
    }

    fn largest(&self) -> Option<(&'static str, i32)> {
        self.pending.iter().max_by_key(|(_, p)| p.bytes).map(|(k, _)| *k)
    }

    /// Sorts a day's rows by (time, rank, identity) and writes them as a part.
    fn write(&mut self, place: (&'static str, i32)) -> Result<(), LakeError> {
        let (Some(pending), Some(table)) = (self.pending.remove(&place), tracemill_model::tables::by_name(place.0)) else { return Ok(()) };
        self.held -= pending.bytes;
        let path = self.folder.join(format!("{:08}.parquet", self.counter.fetch_add(1, Ordering::Relaxed)));
        let mut order: Vec<(RowKey, usize, usize)> = Vec::new();
        for (n, (_, keys)) in pending.batches.iter().enumerate() {
            order.extend(keys.iter().enumerate().map(|(row, key)| (*key, n, row)));
        }
        order.sort_unstable_by_key(|(key, n, row)| (key.time, key.rank, key.identity, *n, *row));
        let batches: Vec<&RecordBatch> = pending.batches.iter().map(|(b, _)| b).collect();
        let mut sorted = Vec::new();
        for chunk in order.chunks(8192) {
            let rows: Vec<(usize, usize)> = chunk.iter().map(|(_, n, row)| (*n, *row)).collect();
            sorted.push(interleave_record_batch(&batches, &rows).map_err(arrow(&path))?);
        }
        part::write(table, &path, &sorted).map_err(|source| LakeError::Parquet { path: path.clone(), source })?;
        let staged = Staged { table, day: place.1, path, rows: order.len() };
        let keys: Vec<u8> = order.iter().flat_map(|(key, ..)| key.to_bytes()).collect();
        let keys_path = staged.keys_path();
        std::fs::write(&keys_path, keys).map_err(|source| LakeError::Io { path: keys_path, source })?;
        self.staged.push(staged);
        Ok(())
    }
}
