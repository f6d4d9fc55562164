//! Archives of odd shapes: one trace of very many spans, very many conversations of one small record, very many small files.

use std::fs;
use std::io;
use std::path::Path;

use opentelemetry_proto::tonic::trace::v1::{Span, Status};

use crate::output::{Formats, Output, Signal, Sizes};
use crate::records::{Random, START, event, int, logs, text, traces};

/// Records of a request.
const REQUEST: usize = 2000;
/// Files of the many.
pub const FILES: u64 = 1000;

/// One turn with so many spans below its root, each within one of a thousand branches.
pub fn one_trace(folder: &Path, spans: u64, formats: Formats) -> io::Result<Sizes> {
    let mut output = Output::new(folder, formats);
    let mut random = Random(7);
    let (trace_id, conversation, root) = (random.trace_id(), random.conversation(), random.id());
    let length = spans * 1_000_000;
    let span = |id: Vec<u8>, parent: &[u8], name: &str, from: u64, to: u64, attributes| Span {
        trace_id: trace_id.clone(),
        span_id: id,
        parent_span_id: parent.to_vec(),
        name: name.to_owned(),
        kind: 1,
        start_time_unix_nano: START + from,
        end_time_unix_nano: START + to,
        attributes,
        status: Some(Status::default()),
        ..Span::default()
    };
    let prompt = event("codex.user_prompt", &conversation, START, vec![text("prompt_length", "40"), text("prompt", random.text(8))]);
    output.logs.put(&logs(vec![prompt]))?;
    let turn = vec![text("thread.id", conversation.clone()), text("turn.id", "turn-1"), text("model", "gpt-5.5")];
    let mut batch = vec![span(root.clone(), &[], "session_task.turn", 0, length, turn)];
    let branches: Vec<(Vec<u8>, u64)> = (0..1000).map(|n| (random.id(), n * (length / 1000))).collect();
    for (id, from) in &branches {
        batch.push(span(id.clone(), &root, "handle_responses", *from, from + length / 1000, vec![int("busy_ns", random.below(90_000))]));
    }
    for number in 0..spans.saturating_sub(1001) {
        let (branch, begun) = &branches[(number % 1000) as usize];
        let from = begun + random.below(length / 1000);
        let attributes = vec![text("code.file.path", "core/src/session/mod.rs"), int("busy_ns", random.below(90_000))];
        batch.push(span(random.id(), branch, "append_items", from, from + random.below(300_000), attributes));
        if batch.len() >= REQUEST {
            output.traces.put(&traces(std::mem::take(&mut batch)))?;
        }
    }
    output.traces.put(&traces(batch))?;
    output.finish()
}

/// So many conversations within a day, each a prompt and nothing else.
pub fn many_conversations(folder: &Path, conversations: u64, formats: Formats) -> io::Result<Sizes> {
    let mut output = Output::new(folder, formats);
    let mut random = Random(7);
    let step = 80_000_000_000_000 / conversations.max(1);
    let mut batch = Vec::new();
    for number in 0..conversations {
        let conversation = random.conversation();
        batch.push(event(
            "codex.user_prompt",
            &conversation,
            START + number * step,
            vec![text("prompt_length", "8"), text("prompt", random.text(2))],
        ));
        if batch.len() >= REQUEST || number + 1 == conversations {
            output.logs.put(&logs(std::mem::take(&mut batch)))?;
        }
    }
    output.finish()
}

/// A thousand files of about a kilobyte, a folder a format.
pub fn many_files(folder: &Path, formats: Formats) -> io::Result<Sizes> {
    let mut random = Random(7);
    let mut sizes = Sizes::default();
    fs::create_dir_all(folder)?;
    for number in 0..FILES {
        let conversation = random.conversation();
        let prompt = event("codex.user_prompt", &conversation, START + number * 1_000_000_000, vec![text("prompt", random.text(20))]);
        let mut signal = Signal::new(folder, &format!("logs-{number:04}"), formats);
        signal.put(&logs(vec![prompt]))?;
        let written = signal.finish()?;
        sizes = Sizes { json: sizes.json + written.json, protobuf: sizes.protobuf + written.protobuf };
    }
    Ok(sizes)
}
