//! Parts of one day and table made one, in bounded memory. Border: rows only; which parts are merged is `compact`'s business.
//!
//! Parts of raw tables are sorted, each in itself, and are merged by what they are sorted by. Those of semantic tables come from one build that wrote
//! them one behind another, and are put behind one another again: so the order in which a reader meets the rows stays what it was.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, ArrayRef, RecordBatch, new_null_array};
use arrow_schema::{ArrowError, Field};
use arrow_select::interleave::interleave_record_batch;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use tracemill_model::tables::{Kind, RAW};
use tracemill_model::{Table, part};

use crate::Error;

/// Rows of a batch that is read.
const BATCH_ROWS: usize = 1024;
/// Rows of a batch that is written.
const OUT_ROWS: usize = 4096;
/// Files read at a time: each holds a batch and the pages it is decoded from.
const WAYS: usize = 16;

/// Merges parts into one at `to`; what lies between lies in `scratch`. Gives the number of rows.
pub fn merge(table: &Table, parts: &[PathBuf], to: &Path, scratch: &Path) -> Result<u64, Error> {
    if !RAW.iter().any(|raw| raw.name == table.name) {
        return one_behind_another(table, parts, to);
    }
    let mut parts = parts.to_vec();
    let mut made = 0;
    while parts.len() > WAYS {
        let first: Vec<PathBuf> = parts.drain(..WAYS).collect();
        let path = scratch.join(format!("{}-{made}", to.file_name().unwrap_or_default().to_string_lossy()));
        let _ = sorted(table, &first, &path)?;
        for done in first.iter().filter(|p| p.starts_with(scratch)) {
            std::fs::remove_file(done).map_err(Error::io(done))?;
        }
        made += 1;
        parts.push(path);
    }
    let rows = sorted(table, &parts, to)?;
    for done in parts.iter().filter(|p| p.starts_with(scratch)) {
        std::fs::remove_file(done).map_err(Error::io(done))?;
    }
    Ok(rows)
}

fn one_behind_another(table: &Table, parts: &[PathBuf], to: &Path) -> Result<u64, Error> {
    let mut writer = part::Writer::new(table, to).map_err(Error::parquet(to))?;
    for path in parts {
        let mut input = Input::open(table, path)?;
        while let Some(batch) = input.read()? {
            writer.write(&batch).map_err(Error::parquet(to))?;
        }
    }
    writer.close().map_err(Error::parquet(to))
}

fn sorted(table: &Table, parts: &[PathBuf], to: &Path) -> Result<u64, Error> {
    let mut writer = part::Writer::new(table, to).map_err(Error::parquet(to))?;
    let mut inputs = parts.iter().map(|path| Input::open(table, path)).collect::<Result<Vec<_>, _>>()?;
    let mut heads = BinaryHeap::new();
    // batches from which rows have been picked but not written
    let mut held: Vec<RecordBatch> = Vec::new();
    let mut at: Vec<usize> = Vec::new();
    for (n, input) in inputs.iter_mut().enumerate() {
        at.push(usize::MAX);
        next(n, input, &mut held, &mut at, &mut heads)?;
    }
    let mut picked: Vec<(usize, usize)> = Vec::new();
    while let Some(Reverse(Head { input: n, row, .. })) = heads.pop() {
        picked.push((at[n], row));
        if row + 1 < held[at[n]].num_rows() {
            let key = inputs[n].keys[row + 1].take();
            heads.push(Reverse(Head { key, input: n, row: row + 1 }));
        } else {
            next(n, &mut inputs[n], &mut held, &mut at, &mut heads)?;
        }
        if picked.len() >= OUT_ROWS {
            write(&mut writer, &held, &mut picked, to)?;
            // only the batches that are being read from are needed any more
            let current: Vec<RecordBatch> = at.iter().filter(|i| **i != usize::MAX).map(|i| held[*i].clone()).collect();
            let mut place = 0;
            for i in at.iter_mut().filter(|i| **i != usize::MAX) {
                *i = place;
                place += 1;
            }
            held = current;
        }
    }
    write(&mut writer, &held, &mut picked, to)?;
    writer.close().map_err(Error::parquet(to))
}

fn write(writer: &mut part::Writer, held: &[RecordBatch], picked: &mut Vec<(usize, usize)>, to: &Path) -> Result<(), Error> {
    if !picked.is_empty() {
        let batches: Vec<&RecordBatch> = held.iter().collect();
        let batch = interleave_record_batch(&batches, picked).map_err(Error::parquet(to))?;
        writer.write(&batch).map_err(Error::parquet(to))?;
        picked.clear();
    }
    Ok(())
}

/// Reads an input's next batch and puts its first row among the heads.
fn next(n: usize, input: &mut Input, held: &mut Vec<RecordBatch>, at: &mut [usize], heads: &mut BinaryHeap<Reverse<Head>>) -> Result<(), Error> {
    at[n] = usize::MAX;
    if let Some(batch) = input.read()? {
        input.take_keys(&batch);
        at[n] = held.len();
        held.push(batch);
        heads.push(Reverse(Head { key: input.keys[0].take(), input: n, row: 0 }));
    }
    Ok(())
}

/// What a row is sorted by: times, of which an unknown one comes first, then its id.
type Key = Option<(Vec<Option<i64>>, String)>;

struct Head {
    key: Key,
    input: usize,
    row: usize,
}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Head) -> Ordering {
        (&self.key, self.input, self.row).cmp(&(&other.key, other.input, other.row))
    }
}

/// A part that is read.
struct Input<'a> {
    table: &'a Table,
    path: PathBuf,
    reader: ParquetRecordBatchReader,
    keys: Vec<Key>,
}

impl<'a> Input<'a> {
    fn open(table: &'a Table, path: &Path) -> Result<Input<'a>, Error> {
        let file = File::open(path).map_err(Error::io(path))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(Error::parquet(path))?;
        if let Some(strange) = builder.schema().fields().iter().find(|f| table.index(f.name()).is_none()) {
            let reason = format!("table {} has no column {} in this release", table.name, strange.name());
            return Err(Error::Strange { path: path.to_owned(), reason });
        }
        let reader = builder.with_batch_size(BATCH_ROWS).build().map_err(Error::parquet(path))?;
        Ok(Input { table, path: path.to_owned(), reader, keys: Vec::new() })
    }

    /// The next rows, with all columns that the table has now; those the part lacks are null.
    fn read(&mut self) -> Result<Option<RecordBatch>, Error> {
        let Some(batch) = self.reader.next().transpose().map_err(Error::parquet(&self.path))? else { return Ok(None) };
        as_now(self.table, &batch).map(Some).map_err(Error::parquet(&self.path))
    }

    fn take_keys(&mut self, batch: &RecordBatch) {
        let table = self.table;
        let columns = |time: bool| {
            let wanted = move |name: &&&str| table.index(name).is_some_and(|n| (table.columns[n].kind == Kind::Time) == time);
            table.sort.iter().filter(wanted).filter_map(|name| batch.column_by_name(name))
        };
        let times: Vec<_> = columns(true).filter_map(|c| c.as_primitive_opt::<TimestampNanosecondType>()).collect();
        let ids: Vec<_> = columns(false).filter_map(|c| c.as_string_opt::<i32>()).collect();
        let key = |row: usize| {
            let times = times.iter().map(|t| t.is_valid(row).then(|| t.value(row))).collect();
            Some((times, ids.iter().map(|id| if id.is_valid(row) { id.value(row) } else { "" }).collect()))
        };
        self.keys = (0..batch.num_rows()).map(key).collect();
    }
}

/// The rows with all columns that the table has now; those the part lacks are null.
pub fn as_now(table: &Table, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let schema = table.schema();
    let column = |field: &Arc<Field>| -> ArrayRef {
        batch.column_by_name(field.name()).cloned().unwrap_or_else(|| new_null_array(field.data_type(), batch.num_rows()))
    };
    RecordBatch::try_new(schema.clone(), schema.fields().iter().map(column).collect())
}

#[cfg(test)]
mod tests {
    use arrow_array::{StringArray, TimestampNanosecondArray};
    use tracemill_model::tables::{EVENTS, TURNS};

    use super::*;

    /// Rows with only times and ids; a time of 0 is none.
    fn batch(table: &Table, rows: &[(i64, i64, String)]) -> RecordBatch {
        let time = |of: fn(&(i64, i64, String)) -> i64| -> ArrayRef {
            let times: TimestampNanosecondArray = rows.iter().map(|r| Some(of(r)).filter(|t| *t != 0)).collect();
            Arc::new(times.with_timezone("UTC"))
        };
        let ids: ArrayRef = Arc::new(rows.iter().map(|r| Some(r.2.as_str())).collect::<StringArray>());
        let column = |field: &Arc<Field>| match field.name() {
            name if *name == table.sort[0] => time(|r| r.0),
            name if name == "observed_time" => time(|r| r.1),
            name if name == "record_id" || name == "turn_id" => ids.clone(),
            _ => new_null_array(field.data_type(), rows.len()),
        };
        let schema = table.schema();
        RecordBatch::try_new(schema.clone(), schema.fields().iter().map(column).collect()).unwrap()
    }

    fn ids(table: &Table, path: &Path, column: &str) -> Vec<String> {
        let mut input = Input::open(table, path).unwrap();
        let mut ids = Vec::new();
        while let Some(batch) = input.read().unwrap() {
            let texts = batch.column_by_name(column).unwrap().as_string::<i32>().clone();
            ids.extend(texts.iter().map(|t| t.unwrap().to_owned()));
        }
        ids
    }

    #[test]
    fn many_sorted_parts_are_one_sorted_part_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut seed = 7_u64;
        let mut dice = |end: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % end
        };
        let scratch = folder.path().join("scratch");
        std::fs::create_dir(&scratch).unwrap();
        let mut all = Vec::new();
        let mut parts = Vec::new();
        for n in 0..40_u64 {
            let mut rows: Vec<(i64, i64, String)> =
                (0..dice(3000)).map(|m| (dice(500) as i64, dice(3) as i64, format!("{:08x}{n:04x}{m:04x}", dice(1 << 20)))).collect();
            rows.sort();
            let path = folder.path().join(format!("{n}.parquet"));
            let _ = part::write(&EVENTS, &path, &[batch(&EVENTS, &rows)]).unwrap();
            all.extend(rows);
            parts.push(path);
        }
        all.sort();
        let to = scratch.join("merged.parquet");
        assert_eq!(merge(&EVENTS, &parts, &to, &scratch).unwrap(), all.len() as u64);
        assert_eq!(ids(&EVENTS, &to, "record_id"), all.iter().map(|r| r.2.clone()).collect::<Vec<_>>());
        assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 1);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 41);
    }

    #[test]
    fn parts_of_semantic_tables_keep_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let rows: Vec<Vec<(i64, i64, String)>> = vec![vec![(5, 0, "b".into()), (5, 0, "a".into())], vec![(1, 0, "c".into())]];
        let parts: Vec<PathBuf> = (0..2).map(|n| folder.path().join(format!("{n}.parquet"))).collect();
        for (rows, path) in rows.iter().zip(&parts) {
            let _ = part::write(&TURNS, path, &[batch(&TURNS, rows)]).unwrap();
        }
        let to = folder.path().join("merged.parquet");
        assert_eq!(merge(&TURNS, &parts, &to, folder.path()).unwrap(), 3);
        assert_eq!(ids(&TURNS, &to, "turn_id"), ["b", "a", "c"]);
    }

    #[test]
    fn columns_of_a_later_release_are_not_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("later.parquet");
        let later = Table { name: "turns", row: "", columns: EVENTS.columns, sort: EVENTS.sort };
        let _ = part::write(&later, &path, &[batch(&later, &[(1, 0, "a".into())])]).unwrap();
        let error = merge(&TURNS, &[path], &folder.path().join("to"), folder.path()).unwrap_err().to_string();
        assert!(error.contains("table turns has no column") && error.contains("use the release of tracemill that wrote it"), "{error}");
    }
}
