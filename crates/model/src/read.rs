//! Parts, streamed: a few columns at a time, a batch of rows at a time. Border: Parquet in, rows out; what is in them
//! is not looked at here.

mod ahead;

use std::fs::File;
use std::path::PathBuf;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampNanosecondType};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, Float64Array, Int64Array, ListArray, PrimitiveArray, RecordBatch, StringViewArray,
    TimestampNanosecondArray, new_null_array,
};
use arrow_schema::{DataType, Field, FieldRef, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::errors::ParquetError;
use thiserror::Error;

use crate::lake::Part;
use crate::tables::Table;
pub use ahead::ahead;

/// Rows of a batch: enough to make the batch's own cost vanish, few enough to stay in the cache.
const BATCH_ROWS: usize = 4096;

/// A part is not what the program writes.
#[derive(Debug, Error)]
#[error("{}: damaged part: {reason}; ingest its sources again into a new lake", path.display())]
pub struct ReadError {
    /// Part file.
    pub path: PathBuf,
    /// Reason.
    pub reason: String,
}

/// Rows of some columns of one part. A column that an older part does not have is null.
#[derive(Debug)]
pub struct Rows {
    columns: Vec<Option<ArrayRef>>,
    len: usize,
}

/// Reads the columns of a part, in row order.
pub fn rows<'a>(part: &'a Part, columns: &'a [&'a str]) -> Result<impl Iterator<Item = Result<Rows, ReadError>> + 'a, ReadError> {
    let fault = move |reason: String| ReadError { path: part.path.clone(), reason };
    let file = File::open(part.fetched().map_err(|e| fault(e.to_string()))?).map_err(|e| fault(e.to_string()))?;
    let metadata = viewed(&file).map_err(|e| fault(e.to_string()))?;
    let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(|e| fault(e.to_string()))?;
    Ok(reader.map(move |batch| {
        let batch: RecordBatch = batch.map_err(|e| fault(e.to_string()))?;
        Ok(Rows { columns: columns.iter().map(|c| batch.column_by_name(c).cloned()).collect(), len: batch.num_rows() })
    }))
}

/// The file's metadata, read so that a text is a view of its page: most texts repeat, and none needs a copy to be looked at.
fn viewed(file: &File) -> Result<ArrowReaderMetadata, ParquetError> {
    let metadata = ArrowReaderMetadata::load(file, ArrowReaderOptions::new())?;
    let view = |field: &FieldRef| match field.data_type() {
        DataType::Utf8 => Field::new(field.name(), DataType::Utf8View, field.is_nullable()).into(),
        _ => FieldRef::clone(field),
    };
    let schema = Schema::new(metadata.schema().fields().iter().map(view).collect::<Vec<FieldRef>>());
    ArrowReaderMetadata::try_new(metadata.metadata().clone(), ArrowReaderOptions::new().with_schema(schema.into()))
}

/// All rows of a part with the columns of its table.
///
/// # Errors
/// The part is not what the program writes.
pub fn whole(part: &Part, table: &Table) -> Result<Vec<RecordBatch>, ReadError> {
    let fault = |reason: String| ReadError { path: part.path.clone(), reason };
    let file = File::open(part.fetched().map_err(|e| fault(e.to_string()))?).map_err(|e| fault(e.to_string()))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|b| b.build()).map_err(|e| fault(e.to_string()))?;
    let schema = table.schema();
    let shaped = |batch: RecordBatch| {
        let column =
            |field: &FieldRef| batch.column_by_name(field.name()).cloned().unwrap_or_else(|| new_null_array(field.data_type(), batch.num_rows()));
        RecordBatch::try_new(schema.clone(), schema.fields().iter().map(column).collect())
    };
    reader.map(|batch| batch.and_then(shaped).map_err(|e| fault(e.to_string()))).collect()
}

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn column(&self, column: usize) -> Option<&dyn Array> {
        self.columns[column].as_deref()
    }

    /// A column of text, by its place in the list asked for.
    pub fn text(&self, column: usize) -> Cells<'_, StringViewArray> {
        Cells(self.column(column).and_then(|a| a.as_string_view_opt()))
    }

    /// A column of integers.
    pub fn ints(&self, column: usize) -> Cells<'_, Int64Array> {
        Cells(self.column(column).and_then(|a| a.as_primitive_opt::<Int64Type>()))
    }

    /// A column of doubles.
    pub fn floats(&self, column: usize) -> Cells<'_, Float64Array> {
        Cells(self.column(column).and_then(|a| a.as_primitive_opt::<Float64Type>()))
    }

    /// A column of times, in nanoseconds since the epoch.
    pub fn times(&self, column: usize) -> Cells<'_, TimestampNanosecondArray> {
        Cells(self.column(column).and_then(|a| a.as_primitive_opt::<TimestampNanosecondType>()))
    }

    /// A column of truth values.
    pub fn bools(&self, column: usize) -> Cells<'_, BooleanArray> {
        Cells(self.column(column).and_then(|a| a.as_boolean_opt()))
    }

    /// A column of lists of numbers.
    pub fn lists<T: ArrowPrimitiveType>(&self, column: usize) -> Lists<'_, T> {
        let lists = self.column(column).and_then(|a| a.as_list_opt::<i32>());
        Lists(lists.and_then(|lists| Some((lists, lists.values().as_primitive_opt::<T>()?))))
    }
}

/// The cells of a column of lists, all empty where the part does not have it.
#[derive(Debug)]
pub struct Lists<'a, T: ArrowPrimitiveType>(Option<(&'a ListArray, &'a PrimitiveArray<T>)>);

impl<'a, T: ArrowPrimitiveType> Lists<'a, T> {
    /// The numbers of a row; none for null.
    pub fn get(&self, row: usize) -> &'a [T::Native] {
        let Some((lists, numbers)) = self.0.filter(|(lists, _)| lists.is_valid(row)) else { return &[] };
        let ends = &lists.value_offsets()[row..row + 2];
        &numbers.values()[ends[0] as usize..ends[1] as usize]
    }
}

/// The cells of a column, all null where the part does not have it.
#[derive(Debug)]
pub struct Cells<'a, A>(Option<&'a A>);

macro_rules! cells {
    ($array:ty => $value:ty) => {
        impl<'a> Cells<'a, $array> {
            /// The cell of a row; `None` for null.
            #[inline]
            pub fn get(&self, row: usize) -> Option<$value> {
                self.0.filter(|a| a.is_valid(row)).map(|a| a.value(row))
            }
        }
    };
}

cells!(StringViewArray => &'a str);
cells!(Int64Array => i64);
cells!(Float64Array => f64);
cells!(BooleanArray => bool);
cells!(TimestampNanosecondArray => i64);
