//! An answer to a LogQL question, as rows, as lines and as Loki's JSON. Border: what is in it is decided elsewhere.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use serde_json::json;

use super::fields::{Category, Fields};
use super::pipeline::Entry;
use super::scan::Counts;
use crate::answer::{Cells, Column, Rows};
use crate::labels::Labels;
use crate::number;
use crate::vector::shown;

/// A record that answers, with its stream.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) entry: Entry,
    pub(super) stream: Fields,
}

/// A series of numbers.
#[derive(Debug, Clone)]
pub struct Series {
    /// Labels.
    pub labels: Labels,
    /// Times in nanoseconds, and values.
    pub samples: Vec<(i64, f64)>,
}

/// What was asked for.
#[derive(Debug)]
pub(super) enum Found {
    /// Records, in the order asked for.
    Records(Vec<Record>),
    /// One value a series.
    Vector(Vec<Series>),
    /// Values in steps.
    Matrix(Vec<Series>),
    /// A number, with its time.
    Scalar(i64, f64),
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub(super) found: Found,
    pub(super) counts: Counts,
}

/// The name of a column for a label; the answer's own columns keep theirs.
pub(crate) fn column_name(label: &str, own: &[&str]) -> String {
    if own.contains(&label) { format!("label_{label}") } else { label.to_string() }
}

/// A column for each label that occurs, sorted by name, with `""` as null.
pub(crate) fn label_columns(labels: &[&Labels], own: &[&str]) -> Vec<Column> {
    let names: BTreeSet<&str> = labels.iter().flat_map(|l| l.iter().map(|(name, _)| name)).collect();
    let column = |name: &&str| {
        let cells = labels.iter().map(|l| Some(l.get(name)).filter(|v| !v.is_empty()).map(str::to_string)).collect();
        Column { name: column_name(name, own), cells: Cells::Text(cells) }
    };
    names.iter().map(column).collect()
}

impl Answer {
    /// A row a record (`time`, `line`, then a column for each label) or a row a sample (labels, `time`, `value`).
    pub fn rows(&self) -> Rows {
        let captions = self.captions();
        let columns = match &self.found {
            Found::Records(records) => {
                let labels: Vec<Labels> = records.iter().map(|r| r.entry.fields.labels()).collect();
                let mut columns = vec![
                    Column { name: "time".into(), cells: Cells::Time(records.iter().map(|r| Some(r.entry.time)).collect()) },
                    Column { name: "line".into(), cells: Cells::Text(records.iter().map(|r| Some(r.entry.line.clone())).collect()) },
                ];
                columns.extend(label_columns(&labels.iter().collect::<Vec<_>>(), &["time", "line"]));
                columns
            }
            Found::Vector(series) | Found::Matrix(series) => {
                let samples: Vec<(&Labels, i64, f64)> = series.iter().flat_map(|s| s.samples.iter().map(|(t, v)| (&s.labels, *t, *v))).collect();
                let mut columns = label_columns(&samples.iter().map(|(l, ..)| *l).collect::<Vec<_>>(), &["time", "value"]);
                columns.push(Column { name: "time".into(), cells: Cells::Time(samples.iter().map(|(_, t, _)| Some(*t)).collect()) });
                columns.push(Column { name: "value".into(), cells: Cells::Float(samples.iter().map(|(.., v)| Some(*v)).collect()) });
                columns
            }
            Found::Scalar(time, value) => vec![
                Column { name: "time".into(), cells: Cells::Time(vec![Some(*time)]) },
                Column { name: "value".into(), cells: Cells::Float(vec![Some(*value)]) },
            ],
        };
        Rows { columns, captions }
    }

    /// The same for people: records with all their labels in one column, `{name="value", …}`.
    pub fn listing(&self) -> Rows {
        let Found::Records(records) = &self.found else { return self.rows() };
        let mut columns = vec![Column { name: "time".into(), cells: Cells::Time(records.iter().map(|r| Some(r.entry.time)).collect()) }];
        if records.iter().any(|r| !r.entry.line.is_empty()) {
            columns.push(Column { name: "line".into(), cells: Cells::Text(records.iter().map(|r| Some(r.entry.line.clone())).collect()) });
        }
        let labels = records.iter().map(|r| Some(shown(&r.entry.fields.labels()))).collect();
        columns.push(Column { name: "labels".into(), cells: Cells::Text(labels) });
        Rows { columns, captions: self.captions() }
    }

    /// What the answer rests on.
    pub fn captions(&self) -> Vec<String> {
        vec![self.caption()]
    }

    fn caption(&self) -> String {
        let Counts { read, kept } = self.counts;
        match &self.found {
            Found::Records(records) if (records.len() as u64) < kept => {
                format!("{} of {kept} matching records, of {read} in the time range", records.len())
            }
            _ => format!("{kept} matching records of {read} in the time range"),
        }
    }

    /// The lines, in the order asked for; `None` where the answer has numbers instead.
    pub fn lines(&self) -> Option<impl Iterator<Item = &str>> {
        match &self.found {
            Found::Records(records) => Some(records.iter().map(|r| r.entry.line.as_str())),
            _ => None,
        }
    }

    /// As Loki's API gives it (Grafana Loki 3, "HTTP API"). With `categorized` the stream's labels, structured metadata and
    /// parsed labels are told apart, as Loki does on the header `X-Loki-Response-Encoding-Flags: categorize-labels`.
    pub fn api_json(&self, categorized: bool) -> String {
        let series_json = |s: &Series, many: bool| {
            let metric: serde_json::Map<_, _> = s.labels.iter().map(|(n, v)| (n.to_string(), json!(v))).collect();
            let pair = |(time, value): &(i64, f64)| json!([instant(*time), number::text(*value)]);
            if many {
                json!({"metric": metric, "values": s.samples.iter().map(pair).collect::<Vec<_>>()})
            } else {
                json!({"metric": metric, "value": s.samples.first().map(pair)})
            }
        };
        let (kind, result) = match &self.found {
            Found::Records(records) => ("streams", streams(records, categorized)),
            Found::Vector(series) => ("vector", series.iter().map(|s| series_json(s, false)).collect()),
            Found::Matrix(series) => ("matrix", series.iter().map(|s| series_json(s, true)).collect()),
            Found::Scalar(time, value) => ("scalar", json!([instant(*time), number::text(*value)])),
        };
        let mut data = json!({"resultType": kind, "result": result});
        if categorized && kind == "streams" {
            data["encodingFlags"] = json!(["categorize-labels"]);
        }
        json!({"status": "success", "data": data}).to_string()
    }
}

/// A time as the API has it: seconds.
pub(crate) fn instant(ns: i64) -> serde_json::Value {
    serde_json::from_str(&number::seconds(ns)).unwrap_or(serde_json::Value::Null)
}

fn object(labels: impl Iterator<Item = (String, String)>) -> serde_json::Value {
    serde_json::Value::Object(labels.map(|(n, v)| (n, json!(v))).collect())
}

fn streams(records: &[Record], categorized: bool) -> serde_json::Value {
    let mut streams: Vec<(serde_json::Value, Vec<serde_json::Value>)> = Vec::new();
    let mut places: FxHashMap<String, usize> = FxHashMap::default();
    for Record { entry, stream } in records {
        let of = |category: Category| object(entry.fields.iter().filter(|(.., c)| *c == category).map(|(n, v, _)| (n.to_string(), v.to_string())));
        let labels = if categorized {
            // the stream is the record's own; a stage may have taken labels of it away
            object(stream.iter().filter(|(n, ..)| entry.fields.category(n) == Some(Category::Stream)).map(|(n, v, _)| (n.to_string(), v.to_string())))
        } else {
            object(entry.fields.iter().map(|(n, v, _)| (n.to_string(), v.to_string())))
        };
        let mut value = vec![json!(entry.time.to_string()), json!(entry.line)];
        if categorized {
            let mut more = serde_json::Map::new();
            for (name, category) in [("structuredMetadata", Category::Metadata), ("parsed", Category::Parsed)] {
                let labels = of(category);
                if labels.as_object().is_some_and(|l| !l.is_empty()) {
                    more.insert(name.to_string(), labels);
                }
            }
            value.push(serde_json::Value::Object(more));
        }
        let place = *places.entry(labels.to_string()).or_insert_with(|| {
            streams.push((labels, Vec::new()));
            streams.len() - 1
        });
        streams[place].1.push(serde_json::Value::Array(value));
    }
    streams.into_iter().map(|(stream, values)| json!({"stream": stream, "values": values})).collect()
}
