//! Part files read back: the keys of their rows, or all of their columns. Border: reading only.

use std::collections::HashSet;
use std::fs::File;
use std::hash::BuildHasherDefault;
use std::path::Path;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray, new_null_array};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::statistics::Statistics;
use tracemill_model::{LakeError, Table};

use crate::hex;
use crate::identity::{Digest, Unhashed, span_key};
use crate::privacy::level;

/// What the search for equal records knows of a row.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// What makes two rows the same record.
    pub key: u128,
    /// The record's identity.
    pub identity: u128,
    /// Which of two rows with one key stands.
    pub rank: i64,
    /// How much of it was replaced.
    pub redacted: u16,
    /// Number of the source within the run; `u32::MAX` for a row of the lake.
    pub source: u32,
}

impl Key {
    /// Bytes of a key on disk.
    pub const BYTES: usize = 46;

    /// For disk.
    pub fn to_bytes(self) -> [u8; Key::BYTES] {
        let mut out = [0; Key::BYTES];
        out[..16].copy_from_slice(&self.key.to_le_bytes());
        out[16..32].copy_from_slice(&self.identity.to_le_bytes());
        out[32..40].copy_from_slice(&self.rank.to_le_bytes());
        out[40..44].copy_from_slice(&self.source.to_le_bytes());
        out[44..].copy_from_slice(&self.redacted.to_le_bytes());
        out
    }

    /// Reads what [`Key::to_bytes`] wrote.
    pub fn from_bytes(bytes: &[u8]) -> Key {
        let part = |from: usize, to: usize| {
            let mut wide = [0_u8; 16];
            wide[..to - from].copy_from_slice(&bytes[from..to]);
            u128::from_le_bytes(wide)
        };
        Key { key: part(0, 16), identity: part(16, 32), rank: part(32, 40) as u64 as i64, source: part(40, 44) as u32, redacted: part(44, 46) as u16 }
    }
}

fn error(path: &Path) -> impl Fn(parquet::errors::ParquetError) -> LakeError + '_ {
    move |source| LakeError::Parquet { path: path.to_owned(), source }
}

fn open(path: &Path, columns: Option<&[&str]>) -> Result<ParquetRecordBatchReader, LakeError> {
    let file = File::open(path).map_err(|source| LakeError::Io { path: path.to_owned(), source })?;
    let mut builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(error(path))?.with_batch_size(8192);
    if let Some(columns) = columns {
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        builder = builder.with_projection(mask);
    }
    builder.build().map_err(error(path))
}

/// The rows of a part with all columns that the table has now; those the part lacks are null.
pub fn read<'a>(table: &Table, path: &'a Path) -> Result<impl Iterator<Item = Result<RecordBatch, LakeError>> + 'a, LakeError> {
    let schema = table.schema();
    Ok(open(path, None)?.map(move |batch| {
        let batch = batch.map_err(|e| error(path)(e.into()))?;
        let column = |field: &Arc<arrow_schema::Field>| -> ArrayRef {
            batch.column_by_name(field.name()).cloned().unwrap_or_else(|| new_null_array(field.data_type(), batch.num_rows()))
        };
        RecordBatch::try_new(schema.clone(), schema.fields().iter().map(column).collect()).map_err(|e| error(path)(e.into()))
    }))
}

/// Some columns of a part, as far as it has them.
pub fn columns<'a>(path: &'a Path, columns: &[&str]) -> Result<impl Iterator<Item = Result<RecordBatch, LakeError>> + 'a, LakeError> {
    Ok(open(path, Some(columns))?.map(move |batch| batch.map_err(|e| error(path)(e.into()))))
}

/// Whether a text column of a part may have another value than the given one, by the statistics of its row groups. A part without the
/// column has none.
pub fn other_than(path: &Path, column: &str, value: &str) -> Result<bool, LakeError> {
    let file = File::open(path).map_err(|source| LakeError::Io { path: path.to_owned(), source })?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(error(path))?;
    let metadata = builder.metadata();
    let Some(n) = builder.parquet_schema().columns().iter().position(|c| c.name() == column) else { return Ok(false) };
    let only = |bytes: Option<&[u8]>| bytes == Some(value.as_bytes());
    Ok(!metadata.row_groups().iter().all(|group| group.column(n).statistics().is_some_and(|s| only(s.min_bytes_opt()) && only(s.max_bytes_opt()))))
}

/// Whether a value of one of the time columns may lie between the two times, by the statistics of the row groups.
pub fn times_within(path: &Path, columns: &[&str], first: i64, last: i64) -> Result<bool, LakeError> {
    let file = File::open(path).map_err(|source| LakeError::Io { path: path.to_owned(), source })?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(error(path))?;
    let wanted: Vec<usize> =
        builder.parquet_schema().columns().iter().enumerate().filter(|(_, c)| columns.contains(&c.name())).map(|(n, _)| n).collect();
    Ok(builder.metadata().row_groups().iter().any(|group| {
        wanted.iter().any(|n| match group.column(*n).statistics() {
            Some(Statistics::Int64(s)) => s.min_opt().zip(s.max_opt()).is_some_and(|(min, max)| *min <= last && *max >= first),
            // without statistics it may hold anything
            _ => true,
        })
    }))
}

/// Visits the keys of a part's rows.
pub fn keys(table: &Table, path: &Path, visit: &mut impl FnMut(u32, Key)) -> Result<(), LakeError> {
    let (columns, rank): (&[&str], _) = match table.name {
        "spans" => (&["record_id", "trace_id", "span_id", "end_time", "redacted"], Some("end_time")),
        "events" => (&["record_id", "observed_time", "redacted"], Some("observed_time")),
        _ => (&["record_id", "redacted"], None),
    };
    let mut digest = Digest::default();
    let mut row = 0;
    for batch in open(path, Some(columns))? {
        let batch = batch.map_err(|e| error(path)(e.into()))?;
        let ids = text(&batch, "record_id");
        let redacted = text(&batch, "redacted").filter(|column| column.null_count() < column.len());
        let spans = text(&batch, "trace_id").zip(text(&batch, "span_id"));
        let ranks = rank.and_then(|r| batch.column_by_name(r)).and_then(|c| c.as_primitive_opt::<TimestampNanosecondType>());
        for n in 0..batch.num_rows() {
            let identity = ids.and_then(|a| id::<16>(a, n)).map_or(0, u128::from_be_bytes);
            let both = spans.and_then(|(t, s)| id::<16>(t, n).zip(id::<8>(s, n)));
            let key = both.map_or(identity, |(trace_id, span_id)| span_key(&mut digest, &trace_id, &span_id));
            let rank = ranks.filter(|r| r.is_valid(n)).map_or(i64::MIN, |r| r.value(n));
            let redacted = redacted.filter(|r| r.is_valid(n)).map_or(0, |r| level(r.value(n)));
            visit(row, Key { key, identity, rank, redacted, source: u32::MAX });
            row += 1;
        }
    }
    Ok(())
}

/// The rows of an events part that belong to one of the spans (by record id).
pub fn rows_of_spans(path: &Path, spans: &HashSet<u128, BuildHasherDefault<Unhashed>>) -> Result<Vec<u32>, LakeError> {
    let (mut rows, mut row) = (Vec::new(), 0);
    for batch in open(path, Some(&["span_record_id"]))? {
        let batch = batch.map_err(|e| error(path)(e.into()))?;
        let ids = text(&batch, "span_record_id");
        for n in 0..batch.num_rows() {
            if ids.and_then(|a| id::<16>(a, n)).is_some_and(|id| spans.contains(&u128::from_be_bytes(id))) {
                rows.push(row);
            }
            row += 1;
        }
    }
    Ok(rows)
}

fn text<'a>(batch: &'a RecordBatch, column: &str) -> Option<&'a StringArray> {
    batch.column_by_name(column).and_then(|c| c.as_string_opt::<i32>())
}

fn id<const N: usize>(array: &StringArray, row: usize) -> Option<[u8; N]> {
    hex::parse(array.is_valid(row).then(|| array.value(row).as_bytes())?)
}
