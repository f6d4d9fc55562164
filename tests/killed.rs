//! Runs that are killed at random moments, alone and beside others: the lake verifies every time, and once a run has come to its end every answer is
//! that of an undisturbed one. `TRACEMILL_KILLS` sets the number of kills, `TRACEMILL_ARCHIVE` a file or folder to take instead of the sample.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::dice::Dice;
use crate::lake::{answers, program};
use crate::{Bench, sample};

#[test]
fn a_run_that_is_killed_leaves_a_lake_that_verifies_and_is_finished_by_the_next() {
    let kills: usize = std::env::var("TRACEMILL_KILLS").map_or(12, |n| n.parse().unwrap());
    let inputs: Vec<String> = match std::env::var("TRACEMILL_ARCHIVE") {
        Ok(path) => vec![std::path::absolute(path).unwrap().display().to_string()],
        Err(_) => sample(&["mcp", "v55-full"]).iter().map(|p| p.display().to_string()).collect(),
    };
    let words: Vec<&str> = std::iter::once("ingest").chain(inputs.iter().map(String::as_str)).collect();
    let bench = Bench::new();
    let began = Instant::now();
    let undisturbed = bench.run(&words);
    let whole = began.elapsed();
    let end = undisturbed.code;
    assert!(end == 0 || end == 1, "{}", undisturbed.err);
    let expected = answers(&bench);
    let mut dice = Dice::of_the_hour();
    let seed = dice.seed();
    let verify = |what: &str| {
        if bench.path("lake/_tracemill/commits").is_dir() {
            let run = bench.run(&["verify"]);
            assert_eq!(run.code, 0, "seed {seed}, {what}:\n{}{}", run.out, run.err);
        }
    };
    let mut killed = 0;
    while killed < kills {
        std::fs::remove_dir_all(bench.path("lake")).unwrap();
        let beside = (dice.below(3) == 0).then(|| program(&bench, &words).stderr(Stdio::null()).spawn().unwrap());
        for _ in 0..=dice.below(3) {
            let after = Duration::from_micros(dice.below(whole.as_micros() as u64 * 11 / 10));
            let mut run = program(&bench, &words).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(after);
            run.kill().unwrap();
            let _ = run.wait().unwrap();
            killed += 1;
            verify(&format!("kill {killed} after {after:?} of {whole:?}"));
        }
        if let Some(mut beside) = beside {
            assert_eq!(beside.wait().unwrap().code(), Some(end), "seed {seed}: the run beside the killed one");
            verify("after the run beside it");
        }
        let _ = bench.run(&words).exits(end);
        verify("after a normal run");
        let found = answers(&bench);
        let differ: Vec<_> = expected.keys().filter(|k| found.get(*k) != expected.get(*k)).collect();
        assert!(differ.is_empty(), "seed {seed}, kill {killed}: {differ:?}");
    }
}
