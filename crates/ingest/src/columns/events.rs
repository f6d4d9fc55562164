//! Columns of the table `events`, in the order of `tracemill_model::tables::EVENTS`.

use std::borrow::Cow;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use tracemill_model::date::{day_of, plausible};
use tracemill_model::tables::EVENTS;

use super::{IntColumn, Origin, OriginColumns, RowKey, TextColumn};
use crate::canonical::unquoted;
use crate::privacy::level;
use crate::record::{LogRecord, Span, SpanEvent, Texts};

/// See the module.
#[derive(Debug, Default)]
pub struct EventColumns {
    /// Identity and place of each row.
    pub keys: Vec<RowKey>,
    record_id: TextColumn,
    time: IntColumn,
    observed_time: IntColumn,
    time_source: TextColumn,
    origin_kind: TextColumn,
    event_name: TextColumn,
    record_name: TextColumn,
    severity: TextColumn,
    severity_number: IntColumn,
    body: TextColumn,
    trace_id: TextColumn,
    span_id: TextColumn,
    flags: IntColumn,
    dropped_attributes: IntColumn,
    span_record_id: TextColumn,
    /// Origin of each row.
    pub origin: OriginColumns,
    attributes: TextColumn,
}

/// The time by attribute `event.timestamp` (RFC 3339, in canonical text), nanoseconds since the epoch.
fn attribute_time(canonical: &str) -> Option<i64> {
    let text = unquoted(canonical)?;
    let time: jiff::Timestamp = text.parse().ok()?;
    u64::try_from(time.as_nanosecond()).ok().and_then(plausible)
}

impl EventColumns {
    /// Appends a log record.
    pub fn push_log(&mut self, origin: &Origin, record: &LogRecord, texts: &Texts, identity: u128) {
        let observed = plausible(record.observed_ns);
        let own = (record.time_ns != 0).then_some(record.time_ns);
        let named = (!texts.event_name.is_empty()).then_some(texts.event_name.as_str());
        self.push_common(origin, identity, own, observed, &texts.event_timestamp, named, &record.event_name);
        self.origin_kind.push("log");
        self.severity.push(&record.severity);
        self.severity_number.push((record.severity_number != 0).then_some(record.severity_number));
        self.body.push(&texts.body);
        self.trace_id.push_hex(record.trace_id.as_ref().map(<[u8; 16]>::as_slice));
        self.span_id.push_hex(record.span_id.as_ref().map(<[u8; 8]>::as_slice));
        self.flags.push(Some(record.flags.into()));
        self.dropped_attributes.push(Some(record.dropped_attributes.into()));
        self.span_record_id.push("");
        self.attributes.push(&texts.attributes);
    }

    /// Appends an event of a span, whose identity is `span_identity`.
    pub fn push_span_event(&mut self, origin: &Origin, span: &Span, event: &SpanEvent, texts: &Texts, span_identity: u128, identity: u128) {
        let named = (!event.event_name.is_empty()).then_some(&texts.arena[event.event_name.clone()]);
        let timestamp = &texts.arena[event.event_timestamp.clone()];
        self.push_common(origin, identity, (event.time_ns != 0).then_some(event.time_ns), None, timestamp, named, &event.name);
        self.origin_kind.push("span_event");
        self.severity.push("");
        self.severity_number.push(None);
        self.body.push("");
        self.trace_id.push_hex(span.trace_id.as_ref().map(<[u8; 16]>::as_slice));
        self.span_id.push_hex(span.span_id.as_ref().map(<[u8; 8]>::as_slice));
        self.flags.push(Some(0));
        self.dropped_attributes.push(Some(event.dropped_attributes.into()));
        self.span_record_id.push_hex(Some(&span_identity.to_be_bytes()));
        self.attributes.push(&texts.arena[event.attributes.clone()]);
    }

    #[expect(clippy::too_many_arguments, reason = "the fields that both kinds of events have")]
    fn push_common(
        &mut self,
        origin: &Origin,
        identity: u128,
        own: Option<u64>,
        observed: Option<i64>,
        timestamp: &str,
        event_name: Option<&str>,
        record_name: &str,
    ) {
        let stated = if own.is_none() { attribute_time(timestamp) } else { None };
        let (time, time_source) = match (own, stated, observed) {
            // a time of its own that cannot be is not replaced by another: the row is kept without one
            (Some(own), _, _) => (plausible(own), if plausible(own).is_some() { "record" } else { "" }),
            (None, Some(time), _) => (Some(time), "attribute"),
            (None, None, Some(time)) => (Some(time), "observed"),
            (None, None, None) => (None, ""),
        };
        let (sort_time, rank) = (time.unwrap_or(i64::MIN), observed.unwrap_or(i64::MIN));
        self.keys.push(RowKey {
            key: identity,
            identity,
            time: sort_time,
            rank,
            day: day_of(time),
            source: origin.source,
            redacted: level(origin.redacted),
        });
        self.record_id.push_hex(Some(&identity.to_be_bytes()));
        self.time.push(time);
        self.observed_time.push(observed);
        self.time_source.push(time_source);
        let event_name = event_name.and_then(unquoted).filter(|n| !n.is_empty());
        self.record_name.push(if event_name.is_some() { record_name } else { "" });
        self.event_name.push(&event_name.unwrap_or(Cow::Borrowed(record_name)));
        self.origin.push(origin);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.keys.len()
    }

    /// Bytes held, roughly: texts, and what each row needs beside them.
    pub fn size(&self) -> usize {
        let texts = [&self.attributes, &self.body, &self.event_name, &self.record_name, &self.severity];
        texts.into_iter().map(TextColumn::size).sum::<usize>() + self.origin.size() + self.keys.len() * 400
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        for column in [
            &mut self.record_id,
            &mut self.time_source,
            &mut self.origin_kind,
            &mut self.event_name,
            &mut self.record_name,
            &mut self.severity,
            &mut self.body,
            &mut self.trace_id,
            &mut self.span_id,
            &mut self.span_record_id,
            &mut self.attributes,
        ] {
            column.truncate(rows);
        }
        for column in [&mut self.time, &mut self.observed_time, &mut self.severity_number, &mut self.flags, &mut self.dropped_attributes] {
            column.truncate(rows);
        }
        self.origin.truncate(rows);
    }

    /// All rows as a batch, with their keys; nothing is left.
    pub fn finish(&mut self) -> Result<(RecordBatch, Vec<RowKey>), ArrowError> {
        let mut columns = vec![
            self.record_id.finish()?,
            self.time.finish_times(),
            self.observed_time.finish_times(),
            self.time_source.finish()?,
            self.origin_kind.finish()?,
            self.event_name.finish()?,
            self.record_name.finish()?,
            self.severity.finish()?,
            self.severity_number.finish(),
            self.body.finish()?,
            self.trace_id.finish()?,
            self.span_id.finish()?,
            self.flags.finish(),
            self.dropped_attributes.finish(),
            self.span_record_id.finish()?,
        ];
        self.origin.finish(&mut columns, &mut self.attributes)?;
        Ok((RecordBatch::try_new(EVENTS.schema(), columns)?, std::mem::take(&mut self.keys)))
    }
}
