use serde_json::{Value, json};
use tracemill_model::tables::{CONVERSATIONS, TOOL_CALLS};

use super::*;
use crate::fixture::{self, TestLake};
use crate::render::{Format, render};

fn run(id: &str, parent: Option<&str>, day: u32, cost: i64, active_ns: i64) -> Value {
    json!({"conversation_id": id, "parent_conversation_id": parent, "start_time": format!("2026-11-{day}T23:59:00Z"), "agent": "codex",
        "agent_version": if day == 21 { "1" } else { "2" }, "cost_nanousd": cost, "active_ns": active_ns, "turns": 1, "unpriced_calls": 0})
}

fn ask(test: &TestLake, a: &str, b: &str) -> Result<Vec<Value>, QueryError> {
    let answer = diff(&Catalog::open(&test.lake).unwrap(), &FilterWords::default(), a, b, jiff::Timestamp::UNIX_EPOCH)?;
    Ok(serde_json::from_slice(&render(&answer, Format::Json, None).unwrap()).unwrap())
}

fn row<'r>(rows: &'r [Value], figure: &str) -> &'r Value {
    rows.iter().find(|r| r["figure"] == figure).unwrap()
}

fn lake(name: &str) -> TestLake {
    let test = fixture::empty(name);
    let mut runs = Vec::new();
    let mut tools = Vec::new();
    for n in 0..20 {
        runs.push(run(&format!("a{n}"), None, 21, 1_000_000_000 + n * 1_000_000, 1_000_000_000 + (n * 7919 % 20) * 100_000_000));
        // twice the cost, and about the same time
        runs.push(run(&format!("b{n}"), None, 22, 1_500_000_000 + n * 1_000_000, 1_020_000_000 + (n * 104_729 % 20) * 100_000_000));
        runs.push(run(&format!("b{n}-child"), Some(&format!("b{n}")), 22, 500_000_000, 0));
        for outcome in ["ok", "ok", "ok", if n < 10 { "failed" } else { "ok" }, "denied"] {
            tools.push(json!({"time": "2026-11-22T10:00:00Z", "conversation_id": format!("b{n}"), "outcome": outcome, "agent": "codex"}));
        }
    }
    test.add(&CONVERSATIONS, &runs);
    test.add(&TOOL_CALLS, &tools);
    test
}

#[test]
fn a_change_is_told_from_noise() {
    let test = lake("diff");
    let rows = ask(&test, "2026-11-21", "2026-11-22").unwrap();
    let cost = row(&rows, "cost");
    // a run has the cost of the conversations it started
    assert_eq!((cost["a"].as_f64().unwrap(), cost["b"].as_f64().unwrap()), (1.0095, 2.0095));
    assert_eq!((&cost["change"], &cost["percent"]), (&json!("more"), &json!(99.06)));
    assert!(cost["low"].as_f64().unwrap() > 0.98 && cost["high"].as_f64().unwrap() < 1.02, "{cost}");
    let time = row(&rows, "active_time");
    assert_eq!((&time["change"], &time["percent"]), (&json!("noise"), &json!(1.03)));
    assert!(time["low"].as_f64().unwrap() < 0.0 && time["high"].as_f64().unwrap() > 0.0, "{time}");
    let failures = row(&rows, "tool_call_failures");
    assert_eq!((&failures["a"], &failures["b"], &failures["change"]), (&Value::Null, &json!(0.125), &json!("unknown")));
    assert_eq!(row(&rows, "tool_call_denials")["b"], json!(0.2));
    assert_eq!(row(&ask(&test, "version=2", "version=1").unwrap(), "cost")["change"], json!("less"));
}

#[test]
fn the_same_question_has_the_same_answer_and_few_runs_say_nothing() {
    let test = lake("diff-again");
    assert_eq!(ask(&test, "2026-11-21", "2026-11-22").unwrap(), ask(&test, "2026-11-21", "2026-11-22").unwrap());
    let rows = ask(&test, "conversation=a0,conversation=a1", "..2026-11-22").unwrap();
    assert_eq!((&row(&rows, "cost")["change"], &row(&rows, "cost")["low"]), (&json!("too few runs"), &Value::Null));
}

#[test]
fn a_set_that_cannot_be_is_refused() {
    let test = lake("diff-refused");
    for (set, want) in [("yesterday", "is no day"), ("weather=fine", "want one of agent"), ("2026-11-23", "no run")] {
        let error = ask(&test, set, "2026-11-22").unwrap_err().to_string();
        assert!(error.contains(want), "{error}");
    }
}
