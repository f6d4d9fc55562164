//! What `make demo` runs: every command of it answers.

use std::process::Command;

use crate::project;

#[test]
fn the_demo_prints_answers() {
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new("sh")
        .arg("data/demo.sh")
        .current_dir(project("."))
        .env("TRACEMILL", env!("CARGO_BIN_EXE_tracemill"))
        .env("LAKE", folder.path().join("lake"))
        .output()
        .unwrap();
    let out = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{}{}", out, String::from_utf8_lossy(&run.stderr));
    for answer in [
        "gpt-5-codex",
        "164,775",
        "exec_command",
        "slow_tool",
        "prices: genai-prices",
        "ls /nonexistent-dir-xyz",
        "title",
        "unobserved",
        "thread_start_total",
        "rate_limited",
        "demo/slow_tool",
    ] {
        assert!(out.contains(answer), "{answer} is not in\n{out}");
    }
}
