//! Columns of the table `events`, in the order of `tracemill_model::tables::EVENTS`.

use std::borrow::Cow;

use arrow_array::ArrayRef;
use arrow_schema::ArrowError;
use tracemill_model::Table;
use tracemill_model::date::{day_of, plausible};
use tracemill_model::tables::EVENTS;

use super::{Columns, Form, IdColumn, IntColumn, Origin, OriginColumns, RowKey, TextColumn};
use crate::canonical::unquoted;
use crate::privacy::level;
use crate::record::{LogRecord, Span, SpanEvent, Texts};

/// See the module.
#[derive(Debug, Default)]
pub struct EventColumns {
    /// Identity and place of each row.
    pub keys: Vec<RowKey>,
    time: IntColumn,
    observed_time: IntColumn,
    time_source: TextColumn,
    origin_kind: TextColumn,
    event_name: TextColumn,
    record_name: TextColumn,
    severity: TextColumn,
    severity_number: IntColumn,
    body: TextColumn,
    trace_id: IdColumn<16>,
    span_id: IdColumn<8>,
    flags: IntColumn,
    dropped_attributes: IntColumn,
    span_record_id: IdColumn<16>,
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
        self.trace_id.push(record.trace_id);
        self.span_id.push(record.span_id);
        self.flags.push(Some(record.flags.into()));
        self.dropped_attributes.push(Some(record.dropped_attributes.into()));
        self.span_record_id.push(None);
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
        self.trace_id.push(span.trace_id);
        self.span_id.push(span.span_id);
        self.flags.push(Some(0));
        self.dropped_attributes.push(Some(event.dropped_attributes.into()));
        self.span_record_id.push(Some(span_identity.to_be_bytes()));
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
        self.time.push(time);
        self.observed_time.push(observed);
        self.time_source.push(time_source);
        let event_name = event_name.and_then(unquoted).filter(|n| !n.is_empty());
        self.record_name.push(if event_name.is_some() { record_name } else { "" });
        self.event_name.push(&event_name.unwrap_or(Cow::Borrowed(record_name)));
        self.origin.push(origin);
    }

    fn texts(&self) -> [&TextColumn; 5] {
        [&self.attributes, &self.body, &self.event_name, &self.record_name, &self.severity]
    }
}

impl Columns for EventColumns {
    fn table(&self) -> &'static Table {
        &EVENTS
    }

    fn keys(&self) -> &[RowKey] {
        &self.keys
    }

    fn arrays(&self, rows: &[u32], form: Form) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns = vec![
            self.record_ids(rows)?,
            self.time.times(rows),
            self.observed_time.times(rows),
            self.time_source.array(rows)?,
            self.origin_kind.array(rows)?,
            self.event_name.array(rows)?,
            self.record_name.array(rows)?,
            self.severity.array(rows)?,
            self.severity_number.array(rows),
            self.body.array(rows)?,
            self.trace_id.array(rows)?,
            self.span_id.array(rows)?,
            self.flags.array(rows),
            self.dropped_attributes.array(rows),
            self.span_record_id.array(rows)?,
        ];
        self.origin.arrays(&mut columns, &self.attributes, rows, form)?;
        Ok(columns)
    }

    fn size(&self) -> usize {
        self.texts().map(TextColumn::size).iter().sum::<usize>() + self.origin.size() + self.keys.len() * 400
    }

    fn held(&self) -> usize {
        self.texts().map(TextColumn::size).iter().sum::<usize>() + self.origin.held() + self.keys.len() * 260
    }

    fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        self.trace_id.truncate(rows);
        self.span_id.truncate(rows);
        self.span_record_id.truncate(rows);
        for column in [
            &mut self.time_source,
            &mut self.origin_kind,
            &mut self.event_name,
            &mut self.record_name,
            &mut self.severity,
            &mut self.body,
            &mut self.attributes,
        ] {
            column.truncate(rows);
        }
        for column in [&mut self.time, &mut self.observed_time, &mut self.severity_number, &mut self.flags, &mut self.dropped_attributes] {
            column.truncate(rows);
        }
        self.origin.truncate(rows);
    }
}
