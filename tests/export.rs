//! `export`: texts for other programs, whole and for any lake; Delta logs that every command keeps. That the programs take them is tried in tests/peers.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::lake::{answers, tree};
use crate::{Bench, sample};

const TEXTS: [(&str, &str); 7] = [
    ("duckdb", "tables.sql"),
    ("spark", "tables.sql"),
    ("trino", "tables.sql"),
    ("clickhouse", "tables.sql"),
    ("athena", "tables.sql"),
    ("pandas", "tables.py"),
    ("polars", "tables.py"),
];

/// What is typed for an engine: Athena has to be told of a place that it can read.
fn words(what: &'static str) -> Vec<&'static str> {
    let mut words = vec!["export", what];
    if what == "athena" {
        words.extend(["--location", "s3://bucket/lake"]);
    }
    words
}

#[test]
fn each_text_is_printed_and_written() {
    let bench = Bench::with_sample(&["mcp"]);
    for (what, file) in TEXTS {
        let printed = bench.run(&words(what)).exits(0);
        assert!(printed.out.contains("model_calls") && printed.out.contains("input_tokens"), "{what}");
        assert_eq!(printed.err, "");
        let written = bench.run(&[&words(what)[..], &["--output", what]].concat()).exits(0);
        assert_eq!(written.out, "");
        assert_eq!(std::fs::read_to_string(bench.path(what).join(file)).unwrap(), printed.out);
        let reports = bench.path(what).join("reports");
        if ["duckdb", "spark"].contains(&what) {
            let names: BTreeSet<String> = tree(&reports).keys().map(|p| p.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
            assert_eq!(names, bench.reports().into_iter().collect());
        } else {
            assert!(!reports.exists());
        }
    }
}

#[test]
fn an_empty_lake_has_all_tables() {
    let bench = Bench::new();
    let nothing = bench.write("nothing.jsonl", "");
    let _ = bench.run_files("ingest", &[nothing]);
    for (what, _) in TEXTS {
        let text = bench.run(&words(what)).exits(0).out;
        assert!(text.contains("startup_phases") && !text.contains("part-"), "{what}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let bench = Bench::with_sample(&["mcp"]);
    for (words, reason) in [
        (&["export", "athena"][..], "--location"),
        (&["export", "spark", "--pinned"], "export delta"),
        (&["export", "duckdb", "--stop"], "for delta"),
        (&["export", "delta", "--pinned"], "not for delta"),
        (&["export", "delta", "--stop"], "no Delta log is kept"),
        (&["export", "delta", "--output", "lake/logs"], "outside"),
        (&["export", "excel"], "possible values"),
    ] {
        let run = bench.run(words).exits(2);
        assert!(run.err.contains(reason), "{words:?}: {}", run.err);
    }
    let pinned = bench.run(&["export", "duckdb", "--pinned"]).exits(0).out;
    let parts = tree(&bench.path("lake")).into_keys().filter(|p| p.extension().is_some_and(|e| e == "parquet"));
    for part in parts {
        assert!(pinned.contains(part.file_name().unwrap().to_str().unwrap()), "{}", part.display());
    }
}

/// The files that a table's log names, by its entries.
fn named(folder: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (path, bytes) in tree(&folder.join("_delta_log")) {
        assert_eq!(path.extension().unwrap(), "json");
        for line in String::from_utf8(bytes).unwrap().lines() {
            let action: Value = serde_json::from_str(line).unwrap();
            if let Some(path) = action["remove"]["path"].as_str() {
                assert!(names.remove(path), "{path}");
            }
            if let Some(path) = action["add"]["path"].as_str() {
                assert!(names.insert(path.to_owned()), "{path}");
            }
        }
    }
    names
}

/// The parts that lie in a table's folder, as a log in it names them.
fn lying(folder: &Path) -> BTreeSet<String> {
    let parts = tree(folder).into_keys().filter(|p| p.extension().is_some_and(|e| e == "parquet"));
    parts.map(|p| p.strip_prefix(folder).unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_command_keeps_the_delta_logs() {
    let bench = Bench::with_sample(&["mcp"]);
    let lake = bench.path("lake");
    let told = bench.run(&["export", "delta"]).exits(0);
    assert!(told.err.contains("16 logs got an entry"), "{}", told.err);
    let _ = bench.run(&["export", "delta", "--times", "bigint", "--output", "logs"]).exits(0);
    let check = || {
        for table in ["spans", "events", "metrics", "profiles", "model_calls", "tool_calls", "latency"] {
            let lying = lying(&lake.join(table));
            assert_eq!(named(&lake.join(table)), lying, "{table}");
            let elsewhere = named(&bench.path("logs").join(table));
            assert_eq!(elsewhere.len(), lying.len(), "{table}");
            assert!(elsewhere.iter().all(|name| name.starts_with("file:///") && lying.iter().any(|l| name.ends_with(l))), "{elsewhere:?}");
        }
        let run = bench.run(&["verify", "--format", "json"]).exits(0);
        assert!(!run.out.contains("_delta_log"), "{}", run.out);
    };
    check();
    let _ = bench.run_files("ingest", &sample(&["tui"])).exits(0);
    check();
    let before = answers(&bench);
    let _ = bench.run(&["compact"]).exits(0);
    check();
    assert!(answers(&bench) == before, "the logs change no answer");
    let conversation = bench.sql("SELECT conversation_id FROM conversations ORDER BY conversation_id LIMIT 1")[0]["conversation_id"].clone();
    let forgotten = bench.run(&["forget", "--conversation", conversation.as_str().unwrap()]);
    let _ = forgotten.exits(0);
    check();
    // neither in a name, nor in what readers skip files by
    for (path, bytes) in tree(&lake).into_iter().chain(tree(&bench.path("logs"))) {
        if path.components().any(|c| c.as_os_str() == "_delta_log") {
            assert!(!String::from_utf8_lossy(&bytes).contains(conversation.as_str().unwrap()), "{}", path.display());
        }
    }
    let _ = bench.run(&["normalize"]).exits(0);
    check();
    // what is in a lake is no archive
    let other = bench.run(&["inspect", "lake/spans/_delta_log"]);
    assert!(other.code != 3, "{}", other.err);
    for words in [&["export", "delta", "--stop"][..], &["export", "delta", "--stop", "--output", "logs"]] {
        let _ = bench.run(words).exits(0);
    }
    assert!(tree(&lake).into_keys().all(|p| !p.components().any(|c| c.as_os_str() == "_delta_log")));
    assert!(!bench.path("logs").exists());
    let _ = bench.run_files("ingest", &sample(&["v55"])).exits(0);
    assert!(!lake.join("spans/_delta_log").exists());
}
