//! Throughput and memory of each step, whole process by whole process, on an archive generated on the spot.
//!
//! `cargo bench --bench throughput` prints a table: ingest of JSON and of protobuf (raw tables alone), the semantic tables, each report.
//! CPU time and peak memory are read from `/proc`, so it runs on Linux. With `TRACEMILL_PEER` naming the driver of `benches/peers`, the
//! peer runs in turn with ours on the same files, and the ratio of CPU times is printed: on a noisy machine only ratios of one run count.
//! `TRACEMILL_BENCH_MB` sets the size of the JSON (default 100).

mod archive;
mod measure;

use std::path::Path;

use measure::{Cost, median, run};

/// Runs of each command; the median is shown.
const ROUNDS: usize = 3;

fn main() -> std::io::Result<()> {
    // `cargo test` runs benches too, with nothing to measure
    if !std::env::args().any(|a| a == "--bench") {
        return Ok(());
    }
    let megabytes: u64 = std::env::var("TRACEMILL_BENCH_MB").ok().and_then(|v| v.parse().ok()).unwrap_or(100);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("throughput");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let sizes = archive::write(&folder, megabytes << 20)?;
    let text = |name: &str| folder.join(name).display().to_string();
    let peer = std::env::var("TRACEMILL_PEER").ok();
    let mut lines = vec![header()];
    for (format, bytes) in [("jsonl", sizes.json), ("pb", sizes.protobuf)] {
        let files = ["traces", "logs", "metrics"].map(|signal| text(&format!("{signal}.{format}")));
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let _ = std::fs::remove_dir_all(folder.join("lake"));
            let mut words = vec!["ingest", "--raw-only", "--lake"];
            let lake = text("lake");
            words.push(&lake);
            words.extend(files.iter().map(String::as_str));
            ours.push(run(env!("CARGO_BIN_EXE_tracemill"), &words)?);
            if let Some(peer) = &peer {
                let out = text("peer");
                let mut words = vec![format, &out];
                words.extend(files.iter().map(String::as_str));
                theirs.push(run(peer, &words)?);
            }
        }
        let ours = median(&ours);
        lines.push(ours.line(&format!("ingest {format}, raw tables"), Some(bytes)));
        if !theirs.is_empty() {
            let theirs = median(&theirs);
            lines.push(theirs.line(&format!("  otlp2records, {format}"), Some(bytes)));
            lines.push(format!("| | ratio of CPU time: {:.2} | | | |", ours.cpu / theirs.cpu));
        }
    }
    let lake = text("lake");
    let normalize: Vec<Cost> =
        (0..ROUNDS).map(|_| run(env!("CARGO_BIN_EXE_tracemill"), &["normalize", "--lake", &lake])).collect::<Result<_, _>>()?;
    lines.push(median(&normalize).line("normalize, semantic tables", None));
    for report in ["tokens", "cost", "tools", "failures", "conversations"] {
        let costs: Vec<Cost> =
            (0..ROUNDS).map(|_| run(env!("CARGO_BIN_EXE_tracemill"), &[report, "--lake", &lake, "--format", "csv"])).collect::<Result<_, _>>()?;
        lines.push(median(&costs).line(&format!("report {report}"), None));
    }
    write_lines(&lines)
}

fn header() -> String {
    "| step | wall s | CPU s | MB/s of CPU | peak MB |\n|---|---|---|---|---|".to_owned()
}

fn write_lines(lines: &[String]) -> std::io::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(out, "{line}"))
}
