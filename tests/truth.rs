//! The sample's answers against its answer keys, which come from the scripted model server and never from telemetry.

use serde_json::Value;

use crate::{Bench, answer_keys};

const TOKENS: [&str; 5] = ["input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens"];

#[track_caller]
fn same_tokens(bench: &Bench, by: &str, expected: &Value, archive: &str) {
    let sums: Vec<String> = TOKENS.iter().map(|t| format!("SUM(COALESCE({t}, 0)) AS {t}")).collect();
    let statement = format!(
        "SELECT {by} AS k, {}, COUNT(*) AS responses FROM model_calls WHERE outcome = 'ok' AND input_tokens IS NOT NULL GROUP BY {by}",
        sums.join(", ")
    );
    let rows = bench.sql(&statement);
    let expected = expected.as_object().unwrap();
    for (key, tokens) in expected.iter().filter(|(_, t)| t["responses"] != 0) {
        let row = rows.iter().find(|r| r["k"] == key.as_str()).unwrap_or_else(|| panic!("{archive}: {by} {key} has no row"));
        for name in TOKENS.iter().chain(&["responses"]) {
            assert_eq!(row[*name], tokens[*name], "{archive}: {by} {key}: {name}");
        }
    }
    assert!(rows.iter().all(|r| expected.contains_key(r["k"].as_str().unwrap_or_default())), "{archive}: more than the truth: {rows:?}");
}

#[test]
fn tokens_and_tool_calls_are_those_of_the_answer_keys() {
    for (archive, key) in answer_keys() {
        let bench = Bench::with_sample(&[&archive]);
        same_tokens(&bench, "conversation_id", &key["tokens_by_conversation"], &archive);
        same_tokens(&bench, "model", &key["tokens_by_model"], &archive);
        let calls = bench.sql("SELECT call_id, outcome, exit_code FROM tool_calls");
        for expected in key["tool_calls"].as_array().unwrap() {
            let rows: Vec<_> = calls.iter().filter(|c| c["call_id"] == expected["call_id"]).collect();
            let what = format!("{archive}: {} {}: {}", expected["tool"], expected["call_id"], expected["note"]);
            assert!(rows.len() <= 1, "{what}: {} rows", rows.len());
            let interrupted = expected["note"].as_str().is_some_and(|n| n.contains("interrupt"));
            match rows.first() {
                None => assert!(expected["outcome"].is_null(), "{what}: no row"),
                Some(row) => {
                    assert!(expected["outcome"].is_null() || row["outcome"] == expected["outcome"], "{what}: {}", row["outcome"]);
                    assert!(expected["exit_code"].is_null() || row["exit_code"] == expected["exit_code"], "{what}: exit {}", row["exit_code"]);
                    assert!(!(interrupted && row["outcome"] == "ok"), "{what}: ok");
                }
            }
        }
    }
}

#[test]
fn sums_of_conversations_and_turns_are_those_of_the_calls() {
    let bench = Bench::with_sample(&[]);
    let sum = |table: &str| bench.sql(&format!("SELECT SUM(input_tokens) AS i, SUM(output_tokens) AS o, SUM(cost_nanousd) AS c FROM {table}"));
    assert_eq!(sum("conversations"), sum("model_calls"));
    assert_eq!(sum("turns"), sum("model_calls"));
    let count = |statement: &str| bench.sql(statement)[0]["n"].clone();
    assert_eq!(count("SELECT SUM(tool_calls) AS n FROM conversations"), count("SELECT COUNT(*) AS n FROM tool_calls"));
    assert_eq!(count("SELECT SUM(turns) AS n FROM conversations"), count("SELECT COUNT(*) AS n FROM turns"));
}

#[test]
fn raw_rows_are_as_many_as_the_archive_has() {
    // counted in the captures by another program
    let bench = Bench::with_sample(&["mcp"]);
    for (table, rows) in [("spans", 1209), ("events WHERE origin = 'log'", 59), ("events WHERE origin = 'span_event'", 35), ("metrics", 208)] {
        assert_eq!(bench.sql(&format!("SELECT COUNT(*) AS n FROM {table}"))[0]["n"], rows, "{table}");
    }
}
