//! Trino: an external table of the Hive connector for each table. Written from its documentation, and not run.

use std::fmt::Write;

use tracemill_model::{Kind, tables};

use super::Source;
use super::quote::{name, text};
use crate::Error;

/// What is to be known before the tables.
const NOTE: &str = "\
-- Not run against a Trino, but written from its documentation. `hive` is the catalog and `tracemill` the schema: replace them where yours are called
-- otherwise. The catalog must be let read the folder (fs.native-s3.enabled and the like, or fs.hadoop.enabled and local files).
-- Times are timestamp without zone, and UTC. They have nine digits in a session with the setting below, and three in one without.
-- An external table wants its folder to be there. Of a table that the lake has no files of make the folder, or leave the statement out.
SET SESSION hive.timestamp_precision = 'NANOSECONDS';
CREATE SCHEMA IF NOT EXISTS hive.tracemill;

";

/// The tables.
pub fn tables(source: &Source) -> Result<String, Error> {
    source.check_unpinned()?;
    let mut out = NOTE.to_owned();
    for table in tables::all() {
        let columns: Vec<String> = table.columns.iter().map(|c| format!("  {} {},\n", name(c.name), kind(c.kind))).collect();
        let full = format!("hive.tracemill.{}", name(table.name));
        // of an external table no file is deleted with it
        let _ = write!(out, "-- a row is {}\nDROP TABLE IF EXISTS {full};\n", table.row);
        let _ = write!(out, "CREATE TABLE {full} (\n{}  \"date\" date\n) WITH (\n", columns.concat());
        let _ = writeln!(out, "  external_location = {},", text(&format!("{}/{}/", source.uri(), table.name)));
        let _ = writeln!(out, "  format = 'PARQUET', partitioned_by = ARRAY['date']\n);");
        if source.has(table) {
            let _ = writeln!(out, "CALL hive.system.sync_partition_metadata('tracemill', {}, 'FULL');", text(table.name));
        }
        out.push('\n');
    }
    Ok(out)
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Json => "varchar",
        Kind::Int => "bigint",
        Kind::Float => "double",
        Kind::Bool => "boolean",
        Kind::Time => "timestamp(9)",
        Kind::Ints => "array(bigint)",
        Kind::Floats => "array(double)",
    }
}
