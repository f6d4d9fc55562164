//! A team's own dialect, as a newcomer writes one: what its words do to the tables.

use serde_json::{Value, json};
use tracemill_model::tables::{CONVERSATIONS, COVERAGE, LATENCY, MODEL_CALLS, TOOL_CALLS};

use crate::tests::Archive;

const HERON: &str = r#"
agent = "heron"
[claims]
services = ["heron"]
[fields]
conversation_id = ["flight"]
event_name = ["what"]
model = ["brain"]
duration_s = ["took_s"]
ttft_us = ["first_us"]
input_tokens = ["water_in"]
output_tokens = ["water_out"]
reported_usd_micros = ["udollars"]
call_id = ["fn_id"]
tool_name = ["fn"]
success = ["ok"]
decision = ["ruling"]
[events]
response = ["brain.done"]
tool_decision = ["fn.gate"]
tool_result = ["fn.done"]
[spans.names]
leg = "turn"
think = "response"
"use *" = "tool"
ask = "mcp_call"
[tools]
separator = "::"
builtin = ["bash"]
[decisions]
denied = ["No"]
"#;

/// An archive of one flight's records.
fn flight(records: &[(i64, &str, Value)]) -> Archive {
    let mut a = Archive::default();
    a.dialect(HERON);
    for (ms, name, attributes) in records {
        let mut all = json!({"flight": "F1"});
        all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        a.log_of("heron", *ms, name, all);
    }
    a
}

#[test]
fn a_response_without_tokens_is_a_call_and_leaves_its_money() {
    let a = flight(&[
        (1, "brain.done", json!({"brain": "claude-sonnet-4-5"})),
        (2, "brain.done", json!({"brain": "claude-sonnet-4-5", "udollars": 7})),
        // whole numbers may be written with decimals
        (3, "brain.done", json!({"brain": "claude-sonnet-4-5", "water_in": "100.0", "water_out": "5"})),
        (4, "brain.done", json!({"brain": "claude-sonnet-4-5", "water_in": "1.5", "water_out": 5})),
    ]);
    let built = a.build();
    assert_eq!(
        built.pick(&MODEL_CALLS, &["outcome", "input_tokens", "total_tokens", "cost_nanousd"]),
        [json!(["ok", null, null, null]), json!(["ok", null, null, 7000]), json!(["ok", 100, 105, 375_000]), json!(["ok", null, null, null])]
    );
    // two of them have no cost that is known, and the sum of the totals is that of the rows
    assert_eq!(built.pick(&CONVERSATIONS, &["model_calls", "total_tokens", "cost_nanousd", "unpriced_calls"]), [json!([4, 105, 382_000, 2])]);
    let coverage = built.pick(&COVERAGE, &["signal", "status", "causes"]);
    assert_eq!(coverage[0], json!(["log", "incomplete", "calls_without_tokens"]));
}

#[test]
fn times_are_read_in_their_units() {
    let a = flight(&[
        (1, "brain.done", json!({"water_in": 1, "water_out": 1, "took_s": "1.5", "first_us": 250})),
        (2, "fn.done", json!({"fn": "bash", "took_s": 2})),
    ]);
    let built = a.build();
    assert_eq!(built.pick(&MODEL_CALLS, &["duration_ns", "ttft_ns"]), [json!([1_500_000_000, 250_000])]);
    assert_eq!(built.pick(&TOOL_CALLS, &["duration_ns"]), [json!([2_000_000_000_i64])]);
}

#[test]
fn decisions_are_compared_in_any_case() {
    let a = flight(&[
        (1, "fn.gate", json!({"fn_id": "a", "fn": "bash", "ruling": "NO"})),
        (2, "fn.gate", json!({"fn_id": "b", "fn": "bash", "ruling": "yes"})),
    ]);
    assert_eq!(a.build().pick(&TOOL_CALLS, &["call_id", "outcome"]), [json!(["a", "denied"]), json!(["b", "unknown"])]);
}

#[test]
fn an_events_name_may_be_in_an_attribute() {
    let a = flight(&[(1, "log", json!({"what": "brain.done", "water_in": 3, "water_out": 4})), (2, "log", json!({"what": "other", "water_in": 3}))]);
    assert_eq!(a.build().pick(&MODEL_CALLS, &["total_tokens"]), [json!([7])]);
}

#[test]
fn spans_times_are_for_what_the_dialect_says_that_they_are() {
    let of = |attributes: Value| {
        let mut all = json!({"flight": "F1"});
        all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        all
    };
    let mut a = flight(&[]);
    a.span_of("heron", (0, 100), "leg", ["a", "1", ""], of(json!({})))
        .span_of("heron", (1, 9), "think", ["a", "2", "1"], of(json!({"water_in": 1, "water_out": 1})))
        .span_of("heron", (10, 19), "use bash", ["a", "3", "1"], of(json!({"fn": "bash", "fn_id": "a"})))
        .span_of("heron", (20, 29), "use jira::find", ["a", "4", "1"], of(json!({"fn": "jira::find", "fn_id": "b"})))
        // the wrapper of a client's call is the tool's
        .span_of("heron", (30, 39), "use jira::get", ["a", "5", "1"], of(json!({"fn": "jira::get", "fn_id": "c"})))
        .span_of("heron", (31, 38), "ask", ["a", "6", "5"], of(json!({})));
    let built = a.build();
    let times: Vec<Value> = built.pick(&LATENCY, &["name", "category", "tool_name", "listed"]);
    assert_eq!(
        times,
        [
            json!(["leg", "internal", null, false]),
            json!(["think", "model", null, true]),
            json!(["use bash", "tool", "bash", true]),
            json!(["use jira::find", "mcp", "find", true]),
            json!(["use jira::get", "tool", "get", true]),
            json!(["ask", "mcp", "get", true])
        ]
    );
}
