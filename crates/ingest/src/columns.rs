//! Growing columns that can be cut back: a request that fails half-way leaves no row. Border: values in, Arrow arrays
//! out, of any rows in any order; which value goes where is said in `columns::{spans, events, metrics, profiles}`.

mod events;
mod list;
mod metrics;
mod number;
mod origin;
mod profiles;
mod row_key;
mod spans;
mod text;

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use tracemill_model::Table;

pub use events::EventColumns;
pub use list::ListColumn;
pub use metrics::MetricColumns;
pub use number::{BoolColumn, FloatColumn, IntColumn};
pub use origin::{Origin, OriginColumns};
pub use profiles::ProfileColumns;
pub use row_key::RowKey;
pub use spans::SpanColumns;
use text::hex_ids;
pub use text::{IdColumn, TextColumn};

/// Bytes of memory above which a column gives up what it has when it is emptied: one request can be large, and the next ones are not.
const LARGE: usize = 16 << 20;

/// The type of dictionaries of text.
fn dictionary() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// How texts that repeat from row to row are given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As plain text, the type that the table says.
    Plain,
    /// As dictionaries with `Int32` keys, which the Parquet writer takes in the place of plain text.
    Dictionary,
}

impl Form {
    /// The schema of a raw table's batches in this form.
    pub fn schema(self, table: &Table) -> SchemaRef {
        let plain = table.schema();
        if self == Form::Plain {
            return plain;
        }
        let field = |field: &Arc<Field>| {
            if origin::COLUMNS.contains(&field.name().as_str()) {
                Arc::new(field.as_ref().clone().with_data_type(dictionary()))
            } else {
                field.clone()
            }
        };
        Arc::new(Schema::new(plain.fields().iter().map(field).collect::<Vec<_>>()))
    }
}

/// The columns of a raw table.
pub trait Columns {
    /// Their table.
    fn table(&self) -> &'static Table;
    /// Identity and place of each row.
    fn keys(&self) -> &[RowKey];
    /// These rows, in this order, as arrays in the order of the table's columns.
    fn arrays(&self, rows: &[u32], form: Form) -> Result<Vec<ArrayRef>, ArrowError>;
    /// Bytes that the rows come to when each has all of its texts, roughly.
    fn size(&self) -> usize;
    /// Bytes of memory that they take, roughly.
    fn held(&self) -> usize;
    /// Cuts back to so many rows; memory is kept for the next ones.
    fn truncate(&mut self, rows: usize);

    /// Number of rows.
    fn rows(&self) -> usize {
        self.keys().len()
    }

    /// The column `record_id` of these rows.
    fn record_ids(&self, rows: &[u32]) -> Result<ArrayRef, ArrowError> {
        hex_ids(rows.len(), |n| Some(self.keys()[rows[n] as usize].identity.to_be_bytes()))
    }

    /// All rows as a batch, with their keys; nothing is left.
    fn finish(&mut self) -> Result<(RecordBatch, Vec<RowKey>), ArrowError> {
        let keys = self.keys().to_vec();
        let rows: Vec<u32> = (0..self.rows() as u32).collect();
        let batch = RecordBatch::try_new(self.table().schema(), self.arrays(&rows, Form::Plain)?)?;
        self.truncate(0);
        Ok((batch, keys))
    }
}
