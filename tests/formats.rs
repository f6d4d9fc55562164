//! Every report in every format; CSV, JSON and Parquet read back with the same values.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::temporal_conversions::timestamp_ns_to_datetime;
use arrow_array::types::{Date32Type, Float64Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, RecordBatch};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::{Bench, agents};

/// Fields of a CSV text (RFC 4180).
fn csv(text: &str) -> Vec<Vec<(String, bool)>> {
    let (mut rows, mut row, mut field, mut quoted, mut inside) = (Vec::new(), Vec::new(), String::new(), false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if inside && chars.peek() == Some(&'"') => {
                let _ = chars.next();
                field.push('"');
            }
            '"' => {
                inside = !inside;
                quoted = true;
            }
            ',' | '\n' if !inside => {
                row.push((std::mem::take(&mut field), std::mem::take(&mut quoted)));
                if c == '\n' {
                    rows.push(std::mem::take(&mut row));
                }
            }
            other => field.push(other),
        }
    }
    rows
}

/// The cells of a Parquet file as text; null is `None`.
fn parquet(bytes: Vec<u8>) -> Vec<BTreeMap<String, Option<String>>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let batches: Vec<RecordBatch> =
        ParquetRecordBatchReaderBuilder::try_new(file.reopen().unwrap()).unwrap().build().unwrap().map(Result::unwrap).collect();
    let row = |batch: &RecordBatch, n: usize| {
        let schema = batch.schema();
        schema.fields().iter().zip(batch.columns()).map(|(f, c)| (f.name().clone(), c.is_valid(n).then(|| cell(c.as_ref(), n)))).collect()
    };
    batches.iter().flat_map(|b| (0..b.num_rows()).map(|n| row(b, n)).collect::<Vec<_>>()).collect()
}

fn cell(column: &dyn Array, n: usize) -> String {
    if let Some(text) = column.as_string_view_opt() {
        text.value(n).to_owned()
    } else if let Some(text) = column.as_string_opt::<i64>() {
        text.value(n).to_owned()
    } else if let Some(text) = column.as_string_opt::<i32>() {
        text.value(n).to_owned()
    } else if let Some(ints) = column.as_primitive_opt::<Int64Type>() {
        ints.value(n).to_string()
    } else if let Some(doubles) = column.as_primitive_opt::<Float64Type>() {
        format!("{:?}", doubles.value(n))
    } else if let Some(bools) = column.as_boolean_opt() {
        bools.value(n).to_string()
    } else if let Some(times) = column.as_primitive_opt::<TimestampNanosecondType>() {
        timestamp_ns_to_datetime(times.value(n)).unwrap().format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string()
    } else if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        days.value_as_date(n).unwrap().to_string()
    } else {
        panic!("a report has a column of type {}", column.data_type())
    }
}

fn json_cell(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(n) if n.is_f64() => Some(format!("{:?}", n.as_f64().unwrap())),
        other => Some(other.to_string()),
    }
}

#[test]
fn every_format_tells_the_same_values() {
    let bench = Bench::with_sample(&["mcp", "api-errors", "subagent", "v55-full"]);
    let _ = bench.run_files("ingest", &agents(&["claude-code/tools-failures"])).exits(0);
    // none of these runs was so long that it had to be summarised
    for report in bench.reports().into_iter().filter(|r| r != "compactions") {
        let in_format = |format| bench.run(&[&report, "--format", format]).exits(0);
        let json: Vec<BTreeMap<String, Value>> = serde_json::from_str(&in_format("json").out).unwrap();
        assert!(!json.is_empty(), "{report} is empty");
        let lines = in_format("ndjson").out;
        let ndjson: Vec<BTreeMap<String, Value>> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(ndjson, json, "{report}");
        let csv = csv(&in_format("csv").out);
        let parquet = parquet(in_format("parquet").bytes);
        assert_eq!((csv.len() - 1, parquet.len()), (json.len(), json.len()), "{report}");
        for (n, row) in json.iter().enumerate() {
            for (column, (name, _)) in csv[0].iter().enumerate() {
                let expected = json_cell(&row[name]);
                let (text, quoted) = &csv[n + 1][column];
                // what a spreadsheet would run has a sign in front
                let text = text
                    .strip_prefix('\'')
                    .filter(|rest| rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']))
                    .unwrap_or(text);
                let read = (!text.is_empty() || *quoted).then(|| text.to_owned());
                // the JSON reader of this test may miss the last bit of a double
                let near = |a: f64, b: f64| (a - b).abs() <= f64::EPSILON * a.abs();
                let same = |a: &Option<String>, b: &Option<String>| {
                    let numbers = a.as_ref().zip(b.as_ref()).and_then(|(a, b)| a.parse::<f64>().ok().zip(b.parse::<f64>().ok()));
                    a == b || numbers.is_some_and(|(a, b)| near(a, b))
                };
                assert!(same(&read, &expected), "{report} row {n} {name}: csv {read:?}, json {expected:?}");
                assert!(same(&parquet[n][name], &expected), "{report} row {n} {name}: parquet {:?}, json {expected:?}", parquet[n][name]);
            }
        }
        let table = in_format("table").out;
        assert!(table.lines().count() > json.len(), "{table}");
        assert!(in_format("markdown").out.lines().filter(|l| l.starts_with('|')).count() == json.len() + 2, "{report}");
    }
}

#[test]
fn an_answer_goes_into_a_file_when_asked() {
    let bench = Bench::with_sample(&["mcp"]);
    let direct = bench.run(&["tools", "--format", "csv"]).exits(0);
    let run = bench.run(&["tools", "--format", "csv", "-o", "tools.csv"]).exits(0);
    assert!(run.out.is_empty());
    assert_eq!(std::fs::read(bench.path("tools.csv")).unwrap(), direct.bytes);
}

#[test]
fn filters_narrow_and_add_up() {
    let bench = Bench::with_sample(&["mcp", "v55-full"]);
    let total = |words: &[&str]| -> i64 {
        let run = bench.run(&[&["tokens", "--format", "json"], words].concat()).exits(0);
        let rows: Vec<BTreeMap<String, Value>> = serde_json::from_str(&run.out).unwrap();
        rows.iter().map(|r| r["total_tokens"].as_i64().unwrap_or(0)).sum()
    };
    let (all, one, other) = (total(&[]), total(&["--model", "gpt-5.5"]), total(&["--model", "gpt-5-codex"]));
    assert!(one > 0 && other > 0);
    assert_eq!(one + other, all);
    assert_eq!(total(&["--since", "2026-11-22", "--until", "2026-11-23"]), all);
    assert_eq!(total(&["--until", "2026-11-22"]), 0);
    assert_eq!(total(&["--agent", "codex"]), all);
    assert_eq!(total(&["--agent", "nobody"]), 0);
}

#[test]
fn tables_are_described_from_the_code() {
    let bench = Bench::new();
    let run = bench.run(&["tables", "--format", "csv"]).exits(0);
    for table in ["spans", "events", "metrics", "conversations", "turns", "model_calls", "tool_calls", "latency", "metric_deltas", "findings"] {
        assert!(run.out.lines().any(|l| l.starts_with(&format!("{table},"))), "{table}");
    }
    assert!(bench.run(&["tables", "turns"]).exits(0).out.contains("turn_index"));
}
