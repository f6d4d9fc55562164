use serde_json::{Value, json};
use tracemill_model::tables::{METRIC_BUCKETS, METRIC_DELTAS};

use crate::tests::{Archive, Built, at};

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

/// A cumulative histogram at (time, start, what its point has).
fn histogram(kind: &str, points: &[(i64, i64, Value)]) -> Built {
    let mut a = Archive::default();
    for (time, start, point) in points {
        let mut row = json!({"type": kind, "temporality": "cumulative", "monotonic": null, "start_time": at(*start)});
        row.as_object_mut().unwrap().extend(point.as_object().unwrap().clone());
        a.metric(*time, "codex.turn.e2e_duration_ms", json!({}), row);
    }
    a.build()
}

fn buckets(built: &Built) -> Vec<Value> {
    built.pick(&METRIC_BUCKETS, &["time", "low", "high", "count"])
}

/// The buckets of each interval have the values of the interval, where they are known.
fn assert_complete(built: &Built) {
    let sums: Vec<i64> = built
        .rows(&METRIC_DELTAS)
        .iter()
        .map(|d| built.rows(&METRIC_BUCKETS).iter().filter(|b| b["record_id"] == d["record_id"]).map(|b| b["count"].as_i64().unwrap()).sum())
        .collect();
    let counts: Vec<i64> = built.rows(&METRIC_DELTAS).iter().map(|d| d["count"].as_i64().unwrap()).collect();
    assert_eq!(sums, counts);
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
        .metric(30, "codex.gauge", json!({}), json!({"type": "gauge", "temporality": null, "monotonic": null, "value": 3.0, "unit": "By"}))
        .metric(40, "codex.tool.call", json!({}), json!({"value": 9.0, "flags": 1}))
        .metric(45, "codex.tool.call", json!({}), json!({"value": null}))
        .metric(50, "http.server.requests", json!({"model": "T"}), json!({"value": 3.5}));
    let built = a.build();
    assert_eq!(
        built.pick(&METRIC_DELTAS, &SHOWN),
        [json!([0, 10, 3.0, null]), json!([0, 20, 1500.0, 2]), json!([0, 30, 3.0, null]), json!([0, 50, 3.5, null])]
    );
    assert_eq!(
        built.pick(&METRIC_DELTAS, &["type", "unit", "monotonic", "agent", "model"]),
        [
            json!(["sum", null, true, "codex", null]),
            json!(["histogram", null, null, "codex", "gpt-5.5"]),
            json!(["gauge", "By", null, "codex", null]),
            // nobody knows whose it is, nor what its labels mean
            json!(["sum", null, true, null, null]),
        ]
    );
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
fn what_can_fall_is_a_difference() {
    let mut a = Archive::default();
    for (ms, value) in [(10, 5), (20, 2), (30, 4)] {
        a.metric(ms, "codex.running", json!({}), json!({"temporality": "cumulative", "monotonic": false, "value": value as f64, "value_int": value}));
    }
    assert_eq!(a.build().pick(&METRIC_DELTAS, &["value", "monotonic"]), [json!([5.0, false]), json!([-3.0, false]), json!([2.0, false])]);
}

#[test]
fn a_summary_has_the_increases_of_its_sum_and_count() {
    let mut a = Archive::default();
    for (ms, count, sum) in [(10, 2, 7.0), (20, 5, 6.5), (30, 1, 0.25)] {
        a.metric(ms, "codex.s", json!({}), json!({"type": "summary", "temporality": null, "monotonic": null, "count": count, "sum": sum}));
    }
    // of values below zero the sum falls without a reset
    assert_eq!(a.build().pick(&METRIC_DELTAS, &SHOWN), [json!([0, 10, 7.0, 2]), json!([10, 20, -0.5, 3]), json!([20, 30, 0.25, 1])]);
}

#[test]
fn buckets_of_a_delta_are_its_own() {
    let mut a = Archive::default();
    let point = json!({"type": "histogram", "unit": "ms", "sum": 41.0, "count": 3, "min": 4.0, "max": 30.0, "bounds": [5.0, 10.0, 25.0], "bucket_counts": [1, 1, 0, 1]});
    a.metric(10, "codex.h", json!({"model": "m", "tool": "x"}), point);
    let built = a.build();
    assert_eq!(buckets(&built), [json!([10, null, 5.0, 1]), json!([10, 5.0, 10.0, 1]), json!([10, 25.0, null, 1])]);
    assert_eq!(
        built.pick(&METRIC_BUCKETS, &["start_time", "metric", "agent", "model", "tool", "type", "unit", "logarithmic", "service_name"])[0],
        json!([0, "codex.h", "codex", "m", "x", "histogram", "ms", false, "codex_exec"])
    );
    assert_eq!(built.pick(&METRIC_DELTAS, &["value", "count", "min", "max"]), [json!([41.0, 3, 4.0, 30.0])]);
    assert_complete(&built);
}

#[test]
fn cumulative_buckets_give_their_increases() {
    let point = |counts: [i64; 3], min: f64| json!({"count": counts.iter().sum::<i64>(), "sum": 1.0, "min": min, "max": 99.0, "bounds": [5.0, 10.0], "bucket_counts": counts});
    let built = histogram(
        "histogram",
        &[
            (10, 0, point([1, 2, 0], 1.0)),
            (20, 0, point([1, 4, 1], 1.0)),
            // nothing new
            (30, 0, point([1, 4, 1], 1.0)),
            // one more value in all, but fewer in a bucket: another process took over
            (40, 0, point([7, 0, 0], 2.0)),
            // another start: all of it
            (50, 45, point([0, 0, 2], 3.0)),
        ],
    );
    assert_eq!(
        buckets(&built),
        [
            json!([10, null, 5.0, 1]),
            json!([10, 5.0, 10.0, 2]),
            json!([20, 5.0, 10.0, 2]),
            json!([20, 10.0, null, 1]),
            json!([40, null, 5.0, 7]),
            json!([50, 10.0, null, 2]),
        ]
    );
    // smallest and greatest of an interval are known where the count began in it
    assert_eq!(
        built.pick(&METRIC_DELTAS, &["start_time", "count", "min"]),
        [json!([0, 3, 1.0]), json!([10, 3, null]), json!([20, 0, null]), json!([30, 7, 2.0]), json!([45, 2, 3.0])]
    );
    assert_complete(&built);
}

#[test]
fn bounds_that_change_leave_an_interval_without_buckets() {
    let point = |count: i64, bounds: Value, counts: Value| json!({"count": count, "sum": 1.0, "bounds": bounds, "bucket_counts": counts});
    let built = histogram(
        "histogram",
        &[
            (10, 0, point(3, json!([5.0]), json!([1, 2]))),
            (20, 0, point(5, json!([5.0, 10.0]), json!([1, 2, 2]))),
            (30, 0, point(6, json!([5.0, 10.0]), json!([1, 3, 2]))),
            // counts that are not those of the buckets, and none at all
            (40, 0, point(9, json!([5.0, 10.0]), json!([1, 3, 3]))),
            (50, 0, point(10, json!([]), json!([]))),
        ],
    );
    assert_eq!(buckets(&built), [json!([10, null, 5.0, 1]), json!([10, 5.0, null, 2]), json!([30, 5.0, 10.0, 1])]);
    assert_eq!(built.pick(&METRIC_DELTAS, &["count"]), [json!([3]), json!([2]), json!([1]), json!([3]), json!([1])]);
}

#[test]
fn exponential_histograms_meet_at_the_coarser_scale() {
    // scale 1: (1, √2] 1, (√2, 2] 2, (2, 2√2] 0, (2√2, 4] 4; then scale 0: (1, 2] 5, (2, 4] 4, (4, 8] 1
    let built = histogram(
        "exponential_histogram",
        &[
            (10, 0, json!({"count": 8, "scale": 1, "zero_count": 1, "zero_threshold": 0.0, "positive_offset": 0, "positive_counts": [1, 2, 0, 4]})),
            (
                20,
                0,
                json!({"count": 14, "scale": 0, "zero_count": 3, "zero_threshold": 0.0, "positive_offset": 0, "positive_counts": [5, 4, 1],
                "negative_offset": -1, "negative_counts": [1]}),
            ),
        ],
    );
    assert_eq!(buckets(&built)[4..], [json!([20, -1.0, -0.5, 1]), json!([20, 0.0, 0.0, 2]), json!([20, 1.0, 2.0, 2]), json!([20, 4.0, 8.0, 1])]);
    assert_eq!(built.pick(&METRIC_BUCKETS, &["logarithmic"])[4..], [json!([true]), json!([false]), json!([true]), json!([true])]);
    assert_complete(&built);
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
