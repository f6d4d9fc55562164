//! An archive shaped like Codex telemetry, as JSON lines and as length-prefixed protobuf with the same content: turns with
//! model calls, tool calls and the many small spans around them. The same size gives the same bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint, Metric, ResourceMetrics, ScopeMetrics, metric};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use prost::Message;
use serde::Serialize;

/// Bytes written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sizes {
    /// As JSON.
    pub json: u64,
    /// As protobuf.
    pub protobuf: u64,
}

/// 2026-11-22T00:00:00Z.
const START: u64 = 1_795_305_600_000_000_000;
const TOOLS: [&str; 4] = ["exec_command", "apply_patch", "mcp__demo__echo", "update_plan"];
const WORDS: [&str; 12] = ["fix", "the", "parser", "so", "that", "tests", "pass", "again", "and", "write", "docs", "too"];
const SMALL_SPANS: [&str; 5] = ["fs.read_file", "get_model_info", "persist_rollout_items", "append_items", "record_items"];

/// A stream of pseudo-random numbers (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn text(&mut self, words: u64) -> String {
        (0..words).map(|_| WORDS[self.below(12) as usize]).collect::<Vec<_>>().join(" ")
    }

    fn id(&mut self) -> Vec<u8> {
        self.next().to_be_bytes().to_vec()
    }
}

fn text(key: &str, value: impl Into<String>) -> KeyValue {
    attribute(key, Value::StringValue(value.into()))
}

fn int(key: &str, value: u64) -> KeyValue {
    attribute(key, Value::IntValue(value as i64))
}

fn attribute(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn resource() -> Option<Resource> {
    let attributes = [("service.name", "codex_exec"), ("service.version", "0.169.0"), ("env", "bench"), ("telemetry.sdk.language", "rust")];
    Some(Resource { attributes: attributes.iter().map(|(k, v)| text(k, *v)).collect(), ..Resource::default() })
}

fn scope(name: &str) -> Option<InstrumentationScope> {
    Some(InstrumentationScope { name: name.to_owned(), ..InstrumentationScope::default() })
}

struct Out {
    json: BufWriter<File>,
    protobuf: BufWriter<File>,
}

impl Out {
    fn new(folder: &Path, signal: &str) -> io::Result<Out> {
        let open = |ending: &str| File::create(folder.join(format!("{signal}.{ending}"))).map(BufWriter::new);
        Ok(Out { json: open("jsonl")?, protobuf: open("pb")? })
    }

    fn put(&mut self, request: &(impl Message + Serialize), sizes: &mut Sizes) -> io::Result<()> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        let message = request.encode_to_vec();
        self.json.write_all(&line)?;
        self.protobuf.write_all(&(message.len() as u32).to_be_bytes())?;
        self.protobuf.write_all(&message)?;
        sizes.json += line.len() as u64;
        sizes.protobuf += message.len() as u64 + 4;
        Ok(())
    }
}

/// Writes `{traces,logs,metrics}.{jsonl,pb}` until the JSON has the size.
pub fn write(folder: &Path, json_bytes: u64) -> io::Result<Sizes> {
    let (mut traces, mut logs, mut metrics) = (Out::new(folder, "traces")?, Out::new(folder, "logs")?, Out::new(folder, "metrics")?);
    let (mut sizes, mut random, mut time) = (Sizes::default(), Random(7), START);
    while sizes.json < json_bytes {
        let (mut spans, mut records, mut points) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..20 {
            turn(&mut random, &mut time, &mut spans, &mut records, &mut points);
        }
        let scope_spans = vec![ScopeSpans { scope: scope("codex_exec"), spans, ..ScopeSpans::default() }];
        traces.put(
            &ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { resource: resource(), scope_spans, ..Default::default() }] },
            &mut sizes,
        )?;
        let scope_logs = vec![ScopeLogs { scope: scope("codex_otel.log_only"), log_records: records, ..ScopeLogs::default() }];
        logs.put(
            &ExportLogsServiceRequest { resource_logs: vec![ResourceLogs { resource: resource(), scope_logs, ..Default::default() }] },
            &mut sizes,
        )?;
        let data = metric::Data::Histogram(Histogram { data_points: points, aggregation_temporality: 1 });
        let series = Metric { name: "codex.turn.token_usage".to_owned(), data: Some(data), ..Metric::default() };
        let scope_metrics = vec![ScopeMetrics { scope: scope("codex"), metrics: vec![series], ..ScopeMetrics::default() }];
        metrics.put(
            &ExportMetricsServiceRequest { resource_metrics: vec![ResourceMetrics { resource: resource(), scope_metrics, ..Default::default() }] },
            &mut sizes,
        )?;
    }
    Ok(sizes)
}

/// A turn of a conversation of its own: some model calls, each with a tool call, and the small spans between.
fn turn(random: &mut Random, time: &mut u64, spans: &mut Vec<Span>, records: &mut Vec<LogRecord>, points: &mut Vec<HistogramDataPoint>) {
    let trace_id = [random.id(), random.id()].concat();
    let conversation = format!("01a20458-{:04x}-7000-8000-{:012x}", random.below(1 << 16), random.below(1 << 48));
    let root = random.id();
    let begun = *time;
    let span = |id: Vec<u8>, parent: &[u8], name: &str, from: u64, to: u64, attributes: Vec<KeyValue>| Span {
        trace_id: trace_id.clone(),
        span_id: id,
        parent_span_id: parent.to_vec(),
        name: name.to_owned(),
        kind: 1,
        start_time_unix_nano: from,
        end_time_unix_nano: to,
        attributes,
        flags: 257,
        // the peer's JSON reader refuses a null
        status: Some(Status::default()),
        ..Span::default()
    };
    let record = |name: &str, at: u64, attributes: Vec<KeyValue>| LogRecord {
        observed_time_unix_nano: at,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        attributes: [
            vec![text("event.name", name), text("conversation.id", conversation.clone()), text("model", "gpt-5.5"), text("slug", "gpt-5.5")],
            attributes,
        ]
        .concat(),
        trace_id: trace_id.clone(),
        span_id: root.clone(),
        ..LogRecord::default()
    };
    records.push(record("codex.user_prompt", *time, vec![text("prompt_length", "40"), text("prompt", random.text(8))]));
    for _ in 0..3 + random.below(4) {
        let call = random.id();
        let (input, output) = (1000 + random.below(50_000), 10 + random.below(900));
        let answered = *time + 900_000_000 + random.below(3_000_000_000);
        spans.push(span(
            call.clone(),
            &root,
            "handle_responses",
            *time,
            answered,
            vec![int("gen_ai.usage.input_tokens", input), text("thread.name", "tokio-rt-worker")],
        ));
        let counts = vec![
            text("event.kind", "response.completed"),
            text("input_token_count", input.to_string()),
            text("output_token_count", output.to_string()),
            int("cached_token_count", input / 2),
            int("reasoning_token_count", output / 3),
            text("tool_token_count", (input + output).to_string()),
        ];
        records.push(record("codex.sse_event", answered, counts));
        for _ in 0..8 {
            let name = SMALL_SPANS[random.below(5) as usize];
            let from = *time + random.below(800_000_000);
            let place = vec![
                text("code.file.path", "core/src/session/mod.rs"),
                int("code.line.number", random.below(4000)),
                int("busy_ns", random.below(90_000)),
                int("idle_ns", random.below(9_000)),
            ];
            spans.push(span(random.id(), &call, name, from, from + random.below(300_000), place));
        }
        let (tool, call_id, ended) = (TOOLS[random.below(4) as usize], format!("call_{:016x}", random.next()), answered + random.below(500_000_000));
        let code = u64::from(random.below(10) == 0);
        let result = vec![
            text("tool_name", tool),
            text("call_id", call_id.clone()),
            text("duration_ms", ((ended - answered) / 1_000_000).to_string()),
            text("success", "true"),
            text("arguments", format!("{{\"cmd\": \"{}\"}}", random.text(6))),
            text("output", format!("Chunk ID: 6c7d32\nWall time: 0.1 seconds\nProcess exited with code {code}\nOutput:\n{}", random.text(40))),
        ];
        records.push(record("codex.tool_result", ended, result));
        spans.push(span(random.id(), &root, tool, answered, ended, vec![text("call_id", call_id), text("tool_name", tool)]));
        *time = ended + 1_000_000;
    }
    let usage = vec![text("thread.id", conversation.clone()), text("turn.id", format!("turn-{:016x}", random.next())), text("model", "gpt-5.5")];
    spans.push(span(root.clone(), &[], "session_task.turn", begun, *time, usage));
    points.push(HistogramDataPoint {
        start_time_unix_nano: begun,
        time_unix_nano: *time,
        count: 1,
        sum: Some(random.below(9000) as f64),
        bucket_counts: vec![0, 0, 1],
        explicit_bounds: vec![10.0, 1000.0],
        attributes: vec![text("token_type", "total"), text("model", "gpt-5.5")],
        ..HistogramDataPoint::default()
    });
    *time += 60_000_000_000;
}
