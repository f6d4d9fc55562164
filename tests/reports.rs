//! The reports' figures on the sample archives against counts that this file makes from the archives' JSON by itself.

use std::collections::BTreeMap;
use std::io::Read;

use serde_json::Value;

use crate::{Bench, sample};

/// A log record's attributes, values as text.
type Record = BTreeMap<String, String>;

/// The log records of the archives' JSON files, each once.
fn records(archives: &[&str]) -> Vec<Record> {
    let mut records = Vec::new();
    for path in sample(archives).into_iter().filter(|p| p.to_str().unwrap().contains("-logs.jsonl")) {
        let bytes = std::fs::read(&path).unwrap();
        let mut text = String::new();
        match path.extension().unwrap().to_str().unwrap() {
            "gz" => assert!(flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap() > 0),
            "zst" => text = String::from_utf8(zstd::decode_all(bytes.as_slice()).unwrap()).unwrap(),
            _ => text = String::from_utf8(bytes).unwrap(),
        }
        for line in text.lines() {
            let request: Value = serde_json::from_str(line).unwrap();
            let scopes = request["resourceLogs"].as_array().into_iter().flatten().flat_map(|r| r["scopeLogs"].as_array().into_iter().flatten());
            records.extend(scopes.flat_map(|s| s["logRecords"].as_array().into_iter().flatten()).map(attributes));
        }
    }
    assert!(!records.is_empty());
    records
}

fn attributes(record: &Value) -> Record {
    let plain = |value: &Value| {
        let inner = value.as_object().and_then(|o| o.values().next()).cloned().unwrap_or_default();
        inner.as_str().map_or_else(|| inner.to_string(), str::to_owned)
    };
    record["attributes"].as_array().into_iter().flatten().map(|a| (a["key"].as_str().unwrap().to_owned(), plain(&a["value"]))).collect()
}

fn get<'a>(record: &'a Record, key: &str) -> &'a str {
    record.get(key).map_or("", String::as_str)
}

fn number(record: &Record, key: &str) -> i64 {
    get(record, key).parse().unwrap_or(0)
}

/// Counts and sums of the records of an event, by what `key` makes of each.
fn counted(records: &[Record], event: &str, key: impl Fn(&Record) -> Option<String>, sum: &str) -> BTreeMap<String, (i64, i64)> {
    let mut counts = BTreeMap::new();
    for record in records.iter().filter(|r| get(r, "event.name") == event) {
        if let Some(key) = key(record) {
            let entry: &mut (i64, i64) = counts.entry(key).or_default();
            *entry = (entry.0 + 1, entry.1 + number(record, sum));
        }
    }
    counts
}

/// A report's answer.
#[track_caller]
fn report(bench: &Bench, words: &[&str]) -> Vec<BTreeMap<String, Value>> {
    let run = bench.run(&[words, &["--format", "json"]].concat()).exits(0);
    serde_json::from_str(&run.out).unwrap()
}

fn text(row: &BTreeMap<String, Value>, column: &str) -> String {
    row[column].as_str().unwrap_or_default().to_owned()
}

fn int(row: &BTreeMap<String, Value>, column: &str) -> i64 {
    row[column].as_i64().unwrap_or(0)
}

const ARCHIVES: [&str; 7] = ["mcp", "tui", "api-errors", "subagent", "tools-shell", "v55-full", "v100-simple"];

#[test]
fn startup_is_the_sum_of_the_phases() {
    let bench = Bench::with_sample(&ARCHIVES);
    let expected = counted(&records(&ARCHIVES), "codex.startup_phase", |r| Some(get(r, "startup.phase").to_owned()), "duration_ms");
    assert!(expected.len() >= 2, "{expected:?}");
    let rows = report(&bench, &["startup"]);
    let found: BTreeMap<String, (i64, i64)> =
        rows.iter().filter(|r| r["evidence"] == "log").map(|r| (text(r, "phase"), (int(r, "count"), int(r, "total_ns") / 1_000_000))).collect();
    assert_eq!(found, expected);
}

#[test]
fn approvals_are_the_decisions_and_the_calls_without_one() {
    let bench = Bench::with_sample(&ARCHIVES);
    let all = records(&ARCHIVES);
    let what = |r: &Record| Some(format!("{} {} {}", get(r, "tool_name"), get(r, "decision"), get(r, "source")).to_lowercase());
    let expected: BTreeMap<String, i64> = counted(&all, "codex.tool_decision", what, "").into_iter().map(|(k, (n, _))| (k, n)).collect();
    let rows = report(&bench, &["approvals", "--by", "tool,decision,decision_source"]);
    let row_of =
        |r: &BTreeMap<String, Value>| (format!("{} {} {}", text(r, "tool_name"), text(r, "decision"), text(r, "decision_source")), int(r, "calls"));
    let found: BTreeMap<String, i64> = rows.iter().filter(|r| !r["decision"].is_null()).map(row_of).collect();
    assert_eq!(found, expected);
    let calls = int(&bench.sql("SELECT COUNT(*) AS n FROM tool_calls")[0], "n");
    let undecided: i64 = rows.iter().map(|r| int(r, "undecided")).sum();
    assert_eq!(undecided, calls - expected.values().sum::<i64>());
    // a line a call
    assert_eq!(report(&bench, &["approvals", "--by", "conversation,call"]).iter().map(|r| int(r, "calls")).sum::<i64>(), calls);
    assert!(report(&bench, &["approvals"]).iter().all(|r| !r["approval_policy"].is_null() && !r["sandbox_policy"].is_null()));
}

#[test]
fn prompts_are_those_of_the_records() {
    let bench = Bench::with_sample(&ARCHIVES);
    let key = |r: &Record| Some(get(r, "conversation.id").to_owned());
    let expected = counted(&records(&ARCHIVES), "codex.user_prompt", key, "prompt_length");
    let mut found: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for row in report(&bench, &["prompts"]) {
        let entry = found.entry(text(&row, "conversation_id")).or_default();
        *entry = (entry.0 + 1, entry.1 + int(&row, "prompt_chars"));
        assert!(!row["kind"].is_null() && !row["turn_index"].is_null(), "{row:?}");
    }
    assert_eq!(found, expected);
}

#[test]
fn errors_are_the_requests_that_were_refused() {
    let archives = ["api-errors", "v55-full"];
    let bench = Bench::with_sample(&archives);
    let refused = |r: &Record| Some(get(r, "http.response.status_code").to_owned()).filter(|s| s.parse::<i64>().is_ok_and(|s| s >= 400));
    let expected = counted(&records(&archives), "codex.api_request", refused, "");
    assert!(expected.len() >= 3, "{expected:?}");
    let rows = report(&bench, &["errors", "--by", "http_status"]);
    let found: BTreeMap<String, (i64, i64)> =
        rows.iter().filter(|r| int(r, "http_status") >= 400).map(|r| (int(r, "http_status").to_string(), (int(r, "errors"), 0))).collect();
    assert_eq!(found, expected);
    // what the turns answered after an error recovered from it
    let answered = "SELECT COUNT(*) AS n FROM model_calls AS e JOIN (SELECT turn_id AS t, MAX(time) AS last FROM model_calls WHERE outcome = 'ok' GROUP BY t) AS o \
        ON e.turn_id = o.t WHERE outcome = 'error' AND last > time";
    let recovered: i64 = report(&bench, &["errors"]).iter().map(|r| int(r, "recovered")).sum();
    assert_eq!(recovered, int(&bench.sql(answered)[0], "n"));
    assert!(recovered > 0 && rows.iter().any(|r| int(r, "lost_ns") > 0));
}

#[test]
fn a_day_is_the_sum_of_what_the_other_reports_count() {
    let bench = Bench::with_sample(&ARCHIVES);
    let days = report(&bench, &["daily"]);
    let sum = |column: &str| days.iter().map(|r| int(r, column)).sum::<i64>();
    for (column, statement) in [
        ("conversations", "SELECT COUNT(*) AS n FROM conversations WHERE kind = 'main'"),
        ("other_conversations", "SELECT COUNT(*) AS n FROM conversations WHERE kind <> 'main'"),
        ("turns", "SELECT COUNT(*) AS n FROM turns"),
        ("turn_ns", "SELECT SUM(duration_ns) AS n FROM turns"),
        ("prompts", "SELECT COUNT(*) AS n FROM prompts"),
        ("model_calls", "SELECT COUNT(*) AS n FROM model_calls"),
        ("errors", "SELECT COUNT(*) AS n FROM model_calls WHERE outcome = 'error'"),
        ("total_tokens", "SELECT SUM(total_tokens) AS n FROM model_calls"),
        ("cost_nanousd", "SELECT SUM(cost_nanousd) AS n FROM conversations"),
        ("tool_calls", "SELECT COUNT(*) AS n FROM tool_calls"),
        ("tool_failures", "SELECT COUNT(*) AS n FROM tool_calls WHERE outcome = 'failed'"),
        ("mcp_calls", "SELECT COUNT(*) AS n FROM tool_calls WHERE mcp_server IS NOT NULL"),
    ] {
        let expected = int(&bench.sql(statement)[0], "n");
        assert!(expected > 0 || column == "other_conversations", "{column}");
        assert_eq!(sum(column), expected, "{column}");
    }
}

#[test]
fn latency_sums_to_the_turns_and_its_shares_to_one() {
    let bench = Bench::with_sample(&ARCHIVES);
    let turns = int(&bench.sql("SELECT SUM(duration_ns) AS n FROM turns")[0], "n");
    for words in
        [vec!["latency"], vec!["latency", "--by", "name"], vec!["latency", "--by", "tool,mcp_server"], vec!["latency", "--by", "name", "--top", "3"]]
    {
        let rows = report(&bench, &words);
        assert_eq!(rows.iter().map(|r| int(r, "attributed_ns")).sum::<i64>(), turns, "{words:?}");
        let share: f64 = rows.iter().filter_map(|r| r["share"].as_f64()).sum();
        assert!((share - 1.0).abs() < 1e-9, "{words:?}: {share}");
    }
}

#[test]
fn the_greatest_and_the_rest_are_all() {
    let bench = Bench::with_sample(&ARCHIVES);
    let all = report(&bench, &["tools", "--by", "tool"]);
    let top = report(&bench, &["tools", "--by", "tool", "--top", "3"]);
    assert_eq!(top.len(), 4);
    assert_eq!(top[3]["tool_name"], "(other)");
    assert!(top.windows(2).take(2).all(|p| int(&p[0], "calls") >= int(&p[1], "calls")));
    let sum = |rows: &[BTreeMap<String, Value>], column: &str| rows.iter().map(|r| int(r, column)).sum::<i64>();
    assert_eq!(
        (sum(&all, "calls"), sum(&all, "failed"), sum(&all, "timed_calls")),
        (sum(&top, "calls"), sum(&top, "failed"), sum(&top, "timed_calls"))
    );
    // a quantile of the rest is one of its calls, not of its tools' quantiles
    let kept: Vec<String> = top[..3].iter().map(|r| format!("'{}'", text(r, "tool_name"))).collect();
    let exact = bench.sql(&format!(
        "SELECT ROUND(QUANTILE_CONT(duration_ns, 0.95) / 1000000.0, 6) AS q FROM tool_calls WHERE outcome IN ('ok', 'failed', 'unknown') AND tool_name NOT IN ({})",
        kept.join(", ")
    ));
    assert_eq!(top[3]["p95_ms"], exact[0]["q"]);
    let run = bench.run(&["turns", "--top", "3"]).exits(2);
    assert!(run.err.contains("--top"), "{}", run.err);
}

#[test]
fn all_reports_go_into_a_folder_in_the_formats_asked_for() {
    let bench = Bench::with_sample(&["mcp"]);
    let own = "-- title: Own\n-- answers: how many spans\n-- columns:\n--   n int64 how many\nSELECT COUNT(*) AS n FROM spans ORDER BY n\n";
    let _ = bench.write("ours/own.sql", own);
    let run = bench
        .run(&["reports", "--output-dir", "out", "--format", "csv,markdown", "--format", "parquet", "--queries", "ours", "--user", "nobody"])
        .exits(0);
    assert!(run.out.is_empty() && run.err.contains("own is left out: --user cannot apply"), "{}", run.err);
    let names: Vec<String> = std::fs::read_dir(bench.path("out")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    let mut listed = report(&bench, &["reports"]);
    listed.retain(|r| !run.err.contains(&format!("{} is left out", text(r, "report"))));
    assert!(listed.len() > 10);
    for row in &listed {
        for extension in ["csv", "md", "parquet"] {
            assert!(names.contains(&format!("{}.{extension}", text(row, "report"))), "{row:?} {extension}");
        }
    }
    assert_eq!(names.len(), listed.len() * 3);
    let _ = bench.run(&["reports", "--output-dir", "all", "--queries", "ours"]).exits(0);
    assert_eq!(std::fs::read(bench.path("all/tools.csv")).unwrap(), bench.run(&["tools", "--format", "csv"]).exits(0).bytes);
    assert!(bench.path("all/own.parquet").exists());
    let run = bench.run(&["reports", "--format", "csv,json"]).exits(2);
    assert!(run.err.contains("--output-dir"), "{}", run.err);
}

#[test]
fn a_report_must_not_be_called_like_a_command() {
    let bench = Bench::new();
    let _ = bench.write("ours/show.sql", "-- title: T\n-- answers: a\n-- columns:\n--   n int64 n\nSELECT 1 AS n ORDER BY n\n");
    let run = bench.run(&["show", "x", "--queries", "ours"]).exits(2);
    assert!(run.err.contains("show.sql: a command has that name"), "{}", run.err);
}

#[test]
fn a_run_is_shown_to_its_reader_and_as_rows() {
    let bench = Bench::with_sample(&["subagent"]);
    let parent = text(&bench.sql("SELECT parent_conversation_id AS p FROM conversations WHERE kind = 'subagent'")[0], "p");
    let shown = bench.run(&["show", &parent]).exits(0).out;
    for what in [parent.as_str(), "TURN      1  completed", "prompt    \"", "spawn_agent", "subagent", "exec_command  failed  exit 5"] {
        assert!(shown.contains(what), "{what} is not in\n{shown}");
    }
    let rows: Vec<BTreeMap<String, Value>> = serde_json::from_str(&bench.run(&["show", &parent, "--format", "json"]).exits(0).out).unwrap();
    let count = |kind: &str| rows.iter().filter(|r| r["kind"] == kind).count() as i64;
    for (kind, table) in [("turn", "turns"), ("model_call", "model_calls"), ("tool_call", "tool_calls"), ("prompt", "prompts")] {
        let both = format!(
            "SELECT COUNT(*) AS n FROM {table} JOIN conversations AS c ON {table}.conversation_id = c.conversation_id WHERE c.conversation_id = '{parent}' OR parent_conversation_id = '{parent}'"
        );
        assert_eq!(count(kind), int(&bench.sql(&both)[0], "n"), "{kind}");
    }
    let _ = bench.run(&["show", &parent[..parent.len() - 2], "-o", "run.txt"]).exits(0);
    assert!(std::fs::read_to_string(bench.path("run.txt")).unwrap() == shown);
    let run = bench.run(&["show", ""]).exits(2);
    assert!(run.err.contains("conversations begin with") && run.err.contains(&parent), "{}", run.err);
    let run = bench.run(&["show", "nothing"]).exits(2);
    assert!(run.err.contains("no conversation begins with \"nothing\"") && run.err.contains(&parent), "{}", run.err);
}

#[test]
fn a_filter_that_nothing_can_pass_is_not_an_answer_of_nothing() {
    let bench = Bench::with_sample(&["mcp"]);
    let run = bench.run(&["tools", "--agent", "codx", "--format", "csv"]).exits(0);
    assert!(run.err.contains("--agent \"codx\": nothing in the lake has that; there is codex"), "{}", run.err);
    let run = bench.run(&["tools", "--agent", "codex", "--since", "2030-01-01"]).exits(0);
    assert!(!run.err.contains("nothing in the lake"), "{}", run.err);
}
