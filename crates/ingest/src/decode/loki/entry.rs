//! One entry of Loki's as a log record: labels become the record's fields, its attributes and those of its resource. Border: an entry with
//! all its labels in, a row out; where the labels stood in a document is the business of its form.
//!
//! Loki's time of an entry is the record's own, or the observed time where the record has none; it keeps `observed_timestamp` only where both
//! were set. So an entry without it tells an observed time; of a record that had an own time only, this is the one thing that comes out
//! otherwise (`time_source`).

use std::borrow::Cow;
use std::sync::Arc;

use super::{event, exporter};
use crate::canonical;
use crate::decode::Scratch;
use crate::dictionary::Dictionary;
use crate::hex;
use crate::record::{LogRecord, Resource, Scope};
use crate::rows::Rows;
use crate::system::System;

/// Stream labels, structured metadata and what a query parsed: Loki tells them apart only when it is asked to.
pub type Labels<'e> = [(Cow<'e, str>, Cow<'e, str>)];

/// An entry.
#[derive(Debug)]
pub struct Entry<'e> {
    /// Nanoseconds since the epoch.
    pub time_ns: u64,
    /// The line.
    pub line: &'e str,
    /// All its labels, each once.
    pub labels: &'e Labels<'e>,
}

/// Labels that are Loki's own: a guess at the severity, its shards, and what went wrong in a query's parser.
const LOKIS_OWN: [&str; 6] = ["detected_level", "__stream_shard__", "__error__", "__error_details__", "__preserve_error__", "__tenant_id__"];

/// What all forms lose.
const LACKS: [&str; 6] = [
    "attribute types",
    "dots of unknown names",
    "empty and null attributes",
    "origin of unknown names (resource, scope or record)",
    "schema URLs",
    "types of bodies that are no text",
];

/// The entries of a request on their way to rows.
pub struct Entries<'s, 'a> {
    scratch: &'s mut Scratch<'a>,
    dictionary: Arc<Dictionary>,
    /// The resource that was set last, as canonical text, and the scope's name and version.
    origin: Option<(String, String, String)>,
    resource: String,
}

impl<'s, 'a> Entries<'s, 'a> {
    /// Begins a request of a form.
    pub fn begin(form: &str, scratch: &'s mut Scratch<'a>, rows: &mut Rows) -> Entries<'s, 'a> {
        rows.set_system(System::Loki);
        rows.told().form(form);
        LACKS.into_iter().for_each(|what| rows.told().lacks(what));
        Entries { scratch, dictionary: rows.dictionary(), origin: None, resource: String::new() }
    }

    /// Appends an entry's record.
    pub fn put(&mut self, entry: &Entry, rows: &mut Rows) {
        if exporter::put(entry, self.scratch, rows) {
            self.origin = None;
            return;
        }
        let dictionary = self.dictionary.clone();
        let named = event::name(entry, &dictionary);
        let (kv, texts) = (&mut self.scratch.kv, &mut self.scratch.texts);
        texts.clear();
        kv.clear();
        let mark = kv.begin();
        let mut record = LogRecord { event_name: Cow::Borrowed(named.record), ..LogRecord::default() };
        let (mut observed, mut scope) = (None, Scope::default());
        let mut of_resource: Vec<(&str, &str)> = Vec::new();
        for (label, value) in entry.labels {
            let (label, value): (&str, &str) = (label, value);
            if value.is_empty() || is_lokis_own(label, value) || field(&mut record, &mut scope, &mut observed, label, value) {
                continue;
            }
            let names = dictionary.names(named.agent, label);
            if names.is_empty() {
                attribute(kv, label, value);
            }
            for name in names {
                if name.resource {
                    of_resource.push((&name.name, value));
                } else if names.len() == 1 || !named.event.is_some_and(|e| e.lacks.contains(&name.name)) {
                    attribute(kv, &name.name, value);
                }
            }
        }
        if !named.attribute.is_empty() {
            attribute(kv, "event.name", named.attribute);
        }
        for (name, value) in &named.constants {
            attribute(kv, name, value);
        }
        texts.take_attributes(kv, mark);
        if !entry.line.is_empty() {
            canonical::string(&mut texts.body, entry.line);
        }
        (record.time_ns, record.observed_ns) = observed.map_or((0, entry.time_ns), |observed| (entry.time_ns, observed));
        self.set_origin(&of_resource, scope, rows);
        rows.log_record(&record, &self.scratch.texts);
        named.tell(rows.told());
    }

    /// Sets resource and scope, unless they are those of the record before.
    fn set_origin(&mut self, of_resource: &[(&str, &str)], scope: Scope, rows: &mut Rows) {
        let kv = &mut self.scratch.kv;
        let mark = kv.begin();
        for (name, value) in of_resource {
            attribute(kv, name, value);
        }
        self.resource.clear();
        kv.finish(mark, &mut self.resource);
        let same = |(text, name, version): &(String, String, String)| *text == self.resource && *name == scope.name && *version == scope.version;
        if self.origin.as_ref().is_some_and(same) {
            return;
        }
        let named = |key: &str| of_resource.iter().find(|(name, _)| *name == key).map_or_else(String::new, |(_, value)| (*value).to_owned());
        let resource = Resource { text: self.resource.clone(), service_name: named("service.name"), service_version: named("service.version") };
        rows.set_resource(resource);
        self.origin = Some((self.resource.clone(), scope.name.clone(), scope.version.clone()));
        rows.set_scope(scope);
    }
}

fn attribute(kv: &mut canonical::KeyValues, name: &str, value: &str) {
    let start = kv.position();
    canonical::string(kv.value(), value);
    kv.pair(name, start);
}

/// Whether a label was made by Loki. `unknown_service` stands where a resource has no `service.name`, because a stream must have a label.
fn is_lokis_own(label: &str, value: &str) -> bool {
    LOKIS_OWN.contains(&label) || (label == "service_name" && value == "unknown_service")
}

/// Takes a label that is a field of the record or its scope. What has the name of a field but no value that the field could have is left to
/// the attributes.
fn field<'e>(record: &mut LogRecord<'e>, scope: &mut Scope, observed: &mut Option<u64>, label: &str, value: &'e str) -> bool {
    fn into<T>(place: &mut T, value: Option<T>) -> bool {
        value.map(|value| *place = value).is_some()
    }
    fn id<const N: usize>(value: &str) -> Option<Option<[u8; N]>> {
        hex::parse(value.as_bytes()).map(|id: [u8; N]| Some(id).filter(|id| id.iter().any(|b| *b != 0)))
    }
    match label {
        // decided by `event`
        "event_name" => true,
        "severity_text" => into(&mut record.severity, Some(Cow::Borrowed(value))),
        "severity_number" => into(&mut record.severity_number, value.parse().ok()),
        "trace_id" => into(&mut record.trace_id, id(value)),
        "span_id" => into(&mut record.span_id, id(value)),
        "flags" => into(&mut record.flags, value.parse().ok()),
        "dropped_attributes_count" => into(&mut record.dropped_attributes, value.parse().ok()),
        "observed_timestamp" => into(observed, value.parse().ok().map(Some)),
        "scope_name" => into(&mut scope.name, Some(value.to_owned())),
        "scope_version" => into(&mut scope.version, Some(value.to_owned())),
        _ => false,
    }
}
