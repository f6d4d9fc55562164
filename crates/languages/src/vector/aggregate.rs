//! Aggregation of a vector over labels: `sum by (a)`, `topk`, `quantile` … Border: one moment.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::{NAME, Sample, Value};
use crate::labels::Labels;
use crate::number;

/// What is made of a group's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aggregation {
    Sum,
    Avg,
    Min,
    Max,
    Count,
    Group,
    Stddev,
    Stdvar,
    Topk,
    Bottomk,
    Quantile,
    CountValues,
}

/// Which labels make a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Grouping {
    /// The labels are left out instead of kept.
    pub without: bool,
    /// Labels.
    pub labels: Vec<String>,
}

impl Grouping {
    /// The group of a series.
    pub fn of(&self, labels: &Labels) -> Labels {
        if self.without {
            labels.keeping(|name| name != NAME && !self.labels.iter().any(|l| l == name))
        } else {
            labels.keeping(|name| self.labels.iter().any(|l| l == name))
        }
    }
}

/// What some aggregations need besides.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Parameter {
    /// None.
    None,
    /// `k` or the quantile.
    Number(f64),
    /// The label that `count_values` makes.
    Label(String),
}

/// Aggregates; groups in the order of their first sample, `topk` and `bottomk` in the order of values.
pub(crate) fn aggregate(how: Aggregation, grouping: &Grouping, parameter: &Parameter, samples: Vec<Sample>) -> Vec<Sample> {
    let mut groups: Vec<(Labels, Vec<Sample>)> = Vec::new();
    let mut places: FxHashMap<Labels, usize> = FxHashMap::default();
    for sample in samples {
        let mut key = grouping.of(&sample.labels);
        if let (Aggregation::CountValues, Parameter::Label(label)) = (how, parameter) {
            key.set(label, &sample.value.float().map(number::text).unwrap_or_default());
        }
        let place = *places.entry(key.clone()).or_insert_with(|| {
            groups.push((key, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(sample);
    }
    groups.into_iter().flat_map(|(labels, samples)| one(how, parameter, labels, samples)).collect()
}

fn one(how: Aggregation, parameter: &Parameter, labels: Labels, samples: Vec<Sample>) -> Vec<Sample> {
    let floats = || samples.iter().filter_map(|s| s.value.float());
    let number = match parameter {
        Parameter::Number(number) => *number,
        _ => 0.0,
    };
    let value = match how {
        Aggregation::Count | Aggregation::CountValues => Some(samples.len() as f64),
        Aggregation::Group => Some(1.0),
        Aggregation::Sum | Aggregation::Avg => return added(how, labels, &samples).into_iter().collect(),
        Aggregation::Min => floats().reduce(|a, b| if b < a || a.is_nan() { b } else { a }),
        Aggregation::Max => floats().reduce(|a, b| if b > a || a.is_nan() { b } else { a }),
        Aggregation::Stddev => variance(floats()).map(f64::sqrt),
        Aggregation::Stdvar => variance(floats()),
        Aggregation::Quantile => {
            let values: Vec<f64> = floats().collect();
            (!values.is_empty()).then(|| quantile(number, values))
        }
        Aggregation::Topk | Aggregation::Bottomk => {
            let mut ranked: Vec<Sample> = samples.into_iter().filter(|s| s.value.float().is_some()).collect();
            let key = |s: &Sample| s.value.float().unwrap_or(f64::NAN);
            // NaN counts as the worst; equal values keep their order
            ranked.sort_by(|a, b| {
                let (a, b) = if how == Aggregation::Topk { (key(b), key(a)) } else { (key(a), key(b)) };
                match (a.is_nan(), b.is_nan(), how) {
                    (false, false, _) => a.total_cmp(&b),
                    (a, b, Aggregation::Topk) => b.cmp(&a),
                    (a, b, _) => a.cmp(&b),
                }
            });
            ranked.truncate(if number >= 1.0 { number as usize } else { 0 });
            return ranked;
        }
    };
    value.map(|value| Sample::float(labels, value)).into_iter().collect()
}

/// Sum or mean; none where numbers and histograms are mixed (as Prometheus, which warns).
fn added(how: Aggregation, labels: Labels, samples: &[Sample]) -> Option<Sample> {
    let count = samples.len() as f64;
    let mut numbers = Summed::default();
    let mut histogram = None;
    let mut floats = 0usize;
    for sample in samples {
        match &sample.value {
            Value::Float(value) => {
                floats += 1;
                numbers.add(*value);
            }
            Value::Histogram(h) => histogram = Some(histogram.map_or_else(|| (**h).clone(), |sum: crate::histogram::Histogram| sum.plus(h, 1.0))),
        }
    }
    let value = match histogram {
        Some(_) if floats > 0 => return None,
        Some(h) if how == Aggregation::Avg => Value::Histogram(Arc::new(h.times(1.0 / count))),
        Some(h) => Value::Histogram(Arc::new(h)),
        None if how == Aggregation::Avg => Value::Float(numbers.total() / count),
        None => Value::Float(numbers.total()),
    };
    Some(Sample { labels, value })
}

/// A sum with the rounding error carried along (Kahan's method, as improved by Neumaier 1974), which Prometheus uses.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Summed {
    sum: f64,
    carried: f64,
}

impl Summed {
    /// Adds a number.
    pub fn add(&mut self, value: f64) {
        let total = self.sum + value;
        if total.is_infinite() {
            self.carried = 0.0;
        } else if self.sum.abs() >= value.abs() {
            self.carried += (self.sum - total) + value;
        } else {
            self.carried += (value - total) + self.sum;
        }
        self.sum = total;
    }

    /// The sum.
    pub fn total(&self) -> f64 {
        self.sum + self.carried
    }
}

/// Population variance (Welford 1962); none of no values.
pub(crate) fn variance(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        let delta = value - mean;
        mean += delta / count;
        squares += delta * (value - mean);
    }
    (count > 0.0).then(|| squares / count)
}

/// The quantile of some values, interpolated linearly between the two nearest ranks; ±infinity outside 0 to 1.
pub(crate) fn quantile(q: f64, mut values: Vec<f64>) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    values.sort_by(f64::total_cmp);
    let rank = q * (values.len() as f64 - 1.0);
    let (lower, upper) = (rank.floor().max(0.0), (rank.floor() + 1.0).min(values.len() as f64 - 1.0));
    let weight = rank - rank.floor();
    values[lower as usize] * (1.0 - weight) + values[upper as usize] * weight
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<Sample> {
        [("a", "x", 1.0), ("a", "y", 3.0), ("b", "x", 7.0)]
            .map(|(a, b, value)| Sample::float(Labels::from_iter([(NAME, "m"), ("a", a), ("b", b)]), value))
            .to_vec()
    }

    fn asked(how: Aggregation, labels: &[&str], without: bool, parameter: Parameter) -> Vec<(String, f64)> {
        let grouping = Grouping { without, labels: labels.iter().map(ToString::to_string).collect() };
        let text = |l: &Labels| l.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join(",");
        aggregate(how, &grouping, &parameter, samples()).iter().map(|s| (text(&s.labels), s.value.float().unwrap())).collect()
    }

    #[test]
    fn groups() {
        assert_eq!(asked(Aggregation::Sum, &["a"], false, Parameter::None), [("a=a".into(), 4.0), ("a=b".into(), 7.0)]);
        assert_eq!(asked(Aggregation::Sum, &["a"], true, Parameter::None), [("b=x".into(), 8.0), ("b=y".into(), 3.0)]);
        assert_eq!(asked(Aggregation::Stdvar, &["a"], false, Parameter::None), [("a=a".into(), 1.0), ("a=b".into(), 0.0)]);
        assert_eq!(asked(Aggregation::Quantile, &[], false, Parameter::Number(0.75)), [(String::new(), 5.0)]);
        assert_eq!(asked(Aggregation::Count, &["b"], false, Parameter::None), [("b=x".into(), 2.0), ("b=y".into(), 1.0)]);
    }

    #[test]
    fn the_best_keep_their_labels() {
        assert_eq!(
            asked(Aggregation::Topk, &[], false, Parameter::Number(2.0)),
            [("__name__=m,a=b,b=x".into(), 7.0), ("__name__=m,a=a,b=y".into(), 3.0)]
        );
        assert_eq!(
            asked(Aggregation::Bottomk, &["a"], false, Parameter::Number(1.0)),
            [("__name__=m,a=a,b=x".into(), 1.0), ("__name__=m,a=b,b=x".into(), 7.0)]
        );
        let values = asked(Aggregation::CountValues, &["a"], false, Parameter::Label("v".into()));
        assert_eq!(values, [("a=a,v=1".into(), 1.0), ("a=a,v=3".into(), 1.0), ("a=b,v=7".into(), 1.0)]);
    }

    #[test]
    fn rounding_is_carried() {
        let mut sum = Summed::default();
        [1e100, 1.0, -1e100].iter().for_each(|v| sum.add(*v));
        assert_eq!(sum.total(), 1.0);
    }
}
