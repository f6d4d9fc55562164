//! What is decoded: archives of the project's `data/`, decompressed, and ones that are made, the same in each run. Border: bytes, no measuring.

use std::io::{Error, Read, Result};
use std::path::{Path, PathBuf};

use opentelemetry_proto::tonic::{logs::v1::LogsData, metrics::v1::MetricsData, trace::v1::TracesData};
use prost::Message;

/// An archive.
pub struct Case {
    pub name: &'static str,
    of: Of,
}

enum Of {
    /// Files below `data/` whose path begins and ends so, decompression aside.
    Files(&'static [(&'static str, &'static str)]),
    /// The same, each many times in one file, because they are small.
    Repeated(&'static [(&'static str, &'static str)]),
    /// Those as protobuf.
    Protobuf(&'static [(&'static str, &'static str)]),
    Made,
    MadeProtobuf,
}

/// All archives.
pub fn all() -> [Case; 14] {
    let case = |name, of| Case { name, of };
    [
        case("json traces", Of::Files(&[("sample/mcp-", "traces.jsonl"), ("sample/subagent-", "traces.jsonl")])),
        case("json logs", Of::Files(&[("sample/", "logs.jsonl")])),
        case("json metrics", Of::Files(&[("sample/mcp-", "metrics.jsonl"), ("sample/subagent-", "metrics.jsonl")])),
        case("json of agents", Of::Files(&[("agents/claude-code/", ".jsonl"), ("agents/copilot/", ".jsonl"), ("agents/gemini/", ".jsonl")])),
        case("json made", Of::Made),
        case("protobuf traces", Of::Protobuf(&[("sample/mcp-", "traces.jsonl"), ("sample/subagent-", "traces.jsonl")])),
        case("protobuf logs", Of::Protobuf(&[("sample/", "logs.jsonl")])),
        case("protobuf metrics", Of::Protobuf(&[("sample/mcp-", "metrics.jsonl"), ("sample/subagent-", "metrics.jsonl")])),
        case("protobuf of a collector", Of::Files(&[("sample/v130-full-", ".pb")])),
        case("protobuf made", Of::MadeProtobuf),
        case("loki", Of::Repeated(&[("dumps/loki/page", ".json"), ("dumps/loki/mcp-v", ".json"), ("dumps/loki/sample", ".jsonl")])),
        case("tempo", Of::Repeated(&[("dumps/tempo/api/traces-v", ".json"), ("dumps/tempo/mcp-", ".json")])),
        case("prometheus json", Of::Repeated(&[("dumps/prometheus/", "matrix.json"), ("dumps/prometheus/victoriametrics", ".jsonl")])),
        case("prometheus text", Of::Files(&[("dumps/prometheus/", ".txt")])),
    ]
}

impl Case {
    /// Its files.
    pub fn files(&self) -> Result<Vec<Vec<u8>>> {
        match self.of {
            Of::Files(which) => all_files(which),
            Of::Repeated(which) => Ok(all_files(which)?.iter().map(|file| [file, &b"\n"[..]].concat().repeat(20)).collect()),
            Of::Protobuf(which) => all_files(which)?.iter().map(|file| framed(file)).collect(),
            Of::Made => Ok(vec![made()]),
            Of::MadeProtobuf => Ok(vec![framed(&made())?]),
        }
    }
}

fn all_files(which: &[(&str, &str)]) -> Result<Vec<Vec<u8>>> {
    Ok(which.iter().map(|(begin, end)| files(begin, end)).collect::<Result<Vec<_>>>()?.concat())
}

/// The files whose path begins and ends so, decompressed, in the order of their names.
fn files(begin: &str, end: &str) -> Result<Vec<Vec<u8>>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    let mut paths = Vec::new();
    find(&data, &mut paths)?;
    paths.sort();
    let is_wanted = |path: &&PathBuf| {
        let name = path.strip_prefix(&data).unwrap_or(path).to_string_lossy().into_owned();
        let plain = name.trim_end_matches(".gz").trim_end_matches(".zst");
        plain.starts_with(begin) && plain.ends_with(end)
    };
    let files: Vec<Vec<u8>> = paths.iter().filter(is_wanted).map(|path| decompressed(std::fs::read(path)?)).collect::<Result<_>>()?;
    if files.is_empty() { Err(Error::other(format!("no {begin}…{end} in data/"))) } else { Ok(files) }
}

fn find(path: &Path, out: &mut Vec<PathBuf>) -> Result<()> {
    if !path.is_dir() {
        out.push(path.to_owned());
        return Ok(());
    }
    std::fs::read_dir(path)?.try_for_each(|entry| find(&entry?.path(), out))
}

fn decompressed(bytes: Vec<u8>) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let _ = flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut out)?;
    } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let _ = zstd::Decoder::new(&bytes[..])?.read_to_end(&mut out)?;
    } else {
        return Ok(bytes);
    }
    Ok(out)
}

/// JSON lines as messages behind their lengths, as a Collector writes them.
fn framed(lines: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let message = if line.starts_with(b"{\"resourceSpans\"") {
            serde_json::from_slice::<TracesData>(line)?.encode_to_vec()
        } else if line.starts_with(b"{\"resourceLogs\"") {
            serde_json::from_slice::<LogsData>(line)?.encode_to_vec()
        } else {
            serde_json::from_slice::<MetricsData>(line)?.encode_to_vec()
        };
        out.extend_from_slice(&(message.len() as u32).to_be_bytes());
        out.extend_from_slice(&message);
    }
    Ok(out)
}

/// Requests of many small records with attributes of all types, as JSON lines.
fn made() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(8);
    let resource =
        r#"{"attributes":[{"key":"service.name","value":{"stringValue":"made"}},{"key":"service.version","value":{"stringValue":"1.0"}}]}"#;
    let scope = r#"{"name":"made.scope","version":"2"}"#;
    let mut out = String::new();
    for request in 0..40 {
        let records = |make: &mut dyn FnMut(u64) -> String| {
            (0..20).map(|n| make(1_795_369_212_000_000_000 + (request * 20 + n) * 1_000_003)).collect::<Vec<_>>().join(",")
        };
        let attributes = |random: &mut fastrand::Rng| {
            let (tokens, flag, share) = (random.u32(..), random.bool(), f64::from(random.u16(..)) / 7.0);
            let text = ["plain", "with \\\"quotes\\\"", "two\\nlines", "é and 😀"][random.usize(0..4)];
            format!(
                r#"[{{"key":"gen_ai.usage.input_tokens","value":{{"intValue":"{tokens}"}}}},{{"key":"cached","value":{{"boolValue":{flag}}}}},{{"key":"share","value":{{"doubleValue":{share:?}}}}},{{"key":"text","value":{{"stringValue":"{text}"}}}},{{"key":"list","value":{{"arrayValue":{{"values":[{{"stringValue":"a"}},{{"intValue":"2"}}]}}}}}},{{"key":"map","value":{{"kvlistValue":{{"values":[{{"key":"k","value":{{"stringValue":"v"}}}}]}}}}}}]"#
            )
        };
        let spans = records(&mut |time| {
            let (id, list) = (random.u64(..), attributes(&mut random));
            format!(
                r#"{{"traceId":"{id:032x}","spanId":"{id:016x}","parentSpanId":"","flags":257,"name":"step {}","kind":1,"startTimeUnixNano":"{time}","endTimeUnixNano":"{}","attributes":{list},"events":[{{"timeUnixNano":"{time}","name":"event","attributes":{list}}}],"status":{{"code":1}}}}"#,
                id % 30,
                time + 900
            )
        });
        let logs = records(&mut |time| {
            let list = attributes(&mut random);
            format!(
                r#"{{"timeUnixNano":"{time}","severityNumber":9,"severityText":"INFO","body":{{"stringValue":"a line of text"}},"attributes":{list}}}"#
            )
        });
        let points = records(&mut |time| {
            let (list, count) = (attributes(&mut random), random.u8(..));
            format!(
                r#"{{"attributes":{list},"timeUnixNano":"{time}","count":"{count}","sum":{count}.5,"bucketCounts":["1","2","3"],"explicitBounds":[0.5,10]}}"#
            )
        });
        let metric = format!(r#"{{"name":"duration","unit":"ms","histogram":{{"aggregationTemporality":1,"dataPoints":[{points}]}}}}"#);
        for (resources, scopes, list, records) in [
            ("resourceSpans", "scopeSpans", "spans", &spans),
            ("resourceLogs", "scopeLogs", "logRecords", &logs),
            ("resourceMetrics", "scopeMetrics", "metrics", &metric),
        ] {
            out += &format!(r#"{{"{resources}":[{{"resource":{resource},"{scopes}":[{{"scope":{scope},"{list}":[{records}]}}]}}]}}"#);
            out.push('\n');
        }
    }
    out.into_bytes()
}
