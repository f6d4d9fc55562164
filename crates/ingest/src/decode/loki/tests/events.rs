//! Records, and the names of their events.

use super::*;

/// The labels of every shape that Codex's events have had from 0.55 to 0.169, beside those that all have. Empty attributes, which Loki does
/// not keep, are left out.
const CODEX: [(&str, &[&str]); 24] = [
    ("conversation_starts", &["approval_policy", "provider_name", "reasoning_summary", "sandbox_policy", "trace_id"]),
    ("conversation_starts", &["approval_policy", "context_window", "max_output_tokens", "mcp_servers", "provider_name", "sandbox_policy"]),
    ("user_prompt", &["prompt", "prompt_length", "trace_id"]),
    ("user_prompt", &["prompt_length"]),
    ("api_request", &["attempt", "duration_ms", "http_response_status_code"]),
    ("api_request", &["attempt", "duration_ms", "error_message", "http_response_status_code"]),
    ("api_request", &["attempt", "auth_header_attached", "auth_header_name", "duration_ms", "endpoint", "http_response_status_code", "trace_id"]),
    ("api_request", &["attempt", "auth_header_attached", "duration_ms", "endpoint", "error_message", "trace_id"]),
    ("auth_recovery", &["auth_mode", "auth_outcome", "auth_recovery_reason", "auth_request_id", "auth_step", "trace_id"]),
    ("startup_phase", &["duration_ms", "startup_phase", "startup_status", "trace_id"]),
    ("startup_phase", &["duration_ms", "startup_phase", "trace_id"]),
    ("websocket_connect", &["auth_connection_reused", "auth_header_attached", "auth_reauth", "duration_ms", "endpoint", "success", "trace_id"]),
    ("websocket_request", &["auth_connection_reused", "duration_ms", "success", "trace_id"]),
    ("tool_decision", &["call_id", "decision", "source", "tool_name"]),
    ("tool_decision", &["call_id", "decision", "source", "tool_name", "tool_namespace", "trace_id"]),
    ("tool_result", &["arguments", "call_id", "duration_ms", "output", "success", "tool_name"]),
    ("tool_result", &["call_id", "duration_ms", "mcp_server", "mcp_server_origin", "output_truncated", "success", "tool_name", "tool_namespace"]),
    ("turn_ttft", &["duration_ms", "trace_id"]),
    ("sse_event", &["cached_token_count", "input_token_count", "output_token_count", "reasoning_token_count", "tool_token_count", "event_kind"]),
    ("sse_event", &["cached_token_count", "input_token_count", "output_token_count", "model_reasoning_effort", "ttft_ms", "event_kind"]),
    ("sse_event", &["duration_ms", "event_kind"]),
    ("sse_event", &["error_message", "event_kind"]),
    ("sse_event", &["duration_ms", "error_message", "event_kind"]),
    ("sse_event", &["duration_ms", "error_message"]),
];

fn value(label: &str) -> &str {
    match label {
        "trace_id" => "0af7651916cd43dd8448eb211c80319c",
        "event_kind" => "response.completed",
        _ => "1",
    }
}

#[test]
fn every_event_of_codex_is_known_behind_its_source_line_and_without_a_name() {
    for (name, labels) in CODEX {
        let shown: Vec<(&str, &str)> = labels.iter().map(|l| (*l, value(l))).chain([("conversation_id", "c")]).collect();
        let source_line = [("event_name", "event otel/src/events/session_telemetry.rs:1153"), ("service_name", "codex-app-server")];
        let hidden = one("", &[&shown[..], &source_line].concat());
        let expected = format!("codex.{name}");
        assert_eq!(hidden["event_name"], expected, "{labels:?}");
        assert_eq!(hidden["record_name"], source_line[0].1);
        assert!(hidden["attributes"].contains(&format!("\"event.name\":\"{expected}\"")));
        // logcli has left out the name, the service, and what else all lines have
        assert_eq!(one("", &shown)["event_name"], expected, "{labels:?}");
    }
}

#[test]
fn what_could_be_two_events_is_decided_by_what_is_left() {
    let common = [("conversation_id", "c"), ("duration_ms", "5")];
    // a kind would be shown beside the source line
    let hidden = [("event_name", "event otel/src/events/session_telemetry.rs:393"), ("service_name", "codex_exec")];
    assert_eq!(one("", &[&common[..], &hidden].concat())["event_name"], "codex.turn_ttft");
    assert_eq!(one("", &common)["event_name"], "codex.sse_event");
    assert!(!one("", &common[..1]).contains_key("event_name"));
}

#[test]
fn the_kind_of_a_completed_response_is_restored() {
    let labels = [("conversation_id", "c"), ("input_token_count", "7"), ("output_token_count", "3")];
    let row = one("", &labels);
    assert!(row["attributes"].contains("\"event.kind\":\"response.completed\""), "{row:?}");
    assert_eq!(row["time_source"], "observed");
}

#[test]
fn records_without_a_name_stay_without() {
    let source_line = "event otel/src/metrics/client.rs:324";
    let row = one("flushing OTEL metrics", &[("service_name", "codex_exec"), ("event_name", source_line), ("scope_name", "x")]);
    assert_eq!((row["event_name"].as_str(), row["attributes"].as_str()), (source_line, "{}"));
    let row = one("flushing OTEL metrics", &[("service_name", "codex_exec")]);
    assert!(!row.contains_key("event_name"));
}

#[test]
fn an_event_that_nobody_knows_stands_under_its_source_line_and_is_told() {
    let labels = [("service_name", "codex_exec"), ("event_name", "event otel/src/x.rs:1"), ("conversation_id", "c"), ("novel", "1")];
    let read = documents(&page(&[("1795370581000000001", "", &labels)])).unwrap();
    assert_eq!(read.names(), ["event otel/src/x.rs:1"]);
    assert!(read.warned("3.8"));
    assert!(read.told.forms.all().0.any(|f| f == "Loki 3.8 or later"));
}

#[test]
fn the_bodies_and_labels_of_other_agents_tell_their_events() {
    let claude = one("claude_code.tool_result", &[("session_id", "s"), ("tool_name", "Bash")]);
    assert_eq!((claude["event_name"].as_str(), claude["body"].as_str()), ("tool_result", "\"claude_code.tool_result\""));
    let gemini = one("Tool call: x. Decision: accept.", &[("function_name", "x"), ("error_type", "t")]);
    assert_eq!(gemini["event_name"], "gemini_cli.tool_call");
    assert_eq!(gemini["attributes"].matches(r#":"t""#).count(), 2, "{gemini:?}");
    // a body alone may be another program's
    assert!(!one("Tool call: x", &[]).contains_key("event_name"));
}

#[test]
fn labels_become_fields_attributes_and_resource() {
    let row = one(
        "a \"line\"\n",
        &[
            ("service_name", "codex_exec"),
            ("service_version", "0.169.0"),
            ("env", "ci"),
            ("host_name", "vm"),
            ("detected_level", "info"),
            ("event_name", "codex.api_request"),
            ("event_timestamp", "2026-11-22T17:40:37.985Z"),
            ("severity_text", "INFO"),
            ("severity_number", "9"),
            ("trace_id", "0af7651916cd43dd8448eb211c80319c"),
            ("span_id", "not hex"),
            ("flags", "1"),
            ("dropped_attributes_count", "2"),
            ("scope_name", "codex_otel.log_only"),
            ("scope_version", "1"),
            ("conversation_id", "c"),
            ("http_response_status_code", "200"),
            ("mcp_server", "demo"),
            ("unknown_name", "u"),
            ("__stream_shard__", "3"),
        ],
    );
    assert_eq!(
        row["attributes"],
        r#"{"conversation.id":"c","event.name":"codex.api_request","event.timestamp":"2026-11-22T17:40:37.985Z","http.response.status_code":"200","mcp_server":"demo","span_id":"not hex","unknown_name":"u"}"#
    );
    assert_eq!(row["resource"], r#"{"env":"ci","host.name":"vm","service.name":"codex_exec","service.version":"0.169.0"}"#);
    for (column, value) in [
        ("severity", "INFO"),
        ("severity_number", "9"),
        ("trace_id", "0af7651916cd43dd8448eb211c80319c"),
        ("flags", "1"),
        ("dropped_attributes_count", "2"),
        ("scope_name", "codex_otel.log_only"),
        ("scope_version", "1"),
        ("service_name", "codex_exec"),
        ("body", r#""a \"line\"\n""#),
        ("system", "loki"),
        ("time_source", "attribute"),
        ("time", "1795369237985000000"),
        ("observed_time", "1795370581000000001"),
    ] {
        assert_eq!(row[column], value, "{column}");
    }
}

#[test]
fn an_entry_has_its_own_time_only_beside_an_observed_one() {
    let own = one("", &[("service_name", "claude-code"), ("observed_timestamp", "1795370581000000500")]);
    assert_eq!((own["time"].as_str(), own["time_source"].as_str()), ("1795370581000000001", "record"));
    assert_eq!(own["observed_time"], "1795370581000000500");
    let observed = one("", &[("service_name", "unknown_service")]);
    assert_eq!((observed["time_source"].as_str(), observed["resource"].as_str()), ("observed", "{}"));
}

#[test]
fn the_former_exporters_line_keeps_its_types() {
    let line = r#"{"body":{"m":[1,2.5,null]},"traceid":"0af7651916cd43dd8448eb211c80319c","severity":"INFO","flags":1,"attributes":{"event.name":"codex.sse_event","input_token_count":"7","cached_token_count":3,"ok":true,"deep":{"b":1,"a":[]}},"resources":{"service.version":"1"},"instrumentation_scope":{"name":"s","version":"2"}}"#;
    let row = one(line, &[("exporter", "OTLP"), ("job", "team/codex_exec"), ("level", "INFO")]);
    assert_eq!(
        row["attributes"],
        r#"{"cached_token_count":3,"deep":{"a":[],"b":1},"event.name":"codex.sse_event","input_token_count":"7","ok":true}"#
    );
    assert_eq!(row["resource"], r#"{"service.name":"codex_exec","service.version":"1"}"#);
    assert_eq!((row["body"].as_str(), row["event_name"].as_str()), (r#"{"m":[1,2.5,null]}"#, "codex.sse_event"));
    assert_eq!((row["scope_name"].as_str(), row["severity"].as_str(), row["flags"].as_str()), ("s", "INFO", "1"));
    // JSON of another program, and a line that is cut, are lines
    for text in [r#"{"body":"x","level":"info"}"#, &line[..line.len() - 1], r#"{"attributes":7,"resources":{}}"#] {
        assert!(one(text, &[("service_name", "x")])["body"].starts_with('"'), "{text}");
    }
}
