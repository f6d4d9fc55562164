//! Columns of the table `spans`, in the order of `tracemill_model::tables::SPANS`.

use arrow_array::ArrayRef;
use arrow_schema::ArrowError;
use tracemill_model::Table;
use tracemill_model::date::{day_of, plausible};
use tracemill_model::tables::SPANS;

use super::{Columns, Form, IdColumn, IntColumn, Origin, OriginColumns, RowKey, TextColumn};
use crate::privacy::level;
use crate::record::{Span, Texts};

/// See the module.
#[derive(Debug, Default)]
pub struct SpanColumns {
    /// Identity and place of each row.
    pub keys: Vec<RowKey>,
    start_time: IntColumn,
    end_time: IntColumn,
    duration: IntColumn,
    trace_id: IdColumn<16>,
    span_id: IdColumn<8>,
    parent_span_id: IdColumn<8>,
    name: TextColumn,
    kind: TextColumn,
    status: TextColumn,
    status_message: TextColumn,
    trace_state: TextColumn,
    flags: IntColumn,
    links: TextColumn,
    dropped: [IntColumn; 3],
    /// Origin of each row.
    pub origin: OriginColumns,
    attributes: TextColumn,
    truncated: TextColumn,
}

impl SpanColumns {
    /// Appends a span. `key` is the hash of its ids, or its identity where it has none; `truncated` names, as a JSON array, the attributes that
    /// may lack their end.
    pub fn push(&mut self, origin: &Origin, span: &Span, texts: &Texts, truncated: &str, (key, identity): (u128, u128)) {
        let (start, end) = (plausible(span.start_ns), plausible(span.end_ns));
        let (time, rank) = (start.unwrap_or(i64::MIN), end.unwrap_or(i64::MIN));
        self.keys.push(RowKey { key, identity, time, rank, day: day_of(start), source: origin.source, redacted: level(origin.redacted) });
        self.start_time.push(start);
        self.end_time.push(end);
        self.duration.push(start.zip(end).map(|(start, end)| end - start));
        self.trace_id.push(span.trace_id);
        self.span_id.push(span.span_id);
        self.parent_span_id.push(span.parent_span_id);
        self.name.push(&span.name);
        self.kind.push(&span.kind);
        self.status.push(&span.status);
        self.status_message.push(&span.status_message);
        self.trace_state.push(&span.trace_state);
        self.flags.push(Some(span.flags.into()));
        self.links.push(&texts.links);
        for (column, value) in self.dropped.iter_mut().zip([span.dropped_attributes, span.dropped_events, span.dropped_links]) {
            column.push(Some(value.into()));
        }
        self.origin.push(origin);
        self.attributes.push(&texts.attributes);
        self.truncated.push(truncated);
    }

    fn texts(&self) -> [&TextColumn; 8] {
        [&self.attributes, &self.links, &self.status_message, &self.name, &self.trace_state, &self.truncated, &self.kind, &self.status]
    }
}

impl Columns for SpanColumns {
    fn table(&self) -> &'static Table {
        &SPANS
    }

    fn keys(&self) -> &[RowKey] {
        &self.keys
    }

    fn arrays(&self, rows: &[u32], form: Form) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut columns = vec![
            self.record_ids(rows)?,
            self.start_time.times(rows),
            self.end_time.times(rows),
            self.duration.array(rows),
            self.trace_id.array(rows)?,
            self.span_id.array(rows)?,
            self.parent_span_id.array(rows)?,
            self.name.array(rows)?,
            self.kind.array(rows)?,
            self.status.array(rows)?,
            self.status_message.array(rows)?,
            self.trace_state.array(rows)?,
            self.flags.array(rows),
            self.links.array(rows)?,
        ];
        columns.extend(self.dropped.iter().map(|column| column.array(rows)));
        self.origin.arrays(&mut columns, &self.attributes, rows, form)?;
        columns.push(self.truncated.array(rows)?);
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
        self.parent_span_id.truncate(rows);
        for column in [
            &mut self.name,
            &mut self.kind,
            &mut self.status,
            &mut self.status_message,
            &mut self.trace_state,
            &mut self.links,
            &mut self.attributes,
            &mut self.truncated,
        ] {
            column.truncate(rows);
        }
        for column in [&mut self.start_time, &mut self.end_time, &mut self.duration, &mut self.flags].into_iter().chain(&mut self.dropped) {
            column.truncate(rows);
        }
        self.origin.truncate(rows);
    }
}
