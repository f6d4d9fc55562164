//! The real program, run as its users run it: one binary, so that it links once. Border: what a library's own tests can
//! prove is proved there.

#![expect(clippy::unwrap_used, reason = "a panic in a test is a failed test")]

mod agents;
mod bad_input;
mod categories;
mod contracts;
mod demo;
mod dialects;
mod dice;
mod dumps;
mod export;
mod forget;
mod formats;
mod growing;
mod inspect;
mod killed;
mod lake;
mod languages;
mod map;
mod nightly;
mod order;
mod prices;
mod promises;
mod quarantine;
mod questions;
mod readme;
mod remote;
mod reports;
mod secrets;
mod sql;
mod truth;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a run of the program gave.
struct Run {
    code: i32,
    out: String,
    err: String,
    bytes: Vec<u8>,
}

impl Run {
    #[track_caller]
    fn exits(self, code: i32) -> Run {
        assert_eq!(self.code, code, "standard error:\n{}", self.err);
        self
    }
}

/// A folder of its own with a lake in it.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Bench {
        Bench { folder: tempfile::tempdir().unwrap() }
    }

    /// With the named archives of the sample in its lake.
    fn with_sample(names: &[&str]) -> Bench {
        let bench = Bench::new();
        let files = sample(names);
        let _ = bench.run_files("ingest", &files).exits(0);
        bench
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Runs the program in the folder, with its lake.
    fn run(&self, words: &[&str]) -> Run {
        self.run_with(words, None)
    }

    fn run_files(&self, command: &str, files: &[PathBuf]) -> Run {
        let words: Vec<&str> = std::iter::once(command).chain(files.iter().map(|f| f.to_str().unwrap())).collect();
        self.run(&words)
    }

    fn run_with(&self, words: &[&str], input: Option<&Path>) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracemill"));
        let _ = command.args(words).current_dir(self.folder.path()).env("TRACEMILL_LAKE", "lake").env("COLUMNS", "200");
        let _ = command.stdin(input.map_or_else(Stdio::null, |f| std::fs::File::open(f).unwrap().into()));
        let output = command.output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            bytes: output.stdout,
        }
    }

    /// The names of all reports.
    fn reports(&self) -> Vec<String> {
        let listed: Vec<Value> = serde_json::from_str(&self.run(&["reports", "--format", "json"]).exits(0).out).unwrap();
        let names: Vec<String> = listed.iter().map(|r| r["report"].as_str().unwrap().to_owned()).collect();
        assert!(names.len() >= 15, "{names:?}");
        names
    }

    /// The rows of a statement.
    #[track_caller]
    fn sql(&self, statement: &str) -> Vec<BTreeMap<String, Value>> {
        let run = self.run(&["sql", statement, "--format", "json"]).exits(0);
        serde_json::from_str(&run.out).unwrap()
    }
}

/// A file of the project.
fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The sample files of these archives; of all for no name.
fn sample(names: &[&str]) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(project("data/sample")).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| names.is_empty() || names.iter().any(|n| f.file_name().unwrap().to_str().unwrap().starts_with(&format!("{n}-"))));
    files.sort();
    files
}

/// The files of other agents' archives, named `agent/archive`.
fn agents(names: &[&str]) -> Vec<PathBuf> {
    let of = |name: &&str| std::fs::read_dir(project("data/agents").join(name)).unwrap().map(|e| e.unwrap().path());
    let mut files: Vec<PathBuf> = names.iter().flat_map(of).collect();
    files.sort();
    files
}

/// The answer keys of the sample: archive and content.
fn answer_keys() -> Vec<(String, Value)> {
    let entries = std::fs::read_dir(project("data/expected")).unwrap().map(|e| e.unwrap().path());
    let mut keys: Vec<(String, Value)> = entries
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap()))
        .collect();
    keys.sort_by(|a, b| a.0.cmp(&b.0));
    keys
}

#[test]
fn every_test_file_is_named_here() {
    let text = std::fs::read_to_string(project("tests/program.rs")).unwrap();
    for entry in std::fs::read_dir(project("tests")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("program.rs") {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(text.contains(&format!("mod {name};")), "{name}.rs is in no module list");
        }
    }
}
