//! Every table of the lake and its columns, once: writers, readers, `tracemill tables` and the tests of the SQL files
//! all take them from here. Border: names, types and meanings; no rows.
//!
//! The partition column `date` (UTC day) is in no part file: it is in the folder's name, as Hive writes it.

mod raw;
mod semantic;

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

pub use raw::{EVENTS, METRICS, PROFILES, SPANS};
pub use semantic::{
    ACTIVITIES, CONVERSATIONS, COVERAGE, FINDINGS, LATENCY, METRIC_BUCKETS, METRIC_DELTAS, MODEL_CALLS, PROMPTS, STARTUP_PHASES, TOOL_CALLS, TURNS,
};

/// The type of a column, in the few shapes that every Parquet reader opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text; ids are lowercase hex, enums lowercase words.
    Text,
    /// Text that holds JSON (attributes, bodies, links): same type, other encoding on disk.
    Json,
    /// Signed 64-bit integer: tokens, counts, nanoseconds, nano-USD.
    Int,
    /// IEEE double.
    Float,
    /// Boolean.
    Bool,
    /// Timestamp in nanoseconds, UTC.
    Time,
    /// List of signed 64-bit integers.
    Ints,
    /// List of doubles.
    Floats,
}

impl Kind {
    /// The word for it in `tracemill tables`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Json => "json text",
            Kind::Int => "int64",
            Kind::Float => "double",
            Kind::Bool => "boolean",
            Kind::Time => "timestamp(ns, UTC)",
            Kind::Ints => "list(int64)",
            Kind::Floats => "list(double)",
        }
    }

    /// The Arrow type of the column.
    pub fn data_type(self) -> DataType {
        let list = |item| DataType::List(Arc::new(Field::new("element", item, true)));
        match self {
            Kind::Text | Kind::Json => DataType::Utf8,
            Kind::Int => DataType::Int64,
            Kind::Float => DataType::Float64,
            Kind::Bool => DataType::Boolean,
            Kind::Time => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            Kind::Ints => list(DataType::Int64),
            Kind::Floats => list(DataType::Float64),
        }
    }
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in Parquet and SQL.
    pub name: &'static str,
    /// Its type.
    pub kind: Kind,
    /// What it means, with unit.
    pub doc: &'static str,
}

/// One table of the lake.
#[derive(Debug)]
pub struct Table {
    /// Its name: folder in the lake and table in SQL.
    pub name: &'static str,
    /// What one row is.
    pub row: &'static str,
    /// Columns in the order in which they are written.
    pub columns: &'static [Column],
    /// Columns by which the rows of a part file are sorted (ascending, nulls first).
    pub sort: &'static [&'static str],
}

impl Table {
    /// The Arrow schema of a part file: all columns nullable.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.columns.iter().map(|c| Field::new(c.name, c.kind.data_type(), true)).collect::<Vec<_>>()))
    }

    /// Position of a column, by name.
    pub fn index(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == column)
    }
}

/// Tables that are the faithful record.
pub static RAW: [&Table; 4] = [&SPANS, &EVENTS, &METRICS, &PROFILES];

/// Tables that are derived from the raw ones and rebuilt at will.
pub static SEMANTIC: [&Table; 12] = [
    &CONVERSATIONS,
    &TURNS,
    &PROMPTS,
    &MODEL_CALLS,
    &TOOL_CALLS,
    &LATENCY,
    &STARTUP_PHASES,
    &METRIC_DELTAS,
    &METRIC_BUCKETS,
    &FINDINGS,
    &COVERAGE,
    &ACTIVITIES,
];

/// All tables, raw first.
pub fn all() -> impl Iterator<Item = &'static Table> {
    RAW.into_iter().chain(SEMANTIC)
}

/// The table of that name.
pub fn by_name(name: &str) -> Option<&'static Table> {
    all().find(|t| t.name == name)
}

const fn text(name: &'static str, doc: &'static str) -> Column {
    Column { name, kind: Kind::Text, doc }
}
const fn json(name: &'static str, doc: &'static str) -> Column {
    Column { name, kind: Kind::Json, doc }
}
const fn int(name: &'static str, doc: &'static str) -> Column {
    Column { name, kind: Kind::Int, doc }
}
const fn float(name: &'static str, doc: &'static str) -> Column {
    Column { name, kind: Kind::Float, doc }
}
const fn boolean(name: &'static str, doc: &'static str) -> Column {
    Column { name, kind: Kind::Bool, doc }
}
const fn time(name: &'static str, doc: &'static str) -> Column {
    Column { name, kind: Kind::Time, doc }
}
const fn ints(name: &'static str, doc: &'static str) -> Column {
    Column { name, kind: Kind::Ints, doc }
}
const fn floats(name: &'static str, doc: &'static str) -> Column {
    Column { name, kind: Kind::Floats, doc }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_sort_columns_exist() {
        for table in all() {
            let mut names: Vec<_> = table.columns.iter().map(|c| c.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), table.columns.len(), "{}", table.name);
            assert!(table.sort.iter().all(|s| table.index(s).is_some()), "{}", table.name);
            assert!(table.columns.iter().all(|c| !c.doc.is_empty()), "{}", table.name);
        }
    }

    #[test]
    fn kinds_follow_the_names() {
        for c in all().flat_map(|t| t.columns) {
            assert_eq!(c.name.ends_with("_time") || c.name == "time", c.kind == Kind::Time, "{}", c.name);
            if c.name.ends_with("_ns") || c.name.ends_with("_nanousd") || c.name.ends_with("_tokens") {
                assert_eq!(c.kind, Kind::Int, "{}", c.name);
            }
        }
    }
}
