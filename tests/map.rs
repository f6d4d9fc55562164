//! Whose work it was: labels from attributes and from a map, kept by the lake, in reports and as filters.

use serde_json::{Value, json};

use crate::{Bench, project};

const MAP: &str = r#"
[[rule]]
when = { "user.email" = "*@payments.example.com" }
set = { team = "payments", squad = "{1}" }

[[rule]]
when = { repository = "github.com/acme/*" }
set = { project = "{1}" }

[[lookup]]
attribute = "user"
set = "squad"
values = { "ann@example.com" = "red" }
"#;

/// A request of log records of one conversation: a prompt, a response of so many tokens, a tool call.
fn conversation(id: &str, resource: &Value, tokens: u32, tool: &str) -> Value {
    let attributes = |pairs: &Value| -> Vec<Value> {
        pairs.as_object().unwrap().iter().map(|(key, value)| json!({"key": key, "value": {"stringValue": value.as_str().unwrap()}})).collect()
    };
    let record = |second: u32, name: &str, more: Value| {
        let mut all = json!({"event.name": name, "conversation.id": id, "model": "gpt-5.5", "slug": "gpt-5.5"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"timeUnixNano": format!("17953056{second:02}000000000"), "eventName": name, "attributes": attributes(&all)})
    };
    let mut of = json!({"service.name": "codex_exec"});
    of.as_object_mut().unwrap().extend(resource.as_object().unwrap().clone());
    json!({"resourceLogs": [{"resource": {"attributes": attributes(&of)}, "scopeLogs": [{"scope": {"name": "codex_exec"}, "logRecords": [
        record(1, "codex.user_prompt", json!({"prompt_length": "3"})),
        record(2, "codex.sse_event", json!({"event.kind": "response.completed", "input_token_count": tokens.to_string(), "output_token_count": "1"})),
        record(3, "codex.tool_result", json!({"tool_name": tool, "call_id": format!("{id}-1"), "success": "true", "duration_ms": "5"})),
    ]}]}]})
}

/// Two users of two teams, and somebody.
fn bench() -> Bench {
    let bench = Bench::new();
    let ann = json!({"user.email": "ann@example.com", "team.id": "platform", "vcs.repository.url.full": "https://x:y@github.com/acme/web.git"});
    let bob = json!({"user.email": "bob@payments.example.com", "team.id": "other", "vcs.ref.head.name": "refs/heads/main", "cost_center": "4711"});
    let lines = [conversation("c1", &ann, 100, "shell"), conversation("c2", &bob, 20, "apply_patch"), conversation("c3", &json!({}), 3, "shell")];
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let files = [bench.write("logs.jsonl", text)];
    let _ = bench.run_files("ingest", &files).exits(0);
    bench
}

/// The first columns of a report's rows.
#[track_caller]
fn rows(bench: &Bench, words: &[&str], columns: usize) -> Vec<String> {
    let run = bench.run(&[words, &["--format", "csv"]].concat()).exits(0);
    let lines = run.out.lines().skip(1).filter(|line| line.contains(','));
    lines.map(|line| line.split(',').take(columns).collect::<Vec<_>>().join(",")).collect()
}

#[test]
fn attributes_and_a_map_make_labels_for_reports() {
    let bench = bench();
    // without a map
    assert_eq!(rows(&bench, &["cost", "--by", "team"], 3), ["other,1,21", "platform,1,101", ",1,4"]);
    assert_eq!(rows(&bench, &["tools", "--by", "label.squad"], 2), [",3"]);
    let _ = bench.write("map.toml", MAP);
    let run = bench.run(&["normalize", "--map", "map.toml"]).exits(0);
    assert!(run.err.starts_with("semantic tables: 3 conversations"), "{}", run.err);
    assert_eq!(rows(&bench, &["cost", "--by", "team"], 3), ["payments,1,21", "platform,1,101", ",1,4"]);
    assert_eq!(rows(&bench, &["tools", "--by", "label.squad,tool"], 3), ["bob,apply_patch,1", "red,shell,1", ",shell,1"]);
    assert_eq!(rows(&bench, &["tokens", "--team", "platform"], 3), ["codex,gpt-5.5,1"]);
    assert_eq!(rows(&bench, &["tokens", "--cost-centre", "4711", "--by", "user,branch"], 3), ["bob@payments.example.com,main,1"]);
    assert_eq!(rows(&bench, &["daily", "--by", "project", "--repository", "github.com/acme/web"], 1), ["web"]);
    let of = bench.sql("SELECT user_id, team, project, repository, branch, cost_center, labels FROM conversations WHERE conversation_id = 'c1'");
    let expected = json!({"user_id": "ann@example.com", "team": "platform", "project": "web", "repository": "github.com/acme/web", "branch": null,
        "cost_center": null, "labels": "{\"squad\":\"red\"}"});
    assert_eq!(serde_json::to_value(&of[0]).unwrap(), expected);
    // kept: neither a build without the option nor another ingest loses it
    let _ = bench.run(&["normalize"]).exits(0);
    assert_eq!(rows(&bench, &["tokens", "--team", "payments"], 1).len(), 1);
    // an empty one takes it away, also where there is nothing new to ingest
    let _ = bench.write("empty.toml", "");
    let files = bench.path("logs.jsonl");
    let run = bench.run(&["ingest", files.to_str().unwrap(), "--map", "empty.toml"]).exits(0);
    assert!(run.err.contains("semantic tables"), "{}", run.err);
    assert!(rows(&bench, &["tokens", "--team", "payments"], 1).is_empty());
}

#[test]
fn a_strange_map_changes_nothing() {
    let bench = bench();
    let before = bench.run(&["cost", "--by", "team", "--format", "csv"]).exits(0).out;
    let _ = bench.write("strange.toml", "[[rule]]\nwhen = { a = \"*\" }\nset = { team = \"{2}\" }\n");
    let run = bench.run(&["normalize", "--map", "strange.toml"]).exits(3);
    assert!(run.err.contains("strange.toml") && run.err.contains("line 3"), "{}", run.err);
    let run = bench.run(&["normalize", "--map", "nowhere.toml"]).exits(2);
    assert!(run.err.contains("nowhere.toml"), "{}", run.err);
    assert_eq!(bench.run(&["cost", "--by", "team", "--format", "csv"]).exits(0).out, before);
    let _ = bench.run(&["normalize", "--map", project("data/map/example.toml").to_str().unwrap()]).exits(0);
}

#[test]
fn every_report_that_can_be_grouped_tells_the_words() {
    let bench = Bench::new();
    let listed: Vec<Value> = serde_json::from_str(&bench.run(&["reports", "--format", "json"]).exits(0).out).unwrap();
    for report in listed.iter().filter(|r| r["by"].is_string() && r["report"] != "metrics") {
        let (name, by) = (report["report"].as_str().unwrap(), report["by"].as_str().unwrap());
        assert!(by.contains("user") && by.ends_with("team, project, repository, branch, cost_center, label.NAME"), "{name}: {by}");
        assert!(bench.run(&[name, "--help"]).exits(0).out.contains(by), "{name}");
    }
}
