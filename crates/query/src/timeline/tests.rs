use serde_json::{Value, json};
use tracemill_model::tables::{CONVERSATIONS, PROMPTS, TURNS};

use super::*;
use crate::fixture::{self, TestLake};
use crate::render::{Format, render};

fn timeline(test: &TestLake, id: &str) -> Result<Timeline, QueryError> {
    Timeline::of(&Catalog::open(&test.lake).unwrap(), id)
}

#[test]
fn a_run_is_told_in_the_order_of_time() {
    let test = fixture::small("timeline");
    let text = timeline(&test, "c1").unwrap().text(None, false);
    let lines: Vec<&str> = text.lines().collect();
    let find = |what: &str| lines.iter().position(|l| l.contains(what)).unwrap_or_else(|| panic!("{what} is not in\n{text}"));
    assert_eq!(lines[0], "c1 (main)");
    assert!(lines[1].starts_with("codex 0.169.0"), "{text}");
    let order = [
        "TURN",
        "prompt    \"mend it …\"",
        "gpt-a  ok",
        "rate_limited  http 429  cost 750 ms  slow down",
        "gpt-new",
        "exec_command  ok",
        "waited 1.0 s",
        "model 50 % (5 min 00 s)",
    ];
    let places: Vec<usize> = order.iter().map(|w| find(w)).collect();
    assert!(
        places[0] < places[1]
            && places[1] < places[2]
            && places[2] < places[3]
            && places[3] < places[4]
            && *places.last().unwrap() == lines.len() - 1,
        "{text}"
    );
    assert!(lines[find("exec_command  failed")].contains("exit 2") && lines[find("exec_command  denied")].contains("no decision"), "{text}");
    assert!(lines[find("demo/echo")].starts_with("   +0:04.000"), "{text}");
    assert!(timeline(&test, "c1").unwrap().text(Some(40), false).lines().all(|l| l.chars().count() <= 40));
}

#[test]
fn as_data_it_has_a_row_an_entry() {
    let test = fixture::small("timeline-data");
    let answer = timeline(&test, "c1").unwrap().answer().unwrap();
    let rows: Vec<Value> = serde_json::from_slice(&render(&answer, Format::Json, None).unwrap()).unwrap();
    let count = |kind: &str| rows.iter().filter(|r| r["kind"] == kind).count();
    assert_eq!((count("turn"), count("prompt"), count("model_call"), count("tool_call"), count("time")), (1, 1, 3, 4, 5));
    let time = rows.iter().find(|r| r["kind"] == "time").unwrap();
    assert_eq!((&time["name"], &time["duration_ms"], &time["offset_ms"]), (&json!("model"), &json!(300_000.0), &json!(600_000.0)));
}

#[test]
fn conversations_it_started_are_in_it_and_gaps_between_turns_are_told() {
    let test = fixture::empty("timeline-nested");
    let run = |id: &str, parent: Option<&str>, second: i64| json!({"conversation_id": id, "parent_conversation_id": parent, "kind": if parent.is_some() { "subagent" } else { "main" }, "start_time": format!("2026-11-22T10:00:{second:02}Z"), "wall_ns": 5});
    test.add(
        &CONVERSATIONS,
        &[
            run("root", None, 0),
            run("child", Some("root"), 2),
            run("grandchild", Some("child"), 3),
            run("other", None, 1),
            run("loop", Some("loop"), 1),
        ],
    );
    let turn = |id: &str, run: &str, index: i64, second: i64| json!({"turn_id": id, "conversation_id": run, "turn_index": index, "start_time": format!("2026-11-22T10:00:{second:02}Z"), "duration_ns": 1_000_000_000});
    test.add(&TURNS, &[turn("a", "root", 1, 1), turn("b", "root", 2, 30), turn("c", "child", 1, 2), turn("d", "other", 1, 2)]);
    test.add(
        &PROMPTS,
        &[json!({"record_id": "p", "time": "2026-11-22T10:00:00.9Z", "conversation_id": "root", "turn_id": "a", "prompt": "\u{1b}[31mred"})],
    );
    let root = timeline(&test, "root").unwrap();
    let text = root.text(None, false);
    assert!(!text.contains('\u{1b}') && text.contains("\\u{1b}[31mred") && !text.contains("other"), "{text}");
    let answer = root.answer().unwrap();
    let rows: Vec<Value> = serde_json::from_slice(&render(&answer, Format::Json, None).unwrap()).unwrap();
    let told: Vec<String> =
        rows.iter().map(|r| format!("{} {} {}", r["kind"].as_str().unwrap(), r["conversation_id"].as_str().unwrap(), r["depth"])).collect();
    // the turn before its prompt, though that was written down before the turn began
    assert_eq!(
        told,
        ["turn root 0", "prompt root 0", "conversation child 1", "turn child 1", "gap root 0", "conversation grandchild 2", "turn root 0"]
    );
    assert_eq!(rows[4]["duration_ms"], json!(28_000.0));
    assert_eq!(timeline(&test, "loop").unwrap().runs.len(), 1);
}

#[test]
fn a_beginning_that_only_one_has_suffices() {
    let test = fixture::empty("timeline-prefix");
    let run = |id: &str| json!({"conversation_id": id, "start_time": "2026-11-22T10:00:00Z"});
    test.add(&CONVERSATIONS, &[run("ab-1"), run("ab-2"), run("ab"), run("xy-1/title"), run("xy-1")]);
    assert_eq!(timeline(&test, "x").unwrap().runs[0].id, "xy-1");
    assert_eq!(timeline(&test, "ab").unwrap().runs[0].id, "ab");
    for (id, want) in [
        ("ab-", "2 conversations begin with \"ab-\": ab-2, ab-1"),
        ("q", "no conversation begins with \"q\"; there are xy-1/title, xy-1, ab-2, ab-1, ab"),
    ] {
        let error = timeline(&test, id).unwrap_err();
        assert!(error.is_usage() && error.to_string() == want, "{error}");
    }
}

#[test]
fn several_runs_are_read_as_each_alone() {
    let test = fixture::small("timeline-several");
    test.add(
        &CONVERSATIONS,
        &[json!({"conversation_id": "sub", "parent_conversation_id": "c1", "kind": "subagent", "agent": "codex", "start_time": "2026-11-21T10:00:02Z"})],
    );
    let catalog = Catalog::open(&test.lake).unwrap();
    let ids = ["c2", "nowhere", "c1", "sub"].map(str::to_owned);
    let several = Timeline::several(&catalog, &ids).unwrap();
    assert_eq!(several.iter().map(Timeline::conversation).collect::<Vec<_>>(), ["c2", "c1", "sub"]);
    for run in several {
        assert_eq!(run.text(None, false), timeline(&test, run.conversation()).unwrap().text(None, false));
    }
}
