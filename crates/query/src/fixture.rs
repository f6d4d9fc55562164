//! A small lake for tests, written as the real one is: rows given as JSON objects, through a transaction.

use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, Int64Builder, ListBuilder};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use serde_json::{Value, json};
use tracemill_model::date::{day_name, day_of};
use tracemill_model::lake::{BuiltWith, Lake, Transaction};
use tracemill_model::tables::{CONVERSATIONS, EVENTS, Kind, METRICS, MODEL_CALLS, TOOL_CALLS, TURNS, Table};

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
            "turns": 1, "model_calls": 2, "mcp_servers": mcp, "cost_nanousd": 1_500_000, "unpriced_calls": 0, "evidence": "log"})
    };
    test.add(&CONVERSATIONS, &[conversation("c1", "2026-11-21", "ann", "demo, spare"), conversation("c2", "2026-11-22", "bob", "")]);
    test.add(&TURNS, &[
        json!({"turn_id": "t1", "conversation_id": "c1", "turn_index": 1, "agent": "codex", "start_time": "2026-11-21T10:00:00Z", "end_time": "2026-11-21T10:10:00Z",
            "duration_ns": 600_000_000_000_i64, "model": "gpt-a", "outcome": "completed", "cost_nanousd": 1_500_000, "unpriced_calls": 1}),
        json!({"turn_id": "t2", "conversation_id": "c2", "turn_index": 1, "agent": "codex", "start_time": "2026-11-22T10:00:00Z", "model": "gpt-a", "outcome": "completed"}),
    ]);
    let call = |id: &str, time: &str, model: &str, input: Option<i64>, cost: Option<i64>, outcome: &str| {
        json!({"record_id": format!("{id}-{time}"), "conversation_id": id, "turn_id": id.replace('c', "t"), "time": time, "agent": "codex", "model": model, "outcome": outcome,
            "input_tokens": input, "cached_input_tokens": input.map(|n| n / 2), "output_tokens": input.map(|n| n / 10), "total_tokens": input.map(|n| n + n / 10),
            "list_cost_nanousd": cost, "cost_nanousd": cost, "price_id": cost.map(|_| "openai/gpt-a@2026-01-01"), "evidence": "log"})
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
            "duration_ns": n * 1_000_000, "arguments": arguments, "evidence": "log"})
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
    test.add(&EVENTS, &[json!({"record_id": "e1", "time": "2026-11-21T10:00:00Z", "event_name": "codex.user_prompt", "attributes": r#"{"event.name":"codex.user_prompt","n":1}"#})]);
    test.add(&METRICS, &[
        json!({"record_id": "m1", "time": "2026-11-21T10:00:00Z", "metric": "h", "bounds": [1.0, 2.5], "bucket_counts": [1, 2, 3], "sum": 9.5, "count": 6}),
        json!({"record_id": "m2", "metric": "timeless", "value": 1.0}),
    ]);
    test
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
