use super::range::Over;
use super::*;

fn over(length_s: i64, end_s: i64) -> Over {
    Over { end: end_s * 1000, length: length_s * 1000, parameter: 0.5, time: end_s * 1000 }
}

fn value(name: &str, samples: &[(i64, f64)], length: i64, end: i64) -> Option<f64> {
    let samples: Vec<(i64, Value)> = samples.iter().map(|(t, v)| (t * 1000, Value::Float(*v))).collect();
    over(length, end).value(name, &samples).unwrap().and_then(|v| v.float())
}

#[test]
fn rates_are_extended_to_the_range_but_not_below_zero() {
    // 10 to 50 s of (0, 60]: 10 s are missing on both sides, which is one interval: extended by both
    let steady = [(10, 100.0), (20, 110.0), (30, 120.0), (40, 130.0), (50, 140.0)];
    assert_eq!(value("increase", &steady, 60, 60), Some(60.0));
    assert_eq!(value("rate", &steady, 60, 60), Some(1.0));
    // a range of 600 s: half an interval on either side
    assert_eq!(value("increase", &steady, 600, 330), Some(50.0));
    // from 1 on it cannot have been there for longer than a second
    assert_eq!(value("increase", &[(10, 1.0), (20, 11.0)], 20, 20), Some(11.0));
    // a fall is a restart
    assert_eq!(value("delta", &[(10, 5.0), (20, 2.0)], 10, 20).map(f64::round), Some(-3.0));
    assert_eq!(value("increase", &[(0, 50.0), (10, 52.0), (20, 1.0)], 20, 20), Some(3.0));
    assert_eq!(value("rate", &[(10, 5.0)], 60, 60), None);
}

#[test]
fn ranges() {
    let samples = [(10, 4.0), (20, 1.0), (30, 7.0), (40, 7.0)];
    let cases = [
        ("sum_over_time", 19.0),
        ("avg_over_time", 4.75),
        ("max_over_time", 7.0),
        ("min_over_time", 1.0),
        ("count_over_time", 4.0),
        ("last_over_time", 7.0),
        ("first_over_time", 4.0),
        ("quantile_over_time", 5.5),
        ("changes", 2.0),
        ("resets", 1.0),
        ("irate", 0.0),
        ("idelta", 0.0),
        ("present_over_time", 1.0),
        ("stdvar_over_time", 6.1875),
    ];
    for (name, expected) in cases {
        assert_eq!(value(name, &samples, 60, 60), Some(expected), "{name}");
    }
    assert_eq!(value("deriv", &[(0, 1.0), (10, 6.0), (20, 11.0)], 60, 60), Some(0.5));
    assert_eq!(value("predict_linear", &[(0, 1.0), (10, 6.0), (20, 11.0)], 60, 20), Some(11.25));
}

#[test]
fn classic_histograms() {
    let buckets = || vec![(10.0, 2.0), (20.0, 6.0), (f64::INFINITY, 8.0)];
    assert_eq!(buckets::quantile(0.5, buckets()), 15.0);
    assert_eq!((buckets::quantile(0.95, buckets()), buckets::quantile(0.125, buckets())), (20.0, 5.0));
    assert!(buckets::quantile(0.5, vec![(10.0, 2.0), (20.0, 6.0)]).is_nan());
    assert_eq!(buckets::fraction(0.0, 15.0, buckets()), 0.5);
    assert_eq!(buckets::fraction(f64::NEG_INFINITY, f64::INFINITY, buckets()), 1.0);
}

#[test]
fn what_is_missing_says_what_to_ask() {
    assert!(missing("info").is_some() && missing("rate").is_none());
}
