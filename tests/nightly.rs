//! `nightly`: what stands in a night's folder, that equal lakes give equal bytes, that late data reaches the nights it belongs to, and that
//! a run that does not end leaves everything as it was.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Bench, Run, sample};

/// Every file below a folder, but those that may differ between equal runs.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn add(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
        for path in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            if path.is_dir() {
                add(root, &path, files);
            } else if !path.ends_with("run.json") {
                let _ = files.insert(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    add(folder, folder, &mut files);
    files
}

fn record(bench: &Bench, night: &str) -> Value {
    serde_json::from_slice(&std::fs::read(bench.path(night).join("run.json")).unwrap()).unwrap()
}

#[track_caller]
fn nightly(bench: &Bench, words: &[&str]) -> Run {
    bench.run(&[&["nightly"], words].concat())
}

/// A prompt and a response of a conversation, as Codex logs them.
fn request(conversation: &str, day: &str) -> String {
    let attributes = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| json!({"key": k, "value": {"stringValue": v}})).collect::<Vec<_>>();
    let record = |second: u32, pairs: &[(&str, &str)]| {
        let time = format!("{day}T12:00:{second:02}.000Z");
        let own = [
            ("event.timestamp", time.as_str()),
            ("conversation.id", conversation),
            ("model", "gpt-5.5"),
            ("slug", "gpt-5.5"),
            ("app.version", "0.169.0"),
        ];
        json!({"attributes": attributes(&[&own, pairs].concat())})
    };
    let records = [
        record(0, &[("event.name", "codex.user_prompt"), ("prompt_length", "4"), ("prompt", "help")]),
        record(
            2,
            &[
                ("event.name", "codex.sse_event"),
                ("event.kind", "response.completed"),
                ("input_token_count", "1000"),
                ("output_token_count", "100"),
                ("tool_token_count", "1100"),
            ],
        ),
    ];
    let resource = json!({"attributes": attributes(&[("service.name", "codex_exec"), ("service.version", "0.169.0")])});
    format!("{}\n", json!({"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": records}]}]}))
}

#[test]
fn a_night_has_every_report_a_page_and_its_record() {
    let bench = Bench::new();
    let mut files: Vec<String> = sample(&["mcp", "v55-full"]).iter().map(|f| f.to_str().unwrap().to_owned()).collect();
    files.push(bench.write("bad.jsonl", "{\"resourceLogs\":[]}\nno telemetry\n").to_str().unwrap().to_owned());
    let words = |out| [&["--date", "2026-11-23", "--out", out], &files.iter().map(String::as_str).collect::<Vec<_>>()[..]].concat();
    let run = nightly(&bench, &words("out1")).exits(1);
    let line = run.err.lines().last().unwrap();
    assert!(line.starts_with("night of 2026-11-23: ") && line.ends_with("1 set aside; out1/2026-11-23/index.html"), "{line}");

    let first = contents(&bench.path("out1/2026-11-23"));
    for report in bench.reports() {
        assert!(first[&format!("{report}.csv")].len() > 40 && first[&format!("{report}.parquet")].starts_with(b"PAR1"), "{report}");
    }
    // what is asked among many is answered as by itself
    for report in bench.reports() {
        let lake_wide = ["daily", "trends", "tooltrends"].contains(&report.as_str());
        let period: &[&str] = if lake_wide { &[] } else { &["--since", "2026-11-22", "--until", "2026-11-23"] };
        let alone = bench.run(&[&[report.as_str(), "--lake", "lake", "--format", "csv"], period].concat()).exits(0);
        assert!(alone.out.as_bytes() == first[&format!("{report}.csv")], "{report}");
    }
    let page = String::from_utf8(first["index.html"].clone()).unwrap();
    assert!(
        page.contains("Sunday, 22 November 2026") && page.contains("no telemetry") || page.contains("bad.jsonl"),
        "the page does not tell what was set aside"
    );
    // every address on it leads to a file or to a part of it
    let addresses: Vec<String> = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&#x2f;", "/")).collect();
    assert!(addresses.iter().any(|a| a.starts_with("runs/")) && addresses.iter().any(|a| a == "cost.csv"), "{addresses:?}");
    for address in addresses.iter().filter(|a| *a != "data:,") {
        assert!(address.strip_prefix('#').map_or(first.contains_key(address), |id| page.contains(&format!("id=\"{id}\""))), "{address}");
    }
    #[cfg(unix)]
    assert_eq!(std::fs::read_link(bench.path("out1/latest")).unwrap().to_str(), Some("2026-11-23"));
    assert!(std::fs::read_to_string(bench.path("out1/index.html")).unwrap().contains("2026-11-23&#x2f;index.html"));

    let told = record(&bench, "out1/2026-11-23");
    fields(&told);
    assert_eq!((&told["exit_code"], &told["set_aside"], &told["reused"]), (&json!(1), &json!({"run": 1, "lake": 1}), &json!(false)));
    assert_eq!(told["period"], json!({"since": "2026-11-22T00:00:00Z", "until": "2026-11-23T00:00:00Z", "timezone": "UTC"}));
    assert_eq!((&told["commits"], &told["semantic_tables"]), (&json!({"before": 0, "after": 2}), &json!("built")));
    let counted = &bench.sql("SELECT COUNT(*) AS n, SUM(total_tokens) AS tokens FROM model_calls")[0];
    assert_eq!((&told["summary"]["model_calls"], &told["summary"]["total_tokens"]), (&counted["n"], &counted["tokens"]));
    assert_eq!((&told["tables"]["model_calls"]["rows"], &told["tables"]["model_calls"]["added"]), (&counted["n"], &counted["n"]));
    let read = told["inputs"]["read"].as_array().unwrap();
    assert_eq!(read.len(), files.len());
    assert!(read.iter().any(|input| input["set_aside"] == 1 && input["examples"][0]["position"].as_str().unwrap().starts_with("line 2")));
    assert_eq!(told["reports"].as_array().unwrap().iter().find(|r| r["report"] == "trends").unwrap()["window"], "lake");

    // another folder: nothing is new, and the bytes are the same
    let _ = nightly(&bench, &words("out2"));
    assert!(first == contents(&bench.path("out2/2026-11-23")));
    // the same folder: what is there is left, what is damaged is made again
    let _ = nightly(&bench, &words("out1"));
    let again = record(&bench, "out1/2026-11-23");
    assert_eq!((&again["reused"], &again["reports"], &again["summary"]), (&json!(true), &told["reports"], &told["summary"]));
    assert_eq!(again["tables"]["spans"]["added"], 0);
    std::fs::write(bench.path("out1/2026-11-23/cost.csv"), "gone").unwrap();
    let _ = nightly(&bench, &words("out1"));
    assert!(first == contents(&bench.path("out1/2026-11-23")) && record(&bench, "out1/2026-11-23")["reused"] == false);
}

/// The fields that docs/nightly.md names, and their types; the page and the program agree on them.
fn fields(record: &Value) {
    let page = std::fs::read_to_string(crate::project("docs/nightly.md")).unwrap();
    let documented: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | ").map(|(name, _)| name)).collect();
    let mut found: Vec<String> = record.as_object().unwrap().keys().cloned().collect();
    found.sort();
    let mut wanted: Vec<&str> = documented.clone();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    for step in ["ingest", "semantic", "nights_rewritten", "reports", "timelines", "page", "total"] {
        assert!(record["seconds"][step].as_f64().is_some(), "{step}");
    }
    assert!(!cfg!(target_os = "linux") || record["peak_memory_bytes"].as_u64().unwrap() > 1 << 20);
    for field in ["tracemill", "prices", "dialects"] {
        assert!(record["versions"][field].as_str().is_some_and(|v| !v.is_empty()), "{field}");
    }
}

#[test]
fn late_data_reaches_the_night_it_belongs_to() {
    let bench = Bench::new();
    let night = |date: &str, files: &[(&str, &str)]| {
        let words: Vec<String> =
            files.iter().map(|(id, day)| bench.write(&format!("{id}-{day}.jsonl"), request(id, day)).to_str().unwrap().to_owned()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        nightly(&bench, &[&["--out", "out", "--date", date], &words[..]].concat()).exits(0)
    };
    let _ = night("2026-11-21", &[("one", "2026-11-20")]);
    let _ = night("2026-11-22", &[("two", "2026-11-21")]);
    let (first, second) = (contents(&bench.path("out/2026-11-21")), contents(&bench.path("out/2026-11-22")));
    assert_eq!(record(&bench, "out/2026-11-21")["summary"]["model_calls"], 1);
    assert_eq!(record(&bench, "out/2026-11-22")["late_days"], json!({}));

    let run = night("2026-11-23", &[("three", "2026-11-22"), ("late", "2026-11-20")]);
    assert!(run.err.lines().last().unwrap().contains("written anew for late data: 2026-11-21"), "{}", run.err);
    let told = record(&bench, "out/2026-11-23");
    assert_eq!((&told["late_days"], &told["nights_rewritten"]), (&json!({"2026-11-20": {"events": 2}}), &json!(["2026-11-21"])));
    assert_eq!(told["days_touched"], json!(["2026-11-20", "2026-11-22"]));
    let page = std::fs::read_to_string(bench.path("out/2026-11-23/index.html")).unwrap();
    assert!(page.contains("<a href=\"..&#x2f;2026-11-21&#x2f;index.html\">2026-11-20</a>") && page.contains("+2 events"));
    let rewritten = record(&bench, "out/2026-11-21");
    assert_eq!((&rewritten["summary"]["model_calls"], &rewritten["rewritten_by"]), (&json!(2), &json!("2026-11-23")));
    assert!(first["conversations.csv"] != contents(&bench.path("out/2026-11-21"))["conversations.csv"]);
    assert!(second == contents(&bench.path("out/2026-11-22")), "a night without late data is left as it is");

    // run again there is nothing late any more, and the night still says what was
    let third = contents(&bench.path("out/2026-11-23"));
    let _ = night("2026-11-23", &[("three", "2026-11-22")]);
    assert!(third == contents(&bench.path("out/2026-11-23")));
    assert_eq!(record(&bench, "out/2026-11-23")["late_days"], told["late_days"]);
}

#[test]
fn a_run_that_does_not_end_leaves_the_night_as_it_was() {
    let bench = Bench::new();
    let file = bench.write("one.jsonl", request("one", "2026-11-20"));
    let words = ["--out", "out", "--date", "2026-11-21", file.to_str().unwrap()];
    let _ = nightly(&bench, &words).exits(0);
    let before = contents(&bench.path("out"));

    // a report that cannot be answered
    let _ = bench.write("own/broken.sql", "-- title: T\n-- answers: a\n-- columns:\n--   n int64 n\nSELECT nothing AS n FROM turns ORDER BY n");
    let run = nightly(&bench, &[&words[..], &["--queries", "own"]].concat()).exits(2);
    assert!(run.err.contains("broken: ") && run.err.contains("nothing"), "{}", run.err);
    let left = |what: &str| bench.path("out").join(what).exists();
    assert!(!left(".2026-11-21.new"), "what was in the making goes");
    assert!(before == contents(&bench.path("out")));

    // killed while it writes
    let more = bench.write("two.jsonl", request("two", "2026-11-20"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracemill"));
    let _ = command.arg("nightly").args(words).arg(&more).current_dir(bench.path(".")).env("TRACEMILL_LAKE", "lake").stderr(Stdio::null());
    let mut running = command.spawn().unwrap();
    let started = Instant::now();
    let writing = || std::fs::read_dir(bench.path("out/.2026-11-21.new")).is_ok_and(|files| files.count() > 3);
    while !writing() && running.try_wait().unwrap().is_none() && started.elapsed() < Duration::from_secs(300) {
        std::thread::sleep(Duration::from_millis(2));
    }
    running.kill().unwrap();
    let _ = running.wait().unwrap();
    assert!(left(".2026-11-21.new"), "it was killed too late");
    std::fs::rename(bench.path("out/.2026-11-21.new"), bench.path("leftover")).unwrap();
    assert!(before == contents(&bench.path("out")));

    // killed between the two steps of a system that cannot swap folders
    std::fs::rename(bench.path("leftover"), bench.path("out/.2026-11-21.new")).unwrap();
    std::fs::rename(bench.path("out/2026-11-21"), bench.path("out/.2026-11-21.old")).unwrap();
    let run = nightly(&bench, &["--out", "out", "--date", "2026-11-21", more.to_str().unwrap(), "--since", "no time"]);
    assert_eq!(run.code, 2);
    let _ = nightly(&bench, &["--out", "out", "--date", "2026-11-21", more.to_str().unwrap()]).exits(0);
    assert!(!left(".2026-11-21.new") && !left(".2026-11-21.old"));
    assert_eq!(record(&bench, "out/2026-11-21")["summary"]["model_calls"], 2);
}

#[test]
fn a_page_alone() {
    let bench = Bench::with_sample(&["mcp"]);
    let _ = bench.run(&["page", "--date", "2026-11-23", "-o", "page.html", "--agent", "codex"]).exits(0);
    let page = std::fs::read_to_string(bench.path("page.html")).unwrap();
    assert!(page.contains("Sunday, 22 November 2026") && page.contains("fail_tool") && !page.contains(".csv\""));
    assert!(bench.run(&["page", "--date", "yesterday"]).exits(2).err.contains("yesterday"));
}

#[test]
fn a_day_that_the_zone_left_out_is_none() {
    // Samoa went from 29 December 2011 to the 31st
    let bench = Bench::new();
    let file = bench.write("a.jsonl", request("c-1", "2011-12-30"));
    let file = file.to_str().unwrap();
    for (date, since, until) in [
        ("2011-12-30", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
        ("2011-12-31", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
        ("2012-01-01", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
    ] {
        let _ = nightly(&bench, &[file, "--out", "nights", "--date", date, "--timezone", "Pacific/Apia"]).exits(0);
        let period = &record(&bench, &format!("nights/{date}"))["period"];
        assert_eq!((&period["since"], &period["until"]), (&json!(since), &json!(until)), "{date}");
    }
    // the file's response is of the 31st there
    assert_eq!(record(&bench, "nights/2012-01-01")["summary"]["model_calls"], 1);
}
