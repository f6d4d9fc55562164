//! Columns of text and of ids.

use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray, new_null_array};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType};

use super::LARGE;
use crate::hex;

/// A column of text. The empty text is null, because empty stands for absent.
#[derive(Debug, Default)]
pub struct TextColumn {
    text: String,
    ends: Vec<u32>,
}

impl TextColumn {
    /// Appends a text.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        // a block's rows are refused beyond a gibibyte (`Rows::check_size`)
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
    }

    /// Bytes of text held.
    pub fn size(&self) -> usize {
        self.text.len()
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.ends.truncate(rows);
        self.text.truncate(self.ends.last().map_or(0, |e| *e as usize));
        if rows == 0 && self.text.capacity() > LARGE {
            self.text = String::new();
        }
    }

    fn bytes(&self, row: u32) -> &[u8] {
        let row = row as usize;
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text.as_bytes()[start..self.ends[row] as usize]
    }

    /// These rows as an array.
    pub fn array(&self, rows: &[u32]) -> Result<ArrayRef, ArrowError> {
        if self.text.is_empty() {
            return Ok(new_null_array(&DataType::Utf8, rows.len()));
        }
        let mut offsets = Vec::with_capacity(rows.len() + 1);
        let (mut end, mut empty) = (0_usize, false);
        offsets.push(0);
        for row in rows {
            let length = self.bytes(*row).len();
            empty |= length == 0;
            end += length;
            offsets.push(offset(end)?);
        }
        let mut text = Vec::with_capacity(end);
        rows.iter().for_each(|row| text.extend_from_slice(self.bytes(*row)));
        let nulls = empty.then(|| NullBuffer::from(BooleanBuffer::collect_bool(rows.len(), |n| offsets[n] != offsets[n + 1])));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Ok(Arc::new(StringArray::try_new(offsets, Buffer::from_vec(text), nulls)?))
    }
}

fn offset(end: usize) -> Result<i32, ArrowError> {
    i32::try_from(end).map_err(|_| ArrowError::OffsetOverflowError(end))
}

/// A column of ids of N bytes.
#[derive(Debug)]
pub struct IdColumn<const N: usize> {
    ids: Vec<Option<[u8; N]>>,
}

impl<const N: usize> Default for IdColumn<N> {
    fn default() -> Self {
        IdColumn { ids: Vec::new() }
    }
}

impl<const N: usize> IdColumn<N> {
    /// Appends an id, or null.
    pub fn push(&mut self, id: Option<[u8; N]>) {
        self.ids.push(id);
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.ids.truncate(rows);
    }

    /// These rows in lowercase hex.
    pub fn array(&self, rows: &[u32]) -> Result<ArrayRef, ArrowError> {
        hex_ids(rows.len(), |n| self.ids[rows[n] as usize])
    }
}

/// So many ids in lowercase hex.
pub fn hex_ids<const N: usize>(rows: usize, id: impl Fn(usize) -> Option<[u8; N]>) -> Result<ArrayRef, ArrowError> {
    let mut text = Vec::with_capacity(rows * 2 * N);
    let mut offsets = Vec::with_capacity(rows + 1);
    offsets.push(0);
    for n in 0..rows {
        if let Some(id) = id(n) {
            hex::push(&mut text, &id);
        }
        offsets.push(offset(text.len())?);
    }
    let nulls = (text.len() < rows * 2 * N).then(|| NullBuffer::from(BooleanBuffer::collect_bool(rows, |n| offsets[n] != offsets[n + 1])));
    Ok(Arc::new(StringArray::try_new(OffsetBuffer::new(ScalarBuffer::from(offsets)), Buffer::from_vec(text), nulls)?))
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use arrow_array::cast::AsArray;

    use super::*;

    fn texts(array: &ArrayRef) -> Vec<Option<&str>> {
        array.as_string::<i32>().iter().collect()
    }

    #[test]
    fn rows_come_in_any_order_and_what_is_cut_off_is_gone() {
        let mut column = TextColumn::default();
        ["a", "", "bc", "gone"].into_iter().for_each(|text| column.push(text));
        column.truncate(3);
        column.push("d");
        assert_eq!(texts(&column.array(&[3, 2, 1, 0, 2]).unwrap()), [Some("d"), Some("bc"), None, Some("a"), Some("bc")]);
        column.truncate(2);
        assert_eq!((texts(&column.array(&[0]).unwrap()), column.size()), (vec![Some("a")], 1));
        column.truncate(0);
        column.push("");
        assert_eq!(column.array(&[0, 0]).unwrap().null_count(), 2);
    }

    #[test]
    fn ids_are_hex_and_absent_ones_null() {
        let mut column = IdColumn::<2>::default();
        [Some([0, 0xab]), None, Some([0xff, 1])].into_iter().for_each(|id| column.push(id));
        assert_eq!(texts(&column.array(&[2, 1, 0]).unwrap()), [Some("ff01"), None, Some("00ab")]);
        assert_eq!(column.array(&[2, 0]).unwrap().null_count(), 0);
    }
}
