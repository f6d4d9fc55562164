//! `forget`: nothing of what was forgotten is left in any file of the lake, the rest is as it was, and it does not come back.

mod names;
mod processes;
mod refused;
mod traces;
mod what_goes;

use std::collections::BTreeSet;
use std::fs::File;

use arrow_array::cast::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::Bench;
use crate::lake::tree;

/// The files of the lake that hold a text: in their names, their bytes or the texts of their columns.
fn holding(bench: &Bench, text: &str) -> BTreeSet<String> {
    let lake = bench.path("lake");
    let mut found = BTreeSet::new();
    for (path, bytes) in tree(&lake) {
        let name = path.strip_prefix(&lake).unwrap().to_str().unwrap().to_owned();
        let mut holds = name.contains(text) || bytes.windows(text.len()).any(|w| w == text.as_bytes());
        if bytes.starts_with(b"PAR1") {
            for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap().build().unwrap() {
                let batch = batch.unwrap();
                let texts = batch.columns().iter().filter_map(|c| c.as_string_opt::<i32>());
                holds |= texts.into_iter().any(|c| c.iter().flatten().any(|t| t.contains(text)));
            }
        }
        if holds {
            let _ = found.insert(name);
        }
    }
    found
}

/// All rows of the semantic tables about conversations, but those of these.
fn others(bench: &Bench, gone: &[String]) -> Vec<Vec<std::collections::BTreeMap<String, serde_json::Value>>> {
    let gone = gone.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
    ["conversations", "turns", "prompts", "model_calls", "tool_calls", "startup_phases", "latency"]
        .iter()
        .map(|t| bench.sql(&format!("SELECT * FROM {t} WHERE conversation_id NOT IN ({gone})")))
        .collect()
}

fn ids(bench: &Bench, condition: &str) -> Vec<String> {
    let rows = bench.sql(&format!("SELECT conversation_id FROM conversations WHERE {condition} ORDER BY conversation_id"));
    rows.iter().map(|r| r["conversation_id"].as_str().unwrap().to_owned()).collect()
}

fn count(bench: &Bench, table: &str) -> u64 {
    bench.sql(&format!("SELECT COUNT(*) AS n FROM {table}"))[0]["n"].as_u64().unwrap()
}

#[track_caller]
fn verifies(bench: &Bench) {
    let run = bench.run(&["verify"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

/// A request with one log record: day of November 2026, conversation, body.
fn record(day: u64, conversation: &str, body: &str) -> String {
    let time = (1_793_491_200 + (day - 1) * 86_400 + 3_600) * 1_000_000_000;
    format!(
        r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"codex_exec"}}}}]}},"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{time}","body":{{"stringValue":"{body}"}},"attributes":[{{"key":"event.name","value":{{"stringValue":"codex.user_prompt"}}}},{{"key":"conversation.id","value":{{"stringValue":"{conversation}"}}}}]}}]}}]}}]}}"#
    )
}

/// What stands in the place of a longer id.
fn mask(id: &str) -> String {
    format!("[forgotten{}]", ".".repeat(id.len() - 11))
}

const GONE: &str = "019ac0de-0000-7000-8000-0000000000aa";
const KEPT: &str = "019ac0de-0000-7000-8000-0000000000bb";

const TRACE: &str = "7443bd81efa17a55d527c6045ff515d6";
const SPAN: &str = "7a603d93a8b33b97";

/// A request with one span: its trace, id, parent, further JSON of the span.
fn span(trace: &str, id: &str, parent: &str, more: &str) -> String {
    let time = 1_793_491_200_000_000_000_u64 + 3_600_000_000_000;
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"codex_exec"}}}}]}},"scopeSpans":[{{"spans":[{{"traceId":"{trace}","spanId":"{id}","parentSpanId":"{parent}","name":"x","startTimeUnixNano":"{time}","endTimeUnixNano":"{}"{more}}}]}}]}}]}}"#,
        time + 1_000_000
    )
}

fn naming(conversation: &str) -> String {
    format!(r#","attributes":[{{"key":"conversation.id","value":{{"stringValue":"{conversation}"}}}}]"#)
}
