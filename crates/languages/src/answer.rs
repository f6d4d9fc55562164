//! An answer as columns of equal length. Border: how it is written (table, CSV, Parquet …) is the query crate's business;
//! a system's own JSON each language writes itself.

/// Rows, column by column, with lines that belong to them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// All of one length; names are unique.
    pub columns: Vec<Column>,
    /// Lines that belong to the figures, for people: how many records they rest on, what is uncertain about them.
    pub captions: Vec<String>,
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Cells, one a row.
    pub cells: Cells,
}

/// The cells of a column, of one type.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells {
    /// UTF-8 text.
    Text(Vec<Option<String>>),
    /// Signed 64-bit integers.
    Int(Vec<Option<i64>>),
    /// IEEE doubles.
    Float(Vec<Option<f64>>),
    /// Truth values.
    Bool(Vec<Option<bool>>),
    /// Nanoseconds since 1970-01-01 UTC.
    Time(Vec<Option<i64>>),
}

impl Cells {
    /// Number of cells.
    pub fn len(&self) -> usize {
        match self {
            Cells::Text(cells) => cells.len(),
            Cells::Int(cells) | Cells::Time(cells) => cells.len(),
            Cells::Float(cells) => cells.len(),
            Cells::Bool(cells) => cells.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Rows {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |c| c.cells.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
