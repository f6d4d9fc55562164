//! A small lake for tests, written as the real one is: rows given as JSON objects, through a transaction.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, ListBuilder};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use serde_json::{Value, json};
use tracemill_model::date::{day_name, day_of};
use tracemill_model::lake::{BuiltWith, Lake, Transaction};
use tracemill_model::tables::{CONVERSATIONS, EVENTS, Kind, LATENCY, METRICS, MODEL_CALLS, PROMPTS, STARTUP_PHASES, TOOL_CALLS, TURNS, Table};

/// A lake in a folder of its own, removed when dropped.
pub(crate) struct TestLake {
    pub(crate) lake: Lake,
    root: PathBuf,
}

impl Drop for TestLake {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.root);
    }
}

/// A lake without a part.
pub(crate) fn empty(name: &str) -> TestLake {
    let root = std::env::temp_dir().join(format!("tracemill-query-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&root);
    TestLake { lake: Lake::create(&root.join("lake")).unwrap(), root }
}

/// Two conversations on two days: one of Ann's with two models (one unpriced) and an MCP server, one of Bob's.
pub(crate) fn small(name: &str) -> TestLake {
    let test = empty(name);
    let conversation = |id: &str, day: &str, user: &str, mcp: &str| {
        json!({"conversation_id": id, "kind": "main", "agent": "codex", "agent_version": "0.169.0", "user_id": user, "environment": "dev",
            "originator": "codex_exec", "start_time": format!("{day}T10:00:00Z"), "end_time": format!("{day}T10:10:00Z"), "wall_ns": 600_000_000_000_i64,
            "turns": 1, "model_calls": 2, "mcp_servers": mcp, "team": (user == "ann").then_some("platform"), "labels": (user == "ann").then_some(r#"{"squad":"red"}"#),
            "approval_policy": "on-request", "sandbox_policy": "read-only", "cost_nanousd": 1_500_000, "unpriced_calls": 0, "evidence": "log"})
    };
    test.add(&CONVERSATIONS, &[conversation("c1", "2026-11-21", "ann", "demo, spare"), conversation("c2", "2026-11-22", "bob", "")]);
    test.add(&TURNS, &[
        json!({"turn_id": "t1", "conversation_id": "c1", "turn_index": 1, "agent": "codex", "start_time": "2026-11-21T10:00:00Z", "end_time": "2026-11-21T10:10:00Z",
            "duration_ns": 600_000_000_000_i64, "model": "gpt-a", "outcome": "completed", "cost_nanousd": 1_500_000, "unpriced_calls": 1, "trace_id": "aa", "span_id": "a1"}),
        json!({"turn_id": "t2", "conversation_id": "c2", "turn_index": 1, "agent": "codex", "start_time": "2026-11-22T10:00:00Z", "model": "gpt-a", "outcome": "completed"}),
    ]);
    let call = |id: &str, time: &str, model: &str, input: Option<i64>, cost: Option<i64>, outcome: &str| {
        let failed = outcome == "error";
        json!({"record_id": format!("{id}-{time}"), "conversation_id": id, "turn_id": id.replace('c', "t"), "time": time, "agent": "codex", "model": model, "outcome": outcome,
            "input_tokens": input, "cached_input_tokens": input.map(|n| n / 2), "output_tokens": input.map(|n| n / 10), "total_tokens": input.map(|n| n + n / 10),
            "list_cost_nanousd": cost, "cost_nanousd": cost, "price_id": cost.map(|_| "openai/gpt-a@2026-01-01"), "evidence": "log",
            "error_type": failed.then_some("rate_limited"), "http_status": failed.then_some(429), "error": failed.then_some("slow down"),
            "lost_ns": failed.then_some(750_000_000), "duration_ns": 800_000_000, "ttft_ns": if failed { None } else { Some(200_000_000) }})
    };
    test.add(
        &MODEL_CALLS,
        &[
            call("c1", "2026-11-21T10:00:01.000000001Z", "gpt-a", Some(1000), Some(1_000_000), "ok"),
            call("c1", "2026-11-21T10:00:02Z", "gpt-a", None, None, "error"),
            call("c1", "2026-11-21T10:00:03Z", "gpt-new", Some(500), None, "ok"),
            call("c2", "2026-11-22T23:30:00Z", "gpt-a", Some(200), Some(500_000), "ok"),
        ],
    );
    let tool = |id: &str, n: i64, tool: &str, server: Option<&str>, outcome: &str, arguments: &str| {
        json!({"call_id": format!("call-{n}"), "conversation_id": id, "turn_id": id.replace('c', "t"), "time": format!("2026-11-2{}T10:00:0{n}Z", &id[1..]), "agent": "codex", "model": "gpt-a",
            "tool_name": tool, "tool_kind": if server.is_some() { "mcp" } else { "builtin" }, "mcp_server": server, "outcome": outcome, "reported_success": outcome != "denied",
            "exit_code": if outcome == "failed" { Some(2) } else { None }, "error_type": if outcome == "failed" { Some("exit_code") } else { None },
            "duration_ns": n * 1_000_000, "arguments": arguments, "evidence": "log", "decision": if outcome == "denied" { None } else { Some("approved") },
            "decision_source": match outcome { "denied" => None, "failed" => Some("user"), _ => Some("config") },
            "wait_ns": if outcome == "failed" { Some(n * 500_000_000) } else { None }})
    };
    test.add(
        &TOOL_CALLS,
        &[
            tool("c1", 1, "exec_command", None, "ok", r#"{"cmd":"true"}"#),
            tool("c1", 2, "exec_command", None, "failed", r#"{"cmd":"ls /nowhere\nsecond line"}"#),
            tool("c1", 3, "exec_command", None, "denied", "{}"),
            tool("c1", 4, "echo", Some("demo"), "ok", r#"{"text":"hi"}"#),
            tool("c2", 1, "exec_command", None, "ok", "{}"),
            tool("c2", 2, "shell", None, "failed", r#"{"command":["bash","-lc","exit 9"]}"#),
        ],
    );
    test.add(&PROMPTS, &[
        json!({"record_id": "p1", "time": "2026-11-21T10:00:00.5Z", "conversation_id": "c1", "turn_id": "t1", "agent": "codex", "model": "gpt-a",
            "prompt": "mend it\nand test it", "prompt_chars": 19, "redacted": false}),
        json!({"record_id": "p2", "time": "2026-11-22T10:00:00Z", "conversation_id": "c2", "turn_id": "t2", "agent": "codex", "prompt_chars": 9, "redacted": true}),
    ]);
    let phase = |id: &str, name: &str, ms: i64| {
        json!({"record_id": format!("{id}-{name}"), "time": format!("2026-11-2{}T10:00:00Z", &id[1..]), "conversation_id": id, "agent": "codex", "name": name,
            "status": "ready", "duration_ns": ms * 1_000_000})
    };
    test.add(&STARTUP_PHASES, &[phase("c1", "create", 51), phase("c1", "total", 54), phase("c2", "total", 40)]);
    test.add(&LATENCY, &latency());
    test.add(&EVENTS, &[json!({"record_id": "e1", "time": "2026-11-21T10:00:00Z", "event_name": "codex.user_prompt", "attributes": r#"{"event.name":"codex.user_prompt","n":1}"#})]);
    test.add(&METRICS, &[
        json!({"record_id": "m1", "time": "2026-11-21T10:00:00Z", "metric": "h", "bounds": [1.0, 2.5], "bucket_counts": [1, 2, 3], "sum": 9.5, "count": 6}),
        json!({"record_id": "m2", "metric": "timeless", "value": 1.0}),
    ]);
    test
}

/// Turn `t1` of 600 s with a turn span, `t2` of 100 s without one, and a start of 6 s.
fn latency() -> Vec<Value> {
    let row = |turn: Option<&str>, span: Option<&str>, category: &str, name: &str, seconds: [i64; 2]| {
        let id = turn.unwrap_or("t1").replace('t', "c");
        let [attributed, critical] = seconds.map(|s| turn.map(|_| s * 1_000_000_000));
        json!({"trace_id": "aa", "span_id": span, "conversation_id": id, "turn_id": turn, "start_time": format!("2026-11-2{}T10:00:00Z", &id[1..]),
            "category": category, "name": name, "duration_ns": seconds[0] * 1_000_000_000, "self_ns": seconds[0] * 1_000_000_000, "attributed_ns": attributed,
            "critical_ns": critical, "estimated": span.is_none(), "agent": "codex", "model": "gpt-a", "tool_name": if category == "tool" { Some("exec_command") } else { None },
            "phase": if category == "startup" { Some(name) } else { None }, "listed": span.is_some() && name != "new_span"})
    };
    vec![
        row(Some("t1"), Some("a1"), "session", "turn", [100, 100]),
        row(Some("t1"), Some("a2"), "model", "stream", [200, 250]),
        row(Some("t1"), Some("a3"), "model", "stream", [100, 100]),
        row(Some("t1"), Some("a4"), "tool", "exec", [120, 100]),
        row(Some("t1"), None, "approval", "approval of exec_command", [50, 50]),
        row(Some("t1"), Some("a5"), "internal", "new_span", [30, 0]),
        row(Some("t2"), None, "model", "codex.sse_event", [40, 40]),
        row(Some("t2"), None, "unobserved", "", [60, 60]),
        row(None, Some("a8"), "startup", "mcp", [5, 0]),
        row(None, Some("a9"), "startup", "mcp", [1, 0]),
    ]
}

impl TestLake {
    /// Adds rows to the day of each, in one commit that also says what the tables were built with.
    pub(crate) fn add(&self, table: &'static Table, rows: &[Value]) {
        let lock = self.lake.lock().unwrap();
        let mut tx = Transaction::begin(&self.lake, &lock).unwrap();
        let time_of = |row: &Value| ns(&row[table.sort[0]]).or_else(|| ns(&row["time"]));
        let mut days: Vec<i32> = rows.iter().map(|r| day_of(time_of(r))).collect();
        days.sort_unstable();
        days.dedup();
        for day in days {
            let of_day: Vec<&Value> = rows.iter().filter(|r| day_of(time_of(r)) == day).collect();
            let columns = table.columns.iter().map(|c| array(c.kind, of_day.iter().map(|r| &r[c.name]).collect())).collect();
            let batch = RecordBatch::try_new(table.schema(), columns).unwrap();
            let (file, path) = tx.new_part(table, &day_name(day));
            let count = tracemill_model::part::write(table, &path, &[batch]).unwrap();
            tx.add(table, &day_name(day), file, count).unwrap();
        }
        tx.built_with(BuiltWith { raw_commit: 0, release: "0".into(), dialects: "0".into(), prices: "test-prices 2026-11-01".into() });
        assert!(tx.commit().unwrap());
    }
}

fn ns(value: &Value) -> Option<i64> {
    Some(value.as_str()?.parse::<jiff::Timestamp>().unwrap().as_nanosecond() as i64)
}

fn array(kind: Kind, cells: Vec<&Value>) -> ArrayRef {
    match kind {
        Kind::Text | Kind::Json => Arc::new(cells.iter().map(|v| v.as_str()).collect::<StringArray>()),
        Kind::Int => Arc::new(cells.iter().map(|v| v.as_i64()).collect::<Int64Array>()),
        Kind::Float => Arc::new(cells.iter().map(|v| v.as_f64()).collect::<Float64Array>()),
        Kind::Bool => Arc::new(cells.iter().map(|v| v.as_bool()).collect::<BooleanArray>()),
        Kind::Time => Arc::new(cells.iter().map(|v| ns(v)).collect::<TimestampNanosecondArray>().with_timezone("UTC")),
        Kind::Ints => {
            let mut list = ListBuilder::new(Int64Builder::new()).with_field(element(Kind::Ints));
            cells.iter().for_each(|v| list.append_option(v.as_array().map(|a| a.iter().map(Value::as_i64).collect::<Vec<_>>())));
            Arc::new(list.finish())
        }
        Kind::Floats => {
            let mut list = ListBuilder::new(Float64Builder::new()).with_field(element(Kind::Floats));
            cells.iter().for_each(|v| list.append_option(v.as_array().map(|a| a.iter().map(Value::as_f64).collect::<Vec<_>>())));
            Arc::new(list.finish())
        }
    }
}

fn element(kind: Kind) -> arrow_schema::FieldRef {
    let item = if kind == Kind::Ints { arrow_schema::DataType::Int64 } else { arrow_schema::DataType::Float64 };
    Arc::new(arrow_schema::Field::new("element", item, true))
}
