//! Order, split and repeat do not matter: the sample as it is, against the same lines shuffled, split over files of all
//! compressions, some of them given twice, in two runs.

use std::io::{Read, Write};
use std::path::PathBuf;

use crate::dice::Dice;
use crate::{Bench, agents, sample};

const TABLES: [&str; 15] = [
    "activities",
    "coverage",
    "findings",
    "spans",
    "events",
    "metrics",
    "conversations",
    "turns",
    "prompts",
    "model_calls",
    "tool_calls",
    "latency",
    "startup_phases",
    "metric_deltas",
    "metric_buckets",
];

/// The lines of a sample file; `None` for one that has none.
pub fn lines(path: &PathBuf) -> Option<Vec<String>> {
    let bytes = std::fs::read(path).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let mut text = String::new();
    if !name.contains(".jsonl") {
        return None;
    }
    if name.ends_with(".gz") {
        let _ = flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else if name.ends_with(".zst") {
        text = String::from_utf8(zstd::decode_all(bytes.as_slice()).unwrap()).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    Some(text.lines().map(str::to_owned).collect())
}

pub fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Everything the lake answers: every table's rows and every report.
pub fn answers(bench: &Bench) -> Vec<(String, String)> {
    let mut answers = Vec::new();
    for table in TABLES {
        let Some(row) = bench.sql(&format!("SELECT * FROM {table} LIMIT 1")).into_iter().next() else {
            answers.push((table.to_owned(), String::new()));
            continue;
        };
        // which of a record's sources it is from, and by which lake's key its secrets are known, is no part of the answer
        let columns = row.keys().filter(|c| !["source_id", "fingerprint"].contains(&c.as_str()));
        let columns: Vec<String> = columns.map(|c| format!("\"{c}\"")).collect();
        let columns = columns.join(", ");
        let run = bench.run(&["sql", &format!("SELECT {columns} FROM {table} ORDER BY {columns}"), "--format", "ndjson"]).exits(0);
        answers.push((table.to_owned(), run.out));
    }
    for report in bench.reports() {
        let run = bench.run(&[&report, "--format", "csv"]).exits(0);
        answers.push((report, run.out));
    }
    answers
}

#[test]
fn shuffled_split_and_repeated_archives_give_the_same_answers() {
    let archives = ["mcp", "subagent", "v130-full", "v55-full", "v100-simple"];
    let mut files = sample(&archives);
    files.extend(agents(&["claude-code/tools-failures", "copilot/subagent", "gemini/mcp-tools", "qwen/traces-only-bridge"]));
    let (plain, other) = (Bench::new(), Bench::new());
    let _ = plain.run_files("ingest", &files).exits(0);
    let mut all: Vec<String> = Vec::new();
    let mut others = Vec::new();
    for path in files {
        match lines(&path) {
            Some(lines) => all.extend(lines),
            None => others.push(path),
        }
    }
    Dice::new(42).shuffle(&mut all);
    let (mut first, mut second) = (others.clone(), others);
    for (n, piece) in all.chunks(all.len().div_ceil(12)).enumerate() {
        let text = piece.join("\n");
        let (name, bytes) = match n % 4 {
            0 => (format!("piece-{n}.jsonl"), text.into_bytes()),
            1 => (format!("piece-{n}.gz"), [gzip(&piece[0]), gzip("\n"), gzip(&piece[1..].join("\n"))].concat()),
            2 => (format!("piece-{n}"), zstd::encode_all(text.as_bytes(), 1).unwrap()),
            _ => (format!("piece-{n}.json"), format!("[{}]", piece.join(",\n")).into_bytes()),
        };
        let file = other.write(&name, &bytes);
        if n % 2 == 0 {
            first.push(file);
            if n % 3 == 0 {
                second.push(other.write(&format!("again/{name}"), &bytes));
            }
        } else {
            second.push(file);
        }
    }
    let _ = other.run_files("ingest", &first).exits(0);
    let run = other.run_files("ingest", &second).exits(0);
    assert!(run.err.contains("repeated"), "{}", run.err);
    for ((what, expected), (_, found)) in answers(&plain).into_iter().zip(answers(&other)) {
        assert!(expected == found, "{what} differs:\n{}", difference(&expected, &found));
        // none of these runs was so long that it had to be summarised
        assert!(expected.lines().count() > 1 || what == "compactions", "{what} is empty");
    }
}

pub fn difference(a: &str, b: &str) -> String {
    let differing = a.lines().zip(b.lines()).find(|(a, b)| a != b);
    differing.map_or_else(|| format!("{} lines against {}", a.lines().count(), b.lines().count()), |(a, b)| format!("- {a}\n+ {b}"))
}

#[test]
fn a_second_run_over_the_same_files_does_nothing() {
    let bench = Bench::with_sample(&["mcp"]);
    let commits = || std::fs::read_dir(bench.path("lake/_tracemill/commits")).unwrap().count();
    let before = commits();
    let run = bench.run_files("ingest", &sample(&["mcp"])).exits(0);
    assert!(run.err.contains("0 files read, 3 unchanged"), "{}", run.err);
    assert_eq!(commits(), before);
}
