//! Records without what is to be replaced in them. Border: decoded records in, copies out that go into the columns; their identity was taken
//! before. Without redaction nothing of this runs.

use std::borrow::Cow;

use tracemill_secrets::{Cells, Replaced};

use crate::privacy::Redaction;
use crate::record::{LogRecord, Metric, Profile, Resource, Sample, Scope, Span, SpanEvent, Texts};

/// Bytes from which on a name, or a body that is one string, is no name but a text: some agents' debug events are called by all that they say,
/// prompts and outputs included. Where fields are replaced whole, so are these.
const LONG: usize = 200;

/// See the module.
#[derive(Debug, Clone)]
pub struct Redactor {
    cells: Cells,
    /// Whether fields are replaced whole, and long texts with them.
    whole: bool,
    resource: Resource,
    of_resource: Replaced,
    scope: Scope,
    of_scope: Replaced,
}

/// A record as it is written, and the words for what was replaced.
#[derive(Debug)]
pub struct Redacted<R> {
    /// The record.
    pub record: R,
    /// Its texts.
    pub texts: Texts,
    /// The words, in one text; empty where nothing was.
    pub words: String,
}

impl Redactor {
    /// Replaces what it says.
    pub fn new(redaction: &Redaction) -> Redactor {
        let Redaction { rules, kinds, whole } = redaction.clone();
        Redactor {
            whole: !whole.is_empty(),
            cells: Cells::new(rules, kinds, whole),
            resource: Resource::default(),
            of_resource: Replaced::default(),
            scope: Scope::default(),
            of_scope: Replaced::default(),
        }
    }

    /// The resource of the records that follow.
    pub fn set_resource(&mut self, resource: &Resource) {
        let mut replaced = Replaced::default();
        self.resource = resource.clone();
        let Resource { text, service_name, service_version } = &mut self.resource;
        json(&mut self.cells, text, &mut replaced);
        plain(&self.cells, service_name, &mut replaced);
        plain(&self.cells, service_version, &mut replaced);
        self.of_resource = replaced;
    }

    /// Their scope.
    pub fn set_scope(&mut self, scope: &Scope) {
        let mut replaced = Replaced::default();
        self.scope = scope.clone();
        let Scope { name, version, attributes } = &mut self.scope;
        json(&mut self.cells, attributes, &mut replaced);
        plain(&self.cells, name, &mut replaced);
        plain(&self.cells, version, &mut replaced);
        self.of_scope = replaced;
    }

    /// Resource and scope as they are written.
    pub fn origin(&self) -> (&Resource, &Scope) {
        (&self.resource, &self.scope)
    }

    fn begin(&self) -> Replaced {
        let mut replaced = self.of_resource.clone();
        replaced.join(&self.of_scope);
        replaced
    }

    /// A text that stands by itself.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        plain(&self.cells, &mut text, &mut Replaced::default());
        text
    }

    /// A span with its events; the words of each event come behind it.
    pub fn span<'r>(&mut self, span: &Span<'r>, events: &[SpanEvent<'r>], texts: &Texts) -> Redacted<(Span<'r>, Vec<(SpanEvent<'r>, String)>)> {
        let mut replaced = self.begin();
        let mut span = span.clone();
        self.name(&mut span.name, &mut replaced);
        self.name(&mut span.status_message, &mut replaced);
        cow(&self.cells, &mut span.trace_state, &mut replaced);
        let mut out = Texts { attributes: texts.attributes.clone(), links: texts.links.clone(), ..Texts::default() };
        json(&mut self.cells, &mut out.attributes, &mut replaced);
        json(&mut self.cells, &mut out.links, &mut replaced);
        let events = events.iter().map(|event| self.event(event, texts, &mut out.arena)).collect();
        Redacted { record: (span, events), texts: out, words: replaced.words() }
    }

    fn event<'r>(&mut self, event: &SpanEvent<'r>, texts: &Texts, arena: &mut String) -> (SpanEvent<'r>, String) {
        let mut replaced = self.begin();
        let mut event = event.clone();
        self.name(&mut event.name, &mut replaced);
        for range in [&mut event.attributes, &mut event.event_name, &mut event.event_timestamp] {
            let mut text = texts.arena[range.clone()].to_owned();
            json(&mut self.cells, &mut text, &mut replaced);
            let from = arena.len();
            arena.push_str(&text);
            *range = from..arena.len();
        }
        (event, replaced.words())
    }

    /// A log record.
    pub fn log_record<'r>(&mut self, record: &LogRecord<'r>, texts: &Texts) -> Redacted<LogRecord<'r>> {
        let mut replaced = self.begin();
        let (mut record, mut texts) = (record.clone(), texts.clone());
        self.name(&mut record.event_name, &mut replaced);
        cow(&self.cells, &mut record.severity, &mut replaced);
        for text in [&mut texts.attributes, &mut texts.event_name, &mut texts.body] {
            json(&mut self.cells, text, &mut replaced);
        }
        if self.whole && texts.body.starts_with('"') && texts.body.len() > LONG {
            replaced.add("texts");
            "\"[redacted:texts]\"".clone_into(&mut texts.body);
        }
        Redacted { record, texts, words: replaced.words() }
    }

    /// A data point's metric and texts.
    pub fn point<'r>(&mut self, metric: &Metric<'r>, texts: &Texts) -> Redacted<Metric<'r>> {
        let mut replaced = self.begin();
        let (mut metric, mut texts) = (metric.clone(), texts.clone());
        for text in [&mut texts.attributes, &mut texts.exemplars, &mut metric.metadata] {
            json(&mut self.cells, text, &mut replaced);
        }
        cow(&self.cells, &mut metric.description, &mut replaced);
        cow(&self.cells, &mut metric.unit, &mut replaced);
        Redacted { record: metric, texts, words: replaced.words() }
    }

    /// A sample of a profile.
    pub fn sample<'r>(&mut self, profile: &Profile<'r>, sample: &Sample) -> Redacted<(Profile<'r>, Sample)> {
        let mut replaced = self.begin();
        let (mut profile, mut sample) = (profile.clone(), sample.clone());
        for text in [&mut profile.attributes, &mut sample.attributes, &mut sample.stack] {
            json(&mut self.cells, text, &mut replaced);
        }
        plain(&self.cells, &mut sample.leaf, &mut replaced);
        Redacted { record: (profile, sample), texts: Texts::default(), words: replaced.words() }
    }

    fn name(&self, name: &mut Cow<'_, str>, replaced: &mut Replaced) {
        if self.whole && name.len() > LONG {
            replaced.add("texts");
            *name = Cow::Borrowed("[redacted:texts]");
        } else {
            cow(&self.cells, name, replaced);
        }
    }
}

fn json(cells: &mut Cells, text: &mut String, replaced: &mut Replaced) {
    if let Some(redacted) = cells.redact_json(text, replaced) {
        *text = redacted;
    }
}

fn plain(cells: &Cells, text: &mut String, replaced: &mut Replaced) {
    if let Some(redacted) = cells.redact_text(text, replaced) {
        *text = redacted;
    }
}

fn cow(cells: &Cells, text: &mut Cow<'_, str>, replaced: &mut Replaced) {
    if let Some(redacted) = cells.redact_text(text, replaced) {
        *text = Cow::Owned(redacted);
    }
}
