//! Columns of lists of numbers.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, ListArray};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field};

use super::LARGE;
use super::number::nulls;

/// A column of lists of numbers; an empty list is null.
#[derive(Debug, Default)]
pub struct ListColumn<T> {
    values: Vec<T>,
    ends: Vec<usize>,
}

impl<T: Copy> ListColumn<T> {
    /// Appends a list.
    pub fn push(&mut self, list: impl Iterator<Item = T>) {
        self.values.extend(list);
        self.ends.push(self.values.len());
    }

    /// Bytes of numbers held.
    pub fn size(&self) -> usize {
        size_of_val(self.values.as_slice())
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.values.truncate(self.ends.last().copied().unwrap_or(0));
        if rows == 0 && self.values.capacity() * size_of::<T>() > LARGE {
            self.values = Vec::new();
        }
    }

    fn range(&self, row: usize) -> Range<usize> {
        row.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[row]
    }

    fn list(&self, rows: &[u32], item: DataType, array: impl Fn(Vec<T>) -> ArrayRef) -> Result<ArrayRef, ArrowError> {
        let mut offsets = Vec::with_capacity(rows.len() + 1);
        let mut values = Vec::new();
        offsets.push(0);
        for row in rows {
            values.extend_from_slice(&self.values[self.range(*row as usize)]);
            offsets.push(i32::try_from(values.len()).map_err(|_| ArrowError::OffsetOverflowError(values.len()))?);
        }
        let field = Arc::new(Field::new("element", item, true));
        let nulls = nulls(rows, |row| !self.range(row).is_empty());
        Ok(Arc::new(ListArray::try_new(field, OffsetBuffer::new(ScalarBuffer::from(offsets)), array(values), nulls)?))
    }
}

impl ListColumn<i64> {
    /// These rows as an array.
    pub fn array(&self, rows: &[u32]) -> Result<ArrayRef, ArrowError> {
        self.list(rows, DataType::Int64, |values| Arc::new(Int64Array::from(values)))
    }
}

impl ListColumn<f64> {
    /// These rows as an array.
    pub fn array(&self, rows: &[u32]) -> Result<ArrayRef, ArrowError> {
        self.list(rows, DataType::Float64, |values| Arc::new(Float64Array::from(values)))
    }
}
