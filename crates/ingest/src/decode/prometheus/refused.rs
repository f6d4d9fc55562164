//! Documents of the HTTP API that hold no samples: what they are, and what to export instead. Border: reasons; what is read is `json`'s business.

use crate::decode::json::{Fields, lenient};
use crate::excerpt::excerpt;

/// Why a series without a name is not taken.
pub const NO_NAME: &str = "the result of a calculation, not a series: it has no __name__; export the series themselves (metric[30d] asked of query, or \
                           promtool tsdb dump-openmetrics)";

const NO_SAMPLES: &str = "no samples: export series with metric[30d] asked of /api/v1/query, or with promtool tsdb dump-openmetrics";

/// Characters of a server's message that are shown.
const SHOWN: usize = 300;

/// Whether a document is an answer of the API that holds no samples.
pub fn recognises(fields: &Fields) -> bool {
    let text = |key: &str| fields.get(key).and_then(|mut cursor| lenient::text(&mut cursor).ok());
    matches!(text("status").as_deref(), Some("success" | "error")) && (fields.has("data") || fields.has("error") || fields.has("errorType"))
}

/// Why it is not taken.
pub fn reason(fields: &Fields) -> String {
    let text = |key: &str| fields.get(key).and_then(|mut cursor| lenient::text(&mut cursor).ok()).unwrap_or_default();
    if text("status") == "error" {
        let message = format!("{}: {}", text("errorType"), text("error"));
        return format!("an error of the server in place of an answer: {:?}", excerpt(&message, SHOWN));
    }
    let begins = fields.get("data").and_then(|mut data| data.peek());
    if begins == Some(b'[') {
        let first = fields.get("data").and_then(|mut list| {
            let some = list.begin_array().ok()? && list.element(&mut true).ok()? && list.peek() == Some(b'{');
            some.then(|| Fields::read(&mut list).ok()).flatten()
        });
        let what = match first {
            Some(element) if element.has("exemplars") => "exemplars",
            Some(_) => "a list of series",
            None => "a list of names or values",
        };
        return format!("{what}, {NO_SAMPLES}");
    }
    let kind = fields.get("data").and_then(|mut data| Fields::read(&mut data).ok()).and_then(|data| data.get("resultType"));
    match kind.and_then(|mut cursor| lenient::text(&mut cursor).ok()) {
        Some(kind) if matches!(&*kind, "scalar" | "string") => format!("a {kind}, {NO_SAMPLES}"),
        Some(kind) => format!("a result of the type {}, {NO_SAMPLES}", lenient::shown(&kind)),
        None => format!("facts about a server, {NO_SAMPLES}"),
    }
}
