//! JSON documents that are no OTLP requests: which decoder takes which, by the keys of the document's outermost object. Border: the choice;
//! the documents are read by the modules of their systems.

use super::{Fields, Result, lenient};
use crate::decode::{DecodeError, Scratch, SetAside, agents, loki, profiles, prometheus, tempo};
use crate::rows::Rows;

/// A decoder of documents: whether one is its, and how it is read.
struct Decoder {
    recognises: fn(&Fields) -> bool,
    request: for<'a> fn(&Fields<'a>, &mut Scratch<'a>, &mut Rows, &mut SetAside) -> Result<()>,
}

/// The first that recognises a document reads it.
const DECODERS: [Decoder; 5] = [
    Decoder { recognises: profiles::json::recognises, request: profiles::json::request },
    Decoder { recognises: tempo::json::recognises, request: tempo::json::request },
    Decoder { recognises: loki::json::recognises, request: loki::json::request },
    Decoder { recognises: prometheus::json::recognises, request: prometheus::json::request },
    Decoder { recognises: agents::recognises, request: agents::request },
];

/// Reads a document that is no OTLP request. On an error the caller takes its rows back.
pub fn request<'a>(fields: &Fields<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    match DECODERS.iter().find(|d| (d.recognises)(fields)) {
        Some(decoder) => (decoder.request)(fields, scratch, rows, aside),
        None => {
            let keys = fields.keys().take(5).map(lenient::shown).collect::<Vec<_>>().join(", ");
            let reason = format!("no resourceSpans, resourceLogs or resourceMetrics, and no other document that is known (its keys: {keys})");
            Err(DecodeError::syntax(fields.position(), reason))
        }
    }
}
