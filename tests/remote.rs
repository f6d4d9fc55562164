//! Lakes and archives behind URLs: they answer as those in folders do, whoever writes to them at once, and whatever is killed. The store is a folder
//! behind `file://`, which is asked with the same words as any other; `make test-s3` asks a real server, and takes more and larger input.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::{Bench, sample};

/// A machine: its folder holds its replicas, and what it writes.
struct Machine<'b> {
    bench: &'b Bench,
    name: String,
}

impl Machine<'_> {
    fn program(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tracemill"));
        let _ = command.args(words).current_dir(self.bench.path("")).env("TRACEMILL_LAKE", url(self.bench, "far")).env("COLUMNS", "200");
        let _ = command.env("TRACEMILL_CACHE", self.bench.path(&self.name)).stdin(Stdio::null());
        command
    }

    fn run(&self, words: &[&str]) -> (i32, String) {
        let output = self.program(words).output().unwrap();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn answers(&self) -> BTreeMap<String, Vec<u8>> {
        let out = format!("{}-answers", self.name);
        let (code, err) = self.run(&["reports", "--output-dir", &out, "--format", "csv"]);
        assert_eq!(code, 0, "{err}");
        read(&self.bench.path(&out))
    }

    fn verify(&self, what: &str) {
        let (code, err) = self.run(&["verify"]);
        assert_eq!(code, 0, "{what}: {err}");
    }
}

fn url(bench: &Bench, name: &str) -> String {
    format!("file://{}", bench.path(name).display())
}

fn read(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap());
    all.map(|e| (e.file_name().into_string().unwrap(), std::fs::read(e.path()).unwrap())).collect()
}

fn machine<'b>(bench: &'b Bench, name: &str) -> Machine<'b> {
    Machine { bench, name: name.to_owned() }
}

/// The answers of a lake in a folder that took these in one run.
fn expected(bench: &Bench, files: &[PathBuf]) -> BTreeMap<String, Vec<u8>> {
    let _ = bench.run_files("ingest", files).exits(0);
    let _ = bench.run(&["reports", "--output-dir", "expected", "--format", "csv"]).exits(0);
    read(&bench.path("expected"))
}

/// What names the places of archives: they are others.
fn without_places(mut answers: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    answers.retain(|name, _| !name.starts_with("coverage"));
    assert!(answers.len() >= 15);
    answers
}

#[test]
fn a_lake_and_an_archive_behind_urls_answer_as_folders_do() {
    let bench = Bench::new();
    let files = sample(&["mcp", "v55-full"]);
    let expected = expected(&bench, &files);
    for file in &files {
        let to = bench.path("archive/2026/11").join(file.file_name().unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        let _ = std::fs::copy(file, to).unwrap();
    }
    let (one, two) = (machine(&bench, "one"), machine(&bench, "two"));
    let (code, err) = one.run(&["tokens"]);
    assert!(code == 2 && err.contains("no lake there") && err.contains("file://"), "{err}");
    let (code, err) = one.run(&["ingest", &url(&bench, "nothing")]);
    assert!(code == 2 && err.contains("no such object"), "{err}");
    // by a pattern, then all, of which a part is known
    let (code, err) = one.run(&["ingest", "--raw-only", &format!("{}/*/11/mcp-*", url(&bench, "archive"))]);
    assert!(code == 0 && err.contains(&format!("{} files read, 0 unchanged", sample(&["mcp"]).len())), "{err}");
    let (code, err) = two.run(&["ingest", &url(&bench, "archive")]);
    assert!(code == 0 && err.contains(&format!("{} unchanged", sample(&["mcp"]).len())), "{err}");
    assert_eq!(without_places(one.answers()), without_places(expected.clone()));
    assert_eq!(without_places(machine(&bench, "three").answers()), without_places(expected));
    two.verify("after all");
    // a Delta log in the store is kept by whoever commits, from whichever machine
    let (code, err) = one.run(&["export", "delta"]);
    assert!(code == 0 && err.contains("name the"), "{err}");
    let entries = || -> Vec<PathBuf> {
        let tables = std::fs::read_dir(bench.path("far")).unwrap().map(|e| e.unwrap().path().join("_delta_log"));
        let all = tables.flat_map(|log| std::fs::read_dir(log).into_iter().flatten()).map(|e| e.unwrap().path());
        all.filter(|path| path.extension().is_some_and(|e| e == "json")).collect()
    };
    let first = entries().len();
    assert!(first >= 12, "{first}");
    let (code, err) = two.run(&["compact"]);
    assert_eq!(code, 0, "{err}");
    one.verify("after the compaction");
    let later: Vec<PathBuf> = entries().into_iter().filter(|path| path.ends_with("00000000000000000001.json")).collect();
    assert!(!later.is_empty() && entries().len() == first + later.len());
    for path in later {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains("\"remove\""), "{text}");
        for line in text.lines().filter(|line| line.starts_with("{\"add\"")) {
            let add: serde_json::Value = serde_json::from_str(line).unwrap();
            let file = path.parent().and_then(Path::parent).unwrap().join(add["add"]["path"].as_str().unwrap().replace("%3D", "="));
            assert!(file.is_file(), "{line}");
        }
    }
    let before = entries().len();
    let (code, err) = machine(&bench, "four").run(&["ingest", sample(&["v130"])[0].to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
    assert!(entries().len() > before);
    two.verify("after another");
    let (code, err) = two.run(&["export", "delta", "--stop"]);
    assert!(code == 0 && entries().is_empty(), "{err}");
    // the lake's own files are no archive
    let (code, err) = one.run(&["ingest", &url(&bench, "far"), "--lake", "other"]);
    assert!(code == 0 && err.contains("no file to read"), "{err}");
    // a file that the store has lost is found, although a replica has it
    let lost = std::fs::read_dir(bench.path("far/spans")).unwrap().map(|e| e.unwrap().path()).next().unwrap();
    std::fs::remove_dir_all(lost).unwrap();
    let (code, _) = one.run(&["verify"]);
    assert_eq!(code, 1);
}

#[test]
fn workers_at_once_give_what_one_gives() {
    let bench = Bench::new();
    let files = sample(&["mcp", "v55-full", "v130"]);
    assert!(files.len() >= 6);
    let expected = expected(&bench, &files);
    let mut shares = vec![Vec::new(); 4];
    // a delivery that two of them have
    shares[3].push(files[0].to_str().unwrap());
    files.iter().enumerate().for_each(|(n, file)| shares[n % 4].push(file.to_str().unwrap()));
    let workers = ["w0", "w1", "w2", "w3"].map(|name| machine(&bench, name));
    let folder = bench.path("near").display().to_string();
    let all: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    // shares by hand, then as the program parts them
    for (lake, parted) in [(url(&bench, "far"), false), (folder, true)] {
        let words = |n: usize| if parted { [&all[..], &["--share", ["0/4", "1/4", "2/4", "3/4"][n]]].concat() } else { shares[n].clone() };
        let start = |(n, worker): (usize, &Machine)| {
            worker.program(&[&["ingest"], &words(n)[..], &["--lake", &lake]].concat()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let running: Vec<_> = workers.iter().enumerate().map(start).collect();
        for child in running {
            let output = child.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
    }
    assert_eq!(without_places(machine(&bench, "reader").answers()), without_places(expected.clone()));
    let _ = bench.run(&["reports", "--lake", "near", "--output-dir", "near-answers", "--format", "csv"]).exits(0);
    assert_eq!(without_places(read(&bench.path("near-answers"))), without_places(expected));
    workers[2].verify("after four workers");
}

#[test]
fn a_run_that_is_killed_at_a_store_is_finished_by_the_next() {
    let bench = Bench::new();
    let files = sample(&["mcp", "v55-full"]);
    let expected = without_places(expected(&bench, &files));
    let words: Vec<&str> = std::iter::once("ingest").chain(files.iter().map(|f| f.to_str().unwrap())).collect();
    let one = machine(&bench, "one");
    let began = Instant::now();
    assert_eq!(one.run(&words).0, 0);
    let whole = began.elapsed();
    let mut dice = Dice::of_the_hour();
    let seed = dice.seed();
    for round in 0..4 {
        std::fs::remove_dir_all(bench.path("far")).unwrap();
        for _ in 0..=dice.below(3) {
            let after = Duration::from_micros(dice.below(whole.as_micros() as u64 * 11 / 10));
            let mut run = one.program(&words).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(after);
            run.kill().unwrap();
            let _ = run.wait().unwrap();
            if bench.path("far/_tracemill/key").exists() {
                one.verify(&format!("seed {seed}, round {round}, killed after {after:?} of {whole:?}"));
            }
        }
        let (code, err) = one.run(&words);
        assert_eq!(code, 0, "seed {seed}: {err}");
        assert!(without_places(one.answers()) == expected, "seed {seed}, round {round}");
        assert!(without_places(machine(&bench, &format!("fresh-{round}")).answers()) == expected, "seed {seed}, round {round}");
    }
}
