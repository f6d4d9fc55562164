//! An archive made of real telemetry of Codex: the requests of `data/sample`, over and over, until a size is reached.
//!
//! Each repetition has trace, span, conversation, call and response ids of its own and lies some minutes later, so no two of them are the
//! same records; what belongs together stays together. All of them lie within a day. The text is the Collector's own but for these places; the protobuf is made from
//! it, and may differ from it in the last digit of a double.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use jiff::SignedDuration;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use serde::de::DeserializeOwned;

use crate::marks::{Marks, Repetition};
use crate::output::{Formats, Output, Signal, Sizes};

/// The captures that lie there as JSON.
const ENDINGS: [&str; 3] = ["jsonl", "jsonl.gz", "jsonl.zst"];

/// A request as it was captured.
struct Captured {
    signal: &'static str,
    line: Vec<u8>,
    marks: Marks,
}

/// Writes repetitions of the captures of a folder until their JSON has the size.
pub fn write(captures: &Path, folder: &Path, json_bytes: u64) -> io::Result<Sizes> {
    let requests = read(captures)?;
    let mut output = Output::new(folder, Formats::Both);
    // they were all captured between 17:40 and 18:02
    let repetitions = json_bytes / requests.iter().map(|r| r.line.len() as u64).sum::<u64>() + 1;
    let (first, step) = (SignedDuration::from_hours(-17), SignedDuration::from_hours(22) / repetitions.max(40) as i32);
    let mut number = 0;
    while output.sizes().json < json_bytes {
        let repetition = Repetition::new(number, first + step * number as i32);
        for request in &requests {
            let line = request.marks.renewed(&request.line, repetition);
            match request.signal {
                "traces" => put::<ExportTraceServiceRequest>(&mut output.traces, &line)?,
                "logs" => put::<ExportLogsServiceRequest>(&mut output.logs, &line)?,
                _ => put::<ExportMetricsServiceRequest>(&mut output.metrics, &line)?,
            }
        }
        number += 1;
    }
    output.finish()
}

fn put<R: Message + DeserializeOwned>(signal: &mut Signal, line: &[u8]) -> io::Result<()> {
    let request: R = serde_json::from_slice(line)?;
    signal.put_bytes(line, &request.encode_to_vec())
}

fn read(captures: &Path) -> io::Result<Vec<Captured>> {
    let mut files: Vec<_> = fs::read_dir(captures)?.map(|e| e.map(|e| e.path())).collect::<io::Result<_>>()?;
    files.sort();
    let mut requests = Vec::new();
    for file in files {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some((base, ending)) = name.split_once('.').filter(|(_, ending)| ENDINGS.contains(ending)) else { continue };
        let Some(signal) = ["traces", "logs", "metrics"].into_iter().find(|s| base.ends_with(s)) else { continue };
        let bytes = fs::read(&file)?;
        let text = match ending {
            "jsonl.gz" => {
                let mut text = Vec::new();
                let _ = flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text)?;
                text
            }
            "jsonl.zst" => zstd::decode_all(bytes.as_slice())?,
            _ => bytes,
        };
        for line in text.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            let line = [line, b"\n"].concat();
            requests.push(Captured { signal, marks: Marks::of(&line), line });
        }
    }
    if requests.is_empty() { Err(io::Error::other(format!("no captures in {}", captures.display()))) } else { Ok(requests) }
}
