//! Functions of a series' samples within a range: `rate`, `max_over_time`, `deriv` … (Prometheus 3, `promql/functions.go`).
//! Border: one series.

use std::sync::Arc;

use super::super::evaluate::wrong;
use crate::error::Error;
use crate::histogram::Histogram;
use crate::vector::{Summed, Value, quantile, variance};

/// The range, in milliseconds, and what the function needs besides.
pub(super) struct Over {
    pub end: i64,
    pub length: i64,
    pub parameter: f64,
    /// The moment of the evaluation.
    pub time: i64,
}

type Floats = Vec<(i64, f64)>;

impl Over {
    /// The function's value; `None` where the samples give none.
    pub fn value(&self, name: &str, samples: &[(i64, Value)]) -> Result<Option<Value>, Error> {
        let floats: Floats = samples.iter().filter_map(|(t, v)| Some((*t, v.float()?))).collect();
        let histograms: Vec<(i64, &Arc<Histogram>)> = samples
            .iter()
            .filter_map(|(t, v)| match v {
                Value::Histogram(h) => Some((*t, h)),
                Value::Float(_) => None,
            })
            .collect();
        let (first, last) = match (samples.first(), samples.last()) {
            (Some(first), Some(last)) => (first, last),
            _ => return Ok(None),
        };
        let number = match name {
            "last_over_time" => return Ok(Some(last.1.clone())),
            "first_over_time" => return Ok(Some(first.1.clone())),
            "count_over_time" => Some(samples.len() as f64),
            "present_over_time" => Some(1.0),
            "changes" => Some(changes(samples)),
            "resets" => Some(resets(samples)),
            "rate" | "increase" | "delta" => return Ok(self.extrapolated(name, &floats, &histograms)),
            "irate" | "idelta" => return Ok(last_two(name == "irate", samples)),
            "sum_over_time" | "avg_over_time" if floats.is_empty() => {
                let mut sum = (**histograms[0].1).clone();
                histograms[1..].iter().for_each(|(_, h)| sum = sum.plus(h, 1.0));
                let sum = if name == "avg_over_time" { sum.times(1.0 / histograms.len() as f64) } else { sum };
                return Ok(Some(Value::Histogram(Arc::new(sum))));
            }
            _ if floats.is_empty() => None,
            name => self.of_floats(name, &floats)?,
        };
        Ok(number.map(Value::Float))
    }

    fn of_floats(&self, name: &str, floats: &Floats) -> Result<Option<f64>, Error> {
        let values = || floats.iter().map(|(_, v)| *v);
        let sum = || {
            let mut sum = Summed::default();
            values().for_each(|v| sum.add(v));
            sum.total()
        };
        Ok(match name {
            "sum_over_time" => Some(sum()),
            "avg_over_time" => Some(sum() / floats.len() as f64),
            "max_over_time" => values().reduce(|a, b| if b > a || a.is_nan() { b } else { a }),
            "min_over_time" => values().reduce(|a, b| if b < a || a.is_nan() { b } else { a }),
            "stddev_over_time" => variance(values()).map(f64::sqrt),
            "stdvar_over_time" => variance(values()),
            "quantile_over_time" => Some(quantile(self.parameter, values().collect())),
            "deriv" => (floats.len() > 1).then(|| regression(floats, floats[0].0).0),
            "predict_linear" => (floats.len() > 1).then(|| {
                let (slope, intercept) = regression(floats, self.time);
                slope * self.parameter + intercept
            }),
            other => return Err(wrong(format!("`{other}` is not evaluated here"))),
        })
    }

    /// How much a series changed, extended to the ends of the range where its samples go that far (`extrapolatedRate`).
    fn extrapolated(&self, name: &str, floats: &Floats, histograms: &[(i64, &Arc<Histogram>)]) -> Option<Value> {
        let counter = name != "delta";
        let (first, last, count, start, change) = if histograms.is_empty() {
            let (&(first, start), &(last, end)) = (floats.first()?, floats.last()?);
            let mut change = end - start;
            if counter {
                change += floats.windows(2).filter(|w| w[1].1 < w[0].1).map(|w| w[0].1).sum::<f64>();
            }
            (first, last, floats.len(), start, Value::Float(change))
        } else if floats.is_empty() {
            let (&(first, start), &(last, end)) = (histograms.first()?, histograms.last()?);
            let mut change = end.plus(start, -1.0);
            for pair in histograms.windows(2).filter(|w| counter && w[1].1.reset_since(w[0].1)) {
                change = change.plus(pair[0].1, 1.0);
            }
            (first, last, histograms.len(), start.count, Value::Histogram(Arc::new(change)))
        } else {
            return None;
        };
        if count < 2 {
            return None;
        }
        let seconds = |ms: i64| ms as f64 / 1e3;
        let (mut to_start, mut to_end) = (seconds(first.saturating_sub(self.end.saturating_sub(self.length))), seconds(self.end - last));
        let sampled = seconds(last - first);
        let average = sampled / (count as f64 - 1.0);
        let threshold = average * 1.1;
        if to_start >= threshold {
            to_start = average / 2.0;
        }
        if counter {
            // a counter is not extended below zero
            let risen = match &change {
                Value::Float(change) => *change,
                Value::Histogram(change) => change.count,
            };
            if risen > 0.0 && start >= 0.0 {
                to_start = to_start.min(sampled * (start / risen));
            }
        }
        if to_end >= threshold {
            to_end = average / 2.0;
        }
        let mut factor = (sampled + to_start + to_end) / sampled;
        if name == "rate" {
            factor /= seconds(self.length);
        }
        Some(match change {
            Value::Float(change) => Value::Float(change * factor),
            Value::Histogram(change) => Value::Histogram(Arc::new(change.times(factor))),
        })
    }
}

fn changes(samples: &[(i64, Value)]) -> f64 {
    let same = |a: &Value, b: &Value| match (a, b) {
        (Value::Float(a), Value::Float(b)) => a == b || (a.is_nan() && b.is_nan()),
        (a, b) => a == b,
    };
    samples.windows(2).filter(|w| !same(&w[0].1, &w[1].1)).count() as f64
}

fn resets(samples: &[(i64, Value)]) -> f64 {
    let reset = |w: &&[(i64, Value)]| match (&w[0].1, &w[1].1) {
        (Value::Float(a), Value::Float(b)) => b < a,
        (Value::Histogram(a), Value::Histogram(b)) => b.reset_since(a),
        _ => true,
    };
    samples.windows(2).filter(reset).count() as f64
}

/// What the last two samples make.
fn last_two(per_second: bool, samples: &[(i64, Value)]) -> Option<Value> {
    let [.., (before, a), (last, b)] = samples else { return None };
    let seconds = if per_second { (last - before) as f64 / 1e3 } else { 1.0 };
    if seconds == 0.0 {
        return None;
    }
    Some(match (a, b) {
        (Value::Float(a), Value::Float(b)) => Value::Float(if per_second && b < a { *b } else { b - a } / seconds),
        (Value::Histogram(a), Value::Histogram(b)) => {
            let change = if per_second && b.reset_since(a) { (**b).clone() } else { b.plus(a, -1.0) };
            Value::Histogram(Arc::new(change.times(1.0 / seconds)))
        }
        _ => return None,
    })
}

/// Slope per second and value at a moment, by least squares.
fn regression(floats: &Floats, at: i64) -> (f64, f64) {
    if floats.iter().all(|(_, v)| *v == floats[0].1) {
        return if floats[0].1.is_finite() { (0.0, floats[0].1) } else { (f64::NAN, f64::NAN) };
    }
    let (mut x, mut y, mut xy, mut xx) = (Summed::default(), Summed::default(), Summed::default(), Summed::default());
    for (time, value) in floats {
        let seconds = (time - at) as f64 / 1e3;
        x.add(seconds);
        y.add(*value);
        xy.add(seconds * value);
        xx.add(seconds * seconds);
    }
    let n = floats.len() as f64;
    let covariance = xy.total() - x.total() * y.total() / n;
    let variance = xx.total() - x.total() * x.total() / n;
    let slope = covariance / variance;
    (slope, y.total() / n - slope * x.total() / n)
}
