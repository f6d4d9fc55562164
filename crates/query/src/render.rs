//! Answers as bytes, one file a format. Border: a pure function; where the bytes go, and how wide a terminal is, is the caller's
//! business.
//!
//! All formats tell the same values. Times are RFC 3339 with nanoseconds and `Z`, whole numbers exact, doubles the shortest text that
//! reads back the same, always with `.` or an exponent. A double that is not finite is `NaN`, `Infinity` or `-Infinity` (in JSON as a
//! string, as in the JSON mapping of Protocol Buffers). Nested values are JSON; in text formats the JSON's text. Only `table`, made for
//! the eye, shortens.

mod csv;
mod json;
mod markdown;
mod ndjson;
mod parquet;
mod table;
mod value;

use std::fmt;
use std::str::FromStr;

use crate::answer::Answer;
use crate::error::QueryError;

pub use table::harmless;
pub(crate) use table::{cut, neutral, thousands};
pub(crate) use value::{time, usd};

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For a terminal: aligned, with thousands separators, cut to its width.
    #[default]
    Table,
    /// RFC 4180 with a header line and LF line ends; null is empty, the empty string `""`, and a text that a spreadsheet would run has `'` in front.
    Csv,
    /// An array of objects.
    Json,
    /// An object a line.
    Ndjson,
    /// Parquet, zstd.
    Parquet,
    /// A pipe table.
    Markdown,
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 6] = [Format::Table, Format::Csv, Format::Json, Format::Ndjson, Format::Parquet, Format::Markdown];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Csv => "csv",
            Format::Json => "json",
            Format::Ndjson => "ndjson",
            Format::Parquet => "parquet",
            Format::Markdown => "markdown",
        }
    }

    /// The extension of files in it.
    pub fn extension(self) -> &'static str {
        match self {
            Format::Table => "txt",
            Format::Markdown => "md",
            Format::Csv | Format::Json | Format::Ndjson | Format::Parquet => self.name(),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = QueryError;

    fn from_str(name: &str) -> Result<Format, QueryError> {
        let known = || Format::ALL.iter().map(|f| f.name().to_owned()).collect();
        Format::ALL.into_iter().find(|f| f.name() == name).ok_or_else(|| QueryError::Unknown {
            what: "format",
            name: name.to_owned(),
            known: known(),
        })
    }
}

/// The answer as bytes. `width` is the terminal's, in columns, and only `table` looks at it; `None` cuts nothing.
pub fn render(answer: &Answer, format: Format, width: Option<usize>) -> Result<Vec<u8>, QueryError> {
    match format {
        Format::Table => Ok(table::render(answer, width).into_bytes()),
        Format::Csv => Ok(csv::render(answer)),
        Format::Json => Ok(json::render(answer)),
        Format::Ndjson => Ok(ndjson::render(answer)),
        Format::Parquet => parquet::render(answer),
        Format::Markdown => Ok(markdown::render(answer).into_bytes()),
    }
}

#[cfg(test)]
mod tests;
