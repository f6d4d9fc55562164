//! What the program promises, over histories that the dice make: archives picked, cut, repeated, damaged and delivered in some order, by some commands,
//! on some threads. However it was, the answers are those of one run over all of it, and what was damaged is told and nothing else is lost.
//! `TRACEMILL_ROUNDS` sets the number of histories, `TRACEMILL_SEED` begins elsewhere.

use std::path::PathBuf;

use crate::dice::Dice;
use crate::lake::program;
use crate::order::{answers, difference, gzip, lines};
use crate::{Bench, agents, sample};

/// Archives of one agent and version each, without files that other formats need.
const SAMPLES: [&str; 7] = ["api-errors", "mcp", "subagent", "tools-shell", "tui", "v100-simple", "v55-full"];
const AGENTS: [&str; 6] = [
    "claude-code/tools-failures",
    "copilot/subagent",
    "copilot/mcp-tools-json",
    "gemini/mcp-tools",
    "opencode/tools-failures",
    "qwen/traces-only-bridge",
];

/// Some of the archives' files.
fn picked(dice: &mut Dice) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for name in SAMPLES {
        if dice.one_in(2) {
            files.extend(sample(&[name]));
        }
    }
    for name in AGENTS {
        if dice.one_in(2) {
            files.extend(agents(&[name]));
        }
    }
    // an archive without one of its signals is an archive too
    files.retain(|_| !dice.one_in(8));
    files
}

/// A line that is none any more: it ends before its time.
fn torn(line: &str, dice: &mut Dice) -> String {
    let end = 1 + dice.below(line.len() as u64 / 2) as usize;
    line[..line.floor_char_boundary(end).max(1)].to_owned()
}

/// The lines as files of all kinds, and how many of the lines were torn ones.
fn delivered(bench: &Bench, mut all: Vec<String>, dice: &mut Dice) -> (Vec<PathBuf>, usize) {
    let repeats: Vec<String> = all.iter().filter(|_| dice.one_in(5)).cloned().collect();
    let mut damaged: Vec<String> = Vec::new();
    for line in &all {
        if dice.one_in(40) {
            damaged.push(torn(line, dice));
        }
    }
    let number = damaged.len();
    all.extend(repeats);
    all.extend(damaged);
    dice.shuffle(&mut all);
    let (mut files, mut at) = (Vec::new(), 0);
    while at < all.len() {
        let piece = &all[at..all.len().min(at + 1 + dice.below(all.len() as u64 / 4 + 1) as usize)];
        at += piece.len();
        let text = piece.join("\n") + if dice.one_in(2) { "\n" } else { "" };
        let bytes = match dice.below(3) {
            0 => text.into_bytes(),
            1 => gzip(&text),
            _ => zstd::encode_all(text.as_bytes(), 1).unwrap(),
        };
        files.push(bench.write(&format!("pieces/{}", files.len()), bytes));
    }
    (files, number)
}

fn run(bench: &Bench, words: &[&str], threads: u64, allowed: &[i32]) {
    let output = program(bench, words).env("RAYON_NUM_THREADS", threads.to_string()).env("POLARS_MAX_THREADS", threads.to_string()).output().unwrap();
    let code = output.status.code().unwrap_or(-1);
    assert!(allowed.contains(&code), "{words:?}: {code}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn whatever_the_history_the_answers_are_those_of_one_run() {
    let rounds: u64 = std::env::var("TRACEMILL_ROUNDS").map_or(1, |n| n.parse().unwrap());
    let mut dice = Dice::of_the_hour();
    for _ in 0..rounds {
        let seed = dice.seed();
        let files = picked(&mut dice);
        let mut all: Vec<String> = files.iter().filter_map(lines).flatten().filter(|l| !l.is_empty()).collect();
        all.sort();
        let (plain, other) = (Bench::new(), Bench::new());
        let whole = plain.write("whole.jsonl", all.join("\n"));
        run(&plain, &["ingest", whole.to_str().unwrap()], 1, &[0]);
        let (pieces, damaged) = delivered(&other, all, &mut dice);
        let mut at = 0;
        while at < pieces.len() {
            let some = &pieces[at..pieces.len().min(at + 1 + dice.below(pieces.len() as u64) as usize)];
            at += some.len();
            let files = some.iter().map(|f| f.to_str().unwrap());
            let threads = 1 + dice.below(4);
            let words: Vec<&str> = if dice.one_in(3) { vec!["nightly", "--out", "nights", "--date", "2026-11-23"] } else { vec!["ingest"] };
            run(&other, &words.into_iter().chain(files).collect::<Vec<_>>(), threads, &[0, 1]);
            for upkeep in ["compact", "normalize", "verify"] {
                if dice.one_in(4) {
                    run(&other, &[upkeep], threads, &[0]);
                }
            }
        }
        // under a line of headings; equal ones are kept once
        let kept = other.run(&["quarantine", "--format", "csv"]).exits(0).out.lines().count() - 1;
        assert!(kept <= damaged && (kept > 0) == (damaged > 0), "seed {seed}: {kept} kept of {damaged} torn lines");
        for ((what, expected), (_, found)) in answers(&plain).into_iter().zip(answers(&other)) {
            assert!(expected == found, "seed {seed}: {what} differs:\n{}", difference(&expected, &found));
        }
    }
}
