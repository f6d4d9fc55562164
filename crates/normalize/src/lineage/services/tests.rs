//! Programs of the GenAI conventions in one lake: what each exports counts for it alone, and what is of one conversation stays together.

use serde_json::{Value, json};
use tracemill_model::tables::{CONVERSATIONS, COVERAGE, LATENCY, MODEL_CALLS, TOOL_CALLS};

use crate::tests::Archive;

fn chat(conversation: Option<&str>, input: i64) -> Value {
    let mut chat =
        json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": 1});
    if let Some(id) = conversation {
        chat["gen_ai.conversation.id"] = json!(id);
    }
    chat
}

fn tool(conversation: &str, name: &str) -> Value {
    json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": name, "gen_ai.tool.call.id": "call_1", "gen_ai.conversation.id": conversation})
}

fn agent(conversation: &str) -> Value {
    json!({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "x", "gen_ai.conversation.id": conversation})
}

/// Points that count the input tokens, and one output token, of a service that names no process.
fn counts(a: &mut Archive, service: &str, ms: i64, tokens: i64) {
    for (kind, tokens) in [("input", tokens), ("output", 1)] {
        let point = json!({"service_name": service, "value": tokens as f64, "value_int": tokens});
        a.metric(ms, &format!("gen_ai.client.inference.usage.{kind}_tokens"), json!({"gen_ai.request.model": "m"}), point);
    }
}

/// Agent, conversation, input and evidence of each call.
fn calls(a: &Archive) -> Vec<Value> {
    let mut calls = a.build().pick(&MODEL_CALLS, &["agent", "conversation_id", "input_tokens", "evidence"]);
    calls.sort_by_key(Value::to_string);
    calls
}

#[test]
fn metrics_of_one_service_are_not_hidden_by_the_spans_or_records_of_another() {
    let mut a = Archive::default();
    counts(&mut a, "counts", 100, 1000);
    a.span_of("spans", (0, 90), "chat", ["a", "1", ""], chat(Some("c"), 5));
    let own = json!(["counts", "counts@2026-11-22", 1000, "metric"]);
    assert_eq!(calls(&a), [own.clone(), json!(["spans", "c", 5, "span"])]);

    let mut a = Archive::default();
    counts(&mut a, "counts", 100, 1000);
    a.log_of("logs", 90, "gen_ai.client.inference.operation.details", chat(Some("c"), 5));
    assert_eq!(calls(&a), [own, json!(["logs", "c", 5, "log"])]);
}

#[test]
fn metrics_of_two_services_are_two_sums() {
    let mut a = Archive::default();
    counts(&mut a, "one", 100, 300);
    counts(&mut a, "two", 100, 700);
    assert_eq!(calls(&a), [json!(["one", "one@2026-11-22", 300, "metric"]), json!(["two", "two@2026-11-22", 700, "metric"])]);
    // each is compared with its own spans
    a.span_of("one", (0, 90), "chat", ["a", "1", ""], chat(Some("c"), 300)).span_of("two", (0, 90), "chat", ["b", "2", ""], chat(Some("d"), 700));
    let compared: Vec<Value> =
        a.build().pick(&COVERAGE, &["agent", "conversation_id", "signal", "status", "input_tokens"]).into_iter().filter(|r| r[1].is_null()).collect();
    assert_eq!(compared, [json!(["one", null, "metric", "agrees", 300]), json!(["two", null, "metric", "agrees", 700])]);
}

#[test]
fn processes_of_two_services_may_be_called_the_same() {
    let mut a = Archive::default();
    for (service, tokens) in [("one", 300), ("two", 700)] {
        let resource = json!({"service.name": service, "service.instance.id": "host-1"}).to_string();
        let point = json!({"service_name": service, "resource": resource, "value": tokens as f64, "value_int": tokens});
        a.metric(100, "gen_ai.client.inference.usage.input_tokens", json!({"gen_ai.request.model": "m"}), point);
    }
    assert_eq!(calls(&a), [json!(["one", "host-1@2026-11-22", 300, "metric"]), json!(["two", "host-1@2026-11-22@two", 700, "metric"])]);
}

#[test]
fn a_servers_span_in_the_trace_does_not_make_the_conversation_its_own() {
    let client = json!({"mcp.method.name": "tools/call", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look"});
    let mut a = Archive::default();
    a.span_of("boss", (0, 90), "invoke_agent x", ["a", "1", ""], agent("c"))
        .span_of("boss", (10, 20), "chat", ["a", "2", "1"], chat(None, 100))
        .span_of("boss", (30, 60), "execute_tool look", ["a", "3", "1"], tool("c", "look"))
        .span_of("boss", (31, 59), "tools/call look", ["a", "4", "3"], client.clone())
        .span_of("server", (40, 50), "tools/call look", ["a", "5", "4"], client);
    assert_eq!(calls(&a), [json!(["boss", "c", 100, "span"])]);
    let built = a.build();
    assert_eq!(built.pick(&CONVERSATIONS, &["conversation_id", "agent", "service_name"]), [json!(["c", "boss", "boss"])]);
    assert_eq!(built.pick(&TOOL_CALLS, &["agent", "call_id", "tool_name", "tool_kind", "outcome"]), [json!(["boss", "call_1", "look", "mcp", "ok"])]);
    let times: Vec<Value> = built.pick(&LATENCY, &["span_id", "category"]).into_iter().map(|r| r[1].clone()).collect();
    assert_eq!(times, ["internal", "model", "tool", "mcp", "mcp"]);
}

#[test]
fn a_service_that_works_in_anothers_trace_makes_its_calls_itself() {
    let mut a = Archive::default();
    a.span_of("boss", (0, 90), "invoke_agent x", ["a", "1", ""], agent("c"))
        .span_of("boss", (10, 20), "chat", ["a", "2", "1"], chat(Some("c"), 100))
        .span_of("guard", (30, 60), "chat", ["a", "3", "1"], chat(None, 7))
        // elsewhere, but by the conversation's name
        .span_of("guard", (100, 110), "chat", ["b", "4", ""], chat(Some("c"), 8));
    assert_eq!(calls(&a), [json!(["boss", "c", 100, "span"]), json!(["guard", "c", 7, "span"]), json!(["guard", "c", 8, "span"])]);
    assert_eq!(a.build().pick(&CONVERSATIONS, &["conversation_id", "agent", "total_tokens"]), [json!(["c", "boss", 118])]);
}

#[test]
fn services_that_call_their_conversations_the_same_have_one_each() {
    let mut a = Archive::default();
    for (service, trace, tokens) in [("two", "b", 200), ("one", "a", 100)] {
        a.span_of(service, (0, 90), "invoke_agent x", [trace, "1", ""], agent("1"))
            .span_of(service, (10, 20), "chat", [trace, "2", "1"], chat(Some("1"), tokens))
            .span_of(service, (30, 60), "execute_tool t", [trace, "3", "1"], tool("1", &format!("t_{service}")));
    }
    assert_eq!(calls(&a), [json!(["one", "1", 100, "span"]), json!(["two", "1@two", 200, "span"])]);
    let built = a.build();
    let tools = built.pick(&TOOL_CALLS, &["agent", "conversation_id", "tool_name"]);
    assert_eq!(tools, [json!(["one", "1", "t_one"]), json!(["two", "1@two", "t_two"])]);
    assert_eq!(built.summary.conversations, 2);
    // records that tell no trace are apart as well
    a.log_of("three", 90, "gen_ai.client.inference.operation.details", chat(Some("1"), 5));
    assert_eq!(calls(&a)[1], json!(["three", "1@three", 5, "log"]));
}

#[test]
fn signals_are_believed_for_each_service_of_a_conversation() {
    let mut a = Archive::default();
    a.span_of("boss", (0, 90), "invoke_agent x", ["a", "1", ""], agent("c"))
        .span_of("boss", (10, 20), "chat", ["a", "2", "1"], chat(Some("c"), 100))
        .log_of("helper", 50, "gen_ai.client.inference.operation.details", chat(Some("c"), 7));
    a.last()["trace_id"] = json!(format!("{:0>32}", "a"));
    assert_eq!(calls(&a), [json!(["boss", "c", 100, "span"]), json!(["helper", "c", 7, "log"])]);
}

#[test]
fn records_that_name_nothing_stay_with_their_service() {
    let mut a = Archive::default();
    for (service, tokens) in [("one", 1), ("two", 2)] {
        a.log_of(service, 90, "gen_ai.client.inference.operation.details", chat(None, tokens));
        counts(&mut a, service, 100, tokens);
    }
    // the metrics of a service are what its records say
    assert_eq!(calls(&a), [json!(["one", "(unknown)", 1, "log"]), json!(["two", "(unknown)@two", 2, "log"])]);
}
