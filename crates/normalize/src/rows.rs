//! Rows of the semantic tables, and how they become Arrow columns. Border: a row knows its cell of each column by name, so
//! that the order of columns is the model's alone; files are `write`'s business.

pub mod activity;
pub mod bucket;
pub mod call;
pub mod conversation;
pub mod coverage;
pub mod delta;
pub mod finding;
pub mod latency;
pub mod phase;
pub mod prompt;
pub mod tool;
pub mod turn;

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Float64Builder, Int64Builder, StringBuilder, TimestampNanosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use tracemill_model::{Kind, Table};

use crate::Error;

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Unknown.
    Null,
    /// Text that the row has.
    Text(&'a str),
    /// Text made for the cell.
    Made(String),
    /// Integer.
    Int(i64),
    /// Double.
    Float(f64),
    /// Truth value.
    Bool(bool),
    /// Nanoseconds since the epoch.
    Time(i64),
}

/// A row of a table.
pub trait Row {
    /// Its table.
    fn table() -> &'static Table;

    /// The cell of a column; `None` for a column the row does not know, which is a fault of the program.
    fn cell(&self, column: &str) -> Option<Cell<'_>>;

    /// The time by which the table is partitioned.
    fn time(&self) -> Option<i64>;
}

impl<'a> Cell<'a> {
    /// A text, or unknown.
    pub fn text(text: Option<&'a Arc<str>>) -> Cell<'a> {
        text.map_or(Cell::Null, |t| Cell::Text(t))
    }

    /// A text, or unknown.
    pub fn string(text: Option<&'a String>) -> Cell<'a> {
        text.map_or(Cell::Null, |t| Cell::Text(t))
    }

    /// An integer, or unknown.
    pub fn int(value: Option<i64>) -> Cell<'a> {
        value.map_or(Cell::Null, Cell::Int)
    }

    /// A truth value, or unknown.
    pub fn bool(value: Option<bool>) -> Cell<'a> {
        value.map_or(Cell::Null, Cell::Bool)
    }

    /// A time, or unknown.
    pub fn time(value: Option<i64>) -> Cell<'a> {
        value.map_or(Cell::Null, Cell::Time)
    }
}

/// The rows as one batch of their table.
pub fn batch<R: Row>(rows: &[R]) -> Result<RecordBatch, Error> {
    let table = R::table();
    let arrays = table.columns.iter().map(|c| column(rows, c.name, c.kind)).collect::<Result<Vec<_>, Error>>()?;
    RecordBatch::try_new(table.schema(), arrays).map_err(|e| Error::Row { table: table.name, reason: e.to_string() })
}

fn column<R: Row>(rows: &[R], name: &'static str, kind: Kind) -> Result<ArrayRef, Error> {
    let fault = || Error::Row { table: R::table().name, reason: format!("column {name} is not filled as its type says") };
    macro_rules! build {
        ($builder:expr, $($cell:pat => $value:expr),+) => {{
            let mut builder = $builder;
            for row in rows {
                match row.cell(name) {
                    Some(Cell::Null) => builder.append_null(),
                    $(Some($cell) => builder.append_value($value),)+
                    _ => return Err(fault()),
                }
            }
            Arc::new(builder.finish()) as ArrayRef
        }};
    }
    Ok(match kind {
        Kind::Text | Kind::Json => build!(StringBuilder::with_capacity(rows.len(), 1024), Cell::Text(t) => t, Cell::Made(t) => t),
        Kind::Int => build!(Int64Builder::with_capacity(rows.len()), Cell::Int(n) => n),
        Kind::Float => build!(Float64Builder::with_capacity(rows.len()), Cell::Float(x) => x),
        Kind::Bool => build!(BooleanBuilder::with_capacity(rows.len()), Cell::Bool(b) => b),
        Kind::Time => build!(TimestampNanosecondBuilder::with_capacity(rows.len()).with_timezone("UTC"), Cell::Time(t) => t),
        Kind::Ints | Kind::Floats => return Err(fault()),
    })
}
