//! Staged part files: one worker's rows, sorted and split by UTC day. Border: rows in, part files with the keys of their rows out;
//! which rows stay is `unique`'s business.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::ArrowError;
use arrow_select::filter::filter_record_batch;
use tracemill_forgotten::Judge;
use tracemill_model::{LakeError, Table, part};

use crate::columns::{Columns, Form, RowKey};
use crate::late::{self, Named};
use crate::rows::Rows;
use crate::stored::Key;

/// A table's rows are written when they hold so many bytes.
const PART_BYTES: usize = 8 << 20;
/// A worker holds so many bytes at most before it writes its largest table.
const HELD_BYTES: usize = 12 << 20;
/// The same where the rows are of more than a few days, each of which becomes a part of its own.
const HELD_BYTES_OF_DAYS: usize = 32 << 20;
/// Days that are a few.
const FEW_DAYS: usize = 4;
/// Bytes that the rows held may come to when each has all its texts: what a block's requests may come to together is far more, and counts what is
/// held already.
const EXPANDED_BYTES: usize = 64 << 20;
/// Rows that are given out at a time: few enough that what is made of them is written while it is in the cache.
const CHUNK_ROWS: usize = 1024;
/// Bytes that these come to, unless one row is larger.
const CHUNK_BYTES: usize = 4 << 20;

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

/// One worker's rows on their way to disk.
#[derive(Debug)]
pub struct Store<'a> {
    folder: &'a Path,
    counter: &'a AtomicU64,
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
        Store { folder, counter, judge, forgotten: BTreeMap::new(), named: BTreeSet::new(), hours: BTreeSet::new(), staged: Vec::new() }
    }

    /// Writes tables of which there is enough.
    pub fn take(&mut self, rows: &mut Rows) -> Result<(), LakeError> {
        while let Some(largest) = of_which_enough(rows) {
            self.write(largest)?;
        }
        Ok(())
    }

    /// Writes everything.
    pub fn finish(&mut self, rows: &mut Rows) -> Result<(), LakeError> {
        rows.tables().into_iter().try_for_each(|columns| self.write(columns))
    }

    /// Writes all rows of a table, by (time, rank, identity), as a part for each of their days.
    fn write(&mut self, columns: &mut dyn Columns) -> Result<(), LakeError> {
        let keys = columns.keys();
        // by time first, of which there is little to carry; few rows share one
        let mut times: Vec<(i32, i64, u32)> = keys.iter().zip(0..).map(|(key, row)| (key.day, key.time, row)).collect();
        times.sort_unstable();
        for same in times.chunk_by_mut(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|same| same.len() > 1) {
            same.sort_unstable_by_key(|(.., row)| (keys[*row as usize].rank, keys[*row as usize].identity, *row));
        }
        let order: Vec<u32> = times.into_iter().map(|(.., row)| row).collect();
        for rows in order.chunk_by(|a, b| keys[*a as usize].day == keys[*b as usize].day) {
            self.write_part(columns, rows)?;
        }
        columns.truncate(0);
        Ok(())
    }

    fn write_part(&mut self, columns: &dyn Columns, rows: &[u32]) -> Result<(), LakeError> {
        let (table, keys) = (columns.table(), columns.keys());
        let Some(day) = rows.first().map(|row| keys[*row as usize].day) else { return Ok(()) };
        let path = self.folder.join(format!("{:08}.parquet", self.counter.fetch_add(1, Ordering::Relaxed)));
        let parquet = |source| LakeError::Parquet { path: path.clone(), source };
        // who is forgotten is looked for in plain columns
        let form = if self.judge.is_some() { Form::Plain } else { Form::Dictionary };
        let schema = form.schema(table);
        let bytes = columns.held() * rows.len() / keys.len();
        let chunk_rows = (CHUNK_BYTES / (columns.size() / keys.len()).max(1)).clamp(1, CHUNK_ROWS);
        let (mut writer, mut key_bytes) = (None, Vec::with_capacity(rows.len() * Key::BYTES));
        for chunk in rows.chunks(chunk_rows) {
            let batch = columns.arrays(chunk, form).and_then(|arrays| RecordBatch::try_new(schema.clone(), arrays)).map_err(arrow(&path))?;
            let chunk_keys: Vec<RowKey> = chunk.iter().map(|row| keys[*row as usize]).collect();
            let (batch, chunk_keys) = self.judged(table, batch, chunk_keys)?;
            key_bytes.extend(chunk_keys.iter().flat_map(|key| key.to_bytes()));
            if batch.num_rows() > 0 {
                if writer.is_none() {
                    writer = Some(part::Writer::of_size(table, &path, bytes).map_err(parquet)?);
                }
                writer.iter_mut().try_for_each(|writer| writer.write(&batch)).map_err(parquet)?;
            }
        }
        let Some(writer) = writer else { return Ok(()) };
        let written = writer.close().map_err(parquet)? as usize;
        let staged = Staged { table, day, path, rows: written };
        let keys_path = staged.keys_path();
        std::fs::write(&keys_path, key_bytes).map_err(|source| LakeError::Io { path: keys_path, source })?;
        self.staged.push(staged);
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
}

/// The table to be written next, where there is enough of any.
fn of_which_enough(rows: &mut Rows) -> Option<&mut dyn Columns> {
    let expanded = rows.size() > EXPANDED_BYTES;
    let tables = rows.tables();
    let total: usize = tables.iter().map(|columns| columns.held()).sum();
    let largest = tables.into_iter().max_by_key(|columns| if expanded { columns.size() } else { columns.held() })?;
    let is_enough = || {
        let many = largest.keys().iter().map(|key| key.day).collect::<BTreeSet<i32>>().len() > FEW_DAYS;
        !many || total > HELD_BYTES_OF_DAYS
    };
    (expanded || (total > HELD_BYTES || largest.held() > PART_BYTES) && is_enough()).then_some(largest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{LogRecord, Resource, Texts};
    use crate::{Options, Privacy};

    /// What the rows come to with all their texts must not add up over requests: the next one would be refused for what others hold.
    #[test]
    fn long_resources_are_not_held_until_there_are_many_rows() {
        let folder = tempfile::tempdir().unwrap();
        let counter = AtomicU64::new(0);
        let mut store = Store::new(folder.path(), &counter, None);
        let mut rows = Rows::new(Options::default().vocabulary, &Privacy::default());
        let text = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
        for time_ns in 0..200 {
            rows.begin_request();
            rows.set_resource(Resource { text: text.clone(), ..Resource::default() });
            rows.log_record(&LogRecord { time_ns, ..LogRecord::default() }, &Texts::default());
            rows.check_size(0).unwrap();
            store.take(&mut rows).unwrap();
            assert!(rows.size() <= EXPANDED_BYTES);
        }
        store.finish(&mut rows).unwrap();
        assert!(store.staged.len() >= 3 && store.staged.iter().map(|s| s.rows).sum::<usize>() == 200);
        let batches = crate::stored::read(store.staged[0].table, &store.staged[0].path).unwrap();
        assert!(batches.flatten().all(|batch| batch.column_by_name("resource").is_some_and(|c| c.null_count() == 0)));
    }
}
