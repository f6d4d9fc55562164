//! Instructions that the decoders need for a byte, counted by callgrind: on a machine whose clock tells nothing, because others use it too, a loss of five in a
//! hundred is seen. One thread decodes fixed archives the whole way from detection to columns, once and three times; half of the difference counts, so that
//! neither the start of the program nor what is made once is in it.
//!
//! `make bench-instructions` prints a table beside the counts of `benches/instructions.txt` and fails where there are more; with `TRACEMILL_RECORD=1` it writes
//! that file anew. The counts are of one compiler and one Valgrind, which it names. Needs Valgrind, and nothing else: gungraun (once iai-callgrind) would count
//! the same, but wants a second program installed in just the version of its library, and symbols in the optimised build.
//!
//! Further words of the command line choose cases by parts of their names.

mod cases;

use std::fmt::Write as _;
use std::io::{Error, Result, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use tracemill_ingest::{Input, Options, Silent, read};

/// Counts may be so much higher than those recorded, in parts of a thousand.
const MORE: u64 = 50;

fn main() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let [word, folder, rounds] = &words[..]
        && word == "decode"
    {
        return decode(Path::new(folder), rounds.parse().unwrap_or(1)).map(|()| ExitCode::SUCCESS);
    }
    // `cargo test` runs benches too, with nothing to measure
    if !words.iter().any(|word| word == "--bench") {
        return Ok(ExitCode::SUCCESS);
    }
    let wanted: Vec<&String> = words.iter().filter(|word| !word.starts_with("--")).collect();
    let folder = tempfile::tempdir()?;
    let recorded = Recorded::read()?;
    let mut now = Recorded { tools: tools()?, counts: Vec::new() };
    let mut out = std::io::stdout().lock();
    if !recorded.counts.is_empty() && recorded.tools != now.tools {
        writeln!(out, "recorded with {}, now {}\n", recorded.tools, now.tools)?;
    }
    writeln!(out, "| archive | kB | instructions a byte | recorded | change |\n|---|---|---|---|---|")?;
    let mut is_worse = false;
    for case in cases::all() {
        if !wanted.is_empty() && !wanted.iter().any(|word| case.name.contains(*word)) {
            continue;
        }
        let of_case = folder.path().join(case.name.replace(' ', "-"));
        std::fs::create_dir(&of_case)?;
        let files = case.files()?;
        for (n, bytes) in files.iter().enumerate() {
            std::fs::write(of_case.join(format!("{n:03}")), bytes)?;
        }
        let bytes: u64 = files.iter().map(|file| file.len() as u64).sum();
        let instructions = counted(&of_case, 3)?.saturating_sub(counted(&of_case, 1)?) / 2;
        let milli = instructions * 1000 / bytes.max(1);
        let before = recorded.counts.iter().find(|(name, _)| name == case.name).map(|(_, count)| *count);
        let change = before.map(|before| (milli as f64 / before as f64 - 1.0) * 100.0);
        is_worse |= before.is_some_and(|before| milli * 1000 > before * (1000 + MORE));
        let shown = |milli: u64| format!("{:.2}", milli as f64 / 1000.0);
        let (before, change) = (before.map_or_else(String::new, shown), change.map_or_else(String::new, |c| format!("{c:+.1} %")));
        writeln!(out, "| {} | {} | {} | {before} | {change} |", case.name, bytes / 1000, shown(milli))?;
        out.flush()?;
        now.counts.push((case.name.to_owned(), milli));
    }
    if std::env::var("TRACEMILL_RECORD").is_ok_and(|value| value == "1") {
        return now.write().map(|()| ExitCode::SUCCESS);
    }
    if is_worse {
        writeln!(out, "\nmore than {} % above what is recorded; if that is meant, TRACEMILL_RECORD=1 records it", MORE / 10)?;
    }
    Ok(if is_worse { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Decodes all files of a folder, so many times.
fn decode(folder: &Path, rounds: usize) -> Result<()> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_>>()?;
    paths.sort();
    let input = |path: &PathBuf| Ok(Input { path: Some(path.clone()), bytes: path.metadata()?.len(), modified_ns: 1, far: None });
    let inputs: Vec<Input> = paths.iter().map(input).collect::<Result<_>>()?;
    for _ in 0..rounds {
        let found = read(&inputs, &Options::default(), &Silent, &|_, _| ()).map_err(Error::other)?;
        if let Some(bad) = found.iter().find(|found| found.source.set_aside > 0 || found.source.records.is_empty()) {
            return Err(Error::other(format!("not all is read of {}: {:?}", bad.source.path, bad.source.examples.first())));
        }
    }
    Ok(())
}

/// The instructions of a run of this program that decodes a folder so many times.
fn counted(folder: &Path, rounds: usize) -> Result<u64> {
    let told = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe()?)
        .arg("decode")
        .arg(folder)
        .arg(rounds.to_string())
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .map_err(|e| Error::new(e.kind(), format!("valgrind cannot be run: {e}")))?;
    let words = String::from_utf8_lossy(&told.stderr);
    let count = words.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.filter(|_| told.status.success()).ok_or_else(|| Error::other(words.into_owned()))
}

/// What counts depend on beside the program.
fn tools() -> Result<String> {
    let first = |program: &str| -> Result<String> {
        let told = Command::new(program).arg("--version").output().map_err(|e| Error::new(e.kind(), format!("{program} cannot be run: {e}")))?;
        Ok(String::from_utf8_lossy(&told.stdout).lines().next().unwrap_or_default().split(" (").next().unwrap_or_default().to_owned())
    };
    Ok(format!("{}, {}, {}", first("rustc")?, first("valgrind")?, std::env::consts::ARCH))
}

/// Counts as they were recorded: instructions for a thousand bytes.
struct Recorded {
    tools: String,
    counts: Vec<(String, u64)>,
}

impl Recorded {
    fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches/instructions.txt")
    }

    fn read() -> Result<Recorded> {
        let text = if Recorded::path().exists() { std::fs::read_to_string(Recorded::path())? } else { String::new() };
        let mut recorded = Recorded { tools: String::new(), counts: Vec::new() };
        for line in text.lines() {
            if let Some(tools) = line.strip_prefix("# with ") {
                tools.clone_into(&mut recorded.tools);
            } else if let Some((count, name)) = line.trim().split_once("  ").filter(|_| !line.starts_with('#')) {
                recorded.counts.push((name.trim().to_owned(), count.parse().map_err(Error::other)?));
            }
        }
        Ok(recorded)
    }

    fn write(&self) -> Result<()> {
        let mut text = "# Instructions for a thousand bytes, by archive: what `make bench-instructions` compares with.\n".to_owned();
        let _ = writeln!(text, "# with {}", self.tools);
        for (name, count) in &self.counts {
            let _ = writeln!(text, "{count:8}  {name}");
        }
        std::fs::write(Recorded::path(), text)
    }
}
