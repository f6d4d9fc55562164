//! Growing columns that can be cut back: a request that fails half-way leaves no row. Border: values in, Arrow arrays
//! out; which value goes where is said in `columns::{spans, events, metrics}`.

mod events;
mod metrics;
mod spans;

use std::sync::Arc;

use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, PrimitiveArray, StringArray, TimestampNanosecondArray};
use arrow_buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field};

pub use events::{EventColumns, Origin};
pub use metrics::MetricColumns;
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
        // a batch is flushed long before it holds two gigabytes of text
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
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in id.unwrap_or_default() {
            self.bytes.push(DIGITS[usize::from(byte >> 4)]);
            self.bytes.push(DIGITS[usize::from(byte & 15)]);
        }
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

/// What identifies a row and places it in the lake, kept beside the Arrow columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowKey {
    /// What makes two rows the same record: a span's ids, else the record's identity.
    pub key: u128,
    /// The record's identity.
    pub identity: u128,
    /// Time by which rows are sorted; the lowest number where it is unknown.
    pub time: i64,
    /// Which of two rows with one key stands: the later (spans: the end; events: the observed time), then the greater identity.
    /// Rows of one time are sorted by it too.
    pub rank: i64,
    /// UTC day, counted from 1970-01-01.
    pub day: i32,
    /// Number of the source within the run.
    pub source: u32,
}

impl RowKey {
    /// Bytes of a key on disk.
    pub const BYTES: usize = 44;

    /// What the search for equal records needs, for disk.
    pub fn to_bytes(self) -> [u8; RowKey::BYTES] {
        let mut out = [0; RowKey::BYTES];
        out[..16].copy_from_slice(&self.key.to_le_bytes());
        out[16..32].copy_from_slice(&self.identity.to_le_bytes());
        out[32..40].copy_from_slice(&self.rank.to_le_bytes());
        out[40..].copy_from_slice(&self.source.to_le_bytes());
        out
    }
}

/// The columns that say where a record came from, the same in every raw table.
#[derive(Debug, Default)]
pub struct OriginColumns {
    service_name: TextColumn,
    service_version: TextColumn,
    scope_name: TextColumn,
    scope_version: TextColumn,
    scope_attributes: TextColumn,
    schema_urls: Vec<String>,
    schema_url: Vec<u32>,
    resource: TextColumn,
    source_id: TextColumn,
}

impl OriginColumns {
    /// Appends a row's origin. Its schema URL, which JSON writers put after the records, is filled in later.
    pub fn push(&mut self, origin: &Origin) {
        self.service_name.push(&origin.resource.service_name);
        self.service_version.push(&origin.resource.service_version);
        self.scope_name.push(&origin.scope.name);
        self.scope_version.push(&origin.scope.version);
        self.scope_attributes.push(&origin.scope.attributes);
        self.schema_url.push(0);
        self.resource.push(&origin.resource.text);
        self.source_id.push(origin.source_id);
    }

    /// Gives the rows from `row` on the schema URL, where they have none yet.
    pub fn fill_schema_url(&mut self, row: usize, url: &str) {
        if url.is_empty() || row >= self.schema_url.len() {
            return;
        }
        let number = match self.schema_urls.iter().position(|u| u == url) {
            Some(found) => found,
            None => {
                self.schema_urls.push(url.to_owned());
                self.schema_urls.len() - 1
            }
        };
        let number = u32::try_from(number + 1).unwrap_or(0);
        self.schema_url[row..].iter_mut().filter(|n| **n == 0).for_each(|n| *n = number);
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.schema_url.truncate(rows);
        for column in [
            &mut self.service_name,
            &mut self.service_version,
            &mut self.scope_name,
            &mut self.scope_version,
            &mut self.scope_attributes,
            &mut self.resource,
            &mut self.source_id,
        ] {
            column.truncate(rows);
        }
    }

    /// Bytes of text held.
    pub fn size(&self) -> usize {
        self.resource.size() + self.source_id.size()
    }

    /// The columns up to and with `schema_url`, the given `attributes`, then `resource` and `source_id`.
    pub fn finish(&mut self, out: &mut Vec<ArrayRef>, attributes: &mut TextColumn) -> Result<(), ArrowError> {
        let mut schema_url = TextColumn::default();
        for number in std::mem::take(&mut self.schema_url) {
            schema_url.push(number.checked_sub(1).map_or("", |n| &self.schema_urls[n as usize]));
        }
        self.schema_urls.clear();
        for column in [
            &mut self.service_name,
            &mut self.service_version,
            &mut self.scope_name,
            &mut self.scope_version,
            &mut self.scope_attributes,
            &mut schema_url,
            attributes,
            &mut self.resource,
            &mut self.source_id,
        ] {
            out.push(column.finish()?);
        }
        Ok(())
    }
}
