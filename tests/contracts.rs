//! What others build on: names and types of the columns of every report and every table, as the program really gives them, against
//! `data/contracts`.

use std::fmt::Write;

use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{Bench, project};

/// Set, it writes the contracts anew instead of checking them.
const WRITE: &str = "TRACEMILL_WRITE_CONTRACTS";

/// The columns of an answer, a line each, from the Parquet file that the program writes.
fn columns(bench: &Bench, words: &[&str]) -> String {
    let run = bench.run(&[words, &["--format", "parquet", "--output", "answer.parquet"]].concat()).exits(0);
    assert!(run.out.is_empty());
    let file = std::fs::File::open(bench.path("answer.parquet")).unwrap();
    let schema = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().schema().clone();
    schema.fields().iter().fold(String::new(), |mut lines, field| {
        writeln!(lines, "  {} {}", field.name(), type_name(&field.data_type().to_string())).unwrap();
        lines
    })
}

/// The word for an Arrow type; how long its offsets are does not matter to a reader.
fn type_name(arrow: &str) -> String {
    match arrow {
        "Utf8" | "LargeUtf8" | "Utf8View" => "text".to_owned(),
        "Float64" => "double".to_owned(),
        "Date32" => "date".to_owned(),
        "Int64" | "Boolean" => arrow.to_lowercase(),
        "Timestamp(ns, \"UTC\")" => "timestamp".to_owned(),
        other => other.replace("LargeList", "List").to_lowercase(),
    }
}

/// Compares with the contract; in the words of [`WRITE`] makes it.
#[track_caller]
fn check(name: &str, found: &str) {
    let path = project("data/contracts").join(name);
    if std::env::var_os(WRITE).is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, found).unwrap();
        return;
    }
    let agreed = std::fs::read_to_string(&path).unwrap_or_default();
    let (gone, new) = (missing(&agreed, found), missing(found, &agreed));
    assert!(
        agreed == found,
        "the columns are not those of {}\ngone, renamed or of another type, which breaks whoever reads them:\n{gone}new, or in another place:\n{new}\
         if it is on purpose, run `{WRITE}=1 cargo test contracts`, look at the difference, and say so in the notes of the release",
        path.display()
    );
}

/// The lines of one text that the other has not, each with its section.
fn missing(of: &str, from: &str) -> String {
    let sections = |text: &str| {
        let mut section = String::new();
        let of_line = |line: &str| {
            if !line.starts_with(' ') {
                section = line.to_owned();
            }
            format!("  {section}: {}\n", line.trim())
        };
        text.lines().map(of_line).collect::<Vec<_>>()
    };
    let there = sections(from);
    sections(of).into_iter().filter(|line| !there.contains(line)).collect()
}

#[test]
fn columns_of_reports_are_those_agreed() {
    let (empty, full) = (Bench::new(), Bench::with_sample(&["mcp", "api-errors", "subagent", "v55-full"]));
    let _ = empty.run_files("ingest", &[empty.write("none.jsonl", "{\"resourceLogs\":[]}")]).exits(0);
    let run = full.run(&["reports", "--format", "json"]).exits(0);
    let reports: Vec<serde_json::Value> = serde_json::from_str(&run.out).unwrap();
    let mut found = String::new();
    for report in &reports {
        let name = report["report"].as_str().unwrap();
        let columns_of = columns(&full, &[name]);
        assert_eq!(columns_of, columns(&empty, &[name]), "{name} has other columns when it has no rows");
        let _ = write!(found, "{name}\n{columns_of}");
    }
    // a list that --by makes a table of sums
    let _ = write!(found, "failures --by tool\n{}", columns(&full, &["failures", "--by", "tool"]));
    let run = full.sql("SELECT conversation_id FROM conversations ORDER BY start_time LIMIT 1");
    let _ = write!(found, "show\n{}", columns(&full, &["show", run[0]["conversation_id"].as_str().unwrap()]));
    check("reports.txt", &found);
}

#[test]
fn columns_of_tables_are_those_agreed() {
    let bench = Bench::with_sample(&["mcp"]);
    let run = bench.run(&["tables", "--format", "json"]).exits(0);
    let tables: Vec<serde_json::Value> = serde_json::from_str(&run.out).unwrap();
    let mut found = String::new();
    for table in &tables {
        let name = table["table"].as_str().unwrap();
        let _ = write!(found, "{name}\n{}", columns(&bench, &["sql", &format!("SELECT * FROM {name}")]));
    }
    check("tables.txt", &found);
}
