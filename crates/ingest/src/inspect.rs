//! A look at archives without writing: what an ingest would find in them. Border: the steps are those of an ingest, up to the decoded rows;
//! these are counted and forgotten, and nothing is compared with a lake.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::{RecordBatch, StringArray};
use arrow_schema::ArrowError;
use tracemill_model::LakeError;
use tracemill_model::lake::{SetAside, Source};

use crate::columns::{Columns, RowKey};
use crate::detect::Framing;
use crate::discover::Input;
use crate::keep::{Keep, Nowhere};
use crate::names::Names;
use crate::pipeline::{self, Report, Sink};
use crate::progress::Progress;
use crate::requests::Forms;
use crate::rows::Rows;
use crate::told::Told;
use crate::{Options, feeds};

/// What is in a source.
#[derive(Debug, Clone, Default)]
pub struct Inspected {
    /// Path, or `-`.
    pub path: String,
    /// Size in bytes, as it lies on disk.
    pub bytes: u64,
    /// Compressions, outermost first: `gzip`, `zstd`, `gzip+zstd`; empty where there is none.
    pub compression: String,
    /// How requests follow each other, in words.
    pub framing: String,
    /// Forms of its requests, what they lose, and what must be known of them.
    pub told: Told,
    /// Requests.
    pub requests: u64,
    /// Spans.
    pub spans: u64,
    /// Log records.
    pub log_records: u64,
    /// Events of spans.
    pub span_events: u64,
    /// Data points of metrics.
    pub data_points: u64,
    /// Samples of profiles.
    pub samples: u64,
    /// Records without a plausible time.
    pub timeless: u64,
    /// The least time of a record, nanoseconds since the epoch; `None` where no record has one.
    pub first_ns: Option<i64>,
    /// The greatest time of a record, or end of a span.
    pub last_ns: Option<i64>,
    /// `service.name` and `service.version` of the resources, sorted.
    pub services: Names,
    /// Names of the scopes, sorted.
    pub scopes: Names,
    /// Requests, stretches of bytes and records that an ingest would set aside.
    pub set_aside: u64,
    /// The first of these.
    pub examples: Vec<SetAside>,
}

impl Inspected {
    /// The signals there are records of: `traces`, `logs`, `metrics`, `profiles`.
    pub fn signals(&self) -> impl Iterator<Item = &'static str> {
        let all = [("traces", self.spans), ("logs", self.log_records), ("metrics", self.data_points), ("profiles", self.samples)];
        all.into_iter().filter(|(_, records)| *records > 0).map(|(signal, _)| signal)
    }
}

/// Looks at the inputs, several at a time. Bad input is no error but counted; errors are those of the machine.
pub fn inspect(inputs: &[Input], options: &Options, progress: &dyn Progress) -> Result<Vec<Inspected>, LakeError> {
    progress.begin(inputs.iter().map(|i| i.bytes).sum());
    let (reports, counters) = pipeline::run(&feeds(inputs), 0, options, progress, Counter::default)?;
    progress.finish();
    let mut counted: BTreeMap<u32, Counts> = BTreeMap::new();
    for (source, counts) in counters.into_iter().flat_map(|c| c.sources) {
        counted.entry(source).or_default().merge(counts);
    }
    Ok(reports.into_iter().zip(0..).map(|(report, n)| counted.remove(&n).unwrap_or_default().told(report)).collect())
}

/// A worker's counts.
#[derive(Debug, Default)]
struct Counter {
    sources: BTreeMap<u32, Counts>,
    keep: Nowhere,
}

/// What a worker saw of a source.
#[derive(Debug, Default)]
struct Counts {
    spans: u64,
    log_records: u64,
    span_events: u64,
    data_points: u64,
    samples: u64,
    times: Option<(i64, i64)>,
    services: Names,
    scopes: Names,
    forms: Forms,
}

impl Sink for Counter {
    fn keep(&mut self) -> &mut dyn Keep {
        &mut self.keep
    }

    fn take(&mut self, source: u32, forms: Forms, rows: &mut Rows) -> Result<(), LakeError> {
        let counts = self.sources.entry(source).or_default();
        counts.forms = counts.forms + forms;
        let failed = |e: ArrowError| LakeError::Parquet { path: "memory".into(), source: e.into() };
        let (spans, keys) = rows.spans.finish().map_err(failed)?;
        counts.spans += keys.len() as u64;
        counts.times(keys.iter().flat_map(|k| [k.time, k.rank]));
        counts.names(&spans);
        let (events, keys) = rows.events.finish().map_err(failed)?;
        let logs = events.column_by_name("origin").and_then(|c| c.as_string_opt::<i32>());
        let logs = logs.map_or(0, |origin| origin.iter().filter(|o| *o == Some("log")).count() as u64);
        counts.log_records += logs;
        counts.span_events += keys.len() as u64 - logs;
        counts.times(keys.iter().map(|k| k.time));
        counts.names(&events);
        let (metrics, keys) = rows.metrics.finish().map_err(failed)?;
        counts.data_points += keys.len() as u64;
        counts.times(keys.iter().map(|k: &RowKey| k.time));
        counts.names(&metrics);
        let (profiles, keys) = rows.profiles.finish().map_err(failed)?;
        counts.samples += keys.len() as u64;
        counts.times(keys.iter().map(|k| k.time));
        counts.names(&profiles);
        Ok(())
    }

    fn finish(&mut self, _: &mut Rows) -> Result<(), LakeError> {
        Ok(())
    }
}

impl Counts {
    fn times(&mut self, times: impl Iterator<Item = i64>) {
        // the lowest number stands for an unknown time
        for time in times.filter(|t| *t != i64::MIN) {
            let (first, last) = self.times.get_or_insert((time, time));
            (*first, *last) = ((*first).min(time), (*last).max(time));
        }
    }

    fn names(&mut self, batch: &RecordBatch) {
        let text = |name| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
        let (Some(services), Some(versions), Some(scopes)) = (text("service_name"), text("service_version"), text("scope_name")) else { return };
        // a null has the empty text for a value
        let same = |column: &StringArray, row: usize, known: usize| row > 0 && column.value(row) == column.value(known);
        let mut last = (0, 0);
        for row in 0..batch.num_rows() {
            // neighbours mostly have one origin
            if !(same(services, row, last.0) && same(versions, row, last.0)) {
                self.services.add(format!("{} {}", services.value(row), versions.value(row)).trim());
                last.0 = row;
            }
            if !same(scopes, row, last.1) {
                self.scopes.add(scopes.value(row));
                last.1 = row;
            }
        }
    }

    fn merge(&mut self, other: Counts) {
        self.spans += other.spans;
        self.log_records += other.log_records;
        self.span_events += other.span_events;
        self.data_points += other.data_points;
        self.samples += other.samples;
        self.times(other.times.into_iter().flat_map(|(first, last)| [first, last]));
        self.services.merge(other.services);
        self.scopes.merge(other.scopes);
        self.forms = self.forms + other.forms;
    }

    fn told(self, report: Report) -> Inspected {
        let framing = framing(&report, self.forms);
        let Source { path, bytes, requests, timeless, set_aside, examples, .. } = report.source;
        Inspected {
            path,
            bytes,
            compression: report.compression,
            framing,
            told: report.told,
            requests,
            spans: self.spans,
            log_records: self.log_records,
            span_events: self.span_events,
            data_points: self.data_points,
            samples: self.samples,
            timeless,
            first_ns: self.times.map(|t| t.0),
            last_ns: self.times.map(|t| t.1),
            services: self.services,
            scopes: self.scopes,
            set_aside,
            examples,
        }
    }
}

/// How requests follow each other, in words.
fn framing(report: &Report, forms: Forms) -> String {
    let requests = report.source.requests;
    let one = requests + report.source.set_aside == 1;
    let words = match report.framing {
        None => "unreadable",
        Some(Framing::Empty) => "empty",
        Some(Framing::Unknown) => "unknown",
        Some(Framing::Text(form)) => form.name,
        Some(Framing::Parquet) => "Parquet",
        Some(Framing::Companion) => "companion of a block",
        Some(Framing::Body) => "one protobuf message",
        Some(Framing::Json) if report.array => "JSON array",
        Some(Framing::Json) if forms.over_lines == 0 && one => "one JSON document",
        Some(Framing::Json) if forms.over_lines == 0 => "JSON lines",
        Some(Framing::Json) if forms.over_lines >= requests => "pretty-printed JSON",
        Some(Framing::Json) => "JSON lines and pretty-printed JSON",
        Some(Framing::Frames) => {
            let content = match forms.frames_of_json {
                0 => "protobuf",
                n if n >= requests => "JSON",
                _ => "protobuf and JSON",
            };
            let zstd = if forms.frames_of_zstd > 0 { ", zstd frame by frame" } else { "" };
            return format!("length-prefixed {content}{zstd}");
        }
    };
    words.to_owned()
}

#[cfg(test)]
mod hostile;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Silent, discover};

    #[test]
    fn sources_are_told_apart_and_counted_once() {
        let folder = tempfile::tempdir().unwrap();
        let line = |name: &str, time: u64| {
            let resource = format!(r#"{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{name}"}}}}]}}"#);
            let log = format!(r#"{{"timeUnixNano":"{time}","eventName":"e"}}"#);
            format!(r#"{{"resourceLogs":[{{"resource":{resource},"scopeLogs":[{{"scope":{{"name":"s"}},"logRecords":[{log},{log}]}}]}}]}}"#)
        };
        let time = 1_795_369_212_000_000_000;
        let texts = [
            (line("a", time) + "\n" + &line("b", time + 5) + "\n{\"torn", "JSON lines"),
            (line("a", time), "one JSON document"),
            (format!("[{},{}]", line("a", time), line("a", time)), "JSON array"),
            (line("a", time).replace("{\"res", "{\n\"res"), "pretty-printed JSON"),
            (String::new(), "empty"),
            ("hello".to_owned(), "unknown"),
        ];
        for (n, (text, _)) in texts.iter().enumerate() {
            std::fs::write(folder.path().join(n.to_string()), text).unwrap();
        }
        let inputs = discover(&[folder.path().display().to_string()]).unwrap();
        let seen = inspect(&inputs, &Options::default(), &Silent).unwrap();
        assert_eq!(seen.iter().map(|s| s.framing.as_str()).collect::<Vec<_>>(), texts.map(|(_, f)| f));
        let first = &seen[0];
        assert_eq!((first.requests, first.log_records, first.spans, first.set_aside), (2, 4, 0, 1));
        assert_eq!((first.first_ns, first.last_ns), (Some(time as i64), Some(time as i64 + 5)));
        assert_eq!((first.services.all().0.collect::<Vec<_>>(), first.scopes.all().0.collect::<Vec<_>>()), (vec!["a", "b"], vec!["s"]));
        assert_eq!(first.signals().collect::<Vec<_>>(), ["logs"]);
        assert_eq!(seen.iter().map(|s| s.set_aside).collect::<Vec<_>>(), [1, 0, 0, 0, 1, 1]);
    }
}
