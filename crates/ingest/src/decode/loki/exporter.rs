//! The line that the Collector's former `loki` exporter wrote: a JSON object with the record's attributes and resource as they were, dots and
//! types included (`pkg/translator/loki/encode.go` of opentelemetry-collector-contrib up to 0.130). Border: recognising and expanding it; of
//! the labels only those are read that the line does not have.

use std::borrow::Cow;

use super::Entry;
use crate::canonical::{self, KeyValues, Mark, unquoted};
use crate::decode::json::{Cursor, Fields};
use crate::decode::{DecodeError, Scratch};
use crate::hex;
use crate::record::{LogRecord, Resource, Scope};
use crate::rows::Rows;

/// The keys of such a line.
const KEYS: [&str; 9] = ["name", "body", "traceid", "spanid", "severity", "flags", "attributes", "resources", "instrumentation_scope"];

/// Appends the record of such a line; the answer is false where it is none, and nothing was appended.
pub fn put<'a>(entry: &Entry, scratch: &mut Scratch<'a>, rows: &mut Rows) -> bool {
    let label = |name: &str| entry.labels.iter().find(|(label, _)| label == name).map_or("", |(_, value)| value.as_ref());
    if !entry.line.starts_with('{') {
        return false;
    }
    let Ok(fields) = Fields::read(&mut Cursor::new(entry.line)) else { return false };
    let exported = label("exporter") == "OTLP" || (fields.has("resources") && (fields.has("attributes") || fields.has("body")));
    if !exported || fields.any(|key| !KEYS.contains(&key)) {
        return false;
    }
    expand(entry, &fields, label("job"), scratch, rows).is_ok()
}

/// Reads the line. Nothing is appended on an error, so that the line can be taken as text.
fn expand(entry: &Entry, fields: &Fields, job: &str, scratch: &mut Scratch, rows: &mut Rows) -> Result<(), DecodeError> {
    let (kv, texts) = (&mut scratch.kv, &mut scratch.texts);
    let text = |key: &str| fields.get(key).map_or(Ok(Cow::Borrowed("")), |mut cursor| cursor.string());
    let mut record = LogRecord {
        observed_ns: entry.time_ns,
        severity: text("severity")?,
        event_name: text("name")?,
        trace_id: hex::parse(text("traceid")?.as_bytes()),
        span_id: hex::parse(text("spanid")?.as_bytes()),
        ..LogRecord::default()
    };
    if let Some(mut cursor) = fields.get("flags") {
        record.flags = cursor.number()?.parse().unwrap_or(0);
    }
    kv.clear();
    texts.clear();
    if let Some(mut cursor) = fields.get("body") {
        let from = cursor.depth();
        plain(&mut cursor, kv, from)?;
        texts.body.push_str(kv.value());
        kv.clear();
    }
    let mut resource = Resource::default();
    let mark = kv.begin();
    if let Some(mut cursor) = fields.get("resources") {
        members(&mut cursor, kv)?;
    }
    // `job` is namespace and name of the service
    if kv.get(mark, "service.name").is_none() && !job.is_empty() {
        let start = kv.position();
        canonical::string(kv.value(), job.rsplit('/').next().unwrap_or(job));
        kv.pair("service.name", start);
    }
    resource.service_name = named(kv, mark, "service.name");
    resource.service_version = named(kv, mark, "service.version");
    kv.finish(mark, &mut resource.text);
    let mut scope = Scope::default();
    if let Some(mut cursor) = fields.get("instrumentation_scope") {
        let fields = Fields::read(&mut cursor)?;
        let text = |key: &str| fields.get(key).map_or(Ok(Cow::Borrowed("")), |mut cursor| cursor.string());
        (scope.name, scope.version) = (text("name")?.into_owned(), text("version")?.into_owned());
        if let Some(mut cursor) = fields.get("attributes") {
            let mark = kv.begin();
            members(&mut cursor, kv)?;
            kv.finish(mark, &mut scope.attributes);
        }
    }
    let mark = kv.begin();
    if let Some(mut cursor) = fields.get("attributes") {
        members(&mut cursor, kv)?;
    }
    texts.take_attributes(kv, mark);
    rows.set_resource(resource);
    rows.set_scope(scope);
    rows.log_record(&record, texts);
    rows.told().form("the Collector's former loki exporter");
    Ok(())
}

fn named(kv: &KeyValues, mark: Mark, name: &str) -> String {
    kv.get(mark, name).and_then(unquoted).map(Cow::into_owned).unwrap_or_default()
}

/// The members of an object onto the stack of `kv`.
fn members(cursor: &mut Cursor, kv: &mut KeyValues) -> Result<(), DecodeError> {
    let from = cursor.depth();
    members_in(cursor, kv, from)
}

/// The members of an object within a value that begins at a depth.
fn members_in(cursor: &mut Cursor, kv: &mut KeyValues, from: usize) -> Result<(), DecodeError> {
    let mut first = true;
    if !cursor.begin_object()? {
        return Ok(());
    }
    while let Some(key) = cursor.key(&mut first)? {
        let start = kv.position();
        plain(cursor, kv, from)?;
        kv.pair(&key, start);
    }
    Ok(())
}

/// A value of plain JSON as canonical text. A number without fraction and exponent is an integer: Go writes a double such as 3.0 so too.
fn plain(cursor: &mut Cursor, kv: &mut KeyValues, from: usize) -> Result<(), DecodeError> {
    cursor.check_nesting(from)?;
    match cursor.peek() {
        Some(b'{') => {
            let mark = kv.begin();
            members_in(cursor, kv, from)?;
            kv.finish_nested(mark);
        }
        Some(b'[') => {
            let mut first = true;
            cursor.begin_array()?;
            kv.value().push('[');
            let mut written = false;
            while cursor.element(&mut first)? {
                if written {
                    kv.value().push(',');
                }
                plain(cursor, kv, from)?;
                written = true;
            }
            kv.value().push(']');
        }
        Some(b'"') => canonical::string(kv.value(), &cursor.string()?),
        Some(b't' | b'f') => {
            let word = if cursor.boolean()? { "true" } else { "false" };
            kv.value().push_str(word);
        }
        Some(b'n') if cursor.null() => kv.value().push_str("null"),
        _ => {
            let digits = cursor.number()?;
            match (digits.parse::<i64>(), digits.parse::<f64>()) {
                (Ok(int), _) => canonical::int(kv.value(), int),
                (_, Ok(double)) => canonical::double(kv.value(), double),
                _ => return Err(cursor.syntax("a number")),
            }
        }
    }
    Ok(())
}
