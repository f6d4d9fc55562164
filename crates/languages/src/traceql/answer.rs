//! An answer to a TraceQL question, as rows and as Tempo's JSON. Border: what is in it is decided elsewhere.

use serde_json::{Map, Value as Json, json};

use super::metrics::Series;
use super::value::Value;
use crate::answer::{Cells, Column, Rows};

/// A span that answers.
#[derive(Debug)]
pub(super) struct Hit {
    pub id: String,
    pub name: String,
    pub service: String,
    pub start: i64,
    pub duration: i64,
    /// Attributes of the question, with their names as it has them.
    pub attributes: Vec<(String, Value)>,
}

/// A set of spans that answers.
#[derive(Debug)]
pub(super) struct HitSet {
    pub hits: Vec<Hit>,
    pub matched: usize,
    pub notes: Vec<(String, Value)>,
}

/// A trace that answers.
#[derive(Debug)]
pub(super) struct HitTrace {
    pub id: String,
    pub root_service: String,
    pub root_name: String,
    pub start: i64,
    pub duration: i64,
    pub sets: Vec<HitSet>,
    /// Spans and failed spans by service.
    pub services: Vec<(String, usize, usize)>,
}

/// What was asked for.
#[derive(Debug)]
pub(super) enum Found {
    Traces(Vec<HitTrace>),
    /// Series, whether they have steps, and the function that gave them.
    Series(Vec<Series>, bool, &'static str),
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub(super) found: Found,
    pub(super) traces: usize,
    pub(super) spans: usize,
    /// Spans that the pipeline let through, and their traces.
    pub(super) matched: (usize, usize),
    /// Whether the question asks for names.
    pub(super) named: bool,
}

/// A column of values: numbers where all are, text otherwise. Durations are nanoseconds.
fn cells(values: Vec<Value>) -> Cells {
    let all = |fits: fn(&Value) -> bool| values.iter().all(|v| fits(v) || *v == Value::Nil) && values.iter().any(|v| *v != Value::Nil);
    if all(|v| matches!(v, Value::Int(_) | Value::Duration(_))) {
        Cells::Int(values.iter().map(|v| if let Value::Int(n) | Value::Duration(n) = v { Some(*n) } else { None }).collect())
    } else if all(|v| matches!(v, Value::Int(_) | Value::Float(_))) {
        Cells::Float(values.iter().map(Value::number).collect())
    } else if all(|v| matches!(v, Value::Bool(_))) {
        Cells::Bool(values.iter().map(|v| if let Value::Bool(b) = v { Some(*b) } else { None }).collect())
    } else {
        Cells::Text(values.iter().map(|v| (*v != Value::Nil).then(|| v.text())).collect())
    }
}

/// Columns of named values, a name a column; names that are taken get `attribute_` in front.
fn value_columns(rows: &[Vec<(String, Value)>], taken: &[&str]) -> Vec<Column> {
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let column = |name: &&String| {
        let values = rows.iter().map(|row| row.iter().find(|(n, _)| n == *name).map_or(Value::Nil, |(_, v)| v.clone())).collect();
        let shown = if taken.contains(&name.as_str()) { format!("attribute_{name}") } else { (*name).clone() };
        Column { name: shown, cells: cells(values) }
    };
    names.iter().map(column).collect()
}

const SEARCH: [&str; 10] = [
    "trace_id",
    "root_service_name",
    "root_name",
    "trace_start",
    "trace_duration_ns",
    "span_id",
    "name",
    "service_name",
    "start_time",
    "duration_ns",
];

impl Answer {
    /// A row a span (its trace, itself, a column for each attribute of the question), or a row a sample (labels, `time`, `value`).
    pub fn rows(&self) -> Rows {
        let columns = match &self.found {
            Found::Traces(traces) => {
                let hits: Vec<(&HitTrace, &HitSet, &Hit)> =
                    traces.iter().flat_map(|t| t.sets.iter().flat_map(move |s| s.hits.iter().map(move |h| (t, s, h)))).collect();
                let text = |name: usize, of: &dyn Fn(&(&HitTrace, &HitSet, &Hit)) -> String| Column {
                    name: SEARCH[name].to_string(),
                    cells: Cells::Text(hits.iter().map(|h| Some(of(h)).filter(|t| !t.is_empty())).collect()),
                };
                let time = |name: usize, of: &dyn Fn(&(&HitTrace, &HitSet, &Hit)) -> i64| Column {
                    name: SEARCH[name].to_string(),
                    cells: Cells::Time(hits.iter().map(|h| Some(of(h)).filter(|t| *t > 0)).collect()),
                };
                let int = |name: usize, of: &dyn Fn(&(&HitTrace, &HitSet, &Hit)) -> i64| Column {
                    name: SEARCH[name].to_string(),
                    cells: Cells::Int(hits.iter().map(|h| Some(of(h))).collect()),
                };
                let mut columns = vec![
                    text(0, &|(t, ..)| t.id.clone()),
                    text(1, &|(t, ..)| t.root_service.clone()),
                    text(2, &|(t, ..)| t.root_name.clone()),
                    time(3, &|(t, ..)| t.start),
                    int(4, &|(t, ..)| t.duration),
                    text(5, &|(.., h)| h.id.clone()),
                    text(6, &|(.., h)| h.name.clone()),
                    text(7, &|(.., h)| h.service.clone()),
                    time(8, &|(.., h)| h.start),
                    int(9, &|(.., h)| h.duration),
                ];
                let values: Vec<Vec<(String, Value)>> = hits
                    .iter()
                    // the span's name has a column of its own
                    .map(|(_, s, h)| h.attributes.iter().filter(|(name, _)| name != "name").chain(&s.notes).cloned().collect())
                    .collect();
                columns.extend(value_columns(&values, &SEARCH));
                columns
            }
            Found::Series(series, ..) => {
                let samples: Vec<(&Series, i64, f64)> = series.iter().flat_map(|s| s.samples.iter().map(move |(t, v)| (s, *t, *v))).collect();
                let mut columns = value_columns(&samples.iter().map(|(s, ..)| s.labels.clone()).collect::<Vec<_>>(), &["time", "value"]);
                columns.push(Column { name: "time".into(), cells: Cells::Time(samples.iter().map(|(_, t, _)| Some(*t)).collect()) });
                columns.push(Column { name: "value".into(), cells: Cells::Float(samples.iter().map(|(.., v)| Some(*v)).collect()) });
                columns
            }
        };
        Rows { columns, captions: self.captions() }
    }

    /// What the answer rests on.
    pub fn captions(&self) -> Vec<String> {
        vec![self.caption()]
    }

    fn caption(&self) -> String {
        let (spans, traces) = self.matched;
        format!("{spans} matching spans of {traces} traces, out of {} spans of {} traces", self.spans, self.traces)
    }

    /// As Tempo's API gives it (Grafana Tempo, "HTTP API": search, TraceQL metrics).
    pub fn api_json(&self) -> String {
        match &self.found {
            Found::Traces(traces) => json!({"traces": traces.iter().map(|t| self.trace_json(t)).collect::<Vec<_>>()}),
            Found::Series(series, steps, function) => {
                json!({"series": series.iter().map(|s| series_json(s, *steps, function)).collect::<Vec<_>>()})
            }
        }
        .to_string()
    }

    fn trace_json(&self, trace: &HitTrace) -> Json {
        let sets: Vec<Json> = trace.sets.iter().map(|s| self.set_json(s)).collect();
        let services: Map<String, Json> = trace
            .services
            .iter()
            .map(|(name, spans, failed)| {
                (name.clone(), if *failed > 0 { json!({"spanCount": spans, "errorCount": failed}) } else { json!({"spanCount": spans}) })
            })
            .collect();
        let mut made = json!({
            "traceID": trace.id.trim_start_matches('0'),
            "rootServiceName": trace.root_service,
            "startTimeUnixNano": trace.start.to_string(),
        });
        if !trace.root_name.is_empty() {
            made["rootTraceName"] = json!(trace.root_name);
        }
        if trace.duration >= 1_000_000 {
            made["durationMs"] = json!(trace.duration / 1_000_000);
        }
        made["spanSet"] = sets.first().cloned().unwrap_or(Json::Null);
        made["spanSets"] = sets.into();
        made["serviceStats"] = services.into();
        made
    }

    fn set_json(&self, set: &HitSet) -> Json {
        let listed = |values: &[(String, Value)]| -> Vec<Json> {
            values
                .iter()
                .filter(|(name, v)| *v != Value::Nil && name != "name")
                .map(|(name, v)| json!({"key": bare(name), "value": v.json()}))
                .collect()
        };
        let span = |hit: &Hit| {
            let mut made = json!({"spanID": hit.id, "startTimeUnixNano": hit.start.to_string()});
            if self.named {
                made["name"] = json!(hit.name);
            }
            if hit.duration != 0 {
                made["durationNanos"] = json!(hit.duration.to_string());
            }
            let attributes = listed(&hit.attributes);
            if !attributes.is_empty() {
                made["attributes"] = attributes.into();
            }
            made
        };
        let mut made = json!({"spans": set.hits.iter().map(span).collect::<Vec<_>>(), "matched": set.matched});
        let notes: Vec<Json> = set.notes.iter().map(|(name, v)| json!({"key": name, "value": v.json()})).collect();
        if !notes.is_empty() {
            made["attributes"] = notes.into();
        }
        made
    }
}

/// An attribute's name without its scope.
fn bare(name: &str) -> &str {
    ["span.", "resource.", "event.", "link.", "instrumentation.", "."].iter().find_map(|scope| name.strip_prefix(scope)).unwrap_or(name)
}

/// A series without labels is called by its function, as Tempo does.
fn series_json(series: &Series, steps: bool, function: &str) -> Json {
    let mut labels: Vec<Json> = series.labels.iter().map(|(name, value)| json!({"key": name, "value": value.json()})).collect();
    if labels.is_empty() {
        labels.push(json!({"key": "__name__", "value": {"stringValue": function}}));
    }
    if !steps {
        return json!({"labels": labels, "value": series.samples.first().map(|(_, v)| *v)});
    }
    let samples: Vec<Json> = series.samples.iter().map(|(t, v)| json!({"timestampMs": (t / 1_000_000).to_string(), "value": v})).collect();
    json!({"labels": labels, "samples": samples})
}
