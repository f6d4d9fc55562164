//! An archive shaped like Codex telemetry: turns with model calls, tool calls and the many small spans around them. The same size gives
//! the same bytes, in whatever formats.

use std::io;
use std::path::Path;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::{Histogram, HistogramDataPoint, Metric, metric};
use opentelemetry_proto::tonic::trace::v1::{Span, Status};

use crate::output::{Formats, Output, Sizes};
use crate::records::{Random, START, event, int, logs, metrics, text, traces};

const TOOLS: [&str; 4] = ["exec_command", "apply_patch", "mcp__demo__echo", "update_plan"];
const SMALL_SPANS: [&str; 5] = ["fs.read_file", "get_model_info", "persist_rollout_items", "append_items", "record_items"];
/// Turns of a request.
const TURNS: u64 = 20;
/// About what a turn is as JSON.
const BYTES_OF_A_TURN: u64 = 32_000;

/// When turns begin.
#[derive(Debug, Clone, Copy)]
pub enum Pace {
    /// A minute after the last one's end, so that a larger archive has more days.
    OneByOne,
    /// Side by side, all of the archive within a day.
    ADay,
}

/// Writes an archive until its JSON has the size.
pub fn write(folder: &Path, json_bytes: u64, pace: Pace, formats: Formats) -> io::Result<Sizes> {
    let mut output = Output::new(folder, formats);
    let (mut random, mut time) = (Random(7), START);
    // less than a day, so that the last turns end in it
    let step = 80_000_000_000_000 / (json_bytes / BYTES_OF_A_TURN).max(1);
    while output.sizes().json < json_bytes {
        let mut turns = Turns::default();
        for _ in 0..TURNS {
            let end = turns.add(&mut random, time);
            time = match pace {
                Pace::OneByOne => end + 60_000_000_000,
                Pace::ADay => time + step,
            };
        }
        output.traces.put(&traces(turns.spans))?;
        output.logs.put(&logs(turns.records))?;
        let data = metric::Data::Histogram(Histogram { data_points: turns.points, aggregation_temporality: 1 });
        let series = Metric { name: "codex.turn.token_usage".to_owned(), data: Some(data), ..Metric::default() };
        output.metrics.put(&metrics(vec![series]))?;
    }
    output.finish()
}

/// What some turns send.
#[derive(Default)]
struct Turns {
    spans: Vec<Span>,
    records: Vec<LogRecord>,
    points: Vec<HistogramDataPoint>,
}

impl Turns {
    /// A turn of a conversation of its own: some model calls, each with a tool call, and the small spans between. Returns when it ends.
    fn add(&mut self, random: &mut Random, begun: u64) -> u64 {
        let trace_id = random.trace_id();
        let conversation = random.conversation();
        let root = random.id();
        let mut time = begun;
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
            trace_id: trace_id.clone(),
            span_id: root.clone(),
            ..event(name, &conversation, at, attributes)
        };
        self.records.push(record("codex.user_prompt", time, vec![text("prompt_length", "40"), text("prompt", random.text(8))]));
        for _ in 0..3 + random.below(4) {
            let call = random.id();
            let (input, output) = (1000 + random.below(50_000), 10 + random.below(900));
            let answered = time + 900_000_000 + random.below(3_000_000_000);
            let tokens = vec![int("gen_ai.usage.input_tokens", input), text("thread.name", "tokio-rt-worker")];
            self.spans.push(span(call.clone(), &root, "handle_responses", time, answered, tokens));
            let counts = vec![
                text("event.kind", "response.completed"),
                text("input_token_count", input.to_string()),
                text("output_token_count", output.to_string()),
                int("cached_token_count", input / 2),
                int("reasoning_token_count", output / 3),
                text("tool_token_count", (input + output).to_string()),
            ];
            self.records.push(record("codex.sse_event", answered, counts));
            for _ in 0..8 {
                let name = SMALL_SPANS[random.below(5) as usize];
                let from = time + random.below(800_000_000);
                let place = vec![
                    text("code.file.path", "core/src/session/mod.rs"),
                    int("code.line.number", random.below(4000)),
                    int("busy_ns", random.below(90_000)),
                    int("idle_ns", random.below(9_000)),
                ];
                self.spans.push(span(random.id(), &call, name, from, from + random.below(300_000), place));
            }
            let (tool, call_id, ended) =
                (TOOLS[random.below(4) as usize], format!("call_{:016x}", random.next()), answered + random.below(500_000_000));
            let code = u64::from(random.below(10) == 0);
            let said = random.text(40);
            let result = vec![
                text("tool_name", tool),
                text("call_id", call_id.clone()),
                text("duration_ms", ((ended - answered) / 1_000_000).to_string()),
                text("success", "true"),
                text("arguments", format!("{{\"cmd\": \"{}\"}}", random.text(6))),
                text("output", format!("Chunk ID: 6c7d32\nWall time: 0.1 seconds\nProcess exited with code {code}\nOutput:\n{said}")),
            ];
            self.records.push(record("codex.tool_result", ended, result));
            self.spans.push(span(random.id(), &root, tool, answered, ended, vec![text("call_id", call_id), text("tool_name", tool)]));
            time = ended + 1_000_000;
        }
        let usage = vec![text("thread.id", conversation.clone()), text("turn.id", format!("turn-{:016x}", random.next())), text("model", "gpt-5.5")];
        self.spans.push(span(root.clone(), &[], "session_task.turn", begun, time, usage));
        self.points.push(HistogramDataPoint {
            start_time_unix_nano: begun,
            time_unix_nano: time,
            count: 1,
            sum: Some(random.below(9000) as f64),
            bucket_counts: vec![0, 0, 1],
            explicit_bounds: vec![10.0, 1000.0],
            attributes: vec![text("token_type", "total"), text("model", "gpt-5.5")],
            ..HistogramDataPoint::default()
        });
        time
    }
}
