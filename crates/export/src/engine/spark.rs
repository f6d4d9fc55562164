//! Spark: an external table `<table>_files` for each table, and a view over it. Spark reads nanoseconds as nothing but BIGINT, so that is what times are
//! in the table; in the view they are TIMESTAMP, to the microsecond, cut.

use std::fmt::Write;

use tracemill_model::{Column, Kind, tables};

use super::Source;
use super::quote::{slashed, tick};
use crate::Error;

/// Tables and views.
pub fn tables(source: &Source) -> Result<String, Error> {
    source.check_unpinned()?;
    let mut out = "-- Days that come later are seen after another MSCK REPAIR TABLE. The lake's days are UTC.\nSET TIME ZONE 'UTC';\n\n".to_owned();
    for table in tables::all() {
        let (view, files) = (tick(table.name), tick(&format!("{}_files", table.name)));
        let columns: Vec<String> =
            table.columns.iter().map(|c| format!("  {} {} COMMENT {},\n", tick(c.name), kind(c.kind), slashed(&doc(c)))).collect();
        let location = slashed(&format!("{}/{}", source.uri(), table.name));
        // the files are not the table's own: none is deleted with it
        let _ = write!(out, "-- a row is {}\nDROP TABLE IF EXISTS {files};\n", table.row);
        let _ = write!(out, "CREATE TABLE {files} (\n{}  `date` DATE COMMENT 'UTC day'\n)\n", columns.concat());
        let _ = writeln!(out, "USING parquet PARTITIONED BY (`date`) LOCATION {location};");
        if source.has(table) {
            let _ = writeln!(out, "MSCK REPAIR TABLE {files};");
        }
        let selected: Vec<String> = table.columns.iter().map(selected).collect();
        let _ = writeln!(out, "CREATE OR REPLACE VIEW {view} AS SELECT {}, `date` FROM {files};\n", selected.join(", "));
    }
    Ok(out)
}

fn doc(column: &Column) -> String {
    // a statement ends at a semicolon for who splits the file there
    column.doc.replace(';', ",") + if column.kind == Kind::Time { " (nanoseconds since 1970)" } else { "" }
}

fn selected(column: &Column) -> String {
    let name = tick(column.name);
    // rounded down, also before 1970
    if column.kind == Kind::Time { format!("timestamp_micros(({name} - pmod({name}, 1000)) DIV 1000) AS {name}") } else { name }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::Json => "STRING",
        Kind::Int | Kind::Time => "BIGINT",
        Kind::Float => "DOUBLE",
        Kind::Bool => "BOOLEAN",
        Kind::Ints => "ARRAY<BIGINT>",
        Kind::Floats => "ARRAY<DOUBLE>",
    }
}
