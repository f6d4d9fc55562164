use serde_json::{Value, json};
use tracemill_model::tables::COVERAGE;

use crate::tests::Archive;

fn usage() -> Value {
    json!({"event.kind": "response.completed", "input_token_count": "100", "output_token_count": "10", "ttft_ms": 1})
}

/// A response's span.
fn response(input: i64) -> Value {
    json!({"conversation.id": "c", "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": 10})
}

const SAID: [&str; 7] = ["conversation_id", "signal", "chosen", "status", "causes", "input_tokens", "input_difference"];

fn asked() -> Archive {
    let mut a = Archive::default();
    a.log(10, "codex.user_prompt", json!({"prompt_length": "3"})).log(30, "codex.sse_event", usage());
    a
}

#[test]
fn signals_that_agree_make_a_conversation_complete() {
    let mut a = asked();
    a.span((5, 40), "handle_responses", ["a", "1", ""], response(100));
    assert_eq!(
        a.build().pick(&COVERAGE, &SAID),
        [
            json!(["c", "log", true, "complete", null, 100, null]),
            json!(["c", "turn_span", false, "missing", "not_exported", null, null]),
            json!(["c", "span", false, "agrees", null, 100, 0]),
        ]
    );
}

#[test]
fn one_that_says_more_makes_it_incomplete() {
    let mut a = asked();
    a.span((5, 40), "handle_responses", ["a", "1", ""], response(150));
    let said = a.build().pick(&COVERAGE, &SAID);
    assert_eq!(said[0], json!(["c", "log", true, "incomplete", "span_says_more", 100, null]));
    assert_eq!(said[2], json!(["c", "span", false, "differs", null, 150, 50]));
}

#[test]
fn the_second_best_alone_is_not_complete() {
    let mut a = Archive::default();
    a.span((5, 40), "handle_responses", ["a", "1", ""], response(100));
    let said = a.build().pick(&COVERAGE, &SAID);
    assert_eq!(said[1], json!(["c", "span", true, "incomplete", "log_missing", 100, null]), "{said:?}");
}

#[test]
fn spans_whose_parent_never_arrived_are_counted() {
    let mut a = asked();
    a.span((5, 40), "handle_responses", ["a", "1", "9"], response(100)).span((6, 7), "inner", ["a", "2", "1"], json!({}));
    let lost = a.build().pick(&COVERAGE, &["signal", "status", "causes", "lost_spans"]);
    assert_eq!(lost[0], json!(["log", "incomplete", "spans_lost", 1]));
}

#[test]
fn what_the_collector_refused_is_told() {
    let mut a = asked();
    a.metric(50, "otelcol_exporter_send_failed_log_records", json!({}), json!({"value": 7.0, "value_int": 7, "service_name": "otelcol"})).metric(
        50,
        "otelcol_receiver_refused_spans",
        json!({}),
        json!({"value": 0.0, "value_int": 0, "service_name": "otelcol"}),
    );
    let rows = a.build().pick(&COVERAGE, &["conversation_id", "signal", "status", "causes", "detail", "records"]);
    let refused: Vec<&Value> = rows.iter().filter(|r| r[0].is_null()).collect();
    assert_eq!(refused, [&json!([null, "log", "incomplete", "collector_failed", "otelcol_exporter_send_failed_log_records: 7", 7])]);
}

#[test]
fn a_front_end_without_metrics_is_known() {
    let mut a = Archive::default();
    a.log(10, "codex.user_prompt", json!({"prompt_length": "3", "originator": "codex_exec"})).log(30, "codex.sse_event", usage());
    let missing = |a: &Archive| {
        let rows = a.build().pick(&COVERAGE, &["signal", "causes"]);
        rows.into_iter().filter(|r| r[0] == "metric").collect::<Vec<_>>()
    };
    assert_eq!(missing(&a), [json!(["metric", "exec_without_metrics"])]);
    a.metric(50, "codex.thread.started", json!({}), json!({"value": 1.0, "value_int": 1}));
    assert!(missing(&a).is_empty());
}
