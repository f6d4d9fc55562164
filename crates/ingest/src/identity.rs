//! The identity of records: a hash over the decoded content (never over the bytes of an encoding), and an ordinal among equal
//! records of one request. Border: which fields count and how; which of two equal records stays is `unique`'s business.
//!
//! Two deliveries of a record have the same hash whether they came as JSON or protobuf, in whatever order of keys: absent,
//! null and default values are one, attributes are sorted. Schema URLs do not count: poorer systems lose them.

mod profiles;

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

pub use profiles::sample;
use xxhash_rust::xxh3::xxh3_128;

use crate::record::{LogRecord, Metric, Number, Point, Resource, Scope, Span, SpanEvent, Texts};
use crate::system::System;

/// Collects the fields of a record as bytes that no other fields could give (lengths before texts), then hashes them.
#[derive(Debug, Default)]
pub struct Digest {
    bytes: Vec<u8>,
}

impl Digest {
    /// Begins a record; `kind` keeps a span's hash apart from a log record's with the same fields.
    pub fn begin(&mut self, kind: u8) {
        self.bytes.clear();
        self.bytes.push(kind);
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        self.int(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A text that may be long: its hash stands for it, which saves a copy.
    pub fn long_text(&mut self, text: &str) {
        self.hash(xxh3_128(text.as_bytes()));
    }

    /// A number.
    pub fn int(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A hash taken before.
    pub fn hash(&mut self, value: u128) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// An id; absent differs from all ids.
    pub fn id<const N: usize>(&mut self, id: Option<[u8; N]>) {
        self.bytes.push(u8::from(id.is_some()));
        self.bytes.extend_from_slice(&id.unwrap_or([0; N]));
    }

    /// A double that may be absent; all NaNs are one.
    pub fn double(&mut self, value: Option<f64>) {
        self.bytes.push(u8::from(value.is_some()));
        let value = value.unwrap_or_default();
        self.int(if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() });
    }

    fn counts(&mut self, counts: &[u64]) {
        self.int(counts.len() as u64);
        counts.iter().for_each(|c| self.int(*c));
    }

    /// The hash.
    pub fn finish(&self) -> u128 {
        xxh3_128(&self.bytes)
    }
}

/// Hash of a resource.
pub fn resource(digest: &mut Digest, resource: &Resource) -> u128 {
    digest.begin(b'r');
    digest.long_text(&resource.text);
    digest.finish()
}

/// Hash of a scope.
pub fn scope(digest: &mut Digest, scope: &Scope) -> u128 {
    digest.begin(b'c');
    digest.text(&scope.name);
    digest.text(&scope.version);
    digest.text(&scope.attributes);
    digest.finish()
}

/// Hash of a span with its events.
pub fn span(digest: &mut Digest, origin: u128, span: &Span, events: &[SpanEvent], texts: &Texts) -> u128 {
    digest.begin(b's');
    digest.hash(origin);
    digest.id(span.trace_id);
    digest.id(span.span_id);
    digest.id(span.parent_span_id);
    digest.text(&span.name);
    digest.text(&span.kind);
    digest.int(span.start_ns);
    digest.int(span.end_ns);
    digest.text(&span.trace_state);
    digest.int(span.flags.into());
    digest.text(&span.status);
    digest.text(&span.status_message);
    digest.int(span.dropped_attributes.into());
    digest.int(span.dropped_events.into());
    digest.int(span.dropped_links.into());
    digest.long_text(&texts.attributes);
    digest.long_text(&texts.links);
    for event in events {
        digest.int(event.time_ns);
        digest.text(&event.name);
        digest.long_text(&texts.arena[event.attributes.clone()]);
        digest.int(event.dropped_attributes.into());
    }
    digest.finish()
}

/// The identity of a span that is known by its ids: it begins with the richness of its system (4 bits) and the size of its content (28
/// bits), so that of two versions that end at the same time the richer has the greater identity.
pub fn span_version(system: System, span: &Span, texts: &Texts, hash: u128) -> u128 {
    let size = texts.attributes.len() + texts.links.len() + texts.arena.len() + span.status_message.len() + usize::from(span.flags != 0);
    let size = (size as u128).min((1 << 28) - 1);
    u128::from(system.richness()) << 124 | size << 96 | hash & ((1 << 96) - 1)
}

/// Hash of the n-th event of a span.
pub fn span_event(digest: &mut Digest, span: u128, n: usize) -> u128 {
    digest.begin(b'e');
    digest.hash(span);
    digest.int(n as u64);
    digest.finish()
}

/// What makes two spans the same: their ids.
pub fn span_key(digest: &mut Digest, trace_id: &[u8; 16], span_id: &[u8; 8]) -> u128 {
    digest.begin(b'k');
    digest.id(Some(*trace_id));
    digest.id(Some(*span_id));
    digest.finish()
}

/// Hash of a log record; the observed time counts only where the record has no time of its own. What a poorer system tells is a record of its
/// own even where nothing was lost: which of the two stands is decided where twins are searched for, whichever came first.
pub fn log_record(digest: &mut Digest, system: System, origin: u128, record: &LogRecord, texts: &Texts) -> u128 {
    digest.begin(b'l');
    if system != System::Otlp {
        digest.text(system.name());
    }
    digest.hash(origin);
    digest.int(record.time_ns);
    digest.int(if record.time_ns == 0 { record.observed_ns } else { 0 });
    digest.text(&record.severity);
    digest.int(record.severity_number as u64);
    digest.text(&record.event_name);
    digest.id(record.trace_id);
    digest.id(record.span_id);
    digest.int(record.flags.into());
    digest.int(record.dropped_attributes.into());
    digest.long_text(&texts.body);
    digest.long_text(&texts.attributes);
    digest.finish()
}

/// Hash of a data point.
pub fn point(digest: &mut Digest, origin: u128, metric: &Metric, point: &Point, texts: &Texts) -> u128 {
    digest.begin(b'm');
    digest.hash(origin);
    digest.text(&metric.name);
    digest.text(&metric.description);
    digest.text(&metric.unit);
    digest.text(metric.kind);
    digest.text(&metric.temporality);
    digest.int(metric.monotonic.map_or(2, u64::from));
    digest.text(&metric.metadata);
    digest.int(point.start_ns);
    digest.int(point.time_ns);
    match point.value {
        None => digest.int(0),
        Some(Number::Int(value)) => {
            digest.int(1);
            digest.int(value as u64);
        }
        Some(Number::Double(value)) => {
            digest.int(2);
            digest.double(Some(value));
        }
    }
    digest.int(point.count);
    for value in [point.sum, point.min, point.max] {
        digest.double(value);
    }
    digest.int(point.bounds.len() as u64);
    point.bounds.iter().for_each(|b| digest.double(Some(*b)));
    digest.counts(&point.bucket_counts);
    digest.int(point.scale as u64);
    digest.int(point.zero_count);
    digest.double(Some(point.zero_threshold));
    for side in [&point.positive, &point.negative] {
        digest.int(side.offset as u64);
        digest.counts(&side.counts);
    }
    digest.int(point.flags.into());
    // points of OTLP have none, and keep the identity that earlier releases gave them
    if !metric.series.is_empty() {
        digest.text(&metric.series);
    }
    digest.text(&texts.quantiles);
    digest.long_text(&texts.exemplars);
    digest.long_text(&texts.attributes);
    digest.finish()
}

/// Numbers the equal records of one request, so that records that are really there twice stay two.
#[derive(Debug, Default)]
pub struct Ordinals {
    seen: HashMap<u128, u32, BuildHasherDefault<Unhashed>>,
}

impl Ordinals {
    /// Begins a request.
    pub fn begin_request(&mut self) {
        self.seen.clear();
    }

    /// The identity of a record with that hash: the hash for the first, another one for each further equal record.
    pub fn identity(&mut self, digest: &mut Digest, hash: u128) -> u128 {
        let ordinal = self.seen.entry(hash).and_modify(|n| *n += 1).or_insert(0);
        if *ordinal == 0 {
            return hash;
        }
        digest.begin(b'o');
        digest.hash(hash);
        digest.int((*ordinal).into());
        digest.finish()
    }
}

/// A hasher for what is a hash already.
#[derive(Debug, Default, Clone, Copy)]
pub struct Unhashed(u64);

impl Hasher for Unhashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = self.0.rotate_left(5) ^ u64::from_le_bytes(word);
        }
    }

    fn write_u128(&mut self, value: u128) {
        self.0 = value as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_records_of_a_request_get_ordinals_and_those_of_another_the_same_again() {
        let (mut ordinals, mut digest) = (Ordinals::default(), Digest::default());
        let mut ids = |n: usize| {
            ordinals.begin_request();
            (0..n).map(|_| ordinals.identity(&mut digest, 7)).collect::<Vec<_>>()
        };
        let first = ids(3);
        assert_eq!(first[0], 7);
        assert!(first[1] != first[0] && first[2] != first[1]);
        assert_eq!(ids(3), first);
    }

    #[test]
    fn texts_cannot_run_into_each_other() {
        let mut digest = Digest::default();
        let mut hash = |a: &str, b: &str| {
            digest.begin(b'x');
            digest.text(a);
            digest.text(b);
            digest.finish()
        };
        assert_ne!(hash("ab", "c"), hash("a", "bc"));
    }

    #[test]
    fn observed_time_counts_only_without_an_own_time() {
        let mut digest = Digest::default();
        let mut hash = |time_ns, observed_ns| {
            log_record(&mut digest, System::Otlp, 0, &LogRecord { time_ns, observed_ns, ..LogRecord::default() }, &Texts::default())
        };
        assert_eq!(hash(5, 1), hash(5, 2));
        assert_ne!(hash(0, 1), hash(0, 2));
    }

    /// A lake holds what earlier releases wrote: what they called a record must stay its name, or a repeated delivery would count again.
    #[test]
    fn identities_are_those_of_earlier_releases() {
        let mut digest = Digest::default();
        let record = LogRecord { time_ns: 1_795_369_212_000_000_000, event_name: "e".into(), severity_number: 9, ..LogRecord::default() };
        let texts = Texts { attributes: r#"{"a":1}"#.to_owned(), ..Texts::default() };
        let log = log_record(&mut digest, System::Otlp, 7, &record, &texts);
        let metric = Metric { name: "m".into(), kind: "sum", temporality: "delta".into(), monotonic: Some(true), ..Metric::default() };
        let of_point = Point { time_ns: 5, value: Some(Number::Int(3)), ..Point::default() };
        let point = point(&mut digest, 7, &metric, &of_point, &texts);
        assert_eq!(
            (format!("{log:032x}"), format!("{point:032x}")),
            ("0aefbba70fccca43ec43a1d5818d5a96".to_owned(), "cea32c963b4bf0005ba3127718ade108".to_owned())
        );
    }
}
