use serde_json::{Value, json};
use tracemill_model::tables::{METRIC_BUCKETS, METRIC_DELTAS};

use crate::tests::{Archive, Built};

/// What every sample has: neither temporality nor start.
fn sample(point: Value) -> Value {
    let mut row = json!({"system": "prometheus", "temporality": null, "start_time": null});
    row.as_object_mut().unwrap().extend(point.as_object().unwrap().clone());
    row
}

/// A sample of a counter, at a second.
fn counter(a: &mut Archive, second: i64, tool: &str, value: f64) {
    a.metric(second * 1000, "codex.tool.call", json!({"tool": tool}), sample(json!({"value": value, "series": "codex_tool_call_total"})));
}

/// Samples of the sum and the count of a histogram.
fn histogram(a: &mut Archive, second: i64, sum: f64, count: i64) {
    for part in [json!({"sum": sum}), json!({"count": count})] {
        let mut point = sample(part);
        point["type"] = json!("histogram");
        point["monotonic"] = Value::Null;
        a.metric(second * 1000, "codex.turn.token_usage", json!({"token_type": "total", "model": "m"}), point);
    }
}

/// A sample of a cumulative bucket; no bound is infinity.
fn bucket(a: &mut Archive, second: i64, bound: Option<f64>, count: i64) {
    let bounds: Vec<f64> = bound.into_iter().collect();
    let point = sample(json!({"type": "histogram", "monotonic": null, "bounds": bounds, "bucket_counts": [count]}));
    a.metric(second * 1000, "codex.turn.token_usage", json!({"token_type": "total", "model": "m"}), point);
}

/// Totals of a counter, at intervals of 100 s.
fn counters(values: &[f64]) -> Built {
    let mut a = Archive::default();
    for (n, value) in values.iter().enumerate() {
        counter(&mut a, 100 * n as i64, "x", *value);
    }
    a.build()
}

/// start, time (in seconds), value and count of the rows.
fn increases(built: &Built) -> Vec<Value> {
    built
        .rows(&METRIC_DELTAS)
        .iter()
        .map(|row| {
            let second = |column: &str| row.get(column).and_then(Value::as_i64).map(|ms| ms / 1000);
            json!([second("start_time"), second("time"), row.get("value"), row.get("count")])
        })
        .collect()
}

fn assert_undecided(built: &Built, begin: &str) {
    assert_eq!(increases(built), [] as [Value; 0]);
    let [line] = &built.summary.undecided[..] else { panic!("{:?}", built.summary.undecided) };
    assert!(line.starts_with(begin), "{line}");
}

#[test]
fn totals_give_their_increases_and_the_first_counts_in_full() {
    let built = counters(&[5.0, 7.0, 7.0, 8.0, 12.5]);
    // where nothing was added there is no row, and the next one begins at that sample
    assert_eq!(
        increases(&built),
        [json!([null, 0, 5.0, null]), json!([0, 100, 2.0, null]), json!([200, 300, 1.0, null]), json!([300, 400, 4.5, null])]
    );
    assert_eq!(built.summary.undecided, [] as [&str; 0]);
    assert_eq!(built.summary.metric_deltas, 4);
    assert_eq!(
        built.pick(&METRIC_DELTAS, &["metric", "type", "monotonic", "agent", "tool", "service_name", "record_id"])[1],
        json!(["codex.tool.call", "sum", true, "codex", "x", "codex_exec", format!("{:032x}", 2)])
    );
}

#[test]
fn the_parts_of_a_histogram_make_one_row() {
    let mut a = Archive::default();
    for (second, sum, count) in [(0, 1237.0, 1), (3, 4499.0, 2), (4, 6417.0, 4), (5, 13658.0, 5)] {
        histogram(&mut a, second, sum, count);
    }
    let built = a.build();
    assert_eq!(increases(&built), [json!([null, 0, 1237.0, 1]), json!([0, 3, 3262.0, 1]), json!([3, 4, 1918.0, 2]), json!([4, 5, 7241.0, 1])]);
    // the record is that of the sum
    assert_eq!(built.pick(&METRIC_DELTAS, &["record_id", "token_type", "model"])[1], json!([format!("{:032x}", 3), "total", "m"]));
}

#[test]
fn cumulative_buckets_give_those_of_the_interval() {
    let mut a = Archive::default();
    for (second, [five, ten, all]) in [(0, [1, 1, 2]), (100, [1, 2, 4]), (200, [2, 3, 5]), (300, [2, 3, 6])] {
        histogram(&mut a, second, 10.0 * all as f64, all);
        bucket(&mut a, second, Some(10.0), ten);
        bucket(&mut a, second, None, all);
        bucket(&mut a, second, Some(5.0), five);
    }
    let built = a.build();
    assert_eq!(
        built.pick(&METRIC_BUCKETS, &["time", "low", "high", "count"]),
        [
            json!([0, null, 5.0, 1]),
            json!([0, 10.0, null, 1]),
            json!([100_000, 5.0, 10.0, 1]),
            json!([100_000, 10.0, null, 1]),
            json!([200_000, null, 5.0, 1]),
            json!([300_000, 10.0, null, 1])
        ]
    );
    assert_eq!(built.pick(&METRIC_DELTAS, &["count"]), [json!([2]), json!([2]), json!([1]), json!([1])]);
}

#[test]
fn a_native_histogram_has_all_in_one_row() {
    let mut a = Archive::default();
    for (second, count) in [(0, 1), (100, 3), (200, 4), (300, 6)] {
        let point = json!({"type": "exponential_histogram", "monotonic": null, "sum": count as f64, "count": count, "scale": 0, "zero_count": 0,
            "zero_threshold": 0.0, "positive_offset": 0, "positive_counts": [count]});
        a.metric(second * 1000, "codex.h", json!({}), sample(point));
    }
    let built = a.build();
    assert_eq!(built.pick(&METRIC_DELTAS, &["value", "count"]), [json!([1.0, 1]), json!([2.0, 2]), json!([1.0, 1]), json!([2.0, 2])]);
    assert_eq!(built.pick(&METRIC_BUCKETS, &["low", "high", "count"])[1], json!([1.0, 2.0, 2]));
}

#[test]
fn a_fall_says_that_nobody_can_tell() {
    assert_undecided(&counters(&[1237.0, 3262.0, 1918.0, 7241.0]), "prometheus: codex: samples fall");
}

#[test]
fn one_fall_speaks_against_all_series_of_the_agent() {
    let mut a = Archive::default();
    for second in 0..9 {
        counter(&mut a, 100 * second, "x", second as f64);
    }
    counter(&mut a, 100, "y", 2.0);
    counter(&mut a, 200, "y", 1.0);
    // another group
    for second in 0..4 {
        a.metric(second * 100_000, "http.requests", json!({}), sample(json!({"value": second as f64 + 1.0})));
    }
    let built = a.build();
    assert_eq!(built.pick(&METRIC_DELTAS, &["metric", "agent", "value"]), vec![json!(["http.requests", null, 1.0]); 4]);
    assert!(built.summary.undecided[0].starts_with("prometheus: codex: samples fall"));
}

#[test]
fn too_few_rises_prove_nothing() {
    assert_undecided(&counters(&[5.0]), "prometheus: codex: too few");
    assert_undecided(&counters(&[5.0, 5.0, 5.0, 5.0, 5.0]), "prometheus: codex: too few");
    assert_undecided(&counters(&[1.0, 2.0, 3.0]), "prometheus: codex: too few");
    // all of one export rise together
    let mut a = Archive::default();
    for tool in ["a", "b", "c", "d"] {
        counter(&mut a, 0, tool, 1.0);
        counter(&mut a, 100, tool, 2.0);
    }
    assert_undecided(&a.build(), "prometheus: codex: too few");
    // what counts nothing lacks nothing
    assert_eq!(counters(&[0.0, 0.0]).summary.undecided, [] as [&str; 0]);
}

#[test]
fn a_sum_that_grows_without_values_is_no_total() {
    let mut a = Archive::default();
    for (second, sum) in [(0, 10.0), (100, 20.0), (200, 30.0), (300, 40.0)] {
        histogram(&mut a, second, sum, 1);
    }
    assert_undecided(&a.build(), "prometheus: codex: samples fall or contradict");
    // a count that is not in every dump: it need not have been the same while the sum changed
    let mut a = Archive::default();
    for (second, sum, count) in [(0, 10.0, Some(1)), (100, 20.0, None), (200, 30.0, Some(3)), (300, 40.0, Some(4)), (400, 50.0, Some(5))] {
        histogram_part(&mut a, second, json!({"sum": sum}));
        if let Some(count) = count {
            histogram_part(&mut a, second, json!({"count": count}));
        }
    }
    assert_eq!(
        increases(&a.build()),
        [json!([null, 0, 10.0, 1]), json!([0, 100, 10.0, null]), json!([100, 200, 10.0, 2]), json!([200, 300, 10.0, 1]), json!([300, 400, 10.0, 1])]
    );
}

fn histogram_part(a: &mut Archive, second: i64, part: Value) {
    let mut point = sample(part);
    point["type"] = json!("histogram");
    a.metric(second * 1000, "codex.turn.token_usage", json!({}), point);
}

#[test]
fn the_same_sample_of_several_dumps_is_one_and_another_value_speaks_against() {
    let mut a = Archive::default();
    for n in [0, 1, 2, 3, 0, 1, 2, 3] {
        counter(&mut a, 100 * n, "x", 1.0 + n as f64);
    }
    assert_eq!(increases(&a.build()).len(), 4);
    counter(&mut a, 200, "x", 3.5);
    assert_undecided(&a.build(), "prometheus: codex: samples fall or contradict");
}

#[test]
fn what_is_no_sample_of_a_known_time_and_value_proves_nothing() {
    let mut a = Archive::default();
    for n in 0..4 {
        counter(&mut a, 100 * n, "x", 1.0 + n as f64);
    }
    // on a grid; without a time; not a number; the end of a series
    let strange = [
        json!({"value": 0.5, "metadata": "{\"resampled\":true}"}),
        json!({"value": 0.5, "time": null}),
        json!({"value": null}),
        json!({"value": 0.5, "flags": 1}),
    ];
    for point in strange {
        a.metric(250_000, "codex.tool.call", json!({"tool": "x"}), sample(point));
    }
    assert_eq!(increases(&a.build()).len(), 4);
}

#[test]
fn gauges_are_rows_as_they_are_and_unknown_types_none() {
    let mut a = Archive::default();
    for (second, value) in [(0, 3.0), (100, 0.0), (200, 2.0)] {
        a.metric(second * 1000, "codex.g", json!({}), sample(json!({"type": "gauge", "monotonic": null, "value": value})));
        a.metric(second * 1000, "u", json!({}), sample(json!({"type": null, "monotonic": null, "value": value})));
    }
    let built = a.build();
    assert_eq!(increases(&built), [json!([null, 0, 3.0, null]), json!([null, 100, 0.0, null]), json!([null, 200, 2.0, null])]);
    assert!(built.summary.undecided[0].starts_with("prometheus: metrics of unknown type: 1:"));
}

#[test]
fn scraped_counters_of_the_first_minute_began_before() {
    let mut a = Archive::default();
    for n in 0..12 {
        let second = 15 * n;
        counter(&mut a, second, "x", 1000.0 + (n / 3) as f64);
        if n > 6 {
            // begins within the dump
            counter(&mut a, second, "y", 2.0);
        }
        for other in 0..10 {
            counter(&mut a, second, &format!("t{other}"), 50.0);
        }
    }
    assert_eq!(
        increases(&a.build()),
        [json!([30, 45, 1.0, null]), json!([75, 90, 1.0, null]), json!([null, 105, 2.0, null]), json!([120, 135, 1.0, null])]
    );
    // the lake has older samples: what begins later began later
    a.metric(-3_600_000, "up", json!({}), sample(json!({"type": "gauge", "value": 1.0})));
    assert_eq!(a.build().rows(&METRIC_DELTAS).iter().filter(|row| row.get("start_time").is_none()).count(), 1 + 12);
}

#[test]
fn points_of_the_day_stand_for_the_samples_of_their_metric_and_service() {
    let mut a = Archive::default();
    for n in 0..4 {
        counter(&mut a, 100 * n, "x", 1.0 + n as f64);
        histogram(&mut a, 100 * n, 10.0 * (n + 1) as f64, n + 1);
    }
    a.metric(50_000, "codex.tool.call", json!({"tool": "x"}), json!({"value": 4.0, "system": "otlp"}));
    a.metric(50_000, "codex.turn.token_usage", json!({}), json!({"value": 4.0, "service_name": "another"}));
    let built = a.build();
    let of = |metric: &str| built.rows(&METRIC_DELTAS).iter().filter(|row| row["metric"] == metric).count();
    assert_eq!((of("codex.tool.call"), of("codex.turn.token_usage")), (1, 1 + 4));
}

#[test]
fn metrics_of_the_collector_belong_to_no_agent() {
    let mut a = Archive::default();
    let names = [
        "otelcol_exporter_sent_spans",
        "otelcol.exporter.sent_spans",
        "traces.span.metrics.calls",
        "traces_spanmetrics_calls",
        "traces_service_graph_request",
        "target_info",
        "scrape_duration_seconds",
        "up",
    ];
    for name in names {
        a.metric(0, name, json!({"model": "m"}), sample(json!({"type": "gauge", "monotonic": null, "value": 1.0})));
    }
    assert_eq!(a.build().pick(&METRIC_DELTAS, &["agent", "model", "service_name"]), vec![json!([null, null, "codex_exec"]); names.len()]);
}

#[test]
fn order_and_split_of_the_samples_do_not_matter() {
    let mut a = Archive::default();
    for n in 0..6 {
        histogram(&mut a, 100 * n, 0.1 * n as f64, n);
        bucket(&mut a, 100 * n, Some(5.0), n);
        bucket(&mut a, 100 * n, None, n);
        counter(&mut a, 100 * n, "x", n as f64);
        counter(&mut a, 100 * n, "x", n as f64);
        a.metric(n * 100_000, "b_total", json!({}), sample(json!({"value": 3.0 - n as f64})));
    }
    let reference = a.build();
    assert_eq!(reference.rows(&METRIC_DELTAS).len(), 10);
    for (split, backwards) in [(1, true), (3, false), (7, true)] {
        let built = a.build_split(split, backwards);
        assert_eq!(built.rows(&METRIC_DELTAS), reference.rows(&METRIC_DELTAS));
        assert_eq!(built.rows(&METRIC_BUCKETS), reference.rows(&METRIC_BUCKETS));
        assert_eq!(built.summary, reference.summary);
    }
}
