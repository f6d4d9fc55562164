//! `inspect` tells of files what an ingest would find in them, and writes nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Bench, sample};

#[track_caller]
fn rows(bench: &Bench, words: &[&str], code: i32) -> Vec<BTreeMap<String, Value>> {
    let run = bench.run(&[&["inspect", "--format", "json"], words].concat()).exits(code);
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn counts_are_those_of_an_ingest() {
    let bench = Bench::new();
    let files = sample(&[]);
    let names: Vec<&str> = files.iter().map(|f| f.to_str().unwrap()).collect();
    // a file named twice is one
    let seen = rows(&bench, &[&names[..], &names[..1]].concat(), 0);
    assert_eq!(seen.len(), files.len());
    assert!(!bench.path("lake").exists(), "it wrote");
    let _ = bench.run(&[&["ingest", "--raw-only"], &names[..]].concat()).exits(0);
    let sum = |column: &str| seen.iter().map(|r| r[column].as_u64().unwrap()).sum::<u64>();
    let count = |sql: &str| bench.sql(sql)[0]["n"].as_u64().unwrap();
    let ledger: Value = serde_json::from_slice(&std::fs::read(bench.path("lake/_tracemill/commits/00000001.json")).unwrap()).unwrap();
    let told = |key: &str| ledger["sources"].as_array().unwrap().iter().map(|s| s[key].as_u64().unwrap()).sum::<u64>();
    let all = sum("spans") + sum("log_records") + sum("span_events") + sum("data_points");
    assert_eq!(sum("requests"), told("requests"));
    assert_eq!(
        all - told("duplicates"),
        count("SELECT COUNT(*) AS n FROM spans") + count("SELECT COUNT(*) AS n FROM events") + count("SELECT COUNT(*) AS n FROM metrics")
    );
    let first = bench.sql("SELECT MIN(start_time) AS t FROM spans")[0]["t"].clone();
    let of_spans = seen.iter().filter(|r| r["signals"] == "traces").map(|r| r["first_time"].clone());
    assert!(of_spans.clone().any(|t| t == first), "{first} is in {:?}", of_spans.collect::<Vec<_>>());
    assert!(seen.iter().any(|r| r["services"].as_str().is_some_and(|s| s.starts_with("codex"))));
}

#[test]
fn what_would_be_set_aside_is_told_with_its_place() {
    let bench = Bench::new();
    let log = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a"}]}]}]}"#;
    let file = bench.write("evil\x1b[31m.jsonl", format!("{log}\n%%%\n{log}\n"));
    let seen = rows(&bench, &[file.to_str().unwrap()], 1);
    assert_eq!((&seen[0]["requests"], &seen[0]["set_aside"], &seen[0]["without_time"]), (&2.into(), &1.into(), &2.into()));
    let told = seen[0]["first_set_aside"].as_str().unwrap();
    assert!(told.starts_with(&format!("line 2, byte {}: '%'", log.len() + 1)), "{told}");
    assert_eq!(seen[0]["first_time"], Value::Null);
    for format in ["table", "csv", "json", "ndjson", "markdown"] {
        let run = bench.run(&["inspect", file.to_str().unwrap(), "--format", format]).exits(1);
        assert!(!run.out.contains('\x1b') && !run.err.contains('\x1b'), "{format}");
        assert!(run.err.contains("line 2, byte") && run.out.contains("JSON lines"), "{}", run.err);
    }
    let parquet = bench.run(&["inspect", file.to_str().unwrap(), "--format", "parquet"]).exits(1).bytes;
    assert!(parquet.starts_with(b"PAR1"));
}

#[test]
fn standard_input_folders_and_missing_paths() {
    let bench = Bench::new();
    let log = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a"}]}]}]}"#;
    let file = bench.write("in/a.jsonl", log);
    let _ = bench.write("in/.hidden", "no");
    let run = bench.run_with(&["inspect", "-", "--format", "csv"], Some(&file)).exits(0);
    assert!(run.out.lines().nth(1).unwrap().starts_with("-,"), "{}", run.out);
    assert_eq!(rows(&bench, &["in"], 0).len(), 1);
    assert!(bench.run(&["inspect", "none"]).exits(2).err.contains("none: no such file or folder"));
    let _ = bench.run(&["inspect"]).exits(2);
}
