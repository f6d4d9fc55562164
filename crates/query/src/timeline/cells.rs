//! Cells of an answer by the names of their columns. Border: reading; a column that is not there has nothing in it.

use polars::prelude::AnyValue;
use tracemill_model::date::day_name;

use crate::answer::Answer;

/// A row.
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    answer: &'a Answer,
    row: usize,
}

impl<'a> Cells<'a> {
    /// The rows of an answer.
    pub(crate) fn rows(answer: &'a Answer) -> impl Iterator<Item = Cells<'a>> {
        (0..answer.height()).map(move |row| Cells { answer, row })
    }

    /// Number of the row.
    pub(crate) fn row(&self) -> usize {
        self.row
    }

    fn get(&self, column: &str) -> Option<AnyValue<'a>> {
        self.answer.frame().column(column).ok()?.get(self.row).ok()
    }

    pub(crate) fn text(&self, column: &str) -> Option<String> {
        self.get(column)?.get_str().map(str::to_owned)
    }

    /// A whole number; of a time its nanoseconds since the epoch.
    pub(crate) fn int(&self, column: &str) -> Option<i64> {
        match self.get(column)? {
            AnyValue::Int64(n) | AnyValue::Datetime(n, ..) | AnyValue::DatetimeOwned(n, ..) => Some(n),
            _ => None,
        }
    }

    pub(crate) fn float(&self, column: &str) -> Option<f64> {
        match self.get(column)? {
            AnyValue::Float64(x) => Some(x),
            _ => None,
        }
    }

    /// A day as `YYYY-MM-DD`.
    pub(crate) fn day(&self, column: &str) -> Option<String> {
        match self.get(column)? {
            AnyValue::Date(day) => Some(day_name(day)),
            _ => None,
        }
    }

    pub(crate) fn bool(&self, column: &str) -> Option<bool> {
        match self.get(column)? {
            AnyValue::Boolean(b) => Some(b),
            _ => None,
        }
    }
}
