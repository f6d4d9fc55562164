//! Files that a Collector is still writing: taken again after every piece that was added, wherever that ends, they give what they give when
//! they are taken once.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};

use crate::order::answers;
use crate::{Bench, sample};

/// The bytes of a sample file without its compression.
fn plain(name: &str) -> Vec<u8> {
    let path = sample(&["mcp", "v130-full"]).into_iter().find(|p| p.file_name().unwrap().to_str().unwrap().starts_with(name)).unwrap();
    let bytes = fs::read(&path).unwrap();
    if !path.to_str().unwrap().ends_with(".gz") {
        return bytes;
    }
    let mut plain = Vec::new();
    let _ = flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
    plain
}

/// The message as a Collector's file exporter frames it.
fn framed(message: &[u8]) -> Vec<u8> {
    [&u32::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
}

/// The lines of a text as frames that hold JSON, each compressed alone: the exporter's own framing of zstd.
fn zstd_frames(lines: &[u8]) -> Vec<u8> {
    lines.split(|b| *b == b'\n').filter(|l| !l.is_empty()).flat_map(|l| framed(&zstd::encode_all(l, 1).unwrap())).collect()
}

#[test]
fn a_growing_file_is_taken_up_where_it_was_left() {
    let logs = plain("mcp-logs");
    let files = [("logs.json", logs.clone()), ("metrics.pb.zst", zstd_frames(&plain("mcp-metrics"))), ("traces.json", plain("mcp-traces"))];
    let once = Bench::new();
    let whole: Vec<_> = files.iter().map(|(name, bytes)| once.write(name, bytes)).collect();
    let _ = once.run_files("ingest", &whole).exits(0);
    let grown = Bench::new();
    let paths: Vec<_> = files.iter().map(|(name, _)| grown.write(name, "")).collect();
    // pieces end inside lines, frames and lengths
    for piece in 0..7 {
        for ((_, bytes), path) in files.iter().zip(&paths) {
            let part = |n: usize| bytes.len() * n / 7;
            let mut file = OpenOptions::new().append(true).open(path).unwrap();
            file.write_all(&bytes[part(piece)..part(piece + 1)]).unwrap();
        }
        let run = grown.run_files("ingest", &paths);
        assert!(run.code == i32::from(piece < 6), "piece {piece}: {}", run.err);
    }
    assert_eq!(answers(&once), answers(&grown));
    // what was set aside as torn was taken in the end
    let open = grown.run(&["quarantine", "--format", "csv"]).exits(0);
    assert_eq!(open.out.lines().count(), 1, "{}", open.out);
    assert!(grown.run_files("ingest", &paths).exits(0).err.contains("3 unchanged"));
}

#[test]
fn only_what_was_added_is_read_again() {
    let bench = Bench::new();
    let line = |n: u64| format!("{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{{\"timeUnixNano\":\"{n}\",\"eventName\":\"e\"}}]}}]}}]}}\n");
    let first = 1_795_369_212_000_000_000;
    let path = bench.write("logs.json", "no request\n".to_owned() + &line(first) + &line(first + 1));
    let _ = bench.run_files("ingest", std::slice::from_ref(&path)).exits(1);
    OpenOptions::new().append(true).open(&path).unwrap().write_all(line(first + 2).as_bytes()).unwrap();
    let run = bench.run_files("ingest", std::slice::from_ref(&path)).exits(0);
    // the lines before it are not even repeats; the ledger has them all
    assert!(run.err.contains(" 1 events") && !run.err.contains("repeated") && !run.err.contains("set aside"), "{}", run.err);
    let ledger = fs::read_to_string(bench.path("lake/_tracemill/commits/00000003.json")).unwrap();
    let ledger: serde_json::Value = serde_json::from_str(&ledger).unwrap();
    let source = &ledger["sources"][0];
    assert_eq!((&source["records"]["events"], &source["set_aside"]), (&3.into(), &1.into()), "{source}");
    assert_eq!(bench.sql("SELECT count(*) AS n FROM events")[0]["n"], 3);
    let entries = bench.run(&["quarantine", "--format", "csv"]).exits(0);
    assert_eq!(entries.out.lines().count(), 2, "{}", entries.out);
    // a file that begins otherwise is another one
    fs::write(&path, line(first + 7).repeat(9)).unwrap();
    let _ = bench.run_files("ingest", std::slice::from_ref(&path)).exits(0);
    assert_eq!(bench.sql("SELECT count(*) AS n FROM events")[0]["n"], 4);
}
