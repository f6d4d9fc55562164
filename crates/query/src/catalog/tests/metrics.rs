//! The report `metrics`: sums, and quantiles from buckets, worked out by hand.

use serde_json::{Value, json};
use tracemill_model::tables::{METRIC_BUCKETS, METRIC_DELTAS};

use super::*;
use crate::fixture::TestLake;

/// A histogram of one point.
struct Histogram {
    metric: &'static str,
    /// Lower bound, upper bound, values.
    buckets: Vec<(Option<f64>, Option<f64>, i64)>,
    logarithmic: bool,
    limits: Option<(f64, f64)>,
}

impl Histogram {
    fn even(metric: &'static str, buckets: &[(Option<f64>, Option<f64>, i64)]) -> Histogram {
        Histogram { metric, buckets: buckets.to_vec(), logarithmic: false, limits: None }
    }
}

fn point(n: usize, metric: &str, kind: &str, more: Value) -> Value {
    let mut row =
        json!({"record_id": format!("{n:032x}"), "time": format!("2026-11-22T10:00:{n:02}Z"), "metric": metric, "agent": "codex", "type": kind});
    row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    row
}

fn add(test: &TestLake, histograms: &[Histogram]) {
    for (n, histogram) in histograms.iter().enumerate() {
        let kind = if histogram.logarithmic { "exponential_histogram" } else { "histogram" };
        let count: i64 = histogram.buckets.iter().map(|b| b.2).sum();
        let (min, max) = (histogram.limits.map(|l| l.0), histogram.limits.map(|l| l.1));
        test.add(&METRIC_DELTAS, &[point(n, histogram.metric, kind, json!({"count": count, "value": count, "min": min, "max": max}))]);
        let rows = histogram.buckets.iter().map(|(low, high, count)| {
            let logarithmic = histogram.logarithmic && low != high;
            point(n, histogram.metric, kind, json!({"low": low, "high": high, "count": count, "logarithmic": logarithmic}))
        });
        test.add(&METRIC_BUCKETS, &rows.collect::<Vec<_>>());
    }
}

fn metrics(test: &TestLake, filters: &Filters, by: &[&str]) -> Vec<Value> {
    let report = report::builtin().unwrap().into_iter().find(|r| r.name == "metrics").unwrap();
    let by: Vec<String> = by.iter().map(|b| (*b).to_owned()).collect();
    serde_json::from_str(&json(&Catalog::open(&test.lake).unwrap().report(&report, filters, &by).unwrap())).unwrap()
}

/// A quantile with its bounds.
fn quantile(row: &Value, name: &str) -> [Option<f64>; 3] {
    [name.to_owned(), format!("{name}_low"), format!("{name}_high")].map(|column| row[column].as_f64())
}

#[test]
fn quantiles_lie_in_their_buckets() {
    let test = fixture::empty("metrics-even");
    let buckets = [(None, Some(10.0), 2), (Some(10.0), Some(20.0), 5), (Some(20.0), Some(40.0), 2), (Some(40.0), None, 1)];
    let limited = Histogram { limits: Some((3.0, 55.0)), ..Histogram::even("limited", &buckets) };
    let single = Histogram { limits: Some((17.0, 17.0)), ..Histogram::even("single", &[(Some(10.0), Some(20.0), 3)]) };
    add(&test, &[Histogram::even("even", &buckets), limited, single]);
    let rows = metrics(&test, &Filters::default(), &[]);
    // the 5th of 10: the 3rd of the 5 between 10 and 20
    assert_eq!(quantile(&rows[0], "p50"), [Some(16.0), Some(10.0), Some(20.0)]);
    assert_eq!(quantile(&rows[0], "p90"), [Some(40.0), Some(20.0), Some(40.0)]);
    // nothing tells how far beyond 40 the last one lies
    assert_eq!(quantile(&rows[0], "p95"), [Some(40.0), Some(40.0), None]);
    assert_eq!(quantile(&rows[1], "p99"), [Some(40.0), Some(40.0), Some(55.0)]);
    assert_eq!(quantile(&rows[2], "p50"), [Some(17.0), Some(17.0), Some(17.0)]);
    assert_eq!((rows[1]["min"].as_f64(), rows[1]["bucketed"].as_i64(), rows[1]["count"].as_i64()), (Some(3.0), Some(10), Some(10)));
}

#[test]
fn a_first_bucket_begins_at_zero_unless_it_ends_there_or_something_lies_below() {
    let test = fixture::empty("metrics-first");
    let below = Histogram { limits: Some((-2.0, 5.0)), ..Histogram::even("c", &[(None, Some(5.0), 4)]) };
    let zeros = [(None, Some(0.0), 9), (Some(5.0), Some(10.0), 1)];
    add(&test, &[Histogram::even("a", &[(None, Some(5.0), 4)]), Histogram::even("b", &zeros), below]);
    let medians: Vec<_> = metrics(&test, &Filters::default(), &[]).iter().map(|row| quantile(row, "p50")).collect();
    assert_eq!(medians, [[Some(2.5), Some(0.0), Some(5.0)], [Some(0.0), None, Some(0.0)], [Some(1.5), Some(-2.0), Some(5.0)]]);
}

#[test]
fn exponential_buckets_are_even_over_the_logarithm() {
    let test = fixture::empty("metrics-exponential");
    let of = |metric, buckets: &[(f64, f64, i64)]| Histogram {
        logarithmic: true,
        ..Histogram::even(metric, &buckets.iter().map(|(low, high, n)| (Some(*low), Some(*high), *n)).collect::<Vec<_>>())
    };
    add(&test, &[of("a", &[(4.0, 8.0, 4)]), of("b", &[(-8.0, -4.0, 4), (0.0, 0.0, 2), (1.0, 2.0, 4)]), of("c", &[(-8.0, -4.0, 4)])]);
    let rows = metrics(&test, &Filters::default(), &[]);
    // half way: 4·√2; 4·2^0.9; of 10 the 5th is a zero, the 9th three quarters into (1, 2]: 2^0.75; half way from -8 to -4: -8/√2
    assert_eq!(quantile(&rows[0], "p50"), [Some(5.656854), Some(4.0), Some(8.0)]);
    assert_eq!(quantile(&rows[0], "p90"), [Some(7.464264), Some(4.0), Some(8.0)]);
    assert_eq!(quantile(&rows[1], "p50"), [Some(0.0), Some(0.0), Some(0.0)]);
    assert_eq!(quantile(&rows[1], "p90"), [Some(1.681793), Some(1.0), Some(2.0)]);
    assert_eq!(quantile(&rows[2], "p50"), [Some(-5.656854), Some(-8.0), Some(-4.0)]);
}

#[test]
fn unlike_buckets_unite() {
    let test = fixture::empty("metrics-mixed");
    let coarse = [(None, Some(10.0), 2), (Some(10.0), Some(20.0), 2)];
    add(&test, &[Histogram::even("m", &coarse), Histogram::even("m", &[(Some(5.0), Some(15.0), 4)])]);
    let row = &metrics(&test, &Filters::default(), &[])[0];
    // upper bounds 10 10 15 15 15 15 20 20, lower ones 0 0 5 5 5 5 10 10; up to 5 lies 1 value, up to 10 there are 4, up to 15 7, up to 20 8
    assert_eq!(quantile(row, "p50"), [Some(10.0), Some(5.0), Some(15.0)]);
    assert_eq!(quantile(row, "p90"), [Some(16.0), Some(10.0), Some(20.0)]);
    assert_eq!((row["points"].as_i64(), row["count"].as_i64()), (Some(2), Some(8)));
}

#[test]
fn each_type_has_the_figures_that_make_sense() {
    let test = fixture::empty("metrics-types");
    let rows = [
        point(1, "level", "gauge", json!({"value": 10.0, "unit": "By"})),
        point(2, "level", "gauge", json!({"value": 4.0, "unit": "By"})),
        point(3, "calls", "sum", json!({"value": 3.0, "monotonic": true})),
        point(4, "calls", "sum", json!({"value": 4.0, "monotonic": true})),
        point(5, "open", "sum", json!({"value": -1.0, "monotonic": false})),
        // one of them does not tell its smallest, one has no values
        point(6, "took", "histogram", json!({"value": 6.0, "count": 3, "min": 1.0, "max": 3.0})),
        point(7, "took", "histogram", json!({"value": 9.0, "count": 1, "max": 9.0})),
        point(8, "took", "histogram", json!({"value": 0.0, "count": 0})),
        point(9, "took", "histogram", json!({"count": 5, "max": 2.0})),
    ];
    test.add(&METRIC_DELTAS, &rows);
    let columns = ["metric", "type", "unit", "points", "increase", "count", "mean", "min", "max", "last", "p50", "bucketed"];
    let answer = metrics(&test, &Filters::default(), &[]);
    let got: Vec<Vec<&Value>> = answer.iter().map(|row| columns.iter().map(|c| &row[*c]).collect()).collect();
    assert_eq!(
        json!(got),
        json!([
            ["calls", "sum", null, 2, 7.0, null, null, null, null, null, null, null],
            ["level", "gauge", "By", 2, null, 2, 7.0, 4.0, 10.0, 4.0, null, null],
            ["open", "sum", null, 1, -1.0, null, null, null, null, null, null, null],
            // of five values the sum is not known: the mean is that of the other four
            ["took", "histogram", null, 4, 15.0, 9, 3.75, null, 9.0, null, null, null],
        ])
    );
}

#[test]
fn sums_of_doubles_do_not_depend_on_the_order() {
    let values = [0.1, 0.7, -0.4, 1e-9, 123456789.3, 0.2];
    let of = |name: &str, order: &mut dyn Iterator<Item = usize>| {
        let test = fixture::empty(name);
        order.for_each(|n| test.add(&METRIC_DELTAS, &[point(n, "m", "histogram", json!({"value": values[n], "count": 1}))]));
        metrics(&test, &Filters::default(), &[])
    };
    let forward = of("metrics-forward", &mut (0..6));
    assert_eq!(forward, of("metrics-backward", &mut (0..6).rev()));
    assert_eq!((forward[0]["increase"].as_f64(), forward[0]["mean"].as_f64()), (Some(123_456_789.9), Some(20_576_131.65)));
}

#[test]
fn rows_are_grouped_by_any_label_and_picked_by_name() {
    let test = fixture::empty("metrics-labels");
    let call = |n, metric, tool, labels: Value| {
        point(n, metric, "sum", json!({"value": 1.0, "tool": tool, "model": "m", "service_name": "codex_exec", "labels": labels.to_string()}))
    };
    test.add(
        &METRIC_DELTAS,
        &[
            call(1, "codex.tool.call", "shell", json!({"app.version": "1", "status": 200})),
            call(2, "codex.tool.call", "shell", json!({"app.version": "2", "status": 429})),
            call(3, "codex.tool.call", "echo", json!({"app.version": "2"})),
            call(4, "codex.tool.calls", "echo", json!({})),
            call(5, "codex.mcp.call", "echo", json!({})),
        ],
    );
    let picked = |names: &[&str], by: &[&str], column: &str| -> Vec<(Value, Value)> {
        let filters = filters(|w| w.metric = names.iter().map(|n| (*n).to_owned()).collect());
        metrics(&test, &filters, by).into_iter().map(|row| (row[column].clone(), row["increase"].clone())).collect()
    };
    let exact = ["codex.tool.call"];
    assert_eq!(picked(&exact, &["label.app.version"], "label_app_version"), [(json!("1"), json!(1.0)), (json!("2"), json!(2.0))]);
    assert_eq!(
        picked(&exact, &["metric,label.status"], "label_status"),
        [(json!("200"), json!(1.0)), (json!("429"), json!(1.0)), (Value::Null, json!(1.0))]
    );
    assert_eq!(picked(&exact, &["tool"], "tool_name"), [(json!("echo"), json!(1.0)), (json!("shell"), json!(2.0))]);
    assert_eq!(picked(&exact, &["day"], "day"), [(json!("2026-11-22"), json!(3.0))]);
    assert_eq!(
        picked(&["codex.tool.*", "codex.mcp.call"], &[], "metric"),
        [(json!("codex.mcp.call"), json!(1.0)), (json!("codex.tool.call"), json!(3.0)), (json!("codex.tool.calls"), json!(1.0))]
    );
    assert_eq!(picked(&["codex.tool"], &[], "metric"), []);
    assert_eq!(metrics(&test, &Filters::default(), &["agent"])[0]["metrics"], json!(3));
    let other = report::builtin().unwrap().into_iter().find(|r| r.name == "tools").unwrap();
    let refused = Catalog::open(&test.lake).unwrap().report(&other, &filters(|w| w.metric = vec!["codex.mcp.call".into()]), &[]).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("--metric"), "{refused}");
}

#[test]
fn groups_with_empty_keys_keep_their_quantiles() {
    let test = fixture::empty("metrics-null-keys");
    add(&test, &[Histogram::even("a", &[(None, Some(5.0), 4)]), Histogram::even("b", &[(Some(100.0), Some(200.0), 4)])]);
    // neither has a model, so there is one group, and its key is nothing
    let rows = metrics(&test, &Filters::default(), &["model"]);
    assert_eq!((rows.len(), quantile(&rows[0], "p50"), quantile(&rows[0], "p90")[0]), (1, [Some(5.0), Some(0.0), Some(5.0)], Some(180.0)));
}
