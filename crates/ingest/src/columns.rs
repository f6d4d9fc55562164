//! Growing columns that can be cut back: a request that fails half-way leaves no row. Border: values in, Arrow arrays
//! out; which value goes where is said in `columns::{spans, events, metrics}`.

mod events;
mod metrics;
mod origin;
mod profiles;
mod row_key;
mod spans;

use std::sync::Arc;

use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, PrimitiveArray, StringArray, TimestampNanosecondArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field};

pub use events::EventColumns;
pub use metrics::MetricColumns;
pub use origin::{Origin, OriginColumns};
pub use profiles::ProfileColumns;
pub use row_key::RowKey;

use crate::hex;
pub use spans::SpanColumns;

/// A column of text.
#[derive(Debug, Default)]
pub struct TextColumn {
    bytes: Vec<u8>,
    ends: Vec<i32>,
    valid: Vec<bool>,
}

impl TextColumn {
    fn end(&mut self, valid: bool) {
        // a request's rows are refused beyond 512 MiB (`Rows::check_size`), and batches are flushed between requests
        self.ends.push(i32::try_from(self.bytes.len()).unwrap_or(i32::MAX));
        self.valid.push(valid);
    }

    /// Appends a text; the empty text is null, because empty stands for absent.
    pub fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
        self.end(!text.is_empty());
    }

    /// Appends an id in lowercase hex.
    pub fn push_hex(&mut self, id: Option<&[u8]>) {
        self.bytes.extend(hex::digits(id.unwrap_or_default()));
        self.end(id.is_some());
    }

    /// Bytes of text held.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.valid.truncate(rows);
        self.bytes.truncate(self.ends.last().map_or(0, |e| usize::try_from(*e).unwrap_or(0)));
    }

    /// The column as an array; it is empty afterwards.
    pub fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let mut offsets = Vec::with_capacity(self.ends.len() + 1);
        offsets.push(0);
        offsets.append(&mut self.ends);
        // the next batch will need as much
        let next = Vec::with_capacity(self.bytes.len());
        let text = Buffer::from_vec(std::mem::replace(&mut self.bytes, next));
        let array = StringArray::try_new(OffsetBuffer::new(ScalarBuffer::from(offsets)), text, nulls(&mut self.valid))?;
        Ok(Arc::new(array))
    }
}

fn nulls(valid: &mut Vec<bool>) -> Option<NullBuffer> {
    let nulls = valid.iter().any(|v| !v).then(|| NullBuffer::from(valid.as_slice()));
    valid.clear();
    nulls
}

/// A column of numbers.
#[derive(Debug, Default)]
pub struct NumberColumn<T> {
    values: Vec<T>,
    valid: Vec<bool>,
}

/// A column of integers.
pub type IntColumn = NumberColumn<i64>;
/// A column of doubles.
pub type FloatColumn = NumberColumn<f64>;

impl<T: Default + Copy> NumberColumn<T> {
    /// Appends a value, or null.
    pub fn push(&mut self, value: Option<T>) {
        self.values.push(value.unwrap_or_default());
        self.valid.push(value.is_some());
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
        self.valid.truncate(rows);
    }
}

impl IntColumn {
    /// The column as an array; it is empty afterwards.
    pub fn finish(&mut self) -> ArrayRef {
        Arc::new(Int64Array::new(std::mem::take(&mut self.values).into(), nulls(&mut self.valid)))
    }

    /// The column as an array of times; it is empty afterwards.
    pub fn finish_times(&mut self) -> ArrayRef {
        let times = TimestampNanosecondArray::new(std::mem::take(&mut self.values).into(), nulls(&mut self.valid));
        Arc::new(times.with_timezone("UTC"))
    }
}

impl FloatColumn {
    /// The column as an array; it is empty afterwards.
    pub fn finish(&mut self) -> ArrayRef {
        Arc::new(Float64Array::new(std::mem::take(&mut self.values).into(), nulls(&mut self.valid)))
    }
}

/// A column of booleans.
#[derive(Debug, Default)]
pub struct BoolColumn {
    values: Vec<Option<bool>>,
}

impl BoolColumn {
    /// Appends a value, or null.
    pub fn push(&mut self, value: Option<bool>) {
        self.values.push(value);
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.values.truncate(rows);
    }

    /// The column as an array; it is empty afterwards.
    pub fn finish(&mut self) -> ArrayRef {
        Arc::new(BooleanArray::from(std::mem::take(&mut self.values)))
    }
}

/// A column of lists of numbers; an empty list is null.
#[derive(Debug, Default)]
pub struct ListColumn<T> {
    values: Vec<T>,
    ends: Vec<i32>,
    valid: Vec<bool>,
}

impl<T: Copy> ListColumn<T> {
    /// Appends a list.
    pub fn push(&mut self, list: impl Iterator<Item = T>) {
        let before = self.values.len();
        self.values.extend(list);
        self.ends.push(i32::try_from(self.values.len()).unwrap_or(i32::MAX));
        self.valid.push(self.values.len() > before);
    }

    /// Bytes of numbers held.
    pub fn size(&self) -> usize {
        size_of_val(self.values.as_slice())
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.valid.truncate(rows);
        self.values.truncate(self.ends.last().map_or(0, |e| usize::try_from(*e).unwrap_or(0)));
    }

    fn list(&mut self, item: DataType, values: ArrayRef) -> ArrayRef {
        let mut offsets = vec![0];
        offsets.append(&mut self.ends);
        let field = Arc::new(Field::new("element", item, true));
        Arc::new(ListArray::new(field, OffsetBuffer::new(ScalarBuffer::from(offsets)), values, nulls(&mut self.valid)))
    }
}

impl ListColumn<i64> {
    /// The column as an array; it is empty afterwards.
    pub fn finish(&mut self) -> ArrayRef {
        let values = PrimitiveArray::<Int64Type>::from(std::mem::take(&mut self.values));
        self.list(DataType::Int64, Arc::new(values))
    }
}

impl ListColumn<f64> {
    /// The column as an array; it is empty afterwards.
    pub fn finish(&mut self) -> ArrayRef {
        let values = PrimitiveArray::<Float64Type>::from(std::mem::take(&mut self.values));
        self.list(DataType::Float64, Arc::new(values))
    }
}
