//! Forgetting: for good, and so that it can be shown. Border: the lake's own files; what lies elsewhere (reports that were written, archives, backups) is
//! its owner's business. The semantic tables are built again by the caller, who knows how, between `forget` and `finish`.
//!
//! 1. `choose`: whether that is in the lake, whose conversations, what they started, which traces are theirs alone.
//! 2. `forget`: one commit takes the rows out, masks what others say of them, withholds what is set aside, and writes the list by which ingest knows
//!    them again. The log is folded, and every file that was replaced is deleted.
//! 3. `finish`: the same for what building the semantic tables replaced, and for what other runs had staged.
//! 4. `prove`: every byte of every file.

mod aside;
mod asked;
mod choose;
mod processes;
mod prove;
mod traces;
mod unknown;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rayon::prelude::*;
use tracemill_forgotten::{Forgotten, Judge, What};
use tracemill_model::lake::{CommitKind, Lock, Part, Sealed, Snapshot, Source, Transaction};
use tracemill_model::tables::{EVENTS, RAW};
use tracemill_model::{Lake, LakeError, Table, part};

use crate::Error;
pub use asked::Asked;
pub use choose::{Chosen, Conversation, choose};
pub use prove::{Proof, prove};

/// The day of rows without a time.
const TIMELESS: &str = "1970-01-01";

/// What was forgotten.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Forgot {
    /// Rows taken out, by table.
    pub rows: Vec<(&'static str, usize)>,
    /// Rows of others in which an id was masked.
    pub mentions: usize,
    /// Entries of the quarantine whose bytes were deleted.
    pub withheld: usize,
    /// Entries of the ledger in which an id was masked.
    pub sources: usize,
    /// Rows without a time, which `before` says nothing about.
    pub timeless: u64,
}

impl Forgot {
    /// Whether there was nothing to forget.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|(_, n)| *n == 0) && self.mentions + self.withheld + self.sources == 0
    }
}

/// Forgets in one commit. With `dry_run` nothing is changed, only counted. Not to be called by who reads from the lake: readers are waited for.
///
/// # Errors
/// The lake cannot be written, or a part is damaged; the lake is then as it was.
pub fn forget(lake: &Lake, lock: &Lock, chosen: &Chosen, dry_run: bool) -> Result<Forgot, Error> {
    let snapshot = lake.snapshot()?;
    Snapshot::fetch(snapshot.files())?;
    let mut list = match Forgotten::load(lake, &snapshot)? {
        Some(list) => list,
        None => Forgotten::empty(lake)?,
    };
    list.add(What::Conversation, &chosen.ids);
    list.add(What::User, &chosen.asked.users);
    list.add(What::Trace, &chosen.traces);
    list.add(What::Span, chosen.spans.iter().map(|(trace, span)| format!("{trace}{span}")));
    list.add(What::Shared, chosen.spans.iter().map(|(trace, _)| trace));
    list.add(What::Process, &chosen.processes);
    list.add_hours(chosen.hours.iter().map(|(process, hour)| (process.as_str(), *hour)));
    if let Some((_, time)) = &chosen.asked.before {
        list.forget_before(*time);
    }
    let judge = judge(list.clone(), chosen);
    let mut tx = Transaction::begin(lake, lock)?;
    tx.set_kind(CommitKind::Forget);
    let mut forgot = Forgot { timeless: timeless(&snapshot, chosen), ..Forgot::default() };
    let mut times = BTreeSet::new();
    for table in RAW {
        let parts: Vec<&Part> = snapshot.parts(table.name).collect();
        let counter = AtomicUsize::new(0);
        let scratch = tx.scratch().to_owned();
        let write = |part: &&Part| -> Result<Option<New>, Error> {
            let to = scratch.join(format!("left-{}-{:06}.parquet", table.name, counter.fetch_add(1, Ordering::Relaxed)));
            rewrite(table, part, chosen, &judge, to, dry_run)
        };
        let news: Vec<Option<New>> = parts.par_iter().map(write).collect::<Result<_, _>>()?;
        let mut gone = 0;
        for (part, new) in parts.iter().zip(news) {
            let Some(new) = new else { continue };
            gone += new.gone;
            forgot.mentions += new.mentions;
            times.extend(new.times);
            tx.remove(&part.file);
            if let Some((path, rows, sealed)) = new.left {
                tx.adopt(table, &part.date, &path, rows, sealed, None)?;
            }
        }
        forgot.rows.push((table.name, gone));
    }
    let aside = aside::withhold(&snapshot, &judge, !chosen.ids.is_empty() || !chosen.asked.users.is_empty(), &mut tx)?;
    list.add(What::Time, times.iter().map(i64::to_string));
    list.add(What::Aside, &aside);
    forgot.withheld = aside.len();
    for source in snapshot.sources() {
        if let Some(masked) = masked(&judge, source) {
            forgot.sources += 1;
            tx.source(masked);
        }
    }
    if !dry_run {
        list.save(&snapshot, &mut tx)?;
        tx.leave_nothing();
        let _ = tx.commit()?;
    }
    Ok(forgot)
}

fn judge(list: Forgotten, chosen: &Chosen) -> Judge {
    let judge = Judge::new(list, &chosen.names).with_spans(chosen.span_ids.iter().cloned());
    judge.in_plain(chosen.ids.iter().map(String::as_str), chosen.asked.users.iter().map(String::as_str))
}

/// Deletes what building the semantic tables has replaced, and what other runs had staged: they have done their work again, or end. Waits for readers
/// and for these runs. Not to be called by who holds the lake's lock.
///
/// # Errors
/// A file cannot be deleted.
pub fn finish(lake: &Lake) -> Result<(), Error> {
    lake.outlive_runs()?;
    let lock = lake.lock()?;
    let mut tx = Transaction::begin(lake, &lock)?;
    tx.leave_nothing();
    let _ = tx.commit()?;
    Ok(())
}

/// What becomes of a part.
struct New {
    gone: usize,
    mentions: usize,
    /// When the log records that go were made.
    times: BTreeSet<i64>,
    left: Option<(PathBuf, u64, Sealed)>,
}

/// The part without what is forgotten; `None` where it holds none of it.
fn rewrite(table: &'static Table, part: &Part, chosen: &Chosen, judge: &Judge, to: PathBuf, dry_run: bool) -> Result<Option<New>, Error> {
    if let Some((day, _)) = &chosen.asked.before {
        if part.date.as_str() < day.as_str() && part.date != TIMELESS {
            let gone = usize::try_from(part.rows).unwrap_or(usize::MAX);
            return Ok(Some(New { gone, mentions: 0, times: BTreeSet::new(), left: None }));
        }
        if chosen.ids.is_empty() && chosen.asked.users.is_empty() {
            return Ok(None);
        }
    }
    let (mut gone, mut mentions, mut times) = (0, 0, BTreeSet::new());
    for batch in batches(part)? {
        let batch = batch?;
        let judged = judge.judge(table, &batch).map_err(Error::parquet(&part.path))?;
        (gone, mentions) = (gone + judged.gone(), mentions + judged.mentions);
        if table.name == EVENTS.name && judged.gone() > 0 {
            times.extend(times_of(&batch, &judged.stays));
        }
    }
    if gone + mentions == 0 {
        return Ok(None);
    }
    if dry_run || gone as u64 == part.rows {
        return Ok(Some(New { gone, mentions, times, left: None }));
    }
    let mut writer = part::Writer::new(table, &to).map_err(Error::parquet(&to))?;
    for batch in batches(part)? {
        let batch = batch?;
        let judged = judge.judge(table, &batch).map_err(Error::parquet(&part.path))?;
        let left = filter_record_batch(&judged.masked.unwrap_or(batch), &BooleanArray::from(judged.stays)).map_err(Error::parquet(&to))?;
        writer.write(&left).map_err(Error::parquet(&to))?;
    }
    let rows = writer.close().map_err(Error::parquet(&to))?;
    let sealed = Sealed::of(&to)?;
    Ok(Some(New { gone, mentions, times, left: Some((to, rows, sealed)) }))
}

/// When the log records that do not stay were made.
fn times_of(batch: &RecordBatch, stays: &[bool]) -> Vec<i64> {
    let origin = batch.column_by_name("origin").and_then(|c| c.as_string_opt::<i32>());
    let columns = ["time", "observed_time"].into_iter().filter_map(|name| batch.column_by_name(name)?.as_primitive_opt::<TimestampNanosecondType>());
    let columns: Vec<_> = columns.collect();
    let is_log = |row: usize| origin.is_none_or(|o| o.is_null(row) || o.value(row) != "span_event");
    let gone = stays.iter().enumerate().filter(|(row, stays)| !**stays && is_log(*row));
    gone.flat_map(|(row, _)| columns.iter().filter(move |c| c.is_valid(row)).map(move |c| c.value(row))).collect()
}

/// A part's rows with the columns that its table has now.
fn batches(part: &Part) -> Result<impl Iterator<Item = Result<RecordBatch, Error>> + '_, Error> {
    let table = tracemill_model::tables::by_name(&part.table);
    let file = std::fs::File::open(part.fetched()?).map_err(Error::io(&part.path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(Error::parquet(&part.path))?;
    let reader = builder.with_batch_size(4096).build().map_err(Error::parquet(&part.path))?;
    Ok(reader.map(move |batch| {
        let batch = batch.map_err(Error::parquet(&part.path))?;
        table.map_or(Ok(batch.clone()), |table| crate::merge::as_now(table, &batch)).map_err(Error::parquet(&part.path))
    }))
}

fn timeless(snapshot: &Snapshot, chosen: &Chosen) -> u64 {
    if chosen.asked.before.is_none() {
        return 0;
    }
    RAW.iter().flat_map(|t| snapshot.parts(t.name)).filter(|p| p.date == TIMELESS).map(|p| p.rows).sum()
}

/// The ledger's entry without ids; `None` where there are none.
fn masked(judge: &Judge, source: &Source) -> Option<Source> {
    let mut new = source.clone();
    let mask = |text: &mut String| {
        if let Some(masked) = judge.masked(text) {
            *text = masked;
        }
    };
    if let Some(masked) = judge.masked_name(&new.path) {
        new.path = masked;
    }
    for example in &mut new.examples {
        mask(&mut example.reason);
        mask(&mut example.position);
    }
    (new != *source).then_some(new)
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Error {
        Error::Lake(LakeError::Damaged { path: PathBuf::from("_tracemill/quarantine"), reason: error.to_string() })
    }
}
