//! What the Python modules have in common: where the lake is, its tables' columns, and the files of a commit. Border: constants; what is done with them is
//! each library's own.

use std::fmt::Write;

use tracemill_model::{Kind, tables};

use super::Source;
use super::quote::python;

/// The constants: `LAKE`, `FILES`, `SCHEMAS`. `schema` is how the library writes one, of columns and types that are written already.
pub fn constants(source: &Source, kind: fn(Kind) -> &'static str, date: &str, schema: fn(&str) -> String) -> String {
    let mut out = format!("LAKE = {}\n\n", python(source.location()));
    out += "# by table, the files to be read; None for whatever the folder holds\nFILES = {\n";
    for table in tables::all() {
        let files: Vec<String> = source.files(table).map(|file| format!("        {},\n", python(&file))).collect();
        let files = match (source.is_pinned(), files.is_empty()) {
            (_, true) => "[]".to_owned(),
            (true, false) => format!("[\n{}    ]", files.concat()),
            (false, false) => "None".to_owned(),
        };
        let _ = writeln!(out, "    {}: {files},", python(table.name));
    }
    out += "}\n\nSCHEMAS = {\n";
    for table in tables::all() {
        let columns: Vec<String> = table.columns.iter().map(|c| format!("({}, {}), ", python(c.name), kind(c.kind))).collect();
        let columns = format!("{}(\"date\", {date})", columns.concat());
        let _ = writeln!(out, "    # a row is {}\n    {}: {},", table.row, python(table.name), schema(&columns));
    }
    out + "}\n"
}
