//! A decoded record, whatever it was decoded from: borrowed scalars and canonical texts, on the way from a decoder to the
//! columns. Border: the words of `trace.proto`, `logs.proto` and `metrics.proto`; no bytes of a format, no Arrow.
//!
//! Zero and the empty string stand for "absent" throughout, as proto3 has it; what is a oneof or `optional` there is an `Option`.

mod profiles;

use std::borrow::Cow;
use std::ops::Range;

use crate::canonical::{KeyValues, Mark};
pub use profiles::{Profile, Sample, ValueType};

/// A resource as its records carry it.
#[derive(Debug, Clone, Default)]
pub struct Resource {
    /// Attributes in canonical text.
    pub text: String,
    /// `service.name`.
    pub service_name: String,
    /// `service.version`.
    pub service_version: String,
}

/// An instrumentation scope.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
    /// Attributes in canonical text; empty where there are none.
    pub attributes: String,
}

/// A span.
#[derive(Debug, Clone, Default)]
pub struct Span<'a> {
    /// Trace id; `None` when absent or zero.
    pub trace_id: Option<[u8; 16]>,
    /// Span id; `None` when absent or zero.
    pub span_id: Option<[u8; 8]>,
    /// Parent's span id.
    pub parent_span_id: Option<[u8; 8]>,
    /// Name.
    pub name: Cow<'a, str>,
    /// Kind, as a lowercase word.
    pub kind: Cow<'a, str>,
    /// Start, nanoseconds since the epoch.
    pub start_ns: u64,
    /// End, nanoseconds since the epoch.
    pub end_ns: u64,
    /// W3C tracestate.
    pub trace_state: Cow<'a, str>,
    /// Flags.
    pub flags: u32,
    /// Status code, as a lowercase word.
    pub status: Cow<'a, str>,
    /// Status message.
    pub status_message: Cow<'a, str>,
    /// Attributes dropped by the sender.
    pub dropped_attributes: u32,
    /// Events dropped by the sender.
    pub dropped_events: u32,
    /// Links dropped by the sender.
    pub dropped_links: u32,
}

/// A span event; its texts lie in [`Texts::arena`].
#[derive(Debug, Clone, Default)]
pub struct SpanEvent<'a> {
    /// Time, nanoseconds since the epoch.
    pub time_ns: u64,
    /// Name.
    pub name: Cow<'a, str>,
    /// Attributes in canonical text.
    pub attributes: Range<usize>,
    /// Attribute `event.name` in canonical text; empty where there is none.
    pub event_name: Range<usize>,
    /// Attribute `event.timestamp` in canonical text; empty where there is none.
    pub event_timestamp: Range<usize>,
    /// Attributes dropped by the sender.
    pub dropped_attributes: u32,
}

/// A log record.
#[derive(Debug, Clone, Default)]
pub struct LogRecord<'a> {
    /// Own time, nanoseconds since the epoch.
    pub time_ns: u64,
    /// Observed time, nanoseconds since the epoch.
    pub observed_ns: u64,
    /// Severity text.
    pub severity: Cow<'a, str>,
    /// Severity number.
    pub severity_number: i64,
    /// Field `event_name` (older: `name`).
    pub event_name: Cow<'a, str>,
    /// Trace id.
    pub trace_id: Option<[u8; 16]>,
    /// Span id.
    pub span_id: Option<[u8; 8]>,
    /// Flags.
    pub flags: u32,
    /// Attributes dropped by the sender.
    pub dropped_attributes: u32,
}

/// The canonical texts of the record at hand; cleared before each.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    /// Attributes of the record.
    pub attributes: String,
    /// Attribute `event.name`, canonical; empty where there is none.
    pub event_name: String,
    /// Attribute `event.timestamp`, canonical; empty where there is none.
    pub event_timestamp: String,
    /// Body of a log record; empty where there is none.
    pub body: String,
    /// Links of a span as a JSON array; empty where there are none.
    pub links: String,
    /// Exemplars of a data point as a JSON array; empty where there are none.
    pub exemplars: String,
    /// Quantiles of a summary as a JSON array; empty where there are none.
    pub quantiles: String,
    /// Texts of the span's events.
    pub arena: String,
}

impl Texts {
    /// Bytes of memory that they have.
    pub fn capacity(&self) -> usize {
        let all = [&self.attributes, &self.event_name, &self.event_timestamp, &self.body, &self.links, &self.exemplars, &self.quantiles, &self.arena];
        all.into_iter().map(String::capacity).sum()
    }

    /// Forgets the last record.
    pub fn clear(&mut self) {
        for text in [
            &mut self.attributes,
            &mut self.event_name,
            &mut self.event_timestamp,
            &mut self.body,
            &mut self.links,
            &mut self.exemplars,
            &mut self.quantiles,
            &mut self.arena,
        ] {
            text.clear();
        }
    }
}

impl Texts {
    /// Ends a log record's attribute list: keeps its text, and the two attributes that the record's row needs.
    pub fn take_attributes(&mut self, kv: &mut KeyValues, mark: Mark) {
        for (key, out) in [("event.name", &mut self.event_name), ("event.timestamp", &mut self.event_timestamp)] {
            out.clear();
            out.push_str(kv.get(mark, key).unwrap_or_default());
        }
        self.attributes.clear();
        kv.finish(mark, &mut self.attributes);
    }
}

impl SpanEvent<'_> {
    /// Ends the event's attribute list: keeps its text, and the two attributes that the event's row needs.
    pub fn take_attributes(&mut self, kv: &mut KeyValues, mark: Mark, texts: &mut Texts) {
        let arena = &mut texts.arena;
        for (key, range) in [("event.name", &mut self.event_name), ("event.timestamp", &mut self.event_timestamp)] {
            let from = arena.len();
            arena.push_str(kv.get(mark, key).unwrap_or_default());
            *range = from..arena.len();
        }
        let from = arena.len();
        kv.finish(mark, arena);
        self.attributes = from..arena.len();
    }
}

/// What the points of a metric share.
#[derive(Debug, Clone, Default)]
pub struct Metric<'a> {
    /// Name.
    pub name: Cow<'a, str>,
    /// Description.
    pub description: Cow<'a, str>,
    /// Unit.
    pub unit: Cow<'a, str>,
    /// gauge, sum, histogram, exponential_histogram or summary.
    pub kind: &'static str,
    /// Temporality as a lowercase word; empty where the kind has none.
    pub temporality: Cow<'a, str>,
    /// Monotonic; sums only.
    pub monotonic: Option<bool>,
    /// Metadata in canonical text; empty where there is none.
    pub metadata: String,
    /// Prometheus: the series' name; empty elsewhere.
    pub series: Cow<'a, str>,
}

/// The value of a number point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// `as_int`.
    Int(i64),
    /// `as_double`.
    Double(f64),
}

/// One side of an exponential histogram.
#[derive(Debug, Default)]
pub struct Buckets {
    /// Index of the first bucket.
    pub offset: i64,
    /// Counts.
    pub counts: Vec<u64>,
}

/// A data point of any kind; cleared and reused.
#[derive(Debug, Default)]
pub struct Point {
    /// Start of the interval, nanoseconds since the epoch.
    pub start_ns: u64,
    /// Time, nanoseconds since the epoch.
    pub time_ns: u64,
    /// Value of a gauge or sum.
    pub value: Option<Number>,
    /// Number of values (histograms, summaries).
    pub count: u64,
    /// Whether a sample of Prometheus tells the number of values; points of OTLP always do.
    pub counted: bool,
    /// Their sum.
    pub sum: Option<f64>,
    /// Smallest value.
    pub min: Option<f64>,
    /// Largest value.
    pub max: Option<f64>,
    /// Explicit bounds.
    pub bounds: Vec<f64>,
    /// Bucket counts.
    pub bucket_counts: Vec<u64>,
    /// Scale of an exponential histogram.
    pub scale: i64,
    /// Values in its zero bucket.
    pub zero_count: u64,
    /// Width of its zero bucket.
    pub zero_threshold: f64,
    /// Its positive buckets.
    pub positive: Buckets,
    /// Its negative buckets.
    pub negative: Buckets,
    /// Flags.
    pub flags: u32,
}

impl Point {
    /// Bytes of memory that its lists have.
    pub fn capacity(&self) -> usize {
        let counts = [&self.bucket_counts, &self.positive.counts, &self.negative.counts];
        (self.bounds.capacity() + counts.into_iter().map(Vec::capacity).sum::<usize>()) * size_of::<u64>()
    }

    /// Makes it empty, keeping its memory.
    pub fn clear(&mut self) {
        let mut lists = (
            std::mem::take(&mut self.bounds),
            std::mem::take(&mut self.bucket_counts),
            std::mem::take(&mut self.positive.counts),
            std::mem::take(&mut self.negative.counts),
        );
        lists.0.clear();
        lists.1.clear();
        lists.2.clear();
        lists.3.clear();
        *self = Point {
            bounds: lists.0,
            bucket_counts: lists.1,
            positive: Buckets { offset: 0, counts: lists.2 },
            negative: Buckets { offset: 0, counts: lists.3 },
            ..Point::default()
        };
    }
}

/// The word for a span kind (`trace.proto`, `SpanKind`); an unknown number stays a number.
pub fn span_kind(number: i64) -> Cow<'static, str> {
    word(number, &["unspecified", "internal", "server", "client", "producer", "consumer"])
}

/// The word for a status code (`trace.proto`, `Status.StatusCode`).
pub fn status_code(number: i64) -> Cow<'static, str> {
    word(number, &["unset", "ok", "error"])
}

/// The word for a temporality (`metrics.proto`, `AggregationTemporality`).
pub fn temporality(number: i64) -> Cow<'static, str> {
    word(number, &["unspecified", "delta", "cumulative"])
}

fn word(number: i64, words: &[&'static str]) -> Cow<'static, str> {
    match usize::try_from(number).ok().and_then(|n| words.get(n)) {
        Some(word) => Cow::Borrowed(word),
        None => Cow::Owned(number.to_string()),
    }
}
