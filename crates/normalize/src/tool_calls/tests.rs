use serde_json::{Value, json};
use tracemill_model::tables::TOOL_CALLS;

use crate::tests::Archive;

const SHOWN: [&str; 6] = ["tool_name", "outcome", "error_type", "exit_code", "reported_success", "tool_kind"];

fn result(attributes: Value) -> Vec<Value> {
    let mut a = Archive::default();
    let mut all = json!({"call_id": "t1", "duration_ms": "8", "arguments": "{}"});
    all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    a.log(5, "codex.tool_result", all);
    a.build().pick(&TOOL_CALLS, &SHOWN)
}

#[test]
fn what_happened_is_not_what_was_claimed() {
    for (tool, success, output, expected) in [
        ("exec_command", "true", "Process exited with code 0\nOutput:\n", json!(["exec_command", "ok", null, 0, true, "builtin"])),
        ("exec_command", "true", "Process exited with code 9\nOutput:\n", json!(["exec_command", "failed", "exit_code", 9, true, "builtin"])),
        ("exec_command", "true", "Process running with session ID 6\n", json!(["exec_command", "unknown", "still_running", null, true, "builtin"])),
        ("write_stdin", "true", "Process exited with code 4\nOutput:\n", json!(["write_stdin", "failed", "exit_code", 4, true, "builtin"])),
        ("exec_command", "false", "failed to parse function arguments", json!(["exec_command", "failed", "tool_error", null, false, "builtin"])),
        ("exec_command", "false", "rejected by user", json!(["exec_command", "denied", "denied", null, false, "builtin"])),
        ("exec_command", "true", "", json!(["exec_command", "unknown", null, null, true, "builtin"])),
        ("shell", "false", r#"{"output":"","metadata":{"exit_code":9}}"#, json!(["shell", "failed", "exit_code", 9, false, "builtin"])),
        ("view_image", "true", "image", json!(["view_image", "ok", null, null, true, "builtin"])),
        ("no_such_tool", "false", "unsupported call: no_such_tool", json!(["no_such_tool", "failed", "unsupported", null, false, "builtin"])),
        ("mcp__demo__echo", "true", "Ok(CallToolResult { is_error: Some(false) })", json!(["echo", "ok", null, null, true, "mcp"])),
        ("mcp__demo__fail", "true", "Ok(CallToolResult { is_error: Some(true) })", json!(["fail", "failed", "mcp_error", null, true, "mcp"])),
        ("mcp__demo__fail", "false", "Err(\"tool call error: x\")", json!(["fail", "failed", "mcp_error", null, false, "mcp"])),
        ("mcp__demo__echo", "true", "", json!(["echo", "unknown", null, null, true, "mcp"])),
    ] {
        assert_eq!(result(json!({"tool_name": tool, "success": success, "output": output})), [expected], "{tool}: {output}");
    }
}

#[test]
fn newer_versions_tell_the_server() {
    let call = |success: &str| json!({"tool_name": "echo", "tool_namespace": "mcp__demo", "mcp_server": "demo", "success": success, "output": "Exit code: 3"});
    assert_eq!(result(call("true")), [json!(["echo", "ok", null, null, true, "mcp"])]);
    assert_eq!(result(call("false")), [json!(["echo", "failed", "mcp_error", null, false, "mcp"])]);
}

#[test]
fn log_copy_and_span_are_one_call() {
    let mut a = Archive::default();
    a.span((0, 50), "session_task.turn", ["2", "a", ""], json!({"thread.id": [4, "c"], "turn.id": "turn-1"}))
        .span((10, 40), "mcp__demoecho", ["2", "b", "a"], json!({"call_id": "t1", "tool_name": "mcp__demoecho", "aborted": false}))
        .span_event(
            39,
            "codex.tool_result",
            "2",
            json!({"call_id": "t1", "tool_name": "echo", "tool_namespace": "mcp__demo",
            "success": "true", "arguments_length": 2, "output_length": 70, "duration_ms": "8"}),
        )
        .log_in(15, "codex.tool_decision", "2", json!({"call_id": "t1", "tool_name": "echo", "decision": "Approved", "source": "User"}))
        .log_in(
            39,
            "codex.tool_result",
            "2",
            json!({"call_id": "t1", "tool_name": "echo", "tool_namespace": "mcp__demo", "mcp_server": "demo",
            "success": "true", "arguments": "{\"a\": 1}", "output": "hi", "duration_ms": "8"}),
        );
    let columns = [
        "time",
        "tool_name",
        "mcp_server",
        "turn_id",
        "duration_ns",
        "wait_ns",
        "decision",
        "decision_source",
        "arguments_bytes",
        "output_bytes",
        "evidence",
    ];
    let expected = json!([39, "echo", "demo", "turn-1", 8_000_000, 5_000_000, "approved", "user", 8, 2, "log"]);
    assert_eq!(a.build().pick(&TOOL_CALLS, &columns), [expected]);
}

#[test]
fn a_call_without_a_result_is_never_a_success() {
    let mut a = Archive::default();
    let span = |id: &str, aborted: Value| json!({"call_id": id, "tool_name": "exec_command", "aborted": aborted, "conversation.id": "c"});
    a.log(1, "codex.user_prompt", json!({}))
        .log(2, "codex.tool_decision", json!({"call_id": "approved", "tool_name": "exec_command", "decision": "approved", "source": "Config"}))
        .log(3, "codex.tool_decision", json!({"call_id": "denied", "tool_name": "exec_command", "decision": "denied", "source": "User"}))
        .log(4, "codex.tool_decision", json!({"call_id": "gave-up", "tool_name": "exec_command", "decision": "abort", "source": "User"}))
        .span((5, 9), "exec_command", ["2", "a", ""], span("no", json!([false, true])))
        .log(5, "codex.tool_decision", json!({"call_id": "cut", "tool_name": "exec_command", "decision": "approved", "source": "Config"}))
        .span((4, 9), "exec_command", ["2", "c", ""], span("cut", json!(true)))
        .span(
            (5, 9),
            "mcp__demo__echo",
            ["2", "d", ""],
            json!({"call_id": "mcp", "tool_name": "mcp__demo__echo", "aborted": true, "conversation.id": "c"}),
        )
        .span((6, 9), "exec_command", ["2", "b", ""], span("lost", json!(false)));
    assert_eq!(
        a.build().pick(&TOOL_CALLS, &["call_id", "outcome", "error_type", "evidence", "wait_ns"]),
        [
            json!(["approved", "unknown", "no_result", "log", null]),
            json!(["denied", "denied", "denied", "log", null]),
            json!(["gave-up", "aborted", "aborted", "log", null]),
            json!(["cut", "aborted", "aborted", "log", null]),
            json!(["mcp", "aborted", "aborted", "span", null]),
            // asked from 5 to 9 ms, and never approved
            json!(["no", "denied", "denied", "span", 4_000_000]),
            json!(["lost", "unknown", "no_result", "span", null])
        ]
    );
}

#[test]
fn results_without_a_call_id_stay_apart() {
    let mut a = Archive::default();
    for ms in [1, 2] {
        a.log(ms, "codex.tool_result", json!({"tool_name": "exec_command", "success": "false", "output": "no such tool", "duration_ms": "0"}));
    }
    assert_eq!(a.build().pick(&TOOL_CALLS, &["time", "outcome"]), [json!([1, "failed"]), json!([2, "failed"])]);
}

#[test]
fn without_records_nobody_knows_whether_a_call_was_denied() {
    let mut a = Archive::default();
    let attributes = json!({"call_id": "cut", "tool_name": "exec_command", "aborted": true, "conversation.id": "c"});
    a.span((5, 9), "exec_command", ["2", "a", ""], attributes);
    assert_eq!(a.build().pick(&TOOL_CALLS, &["outcome", "wait_ns"]), [json!(["aborted", null])]);
}
