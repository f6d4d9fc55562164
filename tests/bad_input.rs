//! Bad input: a clear line on standard error, the rest goes through, exit code 1, the ledger tells, nothing stored is touched.

use std::path::{Path, PathBuf};

use crate::Bench;

/// A request with one log record, named.
fn line(name: &str) -> String {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"1795369212209923746","eventName":"{name}"}}]}}]}}]}}"#)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Ingests a bad file beside a good one; checks the message, the exit code, the ledger and what went through.
#[track_caller]
fn check(name: &str, bytes: &[u8], message: &str, through: &[&str]) {
    let bench = Bench::new();
    let kept = bench.write("kept.jsonl", line("kept"));
    let _ = bench.run_files("ingest", &[kept]).exits(0);
    let files: Vec<PathBuf> = vec![bench.write(name, bytes), bench.write("zz-good.jsonl", line("good"))];
    let run = bench.run_files("ingest", &files).exits(1);
    let told = run.err.lines().find(|l| l.starts_with("set aside: ") && l.contains(name)).unwrap_or_else(|| panic!("nothing told:\n{}", run.err));
    assert!(told.contains(message), "{told}");
    let mut expected: Vec<&str> = [through, &["good", "kept"]].concat();
    expected.sort_unstable();
    let names: Vec<_> = bench.sql("SELECT event_name FROM events ORDER BY event_name").into_iter().map(|r| r["event_name"].clone()).collect();
    assert_eq!(names, expected);
    let ledger = std::fs::read_to_string(bench.path("lake/_tracemill/commits/00000003.json")).unwrap();
    let entry: serde_json::Value = serde_json::from_str(&ledger).unwrap();
    let source = entry["sources"].as_array().unwrap().iter().find(|s| s["path"].as_str().unwrap().ends_with(name)).unwrap().clone();
    assert!(source["set_aside"].as_u64().unwrap() > 0, "{source}");
    let example = &source["examples"][0];
    let entry = format!("{}: {}", example["position"].as_str().unwrap(), example["reason"].as_str().unwrap());
    assert!(entry.contains(message), "{source}");
}

#[test]
fn files_that_are_nothing() {
    check("unknown.txt", b"hello, world\n", "plain text, perhaps a server's message that was saved in place of an answer: \"hello, world\"", &[]);
    check("empty.jsonl", b"", "byte 0: empty", &[]);
    check("other.json", b"{\"state\":\"good\",\"facts\":{}}\n", "no other document that is known (its keys: \"state\", \"facts\")", &[]);
}

#[test]
fn torn_and_garbled_lines() {
    let torn = line("torn");
    check("torn.jsonl", format!("{}\n{}", line("a"), &torn[..torn.len() - 9]).as_bytes(), "line 2, byte", &["a"]);
    check("garbage.jsonl", format!("{}\n%%%\n{}\n", line("a"), line("b")).as_bytes(), "line 2, byte 107: '%' where", &["a", "b"]);
    let utf8 = [line("a").into_bytes(), b"\n{\"x\":\"\xff\"}\n".to_vec(), line("b").into_bytes()].concat();
    check("utf8.jsonl", &utf8, "line 2, byte 107: invalid UTF-8 (at byte 6 of the request)", &["a", "b"]);
}

#[test]
fn damaged_compression() {
    let text = format!("{}\n{}\n", line("a"), line("b"));
    let mut gz = gzip(text.as_bytes());
    gz.truncate(gz.len() - 40);
    check("cut.gz", &gz, "damaged gzip", &["a"]);
    let mut zst = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let end = zst.len() - 3;
    zst.truncate(end);
    let whole = zstd::encode_all(format!("{}\n", line("c")).as_bytes(), 1).unwrap();
    check("cut.zst", &[whole, zst].concat(), "damaged zstd", &["c"]);
}

#[test]
fn frames_and_bodies() {
    // LogsData with one record: time, event_name "p"
    let record = [&[0x09][..], &1_795_369_212_209_923_746_u64.to_le_bytes(), &[0x62, 1, b'p']].concat();
    let message = [&[0x0a, 16, 0x12, 14, 0x12, 12][..], &record].concat();
    let frame = |m: &[u8]| [&(m.len() as u32).to_be_bytes()[..], m].concat();
    check("beyond.pb", &[frame(&message), vec![0, 1, 0, 0], message.clone()].concat(), "a frame of 65536 bytes, but only 18 follow", &["p"]);
    check("broken.pb", &[frame(&[0x0a, 5, 0x12, 3, 0x12, 9, 9]), frame(&message)].concat(), "frame 1, byte 4: a length beyond its message", &["p"]);
}

#[test]
fn deep_and_huge_values() {
    let deep = line("deep")
        .replace("\"eventName\"", &format!("\"body\":{}{{}}{},\"eventName\"", "{\"arrayValue\":{\"values\":[".repeat(150), "]}}".repeat(150)));
    check("deep.jsonl", format!("{deep}\n{}", line("a")).as_bytes(), "nested deeper than 420 levels", &["a"]);
    let bench = Bench::new();
    let huge = line(&"x".repeat(3 << 20));
    let file = bench.write("huge.jsonl", format!("{}\n{huge}\n{}\n", line("a"), line("b")));
    let run = bench.run(&["ingest", "--max-request", "2000000", file.to_str().unwrap()]).exits(1);
    assert!(run.err.contains("line 2, byte 107: a request of more than 2000000 bytes; raise --max-request to take it"), "{}", run.err);
    assert_eq!(bench.sql("SELECT COUNT(*) AS n FROM events")[0]["n"], 2);
    let _ = bench.run(&["ingest", "--max-request", "4000000", file.to_str().unwrap()]).exits(0);
    assert_eq!(bench.sql("SELECT COUNT(*) AS n FROM events")[0]["n"], 3);
}

#[test]
fn a_record_that_makes_no_sense_costs_only_itself() {
    let text = line("a").replace("[{\"time", "[{\"spanId\":\"nonsense\"},{\"time");
    check("record.jsonl", text.as_bytes(), "one record: \"nonsense\" is no id of 8 bytes in hex or base64", &["a"]);
}

#[test]
fn standard_input_is_taken() {
    let bench = Bench::new();
    let file = bench.write("in.jsonl", line("in"));
    let run = bench.run_with(&["ingest", "-"], Some(&file)).exits(0);
    assert!(run.err.contains("1 events"), "{}", run.err);
    assert!(run.out.is_empty());
}

#[test]
fn what_makes_no_sense_is_refused_before_any_work() {
    let bench = Bench::new();
    let file = bench.write("in.jsonl", line("in"));
    let file = file.to_str().unwrap();
    for (words, message) in [
        (vec!["ingest", "no-such-file"], "no-such-file: no such file or folder"),
        (vec!["ingest", "*.none"], "*.none: matches no file"),
        (vec!["ingest"], "required arguments were not provided"),
        (vec!["ingest", file, "--bad"], "unexpected argument '--bad'"),
        (vec!["ingest", file, "--prices", "none.toml"], "none.toml: no such file"),
        (vec!["no-such-command"], "unrecognized subcommand"),
    ] {
        let run = bench.run(&words).exits(2);
        assert!(run.err.contains(message), "{words:?}: {}", run.err);
        assert!(!bench.path("lake").exists(), "{words:?} made a lake");
    }
    let _ = bench.run(&["ingest", file]).exits(0);
    for (words, message) in [
        (vec!["tokens", "--format", "xml"], "xml"),
        (vec!["tokens", "--since", "yesterdayish"], "yesterdayish"),
        (vec!["tokens", "--by", "colour"], "colour"),
        (vec!["tokens", "--lake", "elsewhere"], "no lake there"),
        (vec!["sql", "SELECT nothing FROM nowhere"], "nowhere"),
        (vec!["tables", "nowhere"], "nowhere"),
    ] {
        let run = bench.run(&words).exits(2);
        assert!(run.err.contains(message), "{words:?}: {}", run.err);
    }
}

#[test]
fn control_characters_of_names_and_contents_do_not_reach_the_terminal() {
    let bench = Bench::new();
    let file = bench.write("evil\x1b[31m.txt", b"\x1b]0;title\x07");
    let run = bench.run_files("ingest", &[file]).exits(1);
    assert!(!run.err.contains('\x1b') && !run.err.contains('\x07'), "{:?}", run.err);
}

#[test]
fn what_strangers_wrote_does_not_steer_a_terminal() {
    let bench = Bench::new();
    let hostile = "\u{1b}[2J\u{9b}31m\u{202e}evil\u{2066}\n";
    let prompt = |id: &str| {
        let attributes: Vec<_> = [("event.name", "codex.user_prompt"), ("conversation.id", id), ("prompt", "hi")]
            .map(|(key, value)| serde_json::json!({"key": key, "value": {"stringValue": value}}))
            .into();
        let record = serde_json::json!({"timeUnixNano": "1795369212209923746", "attributes": attributes});
        format!("{}\n", serde_json::json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}))
    };
    let service = line("x").replace(
        "{\"scopeLogs\"",
        &format!("{{\"resource\":{},\"scopeLogs\"", {
            serde_json::json!({"attributes": [{"key": "service.name", "value": {"stringValue": hostile}}]})
        }),
    );
    let key = serde_json::json!({hostile: 1});
    let lines = format!("{}{}{service}\n{key}\n", prompt(&format!("sess/{hostile}a")), prompt(&format!("sess/{hostile}b")));
    let file = bench.write("hostile.jsonl", lines);
    let harmless = |text: &str| !text.contains(|c: char| c.is_control() && c != '\n' || matches!(c, '\u{202e}' | '\u{2066}'));
    let taken = bench.run(&["ingest", file.to_str().unwrap()]).exits(1);
    assert!(taken.err.contains("evil") && harmless(&taken.err), "{:?}", taken.err);
    for words in [&["show", "sess/"][..], &["show", "nothing"], &["quarantine", "show", hostile]] {
        let run = bench.run(words).exits(2);
        assert!(run.err.contains("evil") && harmless(&run.err), "{:?}", run.err);
    }
}

#[test]
#[cfg(unix)]
fn nobody_needs_to_read_standard_error() {
    use std::process::{Command, Stdio};
    let bench = Bench::new();
    let file = bench.write("in.jsonl", format!("{}\n%%%\n", line("in")));
    for (n, full) in [false, true].into_iter().enumerate() {
        let (lake, nights) = (format!("lake{n}"), format!("nights{n}"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracemill"));
        let _ = command.args(["nightly", file.to_str().unwrap(), "--lake", &lake, "--out", &nights, "--date", "2026-11-23"]);
        let _ = command.current_dir(bench.folder.path()).stdin(Stdio::null());
        let device = Path::new("/dev/full");
        let code = if full {
            if !device.exists() {
                continue;
            }
            let _ = command.stderr(std::fs::OpenOptions::new().write(true).open(device).unwrap());
            command.status().unwrap().code()
        } else {
            let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
            drop(child.stderr.take());
            child.wait().unwrap().code()
        };
        assert_eq!(code, Some(1), "the bad line is set aside, and nothing else is wrong");
        assert!(bench.path(&nights).join("2026-11-23/run.json").exists());
        let conversations = ["sql", "SELECT COUNT(*) AS n FROM events", "--lake", &lake];
        assert!(bench.run(&conversations).exits(0).out.contains('1'));
    }
}

#[test]
#[cfg(unix)]
fn who_closes_standard_output_has_read_enough() {
    use std::process::{Command, Stdio};
    let bench = Bench::new();
    let mut child = Command::new(env!("CARGO_BIN_EXE_tracemill")).arg("categories").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
        let status = Command::new(env!("CARGO_BIN_EXE_tracemill")).arg("categories").current_dir(bench.folder.path()).stdout(full).status();
        assert_eq!(status.unwrap().code(), Some(3));
    }
}
