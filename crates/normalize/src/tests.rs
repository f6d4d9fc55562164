//! A small archive in a lake of its own: raw records written inline, all tables built, rows read back as JSON. The modules'
//! tests go through it, so that they say what a reader of the tables gets.

use std::sync::atomic::{AtomicU32, Ordering};

use arrow_array::builder::{ArrayBuilder, Float64Builder, Int64Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampNanosecondType};
use arrow_array::{Array, ArrayRef};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};
use tracemill_model::lake::Transaction;
use tracemill_model::tables::{EVENTS, METRICS, SEMANTIC, SPANS};
use tracemill_model::{Kind, Lake, Table, part};

use super::*;
use crate::attribution::Attribution;
use crate::dialect::Dialects;
use crate::evidence::Gatherer;
use crate::rows::Cell;

/// Midnight UTC of 2026-11-22: times of the records are milliseconds after it.
pub(crate) const MIDNIGHT_NS: i64 = 1_795_305_600_000_000_000;

/// Nanoseconds of a millisecond of the test's day.
pub(crate) fn at(ms: i64) -> i64 {
    MIDNIGHT_NS + ms * 1_000_000
}

/// Raw records as JSON objects of their columns; columns left out are null.
#[derive(Default)]
pub(crate) struct Archive {
    rows: Vec<(&'static Table, Value)>,
    prices: Option<String>,
    dialect: Option<String>,
}

/// The tables built from it.
pub(crate) struct Built {
    lake: Lake,
    pub(crate) summary: Summary,
}

impl Archive {
    fn add(&mut self, table: &'static Table, mut row: Value) -> &mut Self {
        let n = self.rows.len() + 1;
        row["record_id"] = json!(format!("{n:032x}"));
        self.rows.push((table, row));
        self
    }

    /// A log record of conversation `c` without a span; `attributes` as the agent writes them.
    pub(crate) fn log(&mut self, ms: i64, name: &str, attributes: Value) -> &mut Self {
        self.log_in(ms, name, "", attributes)
    }

    /// A log record emitted in a trace (one or two hex digits).
    pub(crate) fn log_in(&mut self, ms: i64, name: &str, trace: &str, attributes: Value) -> &mut Self {
        self.event(ms, name, trace, "log", attributes)
    }

    /// The copy of a log record on a span.
    pub(crate) fn span_event(&mut self, ms: i64, name: &str, trace: &str, attributes: Value) -> &mut Self {
        self.event(ms, name, trace, "span_event", attributes)
    }

    fn event(&mut self, ms: i64, name: &str, trace: &str, origin: &str, attributes: Value) -> &mut Self {
        let mut all = json!({"conversation.id": "c", "model": "gpt-5.5", "slug": "gpt-5.5", "event.name": name});
        merge(&mut all, attributes);
        let trace = if trace.is_empty() { Value::Null } else { json!(format!("{trace:0>32}")) };
        let resource = json!({"env": "test", "host.name": "vm", "service.name": "codex_exec"}).to_string();
        self.add(
            &EVENTS,
            json!({"time": at(ms), "observed_time": at(ms), "origin": origin, "event_name": name, "trace_id": trace,
            "service_name": "codex_exec", "attributes": all.to_string(), "resource": resource}),
        )
    }

    /// A span: trace, span and parent as short hex digits, an empty parent for a root.
    pub(crate) fn span(&mut self, ms: (i64, i64), name: &str, ids: [&str; 3], attributes: Value) -> &mut Self {
        let [trace, span, parent] = ids;
        let parent = if parent.is_empty() { Value::Null } else { json!(format!("{parent:0>16}")) };
        self.add(
            &SPANS,
            json!({"start_time": at(ms.0), "end_time": at(ms.1), "name": name, "trace_id": format!("{trace:0>32}"),
            "span_id": format!("{span:0>16}"), "parent_span_id": parent, "service_name": "codex_exec", "attributes": attributes.to_string()}),
        )
    }

    /// A span of another program than Codex.
    pub(crate) fn span_of(&mut self, service: &str, ms: (i64, i64), name: &str, ids: [&str; 3], attributes: Value) -> &mut Self {
        self.span(ms, name, ids, attributes);
        self.last()["service_name"] = json!(service);
        self
    }

    /// A log record of another program than Codex, with these attributes alone.
    pub(crate) fn log_of(&mut self, service: &str, ms: i64, name: &str, attributes: Value) -> &mut Self {
        let resource = json!({"service.name": service}).to_string();
        self.add(
            &EVENTS,
            json!({"time": at(ms), "observed_time": at(ms), "origin": "log", "event_name": name, "service_name": service,
            "attributes": attributes.to_string(), "resource": resource}),
        )
    }

    /// The columns of the last record.
    pub(crate) fn last(&mut self) -> &mut Value {
        &mut self.rows.last_mut().unwrap().1
    }

    /// A data point; `point` adds to and overrides what every point has.
    pub(crate) fn metric(&mut self, ms: i64, name: &str, labels: Value, point: Value) -> &mut Self {
        let mut row = json!({"time": at(ms), "start_time": at(0), "metric": name, "type": "sum", "temporality": "delta", "monotonic": true,
            "attributes": labels.to_string(), "service_name": "codex_exec"});
        merge(&mut row, point);
        self.add(&METRICS, row)
    }

    /// Prices of the user's own.
    pub(crate) fn prices(&mut self, toml: &str) -> &mut Self {
        self.prices = Some(toml.to_owned());
        self
    }

    /// A team's own dialect.
    pub(crate) fn dialect(&mut self, toml: &str) -> &mut Self {
        self.dialect = Some(toml.to_owned());
        self
    }

    /// Writes the raw parts, `split` of them a table, and builds.
    pub(crate) fn build_split(&self, split: usize, backwards: bool) -> Built {
        static LAKES: AtomicU32 = AtomicU32::new(0);
        let n = LAKES.fetch_add(1, Ordering::Relaxed);
        let root = std::env::temp_dir().join(format!("tracemill-normalize-{}-{n}", std::process::id()));
        let lake = Lake::create(&root).unwrap();
        let lock = lake.lock().unwrap();
        let mut transaction = Transaction::begin(&lake, &lock).unwrap();
        for table in tracemill_model::tables::RAW {
            let mut rows: Vec<Value> = self.rows.iter().filter(|(t, _)| t.name == table.name).map(|(_, row)| row.clone()).collect();
            if backwards {
                rows.reverse();
            }
            for rows in rows.chunks(rows.len().div_ceil(split).max(1)) {
                let (file, path) = transaction.new_part(table, "2026-11-22");
                let columns = table.columns.iter().map(|c| raw_column(rows, c.name, c.kind)).collect();
                let batch = arrow_array::RecordBatch::try_new(table.schema(), columns).unwrap();
                let rows = part::write(table, &path, &[batch]).unwrap();
                transaction.add(table, "2026-11-22", file, rows).unwrap();
            }
        }
        transaction.commit().unwrap();
        let prices = self.prices.as_ref().map(|text| {
            let path = root.join("_tracemill").join("given.toml");
            std::fs::write(&path, text).unwrap();
            path
        });
        let dialects = self.dialect.as_ref().map(|text| {
            let path = root.join("_tracemill").join("given-dialect.toml");
            std::fs::write(&path, text).unwrap();
            path
        });
        let options = Options { prices, dialects, ..Options::default() };
        let summary = build(&lake, &lock, &options).unwrap();
        Built { lake, summary }
    }

    pub(crate) fn build(&self) -> Built {
        self.build_split(1, false)
    }
}

impl Built {
    /// The rows of a table in the order of its parts; columns that are null are left out.
    pub(crate) fn rows(&self, table: &'static Table) -> Vec<Value> {
        let snapshot = self.lake.snapshot().unwrap();
        let mut rows = Vec::new();
        for part in snapshot.parts(table.name) {
            let file = std::fs::File::open(&part.path).unwrap();
            for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
                let batch = batch.unwrap();
                for row in 0..batch.num_rows() {
                    let cells = table.columns.iter().zip(batch.columns()).filter(|(_, a)| a.is_valid(row));
                    rows.push(Value::Object(cells.map(|(c, a)| (c.name.to_owned(), cell(a, c.kind, row))).collect()));
                }
            }
        }
        rows
    }

    /// Some columns of a table's rows.
    pub(crate) fn pick(&self, table: &'static Table, columns: &[&str]) -> Vec<Value> {
        self.rows(table).iter().map(|row| columns.iter().map(|c| row.get(*c).cloned().unwrap_or_default()).collect()).collect()
    }
}

impl Drop for Built {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.lake.root());
    }
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

fn raw_column(rows: &[Value], name: &str, kind: Kind) -> ArrayRef {
    let get = |row: &'_ Value| row.get(name).cloned().unwrap_or_default();
    match kind {
        Kind::Text | Kind::Json => std::sync::Arc::new(rows.iter().map(|r| get(r).as_str().map(str::to_owned)).collect::<arrow_array::StringArray>()),
        Kind::Int => std::sync::Arc::new(rows.iter().map(|r| get(r).as_i64()).collect::<arrow_array::Int64Array>()),
        Kind::Float => std::sync::Arc::new(rows.iter().map(|r| get(r).as_f64()).collect::<arrow_array::Float64Array>()),
        Kind::Bool => std::sync::Arc::new(rows.iter().map(|r| get(r).as_bool()).collect::<arrow_array::BooleanArray>()),
        Kind::Time => {
            let times: arrow_array::TimestampNanosecondArray = rows.iter().map(|r| get(r).as_i64()).collect();
            std::sync::Arc::new(times.with_timezone("UTC"))
        }
        Kind::Ints => {
            raw_lists(Int64Builder::new(), kind, rows.iter().map(|r| Some(get(r).as_array()?.iter().map(Value::as_i64).collect::<Vec<_>>())))
        }
        Kind::Floats => {
            raw_lists(Float64Builder::new(), kind, rows.iter().map(|r| Some(get(r).as_array()?.iter().map(Value::as_f64).collect::<Vec<_>>())))
        }
    }
}

fn raw_lists<B, I>(numbers: B, kind: Kind, rows: impl Iterator<Item = Option<I>>) -> ArrayRef
where
    ListBuilder<B>: Extend<Option<I>>,
    B: ArrayBuilder,
{
    // the field as the lake has it
    let (field, ..) = arrow_array::new_null_array(&kind.data_type(), 0).as_list::<i32>().clone().into_parts();
    let mut lists = ListBuilder::new(numbers).with_field(field);
    lists.extend(rows);
    std::sync::Arc::new(lists.finish())
}

fn cell(array: &ArrayRef, kind: Kind, row: usize) -> Value {
    match kind {
        Kind::Int => json!(array.as_primitive::<Int64Type>().value(row)),
        Kind::Float => json!(array.as_primitive::<Float64Type>().value(row)),
        Kind::Bool => json!(array.as_boolean().value(row)),
        Kind::Time => json!((array.as_primitive::<TimestampNanosecondType>().value(row) - MIDNIGHT_NS) / 1_000_000),
        _ => json!(array.as_string::<i32>().value(row)),
    }
}

/// A conversation with a bit of everything.
fn everything() -> Archive {
    let mut a = Archive::default();
    a.log_in(0, "codex.conversation_starts", "1", json!({"provider_name": "mock", "mcp_servers": "web, demo", "approval_policy": "never"}))
        .log_in(10, "codex.user_prompt", "2", json!({"prompt": "Hi", "prompt_length": "2"}))
        .log_in(20, "codex.api_request", "2", json!({"http.response.status_code": 200, "attempt": 0, "duration_ms": "5"}))
        .log(
            30,
            "codex.sse_event",
            json!({"event.kind": "response.completed", "input_token_count": "1200", "output_token_count": "20",
            "cached_token_count": 1000, "reasoning_token_count": 3, "tool_token_count": "1220", "ttft_ms": 4}),
        )
        .log_in(
            40,
            "codex.tool_result",
            "2",
            json!({"call_id": "t1", "tool_name": "exec_command", "tool_namespace": "functions",
            "success": "true", "output": "Process exited with code 3\nOutput:\nno\n", "duration_ms": "8", "arguments": "{}"}),
        )
        .span(
            (9, 50),
            "session_task.turn",
            ["2", "a", ""],
            json!({"thread.id": [4, "c"], "turn.id": "turn-1", "codex.turn.token_usage.input_tokens": 1200}),
        )
        .span((31, 41), "exec_command", ["2", "b", "a"], json!({"call_id": "t1", "tool_name": "exec_command", "aborted": false}))
        .metric(60, "codex.tool.call", json!({"tool": "exec_command"}), json!({"value": 1.0, "value_int": 1}))
        .metric(
            70,
            "codex.tool.call.duration_ms",
            json!({"tool": "exec_command"}),
            json!({"type": "histogram", "temporality": "cumulative", "count": 3, "sum": 9.0, "bounds": [2.0, 5.0], "bucket_counts": [1, 0, 2]}),
        )
        .metric(
            80,
            "codex.tool.call.duration_ms",
            json!({"tool": "exec_command"}),
            json!({"type": "histogram", "temporality": "cumulative", "count": 5, "sum": 16.0, "bounds": [2.0, 5.0], "bucket_counts": [1, 2, 2]}),
        );
    a
}

#[test]
fn the_order_and_split_of_records_do_not_matter() {
    let archive = everything();
    let reference = archive.build();
    for (split, backwards) in [(1, true), (2, false), (5, true)] {
        let other = archive.build_split(split, backwards);
        for table in SEMANTIC {
            assert_eq!(other.rows(table), reference.rows(table), "{} in {split} parts", table.name);
        }
    }
}

#[test]
fn a_build_replaces_the_tables_and_knows_when_it_is_current() {
    let built = everything().build();
    let (lake, options) = (&built.lake, Options::default());
    assert!(is_current(lake, &options).unwrap());
    let before: Vec<_> = SEMANTIC.iter().map(|t| built.rows(t)).collect();
    build(lake, &lake.lock().unwrap(), &options).unwrap();
    assert_eq!(SEMANTIC.iter().map(|t| built.rows(t)).collect::<Vec<_>>(), before);
    assert_eq!((built.summary.conversations, built.summary.model_calls, built.summary.metric_deltas), (1, 1, 3));
}

#[test]
fn with_nothing_new_no_raw_part_is_opened() {
    let built = everything().build();
    let (lake, options) = (&built.lake, Options::default());
    let before: Vec<_> = SEMANTIC.iter().map(|t| built.rows(t)).collect();
    for table in tracemill_model::tables::RAW {
        let _ = std::fs::remove_dir_all(lake.root().join(table.name));
    }
    assert!(is_current(lake, &options).unwrap());
    let summary = update(lake, &lake.lock().unwrap(), &options).unwrap();
    assert_eq!((summary.rebuilt, summary.changed_days.len()), (Rebuilt::Days { new: Vec::new(), with: Vec::new() }, 0));
    assert_eq!((summary.conversations, summary.model_calls, summary.metric_deltas), (1, 1, 3));
    assert_eq!(SEMANTIC.iter().map(|t| built.rows(t)).collect::<Vec<_>>(), before);
}

#[test]
fn what_cannot_be_told_makes_it_a_build_of_everything() {
    let built = everything().build();
    let (lake, options) = (&built.lake, Options::default());
    let rebuilt = |options: &Options| update(lake, &lake.lock().unwrap(), options).unwrap().rebuilt;
    assert!(matches!(rebuilt(&options), Rebuilt::Days { .. }));
    let map = lake.meta().join("given-map.toml");
    std::fs::write(&map, "[[rule]]\nwhen = { env = \"test\" }\nset = { team = \"a\" }\n").unwrap();
    assert_eq!(rebuilt(&Options { map: Some(map), ..Options::default() }), Rebuilt::All("dialects, categories or map have changed".to_owned()));
    assert!(matches!(rebuilt(&options), Rebuilt::Days { .. }));
    for file in std::fs::read_dir(lake.meta().join("built")).unwrap() {
        std::fs::write(file.unwrap().path(), "damaged").unwrap();
    }
    assert!(matches!(rebuilt(&options), Rebuilt::All(reason) if reason.contains("damaged")));
    assert!(matches!(rebuilt(&options), Rebuilt::Days { .. }));
}

#[test]
fn the_users_prices_stay_in_the_lake() {
    let built = everything().prices("[[price]]\nmodel = \"gpt-5.5\"\ninput_mtok = 1\noutput_mtok = 2").build();
    let lake = &built.lake;
    assert_eq!(built.pick(&tracemill_model::tables::MODEL_CALLS, &["list_cost_nanousd"]), [json!([1_240_000])]);
    std::fs::remove_file(lake.meta().join("given.toml")).unwrap();
    assert!(is_current(lake, &Options::default()).unwrap());
    assert!(price_table(lake).unwrap().contains("prices.toml"));
    assert_eq!(built.summary.prices, price_table(lake).unwrap());
}

#[test]
fn every_column_of_every_row_is_filled() {
    fn check<R: rows::Row>(row: &R) {
        for column in R::table().columns {
            assert!(row.cell(column.name).is_some(), "{}.{}", R::table().name, column.name);
        }
        assert_eq!(row.cell("no such column"), None::<Cell<'_>>);
    }
    let archive = everything();
    let built = archive.build();
    let dialects = Dialects::load(None).unwrap();
    let dialect = &dialects.list()[0];
    let attribution = Attribution::parse("", "none").unwrap();
    let parts = built.lake.snapshot().unwrap();
    let mut gatherer = Gatherer::new(&dialects, &attribution);
    parts.parts("events").for_each(|part| evidence::events::gather(&mut gatherer, part).unwrap());
    parts.parts("spans").for_each(|part| evidence::spans::gather(&mut gatherer, part).unwrap());
    let mut evidence = gatherer.evidence.remove(0);
    lineage::settle_spans(dialect, &mut evidence, std::iter::empty()).unwrap();
    let prices = Prices::load(None).unwrap();
    let mut rows = conversations::Rows::default();
    for (id, thread) in &evidence.threads {
        conversations::build(&mut rows, (dialect, &prices), &evidence, (id, thread), lineage::Origin::default(), |_| None);
    }
    check(&rows.conversations[0]);
    check(&rows.turns[0]);
    check(&rows.calls[0]);
    check(&rows.tools[0]);
    let names = dialects.list().iter().map(|_| &*evidence.names).collect();
    let mut deltas = metric_deltas::Deltas::new((&dialects, &attribution), names, parts.parts("metrics")).unwrap();
    let points = deltas.day("2026-11-22", parts.parts("metrics"), None).unwrap();
    check(&points[0]);
    check(&metric_deltas::buckets(&points)[0]);
}

#[test]
fn a_program_that_names_models_and_is_in_no_dialect_is_told() {
    let mut a = Archive::default();
    a.log_of("heron", 10, "heron.brain.done", json!({"brain": "claude-sonnet-4-5"}))
        .log_of("heron", 20, "heron.said", json!({"text": "x"}))
        // another service of the company, and one whose records are in the dialect of the conventions
        .log_of("shop", 30, "shop.sold", json!({"what": "gpt"}))
        .log_of("acme", 40, "note", json!({"using": "claude-sonnet-4-5"}))
        .span_of("acme", (50, 60), "chat", ["a", "1", ""], json!({"gen_ai.operation.name": "chat"}));
    assert_eq!(a.build().summary.strangers, [("heron".to_owned(), 2)]);
}

#[test]
fn an_empty_lake_gives_empty_tables() {
    let built = Archive::default().build();
    assert!(SEMANTIC.iter().all(|t| built.rows(t).is_empty()));
    assert!(is_current(&built.lake, &Options::default()).unwrap());
}
