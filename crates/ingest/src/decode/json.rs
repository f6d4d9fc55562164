//! OTLP/JSON requests (opentelemetry-proto, "JSON Protobuf Encoding"), read leniently: hex or base64 ids, numbers or strings,
//! enums by number or name, camelCase or snake_case, keys in any order, nulls, unknown fields, the names of old versions.
//! Border: one document in, rows out. It is walked once, without a tree; only what must be known before the records it governs
//! (a metric's unit, a scope that follows its spans) is looked for first.

mod cursor;
pub mod fields;
pub mod foreign;
pub mod lenient;
mod logs;
mod metrics;
pub mod origin;
mod signal;
mod traces;
pub mod value;

use std::borrow::Cow;

pub use cursor::Cursor;
pub use fields::Fields;

use super::{DecodeError, Scratch, SetAside, agents, tempo};
use crate::record::{Resource, Scope};
use crate::rows::Rows;
use crate::system::System;
use signal::Signal;

type Result<T> = std::result::Result<T, DecodeError>;

/// Decodes one document at the cursor: a request, a bare `Resource{Spans,Logs,Metrics}`, or an array of either, each element of
/// which is a request of its own. Gives the number of requests. On an error the rows of the request that failed are gone.
pub fn document<'a>(cursor: &mut Cursor<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<u64> {
    if cursor.peek() != Some(b'[') {
        return request(cursor, scratch, rows, aside).map(|()| 1);
    }
    let (mut requests, mut first) = (0, true);
    cursor.begin_array()?;
    while cursor.element(&mut first)? {
        request(cursor, scratch, rows, aside)?;
        requests += 1;
    }
    Ok(requests)
}

fn request<'a>(cursor: &mut Cursor<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    let before = rows.begin_request();
    let asides = aside.len();
    let outcome = request_fields(cursor, scratch, rows, aside).and_then(|()| rows.check_size(cursor.position()));
    if outcome.is_err() {
        rows.rollback(before);
        aside.truncate(asides);
    }
    outcome
}

fn request_fields<'a>(cursor: &mut Cursor<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    let start = cursor.clone();
    let (mut known, mut bare, mut first) = (false, false, true);
    if !cursor.begin_object()? {
        return Err(DecodeError::syntax(start.position(), "null where a request is expected".to_owned()));
    }
    while let Some(key) = cursor.key(&mut first)? {
        if let Some(signal) = Signal::of_request(&key) {
            (known, bare) = (true, false);
            let outcome = Context { scratch, rows, aside, signal, first_id: Some(tempo::json::writer_of_request) }.resources(cursor);
            outcome?;
            if rows.system() == System::Otlp {
                rows.told().form("OTLP JSON");
            }
        } else if let Some(signal) = Signal::of_resource(&key) {
            cursor.rewind(&start);
            return bare_resource(signal, cursor, scratch, rows, aside);
        } else if matches!(key.as_ref(), "resource" | "schemaUrl" | "schema_url") {
            bare = !known;
            cursor.skip()?;
        } else if known {
            left_out(cursor, &key, "a request", rows, aside)?;
        } else {
            // not what OTLP begins with: all keys are looked at before it is said what this is
            cursor.rewind(&start);
            let fields = Fields::read(cursor)?;
            if !fields.any(|key| Signal::of_request(key).is_some()) {
                let Some(signal) = fields.keys().find_map(Signal::of_resource) else { return foreign::request(&fields, scratch, rows, aside) };
                cursor.rewind(&start);
                return bare_resource(signal, cursor, scratch, rows, aside);
            }
            cursor.rewind(&start);
            known = true;
            first = true;
            let _ = cursor.begin_object()?;
        }
    }
    if bare {
        return Err(DecodeError::syntax(start.position(), "a resource without telemetry".to_owned()));
    }
    Ok(())
}

/// A bare `Resource{Spans,Logs,Metrics}` (old Java exporters).
fn bare_resource<'a>(signal: Signal, cursor: &mut Cursor<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    let start = cursor.clone();
    if signal == Signal::Metrics {
        let fields = Fields::read(cursor)?;
        if agents::recognises(&fields) {
            return agents::request(&fields, scratch, rows, aside);
        }
        cursor.rewind(&start);
    }
    rows.told().form("OTLP JSON, bare resources");
    Context { scratch, rows, aside, signal, first_id: None }.level(Level::Resource, cursor)
}

/// Reads a list of `ResourceSpans` that stands elsewhere than in a request of OTLP.
pub fn resource_spans<'a>(
    cursor: &mut Cursor<'a>,
    scratch: &mut Scratch<'a>,
    rows: &mut Rows,
    aside: &mut SetAside,
    first_id: FirstId,
) -> Result<()> {
    Context { scratch, rows, aside, signal: Signal::Spans, first_id: Some(first_id) }.resources(cursor)
}

/// Is told the first trace id of a document as it is written, because its encoding tells who wrote it.
pub type FirstId = fn(rows: &mut Rows, id: &str);

/// The two levels above the records: each names an origin, then holds what comes from it.
#[derive(Debug, Clone, Copy)]
enum Level {
    Resource,
    Scope,
}

impl Level {
    fn is_origin(self, key: &str) -> bool {
        match self {
            Level::Resource => key == "resource",
            Level::Scope => matches!(key, "scope" | "instrumentationLibrary" | "instrumentation_library"),
        }
    }

    fn contents(self, key: &str) -> Option<Signal> {
        match self {
            Level::Resource => Signal::of_resource(key),
            Level::Scope => Signal::of_scope(key),
        }
    }
}

/// Passes over a field that OTLP does not have where it stands. A list there may hold records: then it is set aside.
fn left_out(cursor: &mut Cursor, key: &str, of: &str, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    let mut value = cursor.clone();
    if value.peek() == Some(b'[') && value.begin_array()? && value.peek() != Some(b']') {
        aside.push(DecodeError::value(cursor.position(), format!("a list {key:?} of {of}, which OTLP does not have")));
    } else {
        rows.told().left_out(&format!("{key:?} of {of}"));
    }
    cursor.skip()
}

/// What is at hand while a request is walked.
struct Context<'s, 'a> {
    scratch: &'s mut Scratch<'a>,
    rows: &'s mut Rows,
    aside: &'s mut SetAside,
    signal: Signal,
    first_id: Option<FirstId>,
}

impl<'a> Context<'_, 'a> {
    fn resources(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        let mut first = true;
        if cursor.begin_array()? {
            while cursor.element(&mut first)? {
                self.level(Level::Resource, cursor)?;
            }
        }
        Ok(())
    }

    /// `Resource{Spans,Logs,Metrics}` or `Scope{Spans,Logs,Metrics}`: where its contents come from, the contents, a schema URL. Contents that
    /// stand before their origin are passed over and read after it.
    fn level(&mut self, level: Level, cursor: &mut Cursor<'a>) -> Result<()> {
        let from = self.rows.counts();
        match level {
            Level::Resource => self.rows.set_resource(Resource { text: "{}".to_owned(), ..Resource::default() }),
            Level::Scope => self.rows.set_scope(Scope::default()),
        }
        let (mut first, mut known, mut schema_url) = (true, false, Cow::Borrowed(""));
        let mut deferred: Vec<Cursor<'a>> = Vec::new();
        if !cursor.begin_object()? {
            return Ok(());
        }
        while let Some(key) = cursor.key(&mut first)? {
            if level.is_origin(&key) {
                match level {
                    Level::Resource => {
                        let resource = origin::resource(cursor, &mut self.scratch.kv, &[])?;
                        self.rows.set_resource(resource);
                    }
                    Level::Scope => {
                        let scope = origin::scope(cursor, &mut self.scratch.kv, &[])?;
                        self.rows.set_scope(scope);
                    }
                }
                known = true;
            } else if level.contents(&key) == Some(self.signal) {
                if known {
                    self.contents(level, cursor)?;
                } else {
                    deferred.push(cursor.clone());
                    cursor.skip()?;
                }
            } else if matches!(key.as_ref(), "schemaUrl" | "schema_url") {
                schema_url = lenient::text(cursor)?;
            } else {
                let of = if matches!(level, Level::Resource) { "a resource's telemetry" } else { "a scope's telemetry" };
                left_out(cursor, &key, of, self.rows, self.aside)?;
            }
        }
        for mut place in deferred {
            self.contents(level, &mut place)?;
        }
        self.rows.fill_schema_url(from, &schema_url);
        Ok(())
    }

    fn contents(&mut self, level: Level, cursor: &mut Cursor<'a>) -> Result<()> {
        match level {
            Level::Resource => self.scopes(cursor),
            Level::Scope => self.records(cursor),
        }
    }

    fn scopes(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        let mut first = true;
        if !cursor.begin_array()? {
            return Ok(());
        }
        while cursor.element(&mut first)? {
            self.level(Level::Scope, cursor)?;
        }
        Ok(())
    }

    /// The records of a scope. One that cannot be understood is set aside; the others go through.
    fn records(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        let mut first = true;
        if !cursor.begin_array()? {
            return Ok(());
        }
        while cursor.element(&mut first)? {
            let start = cursor.clone();
            let before = self.rows.counts();
            let outcome = match self.signal {
                Signal::Spans => self.span(cursor),
                Signal::Logs => self.log_record(cursor),
                Signal::Metrics => self.metric(cursor),
            };
            match outcome {
                Err(error) if error.recoverable => {
                    self.rows.rollback(before);
                    cursor.rewind(&start);
                    cursor.skip()?;
                    self.aside.push(error);
                }
                other => other?,
            }
            self.rows.check_size_sometimes(cursor.position())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
