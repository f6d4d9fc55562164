//! The lake as an operator sees it: runs at once, full disks, vanished inputs; `verify` finds what is wrong; `compact` changes no answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Bench, agents, sample};

/// Every file below a folder with its bytes.
pub fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { drop(found.insert(path.clone(), std::fs::read(&path).unwrap())) }
        }
    }
    found
}

/// The answers of all reports, as bytes.
pub fn answers(bench: &Bench) -> BTreeMap<PathBuf, Vec<u8>> {
    let out = bench.path("answers");
    let _ = std::fs::remove_dir_all(&out);
    let _ = bench.run(&["reports", "--output-dir", "answers", "--format", "csv"]).exits(0);
    let answers: BTreeMap<PathBuf, Vec<u8>> = tree(&out).into_iter().map(|(p, b)| (p.strip_prefix(&out).unwrap().to_owned(), b)).collect();
    assert!(answers.len() >= 15);
    answers
}

/// What `verify` finds: places and words, those that are wrong.
fn wrong(bench: &Bench) -> Vec<(String, String)> {
    let run = bench.run(&["verify", "--format", "json"]);
    let found: Vec<BTreeMap<String, String>> = serde_json::from_str(&run.out).unwrap_or_else(|e| panic!("{e}: {}{}", run.out, run.err));
    let wrong: Vec<_> = found.iter().filter(|f| f["wrong"] == "yes").map(|f| (f["place"].clone(), f["finding"].clone())).collect();
    assert_eq!(run.code, i32::from(!wrong.is_empty()), "{}{}", run.out, run.err);
    assert!(found.iter().all(|f| !f["detail"].is_empty() && !f["remedy"].is_empty()), "{found:?}");
    wrong
}

/// A program that is still to be run, in the bench's folder.
pub fn program(bench: &Bench, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tracemill"));
    let _ = command.args(words).current_dir(bench.path("")).env("TRACEMILL_LAKE", "lake").stdin(Stdio::null()).stdout(Stdio::null());
    command
}

#[test]
fn verify_finds_each_kind_of_damage() {
    let bench = Bench::with_sample(&["mcp"]);
    let bad = bench.write("bad.jsonl", "{\"resourceSpans\":[torn\n");
    let _ = bench.run_files("ingest", &[bad]).exits(1);
    assert_eq!(wrong(&bench), []);
    let lake = bench.path("lake");
    let files = tree(&lake);
    let below = |path: &Path| path.strip_prefix(&lake).unwrap().to_str().unwrap().to_owned();
    let mut tried = 0;
    for (path, bytes) in files.iter().filter(|(p, _)| p.extension().is_some_and(|e| e == "parquet") || p.parent().unwrap().ends_with("quarantine")) {
        let (name, middle) = (below(path), bytes.len() / 2);
        let flipped: Vec<u8> = bytes.iter().enumerate().map(|(n, b)| if n == middle { b ^ 16 } else { *b }).collect();
        for (bytes, word) in [(Some(flipped), "checksum"), (Some(bytes[..middle].to_vec()), "size"), (None, "missing")] {
            match bytes {
                Some(bytes) => std::fs::write(path, bytes).unwrap(),
                None => std::fs::remove_file(path).unwrap(),
            }
            // each table once with each, and every file with one of them
            if tried % 7 == 0 || name.contains("quarantine") {
                let found = wrong(&bench);
                assert!(found.contains(&(name.clone(), word.to_owned())), "{name} {word}: {found:?}");
            }
            tried += 1;
        }
        std::fs::write(path, bytes).unwrap();
    }
    let orphan = lake.join("spans/date=2026-11-22/part-999999-00001.parquet");
    let _ = std::fs::copy(files.keys().find(|p| below(p).starts_with("spans/")).unwrap(), &orphan).unwrap();
    assert_eq!(wrong(&bench), [(below(&orphan), "orphan".to_owned())]);
    let run = bench.run(&["compact"]).exits(0);
    assert!(run.err.contains("deleted, because the log does not know it: spans/date=2026-11-22/part-999999-00001.parquet"), "{}", run.err);
    assert_eq!(wrong(&bench), []);
    let key = lake.join("_tracemill/key");
    std::fs::write(&key, "none").unwrap();
    assert_eq!(wrong(&bench), [("_tracemill/key".to_owned(), "damaged".to_owned())]);
    std::fs::write(&key, &files[&key]).unwrap();
    let log = std::fs::read_dir(lake.join("_tracemill/commits")).unwrap().next().unwrap().unwrap().path();
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replacen("\"rows\":1", "\"rows\":2", 1)).unwrap();
    let run = bench.run(&["verify"]).exits(3);
    assert!(run.err.contains("damaged commit: its checksum is not that of its bytes; put it back from a backup"), "{}", run.err);
}

#[test]
fn a_compaction_changes_no_answer_and_nothing_is_built_again() {
    let bench = Bench::new();
    for file in sample(&["mcp", "v55-full", "v130-full"]).into_iter().chain(agents(&["claude-code/tools-failures"])) {
        let _ = bench.run_files("ingest", &[file]).exits(0);
    }
    let bad = bench.write("bad.jsonl", "{\"resourceSpans\":[torn\n");
    let _ = bench.run_files("ingest", &[bad]).exits(1);
    let before = answers(&bench);
    let ordered = |table: &str, by: &str| bench.sql(&format!("SELECT * FROM {table} ORDER BY {by}"));
    let rows = || [ordered("spans", "record_id"), ordered("events", "record_id"), ordered("metrics", "record_id")];
    let rows_before = rows();
    let quarantine = bench.run(&["quarantine", "--format", "csv"]).out;
    let count = || tree(&bench.path("lake")).into_keys().filter(|p| p.extension().is_some_and(|e| e == "parquet")).count();
    let many = count();
    let run = bench.run(&["compact"]).exits(0);
    assert!(run.err.contains(" are now "), "{}", run.err);
    assert!(count() < many, "{} of {many}", count());
    assert_eq!(std::fs::read_dir(bench.path("lake/_tracemill/commits")).unwrap().count(), 1);
    assert_eq!(wrong(&bench), []);
    assert!(answers(&bench) == before);
    assert!(rows() == rows_before);
    assert_eq!(bench.run(&["quarantine", "--format", "csv"]).out, quarantine);
    let files = sample(&["mcp"]);
    let run = bench.run_files("ingest", &files).exits(0);
    assert!(run.err.contains("unchanged") && !run.err.contains("semantic tables"), "{}", run.err);
    // what comes later is found beside what was merged: nothing of it is new
    let copies: Vec<PathBuf> = files.iter().map(|f| bench.write(f.file_name().unwrap().to_str().unwrap(), std::fs::read(f).unwrap())).collect();
    let _ = bench.run_files("ingest", &copies).exits(0);
    assert!(answers(&bench) == before);
    let run = bench.run(&["compact"]).exits(0);
    let said: Vec<&str> = run.err.split_whitespace().collect();
    assert_eq!(said[0], said[7], "{}", run.err);
    assert_eq!(wrong(&bench), []);
}

#[test]
fn runs_at_once_end_as_one_after_the_other() {
    let bench = Bench::with_sample(&["mcp", "v55-full", "v130-full"]);
    let expected = answers(&bench);
    std::fs::remove_dir_all(bench.path("lake")).unwrap();
    let shares = [sample(&["mcp", "v55-full"]), sample(&["v55-full", "v130-full"]), sample(&["mcp", "v130-full"])];
    let runs: Vec<_> = shares
        .iter()
        .map(|files| {
            let words: Vec<&str> = std::iter::once("ingest").chain(files.iter().map(|f| f.to_str().unwrap())).collect();
            program(&bench, &words).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for run in runs {
        let output = run.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(answers(&bench) == expected);
    assert_eq!(wrong(&bench), []);
}

/// Runs the program where no file may become longer than so many blocks of 512 bytes.
#[cfg(unix)]
fn limited(bench: &Bench, blocks: u32, words: &[&str]) -> std::process::Output {
    let mut command = Command::new("sh");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let _ = command.args(["-c", &script, env!("CARGO_BIN_EXE_tracemill")]).args(words);
    command.current_dir(bench.path("")).env("TRACEMILL_LAKE", "lake").output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_lake_as_it_was() {
    let bench = Bench::with_sample(&["mcp"]);
    let before = tree(&bench.path("lake"));
    let files = sample(&["v130-full"]);
    let words: Vec<&str> = std::iter::once("ingest").chain(files.iter().map(|f| f.to_str().unwrap())).collect();
    let mut failed = 0;
    for blocks in [0, 1, 8, 24, 60] {
        let output = limited(&bench, blocks, &words);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.code() == Some(3) {
            failed += 1;
            assert!(told.contains("lake/_tracemill/") && told.contains("File too large"), "{blocks}: {told}");
            assert!(told.contains("raise the limit on the size of files and run again"), "{blocks}: {told}");
        }
        if tree(&bench.path("lake")) != before {
            // the raw tables may have been committed before the limit was met by the semantic ones
            assert!(failed > 2, "{blocks}: {told}");
            assert!(told.contains("the raw tables are complete") || output.status.success(), "{blocks}: {told}");
            break;
        }
    }
    assert!(failed >= 3);
    let _ = bench.run(&words).exits(0);
    assert_eq!(wrong(&bench), []);
}

#[cfg(unix)]
#[test]
fn an_input_that_vanishes_is_set_aside() {
    let bench = Bench::new();
    let made = Command::new("mkfifo").arg(bench.path("a.pipe")).status().unwrap();
    assert!(made.success());
    // a pipe that a glob happens to match is not waited for
    assert!(bench.run(&["ingest", "*.pipe"]).exits(0).err.contains("no file to read in *.pipe"));
    let line = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795369212209923746","eventName":"e"}]}]}]}"#;
    let vanishing = bench.write("b.jsonl", line);
    let run = program(&bench, &["ingest", "a.pipe", "b.jsonl"]).env("RAYON_NUM_THREADS", "1").stderr(Stdio::piped()).spawn().unwrap();
    // the one worker waits for somebody to write into the pipe, which it has found before the file
    let mut pipe = std::fs::File::options().write(true).open(bench.path("a.pipe")).unwrap();
    std::fs::remove_file(vanishing).unwrap();
    std::io::Write::write_all(&mut pipe, line.as_bytes()).unwrap();
    drop(pipe);
    let output = run.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("a.pipe: a pipe, which is waited for until something writes to it"), "{told}");
    assert!(told.contains("b.jsonl: byte 0: cannot be read: No such file or directory"), "{told}");
    assert_eq!(bench.sql("SELECT COUNT(*) AS n FROM events")[0]["n"], 1);
    assert_eq!(wrong(&bench), []);
}

#[cfg(unix)]
#[test]
fn a_folder_that_could_not_be_looked_into_is_open_until_it_can_be() {
    for retries in [false, true] {
        let bench = Bench::new();
        let line = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795369212209923746","eventName":"e"}]}]}]}"#;
        let _ = bench.write("archive/a.jsonl", line);
        // who may read everything can still not read where nothing is
        std::os::unix::fs::symlink("../later", bench.path("archive/late")).unwrap();
        let _ = bench.run(&["ingest", "archive"]).exits(1);
        let _ = bench.write("later/b.jsonl", line.replace('6', "7"));
        if retries {
            let told = bench.run(&["quarantine", "retry"]).exits(0);
            assert!(told.err.contains("1 tried: 1 taken"), "{}", told.err);
        } else {
            let _ = bench.run(&["ingest", "archive"]).exits(0);
        }
        assert_eq!(bench.sql("SELECT COUNT(*) AS n FROM events")[0]["n"], 2);
        assert!(bench.run(&["quarantine"]).exits(0).out.contains("no rows"));
        assert_eq!(wrong(&bench), []);
        let again = bench.run(&["ingest", "archive"]).exits(0);
        assert!(again.err.contains("0 files read, 2 unchanged"), "{}", again.err);
    }
}

#[cfg(unix)]
#[test]
fn a_lake_that_cannot_be_written_can_be_read_and_is_left_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::with_sample(&["mcp"]);
    let before = tree(&bench.path("lake"));
    let set = |mode: u32| {
        let below: std::collections::BTreeSet<&Path> =
            before.keys().flat_map(|p| p.ancestors().skip(1).take_while(|a| a.starts_with(bench.path("lake")))).collect();
        below.iter().for_each(|folder| std::fs::set_permissions(folder, std::fs::Permissions::from_mode(mode)).unwrap());
    };
    set(0o555);
    if std::fs::write(bench.path("lake/probe"), "").is_ok() {
        std::fs::remove_file(bench.path("lake/probe")).unwrap();
        set(0o755);
        println!("skipped: this user may write where nobody may");
        return;
    }
    let files = sample(&["v55-full"]);
    let run = bench.run_files("ingest", &files).exits(3);
    assert!(run.err.contains("lake/_tracemill/") && run.err.contains("Permission denied"), "{}", run.err);
    let _ = bench.run(&["tokens"]).exits(0);
    assert_eq!(wrong(&bench), []);
    assert!(tree(&bench.path("lake")) == before);
    set(0o755);
}
