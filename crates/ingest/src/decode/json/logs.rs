//! Log records (`logs.proto`).

use super::{Context, Cursor, Result, lenient, value};
use crate::record::LogRecord;

/// Numbers of the severities that some writers give by name (`logs.proto`, `SeverityNumber`).
fn severity_number(cursor: &mut Cursor) -> Result<i64> {
    let name = lenient::enumeration(cursor, "severity_number_", |n| n.to_string().into())?;
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let step = name[base.len()..].parse::<i64>().map_or(0, |n| n.clamp(1, 4) - 1);
    let first = ["trace", "debug", "info", "warn", "error", "fatal"].iter().position(|w| *w == base);
    Ok(first.map_or(0, |n| n as i64 * 4 + 1 + step))
}

impl<'a> Context<'_, 'a> {
    /// A log record.
    pub(super) fn log_record(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        let scratch = &mut *self.scratch;
        let texts = &mut scratch.texts;
        texts.clear();
        let mut record = LogRecord::default();
        let mut first = true;
        if !cursor.begin_object()? {
            return Ok(());
        }
        while let Some(key) = cursor.key(&mut first)? {
            match key.as_ref() {
                "timeUnixNano" | "time_unix_nano" => record.time_ns = lenient::uint(cursor)?.unwrap_or(0),
                "observedTimeUnixNano" | "observed_time_unix_nano" => record.observed_ns = lenient::uint(cursor)?.unwrap_or(0),
                "severityNumber" | "severity_number" => record.severity_number = severity_number(cursor)?,
                "severityText" | "severity_text" => record.severity = lenient::text(cursor)?,
                "eventName" | "event_name" => record.event_name = lenient::text(cursor)?,
                "name" => {
                    // LogRecord.name of OTLP before 0.19
                    let name = lenient::text(cursor)?;
                    if record.event_name.is_empty() {
                        record.event_name = name;
                    }
                }
                "body" => {
                    scratch.kv.clear();
                    value::any_value(cursor, &mut scratch.kv)?;
                    texts.body.clear();
                    texts.body.push_str(scratch.kv.value());
                    if texts.body == "null" {
                        texts.body.clear();
                    }
                }
                "attributes" => {
                    scratch.kv.clear();
                    let mark = scratch.kv.begin();
                    value::key_values(cursor, &mut scratch.kv)?;
                    texts.take_attributes(&mut scratch.kv, mark);
                }
                "traceId" | "trace_id" => record.trace_id = lenient::id(cursor)?,
                "spanId" | "span_id" => record.span_id = lenient::id(cursor)?,
                "flags" => record.flags = lenient::uint32(cursor)?,
                "droppedAttributesCount" | "dropped_attributes_count" => record.dropped_attributes = lenient::uint32(cursor)?,
                other => {
                    self.rows.told().left_out(&format!("{other:?} of a log record"));
                    cursor.skip()?;
                }
            }
        }
        if texts.attributes.is_empty() {
            texts.attributes.push_str("{}");
        }
        self.rows.log_record(&record, texts);
        Ok(())
    }
}
