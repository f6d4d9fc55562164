//! Every command of docs/questions.md answers, on a lake of all agents.

use std::process::Command;

use crate::{Bench, project, sample};

#[test]
fn every_question_has_an_answer() {
    let bench = Bench::new();
    let mut files = sample(&["mcp", "tui"]);
    for agent in std::fs::read_dir(project("data/agents")).unwrap() {
        files.push(agent.unwrap().path());
    }
    let _ = bench.run_files("ingest", &files).exits(0);
    let conversation = bench.sql("SELECT MIN(conversation_id) AS id FROM conversations")[0]["id"].as_str().unwrap().to_owned();
    let text = std::fs::read_to_string(project("docs/questions.md")).unwrap();
    // within a table's cell every second piece between backquotes is code
    let commands = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2)).filter(|code| code.starts_with("tracemill "));
    let mut asked = 0;
    for command in commands.filter(|c| !c.contains("REPORT") && *c != "tracemill sql") {
        let command = command.replacen("tracemill", env!("CARGO_BIN_EXE_tracemill"), 1).replace("CONVERSATION", &conversation);
        let run = Command::new("sh").args(["-c", &command]).current_dir(bench.path(".")).env("TRACEMILL_LAKE", "lake").output().unwrap();
        assert!(run.status.success(), "{command}: {}", String::from_utf8_lossy(&run.stderr));
        assert!(!run.stdout.is_empty(), "{command}");
        asked += 1;
    }
    assert!(asked > 50, "{asked} commands were found");
}

/// What agents count beside calls, as their metrics have it.
#[test]
fn lines_commits_and_edits_are_those_of_the_metrics() {
    let bench = Bench::new();
    let folder = project("data/agents");
    let _ = bench.run_files("ingest", &[folder]).exits(0);
    let of = |kind: &str| {
        let rows = bench.sql(&format!("SELECT agent, SUM(amount) AS n FROM activities WHERE kind = '{kind}' GROUP BY agent ORDER BY agent"));
        rows.iter().map(|r| (r["agent"].as_str().unwrap().to_owned(), r["n"].as_f64().unwrap())).collect::<Vec<_>>()
    };
    let pairs = |expected: &[(&str, f64)]| expected.iter().map(|(a, n)| ((*a).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(of("lines_added"), pairs(&[("claude-code", 5.0), ("copilot", 3.0), ("gemini", 4.0)]));
    assert_eq!(of("lines_removed"), pairs(&[("claude-code", 1.0), ("copilot", 1.0), ("gemini", 1.0)]));
    assert_eq!(of("commit"), pairs(&[("claude-code", 1.0)]));
    assert_eq!(of("edit_decision"), pairs(&[("claude-code", 2.0)]));
    assert_eq!(of("session"), pairs(&[("claude-code", 4.0), ("gemini", 2.0), ("qwen", 2.0)]));
    let run = bench.run(&["edits", "--format", "json"]).exits(0);
    let edits: Vec<serde_json::Value> = serde_json::from_str(&run.out).unwrap();
    let told: Vec<_> =
        edits.iter().map(|e| (e["tool_name"].as_str().unwrap(), e["language"].as_str().unwrap(), e["accepted"].as_f64().unwrap())).collect();
    assert_eq!(told, [("Edit", "Python", 1.0), ("Write", "Markdown", 1.0)]);
}
