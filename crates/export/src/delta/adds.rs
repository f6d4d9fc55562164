//! Parts as a Delta log adds them: path, day, size, and what a reader may skip them by. Border: the rows of one call of the kernel's `add_files`.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use delta_kernel::arrow::array::{
    ArrayRef, Int64Array, MapBuilder, MapFieldNames, RecordBatch, StringArray, StringBuilder, StructArray, TimestampMicrosecondArray,
};
use delta_kernel::arrow::datatypes::{Field, Fields, Schema};
use delta_kernel::arrow::error::ArrowError;
use tracemill_model::lake::Part;
use tracemill_model::{Kind, Table};

use super::footer::{self, Range};
use super::target::Times;
use crate::Error;

/// A part, and the name that the log has for it.
#[derive(Debug)]
pub struct Add<'a> {
    /// As the log names it.
    pub name: String,
    /// What it is.
    pub part: &'a Part,
    /// Where it lies.
    pub place: &'a Path,
}

/// The rows that the kernel takes.
pub fn batch(table: &Table, times: Times, adds: &[Add]) -> Result<RecordBatch, Error> {
    let mut ranges = Vec::new();
    let mut modified = Vec::new();
    for add in adds {
        ranges.push(footer::ranges(table, add.place)?);
        let time = fs::metadata(add.place).and_then(|m| m.modified()).map_err(Error::io(add.place))?;
        modified.push(time.duration_since(UNIX_EPOCH).map_or(0, |t| i64::try_from(t.as_millis()).unwrap_or(i64::MAX)));
    }
    let path = adds.first().map_or(Path::new(""), |add| add.place);
    build(table, times, adds, &ranges, modified).map_err(Error::log(path))
}

fn build(table: &Table, times: Times, adds: &[Add], ranges: &[Vec<Range>], modified: Vec<i64>) -> Result<RecordBatch, ArrowError> {
    let names = MapFieldNames { entry: "key_value".to_owned(), key: "key".to_owned(), value: "value".to_owned() };
    let mut days = MapBuilder::new(Some(names), StringBuilder::new(), StringBuilder::new());
    for add in adds {
        days.keys().append_value("date");
        days.values().append_value(&add.part.date);
        days.append(true)?;
    }
    let columns: [(&str, ArrayRef, bool); 5] = [
        ("path", Arc::new(StringArray::from_iter_values(adds.iter().map(|a| &a.name))), false),
        ("partitionValues", Arc::new(days.finish()), false),
        ("size", Arc::new(Int64Array::from_iter_values(adds.iter().map(|a| signed(a.part.bytes)))), false),
        ("modificationTime", Arc::new(Int64Array::from(modified)), false),
        ("stats", Arc::new(stats(table, times, adds, ranges)?), true),
    ];
    let fields: Fields = columns.iter().map(|(name, array, nullable)| Field::new(*name, array.data_type().clone(), *nullable)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, array, _)| array).collect())
}

/// The column of what readers may skip parts by.
fn stats(table: &Table, times: Times, adds: &[Add], ranges: &[Vec<Range>]) -> Result<StructArray, ArrowError> {
    let names: Vec<&str> = table.columns.iter().filter(|c| c.kind == Kind::Time).map(|c| c.name).collect();
    let of = |column: &dyn Fn(usize) -> ArrayRef| -> Result<ArrayRef, ArrowError> {
        let arrays: Vec<ArrayRef> = (0..names.len()).map(column).collect();
        let fields: Fields = names.iter().zip(&arrays).map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
        Ok(if arrays.is_empty() {
            Arc::new(StructArray::new_empty_fields(adds.len(), None))
        } else {
            Arc::new(StructArray::try_new(fields, arrays, None)?)
        })
    };
    let least = |at: usize| micros(ranges.iter().map(|r| r[at].ends.map(|e| e.0.div_euclid(1_000))));
    // the log has milliseconds, and cuts: what is greatest must not come out less than it is
    let greatest = |at: usize| micros(ranges.iter().map(|r| r[at].ends.map(|e| e.1.div_euclid(1_000_000).saturating_add(1).saturating_mul(1_000))));
    let exact = |at: usize, greatest: bool| -> ArrayRef {
        Arc::new(Int64Array::from_iter(ranges.iter().map(|r| r[at].ends.map(|e| if greatest { e.1 } else { e.0 }))))
    };
    let is_exact = times == Times::Bigint;
    let rows: ArrayRef = Arc::new(Int64Array::from_iter_values(adds.iter().map(|a| signed(a.part.rows))));
    let arrays = [
        ("numRecords", rows),
        ("minValues", of(&|at| if is_exact { exact(at, false) } else { least(at) })?),
        ("maxValues", of(&|at| if is_exact { exact(at, true) } else { greatest(at) })?),
        ("nullCount", of(&|at| Arc::new(Int64Array::from_iter(ranges.iter().map(|r| r[at].missing))))?),
    ];
    let fields: Fields = arrays.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    StructArray::try_new(fields, arrays.into_iter().map(|(_, array)| array).collect(), None)
}

fn micros(of: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter(of).with_timezone("UTC"))
}

fn signed(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
