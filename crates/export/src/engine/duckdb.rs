//! DuckDB: a view for each table. Times are TIMESTAMPTZ, to the microsecond.

use std::fmt::Write;

use tracemill_model::{Kind, Table, tables};

use super::Source;
use super::quote::{name, text};
use crate::Error;

/// The views.
pub fn tables(source: &Source) -> Result<String, Error> {
    source.check_pattern()?;
    // a day is one of UTC
    let mut out = "SET TimeZone = 'UTC';\n\n".to_owned();
    for table in tables::all() {
        let _ = writeln!(out, "-- a row is {}\nCREATE OR REPLACE VIEW {} AS", table.row, name(table.name));
        out += &view(table, source);
        out += ";\n\n";
    }
    Ok(out)
}

fn view(table: &Table, source: &Source) -> String {
    let columns = || table.columns.iter().map(|c| (c.name, kind(c.kind))).chain([("date", "DATE")]);
    let list = |one: &dyn Fn(&str, &str) -> String| columns().map(|(column, kind)| one(column, kind)).collect::<Vec<_>>().join(", ");
    // parts of earlier releases lack columns of later ones, and some lakes have no other parts
    let none = list(&|column, kind| format!("NULL::{kind} AS {}", name(column)));
    if !source.has(table) {
        return format!("SELECT {none} WHERE false");
    }
    let files: Vec<String> = source.patterns(table).iter().map(|p| text(p)).collect();
    let files = if source.is_pinned() { format!("[{}]", files.join(", ")) } else { files.join("") };
    let cast = list(&|column, kind| format!("CAST({0} AS {kind}) AS {0}", name(column)));
    format!(
        "SELECT {cast}\nFROM (\n  SELECT {none} WHERE false\n  UNION ALL BY NAME\n  SELECT * FROM read_parquet({files}, hive_partitioning = true, \
         hive_types = {{'date': DATE}}, union_by_name = true)\n)"
    )
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Json => "VARCHAR",
        Kind::Int => "BIGINT",
        Kind::Float => "DOUBLE",
        Kind::Bool => "BOOLEAN",
        Kind::Time => "TIMESTAMPTZ",
        Kind::Ints => "BIGINT[]",
        Kind::Floats => "DOUBLE[]",
    }
}
