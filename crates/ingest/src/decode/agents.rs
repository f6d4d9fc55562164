//! Agents' own files: what an agent writes itself where it is told to write a file instead of sending OTLP. Border: one document in, its
//! rows out; they are the rows of the same agent's OTLP export, as far as the file has them.
//!
//! Two forms, of one origin: Copilot CLI writes lines that say what they are (`"type":"span"`), and Gemini CLI and Qwen Code print the
//! objects of the OpenTelemetry JavaScript SDK (`ReadableSpan`, `ReadableLogRecord`, `ResourceMetrics`) as they lie in memory, private
//! fields and all. Both have the SDK's times (`[seconds, nanoseconds]`), its enums (a span's kind is OTLP's less one, temporality
//! `DELTA` = 0 and `CUMULATIVE` = 1), and attributes as one flat object.

mod logs;
mod metrics;
mod origin;
mod spans;
mod time;
mod value;

use super::json::{Cursor, Fields, lenient};
use super::{DecodeError, Scratch, SetAside};
use crate::rows::Rows;
use crate::system::System;
use origin::Origin;

type Result<T> = std::result::Result<T, DecodeError>;

/// What a document holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Span,
    LogRecord,
    /// One metric with its points.
    Metric,
    /// The metrics of all scopes, as a reader collected them.
    Collection,
}

impl Holds {
    fn of(fields: &Fields) -> Option<Holds> {
        let any = |keys: &[&str]| keys.iter().any(|key| fields.has(key));
        let said = said(fields);
        if fields.has("scopeMetrics") {
            return origin::is_sdk_object(fields).then_some(Holds::Collection);
        }
        let ids = any(&["_spanContext", "spanContext"]) || fields.has("traceId") && fields.has("spanId");
        if fields.has("startTime") && ids && (said == Some("span") || any(&["endTime", "_ended", "ended", "_duration", "duration"])) {
            return Some(Holds::Span);
        }
        // without where it comes from it is a part of a collection whose beginning is missing
        if fields.has("dataPoints") && (said == Some("metric") || fields.has("descriptor") && any(&["resource", "instrumentationScope"])) {
            return Some(Holds::Metric);
        }
        let content = any(&["_body", "body", "attributes"]);
        let record = fields.has("hrTime") || said == Some("log") && any(&logs::TIMES) && any(&["resource", "instrumentationScope"]);
        (content && record).then_some(Holds::LogRecord)
    }
}

/// What a line says it is; only Copilot CLI's do.
fn said(fields: &Fields) -> Option<&'static str> {
    let word = lenient::text(&mut fields.get("type")?).ok()?;
    ["span", "metric", "log"].into_iter().find(|known| *known == word)
}

/// Whether a document is one of these.
pub fn recognises(fields: &Fields) -> bool {
    Holds::of(fields).is_some()
}

/// Reads a document. A data point that cannot be understood is set aside; the others go through.
///
/// # Errors
///
/// Where the document, or the one record it holds, cannot be understood.
pub fn request<'a>(fields: &Fields<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    let Some(holds) = Holds::of(fields) else {
        return Err(DecodeError::syntax(fields.position(), "no span, log record or metric of an agent's own file".to_owned()));
    };
    rows.set_system(System::Agent);
    let before = rows.counts();
    let Origin { resource, schema_url, sdk } = origin::resource(fields, scratch)?;
    let scope = origin::scope(first_of(fields, &origin::SCOPES), scratch)?;
    tell(fields, &resource.service_name, &scope.0.name, sdk, rows);
    rows.set_resource(resource);
    match holds {
        Holds::Collection => metrics::collection(fields, scratch, rows, aside)?,
        _ => {
            let (scope, scope_url) = scope;
            rows.set_scope(scope);
            tell_missing(fields, &holds, rows);
            match holds {
                Holds::Span => spans::span(fields, scratch, rows)?,
                Holds::LogRecord => logs::record(fields, scratch, rows)?,
                Holds::Metric | Holds::Collection => metrics::one(fields, scratch, rows, aside)?,
            }
            rows.fill_schema_url(before, &scope_url);
        }
    }
    rows.fill_schema_url(before, &schema_url);
    Ok(())
}

/// Names the form, and what is not in it.
fn tell(fields: &Fields, service: &str, scope: &str, sdk: &str, rows: &mut Rows) {
    let told = rows.told();
    if said(fields).is_some() {
        told.form("Copilot CLI file");
        ["service.instance.id", "trace flags", "type and temporality of metrics"].into_iter().for_each(|what| told.lacks(what));
        return;
    }
    let form = match (service, scope) {
        ("gemini-cli", _) | (_, "gemini-cli") => "Gemini CLI outfile",
        ("qwen-code", _) | (_, "qwen-code") => "Qwen Code outfile",
        _ => "OpenTelemetry JS SDK objects",
    };
    told.form(&format!("{form}{sdk}"));
    ["attributes without a value", "trace state"].into_iter().for_each(|what| told.lacks(what));
}

/// Tells of a record that lacks what all of its kind have, be it empty: then something has happened to it.
fn tell_missing(fields: &Fields, holds: &Holds, rows: &mut Rows) {
    let (record, keys): (_, &[&str]) = match holds {
        Holds::Span => ("span", &["attributes", "events"]),
        Holds::LogRecord => ("log record", &["attributes"]),
        Holds::Metric | Holds::Collection => return,
    };
    for key in keys.iter().filter(|key| !fields.has(key)) {
        rows.told().warn(&format!("a {record} without {key}, which all have in this form: the file may be damaged"));
    }
}

/// A cursor at the value of the first of these keys that the object has.
fn first_of<'a>(fields: &Fields<'a>, keys: &[&str]) -> Option<Cursor<'a>> {
    keys.iter().find_map(|key| fields.get(key))
}

/// Reads the value of the first of these keys, where there is one that is not null.
fn read<'a, T>(fields: &Fields<'a>, keys: &[&str], value: impl FnOnce(&mut Cursor<'a>) -> Result<T>) -> Result<Option<T>> {
    let Some(mut cursor) = first_of(fields, keys) else { return Ok(None) };
    if cursor.null() { Ok(None) } else { value(&mut cursor).map(Some) }
}

/// Whether the writer left a value out because it had written the same object before in the document: it prints this word instead, for
/// whatever was there already, and not only for what contains itself.
fn is_repeated(cursor: &Cursor) -> bool {
    let mut cursor = cursor.clone();
    cursor.peek() == Some(b'"') && cursor.string().is_ok_and(|text| text == "[Circular]")
}

#[cfg(test)]
mod tests;
