//! Athena: an external table for each table. Written from its documentation, and not run.

use std::fmt::Write;

use tracemill_model::{Kind, tables};

use super::Source;
use super::quote::{text, tick};
use crate::Error;

/// What is to be known before the tables.
const NOTE: &str = "\
-- Not run against Athena, but written from its documentation. One statement is run at a time, in the database of your choice.
-- Times are timestamp without zone, and UTC; Athena has three digits of a second of them. Days that come later are seen after another MSCK REPAIR TABLE.

";

/// The tables.
pub fn tables(source: &Source) -> Result<String, Error> {
    source.check_unpinned()?;
    if !source.uri().starts_with("s3://") {
        return Err(Error::Refused("Athena reads from S3 only; say where the lake lies there with --location s3://BUCKET/FOLDER".to_owned()));
    }
    let mut out = NOTE.to_owned();
    for table in tables::all() {
        let columns: Vec<String> = table.columns.iter().map(|c| format!("  {} {}", tick(c.name), kind(c.kind))).collect();
        let full = tick(table.name);
        // of an external table no file is deleted with it
        let _ = write!(out, "-- a row is {}\nDROP TABLE IF EXISTS {full};\n", table.row);
        let _ = write!(out, "CREATE EXTERNAL TABLE {full} (\n{}\n)\n", columns.join(",\n"));
        let _ = write!(out, "PARTITIONED BY (`date` date)\nSTORED AS PARQUET\nLOCATION {};\n", text(&format!("{}/{}/", source.uri(), table.name)));
        if source.has(table) {
            let _ = writeln!(out, "MSCK REPAIR TABLE {full};");
        }
        out.push('\n');
    }
    Ok(out)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Json => "string",
        Kind::Int => "bigint",
        Kind::Float => "double",
        Kind::Bool => "boolean",
        Kind::Time => "timestamp",
        Kind::Ints => "array<bigint>",
        Kind::Floats => "array<double>",
    }
}
