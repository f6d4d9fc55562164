//! A series and its samples on their way to rows: labels become the service, the resource, the scope and the point's attributes, and each
//! sample becomes a point that has what the sample tells and nothing else. Border: names and values in, rows out; the formats are the other
//! modules' business.
//!
//! Prometheus' own spelling of OTLP's origin (`otlptranslator`; the Collector's `prometheus` exporter): `service.name` with the namespace before it is
//! `job`, `service.instance.id` is `instance`; where a server scraped them these two are its own, and the others `exported_job` and
//! `exported_instance`. The scope is `otel_scope_name` and `otel_scope_version`, in VictoriaMetrics `scope_name` and `scope_version`.

use std::borrow::Cow;
use std::sync::Arc;

use super::names::{Part, SeriesNames, parts};
use super::{native, number};
use crate::canonical::{self, KeyValues};
use crate::decode::json::Cursor;
use crate::decode::{DecodeError, Scratch};
use crate::dictionary::Dictionary;
use crate::record::{Metric, Number, Point, Resource, Scope};
use crate::rows::Rows;
use crate::system::System;

type Result<T> = std::result::Result<T, DecodeError>;

/// Labels of a series with its name among them, or without.
pub type Labels<'l> = [(Cow<'l, str>, Cow<'l, str>)];

/// What is lost whatever the format.
const LACKS: [&str; 7] = [
    "start times",
    "temporality",
    "minimum and maximum of histograms",
    "attribute types",
    "integers apart from doubles",
    "resource attributes that were not promoted",
    "exemplars",
];

const FALLS: &str = "samples fall within a series: raw increments, or counters that were reset, which a dump does not tell apart; no totals are made of \
                     such metrics: use logs, spans or OTLP metrics, or let Prometheus add up itself (--enable-feature=otlp-deltatocumulative)";

/// How a family of series is declared (`# TYPE`), where a format does.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// The family's name.
    pub family: String,
    /// counter, gauge, histogram, gaugehistogram, summary, …
    pub kind: String,
    /// `# UNIT`.
    pub unit: String,
    /// `# HELP`.
    pub help: String,
}

/// The samples of a request.
pub struct Samples<'s, 'a> {
    scratch: &'s mut Scratch<'a>,
    dictionary: Arc<Dictionary>,
    names: Arc<SeriesNames>,
    /// Whether samples are repeated on a grid of times.
    resampled: bool,
    series: Series,
}

/// The series at hand.
#[derive(Debug, Default)]
struct Series {
    name: String,
    metric: String,
    description: String,
    unit: String,
    kind: &'static str,
    monotonic: Option<bool>,
    part: Part,
    /// Upper bound of a bucket, with the lower one where the server has both.
    bound: Option<(Option<f64>, f64)>,
    quantile: f64,
    last: f64,
}

impl<'s, 'a> Samples<'s, 'a> {
    /// Begins a request of a form.
    pub fn begin(form: &str, resampled: bool, scratch: &'s mut Scratch<'a>, rows: &mut Rows) -> Samples<'s, 'a> {
        rows.set_system(System::Prometheus);
        rows.told().form(form);
        LACKS.into_iter().for_each(|what| rows.told().lacks(what));
        Samples { scratch, dictionary: rows.dictionary(), names: rows.series_names(), resampled, series: Series::default() }
    }

    /// Begins a series: the samples that follow are its own.
    pub fn series(&mut self, name: &str, labels: &Labels, declared: Option<&Declared>, rows: &mut Rows) {
        let service = self.begin_series(name, labels, declared);
        let label = |name: &str| labels.iter().find(|(label, _)| label == name).map(|(_, value)| value.as_ref());
        let scraped = label("exported_job").is_some();
        let own = |label: &str| if scraped { matches!(label, "exported_job" | "exported_instance") } else { matches!(label, "job" | "instance") };
        let named = ["service_name", "service.name"].into_iter().find_map(label);
        let job = label(if scraped { "exported_job" } else { "job" });
        let agent = self
            .dictionary
            .agent(named.or(job).unwrap_or_default(), "")
            .or_else(|| self.dictionary.agent(&service, "").filter(|_| !service.is_empty()));
        let mut attributes: Vec<(&str, &str)> = Vec::new();
        let (mut resource, mut scope, mut of_scope) = (Vec::new(), Scope::default(), Vec::new());
        for (label, value) in labels {
            let (label, value) = (label.as_ref(), value.as_ref());
            let part = match self.series.part {
                Part::Bucket => matches!(label, "le" | "vmrange"),
                Part::Quantile => label == "quantile",
                _ => false,
            };
            match label {
                _ if label == "__name__" || part || value.is_empty() => {}
                "otel_scope_name" | "scope_name" | "scope.name" => value.clone_into(&mut scope.name),
                "otel_scope_version" | "scope_version" | "scope.version" => value.clone_into(&mut scope.version),
                "otel_scope_schema_url" => {}
                _ if own(label) => {
                    let instance = label.ends_with("instance");
                    if instance {
                        resource.push(("service.instance.id", value));
                    } else if named.is_none() {
                        let (namespace, name) = value.split_once('/').unwrap_or(("", value));
                        resource.extend([("service.name", name), ("service.namespace", namespace)].into_iter().filter(|(_, v)| !v.is_empty()));
                    }
                }
                _ => {
                    let prefixes = ["otel_scope_", "scope_attributes_", "scope.attributes."];
                    if let Some(inner) = prefixes.into_iter().find_map(|p| label.strip_prefix(p)) {
                        of_scope.push((inner, value));
                        continue;
                    }
                    let spelled = label.replace('.', "_");
                    let names = self.dictionary.names(agent, &spelled);
                    let name = names.iter().find(|n| !n.resource).or_else(|| names.first());
                    match name {
                        Some(name) if name.resource && !resource.iter().any(|(known, _)| *known == name.name) => resource.push((&name.name, value)),
                        Some(name) => attributes.push((&name.name, value)),
                        None => attributes.push((label, value)),
                    }
                }
            }
        }
        let of = |wanted: &str| resource.iter().find(|(name, _)| *name == wanted).map_or_else(String::new, |(_, value)| (*value).to_owned());
        let (service_name, service_version) = (of("service.name"), of("service.version"));
        let kv = &mut self.scratch.kv;
        rows.set_resource(Resource { text: object(kv, &resource), service_name, service_version });
        if !of_scope.is_empty() {
            scope.attributes = object(kv, &of_scope);
        }
        rows.set_scope(scope);
        let text = object(kv, &attributes);
        self.scratch.texts.clear();
        self.scratch.texts.attributes = text;
    }

    /// Finds out what the series is of. Gives the service of the agent whose metric it is.
    fn begin_series(&mut self, name: &str, labels: &Labels, declared: Option<&Declared>) -> String {
        let number = |name: &str| labels.iter().find(|(label, _)| label == name).and_then(|(_, value)| number::value(value));
        let range = || labels.iter().find(|(label, _)| label == "vmrange").and_then(|(_, range)| range.split_once("..."));
        let bound = number("le").map(|le| (None, le));
        let bound = bound.or_else(|| range().and_then(|(lower, upper)| Some((Some(number::value(lower)?), number::value(upper)?))));
        let mut series =
            Series { name: name.to_owned(), bound, quantile: number("quantile").unwrap_or(f64::NAN), last: f64::NAN, ..Series::default() };
        let mut service = String::new();
        if let Some(known) = self.names.get(name) {
            known.service.clone_into(&mut service);
            series.part = known.part;
            (series.metric, series.unit) = (known.word.name.clone(), known.word.unit.clone());
            (series.kind, series.monotonic) = (kind(&known.word.kind), (known.word.kind == "sum").then_some(known.word.monotonic));
        } else {
            series.guess(declared);
        }
        if let Some(declared) = declared {
            declared.help.clone_into(&mut series.description);
            if series.unit.is_empty() {
                declared.unit.clone_into(&mut series.unit);
            }
        }
        self.series = series;
        service
    }

    /// Appends a sample. Values that fall where they should only grow are told.
    pub fn sample(&mut self, time_ns: u64, value: f64, rows: &mut Rows) {
        let series = &mut self.series;
        let grows = series.monotonic == Some(true) || matches!(series.part, Part::Sum | Part::Count | Part::Bucket);
        if grows && !self.resampled && value < series.last {
            rows.told().warn(FALLS);
        }
        series.last = value;
        let mut point = std::mem::take(&mut self.scratch.point);
        point.clear();
        point.time_ns = time_ns;
        let texts = &mut self.scratch.texts;
        texts.quantiles.clear();
        let count = if value.is_finite() && value >= 0.0 { value as u64 } else { 0 };
        match series.part {
            Part::Whole => point.value = Some(Number::Double(value)),
            Part::Sum => point.sum = Some(value),
            Part::Count => (point.count, point.counted) = (count, true),
            Part::Bucket => match series.bound {
                Some((Some(lower), upper)) => (point.bounds, point.bucket_counts) = (vec![lower, upper], vec![0, count, 0]),
                Some((None, upper)) if upper.is_finite() => (point.bounds, point.bucket_counts) = (vec![upper], vec![count]),
                _ => point.bucket_counts.push(count),
            },
            Part::Quantile => {
                canonical::quantile(&mut texts.quantiles, series.quantile, value);
                canonical::end_list(&mut texts.quantiles);
            }
        }
        self.push(series_kind(&self.series), &point, rows);
        self.scratch.point = point;
    }

    /// Appends a native histogram at the cursor.
    pub fn histogram(&mut self, time_ns: u64, cursor: &mut Cursor, rows: &mut Rows) -> Result<()> {
        let mut point = std::mem::take(&mut self.scratch.point);
        point.clear();
        (point.time_ns, point.counted) = (time_ns, true);
        let kind = native::read(cursor, &mut point)?;
        self.push(kind, &point, rows);
        self.scratch.point = point;
        Ok(())
    }

    fn push(&mut self, kind: &'static str, point: &Point, rows: &mut Rows) {
        let Series { name, metric, description, unit, monotonic, .. } = &self.series;
        let metric = Metric {
            name: metric.as_str().into(),
            description: description.as_str().into(),
            unit: unit.as_str().into(),
            kind,
            temporality: "".into(),
            monotonic: *monotonic,
            metadata: if self.resampled { "{\"resampled\":true}".to_owned() } else { String::new() },
            series: name.as_str().into(),
        };
        rows.point(&metric, point, &self.scratch.texts);
    }
}

impl Series {
    /// What an unknown series is, by what its format declares and by its labels; its name stays as it is but for a suffix that the declaration
    /// explains.
    fn guess(&mut self, declared: Option<&Declared>) {
        let declared = declared.map_or("", |d| d.kind.as_str());
        (self.kind, self.monotonic) = match declared {
            "counter" => ("sum", Some(true)),
            "gauge" => ("gauge", None),
            "histogram" | "gaugehistogram" => ("histogram", None),
            "summary" => ("summary", None),
            // buckets are known by their label
            _ if self.bound.is_some() && self.name.ends_with("_bucket") => ("histogram", None),
            _ => ("", None),
        };
        self.part = match self.kind {
            "summary" if !self.quantile.is_nan() => Part::Quantile,
            kind => parts(kind).iter().copied().find(|p| !p.suffix().is_empty() && self.name.ends_with(p.suffix())).unwrap_or_default(),
        };
        self.metric = self.name.strip_suffix(self.part.suffix()).unwrap_or(&self.name).to_owned();
    }
}

/// The type of the series' points.
fn series_kind(series: &Series) -> &'static str {
    // a sample without parts is none of a histogram of parts
    if series.kind == "exponential_histogram" && series.part != Part::Whole { "histogram" } else { series.kind }
}

fn kind(word: &str) -> &'static str {
    ["gauge", "sum", "histogram", "exponential_histogram", "summary"].into_iter().find(|k| *k == word).unwrap_or("")
}

/// Attributes as canonical text.
fn object(kv: &mut KeyValues, attributes: &[(&str, &str)]) -> String {
    kv.clear();
    let mark = kv.begin();
    for (name, value) in attributes {
        let start = kv.position();
        canonical::string(kv.value(), value);
        kv.pair(name, start);
    }
    let mut text = String::new();
    kv.finish(mark, &mut text);
    text
}
