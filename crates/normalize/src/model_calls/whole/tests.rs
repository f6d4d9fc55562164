//! Programs that follow the GenAI conventions: what is told several times counts once.

use serde_json::{Value, json};
use tracemill_model::tables::{CONVERSATIONS, COVERAGE, MODEL_CALLS, TOOL_CALLS};

use crate::tests::{Archive, Built};

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

#[test]
fn a_request_of_the_oldest_conventions_that_failed_is_an_attempt() {
    let mut a = Archive::default();
    let asked = json!({"gen_ai.system": "openai", "gen_ai.request.model": "m", "error.type": "429"});
    a.span_of("acme", (0, 90), "openai.chat", ["a", "1", ""], asked);
    // a span around it that failed for the same reason is no attempt of its own
    a.span_of("acme", (100, 200), "flow", ["b", "2", ""], json!({"gen_ai.system": "openai", "gen_ai.request.model": "m", "error.type": "x"}));
    a.span_of(
        "acme",
        (110, 190),
        "openai.chat",
        ["b", "3", "2"],
        json!({"gen_ai.system": "openai", "gen_ai.request.model": "m", "error.type": "429"}),
    );
    // neither is one that only names a model
    a.span_of("acme", (300, 400), "flow", ["c", "4", ""], json!({"gen_ai.system": "openai", "gen_ai.request.model": "m"}));
    let failed = json!(["error", "rate_limited", null]);
    assert_eq!(a.build().pick(&MODEL_CALLS, &["outcome", "error_type", "total_tokens"]), [failed.clone(), failed]);
}

#[test]
fn embeddings_have_a_total_and_a_cost_without_an_output() {
    let mut a = Archive::default();
    let of = |operation: &str| json!({"gen_ai.operation.name": operation, "gen_ai.request.model": "m", "gen_ai.conversation.id": "c", "gen_ai.usage.input_tokens": 500});
    a.span_of("acme", (0, 90), "embeddings", ["a", "1", ""], of("embeddings")).span_of("acme", (100, 190), "chat", ["a", "2", ""], of("chat"));
    a.prices("[[price]]\nmodel = \"m\"\ninput_mtok = 1\noutput_mtok = 2");
    let built = a.build();
    let columns = ["input_tokens", "output_tokens", "total_tokens", "cost_nanousd"];
    // of the other the output is unknown, and so is its cost
    assert_eq!(built.pick(&MODEL_CALLS, &columns), [json!([500, 0, 500, 500_000]), json!([500, null, null, null])]);
    assert_eq!(built.pick(&CONVERSATIONS, &["total_tokens", "cost_nanousd", "unpriced_calls"]), [json!([500, 500_000, 1])]);
    let status = |built: &Built| built.pick(&COVERAGE, &["signal", "status", "causes"]).into_iter().find(|r| r[0] == "span");
    assert_eq!(status(&built), Some(json!(["span", "incomplete", "calls_without_tokens"])));

    let mut a = Archive::default();
    let point = json!({"service_name": "acme", "value": 60.0, "value_int": 60});
    a.metric(100, "gen_ai.client.inference.usage.input_tokens", json!({"gen_ai.operation.name": "embeddings"}), point);
    assert_eq!(a.build().pick(&MODEL_CALLS, &["input_tokens", "total_tokens"]), [json!([60, 60])]);
}

#[test]
fn one_call_that_proves_how_cached_input_is_counted_proves_it_for_all() {
    let of = |provider: &str, input: i64, cached: i64| {
        let mut chat = chat(input, 1);
        chat["gen_ai.provider.name"] = json!(provider);
        chat["gen_ai.usage.cache_read.input_tokens"] = json!(cached);
        chat
    };
    let mut a = Archive::default();
    a.span_of("acme", (0, 10), "chat", ["a", "1", ""], of("p", 3000, 2000))
        .span_of("acme", (20, 30), "chat", ["a", "2", ""], of("p", 50, 2000))
        // another provider's calls and another program's tell of their own
        .span_of("acme", (40, 50), "chat", ["a", "3", ""], of("q", 3000, 2000))
        .span_of("other", (60, 70), "chat", ["a", "4", ""], of("p", 3000, 2000));
    let inputs: Vec<Value> = a.build().pick(&MODEL_CALLS, &["input_tokens"]);
    assert_eq!(inputs, [json!([5000]), json!([2050]), json!([3000]), json!([3000])]);
}

#[test]
fn records_with_all_tokens_are_complete_beside_spans_that_have_none() {
    let mut a = Archive::default();
    let bare = json!({"gen_ai.operation.name": "chat", "gen_ai.conversation.id": "c"});
    a.span_of("acme", (0, 90), "chat", ["a", "1", ""], bare).log_of("acme", 90, "gen_ai.client.inference.operation.details", chat(100, 5));
    let said = a.build().pick(&COVERAGE, &["signal", "chosen", "status", "causes"]);
    assert_eq!(said[..2], [json!(["log", true, "complete", null]), json!(["span", false, "without_tokens", null])]);
}

#[test]
fn an_agents_agent_is_believed_as_the_conversation_is() {
    let mut a = Archive::default();
    let mut told = chat(100, 5);
    told["event.name"] = json!("gen_ai.client.inference.operation.details");
    a.span_of("acme", (0, 90), "boss", ["a", "1", ""], agent("boss", None))
        .span_of("acme", (10, 80), "helper", ["a", "2", "1"], agent("helper", None))
        .span_of("acme", (20, 70), "helper's", ["a", "3", "2"], agent("helper's", None))
        .span_of("acme", (30, 60), "chat", ["a", "4", "3"], chat(100, 5))
        .log_of("acme", 60, "gen_ai.client.inference.operation.details", told);
    assert_eq!(calls(&a), [json!(["c/0000000000000003", "ok", 100, "span", false])]);
}
