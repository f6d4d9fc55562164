//! What is set aside is kept byte for byte, once, and can be tried again; the ledger counts what is set aside now, no more and no less.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;

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

fn frame(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes()[..], message].concat()
}

/// LogsData with one record: time, event_name "p".
fn message() -> Vec<u8> {
    let record = [&[0x09][..], &1_795_369_212_209_923_746_u64.to_le_bytes(), &[0x62, 1, b'p']].concat();
    [&[0x0a, 16, 0x12, 14, 0x12, 12][..], &record].concat()
}

type Row = BTreeMap<String, Value>;

/// The quarantine's list.
#[track_caller]
fn list(bench: &Bench, words: &[&str]) -> Vec<Row> {
    let run = bench.run(&[&["quarantine", "--format", "json"], words].concat()).exits(0);
    serde_json::from_str(&run.out).unwrap()
}

/// Number of commits in the log.
fn commits(bench: &Bench) -> usize {
    std::fs::read_dir(bench.path("lake/_tracemill/commits")).unwrap().count()
}

/// The ledger's latest entry of each source, by path.
fn ledger(bench: &Bench) -> BTreeMap<String, Value> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(bench.path("lake/_tracemill/commits")).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some()).collect();
    files.sort();
    let commits = files.iter().map(|f| serde_json::from_slice::<Value>(&std::fs::read(f).unwrap()).unwrap());
    let sources = commits.flat_map(|c| c["sources"].as_array().unwrap().clone());
    sources.map(|s| (s["path"].as_str().unwrap().to_owned(), s)).collect()
}

/// Every source's ledger entry counts exactly what the quarantine has open of it.
#[track_caller]
fn audit(bench: &Bench) {
    let mut open: BTreeMap<String, u64> = BTreeMap::new();
    let folder = bench.path("lake/_tracemill/quarantine");
    let index: Vec<PathBuf> = std::fs::read_dir(folder)
        .map(|entries| entries.map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "jsonl")).collect())
        .unwrap_or_default();
    assert!(index.len() <= 1, "one index: {index:?}");
    for entry in index.iter().flat_map(|f| std::fs::read_to_string(f).unwrap().lines().map(str::to_owned).collect::<Vec<_>>()) {
        for place in serde_json::from_str::<Value>(&entry).unwrap()["places"].as_array().unwrap() {
            if place["standing"] == "open" {
                *open.entry(place["path"].as_str().unwrap().to_owned()).or_default() += place["count"].as_u64().unwrap();
            }
        }
    }
    let mut counted: BTreeMap<String, u64> = ledger(bench).into_iter().map(|(path, s)| (path, s["set_aside"].as_u64().unwrap())).collect();
    counted.retain(|_, n| *n > 0);
    assert_eq!(open, counted);
}

/// All events of the lake, with their ids, without the source they are told to be from.
fn events(bench: &Bench) -> Vec<Row> {
    let mut rows = bench.sql("SELECT * FROM events ORDER BY record_id");
    rows.iter_mut().for_each(|r| drop(r.remove("source_id")));
    rows
}

/// Ingests one bad file; what is kept of it must be these pieces. No bytes stand for a file, which is not copied.
#[track_caller]
fn kept(name: &str, bytes: &[u8], pieces: &[Option<&[u8]>]) {
    let bench = Bench::new();
    let file = bench.write(name, bytes);
    let run = bench.run(&["ingest", "--raw-only", "--max-request", "2000000", file.to_str().unwrap()]).exits(1);
    assert!(run.err.contains("`tracemill quarantine` lists it"), "{}", run.err);
    audit(&bench);
    let mut told: Vec<Option<Vec<u8>>> = Vec::new();
    for entry in list(&bench, &[]) {
        let id = entry["id"].as_str().unwrap();
        let reason = entry["reason"].as_str().unwrap().trim_start_matches("2 records, the first: ");
        assert!(run.err.contains(reason), "{entry:?} in {}", run.err);
        assert!(entry["source"].as_str().unwrap().ends_with(name) && entry["sources"] == 1, "{entry:?}");
        if entry["kind"] == "file" {
            let run = bench.run(&["quarantine", "show", id]).exits(2);
            assert!(run.err.contains(name) && entry["bytes"] == bytes.len() && run.err.contains(entry["hash"].as_str().unwrap()), "{}", run.err);
            told.push(None);
        } else {
            let shown = bench.run(&["quarantine", "show", &id[..12]]).exits(0).bytes;
            assert_eq!(entry["bytes"], shown.len());
            told.push(Some(shown));
        }
    }
    let expected: Vec<Option<Vec<u8>>> = pieces.iter().map(|p| p.map(<[u8]>::to_vec)).collect();
    assert_eq!(told, expected, "{name}");
    // what was bad is bad still, and nothing is kept twice
    let before = commits(&bench);
    let listed = list(&bench, &[]);
    let _ = bench.run(&["ingest", "--raw-only", "--max-request", "2000000", file.to_str().unwrap()]).exits(1);
    assert_eq!((commits(&bench), list(&bench, &[])), (before, listed), "{name} a second time");
    let _ = bench.run(&["quarantine", "retry", "--raw-only", "--max-request", "2000000"]).exits(1);
    assert_eq!(list(&bench, &[]).len(), pieces.len(), "{name} after an attempt");
    audit(&bench);
}

#[test]
fn every_kind_of_bad_input_is_kept_byte_for_byte() {
    let (a, b) = (line("a"), line("b"));
    let torn = &a[..a.len() - 9];
    kept("unknown.txt", b"hello, world\n", &[None]);
    kept("empty.jsonl", b"", &[None]);
    let other = br#"{"status":"success","data":{}}"#;
    kept("other.json", &[&other[..], b"\n"].concat(), &[Some(other)]);
    kept("torn.jsonl", format!("{a}\n{torn}").as_bytes(), &[Some(torn.as_bytes())]);
    kept("garbage.jsonl", format!("{a}\n%%%\n{b}\n").as_bytes(), &[Some(b"%%%")]);
    kept("utf8.jsonl", &[a.as_bytes(), b"\n{\"x\":\"\xff\"}\n", b.as_bytes()].concat(), &[Some(b"{\"x\":\"\xff\"}")]);
    let mut gz = gzip(format!("{a}\n{b}\n").as_bytes());
    gz.truncate(gz.len() - 40);
    kept("cut.gz", &gz, &[None, Some(&b.as_bytes()[..b.len() - 31])]);
    let beyond = [&[0, 1, 0, 0][..], &message()].concat();
    kept("beyond.pb", &[frame(&message()), beyond.clone()].concat(), &[Some(&beyond)]);
    let broken = frame(&[0x0a, 5, 0x12, 3, 0x12, 9, 9]);
    kept("broken.pb", &[broken.clone(), frame(&message())].concat(), &[Some(&broken)]);
    let deep = line("deep")
        .replace("\"eventName\"", &format!("\"body\":{}{{}}{},\"eventName\"", "{\"arrayValue\":{\"values\":[".repeat(150), "]}}".repeat(150)));
    kept("deep.jsonl", format!("{deep}\n{a}").as_bytes(), &[Some(deep.as_bytes())]);
    let record = a.replace("[{\"time", "[{\"spanId\":\"nonsense\"},{\"spanId\":\"neither\"},{\"time");
    kept("record.jsonl", format!("{b}\n{record}\n").as_bytes(), &[Some(record.as_bytes())]);
    let huge = line(&"x".repeat(3 << 20));
    kept("huge.jsonl", format!("{a}\n{huge}\n{b}\n").as_bytes(), &[Some(huge.as_bytes())]);
    let huge = frame(&[message(), [&[0x0a, 0x80, 0x80, 0x80, 0x01][..], &vec![0; 2 << 20]].concat()].concat());
    kept("huge.pb", &[frame(&message()), huge.clone(), frame(&message())].concat(), &[Some(&huge)]);
}

#[test]
fn standard_input_is_kept_because_nobody_else_has_it() {
    let mut gz = gzip(format!("{}\n", line("a")).repeat(3000).as_bytes());
    gz.truncate(gz.len() / 2);
    for bytes in [b"hello, world\n".to_vec(), b"\x89PNG".repeat(100_000), gz] {
        let bench = Bench::new();
        let file = bench.write("in", &bytes);
        let _ = bench.run_with(&["ingest", "-"], Some(&file)).exits(1);
        let entries = list(&bench, &[]);
        let stream = entries.iter().find(|e| e["kind"] == "stream").unwrap();
        assert_eq!(stream["source"], "-");
        assert!(bench.run(&["quarantine", "show", stream["id"].as_str().unwrap()]).exits(0).bytes == bytes);
        audit(&bench);
    }
}

#[test]
fn the_same_bytes_are_one_entry_wherever_they_come_from() {
    let text = format!("{}\n%%%\n{}\n%%%\n", line("a"), &line("b")[..30]);
    let lists = [["one", "two"], ["two", "one"]].map(|order| {
        let bench = Bench::new();
        for name in order {
            let file = bench.write(name, &text);
            let _ = bench.run_files("ingest", &[file]).exits(1);
        }
        audit(&bench);
        let mut rows = list(&bench, &[]);
        rows.iter_mut().for_each(|r| drop(r.insert("source".into(), Path::new(r["source"].as_str().unwrap()).file_name().unwrap().to_str().into())));
        rows
    });
    assert_eq!(lists[0], lists[1]);
    assert_eq!(lists[0].iter().map(|r| (r["sources"].as_u64(), r["times"].as_u64())).collect::<Vec<_>>(), [(Some(2), Some(4)), (Some(2), Some(2))]);
    assert_eq!(lists[0][0]["position"], format!("line 2, byte {}", line("a").len() + 1));
}

#[test]
fn threads_and_files_do_not_matter() {
    let lines: Vec<String> = (0..30_000).map(|n| if n % 3 == 0 { format!("bad line {}", n % 700) } else { line(&n.to_string()) }).collect();
    let index = |threads: &str, files: usize| {
        let bench = Bench::new();
        for (n, some) in lines.chunks(lines.len().div_ceil(files)).enumerate() {
            let _ = bench.write(&format!("in/{n}.jsonl"), some.join("\n"));
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracemill"));
        let _ = command.args(["ingest", "--raw-only", "--lake", "lake", "in"]).current_dir(bench.folder.path()).env("RAYON_NUM_THREADS", threads);
        assert_eq!(command.output().unwrap().status.code(), Some(1));
        audit(&bench);
        let folder = bench.path("lake/_tracemill/quarantine");
        let text = std::fs::read_to_string(folder.join("index-000001.jsonl")).unwrap();
        (text.replace(bench.folder.path().to_str().unwrap(), ""), std::fs::read(folder.join("packed-000001")).unwrap())
    };
    let (one, one_bytes) = index("1", 1);
    let without_ids = |text: &str| text.split("\"source_id\"").map(|t| t[t.find(',').unwrap_or(0)..].to_owned()).collect::<Vec<_>>();
    let (many, many_bytes) = index("4", 1);
    assert!(without_ids(&one) == without_ids(&many) && one_bytes == many_bytes);
    let (_, split_bytes) = index("3", 7);
    assert!(one_bytes == split_bytes);
}

#[test]
fn a_larger_limit_takes_what_was_too_large_as_if_it_had_been_taken_at_first() {
    let record = format!(r#"{{"timeUnixNano":"1795369212209923746","eventName":"{}"}}"#, "x".repeat(1_000_000));
    let huge = line("h").replace("\"logRecords\":[", &format!("\"logRecords\":[{record},{record},{record},{{\"spanId\":\"nonsense\"}},"));
    let text = format!("{}\n{huge}\n{}\n", line("a"), line("b"));
    let direct = Bench::new();
    let file = direct.write("in.jsonl", &text);
    let _ = direct.run_files("ingest", &[file]).exits(1);

    let bench = Bench::new();
    let file = bench.write("in.jsonl", &text);
    let _ = bench.run(&["ingest", "--max-request", "2000000", file.to_str().unwrap()]).exits(1);
    assert_eq!(events(&bench).len(), 2);
    let run = bench.run(&["quarantine", "retry"]).exits(1);
    assert!(run.err.contains("1 tried: 0 taken, 1 still set aside; 4 events") && run.err.contains("semantic tables"), "{}", run.err);
    assert_eq!(events(&bench), events(&direct));
    let entry = &list(&bench, &[])[0];
    assert!(entry["reason"].as_str().unwrap().starts_with("one record: \"nonsense\""), "{entry:?}");
    assert_eq!(entry["reason"], list(&direct, &[])[0]["reason"]);
    audit(&bench);
    let counts = |bench: &Bench| {
        let source = ledger(bench).into_values().next().unwrap();
        ["requests", "records", "duplicates", "set_aside"].map(|k| source[k].clone())
    };
    assert_eq!(counts(&bench), counts(&direct));
    // a smaller limit takes nothing back
    let _ = bench.run(&["quarantine", "retry", "--max-request", "2000000"]).exits(1);
    audit(&bench);
    let _ = bench.run(&["quarantine", "retry"]).exits(1);
    assert_eq!((counts(&bench), events(&bench)), (counts(&direct), events(&direct)));
    // again: nothing new
    let before = commits(&bench);
    let _ = bench.run(&["quarantine", "retry"]).exits(1);
    assert_eq!((commits(&bench), events(&bench)), (before, events(&direct)));
}

#[test]
fn what_went_through_is_listed_no_more() {
    let text = format!("{}\n{}\n{}\n", line("a"), line(&"x".repeat(3_000_000)), line("b"));
    for by_retry in [true, false] {
        let bench = Bench::new();
        let file = bench.write("in.jsonl", &text);
        let _ = bench.run(&["ingest", "--max-request", "2000000", file.to_str().unwrap()]).exits(1);
        let id = list(&bench, &[])[0]["id"].as_str().unwrap().to_owned();
        // a second attempt by command, or by an ingest with a larger limit
        if by_retry { bench.run(&["quarantine", "retry", &id[..8]]) } else { bench.run_files("ingest", std::slice::from_ref(&file)) }.exits(0);
        assert_eq!(events(&bench).len(), 3);
        assert_eq!(list(&bench, &[]), Vec::<Row>::new());
        assert_eq!(list(&bench, &["--all"])[0]["standing"], "resolved");
        audit(&bench);
        // its source counts as whole now, even with the old limit
        let run = bench.run(&["ingest", "--max-request", "2000000", file.to_str().unwrap()]).exits(0);
        assert!(run.err.contains("0 files read, 1 unchanged"), "{}", run.err);
        assert!(bench.run(&["quarantine", "retry"]).exits(0).err.contains("0 tried"));
    }
}

#[test]
fn a_repaired_file_is_taken_and_a_missing_one_stays() {
    let whole = gzip(format!("{}\n{}\n", line("a"), line("b")).as_bytes());
    let bench = Bench::new();
    let cut = bench.write("cut.gz", &whole[..whole.len() - 40]);
    let unknown = bench.write("unknown", "hello");
    let _ = bench.run_files("ingest", &[cut, unknown.clone()]).exits(1);
    assert_eq!(list(&bench, &[]).len(), 3);
    let _ = bench.write("cut.gz", &whole);
    std::fs::remove_file(unknown).unwrap();
    let run = bench.run(&["quarantine", "retry"]).exits(1);
    assert!(run.err.contains("3 tried: 2 taken, 1 still set aside"), "{}", run.err);
    let left = list(&bench, &[]);
    assert!(left.len() == 1 && left[0]["reason"].as_str().unwrap().contains("No such file"), "{left:?}");
    audit(&bench);
    let direct = Bench::new();
    let file = direct.write("whole.gz", &whole);
    let _ = direct.run_files("ingest", &[file]).exits(0);
    assert_eq!(events(&bench), events(&direct));
}

#[test]
fn a_line_that_was_torn_when_its_file_still_grew_is_no_longer_set_aside_when_it_is_whole() {
    let (a, b) = (line("a"), line("b"));
    let bench = Bench::new();
    for (text, open) in [
        (format!("{a}\n{}", &b[..50]), 1),
        (format!("{a}\n{}", &b[..70]), 1),
        (format!("{a}\n{b}\n"), 0),
        // another file under the same name: what was bad in the old one was never taken
        (format!("{a}\n%%%"), 1),
        (format!("{a}\n"), 1),
    ] {
        let file = bench.write("grows.jsonl", &text);
        let _ = bench.run_files("ingest", &[file]);
        let listed = list(&bench, &[]);
        assert_eq!(listed.len(), open, "{text}: {listed:?}");
        audit(&bench);
    }
    assert_eq!(events(&bench).len(), 2);
}

#[test]
fn a_killed_run_leaves_nothing_by_halves() {
    let mut text = String::new();
    for n in 0..4000 {
        text += &format!("{}\nbad line {n}\n", line(&format!("event {n}")));
    }
    let whole = Bench::new();
    let file = whole.write("in.jsonl", &text);
    let _ = whole.run(&["ingest", "--raw-only", file.to_str().unwrap()]).exits(1);
    let (ids, rows) = (ids(&whole), events(&whole));
    assert_eq!((ids.len(), rows.len()), (4000, 4000));
    for delay in [20, 60, 150, 300, 450] {
        let bench = Bench::new();
        let file = bench.write("in.jsonl", &text);
        let words = ["ingest", "--raw-only", file.to_str().unwrap()];
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracemill"));
        let _ = command.args(words).current_dir(bench.folder.path()).env("TRACEMILL_LAKE", "lake").stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(delay));
        let _ = child.kill();
        let _ = child.wait().unwrap();
        if bench.path("lake/_tracemill/commits").is_dir() {
            // before or after the commit, never between
            let seen = (self::ids(&bench).len(), bench.sql("SELECT record_id FROM events").len());
            assert!(seen == (0, 0) || seen == (4000, 4000), "killed after {delay} ms: {seen:?}");
        }
        let _ = bench.run(&words).exits(1);
        assert_eq!((self::ids(&bench), events(&bench)), (ids.clone(), rows.clone()), "killed after {delay} ms");
        audit(&bench);
    }
}

/// The ids of all entries.
fn ids(bench: &Bench) -> Vec<String> {
    list(bench, &["--all"]).iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn ids_that_name_nothing_are_refused() {
    let bench = Bench::new();
    let file = bench.write("bad.jsonl", format!("{}\n1\n2\n", line("a")));
    let _ = bench.run_files("ingest", &[file]).exits(1);
    for (words, message) in [
        (vec!["quarantine", "show", "nonsense"], "nonsense: no such entry"),
        (vec!["quarantine", "retry", "nonsense"], "nonsense: no such entry"),
        (vec!["quarantine", "show", ""], "several entries begin so"),
        (vec!["quarantine", "show"], "required arguments were not provided"),
        (vec!["quarantine", "--lake", "elsewhere"], "no lake there"),
    ] {
        let run = bench.run(&words).exits(2);
        assert!(run.err.contains(message), "{words:?}: {}", run.err);
    }
}

#[test]
fn a_bomb_stays_as_small_as_it_came_and_what_is_too_much_is_left_where_it_is() {
    let bench = Bench::new();
    let bomb = line(&"a".repeat(20 << 20));
    // letters that no compression makes less than half of
    let mut state = 7_u64;
    let noise: String = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + (state >> 59) as u8 % 26)
    })
    .take(3_000_000)
    .collect();
    let compressed = zstd::encode_all(format!("{}\n{bomb}\n{}\n{}\n", line("a"), line(&noise), line("b")).as_bytes(), 3).unwrap();
    let file = bench.write("bomb.jsonl.zst", &compressed);
    let run = bench.run(&["ingest", file.to_str().unwrap(), "--max-request", "2000000", "--max-kept", "1000000"]).exits(1);
    assert!(run.err.contains("2 set aside"), "{}", run.err);
    assert_eq!(events(&bench).len(), 2);
    let lake: u64 = std::fs::read_dir(bench.path("lake/_tracemill/quarantine")).unwrap().map(|f| f.unwrap().metadata().unwrap().len()).sum();
    assert!(lake < 20_000, "{lake}");
    let entries = list(&bench, &[]);
    let of = |bytes: usize| entries.iter().find(|e| e["bytes"] == bytes).unwrap_or_else(|| panic!("{entries:?}"));
    let (kept, left) = (of(bomb.len()), of(line(&noise).len()));
    let show = |entry: &Row| bench.run(&["quarantine", "show", entry["id"].as_str().unwrap()]);
    assert!(show(kept).exits(0).out.trim_end() == bomb);
    assert!(kept["hash"].as_str().is_none_or(str::is_empty), "{}", kept["hash"]);
    let told = show(left).exits(2).err;
    assert!(told.contains("more than is kept") && told.contains(left["hash"].as_str().unwrap()), "{told}");
    assert_eq!(left["hash"].as_str().unwrap().len(), 64);
    assert!(left["reason"].as_str().unwrap().contains("more than 1000000 compressed (--max-kept)"), "{left:?}");
    let _ = bench.run(&["verify"]).exits(0);
    // what is kept is tried from there, the other where it was
    let told = bench.run(&["quarantine", "retry", left["id"].as_str().unwrap(), "--max-request", "4000000"]).exits(0).err;
    assert!(told.contains("1 tried: 1 taken"), "{told}");
    assert_eq!(events(&bench).len(), 3);
    std::fs::remove_file(file).unwrap();
    let _ = bench.run(&["quarantine", "retry", "--max-request", "30000000"]).exits(0);
    assert_eq!((events(&bench).len(), list(&bench, &[]).len()), (4, 0));
    audit(&bench);
}
