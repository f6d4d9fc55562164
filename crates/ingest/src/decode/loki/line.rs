//! An entry that is a JSON object of its own: a line of `logcli --output=jsonl`, or a row of Grafana's log download
//! (`Explore-logs-….json`). Border: one object.

use super::{CONSTANTS_MISSING, Entries, Entry, LabelList, Labels, add_missing, time};
use crate::decode::json::{Cursor, Fields, lenient};
use crate::decode::{DecodeError, Scratch};
use crate::rows::Rows;

type Result<T> = std::result::Result<T, DecodeError>;

/// Entries that logcli gives unless it is asked for more, and what an archive of so many is.
const LIMIT: (u64, &str) = (30, "exactly 30 entries, logcli's limit unless another is given: there are probably more; export with --limit=0");

/// Whether an object is one.
pub fn recognises(fields: &Fields) -> bool {
    let own = |key: &str| matches!(key, "labels" | "fields" | "line" | "timestamp" | "date");
    fields.has("line") && fields.has("timestamp") && !fields.any(|key| !own(key))
}

/// The labels of an object, appended to a list. A value that is no text is taken as it would be written.
pub fn labels<'a>(cursor: &mut Cursor<'a>, out: &mut LabelList<'a>) -> Result<()> {
    let mut first = true;
    if !cursor.begin_object()? {
        return Ok(());
    }
    while let Some(key) = cursor.key(&mut first)? {
        let value = lenient::text(cursor)?;
        out.push((key, value));
    }
    Ok(())
}

/// Reads an object. `common` are labels that were left out of it.
pub fn put<'a>(fields: &Fields<'a>, common: &Labels<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows) -> Result<()> {
    let missing = |key: &str| DecodeError::value(fields.position(), format!("an entry without {key}"));
    let text = |key: &str| fields.get(key).ok_or_else(|| missing(key)).and_then(|mut cursor| lenient::text(&mut cursor));
    let (line, timestamp) = (text("line")?, text("timestamp")?);
    let no_time = || DecodeError::value(fields.position(), format!("{timestamp:?} is no time in RFC 3339 or nanoseconds"));
    let time_ns = time::either(&timestamp).ok_or_else(no_time)?;
    let mut all = Vec::new();
    let grafana = fields.has("fields");
    if let Some(mut cursor) = fields.get("labels").or_else(|| fields.get("fields")) {
        labels(&mut cursor, &mut all)?;
    }
    add_missing(&mut all, common.iter().cloned());
    let form = match (grafana, all.is_empty()) {
        (true, _) => "Grafana log download (JSON)",
        (false, false) => "logcli jsonl",
        (false, true) => "logcli jsonl without labels",
    };
    let mut entries = Entries::begin(form, scratch, rows);
    entries.put(&Entry { time_ns, line: &line, labels: &all }, rows);
    if !grafana {
        logcli(&all, rows);
    }
    Ok(())
}

/// Tells what a reader must know of an entry that logcli wrote with these labels.
pub fn logcli(labels: &Labels, rows: &mut Rows) {
    let told = rows.told();
    told.limited(LIMIT.0, LIMIT.1);
    if labels.is_empty() {
        told.warn("exported with --no-labels: nothing but time and line is left of the records, and agents tell nearly all in labels");
    } else if !labels.iter().any(|(label, _)| matches!(label.as_ref(), "service_name" | "job")) {
        told.warn(CONSTANTS_MISSING);
    }
}
