//! Programs that follow the GenAI conventions: what is told several times counts once.

use serde_json::{Value, json};
use tracemill_model::tables::{CONVERSATIONS, MODEL_CALLS, TOOL_CALLS};

use crate::tests::Archive;

fn chat(input: i64, output: i64) -> Value {
    json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.conversation.id": "c", "gen_ai.usage.input_tokens": input,
        "gen_ai.usage.output_tokens": output})
}

fn agent(name: &str, tokens: Option<i64>) -> Value {
    json!({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name, "gen_ai.conversation.id": "c", "gen_ai.usage.input_tokens": tokens,
        "gen_ai.usage.output_tokens": tokens})
}

/// The calls: conversation, outcome, input, evidence, aggregated.
fn calls(a: &Archive) -> Vec<Value> {
    a.build().pick(&MODEL_CALLS, &["conversation_id", "outcome", "input_tokens", "evidence", "aggregated"])
}

#[test]
fn of_a_wrapper_and_what_it_wraps_the_inner_counts_where_it_knows() {
    let mut a = Archive::default();
    a.span_of("acme", (0, 90), "wrapper", ["a", "1", ""], chat(100, 5))
        .span_of("acme", (10, 50), "attempt", ["a", "2", "1"], json!({"gen_ai.operation.name": "chat", "error.type": "timeout"}))
        .span_of("acme", (50, 90), "attempt", ["a", "3", "1"], chat(100, 5))
        // here the inner one knows nothing
        .span_of("acme", (100, 200), "wrapper", ["a", "4", ""], chat(70, 7))
        .span_of("acme", (110, 190), "attempt", ["a", "5", "4"], json!({"gen_ai.operation.name": "chat", "gen_ai.conversation.id": "c"}));
    let expected = [json!(["c", "error", null, "span", false]), json!(["c", "ok", 100, "span", false]), json!(["c", "ok", 70, "span", false])];
    assert_eq!(calls(&a), expected);
}

#[test]
fn one_response_of_two_instrumentations_is_one() {
    let mut a = Archive::default();
    let of = |id: &str| {
        let mut chat = chat(100, 5);
        chat["gen_ai.response.id"] = json!(id);
        chat
    };
    a.span_of("acme", (0, 90), "x", ["a", "1", ""], of("r1")).span_of("acme", (1, 91), "y", ["b", "2", ""], of("r1")).span_of(
        "acme",
        (100, 190),
        "x",
        ["a", "3", ""],
        of("r2"),
    );
    assert_eq!(calls(&a).len(), 2);
}

#[test]
fn sums_of_agents_count_only_without_calls_and_only_the_outermost() {
    let mut a = Archive::default();
    a.span_of("acme", (0, 90), "boss", ["a", "1", ""], agent("boss", Some(120)))
        .span_of("acme", (10, 80), "task", ["a", "2", "1"], json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "task"}))
        .span_of("acme", (20, 70), "helper", ["a", "3", "2"], agent("helper", Some(20)));
    assert_eq!(calls(&a), [json!(["c", "ok", 120, "span", true])]);
    let conversations = |a: &Archive| a.build().pick(&CONVERSATIONS, &["conversation_id", "parent_conversation_id", "kind", "input_tokens"]);
    let sub = "c/0000000000000003";
    assert_eq!(conversations(&a), [json!(["c", null, "main", 120]), json!([sub, "c", "subagent", null])]);

    a.span_of("acme", (2, 8), "chat", ["a", "4", "1"], chat(100, 5)).span_of("acme", (30, 60), "chat", ["a", "5", "3"], chat(20, 2));
    assert_eq!(calls(&a), [json!(["c", "ok", 100, "span", false]), json!([sub, "ok", 20, "span", false])]);
    assert_eq!(conversations(&a), [json!(["c", null, "main", 100]), json!([sub, "c", "subagent", 20])]);
}

#[test]
fn a_clients_span_within_a_tools_is_the_same_call() {
    let mut a = Archive::default();
    let tool =
        json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "deploy", "gen_ai.tool.call.id": "t", "gen_ai.conversation.id": "c"});
    let client =
        json!({"mcp.method.name": "tools/call", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "deploy", "error.type": "tool_error"});
    a.span_of("acme", (0, 90), "execute_tool deploy", ["a", "1", ""], tool).span_of("acme", (10, 80), "tools/call deploy", ["a", "2", "1"], client);
    assert_eq!(a.build().pick(&TOOL_CALLS, &["call_id", "tool_name", "outcome"]), [json!(["t", "deploy", "failed"])]);
}

#[test]
fn metrics_of_a_process_count_where_nothing_else_does() {
    let usage = |a: &mut Archive| {
        for (ms, total) in [(100, 60.0), (200, 150.0)] {
            let point = json!({"temporality": "cumulative", "service_name": "acme", "value": total, "value_int": total as i64});
            a.metric(ms, "gen_ai.client.inference.usage.input_tokens", json!({"gen_ai.request.model": "m"}), point);
        }
    };
    let mut a = Archive::default();
    usage(&mut a);
    assert_eq!(calls(&a), [json!(["acme@2026-11-22", "ok", 60, "metric", true]), json!(["acme@2026-11-22", "ok", 90, "metric", true])]);
    a.span_of("acme", (0, 90), "chat", ["a", "1", ""], chat(140, 5));
    assert_eq!(calls(&a), [json!(["c", "ok", 140, "span", false])]);
}

#[test]
fn an_id_that_two_agents_use_is_two_conversations() {
    let mut a = Archive::default();
    a.log(10, "codex.sse_event", json!({"event.kind": "response.completed", "input_token_count": "1", "output_token_count": "1", "ttft_ms": 1}));
    a.span_of("acme", (20, 90), "chat", ["a", "1", ""], chat(140, 5));
    assert_eq!(a.build().pick(&MODEL_CALLS, &["conversation_id", "agent"]), [json!(["c", "codex"]), json!(["c@genai", "acme"])]);
}
