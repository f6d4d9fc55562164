//! A row of `metrics` as Prometheus' series: names, labels and values (Prometheus 3, OTLP endpoint). Border: one row.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::Arc;

use arrow_array::types::{Float64Type, Int64Type};
use tracemill_model::read::Rows;

use super::super::names::{self, Kind, SPELLINGS, Spelling};
use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::vector::{NAME, Value};
use crate::{number, otlp};

/// The columns that a point is made of.
pub(super) const COLUMNS: [&str; 26] = [
    "time",
    "metric",
    "type",
    "unit",
    "temporality",
    "monotonic",
    "value",
    "count",
    "sum",
    "bounds",
    "bucket_counts",
    "scale",
    "zero_count",
    "zero_threshold",
    "positive_offset",
    "positive_counts",
    "negative_offset",
    "negative_counts",
    "quantiles",
    "flags",
    "attributes",
    "resource",
    "scope_name",
    "scope_version",
    "system",
    "series",
];

/// Which of a row's values a series has.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Value,
    Count,
    Sum,
    /// The values up to this bound, by its place.
    Bucket(usize),
    /// Of a summary, by its place.
    Quantile(usize),
    Native,
    /// 1: that the resource is there.
    Info,
    /// A bucket as a Prometheus server had it.
    OwnBucket,
}

/// A series of a row.
pub(super) struct Made {
    pub labels: Labels,
    pub source: Source,
}

/// What a point says of itself.
pub(super) struct Point {
    /// Milliseconds.
    pub time: i64,
    pub original: bool,
    pub delta: bool,
    pub stale: bool,
}

/// A row.
pub(super) struct Row<'a> {
    rows: &'a Rows,
    row: usize,
    pub point: Point,
    /// What rows of the same series have in common.
    pub key: String,
}

impl<'a> Row<'a> {
    /// `None` where the point has no time.
    pub fn of(rows: &'a Rows, row: usize) -> Option<Row<'a>> {
        let time = rows.times(0).get(row)?.div_euclid(1_000_000);
        let mut key = String::new();
        for column in [1, 2, 3, 4, 20, 21, 22, 23, 24, 25] {
            key.push_str(rows.text(column).get(row).unwrap_or_default());
            key.push('\u{0}');
        }
        key.push(if rows.bools(5).get(row) == Some(true) { 'm' } else { 'n' });
        for bound in rows.lists::<Float64Type>(9).get(row) {
            let _ = write!(key, "{bound} ");
        }
        let _ = write!(key, "{}", rows.text(18).get(row).map_or(0, |q| q.matches("quantile\"").count()));
        let point = Point {
            time,
            original: rows.text(24).get(row) != Some("prometheus"),
            delta: rows.text(4).get(row) == Some("delta"),
            stale: rows.ints(19).get(row).is_some_and(|flags| flags & 1 == 1),
        };
        Some(Row { rows, row, point, key })
    }

    fn text(&self, column: usize) -> &'a str {
        self.rows.text(column).get(self.row).unwrap_or_default()
    }

    /// The row's series, in each spelling; in every spelling the same number in the same order.
    pub fn spellings(&self, asked: &BTreeSet<String>) -> Vec<Vec<Made>> {
        if !self.point.original {
            return vec![self.own_series()];
        }
        SPELLINGS.iter().map(|spelling| self.spelled(*spelling, asked)).collect()
    }

    fn spelled(&self, spelling: Spelling, asked: &BTreeSet<String>) -> Vec<Made> {
        let kind = match (self.text(2), self.rows.bools(5).get(self.row)) {
            ("sum", Some(true)) => Kind::Counter,
            ("gauge", _) => Kind::Gauge,
            _ => Kind::Other,
        };
        let name = names::metric(spelling, self.text(1), self.text(3), kind);
        let mut labels = Labels::default();
        let mut collected: Vec<(String, String)> = Vec::new();
        otlp::attributes(self.text(20), &mut |attribute, value| collected.push((names::label(spelling, attribute), value.to_string())));
        for (name, value) in &collected {
            // attributes of one label's name: their values are joined
            let joined: Vec<&str> = collected.iter().filter(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str()).collect();
            labels.set(name, if joined.len() > 1 { joined.join(";") } else { value.clone() }.as_str());
        }
        let (mut job, mut namespace, mut instance) = (String::new(), String::new(), String::new());
        let mut info = Labels::default();
        otlp::attributes(self.text(21), &mut |attribute, value| match attribute {
            "service.name" => job = value.to_string(),
            "service.namespace" => namespace = value.to_string(),
            "service.instance.id" => instance = value.to_string(),
            _ => info.set(&names::label(spelling, attribute), value),
        });
        for (name, value) in [("otel_scope_name", self.text(22)), ("otel_scope_version", self.text(23))] {
            if asked.contains(name) && labels.get(name).is_empty() {
                labels.set(name, value);
            }
        }
        for (name, value) in info.iter() {
            if asked.contains(name) && labels.get(name).is_empty() {
                labels.set(name, value);
            }
        }
        if !namespace.is_empty() && !job.is_empty() {
            job = format!("{namespace}/{job}");
        }
        for set in [&mut labels, &mut info] {
            set.set("job", &job);
            set.set("instance", &instance);
        }
        let mut made = Vec::new();
        let mut add = |suffix: &str, extra: Option<(&str, &str)>, source: Source| {
            let mut labels = labels.clone();
            labels.set(NAME, &format!("{name}{suffix}"));
            if let Some((label, value)) = extra {
                labels.set(label, value);
            }
            made.push(Made { labels, source });
        };
        match self.text(2) {
            "histogram" => {
                add("_count", None, Source::Count);
                add("_sum", None, Source::Sum);
                let bounds = self.rows.lists::<Float64Type>(9).get(self.row);
                for (n, bound) in bounds.iter().enumerate() {
                    add("_bucket", Some(("le", &number::text(*bound))), Source::Bucket(n));
                }
                add("_bucket", Some(("le", "+Inf")), Source::Count);
            }
            "exponential_histogram" => add("", None, Source::Native),
            "summary" => {
                add("_count", None, Source::Count);
                add("_sum", None, Source::Sum);
                for (n, (quantile, _)) in self.quantiles().iter().enumerate() {
                    add("", Some(("quantile", &number::text(*quantile))), Source::Quantile(n));
                }
            }
            _ => add("", None, Source::Value),
        }
        if info.len() > usize::from(!job.is_empty()) + usize::from(!instance.is_empty()) && !(job.is_empty() && instance.is_empty()) {
            info.set(NAME, "target_info");
            made.push(Made { labels: info, source: Source::Info });
        }
        made
    }

    /// The series as a Prometheus server had it.
    fn own_series(&self) -> Vec<Made> {
        let spelling = SPELLINGS[0];
        let mut labels = Labels::default();
        let series = self.text(25);
        let add = |attribute: &str, value: &str, labels: &mut Labels| labels.set(&names::label(spelling, attribute), value);
        otlp::attributes(self.text(20), &mut |attribute, value| add(attribute, value, &mut labels));
        let (mut job, mut namespace) = (String::new(), String::new());
        otlp::attributes(self.text(21), &mut |attribute, value| match attribute {
            "service.name" => job = value.to_string(),
            "service.namespace" => namespace = value.to_string(),
            "service.instance.id" => labels.set("instance", value),
            other => add(other, value, &mut labels),
        });
        if !job.is_empty() {
            labels.set("job", &if namespace.is_empty() { job } else { format!("{namespace}/{job}") });
        }
        labels.set(NAME, if series.is_empty() { self.text(1) } else { series });
        let source = if self.rows.ints(11).get(self.row).is_some() {
            Source::Native
        } else if series.ends_with("_bucket") {
            let bound = self.rows.lists::<Float64Type>(9).get(self.row).first().map_or("+Inf".to_string(), |b| number::text(*b));
            labels.set("le", &bound);
            Source::OwnBucket
        } else if let Some((quantile, _)) = self.quantiles().first() {
            labels.set("quantile", &number::text(*quantile));
            Source::Quantile(0)
        } else if self.rows.floats(6).get(self.row).is_some() {
            Source::Value
        } else if self.rows.floats(8).get(self.row).is_some() {
            Source::Sum
        } else {
            Source::Count
        };
        vec![Made { labels, source }]
    }

    fn quantiles(&self) -> Vec<(f64, f64)> {
        let Ok(values) = serde_json::from_str::<Vec<serde_json::Value>>(self.text(18)) else { return Vec::new() };
        let number = |v: &serde_json::Value| v.as_f64().or_else(|| v.as_str().and_then(number::parse)).unwrap_or(f64::NAN);
        values.iter().map(|q| (number(&q["quantile"]), number(&q["value"]))).collect()
    }

    /// The row's value for one of its series.
    pub fn value(&self, source: &Source) -> Option<Value> {
        let count = || self.rows.ints(7).get(self.row).map(|count| count as f64);
        let counts = || self.rows.lists::<Int64Type>(10).get(self.row);
        Some(Value::Float(match source {
            Source::Value => self.rows.floats(6).get(self.row)?,
            Source::Count => count()?,
            Source::Sum => self.rows.floats(8).get(self.row)?,
            Source::Bucket(n) => counts().iter().take(n + 1).map(|c| *c as f64).sum(),
            Source::OwnBucket => counts().iter().map(|c| *c as f64).next()?,
            Source::Quantile(n) => self.quantiles().get(*n)?.1,
            Source::Info => 1.0,
            Source::Native => return Some(Value::Histogram(Arc::new(self.native()))),
        }))
    }

    fn native(&self) -> Histogram {
        let int = |column: usize| self.rows.ints(column).get(self.row).unwrap_or(0);
        let buckets = |offset: usize, counts: usize| {
            // Prometheus counts a bucket by its upper bound, OTLP by its lower
            let first = int(offset) as i32 + 1;
            let counts = self.rows.lists::<Int64Type>(counts).get(self.row);
            counts.iter().enumerate().filter(|(_, c)| **c != 0).map(|(n, c)| (first + n as i32, *c as f64)).collect()
        };
        let histogram = Histogram {
            schema: int(11) as i32,
            // OTLP's default of 0 is Prometheus' of 1e-128
            zero_threshold: self.rows.floats(13).get(self.row).filter(|t| *t != 0.0).unwrap_or(1e-128),
            zero_count: int(12) as f64,
            count: int(7) as f64,
            sum: self.rows.floats(8).get(self.row).unwrap_or(0.0),
            positive: buckets(14, 15),
            negative: buckets(16, 17),
        };
        if histogram.schema > 8 { histogram.coarser(8) } else { histogram }
    }
}
