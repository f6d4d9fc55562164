//! ClickHouse: a view for each table, over its table functions for files. Times are DateTime64(9, 'UTC'), to the nanosecond.

use std::fmt::Write;

use tracemill_model::{Kind, Table, tables};

use super::Source;
use super::quote::{name, slashed};
use crate::Error;

/// What is to be known before the views.
const NOTE: &str = "\
-- clickhouse-local reads any folder; a server reads those below its user_files_path only, so that the lake must lie there, or be linked there.
-- A column of lists is empty where it is unknown: ClickHouse has no list that is NULL.

";

/// The views.
pub fn tables(source: &Source) -> Result<String, Error> {
    source.check_pattern()?;
    let mut out = NOTE.to_owned();
    for table in tables::all() {
        let _ = writeln!(out, "-- a row is {}\nCREATE OR REPLACE VIEW {} AS", table.row, name(table.name));
        out += &view(table, source)?;
        out += ";\n\n";
    }
    Ok(out)
}

fn view(table: &Table, source: &Source) -> Result<String, Error> {
    let columns: Vec<String> = table.columns.iter().map(|c| format!("{} {}", name(c.name), kind(c.kind))).collect();
    if !source.has(table) {
        return Ok(format!("SELECT * FROM null({}) WHERE 0", slashed(&format!("{}, \"date\" Date", columns.join(", ")))));
    }
    let structure = slashed(&columns.join(", "));
    let function = function(source)?;
    let select = |pattern: &String| {
        // the day is in the folder's name; what a server's settings make of that differs from release to release
        let day = match pattern.rsplit_once("/date=").and_then(|(_, rest)| rest.split_once('/')) {
            Some((day, _)) if source.is_pinned() => format!("toDate({})", slashed(day)),
            _ => "toDate(extract(_path, 'date=([0-9-]{10})'))".to_owned(),
        };
        format!("SELECT *, {day} AS \"date\" FROM {function}({}, Parquet, {structure})", slashed(pattern))
    };
    let files: Vec<String> = source.patterns(table).iter().map(select).collect();
    Ok(format!("{}\nSETTINGS use_hive_partitioning = 0", files.join("\nUNION ALL ")))
}

/// The table function by which the lake's folder is read.
fn function(source: &Source) -> Result<&'static str, Error> {
    match source.location().split_once("://").map(|(scheme, _)| scheme) {
        None => Ok("file"),
        Some("s3") => Ok("s3"),
        Some(scheme) => Err(Error::Refused(format!("{scheme}://: ClickHouse is told of a folder on its own disk, or of s3://BUCKET/FOLDER"))),
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Json => "Nullable(String)",
        Kind::Int => "Nullable(Int64)",
        Kind::Float => "Nullable(Float64)",
        Kind::Bool => "Nullable(Bool)",
        Kind::Time => "Nullable(DateTime64(9, 'UTC'))",
        Kind::Ints => "Array(Nullable(Int64))",
        Kind::Floats => "Array(Nullable(Float64))",
    }
}
