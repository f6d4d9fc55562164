//! An answer to a PromQL question, as rows and as Prometheus' JSON. Border: what is in it is decided elsewhere.

use serde_json::json;

use super::evaluate::{Hints, Range};
use crate::answer::{Cells, Column, Rows};
use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::logql::{instant, label_columns};
use crate::vector::{Sample, Value};

/// What was asked for. Times are milliseconds.
#[derive(Debug)]
pub(super) enum Found {
    Scalar(i64, f64),
    Text(i64, String),
    Vector(i64, Vec<Sample>),
    Matrix(Vec<Range>),
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub(super) found: Found,
    pub(super) series: usize,
    pub(super) samples: usize,
    pub(super) points: u64,
    /// The end of the time range, in milliseconds.
    pub(super) until: i64,
    pub(super) hints: Hints,
}

/// A double as Prometheus' API writes it: an exponent below 1e-6 and from 1e21.
fn text(value: f64) -> String {
    if value != 0.0 && value.is_finite() && !(1e-6..1e21).contains(&value.abs()) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        return format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    crate::number::text(value)
}

fn histogram(h: &Histogram) -> serde_json::Value {
    let buckets: Vec<serde_json::Value> = h
        .buckets()
        .iter()
        .map(|b| {
            // which of its bounds belong to a bucket: 0 the upper, 1 the lower, 3 both
            let rule = if b.lower < 0.0 && b.upper > 0.0 {
                3
            } else if b.upper <= 0.0 && b.lower < 0.0 {
                1
            } else {
                0
            };
            json!([rule, text(b.lower), text(b.upper), text(b.count)])
        })
        .collect();
    let mut made = json!({"count": text(h.count), "sum": text(h.sum)});
    if !buckets.is_empty() {
        made["buckets"] = buckets.into();
    }
    made
}

impl Answer {
    /// A row a sample: a column for each label, `time`, `value`; native histograms as JSON in `histogram`.
    pub fn rows(&self) -> Rows {
        let samples: Vec<(&Labels, i64, &Value)> = match &self.found {
            Found::Vector(time, samples) => samples.iter().map(|s| (&s.labels, *time, &s.value)).collect(),
            Found::Matrix(ranges) => ranges.iter().flat_map(|r| r.samples.iter().map(|(t, v)| (&r.labels, *t, v))).collect(),
            Found::Scalar(..) | Found::Text(..) => Vec::new(),
        };
        let time = |ms: i64| Some(ms * 1_000_000);
        let mut columns = label_columns(&samples.iter().map(|(l, ..)| *l).collect::<Vec<_>>(), &["time", "value", "histogram"]);
        let (times, values) = match &self.found {
            Found::Scalar(at, value) => (vec![time(*at)], Cells::Float(vec![Some(*value)])),
            Found::Text(at, value) => (vec![time(*at)], Cells::Text(vec![Some(value.clone())])),
            _ => (samples.iter().map(|(_, t, _)| time(*t)).collect(), Cells::Float(samples.iter().map(|(.., v)| v.float()).collect())),
        };
        columns.push(Column { name: "time".into(), cells: Cells::Time(times) });
        columns.push(Column { name: "value".into(), cells: values });
        let native = |v: &Value| match v {
            Value::Histogram(h) => Some(histogram(h).to_string()),
            Value::Float(_) => None,
        };
        if samples.iter().any(|(.., v)| native(v).is_some()) {
            columns.push(Column { name: "histogram".into(), cells: Cells::Text(samples.iter().map(|(.., v)| native(v)).collect()) });
        }
        Rows { columns, captions: self.captions() }
    }

    /// What the answer rests on, and why it may be less than was expected.
    pub fn captions(&self) -> Vec<String> {
        let mut captions = vec![format!("{} series with {} samples, made of {} data points", self.series, self.samples, self.points)];
        let Hints { single, comparing, stale } = &self.hints;
        if !single.is_empty() {
            let series = if single.len() == 1 { "1 series has".to_owned() } else { format!("{} series have", single.len()) };
            captions.push(format!(
                "{series} one sample in the range, in which `{comparing}` sees no change; `max_over_time` of a counter gives what it has reached"
            ));
        }
        let empty = match &self.found {
            Found::Vector(_, samples) => samples.is_empty(),
            Found::Matrix(ranges) => ranges.is_empty(),
            _ => false,
        };
        if let (true, Some(stale)) = (empty, *stale) {
            let before = crate::duration::shown((self.until - stale).max(0) * 1_000_000);
            captions.push(format!("the latest sample is {before} old at the end of the time range; ask for its --time, or over a range as in `last_over_time(…[$__range])`"));
        }
        captions
    }

    /// As Prometheus' API gives it (Prometheus 3, "HTTP API").
    pub fn api_json(&self) -> String {
        let at = |ms: i64| instant(ms * 1_000_000);
        let metric = |labels: &Labels| serde_json::Value::Object(labels.iter().map(|(n, v)| (n.to_string(), json!(v))).collect());
        let (kind, result) = match &self.found {
            Found::Scalar(time, value) => ("scalar", json!([at(*time), text(*value)])),
            Found::Text(time, value) => ("string", json!([at(*time), value])),
            Found::Vector(time, samples) => {
                let one = |s: &Sample| match &s.value {
                    Value::Float(value) => json!({"metric": metric(&s.labels), "value": [at(*time), text(*value)]}),
                    Value::Histogram(h) => json!({"metric": metric(&s.labels), "histogram": [at(*time), histogram(h)]}),
                };
                ("vector", samples.iter().map(one).collect())
            }
            Found::Matrix(ranges) => {
                let one = |r: &Range| {
                    let mut made = json!({"metric": metric(&r.labels)});
                    let floats: Vec<_> = r.samples.iter().filter_map(|(t, v)| Some(json!([at(*t), text(v.float()?)]))).collect();
                    let histograms: Vec<_> = r
                        .samples
                        .iter()
                        .filter_map(|(t, v)| match v {
                            Value::Histogram(h) => Some(json!([at(*t), histogram(h)])),
                            Value::Float(_) => None,
                        })
                        .collect();
                    for (name, list) in [("values", floats), ("histograms", histograms)] {
                        if !list.is_empty() {
                            made[name] = list.into();
                        }
                    }
                    made
                };
                ("matrix", ranges.iter().map(one).collect())
            }
        };
        json!({"status": "success", "data": {"resultType": kind, "result": result}}).to_string()
    }
}
