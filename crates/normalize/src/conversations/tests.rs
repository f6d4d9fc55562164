use serde_json::{Value, json};
use tracemill_model::tables::{CONVERSATIONS, MODEL_CALLS, PROMPTS, STARTUP_PHASES, TOOL_CALLS, TURNS};

use crate::tests::Archive;

fn usage(conversation: &str) -> Value {
    json!({"conversation.id": conversation, "event.kind": "response.completed", "input_token_count": "100", "output_token_count": "10", "ttft_ms": 1})
}

fn of(conversation: &str) -> Value {
    json!({"conversation.id": conversation})
}

const TURN: [&str; 8] = ["turn_id", "turn_index", "start_time", "end_time", "estimated", "prompt_chars", "model_calls", "outcome"];

#[test]
fn turns_from_records_end_before_the_next_prompt() {
    let mut a = Archive::default();
    a.log(10, "codex.user_prompt", json!({"prompt_length": "3"}))
        .log(15, "codex.sse_event", json!({"event.kind": "response.created"}))
        .log(20, "codex.sse_event", usage("c"))
        .log(25, "codex.startup_phase", json!({}))
        .log(90, "codex.user_prompt", json!({"prompt_length": "4"}))
        .log(95, "codex.api_request", json!({"http.response.status_code": 500}));
    assert_eq!(a.build().pick(&TURNS, &TURN), [json!(["c#1", 1, 10, 25, true, 3, 1, "completed"]), json!(["c#2", 2, 90, 95, true, 4, 1, "failed"])]);
}

#[test]
fn turns_from_spans_have_their_interval_and_id() {
    let mut a = Archive::default();
    let turn = |id: &str| json!({"thread.id": [4, "c"], "turn.id": id, "codex.turn.token_usage.input_tokens": 1});
    a.log_in(10, "codex.user_prompt", "2", json!({"prompt_length": "3"}))
        .log_in(12, "codex.turn_ttft", "2", json!({"duration_ms": "2"}))
        .log(20, "codex.sse_event", usage("c"))
        .span((9, 30), "session_task.turn", ["2", "a", ""], turn("t-a"))
        .span((9, 30), "run_turn", ["2", "b", "a"], json!({"turn.id": "t-a"}))
        .log_in(50, "codex.user_prompt", "3", json!({"prompt_length": "5"}))
        .span((51, 70), "session_task.turn", ["3", "c", ""], turn("t-b"))
        .log(60, "codex.sse_event", usage("c"))
        .log_in(80, "codex.user_prompt", "4", json!({"prompt_length": "7"}));
    assert_eq!(
        a.build().pick(&TURNS, &TURN),
        [
            json!(["t-a", 1, 9, 30, false, 3, 1, "completed"]),
            json!(["t-b", 2, 51, 70, false, 5, 1, "completed"]),
            json!(["c#3", 3, 80, 80, true, 7, 0, "unknown"])
        ]
    );
    assert_eq!(a.build().pick(&CONVERSATIONS, &["active_ns", "wall_ns", "turns"]), [json!([40_000_000, 71_000_000, 3])]);
}

#[test]
fn a_plain_turn_takes_its_id_and_conversation_from_its_trace() {
    let mut a = Archive::default();
    a.span((0, 99), "session_loop", ["2", "a", ""], json!({"thread_id": "c", "thread.id": 1}))
        .span((10, 40), "run_turn", ["2", "b", "a"], json!({"thread.id": 2}))
        .span((12, 30), "run_sampling_request", ["2", "d", "b"], json!({"turn_id": "t-a"}))
        .span((50, 80), "run_turn", ["2", "e", "a"], json!({}))
        .span((52, 70), "try_run_sampling_request", ["2", "f", "e"], json!({"turn_id": "t-b"}))
        .log_in(10, "codex.user_prompt", "2", json!({"prompt_length": "3"}))
        .log_in(49, "codex.user_prompt", "2", json!({"prompt_length": "4"}));
    assert_eq!(
        a.build().pick(&TURNS, &["turn_id", "start_time", "end_time", "prompt_chars", "estimated"]),
        [json!(["t-a", 10, 40, 3, false]), json!(["t-b", 50, 80, 4, false])]
    );
}

#[test]
fn an_interrupted_turn_says_so() {
    let mut a = Archive::default();
    a.log_in(10, "codex.user_prompt", "2", json!({}))
        .log(15, "codex.sse_event", usage("c"))
        .span((9, 30), "session_task.turn", ["2", "a", ""], json!({"thread.id": [4, "c"], "turn.id": "t-a"}))
        .span((16, 29), "exec_command", ["2", "b", "a"], json!({"call_id": "x", "tool_name": "exec_command", "aborted": [false, true]}))
        .log_in(50, "codex.user_prompt", "3", json!({}))
        .span((50, 70), "session_task.turn", ["3", "c", ""], json!({"thread.id": [4, "c"], "turn.id": "t-b"}))
        .span((55, 69), "exec_command", ["3", "d", "c"], json!({"call_id": "y", "tool_name": "exec_command", "aborted": true}))
        .span((60, 61), "turn/interrupt", ["9", "e", ""], json!({"turn.id": "t-b"}));
    assert_eq!(a.build().pick(&TURNS, &["turn_id", "outcome"]), [json!(["t-a", "interrupted"]), json!(["t-b", "interrupted"])]);
    // Nobody interrupted the first turn from outside: its call was cut off by the user's answer.
    let calls = a.build().pick(&TOOL_CALLS, &["turn_id", "outcome", "conversation_id"]);
    assert_eq!(calls, [json!(["t-a", "denied", "c"]), json!(["t-b", "aborted", "c"])]);
}

#[test]
fn killed_in_a_tool_call_nobody_knows() {
    let mut a = Archive::default();
    a.log(10, "codex.user_prompt", json!({})).log(15, "codex.sse_event", usage("c")).log(
        16,
        "codex.tool_decision",
        json!({"call_id": "x", "tool_name": "exec_command", "decision": "approved", "source": "Config"}),
    );
    assert_eq!(a.build().pick(&TURNS, &["outcome"]), [json!(["unknown"])]);
}

const LINE: [&str; 3] = ["conversation_id", "kind", "parent_conversation_id"];

#[test]
fn a_turn_within_anothers_is_a_subagents() {
    let mut a = Archive::default();
    let turn = |id: &str| json!({"thread.id": [4, id], "turn.id": format!("t-{id}"), "codex.turn.token_usage.input_tokens": 1});
    a.log_in(1, "codex.user_prompt", "2", of("p"))
        .span((1, 90), "session_task.turn", ["2", "a", ""], turn("p"))
        .span((5, 8), "spawn_agent", ["2", "b", "a"], json!({}))
        .span((6, 80), "session_task.turn", ["2", "c", "b"], turn("s"))
        .log_in(6, "codex.user_prompt", "2", of("s"))
        .log(20, "codex.sse_event", usage("s"))
        .log(30, "codex.sse_event", usage("p"))
        .span((9, 12), "exec_command", ["2", "e", "c"], json!({"call_id": "x", "tool_name": "exec_command", "aborted": false}))
        .span((1, 60), "session_task.review", ["5", "a", ""], json!({"thread.id": [4, "r"]}))
        .span((2, 59), "session_task.turn", ["5", "b", "a"], json!({"thread.id": ["q", 4]}));
    let built = a.build();
    assert_eq!(
        built.pick(&CONVERSATIONS, &LINE),
        [json!(["p", "main", null]), json!(["r", "main", null]), json!(["q", "review", "r"]), json!(["s", "subagent", "p"])]
    );
    assert_eq!(built.pick(&TOOL_CALLS, &["conversation_id", "turn_id"]), [json!(["s", "t-s"])]);
    assert_eq!(built.pick(&MODEL_CALLS, &["conversation_id", "turn_id"]), [json!(["s", "t-s"]), json!(["p", "t-p"])]);
}

#[test]
fn without_spans_the_result_of_spawning_names_the_child() {
    let mut a = Archive::default();
    let spawn = json!({"conversation.id": "p", "call_id": "x", "tool_name": "spawn_agent", "success": "true", "output": "{\"agent_id\":\"s\"}"});
    a.log(1, "codex.user_prompt", of("p")).log(2, "codex.tool_result", spawn).log(3, "codex.user_prompt", of("s"));
    assert_eq!(a.build().pick(&CONVERSATIONS, &LINE), [json!(["p", "main", null]), json!(["s", "subagent", "p"])]);
}

#[test]
fn a_title_belongs_to_the_conversation_prompted_last() {
    let mut a = Archive::default();
    let title =
        json!({"conversation.id": "t", "prompt": "Generate a concise, single-line task title of at most 36 characters", "prompt_length": "99"});
    a.log(1, "codex.user_prompt", of("old"))
        .log(900, "codex.user_prompt", of("p"))
        .log(950, "codex.conversation_starts", of("t"))
        .log(960, "codex.user_prompt", title)
        .log(970, "codex.user_prompt", of("later"))
        .log_in(99_000, "codex.conversation_starts", "7", of("helper"))
        .span((98_990, 99_010), "thread/start", ["7", "a", ""], json!({"rpc.request_id": "temporary-structured-1"}));
    assert_eq!(
        a.build().pick(&CONVERSATIONS, &LINE),
        [
            json!(["old", "main", null]),
            json!(["p", "main", null]),
            json!(["t", "title", "p"]),
            json!(["later", "main", null]),
            json!(["helper", "helper", null])
        ]
    );
}

#[test]
fn without_its_prompt_a_helper_is_known_by_what_it_was_not_given() {
    let start = |conversation: &str, servers: &str| json!({"conversation.id": conversation, "mcp_servers": servers});
    let mut a = Archive::default();
    a.log(1, "codex.conversation_starts", start("p", "codex_tui, web"))
        .log(900, "codex.user_prompt", of("p"))
        .log(950, "codex.conversation_starts", start("h", ""))
        .log(960, "codex.user_prompt", json!({"conversation.id": "h", "prompt": "[REDACTED]", "prompt_length": "99"}))
        .log(970, "codex.conversation_starts", start("q", "codex_tui"))
        .log(60_000, "codex.conversation_starts", start("alone", ""))
        .log(60_010, "codex.user_prompt", of("alone"));
    assert_eq!(
        a.build().pick(&CONVERSATIONS, &LINE),
        [json!(["p", "main", null]), json!(["h", "helper", "p"]), json!(["q", "main", null]), json!(["alone", "main", null])]
    );
}

#[test]
fn a_conversation_knows_its_place_and_sums() {
    let mut a = Archive::default();
    let start = |ms: i64, policy: &str, a: &mut Archive| {
        let attributes = json!({"provider_name": "mock", "approval_policy": policy, "sandbox_policy": "read-only", "reasoning_effort": "high",
            "mcp_servers": "web, demo", "app.version": "0.169.0", "originator": "codex_exec", "user.account_id": "acc", "user.email": "a@b.c"});
        a.log(ms, "codex.conversation_starts", attributes);
    };
    start(1, "never", &mut a);
    a.log(2, "codex.user_prompt", json!({})).log(3, "codex.sse_event", usage("c"));
    start(10, "on-request", &mut a);
    let mut unknown = usage("c");
    unknown["slug"] = json!("totally-unknown-model-x");
    a.log(11, "codex.user_prompt", json!({})).log(12, "codex.sse_event", unknown);
    let built = a.build();
    let place = [
        "agent",
        "agent_version",
        "originator",
        "user_id",
        "host",
        "environment",
        "approval_policy",
        "sandbox_policy",
        "reasoning_effort",
        "mcp_servers",
    ];
    let expected = json!(["codex", "0.169.0", "codex_exec", "a@b.c", "vm", "test", "on-request", "read-only", "high", "demo, web"]);
    assert_eq!(built.pick(&CONVERSATIONS, &place), [expected]);
    // 100 in and 10 out of gpt-5.5 at 5 and 30 USD per million; the other model has no price, so the cost is a lower bound.
    let sums = ["models", "turns", "model_calls", "input_tokens", "total_tokens", "cost_nanousd", "unpriced_calls"];
    assert_eq!(built.pick(&CONVERSATIONS, &sums), [json!(["gpt-5.5, totally-unknown-model-x", 2, 2, 200, 220, 800_000, 1])]);
    assert_eq!(
        built.pick(&MODEL_CALLS, &["cost_nanousd", "price_id"]),
        [json!([800_000, "openai/gpt-5.5 standard 5/0.5/5/30"]), json!([null, null])]
    );
    assert_eq!(built.pick(&TURNS, &["cost_nanousd", "unpriced_calls"]), [json!([800_000, 0]), json!([null, 1])]);
}

#[test]
fn the_agents_own_cost_replaces_the_turns() {
    let mut a = Archive::default();
    a.log(1, "codex.user_prompt", json!({}))
        .log(2, "codex.sse_event", usage("c"))
        .log(3, "codex.turn_cost", json!({"usage.estimated_usd": "0.0000125"}))
        .log(10, "codex.user_prompt", json!({}))
        .log(11, "codex.sse_event", usage("c"))
        .log(12, "codex.sse_event", usage("c"))
        .log(13, "codex.turn_cost", json!({"usage.estimated_usd": "0.02"}));
    let built = a.build();
    let columns = ["list_cost_nanousd", "reported_cost_nanousd", "cost_nanousd"];
    assert_eq!(built.pick(&TURNS, &columns), [json!([800_000, 12_500, 12_500]), json!([1_600_000, 20_000_000, 20_000_000])]);
    assert_eq!(built.pick(&CONVERSATIONS, &columns), [json!([2_400_000, 20_012_500, 20_012_500])]);
    assert_eq!(
        built.pick(&MODEL_CALLS, &columns),
        [json!([800_000, 12_500, 12_500]), json!([800_000, null, 800_000]), json!([800_000, null, 800_000])]
    );
}

#[test]
fn a_prompt_is_a_row_with_its_turn() {
    let mut a = Archive::default();
    a.log_in(5, "codex.user_prompt", "a", json!({"prompt": "[REDACTED]", "prompt_length": "9"}))
        .span((4, 90), "session_task.turn", ["a", "1", ""], json!({"conversation.id": "c", "turn.id": "t1"}))
        .log(100, "codex.user_prompt", json!({"prompt": "höher", "slug": "gpt-5"}))
        .log(200, "codex.user_prompt", json!({}));
    assert_eq!(
        a.build().pick(&PROMPTS, &["time", "turn_id", "model", "prompt", "prompt_chars", "redacted"]),
        [
            json!([5, "t1", "gpt-5.5", null, 9, true]),
            json!([100, "c#2", "gpt-5", "höher", 5, false]),
            json!([200, "c#3", "gpt-5.5", null, null, null])
        ]
    );
}

#[test]
fn a_startup_phase_is_a_row_and_its_copy_is_not() {
    let phase = |name: &str, ms: &str| json!({"startup.phase": name, "startup.status": "ready", "duration_ms": ms});
    let mut a = Archive::default();
    a.log_in(51, "codex.startup_phase", "a", phase("thread_start_create_thread", "51"))
        .span_event(51, "codex.startup_phase", "a", phase("thread_start_create_thread", "51"))
        .log_in(54, "codex.startup_phase", "a", phase("thread_start_total", "54"));
    assert_eq!(
        a.build().pick(&STARTUP_PHASES, &["time", "conversation_id", "name", "status", "duration_ns"]),
        [json!([51, "c", "thread_start_create_thread", "ready", 51_000_000]), json!([54, "c", "thread_start_total", "ready", 54_000_000])]
    );
}
