//! Functions of classic histograms, series with a label `le` (Prometheus 3, `promql/quantile.go`). Border: the buckets of one moment.

use rustc_hash::FxHashMap;

use super::super::evaluate::unnamed;
use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::number;
use crate::vector::{Sample, Value};

/// A bucket: its upper bound, inclusive, and how many values lie at or below it.
type Bucket = (f64, f64);

/// Evaluates native histograms one by one, and classic ones of which the buckets are gathered.
pub(super) fn of_both(samples: Vec<Sample>, native: impl Fn(&Histogram) -> f64, classic: impl Fn(Vec<Bucket>) -> f64) -> Vec<Sample> {
    let (mut made, mut groups, mut places) = (Vec::new(), Vec::<(Labels, Vec<Bucket>)>::new(), FxHashMap::<Labels, usize>::default());
    for sample in samples {
        match &sample.value {
            Value::Histogram(h) => made.push(Sample::float(unnamed(&sample.labels), native(h))),
            Value::Float(count) => {
                let Some(bound) = number::parse(sample.labels.get("le")) else { continue };
                let mut key = unnamed(&sample.labels);
                key.set("le", "");
                let place = *places.entry(key.clone()).or_insert_with(|| {
                    groups.push((key, Vec::new()));
                    groups.len() - 1
                });
                groups[place].1.push((bound, *count));
            }
        }
    }
    made.extend(groups.into_iter().map(|(labels, buckets)| Sample::float(labels, classic(buckets))));
    made
}

/// Buckets by bound, those of one bound added, counts never falling; `None` where the highest is not infinity.
fn ordered(mut buckets: Vec<Bucket>) -> Option<Vec<Bucket>> {
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged: Vec<Bucket> = Vec::with_capacity(buckets.len());
    for (bound, count) in buckets {
        match merged.last_mut() {
            Some(last) if last.0 == bound => last.1 += count,
            _ => merged.push((bound, count)),
        }
    }
    let mut highest = f64::NEG_INFINITY;
    for bucket in &mut merged {
        highest = highest.max(bucket.1);
        bucket.1 = highest;
    }
    (merged.last()?.0 == f64::INFINITY).then_some(merged)
}

/// The quantile, interpolated linearly within its bucket.
pub(super) fn quantile(q: f64, buckets: Vec<Bucket>) -> f64 {
    if q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    let Some(buckets) = ordered(buckets).filter(|b| b.len() > 1) else { return f64::NAN };
    let all = buckets[buckets.len() - 1].1;
    if all == 0.0 || all.is_nan() {
        return f64::NAN;
    }
    let mut rank = q * all;
    let place = buckets[..buckets.len() - 1].partition_point(|b| b.1 < rank);
    if place == buckets.len() - 1 {
        return buckets[buckets.len() - 2].0;
    }
    let (end, mut count) = buckets[place];
    if place == 0 && end <= 0.0 {
        return end;
    }
    let mut start = 0.0;
    if place > 0 {
        start = buckets[place - 1].0;
        count -= buckets[place - 1].1;
        rank -= buckets[place - 1].1;
    }
    start + (end - start) * (rank / count)
}

/// The share of the values between two bounds.
pub(super) fn fraction(lower: f64, upper: f64, buckets: Vec<Bucket>) -> f64 {
    let Some(buckets) = ordered(buckets).filter(|b| b.len() > 1) else { return f64::NAN };
    let all = buckets[buckets.len() - 1].1;
    if all == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let below = |value: f64| {
        let place = buckets.partition_point(|b| b.0 < value);
        let (end, count) = buckets[place.min(buckets.len() - 1)];
        let (start, before) = if place == 0 { (if end > 0.0 { 0.0 } else { f64::NEG_INFINITY }, 0.0) } else { buckets[place - 1] };
        if value == f64::INFINITY {
            all
        } else if start == f64::NEG_INFINITY || value <= start || end == f64::INFINITY {
            before
        } else {
            before + (count - before) * (value - start) / (end - start)
        }
    };
    (below(upper) - below(lower)) / all
}
