use serde_json::{Value, json};
use tracemill_model::tables::METRIC_DELTAS;

use crate::tests::{Archive, at};

const SHOWN: [&str; 4] = ["start_time", "time", "value", "count"];

/// A cumulative counter at (time, start, value).
fn counter(points: &[(i64, Option<i64>, i64)]) -> Vec<Value> {
    let mut a = Archive::default();
    for (time, start, value) in points {
        let start = start.map(at);
        a.metric(
            *time,
            "codex.tool.call",
            json!({}),
            json!({"temporality": "cumulative", "start_time": start, "value": *value as f64, "value_int": value}),
        );
    }
    a.build().pick(&METRIC_DELTAS, &["start_time", "time", "value"])
}

#[test]
fn deltas_are_rows_as_they_are() {
    let mut a = Archive::default();
    a.metric(10, "codex.tool.call", json!({}), json!({"value": 3.0, "value_int": 3}))
        .metric(
            20,
            "codex.turn.token_usage",
            json!({"token_type": "input", "model": "gpt-5.5"}),
            json!({"type": "histogram", "sum": 1500.0, "count": 2}),
        )
        .metric(30, "codex.gauge", json!({}), json!({"type": "gauge", "value": 3.0}))
        .metric(40, "codex.tool.call", json!({}), json!({"flags": 1}))
        .metric(50, "http.server.duration", json!({}), json!({"value": 3.0}));
    let built = a.build();
    assert_eq!(built.pick(&METRIC_DELTAS, &SHOWN), [json!([0, 10, 3.0, null]), json!([0, 20, 1500.0, 2])]);
    assert_eq!(
        built.pick(&METRIC_DELTAS, &["metric", "agent", "model", "token_type"])[1],
        json!(["codex.turn.token_usage", "codex", "gpt-5.5", "input"])
    );
}

#[test]
fn cumulative_series_give_their_increases() {
    assert_eq!(counter(&[(10, Some(0), 5), (20, Some(0), 8), (30, Some(0), 8)]), [json!([0, 10, 5.0]), json!([10, 20, 3.0]), json!([20, 30, 0.0])]);
}

#[test]
fn a_new_start_begins_anew_even_between_the_points_of_another_process() {
    assert_eq!(
        counter(&[(10, Some(0), 5), (20, Some(12), 2), (30, Some(0), 9), (40, Some(12), 4)]),
        [json!([0, 10, 5.0]), json!([12, 20, 2.0]), json!([10, 30, 4.0]), json!([20, 40, 2.0])]
    );
}

#[test]
fn a_fall_is_a_reset_and_an_unknown_start_only_a_base() {
    assert_eq!(counter(&[(10, None, 5), (20, None, 8), (30, None, 2)]), [json!([10, 20, 3.0]), json!([20, 30, 2.0])]);
    assert_eq!(counter(&[(10, Some(10), 5), (20, Some(10), 6)]), [json!([10, 20, 1.0])]);
}

#[test]
fn a_tool_has_one_name() {
    let mut a = Archive::default();
    a.log(1, "codex.tool_result", json!({"call_id": "x", "tool_name": "echo", "tool_namespace": "mcp__demo", "success": "true"}));
    for (ms, tool) in [(10, "mcp__demoecho"), (20, "mcp__demo__echo"), (30, "mcp__otherecho"), (40, "exec_command")] {
        a.metric(ms, "codex.tool.call", json!({"tool": tool}), json!({"value": 1.0, "value_int": 1}));
    }
    let tools = a.build().pick(&METRIC_DELTAS, &["tool"]);
    assert_eq!(tools, [json!(["echo"]), json!(["echo"]), json!(["mcp__otherecho"]), json!(["exec_command"])]);
}
