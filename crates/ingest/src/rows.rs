//! Where decoders put their records: identity is taken, span events follow their span, and a request that fails
//! half-way leaves nothing. Border: one worker's rows in memory; `store` writes them.

use std::cell::OnceCell;
use std::sync::Arc;

use tracemill_model::Vocabulary;

use crate::columns::{Columns, EventColumns, MetricColumns, Origin, ProfileColumns, SpanColumns};
use crate::decode::prometheus::SeriesNames;
use crate::decode::tempo::cut::{self, Cut};
use crate::decode::{DecodeError, Scratch};
use crate::dictionary::Dictionary;
use crate::identity::{self, Digest, Ordinals};
use crate::privacy::{IdKey, Privacy};
use crate::record::{LogRecord, Metric, Point, Profile, Resource, Sample, Scope, Span, SpanEvent, Texts};
use crate::redactor::{Redacted, Redactor};
use crate::system::System;
use crate::told::Told;

/// Where the records at hand come from, with the words for what was replaced; with a redactor, as it has resource and scope.
macro_rules! origin {
    ($rows:ident, $words:expr) => {
        origin!($rows, (&$rows.resource, &$rows.scope), $words, ())
    };
    ($rows:ident, $redactor:ident, $words:expr) => {
        origin!($rows, $redactor.origin(), $words, ())
    };
    ($rows:ident, $of:expr, $words:expr, ()) => {{
        let (resource, scope) = $of;
        Origin { resource, scope, source_id: &$rows.source_id, source: $rows.source, system: $rows.system, redacted: $words, version: $rows.version }
    }};
}

/// How many rows of each table there are at a moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows of `spans`.
    pub spans: usize,
    /// Rows of `events`.
    pub events: usize,
    /// Rows of `metrics`.
    pub metrics: usize,
    /// Rows of `profiles`.
    pub profiles: usize,
}

impl std::ops::Sub for Counts {
    type Output = Counts;

    fn sub(self, before: Counts) -> Counts {
        Counts {
            spans: self.spans - before.spans,
            events: self.events - before.events,
            metrics: self.metrics - before.metrics,
            profiles: self.profiles - before.profiles,
        }
    }
}

impl Counts {
    /// By name of table; those without rows are left out.
    pub fn by_table(self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [("spans", self.spans), ("events", self.events), ("metrics", self.metrics), ("profiles", self.profiles)];
        all.into_iter().filter(|(_, n)| *n > 0).map(|(t, n)| (t, n as u64))
    }

    /// Rows of all tables.
    pub fn total(self) -> usize {
        self.spans + self.events + self.metrics + self.profiles
    }
}

/// Bytes that the rows of one request may hold. A request within its own limit can be far larger as rows, because every row has the
/// texts of its resource, scope and metric. In this crate's own tests fewer, which reach them.
pub const EXPANDED_BYTES: usize = if cfg!(test) { 32 << 20 } else { 512 << 20 };

/// Bytes that the rows of all requests of a block may hold. They are flushed between blocks, not between requests, and a column of text
/// has room for 2 GiB.
const HELD_BYTES: usize = 1 << 30;

/// The rows of the requests decoded since the last flush.
#[derive(Debug, Default)]
pub struct Rows {
    /// Spans.
    pub spans: SpanColumns,
    /// Log records and span events.
    pub events: EventColumns,
    /// Data points.
    pub metrics: MetricColumns,
    /// Samples of profiles.
    pub profiles: ProfileColumns,
    source_id: String,
    source: u32,
    request_began: usize,
    /// Records since the size was last looked at.
    unchecked: u32,
    system: System,
    told: Told,
    vocabulary: Arc<Vocabulary>,
    dictionary: OnceCell<Arc<Dictionary>>,
    series_names: OnceCell<Arc<SeriesNames>>,
    ordinals: Ordinals,
    digest: Digest,
    resource: Resource,
    resource_hash: u128,
    scope: Scope,
    origin_hash: u128,
    /// Counts the changes of resource, scope, source and system.
    version: u64,
    cut: Cut,
    scratch: Scratch<'static>,
    key: Option<IdKey>,
    redactor: Option<Redactor>,
}

impl Rows {
    /// No rows yet; records of poorer systems are translated back by the vocabulary.
    pub fn new(vocabulary: Arc<Vocabulary>, privacy: &Privacy) -> Rows {
        Rows { vocabulary, key: privacy.key.clone(), redactor: privacy.redaction.as_ref().map(Redactor::new), ..Rows::default() }
    }

    /// The id that a content hash is written as.
    fn id(&self, hash: u128) -> u128 {
        self.key.as_ref().map_or(hash, |key| key.id(hash))
    }

    /// The vocabulary's metrics by the names that Prometheus gives their series.
    pub fn series_names(&self) -> Arc<SeriesNames> {
        self.series_names.get_or_init(|| Arc::new(SeriesNames::of(&self.vocabulary))).clone()
    }

    /// The vocabulary as a dictionary from the spelling of systems that allow no dots.
    pub fn dictionary(&self) -> Arc<Dictionary> {
        self.dictionary.get_or_init(|| Arc::new(Dictionary::of(&self.vocabulary))).clone()
    }

    /// Says which source the following requests belong to.
    pub fn begin_source(&mut self, source_id: &str, source: u32) {
        source_id.clone_into(&mut self.source_id);
        self.source = source;
        self.version += 1;
    }

    /// Begins a request: one line, frame, body or page.
    pub fn begin_request(&mut self) -> Counts {
        self.ordinals.begin_request();
        self.set_system(System::Otlp);
        self.request_began = self.size();
        self.counts()
    }

    /// A decoder's memory, as the last one has left it.
    pub fn take_scratch<'a>(&mut self) -> Scratch<'a> {
        std::mem::take(&mut self.scratch)
    }

    /// Takes it back for the next one: what it knows of the shapes of attributes holds for many requests.
    pub fn keep_scratch(&mut self, scratch: Scratch) {
        self.scratch = scratch.kept();
    }

    /// The rows so far.
    pub fn counts(&self) -> Counts {
        Counts { spans: self.spans.rows(), events: self.events.rows(), metrics: self.metrics.rows(), profiles: self.profiles.rows() }
    }

    /// Cuts back to an earlier count.
    pub fn rollback(&mut self, to: Counts) {
        self.spans.truncate(to.spans);
        self.events.truncate(to.events);
        self.metrics.truncate(to.metrics);
        self.profiles.truncate(to.profiles);
    }

    /// Bytes that the rows come to when each has all of its texts, roughly.
    pub fn size(&self) -> usize {
        self.spans.size() + self.events.size() + self.metrics.size() + self.profiles.size()
    }

    /// The columns of each table.
    pub fn tables(&mut self) -> [&mut dyn Columns; 4] {
        [&mut self.spans, &mut self.events, &mut self.metrics, &mut self.profiles]
    }

    /// Rows since then without a plausible time.
    pub fn timeless_since(&self, from: Counts) -> u64 {
        let parts = [
            &self.spans.keys[from.spans..],
            &self.events.keys[from.events..],
            &self.metrics.keys[from.metrics..],
            &self.profiles.keys[from.profiles..],
        ];
        parts.into_iter().flatten().filter(|k| k.time == i64::MIN).count() as u64
    }

    /// Refuses a request whose rows have grown beyond all bounds; `at` is where its decoder stands.
    pub fn check_size(&self, at: usize) -> Result<(), DecodeError> {
        let size = self.size();
        let of_request = size.saturating_sub(self.request_began);
        if of_request <= EXPANDED_BYTES && size <= HELD_BYTES {
            return Ok(());
        }
        if of_request <= EXPANDED_BYTES {
            let limit = HELD_BYTES >> 20;
            return Err(DecodeError::syntax(at, format!("its records, with those of the requests before it, come to more than {limit} MiB")));
        }
        let limit = EXPANDED_BYTES >> 20;
        Err(DecodeError::syntax(at, format!("its records repeat so long a resource, scope or metric that they come to more than {limit} MiB")))
    }

    /// The same after every few records whose texts are all their own, where what a resource and a scope add to each of them is little.
    pub fn check_size_sometimes(&mut self, at: usize) -> Result<(), DecodeError> {
        self.unchecked += 1;
        let shared = self.resource.text.len() + self.scope.attributes.len() + self.scope.name.len() + self.scope.version.len();
        if self.unchecked < 64 && shared < 64 << 10 {
            return Ok(());
        }
        self.unchecked = 0;
        self.check_size(at)
    }

    /// Says which system told the records of this request; without it they are OTLP.
    pub fn set_system(&mut self, system: System) {
        self.system = system;
        self.version += 1;
        self.suspect_cuts(matches!(system, System::Tempo | System::Grafana));
    }

    /// The system that the records of this request are said to come from.
    pub fn system(&self) -> System {
        self.system
    }

    /// Says whether the spans of this request may have come by way of Tempo, which cuts long attributes; [`Rows::set_system`] says it too.
    pub fn suspect_cuts(&mut self, suspected: bool) {
        self.cut.suspect(suspected);
    }

    /// What was found out about the source beside its records.
    pub fn told(&mut self) -> &mut Told {
        &mut self.told
    }

    /// Sets the resource of the records that follow, and an empty scope.
    pub fn set_resource(&mut self, resource: Resource) {
        self.resource = resource;
        self.resource_hash = identity::resource(&mut self.digest, &self.resource);
        if let Some(redactor) = &mut self.redactor {
            redactor.set_resource(&self.resource);
        }
        self.cut.forget_resource();
        self.set_scope(Scope::default());
    }

    /// Sets the scope of the records that follow.
    pub fn set_scope(&mut self, scope: Scope) {
        self.scope = scope;
        self.version += 1;
        self.origin_hash = self.resource_hash ^ identity::scope(&mut self.digest, &self.scope).rotate_left(1);
        if let Some(redactor) = &mut self.redactor {
            redactor.set_scope(&self.scope);
        }
        self.cut.forget_scope();
    }

    /// Gives the rows from `from` on a schema URL, where they have none yet: the scope's first, then the resource's.
    pub fn fill_schema_url(&mut self, from: Counts, url: &str) {
        let redacted = self.redactor.as_ref().map(|r| r.text(url));
        let url = redacted.as_deref().unwrap_or(url);
        self.spans.origin.fill_schema_url(from.spans, url);
        self.events.origin.fill_schema_url(from.events, url);
        self.metrics.origin.fill_schema_url(from.metrics, url);
        self.profiles.origin.fill_schema_url(from.profiles, url);
    }

    /// Appends a span and its events.
    pub fn span(&mut self, span: &Span, events: &[SpanEvent], texts: &Texts) {
        let hash = identity::span(&mut self.digest, self.origin_hash, span, events, texts);
        let (key, id) = match (&span.trace_id, &span.span_id) {
            (Some(trace_id), Some(span_id)) => {
                let key = identity::span_key(&mut self.digest, trace_id, span_id);
                (key, identity::span_version(self.system, span, texts, self.id(hash)))
            }
            _ => {
                let hash = self.ordinals.identity(&mut self.digest, hash);
                let id = self.id(hash);
                (id, id)
            }
        };
        let truncated = self.cut.of_span(&self.resource, &self.scope, events, texts);
        if !truncated.is_empty() {
            self.told.warn(cut::WARNING);
        }
        // how much spans and events may come to in this request
        let room = (self.request_began + EXPANDED_BYTES).saturating_sub(self.metrics.size() + self.profiles.size());
        let Some(redactor) = &mut self.redactor else {
            let origin = origin!(self, "");
            self.spans.push(&origin, span, texts, truncated, (key, id));
            for (n, event) in events.iter().enumerate() {
                // each has all of its resource; what is too much is refused when the decoder asks, and the rest need not be written
                if self.spans.size() + self.events.size() > room {
                    return;
                }
                let event_id = identity::span_event(&mut self.digest, id, n);
                self.events.push_span_event(&origin, span, event, texts, id, event_id);
            }
            return;
        };
        let Redacted { record: (span, events), texts, words } = redactor.span(span, events, texts);
        self.spans.push(&origin!(self, redactor, &words), &span, &texts, truncated, (key, id));
        for (n, (event, words)) in events.iter().enumerate() {
            if self.spans.size() + self.events.size() > room {
                return;
            }
            let event_id = identity::span_event(&mut self.digest, id, n);
            self.events.push_span_event(&origin!(self, redactor, words), &span, event, &texts, id, event_id);
        }
    }

    /// Appends a log record.
    pub fn log_record(&mut self, record: &LogRecord, texts: &Texts) {
        let hash = identity::log_record(&mut self.digest, self.system, self.origin_hash, record, texts);
        let hash = self.ordinals.identity(&mut self.digest, hash);
        let id = self.id(hash);
        let Some(redactor) = &mut self.redactor else { return self.events.push_log(&origin!(self, ""), record, texts, id) };
        let Redacted { record, texts, words } = redactor.log_record(record, texts);
        self.events.push_log(&origin!(self, redactor, &words), &record, &texts, id);
    }

    /// Appends a data point.
    pub fn point(&mut self, metric: &Metric, point: &Point, texts: &Texts) {
        let hash = identity::point(&mut self.digest, self.origin_hash, metric, point, texts);
        let hash = self.ordinals.identity(&mut self.digest, hash);
        let id = self.id(hash);
        let Some(redactor) = &mut self.redactor else { return self.metrics.push(&origin!(self, ""), metric, point, texts, id) };
        let Redacted { record, texts, words } = redactor.point(metric, texts);
        self.metrics.push(&origin!(self, redactor, &words), &record, point, &texts, id);
    }

    /// Appends a sample of a profile.
    pub fn sample(&mut self, profile: &Profile, sample: &Sample) {
        let hash = identity::sample(&mut self.digest, self.origin_hash, profile, sample);
        let hash = self.ordinals.identity(&mut self.digest, hash);
        let id = self.id(hash);
        let Some(redactor) = &mut self.redactor else { return self.profiles.push(&origin!(self, ""), profile, sample, id) };
        let Redacted { record: (profile, sample), words, .. } = redactor.sample(profile, sample);
        self.profiles.push(&origin!(self, redactor, &words), &profile, &sample, id);
    }
}
