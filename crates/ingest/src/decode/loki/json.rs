//! JSON documents of Loki's and its clients': which they are, by their keys. Border: the choice, and the refusal of those that hold no
//! records; a Loki *metric* query answers in Prometheus' form and is refused there.

use super::line;
use super::streams::Streams;
use crate::decode::json::{Cursor, Fields, lenient};
use crate::decode::{DecodeError, Scratch, SetAside};
use crate::rows::Rows;

type Result<T> = std::result::Result<T, DecodeError>;

/// What holds no records, and what to export instead.
const NO_RECORDS: [&str; 5] = [
    "statistics of Loki's index, no records: export with logcli or /loki/api/v1/query_range",
    "fields that Loki has detected, no records: export with logcli or /loki/api/v1/query_range",
    "a list of labels or their values, no records: export log records with logcli or /loki/api/v1/query_range, samples with promtool",
    "patterns that Loki has found in lines, no records: export with logcli or /loki/api/v1/query_range",
    "a list of streams, no records: export with logcli or /loki/api/v1/query_range",
];

const SERVER_ERROR: &str = "an error of the server in place of an answer: ask again";

/// A document, by what is to be done with it.
enum Document<'a> {
    /// The result of a log query: its streams, and whether labels are categorized.
    Page(Cursor<'a>, bool),
    /// Streams that are sent or followed.
    Streams(Cursor<'a>),
    /// One stream by itself.
    Stream,
    /// One entry by itself.
    Line,
    /// No records: what it is, and what to export instead.
    Refused(&'static str),
}

impl<'a> Document<'a> {
    fn of(fields: &Fields<'a>) -> Option<Document<'a>> {
        let begins = |key: &str| fields.get(key).and_then(|mut cursor| cursor.peek());
        if line::recognises(fields) {
            return Some(Document::Line);
        }
        if begins("stream") == Some(b'{') && begins("values") == Some(b'[') {
            return Some(Document::Stream);
        }
        match begins("data") {
            Some(b'{') => return Document::of_result(&fields.get("data").and_then(|mut data| Fields::read(&mut data).ok())?),
            Some(b'[') if begins("status") == Some(b'"') => return fields.get("data").and_then(of_list).map(Document::Refused),
            _ => {}
        }
        if fields.has("resultType") {
            return Document::of_result(fields);
        }
        let refused = match (begins("streams"), begins("fields")) {
            (Some(b'['), _) => {
                let streams = fields.get("streams").filter(|array| first(array.clone()).is_some_and(|fields| fields.has("stream")));
                return streams.map(Document::Streams);
            }
            (Some(_), _) if fields.has("chunks") && fields.has("entries") => NO_RECORDS[0],
            (_, Some(b'[')) if !fields.any(|key| !matches!(key, "fields" | "limit")) => NO_RECORDS[1],
            _ if begins("detectedLabels") == Some(b'[') => NO_RECORDS[1],
            _ if begins("code").is_some() && begins("message") == Some(b'"') && begins("status") == Some(b'"') => SERVER_ERROR,
            _ => return None,
        };
        Some(Document::Refused(refused))
    }

    /// What a query answers: `resultType` says of what kind, wherever it stands.
    fn of_result(data: &Fields<'a>) -> Option<Document<'a>> {
        let kind = data.get("resultType").and_then(|mut cursor| lenient::text(&mut cursor).ok());
        let result = data.get("result")?;
        let streams = match kind {
            Some(kind) => kind == "streams",
            None => first(result.clone()).is_some_and(|fields| fields.has("stream")),
        };
        let categorized = data.get("encodingFlags").and_then(|flags| lists(flags, |flag| flag == "categorize-labels")).unwrap_or(false);
        streams.then_some(Document::Page(result, categorized))
    }
}

/// The first element of an array, if it is an object.
fn first<'a>(mut cursor: Cursor<'a>) -> Option<Fields<'a>> {
    let some = cursor.begin_array().ok()? && cursor.element(&mut true).ok()? && cursor.peek() == Some(b'{');
    some.then(|| Fields::read(&mut cursor).ok()).flatten()
}

/// Whether an array of texts has such a one; `None` where it is none.
fn lists(mut cursor: Cursor, wanted: impl Fn(&str) -> bool) -> Option<bool> {
    let (mut start, mut found) = (true, false);
    if cursor.begin_array().ok()? {
        while cursor.element(&mut start).ok()? {
            found |= wanted(&lenient::text(&mut cursor).ok()?);
        }
    }
    Some(found)
}

/// What a list under `data` is, if it may be Loki's.
fn of_list(cursor: Cursor) -> Option<&'static str> {
    let Some(element) = first(cursor.clone()) else {
        return lists(cursor, |_| true).filter(|texts| *texts).map(|_| NO_RECORDS[2]);
    };
    if element.has("pattern") {
        return Some(NO_RECORDS[3]);
    }
    // those of Prometheus have a name, or are exemplars
    let of_prometheus = element.any(|key| matches!(key, "__name__" | "seriesLabels" | "metric" | "exemplars"));
    (!of_prometheus).then_some(NO_RECORDS[4])
}

/// Whether a document is one of these.
pub fn recognises(fields: &Fields) -> bool {
    Document::of(fields).is_some()
}

/// Reads a document.
pub fn request<'a>(fields: &Fields<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
    match Document::of(fields) {
        Some(Document::Page(mut result, categorized)) => {
            let form = if categorized { "Loki query_range, categorized labels" } else { "Loki query_range" };
            let mut streams = Streams::begin(form, scratch, rows);
            streams.array(&mut result, rows, aside)?;
            streams.end_page(rows);
            Ok(())
        }
        Some(Document::Streams(mut array)) => Streams::begin("Loki push or tail", scratch, rows).array(&mut array, rows, aside),
        Some(Document::Stream) => Streams::begin("a stream of Loki's", scratch, rows).stream(fields, rows, aside),
        Some(Document::Line) => line::put(fields, &[], scratch, rows),
        Some(Document::Refused(reason)) => Err(DecodeError::syntax(fields.position(), reason.to_owned())),
        None => Err(DecodeError::syntax(fields.position(), "no document of Loki's".to_owned())),
    }
}
