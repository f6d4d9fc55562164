//! Metrics functions over the spans that a pipeline leaves (Grafana Tempo, "TraceQL metrics functions"). Border: numbers and labels;
//! how they are printed is the answer's business.

use rustc_hash::FxHashMap;

use super::ast::{Compare, Function, Metrics, Then};
use super::evaluate::Over;
use super::value::{Value, compares};

/// A series.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// Names as the question has them, and values.
    pub labels: Vec<(String, Value)>,
    /// Nanoseconds and values.
    pub samples: Vec<(i64, f64)>,
}

/// The moments of an answer: a span belongs to the first at or behind its start.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    /// After then, in nanoseconds.
    pub start: i64,
    /// Until and with then.
    pub end: i64,
    /// `None`: one moment, the end.
    pub step: Option<i64>,
}

impl Steps {
    /// All moments: multiples of the step, from the one at or before the start to the one at or behind the end.
    pub fn all(&self) -> Vec<i64> {
        match self.step {
            None => vec![self.end],
            Some(step) => {
                let (first, last) = (self.start.div_euclid(step), self.end.saturating_add(step - 1).div_euclid(step));
                (first..=last).map(|n| n * step).collect()
            }
        }
    }

    fn of(&self, start: i64) -> Option<i64> {
        if start < self.start || start > self.end {
            return None;
        }
        Some(match self.step {
            None => self.end,
            Some(step) => start.saturating_add(step - 1).div_euclid(step) * step,
        })
    }

    fn seconds(&self) -> f64 {
        self.step.unwrap_or(self.end - self.start) as f64 / 1e9
    }
}

/// What has been seen of a group at a moment.
#[derive(Debug, Default, Clone)]
struct Seen {
    count: f64,
    sum: f64,
    min: f64,
    max: f64,
}

/// Adds spans up.
pub(super) struct Sums<'m> {
    metrics: &'m Metrics,
    steps: Steps,
    groups: Vec<Vec<Value>>,
    places: FxHashMap<String, usize>,
    seen: FxHashMap<(usize, i64), Seen>,
    /// Of histograms: how many values lie in the bucket that ends at a power of two, by its exponent.
    buckets: FxHashMap<(usize, i64), std::collections::BTreeMap<i32, f64>>,
}

impl<'m> Sums<'m> {
    /// Of nothing.
    pub fn new(metrics: &'m Metrics, steps: Steps) -> Sums<'m> {
        Sums { metrics, steps, groups: Vec::new(), places: FxHashMap::default(), seen: FxHashMap::default(), buckets: FxHashMap::default() }
    }

    /// Adds a span. Whether it counts.
    pub fn add(&mut self, over: &Over<'_>, span: usize) -> bool {
        let Some(moment) = self.steps.of(over.trace.spans[span].start) else { return false };
        let value = match &self.metrics.of {
            None => 1.0,
            Some(attribute) => match over.trace.value(over.wanted, span, attribute) {
                Value::Duration(ns) => ns as f64,
                value => match value.number() {
                    Some(number) => number,
                    None => return false,
                },
            },
        };
        let group: Vec<Value> = self.metrics.by.iter().map(|a| over.trace.value(over.wanted, span, a)).collect();
        let key = group.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>().join("\u{0}");
        let place = *self.places.entry(key).or_insert_with(|| {
            self.groups.push(group);
            self.groups.len() - 1
        });
        if matches!(self.metrics.function, Function::Quantile | Function::Histogram) {
            // below 2 there is no bucket (Tempo counts whole nanoseconds, bytes, tokens)
            if value >= 2.0 {
                *self.buckets.entry((place, moment)).or_default().entry(value.log2().ceil() as i32).or_insert(0.0) += 1.0;
            }
            return true;
        }
        let seen = self.seen.entry((place, moment)).or_insert(Seen { count: 0.0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY });
        seen.count += 1.0;
        seen.sum += value;
        seen.min = seen.min.min(value);
        seen.max = seen.max.max(value);
        true
    }

    /// Durations are measured in seconds.
    fn unit(&self) -> f64 {
        let names = ["duration", "traceDuration", "event:timeSinceStart"];
        let is_duration = self.metrics.of.as_ref().is_some_and(|a| a.scope == super::ast::Scope::Intrinsic && names.contains(&a.name.as_str()));
        if is_duration { 1e-9 } else { 1.0 }
    }

    /// The series.
    pub fn series(self) -> Vec<Series> {
        let moments = self.steps.all();
        let mut all = Vec::new();
        for (place, group) in self.groups.iter().enumerate() {
            let labels: Vec<(String, Value)> = self.metrics.by.iter().map(ToString::to_string).zip(group.iter().cloned()).collect();
            match self.metrics.function {
                Function::Quantile => {
                    for quantile in &self.metrics.quantiles {
                        let mut labels = labels.clone();
                        labels.push(("p".to_string(), Value::Float(*quantile)));
                        let value = |m: &i64| self.buckets.get(&(place, *m)).map(|b| (*m, log2_quantile(*quantile, b) * self.unit()));
                        all.push(Series { labels, samples: moments.iter().filter_map(value).collect() });
                    }
                }
                Function::Histogram => {
                    let mut exponents: Vec<i32> =
                        self.buckets.iter().filter(|((p, _), _)| *p == place).flat_map(|(_, b)| b.keys().copied()).collect();
                    exponents.sort_unstable();
                    exponents.dedup();
                    for exponent in exponents {
                        let mut labels = labels.clone();
                        labels.push(("__bucket".to_string(), Value::Float(2f64.powi(exponent) * self.unit())));
                        let value = |m: &i64| self.buckets.get(&(place, *m)).and_then(|b| b.get(&exponent)).map(|count| (*m, *count));
                        all.push(Series { labels, samples: moments.iter().filter_map(value).collect() });
                    }
                }
                function => {
                    let value = |m: &i64| {
                        let seen = self.seen.get(&(place, *m))?;
                        let value = match function {
                            Function::Rate => seen.count / self.steps.seconds(),
                            Function::Min => seen.min * self.unit(),
                            Function::Max => seen.max * self.unit(),
                            Function::Avg => seen.sum / seen.count * self.unit(),
                            Function::Sum => seen.sum * self.unit(),
                            _ => seen.count,
                        };
                        Some((*m, value))
                    };
                    all.push(Series { labels, samples: moments.iter().filter_map(value).collect() });
                }
            }
        }
        all.retain(|s| !s.samples.is_empty());
        for then in &self.metrics.then {
            after(then, &moments, &mut all);
        }
        let key = |s: &Series| s.labels.iter().map(|(_, v)| (v.number().unwrap_or(0.0), v.text())).collect::<Vec<_>>();
        all.sort_by(|a, b| key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal));
        all
    }
}

/// The best or worst series of each moment, or the samples that compare so.
fn after(then: &Then, moments: &[i64], series: &mut Vec<Series>) {
    match then {
        Then::Compare(how, number) => {
            for one in series.iter_mut() {
                one.samples.retain(|(_, value)| how_holds(*how, *value, *number));
            }
        }
        Then::Top(k) | Then::Bottom(k) => {
            let top = matches!(then, Then::Top(_));
            let mut kept: Vec<Vec<(i64, f64)>> = vec![Vec::new(); series.len()];
            for moment in moments {
                let mut ranked: Vec<(usize, f64)> =
                    series.iter().enumerate().filter_map(|(n, s)| s.samples.iter().find(|(t, _)| t == moment).map(|(_, v)| (n, *v))).collect();
                ranked.sort_by(|a, b| if top { b.1.total_cmp(&a.1) } else { a.1.total_cmp(&b.1) });
                for (n, value) in ranked.into_iter().take(*k) {
                    kept[n].push((*moment, value));
                }
            }
            for (one, samples) in series.iter_mut().zip(kept) {
                one.samples = samples;
            }
        }
    }
    series.retain(|s| !s.samples.is_empty());
}

fn how_holds(how: Compare, a: f64, b: f64) -> bool {
    compares(how, &Value::Float(a), &Value::Float(b))
}

/// The quantile of values of which only the power of two at or above them is known: Tempo's `Log2Quantile`, which goes from one
/// power to the next by the share of the values.
fn log2_quantile(q: f64, buckets: &std::collections::BTreeMap<i32, f64>) -> f64 {
    let total: f64 = buckets.values().sum();
    let wanted = (q * total).ceil();
    if wanted <= 0.0 {
        return 0.0;
    }
    let (mut before, mut lower) = (0.0, None);
    for (exponent, count) in buckets {
        if before + count >= wanted {
            let upper = f64::from(*exponent);
            let from = lower.unwrap_or(upper - 1.0);
            return 2f64.powf(from + (upper - from) * ((wanted - before) / count));
        }
        before += count;
        lower = Some(f64::from(*exponent));
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_between_powers() {
        let buckets = std::collections::BTreeMap::from([(3, 2.0), (5, 2.0)]);
        assert_eq!(log2_quantile(0.5, &buckets), 8.0);
        assert_eq!(log2_quantile(0.75, &buckets), 16.0);
        assert_eq!(log2_quantile(0.25, &buckets), 2f64.powf(2.5));
        assert_eq!(log2_quantile(0.0, &buckets), 0.0);
    }

    #[test]
    fn moments() {
        let steps = Steps { start: 25, end: 61, step: Some(10) };
        assert_eq!(steps.all(), [20, 30, 40, 50, 60, 70]);
        assert_eq!((steps.of(30), steps.of(31), steps.of(24), steps.of(62)), (Some(30), Some(40), None, None));
    }
}
