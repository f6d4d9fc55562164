//! Columns of numbers and of booleans.

use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, TimestampNanosecondArray};
use arrow_buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};

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

impl<T: Default + Copy + arrow_buffer::ArrowNativeType> NumberColumn<T> {
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

    fn of(&self, rows: &[u32]) -> (ScalarBuffer<T>, Option<NullBuffer>) {
        let values: Vec<T> = rows.iter().map(|row| self.values[*row as usize]).collect();
        (values.into(), nulls(rows, |row| self.valid[row]))
    }
}

/// Which of these rows are null, if any is.
pub fn nulls(rows: &[u32], valid: impl Fn(usize) -> bool) -> Option<NullBuffer> {
    let any = rows.iter().any(|row| !valid(*row as usize));
    any.then(|| NullBuffer::from(BooleanBuffer::collect_bool(rows.len(), |n| valid(rows[n] as usize))))
}

impl IntColumn {
    /// These rows as an array.
    pub fn array(&self, rows: &[u32]) -> ArrayRef {
        let (values, nulls) = self.of(rows);
        Arc::new(Int64Array::new(values, nulls))
    }

    /// These rows as an array of times, nanoseconds since the epoch.
    pub fn times(&self, rows: &[u32]) -> ArrayRef {
        let (values, nulls) = self.of(rows);
        Arc::new(TimestampNanosecondArray::new(values, nulls).with_timezone("UTC"))
    }
}

impl FloatColumn {
    /// These rows as an array.
    pub fn array(&self, rows: &[u32]) -> ArrayRef {
        let (values, nulls) = self.of(rows);
        Arc::new(Float64Array::new(values, nulls))
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

    /// These rows as an array.
    pub fn array(&self, rows: &[u32]) -> ArrayRef {
        Arc::new(rows.iter().map(|row| self.values[*row as usize]).collect::<BooleanArray>())
    }
}
