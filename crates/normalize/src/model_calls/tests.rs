use serde_json::{Value, json};
use tracemill_model::tables::MODEL_CALLS;

use crate::tests::Archive;

const SHOWN: [&str; 7] = ["time", "outcome", "http_status", "attempt", "input_tokens", "transport", "error"];

fn usage(input: &str) -> Value {
    json!({"event.kind": "response.completed", "input_token_count": input, "output_token_count": "10", "ttft_ms": 9})
}

fn request(status: i64, attempt: i64) -> Value {
    json!({"http.response.status_code": status, "attempt": attempt, "duration_ms": "5", "endpoint": "/responses"})
}

#[test]
fn a_request_and_its_response_are_one_call() {
    let mut a = Archive::default();
    a.log(1, "codex.user_prompt", json!({"prompt_length": "3"}))
        .log(2, "codex.api_request", json!({"http.response.status_code": 500, "attempt": 0, "error.message": "http 500"}))
        .log(3, "codex.api_request", request(200, 1))
        .log(4, "codex.sse_event", json!({"event.kind": "response.created", "duration_ms": "0"}))
        .log(5, "codex.sse_event", json!({"event.kind": "response.completed", "duration_ms": "9"}))
        .log(5, "codex.sse_event", usage("100"));
    let built = a.build();
    assert_eq!(
        built.pick(&MODEL_CALLS, &SHOWN),
        [json!([2, "error", 500, 0, null, "http", "http 500"]), json!([5, "ok", 200, 1, 100, "http", null])]
    );
    assert_eq!(
        built.pick(&MODEL_CALLS, &["duration_ns", "ttft_ns", "output_tokens", "total_tokens", "evidence"])[1],
        json!([5_000_000, 9_000_000, 10, 110, "log"])
    );
}

#[test]
fn the_model_is_the_one_asked_of_the_provider() {
    let mut a = Archive::default();
    let mut attributes = usage("100");
    attributes["slug"] = json!("gpt-5");
    a.log(5, "codex.sse_event", attributes);
    assert_eq!(a.build().pick(&MODEL_CALLS, &["model", "requested_model"]), [json!(["gpt-5", "gpt-5.5"])]);
}

#[test]
fn a_failed_stream_is_one_failed_call_however_often_it_is_told() {
    let mut a = Archive::default();
    a.log(1, "codex.user_prompt", json!({}))
        .log(2, "codex.api_request", request(200, 0))
        .log(3, "codex.sse_event", json!({"error.message": "Transport error", "duration_ms": "10"}))
        .log(3, "codex.sse_event", json!({"error.message": "stream disconnected", "event.kind": "response.completed"}))
        .log(4, "codex.api_request", request(200, 0))
        .log(5, "codex.sse_event", json!({"error.message": "{\"type\":\"response.failed\"}", "event.kind": "response.failed"}))
        .log(6, "codex.sse_event", json!({"error.message": "rate limit exceeded", "event.kind": "response.completed"}))
        .log(7, "codex.api_request", request(200, 0))
        .log(8, "codex.sse_event", usage("100"));
    assert_eq!(
        a.build().pick(&MODEL_CALLS, &SHOWN),
        [
            json!([3, "error", 200, 0, null, "http", "stream disconnected"]),
            json!([5, "error", 200, 0, null, "http", "rate limit exceeded"]),
            json!([8, "ok", 200, 0, 100, "http", null])
        ]
    );
}

#[test]
fn warming_up_a_websocket_is_no_call() {
    let mut a = Archive::default();
    let nothing = json!({"event.kind": "response.completed", "input_token_count": "0", "output_token_count": "0"});
    a.log(1, "codex.conversation_starts", json!({}))
        .log(2, "codex.websocket_connect", json!({"success": "true", "endpoint": "/responses"}))
        .log(3, "codex.websocket_request", json!({"success": "true", "duration_ms": "0"}))
        .log(4, "codex.sse_event", nothing)
        .log(5, "codex.user_prompt", json!({}))
        .log(6, "codex.websocket_request", json!({"success": "true", "duration_ms": "1"}))
        .log(7, "codex.sse_event", json!({"error.message": "connection reset", "event.kind": "response.completed"}))
        .log(8, "codex.websocket_connect", json!({"success": "false", "endpoint": "/responses", "error.message": "http 503"}))
        .log(9, "codex.websocket_request", json!({"success": "true"}))
        .log(10, "codex.sse_event", usage("100"));
    assert_eq!(
        a.build().pick(&MODEL_CALLS, &SHOWN),
        [
            json!([7, "error", null, null, null, "websocket", "connection reset"]),
            json!([8, "error", null, null, null, "websocket", "http 503"]),
            json!([10, "ok", null, null, 100, "websocket", null])
        ]
    );
}

#[test]
fn a_request_without_a_response_failed_only_if_the_conversation_went_on() {
    let mut a = Archive::default();
    a.log(1, "codex.user_prompt", json!({})).log(2, "codex.api_request", request(200, 0));
    assert_eq!(a.build().pick(&MODEL_CALLS, &SHOWN), [json!([2, null, 200, 0, null, "http", null])]);
    a.log(3, "codex.user_prompt", json!({})).log(4, "codex.api_request", request(200, 0)).log(5, "codex.sse_event", usage("7"));
    assert_eq!(
        a.build().pick(&MODEL_CALLS, &SHOWN),
        [json!([2, "error", 200, 0, null, "http", "no response recorded"]), json!([5, "ok", 200, 0, 7, "http", null])]
    );
}

#[test]
fn a_response_in_one_piece_is_over_with_its_request() {
    let mut a = Archive::default();
    a.log(1, "codex.user_prompt", json!({}))
        .log(2, "codex.api_request", json!({"http.response.status_code": 200, "endpoint": "/responses/compact", "attempt": 0}))
        .log(3, "codex.api_request", json!({"http.response.status_code": 200, "endpoint": "/models"}))
        .log(4, "codex.api_request", request(200, 0))
        .log(5, "codex.sse_event", usage("7"));
    assert_eq!(a.build().pick(&MODEL_CALLS, &SHOWN), [json!([2, "ok", 200, 0, null, "http", null]), json!([5, "ok", 200, 0, 7, "http", null])]);
}

/// The same response on a log record, on its span and in the turn's total.
fn on_every_level(with_log: bool, with_span: bool) -> Vec<Value> {
    let mut a = Archive::default();
    let turn = json!({"thread.id": [4, "c"], "turn.id": "t", "model": "gpt-5.5",
        "codex.turn.token_usage.input_tokens": 300, "codex.turn.token_usage.output_tokens": 30});
    a.span((1, 20), "session_task.turn", ["2", "a", ""], turn);
    if with_span {
        let usage = json!({"gen_ai.usage.input_tokens": 200, "gen_ai.usage.output_tokens": 20, "codex.usage.total_tokens": 220});
        a.span((3, 9), "handle_responses", ["2", "b", "a"], usage);
    }
    if with_log {
        a.log(9, "codex.sse_event", usage("100"));
    }
    a.build().pick(&MODEL_CALLS, &["input_tokens", "evidence", "time", "model", "outcome", "tier_estimated"])
}

#[test]
fn one_level_of_evidence_by_rank_never_by_size() {
    assert_eq!(on_every_level(true, true), [json!([100, "log", 9, "gpt-5.5", "ok", false])]);
    assert_eq!(on_every_level(false, true), [json!([200, "span", 9, "gpt-5.5", "ok", false])]);
    assert_eq!(on_every_level(false, false), [json!([300, "span", 20, "gpt-5.5", "ok", true])]);
}

#[test]
fn a_failed_attempt_costs_the_time_until_the_next_one_starts() {
    let failed = |attempt: i64| json!({"http.response.status_code": 500, "attempt": attempt, "error.message": "http 500", "duration_ms": "10"});
    let mut a = Archive::default();
    a.log(0, "codex.user_prompt", json!({}))
        // 20..30, and the next starts at 130: 110 ms
        .log(30, "codex.api_request", failed(0))
        // 130..140, the next at 345: 215 ms
        .log(140, "codex.api_request", failed(1))
        // 345..350, broken off at 360; nothing follows in the turn: 15 ms
        .log(350, "codex.api_request", request(200, 2))
        .log(360, "codex.sse_event", json!({"error.message": "stream disconnected before completion: rate limit exceeded"}))
        .log(1000, "codex.user_prompt", json!({}))
        .log(1010, "codex.api_request", request(200, 0))
        .log(1020, "codex.sse_event", usage("100"));
    assert_eq!(
        a.build().pick(&MODEL_CALLS, &["error_type", "lost_ns"]),
        [json!(["server_error", 110_000_000]), json!(["server_error", 215_000_000]), json!(["rate_limited", 15_000_000]), json!([null, null])]
    );
}
