//! A table's part files as one lazy frame. Border: exactly the files of the snapshot, with all of today's columns and
//! the day of the folder's name; no row is left out here but those in files outside the period.

use std::collections::BTreeMap;
use std::path::absolute;
use std::sync::Arc;

use polars::io::HiveOptions;
use polars::prelude::*;
use tracemill_model::lake::{Lake, Part, Snapshot};
use tracemill_model::tables::{Kind, Table};

use crate::error::QueryError;
use crate::filters::Filters;

/// The column that is the folder's name.
pub(super) const DATE: &str = "date";

/// The table's rows, from the part files whose day can hold rows of the filters' period.
pub(super) fn scan(lake: &Lake, snapshot: &Snapshot, table: &Table, filters: &Filters) -> Result<LazyFrame, QueryError> {
    let root = absolute(lake.root()).map_err(|source| QueryError::Io { path: lake.root().to_owned(), source })?;
    let mut days: BTreeMap<&str, Vec<PlRefPath>> = BTreeMap::new();
    let parts = parts(snapshot, table, filters);
    Snapshot::fetch(parts.iter().copied())?;
    for part in parts {
        let path = absolute(&part.path).map_err(|source| QueryError::Io { path: part.path.clone(), source })?;
        days.entry(&part.date).or_default().push(PlRefPath::try_from_path(&path)?);
    }
    if days.is_empty() {
        return Ok(DataFrame::empty_with_schema(&schema_with_date(table)).lazy());
    }
    let columns = Arc::new(schema(table));
    // polars 0.55 reads partitions from the whole path of a file given by name, so in a lake that lies in a folder called
    // `team=a` it would find a column too many: there each day is scanned by itself (and a WHERE on `date` opens all files)
    if root.to_string_lossy().contains('=') {
        let of_day = |(name, files): (&str, Vec<PlRefPath>)| {
            let rows = LazyFrame::scan_parquet_files(files.into(), args(columns.clone(), HiveOptions::new_disabled()))?;
            Ok(rows.with_columns([lit(day(name).unwrap_or(0)).cast(DataType::Date).alias(DATE)]))
        };
        let scans = days.into_iter().map(of_day).collect::<PolarsResult<Vec<_>>>()?;
        return Ok(concat(scans, UnionArgs { maintain_order: true, ..UnionArgs::default() })?);
    }
    let hive_options =
        HiveOptions { schema: Some(Arc::new(Schema::from_iter([Field::new(DATE.into(), DataType::Date)]))), ..HiveOptions::new_enabled() };
    let files: Vec<PlRefPath> = days.into_values().flatten().collect();
    Ok(LazyFrame::scan_parquet_files(files.into(), args(columns, hive_options))?)
}

/// The part files that are opened for the filters' period, by day.
pub(super) fn parts<'a>(snapshot: &'a Snapshot, table: &Table, filters: &Filters) -> Vec<&'a Part> {
    let mut parts: Vec<&Part> = snapshot.parts(table.name).filter(|p| p.rows > 0 && day(&p.date).is_none_or(|d| filters.may_hold(d))).collect();
    parts.sort_by(|a, b| a.date.cmp(&b.date));
    parts
}

/// How many rows the part files have that are opened for the filters' period.
pub(super) fn rows(snapshot: &Snapshot, table: &Table, filters: &Filters) -> u64 {
    parts(snapshot, table, filters).iter().map(|p| p.rows).sum()
}

/// How the files are read: with all of today's columns, null where a file is older than a column.
fn args(columns: SchemaRef, hive_options: HiveOptions) -> ScanArgsParquet {
    // no glob: file names are names here, not patterns
    ScanArgsParquet { hive_options, schema: Some(columns), allow_missing_columns: true, glob: false, ..ScanArgsParquet::default() }
}

/// A table's columns as polars types, without `date`.
pub(super) fn schema(table: &Table) -> Schema {
    let of = |kind| match kind {
        Kind::Text | Kind::Json => DataType::String,
        Kind::Int => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Bool => DataType::Boolean,
        Kind::Time => DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)),
        Kind::Ints => DataType::List(Box::new(DataType::Int64)),
        Kind::Floats => DataType::List(Box::new(DataType::Float64)),
    };
    table.columns.iter().map(|c| Field::new(c.name.into(), of(c.kind))).collect()
}

/// The same, and `date`.
pub(super) fn schema_with_date(table: &Table) -> Schema {
    let mut columns = schema(table);
    let _ = columns.insert(DATE.into(), DataType::Date);
    columns
}

/// Days since 1970-01-01 of a folder's `YYYY-MM-DD`.
pub(super) fn day(name: &str) -> Option<i32> {
    let date: jiff::civil::Date = name.parse().ok()?;
    date.since(jiff::civil::date(1970, 1, 1)).ok().map(|span| span.get_days())
}
