//! An answer: named and typed columns, rows, captions. Border: what it holds; how it is written is `render`'s business.

use std::collections::BTreeMap;

use polars::prelude::*;

use crate::error::QueryError;

/// The type of an answer's column. The engine's many integer, time and text types are made one each, so that every format
/// tells the same values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// UTF-8 text.
    Text,
    /// Signed 64-bit integer.
    Int,
    /// IEEE double.
    Float,
    /// Boolean.
    Bool,
    /// Timestamp in nanoseconds, UTC.
    Time,
    /// Calendar day.
    Date,
    /// List or structure of these.
    Nested,
}

impl Type {
    /// The word for it in a report's header.
    pub fn name(self) -> &'static str {
        match self {
            Type::Text => "text",
            Type::Int => "int64",
            Type::Float => "double",
            Type::Bool => "boolean",
            Type::Time => "timestamp",
            Type::Date => "date",
            Type::Nested => "nested",
        }
    }

    /// Whether it is read best when aligned to the right.
    pub fn is_number(self) -> bool {
        matches!(self, Type::Int | Type::Float)
    }
}

/// What came out.
#[derive(Debug, Clone)]
pub struct Answer {
    frame: DataFrame,
    captions: Vec<String>,
    read: BTreeMap<String, u64>,
}

impl Answer {
    /// Makes the engine's result an answer: whole numbers become int64, durations int64 nanoseconds, times nanoseconds UTC.
    pub(crate) fn new(frame: DataFrame) -> Result<Answer, QueryError> {
        let casts: Vec<Column> = frame.columns().iter().map(one_of_ours).collect::<PolarsResult<_>>()?;
        Ok(Answer { frame: DataFrame::new(frame.height(), casts)?, captions: Vec::new(), read: BTreeMap::new() })
    }

    /// An answer of text columns.
    pub(crate) fn of_texts<const N: usize>(names: [&str; N], rows: &[[String; N]]) -> Result<Answer, QueryError> {
        let column = |(n, name): (usize, &&str)| Column::new((*name).into(), rows.iter().map(|r| r[n].as_str()).collect::<Vec<_>>());
        let columns = names.iter().enumerate().map(column).collect();
        Ok(Answer { frame: DataFrame::new(rows.len(), columns)?, captions: Vec::new(), read: BTreeMap::new() })
    }

    /// Of the answer to a question in one of the stack's languages.
    pub fn of_rows(rows: tracemill_languages::Rows) -> Result<Answer, QueryError> {
        use tracemill_languages::Cells;
        let height = rows.len();
        let column = |c: tracemill_languages::Column| -> PolarsResult<Column> {
            let name: PlSmallStr = c.name.as_str().into();
            Ok(match c.cells {
                Cells::Text(cells) => Column::new(name, cells),
                Cells::Int(cells) => Column::new(name, cells),
                Cells::Float(cells) => Column::new(name, cells),
                Cells::Bool(cells) => Column::new(name, cells),
                Cells::Time(cells) => Column::new(name, cells).cast(&DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)))?,
            })
        };
        let columns = rows.columns.into_iter().map(column).collect::<PolarsResult<_>>()?;
        let mut answer = Answer::new(DataFrame::new(height, columns)?)?;
        answer.captions = rows.captions;
        Ok(answer)
    }

    /// Names and types of the columns.
    pub fn columns(&self) -> impl Iterator<Item = (&str, Type)> {
        self.frame.columns().iter().map(|c| (c.name().as_str(), type_of(c.dtype())))
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.frame.height()
    }

    /// Lines that belong to the figures: price table, lower bounds. For people; not part of the data.
    pub fn captions(&self) -> &[String] {
        &self.captions
    }

    /// How many rows it has and what they rest on, for people: `12 rows from 1,591 events and 73 tool_calls`.
    pub fn summary(&self) -> String {
        let number = |n: u64| crate::render::thousands(&n.to_string());
        let rows = self.height() as u64;
        let read: Vec<String> = self.read.iter().map(|(table, n)| format!("{} {table}", number(*n))).collect();
        let from = match read.split_last() {
            None => String::new(),
            Some((last, [])) => format!(" from {last}"),
            Some((last, others)) => format!(" from {} and {last}", others.join(", ")),
        };
        format!("{} row{}{from}", number(rows), if rows == 1 { "" } else { "s" })
    }

    /// Says which tables it comes from, and how many rows the lake has of each.
    pub(crate) fn rests_on(&mut self, read: BTreeMap<String, u64>) {
        self.read = read;
    }

    pub(crate) fn add_caption(&mut self, line: String) {
        self.captions.push(line);
    }

    pub(crate) fn has_column(&self, name: &str) -> bool {
        self.frame.get_column_index(name).is_some()
    }

    /// Sum of an int64 column; `None` where there is no such column, or nothing in it.
    pub fn sum(&self, column: &str) -> Option<i64> {
        let known = self.frame.column(column).ok()?.i64().ok()?;
        if known.null_count() == known.len() { None } else { known.sum() }
    }

    /// Gives a column another name.
    pub(crate) fn rename(&mut self, from: &str, to: &str) -> Result<(), QueryError> {
        let _ = self.frame.rename(from, to.into())?;
        Ok(())
    }

    /// Puts the same rows in another order.
    pub(crate) fn reorder(&mut self, rows: DataFrame) {
        self.frame = rows;
    }

    /// Moves the row to the end whose columns `keys` say `other` where they are texts and nothing where they are not.
    pub(crate) fn move_last(&mut self, keys: &[String], other: &str) -> Result<(), QueryError> {
        let columns: Vec<&Column> = keys.iter().map(|k| self.frame.column(k)).collect::<PolarsResult<_>>()?;
        let is_other = |row: usize| {
            columns.iter().all(|c| match c.get(row) {
                Ok(AnyValue::String(text)) => text == other,
                Ok(value) => value.is_null() && c.dtype() != &DataType::String,
                Err(_) => false,
            })
        };
        let Some(row) = (0..self.frame.height()).find(|row| is_other(*row)) else { return Ok(()) };
        let last = self.frame.slice(row as i64, 1);
        let after = self.frame.slice(row as i64 + 1, usize::MAX);
        self.frame = self.frame.slice(0, row).vstack(&after)?.vstack(&last)?;
        Ok(())
    }

    pub(crate) fn frame(&self) -> &DataFrame {
        &self.frame
    }

    /// The cell of a row and a column, both from 0.
    pub(crate) fn cell(&self, row: usize, column: usize) -> AnyValue<'_> {
        self.frame.columns().get(column).and_then(|c| c.get(row).ok()).unwrap_or(AnyValue::Null)
    }
}

fn type_of(dtype: &DataType) -> Type {
    match dtype {
        DataType::Int64 => Type::Int,
        DataType::Float64 => Type::Float,
        DataType::Boolean => Type::Bool,
        DataType::Datetime(..) => Type::Time,
        DataType::Date => Type::Date,
        DataType::String => Type::Text,
        _ => Type::Nested,
    }
}

/// The column in one of our types; a nested one as it is.
fn one_of_ours(column: &Column) -> PolarsResult<Column> {
    let time = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));
    match column.dtype() {
        DataType::String | DataType::Int64 | DataType::Float64 | DataType::Boolean | DataType::Date => Ok(column.clone()),
        DataType::Duration(_) => column.cast(&DataType::Duration(TimeUnit::Nanoseconds))?.cast(&DataType::Int64),
        // strict: an unsigned number beyond int64 must not turn into null
        t if t.is_integer() => column.strict_cast(&DataType::Int64),
        DataType::Datetime(unit, zone) if *unit == TimeUnit::Nanoseconds && zone.as_ref() == Some(&TimeZone::UTC) => Ok(column.clone()),
        // a time without a zone is taken as UTC, as everywhere in the lake
        DataType::Datetime(..) => column.cast(&time),
        t if t.is_primitive_numeric() => column.cast(&DataType::Float64),
        t if t.is_nested() => Ok(column.clone()),
        _ => column.cast(&DataType::String),
    }
}
