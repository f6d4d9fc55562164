//! JSON from Tempo's API, from `tempo-cli` and from Grafana's trace download: which document is which, what each lacks, and which hold no
//! whole spans and are refused. Border: what surrounds the lists of `ResourceSpans`; these are OTLP's and read by [`json`](crate::decode::json).
//!
//! Tempo writes Protobuf's own JSON mapping, so its ids are base64; Grafana writes them in hex. That alone tells the two apart, because both
//! name their list `batches`.

use std::borrow::Cow;

use super::{NOT_FOUND, tell, tell_partial};
use crate::decode::json::{Cursor, Fields, lenient, resource_spans};
use crate::decode::{DecodeError, Scratch, SetAside};
use crate::rows::Rows;
use crate::system::System;

const SEARCH: &str = "a search result of Tempo's: a sample of the spans that matched (at most spss of a trace, 3 unless asked for more), without \
                      parents and with few attributes; fetch the traces by their ids (/api/v2/traces/<id>) or copy Tempo's blocks";
const SERIES: &str = "the result of a TraceQL metrics query: figures, not spans; fetch the traces by their ids (/api/v2/traces/<id>) or copy \
                      Tempo's blocks";
const TAGS: &str = "names or values of tags that Tempo knows, not spans; fetch traces by their ids (/api/v2/traces/<id>) or copy Tempo's blocks";
const LLM: &str = "a trace in Tempo's form for language models, which lacks types and changes between versions; fetch it with the header \
                   Accept: application/protobuf, or application/json";
const JAEGER: &str = "traces in Jaeger's form, which lacks types and resources; fetch them from Tempo by their ids (/api/v2/traces/<id>), or let a \
                      Collector write them as OTLP";

/// A document, with a cursor at the list of its spans.
enum Document<'a> {
    /// `/api/traces/<id>`, and Grafana's download.
    Batches(Cursor<'a>),
    /// `/api/v2/traces/<id>`.
    Answer(Cursor<'a>),
    /// One that holds no spans, or not all of a trace's: why it is refused.
    Refused(&'static str),
}

impl<'a> Document<'a> {
    /// What a document with these keys is; `None` if it is not from here.
    fn of(fields: &Fields<'a>) -> Option<Document<'a>> {
        if let Some(batches) = fields.get("batches") {
            return Some(Document::Batches(batches));
        }
        if let Some(trace) = fields.get("trace") {
            return Document::of_answer(fields, &Fields::read(&mut trace.clone()).ok()?);
        }
        let is_list_of = |key, wanted: &[&str]| first_element(fields, key).is_some_and(|first| wanted.iter().all(|key| first.has(key)));
        let is_list = |key| fields.get(key).is_some_and(|mut value| value.peek() == Some(b'['));
        if is_list("traces") {
            Some(Document::Refused(SEARCH))
        } else if is_list_of("series", &["labels"]) {
            Some(Document::Refused(SERIES))
        } else if is_list("tagNames") || is_list("tagValues") || is_list_of("scopes", &["tags"]) {
            Some(Document::Refused(TAGS))
        } else if is_list_of("data", &["traceID", "spans"]) {
            Some(Document::Refused(JAEGER))
        } else if fields.keys().eq(["metrics"]) && fields.get("metrics").is_some_and(|mut value| value.peek() == Some(b'{')) {
            // a search that found nothing
            Some(Document::Refused(SEARCH))
        } else {
            None
        }
    }

    fn of_answer(fields: &Fields<'a>, trace: &Fields<'a>) -> Option<Document<'a>> {
        // Tempo 2.6 has the older name inside the newer answer
        if let Some(spans) = trace.get("resourceSpans").or_else(|| trace.get("batches")) {
            Some(Document::Answer(spans))
        } else if trace.has("services") {
            Some(Document::Refused(LLM))
        } else {
            let is_empty = trace.keys().next().is_none();
            let is_answer = !fields.any(|key| !matches!(key, "trace" | "metrics" | "status" | "message"));
            (is_empty && is_answer).then_some(Document::Refused(NOT_FOUND))
        }
    }
}

/// The fields of the first element of a list of objects.
fn first_element<'a>(fields: &Fields<'a>, key: &str) -> Option<Fields<'a>> {
    let mut list = fields.get(key)?;
    let is_element = list.peek() == Some(b'[') && list.begin_array().ok()? && list.element(&mut true).ok()?;
    (is_element && list.peek() == Some(b'{')).then(|| Fields::read(&mut list).ok())?
}

fn is_empty(list: &Cursor) -> bool {
    let mut list = list.clone();
    list.null() || (list.begin_array().is_ok() && list.peek() == Some(b']'))
}

/// Whether a document is one of these.
pub fn recognises(fields: &Fields) -> bool {
    Document::of(fields).is_some()
}

/// Reads a document.
pub fn request<'a>(fields: &Fields<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<(), DecodeError> {
    match Document::of(fields) {
        Some(Document::Batches(list) | Document::Answer(list)) if is_empty(&list) => {
            Err(DecodeError::syntax(fields.position(), NOT_FOUND.to_owned()))
        }
        Some(Document::Batches(mut batches)) => {
            resource_spans(&mut batches, scratch, rows, aside, writer_of_batches)?;
            if rows.system() == System::Otlp {
                // no span shows who wrote it
                tell(rows, V1);
            }
            Ok(())
        }
        Some(Document::Answer(mut spans)) => {
            tell(rows, "Tempo /api/v2/traces JSON");
            let text = |key| fields.get(key).map_or(Ok(Cow::Borrowed("")), |mut value| lenient::text(&mut value));
            if matches!(text("status")?.as_ref(), "PARTIAL" | "1") {
                tell_partial(rows, &text("message")?);
            }
            resource_spans(&mut spans, scratch, rows, aside, |_, _| ())
        }
        Some(Document::Refused(reason)) => Err(DecodeError::syntax(fields.position(), reason.to_owned())),
        None => Err(DecodeError::syntax(fields.position(), "no document of Tempo's".to_owned())),
    }
}

const V1: &str = "Tempo /api/traces JSON";

/// Whether an id is written in base64: 16 bytes take 24 characters there (22 without padding), and 32 digits in hex.
fn is_base64(id: &str) -> bool {
    matches!(id.len(), 22 | 24)
}

/// Who wrote a request that looks like OTLP, by its first id: `tempo-cli query api trace-id` prints one, but with ids in base64.
pub fn writer_of_request(rows: &mut Rows, id: &str) {
    if is_base64(id) {
        tell(rows, "tempo-cli trace JSON");
    }
}

/// Who wrote a document of batches, by its first id.
fn writer_of_batches(rows: &mut Rows, id: &str) {
    if is_base64(id) {
        return tell(rows, V1);
    }
    // Grafana, `transformToOTLP`: from rows of a table whose times are milliseconds in floating point
    rows.set_system(System::Grafana);
    let told = rows.told();
    told.form("Grafana trace download");
    for lost in ["nanosecond digits of times", "types of numbers", "dropped counts", "flags of spans and links", "schema URLs", "scope attributes"] {
        told.lacks(lost);
    }
    told.lacks("resources and scopes of a service but the first");
    if id.len() == 16 || id.starts_with("0000000000000000") {
        told.warn(
            "trace ids whose first half is zero, as old versions of Grafana leave them: if that half was cut off, these spans do not meet those \
             of the same trace from elsewhere; take the trace from Tempo's API instead",
        );
    }
}
