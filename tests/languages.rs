//! The stack's own languages against the stack: the questions that a real Loki, Prometheus and Tempo were asked over known data, with their answers.
//! Where an answer differs, `data/languages/differences.toml` says why, and the page on the languages tells it. Border: how two answers
//! are compared is `answers`' business.

mod answers;
mod pages;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use tracemill_languages::{Window, logql, promql, traceql};
use tracemill_model::Lake;
use tracemill_model::lake::Snapshot;

use self::answers::Verdict;
use crate::{Bench, project};

/// The systems, as their files are called, with the language of each.
const SYSTEMS: [(&str, &str); 3] = [("loki", "LogQL"), ("prometheus", "PromQL"), ("tempo", "TraceQL")];

/// Why an answer is another than the live system's.
#[derive(Debug, Deserialize)]
struct Difference {
    /// `refused`: tracemill does not evaluate it; `live`: the live system's answer is not that of the data; `bounds`: a limit or an endpoint of a server.
    kind: String,
    /// As the page tells it.
    reason: String,
    ids: Vec<String>,
}

fn differences() -> BTreeMap<String, Vec<Difference>> {
    toml::from_str(&std::fs::read_to_string(project("data/languages/differences.toml")).unwrap()).unwrap()
}

/// The questions of a system, with what it answered.
fn questions(system: &str) -> Vec<Value> {
    let file = File::open(project(&format!("data/languages/{system}.jsonl.zst"))).unwrap();
    let text = String::from_utf8(zstd::decode_all(file).unwrap()).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A lake of what was sent to the systems.
fn lake(bench: &Bench) -> Snapshot {
    let folder = project("data/languages");
    let files: Vec<_> = ["logs.pb.zst", "metrics.pb.zst", "traces.pb.zst", "corners-logs.pb", "corners-metrics.pb", "corners-traces.pb"]
        .iter()
        .map(|name| folder.join(name))
        .collect();
    let words: Vec<&str> = ["ingest", "--raw-only"].into_iter().chain(files.iter().map(|f| f.to_str().unwrap())).collect();
    let _ = bench.run(&words).exits(0);
    Lake::open(Path::new(&bench.path("lake"))).unwrap().snapshot().unwrap()
}

/// Our answer, as the system's API would give it; an error as its text.
fn ours(system: &str, snapshot: &Snapshot, asked: &Value) -> Result<Value, String> {
    let text = asked["query"].as_str().unwrap();
    let number = |key: &str| asked[key].as_u64().map(|n| usize::try_from(n).unwrap());
    // Loki was asked in nanoseconds, the others in seconds
    let unit = if system == "loki" { 1.0 } else { 1e9 };
    let time = |key: &str| asked[key].as_i64().map(|n| if unit > 1.0 { n * 1_000_000_000 } else { n });
    let step = || {
        let step = &asked["step"];
        let seconds = step.as_f64().or_else(|| step.as_str()?.trim_end_matches('s').parse().ok())?;
        Some((seconds * 1e9) as i64)
    };
    let window = Window { start: time("start"), end: time("end").or_else(|| time("time")), step: step() };
    let printed = match system {
        "loki" => {
            let direction = if asked["direction"] == "forward" { logql::Direction::Forward } else { logql::Direction::Backward };
            let options = logql::Options { window, limit: number("limit"), direction };
            logql::query(snapshot, text, &options).map(|a| a.api_json(asked["categorize"] == json!(true)))
        }
        "prometheus" => promql::query(snapshot, text, &promql::Options { window, lookback: None }).map(|a| a.api_json()),
        _ => traceql::query(snapshot, text, &traceql::Options { window, limit: None, spans_per_set: None }).map(|a| a.api_json()),
    };
    printed.map(|json| serde_json::from_str(&json).unwrap()).map_err(|e| e.to_string())
}

#[test]
fn the_answers_are_those_of_the_live_systems() {
    let bench = Bench::new();
    let snapshot = lake(&bench);
    let known = differences();
    let mut wrong = Vec::new();
    for (system, language) in SYSTEMS {
        let asked = questions(system);
        let mut verdicts: BTreeMap<&str, Verdict> = BTreeMap::new();
        // the versions of a system were asked the same
        let mut given: BTreeMap<String, Result<Value, String>> = BTreeMap::new();
        for question in &asked {
            let mut key = question.clone();
            for told in ["id", "answer", "error", "limit_reached", "spss"] {
                let _ = key.as_object_mut().unwrap().remove(told);
            }
            let ours = given.entry(key.to_string()).or_insert_with(|| ours(system, &snapshot, question));
            let _ = verdicts.insert(question["id"].as_str().unwrap(), answers::compare(system, question, ours));
        }
        let told: BTreeMap<&str, &str> =
            known.get(system).into_iter().flatten().flat_map(|d| d.ids.iter().map(|id| (id.as_str(), d.kind.as_str()))).collect();
        for (id, verdict) in &verdicts {
            let as_told = match (verdict, told.get(id)) {
                (Verdict::Same, None) => true,
                (Verdict::Refused(_), Some(kind)) => *kind != "live",
                (Verdict::Different(_), Some(kind)) => *kind != "refused",
                _ => false,
            };
            if !as_told {
                wrong.push(format!("{id}: told {:?}, is {verdict:?}", told.get(id)));
            }
        }
        wrong.extend(told.keys().filter(|id| !verdicts.contains_key(*id)).map(|id| format!("{id}: no such question")));
        pages::table(language, &asked, &verdicts, known.get(system).map_or(&[], Vec::as_slice), &mut wrong);
    }
    assert!(wrong.is_empty(), "{} answers are not as told:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn questions_come_from_files_and_answers_go_into_every_format() {
    let bench = Bench::with_sample(&["mcp"]);
    let prompts = r#"{service_name=~"codex_cli_rs|codex_exec"} | event_name="codex.user_prompt""#;
    let file = bench.write("prompts.logql", prompts);
    let rows: Vec<Value> = serde_json::from_str(&bench.run(&["logql", "-f", file.to_str().unwrap(), "--format", "json"]).exits(0).out).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["prompt"], "Use the demo MCP server.");
    let loki: Value = serde_json::from_str(&bench.run(&["logql", prompts, "--format", "loki"]).exits(0).out).unwrap();
    assert_eq!(loki["data"]["result"][0]["stream"]["prompt"], "Use the demo MCP server.");
    let lines = bench.run_with(
        &["logql", "-", "--format", "lines"],
        Some(&bench.write("q", r#"{service_name="codex_exec"} | tool_name="echo" | line_format "{{.tool_name}}""#)),
    );
    assert!(lines.exits(0).out.lines().all(|line| line == "echo"));
    // in steps, from Unix times
    let steps = ["--start", "1795369200", "--end", "2026-11-22T17:42:00Z", "--step", "60"];
    let asked = [&["promql", "sum(codex_tool_call_total)", "--format", "prometheus"][..], &steps].concat();
    let answer: Value = serde_json::from_str(&bench.run(&asked).exits(0).out).unwrap();
    let values = answer["data"]["result"][0]["values"].as_array().unwrap();
    assert_eq!((values.len(), &values[0][0]), (2, &json!(1_795_369_260)));
    let wide = bench.run(&["traceql", r#"{ name = "mcp.tools.call" }"#, "--format", "csv", "-o", "calls.csv"]).exits(0);
    assert!(wide.out.is_empty() && std::fs::read_to_string(bench.path("calls.csv")).unwrap().lines().count() == 7);
}

#[test]
fn what_is_wrong_or_not_evaluated_is_refused_with_its_place() {
    let bench = Bench::with_sample(&["mcp"]);
    for (words, place) in [
        (["logql", r#"{service_name="codex_exec"} | distinct conversation_id"#], "line 1, column 31"),
        (["promql", "sum(\n  limitk(3, codex_tool_call_total))"], "line 2, column 3"),
        (["traceql", "{ name = \"x\" } | compare({ status = error }, 3)"], "line 1, column 18"),
    ] {
        let run = bench.run(&words).exits(2);
        assert!(run.err.contains(place) && run.err.contains("is not evaluated here; "), "{}", run.err);
    }
    for words in [["logql", "{service_name=\"x\""], ["promql", "sum("], ["traceql", "{ name = "]] {
        let run = bench.run(&words).exits(2);
        assert!(run.err.contains("line 1, column ") && run.out.is_empty(), "{}", run.err);
    }
    let _ = bench.run(&["logql", "{service_name=\"x\"}", "--start", "yesterday"]).exits(2);
    let foreign = bench.run(&["logql", "sum(count_over_time({service_name=~\"$service\"}[5m]))"]).exits(2);
    assert!(foreign.err.contains("line 1, column 37: `$service` is a variable of a dashboard"), "{}", foreign.err);
    let late = bench.run(&["logql", "{service_name=\"codex_exec\"}", "--start", "2026-12-22"]).exits(2);
    assert!(late.err.contains("behind the lake's last record (2026-11-22T17:40:3"), "{}", late.err);
    let _ = bench.run(&["promql", "up", "--start", "2026-11-23", "--end", "2026-11-22"]).exits(2);
}

#[test]
fn an_answer_says_why_it_may_be_less_than_expected() {
    let bench = Bench::with_sample(&["mcp"]);
    let once = bench.run(&["promql", "sum(increase(codex_tool_call_total[1h]))", "--format", "csv"]).exits(0);
    assert!(once.err.contains("one sample in the range, in which `increase` sees no change"), "{}", once.err);
    let stale = bench.run(&["promql", "codex_tool_call_total", "--time", "2026-11-22T18:00:00Z", "--format", "csv"]).exits(0);
    assert!(stale.err.contains("the latest sample is 19 min 2"), "{}", stale.err);
}
