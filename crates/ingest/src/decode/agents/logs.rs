//! Log records: `ReadableLogRecord` of the JavaScript SDK, and lines that say they are one.

use super::spans::Context;
use super::time::time;
use super::{Result, first_of, is_repeated, read, value};
use crate::decode::Scratch;
use crate::decode::json::{Fields, lenient};
use crate::record::LogRecord;
use crate::rows::Rows;

/// The names of a record's time.
pub const TIMES: [&str; 3] = ["hrTime", "timestamp", "time"];

/// The record of a document.
pub fn record<'a>(fields: &Fields<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows) -> Result<()> {
    let Scratch { kv, texts, .. } = scratch;
    texts.clear();
    let context = match Context::under(fields, &["spanContext", "_spanContext"])? {
        Some(context) => context,
        None => Context::of(fields)?,
    };
    let time_ns = read(fields, &TIMES, time)?.unwrap_or(0);
    let observed = read(fields, &["hrTimeObserved", "observedTimestamp", "observedTime"], |c| if is_repeated(c) { Ok(time_ns) } else { time(c) })?;
    let record = LogRecord {
        time_ns,
        observed_ns: observed.unwrap_or(0),
        severity: read(fields, &["severityText", "_severityText"], lenient::text)?.unwrap_or_default(),
        severity_number: read(fields, &["severityNumber", "_severityNumber"], lenient::int)?.flatten().unwrap_or(0),
        event_name: read(fields, &["eventName", "_eventName"], lenient::text)?.unwrap_or_default(),
        trace_id: context.trace_id,
        span_id: context.span_id,
        flags: context.flags.unwrap_or(0),
        dropped_attributes: read(fields, &["droppedAttributesCount", "_droppedAttributesCount"], lenient::uint32)?.unwrap_or(0),
    };
    kv.clear();
    if let Some(mut body) = first_of(fields, &["body", "_body"])
        && !body.null()
    {
        value::plain(&mut body, kv)?;
        texts.body.push_str(kv.value());
        kv.clear();
    }
    let mark = kv.begin();
    if let Some(mut attributes) = fields.get("attributes") {
        value::key_values(&mut attributes, kv)?;
    }
    texts.take_attributes(kv, mark);
    rows.log_record(&record, texts);
    Ok(())
}
