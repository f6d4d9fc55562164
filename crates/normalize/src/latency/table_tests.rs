//! Forests as the raw tables have them, with the figures of the table worked out by hand. Times are milliseconds; a nanosecond is
//! never lost, so whole milliseconds come out whole.

use serde_json::{Value, json};
use tracemill_model::tables::{LATENCY, TURNS};

use crate::tests::{Archive, Built};

const MS: i64 = 1_000_000;

/// Name, turn, category, attributed and critical milliseconds, anomaly of each row, by name.
fn figures(built: &Built) -> Vec<Value> {
    let ms = |ns: &Value| ns.as_i64().map_or(Value::Null, |ns| if ns % MS == 0 { json!(ns / MS) } else { json!(ns as f64 / MS as f64) });
    let rows = built.pick(&LATENCY, &["name", "turn_id", "category", "attributed_ns", "critical_ns", "anomaly"]);
    let mut rows: Vec<Value> = rows.into_iter().map(|r| json!([r[0], r[1], r[2], ms(&r[3]), ms(&r[4]), r[5]])).collect();
    rows.sort_by_key(|r| (r[0].to_string(), r[1].to_string()));
    rows
}

/// Every turn's rows sum to its duration.
fn sums(built: &Built) {
    let rows = built.pick(&LATENCY, &["turn_id", "attributed_ns", "critical_ns"]);
    for turn in built.pick(&TURNS, &["turn_id", "duration_ns"]) {
        for column in [1, 2] {
            let sum: i64 = rows.iter().filter(|r| r[0] == turn[0]).map(|r| r[column].as_i64().unwrap()).sum();
            assert_eq!(json!(sum), turn[1], "{turn}");
        }
    }
}

fn turn(id: &str) -> Value {
    json!({"conversation.id": "c", "turn.id": id})
}

#[test]
fn a_turn_with_all_that_can_be_wrong() {
    let mut a = Archive::default();
    a.log_in(0, "codex.user_prompt", "a", json!({}))
        .span((0, 100), "session_task.turn", ["a", "1", ""], turn("t"))
        // the model answers for 30, its parent ended before
        .span((10, 20), "run_turn", ["a", "2", "1"], json!({}))
        .span((15, 45), "receiving", ["a", "3", "2"], json!({}))
        // a tool with something nameless in it that outlives the turn
        .span((50, 60), "exec_command", ["a", "4", "1"], json!({"call_id": "x", "tool_name": "exec_command", "aborted": false}))
        .span((58, 120), "odd", ["a", "5", "4"], json!({}))
        // a clock that goes back, and no time at all
        .span((70, 65), "backwards", ["a", "6", "1"], json!({}))
        .span((80, 80), "nothing", ["a", "7", "1"], json!({}))
        // three that run in a circle, and one whose parent is nowhere: no way leads to the turn
        .span((30, 40), "circle-1", ["a", "8", "a"], json!({}))
        .span((31, 39), "circle-2", ["a", "9", "8"], json!({}))
        .span((32, 38), "circle-3", ["a", "a", "9"], json!({}))
        .span((20, 30), "lost", ["a", "b", "ff"], json!({}));
    let built = a.build();
    sums(&built);
    // Turn's own: 0..10 and 45..50. run_turn 10..15, receiving 15..45, exec_command 50..58, odd 58..100.
    // Path: odd ends at 100 (cut) and hangs on the turn, for it outlives the tool; before it the tool would have to end by 58, so the
    // next is the model 15..45; run_turn ends at 20, too late.
    assert_eq!(
        figures(&built),
        [
            json!(["backwards", "t", "internal", 0, 0, "negative"]),
            json!(["circle-1", null, "internal", null, null, "cycle"]),
            json!(["circle-2", null, "internal", null, null, null]),
            json!(["circle-3", null, "internal", null, null, null]),
            json!(["exec_command", "t", "tool", 8, 0, null]),
            json!(["lost", null, "internal", null, null, "orphan"]),
            json!(["nothing", "t", "internal", 0, 0, null]),
            json!(["odd", "t", "tool", 42, 42, null]),
            json!(["receiving", "t", "model", 30, 30, null]),
            json!(["run_turn", "t", "internal", 5, 0, null]),
            json!(["session_task.turn", "t", "internal", 15, 28, null]),
        ]
    );
    // backwards, nothing, circle-1..3, exec, lost, nothing, odd, receiving, run_turn, turn; children cut to the span.
    let selves = built.pick(&LATENCY, &["name", "duration_ns", "self_ns", "listed", "tool_name"]);
    let own = |name: &str| selves.iter().find(|r| r[0] == name).map(|r| (r[1].as_i64().unwrap() / MS, r[2].as_i64().unwrap() / MS)).unwrap();
    assert_eq!((own("session_task.turn"), own("run_turn"), own("exec_command"), own("odd")), ((100, 80), (10, 5), (10, 8), (62, 62)));
    assert_eq!(selves.iter().find(|r| r[0] == "odd").map(|r| (r[3].clone(), r[4].clone())), Some((json!(false), json!("exec_command"))));
}

#[test]
fn a_sub_agents_turn_in_its_parents_trace_is_another_turn() {
    let mut a = Archive::default();
    a.span((0, 100), "session_task.turn", ["a", "1", ""], turn("outer"))
        .span((10, 90), "spawn_agent", ["a", "2", "1"], json!({"call_id": "x", "tool_name": "spawn_agent", "aborted": false, "conversation.id": "c"}))
        .span((20, 80), "session_task.turn", ["a", "3", "2"], json!({"conversation.id": "d", "turn.id": "inner"}))
        .span((30, 50), "receiving", ["a", "4", "3"], json!({"conversation.id": "d"}));
    let built = a.build();
    sums(&built);
    // The tool that waits for the other turn keeps all of its time, and hands nothing down to that turn.
    assert_eq!(
        figures(&built),
        [
            json!(["receiving", "inner", "model", 20, 20, null]),
            json!(["session_task.turn", "inner", "internal", 40, 40, null]),
            json!(["session_task.turn", "outer", "internal", 20, 20, null]),
            json!(["spawn_agent", "outer", "tool", 80, 80, null]),
        ]
    );
}

#[test]
fn another_conversation_without_a_turn_of_its_own_is_waited_for_too() {
    let of = |conversation: &str| json!({"conversation.id": conversation});
    let with = |child: bool| {
        let mut a = Archive::default();
        a.log_in(0, "codex.user_prompt", "a", json!({}))
            // above all that names anybody
            .span((-5, -1), "turn/start", ["a", "f", ""], json!({}))
            .span((-4, -2), "codex.turn_input", ["a", "e", "f"], of("c"))
            .span((-3, -2), "fs.read_file", ["a", "d", "f"], json!({}))
            .span((0, 100), "session_task.turn", ["a", "1", "e"], turn("outer"))
            .span(
                (10, 90),
                "spawn_agent",
                ["a", "2", "1"],
                json!({"call_id": "x", "tool_name": "spawn_agent", "aborted": false, "conversation.id": "c"}),
            )
            .span((20, 80), "op.dispatch.turn_input", ["a", "3", "2"], json!({}));
        if child {
            a.log_in(25, "codex.user_prompt", "a", json!({"conversation.id": "d"}))
                .span((30, 70), "codex.turn_input", ["a", "4", "3"], of("d"))
                .span((40, 50), "receiving", ["a", "5", "4"], json!({}))
                .log_in(95, "codex.turn_ttft", "a", json!({"conversation.id": "d", "duration_ms": "5"}));
        }
        // back in the first, which is no part of any turn then
        a.span((41, 49), "append_items", ["a", "6", if child { "5" } else { "" }], of("c"));
        a.build()
    };
    let built = with(true);
    sums(&built);
    let columns = ["name", "conversation_id", "turn_id", "category", "self_ns", "attributed_ns", "critical_ns"];
    let rows = |built: &Built| {
        let mut rows = built.pick(&LATENCY, &columns);
        rows.sort_by_key(Value::to_string);
        rows
    };
    let (mut all, alone) = (rows(&built), rows(&with(false)));
    let of_child: Vec<Value> = all.extract_if(.., |row| row[1] == "d").map(|row| json!([row[0], row[2], row[5]])).collect();
    assert_eq!(of_child, [json!(["codex.turn_input", "d#1", 30 * MS]), json!(["receiving", "d#1", 10 * MS]), json!(["unobserved", "d#1", 30 * MS])]);
    assert_eq!(all, alone);
    let dispatch = all.iter().find(|row| row[0] == "op.dispatch.turn_input").unwrap();
    assert_eq!(*dispatch, json!(["op.dispatch.turn_input", "c", "outer", "tool", 60 * MS, 60 * MS, 60 * MS]));
    assert_eq!(all.iter().filter(|row| row[1] == "c" && row[2] == Value::Null).count(), 4);
}

#[test]
fn waiting_for_a_person_stands_apart() {
    let call = json!({"call_id": "x", "tool_name": "exec_command", "aborted": false});
    let mut a = Archive::default();
    a.log_in(0, "codex.user_prompt", "a", json!({}))
        .span((0, 100), "session_task.turn", ["a", "1", ""], turn("t"))
        .span((10, 90), "exec_command", ["a", "2", "1"], call)
        .span((11, 89), "dispatch_tool_call_with_state", ["a", "3", "2"], json!({}))
        .span((70, 80), "receiving", ["a", "4", "1"], json!({}))
        .log_in(60, "codex.tool_decision", "a", json!({"call_id": "x", "tool_name": "exec_command", "decision": "approved", "source": "User"}))
        .log_in(
            90,
            "codex.tool_result",
            "a",
            json!({"call_id": "x", "tool_name": "exec_command", "success": "true", "output": "", "duration_ms": "80"}),
        );
    let built = a.build();
    sums(&built);
    // From the call's start to the decision: 10..60. The tool has 60..90 (its own last millisecond 89..90), also beside the model.
    assert_eq!(
        figures(&built),
        [
            json!(["approval", "t", "approval", 50, 50, null]),
            json!(["dispatch_tool_call_with_state", "t", "tool", 29, 29, null]),
            json!(["exec_command", "t", "tool", 1, 1, null]),
            json!(["receiving", "t", "model", 0, 0, null]),
            json!(["session_task.turn", "t", "internal", 20, 20, null]),
        ]
    );
    let approval = &built.pick(&LATENCY, &["name", "estimated", "span_id", "tool_name", "duration_ns", "self_ns"])[1];
    assert_eq!(*approval, json!(["approval", true, null, "exec_command", 50 * MS, null]));
}

#[test]
fn without_a_turn_span_spans_go_before_events() {
    let mut a = Archive::default();
    a.log_in(0, "codex.user_prompt", "a", json!({}))
        // 10..30 failed, and tried again at 50; 50..70 answered, of which 50..65 by a span
        .log_in(30, "codex.api_request", "a", json!({"http.response.status_code": 500, "attempt": 0, "duration_ms": "20", "endpoint": "/responses"}))
        .log_in(60, "codex.api_request", "a", json!({"http.response.status_code": 200, "attempt": 1, "duration_ms": "10", "endpoint": "/responses"}))
        .log_in(70, "codex.sse_event", "", json!({"event.kind": "response.completed", "input_token_count": "9", "output_token_count": "1"}))
        .span((50, 65), "receiving", ["a", "2", "1"], json!({}))
        // 75..95 a call to a server; the records end at 100
        .log_in(
            95,
            "codex.tool_result",
            "a",
            json!({"call_id": "x", "tool_name": "echo", "mcp_server": "demo", "success": "true", "output": "", "duration_ms": "20"}),
        )
        .log_in(100, "codex.turn_ttft", "a", json!({"duration_ms": "5"}))
        // before the prompt: in no turn
        .span((-9, -5), "receiving", ["a", "3", "1"], json!({}));
    let built = a.build();
    sums(&built);
    assert_eq!(
        figures(&built),
        [
            // two rows: the failed attempt, and what the span leaves of the answered one
            json!(["model call", "c#1", "model", 20, 20, null]),
            json!(["model call", "c#1", "model", 5, 5, null]),
            json!(["receiving", "c#1", "model", 15, 15, "orphan"]),
            json!(["receiving", null, "model", null, null, "orphan"]),
            json!(["retry wait", "c#1", "network", 20, 20, null]),
            json!(["tool call", "c#1", "mcp", 20, 20, null]),
            json!(["unobserved", "c#1", "unobserved", 20, 20, null]),
        ]
    );
}
