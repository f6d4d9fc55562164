//! Columns of the table `spans`, in the order of `tracemill_model::tables::SPANS`.

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;
use tracemill_model::date::{day_of, plausible};
use tracemill_model::tables::SPANS;

use super::{IntColumn, Origin, OriginColumns, RowKey, TextColumn};
use crate::privacy::level;
use crate::record::{Span, Texts};

/// See the module.
#[derive(Debug, Default)]
pub struct SpanColumns {
    /// Identity and place of each row.
    pub keys: Vec<RowKey>,
    record_id: TextColumn,
    start_time: IntColumn,
    end_time: IntColumn,
    duration: IntColumn,
    trace_id: TextColumn,
    span_id: TextColumn,
    parent_span_id: TextColumn,
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
        self.record_id.push_hex(Some(&identity.to_be_bytes()));
        self.start_time.push(start);
        self.end_time.push(end);
        self.duration.push(start.zip(end).map(|(start, end)| end - start));
        self.trace_id.push_hex(span.trace_id.as_ref().map(<[u8; 16]>::as_slice));
        self.span_id.push_hex(span.span_id.as_ref().map(<[u8; 8]>::as_slice));
        self.parent_span_id.push_hex(span.parent_span_id.as_ref().map(<[u8; 8]>::as_slice));
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

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.keys.len()
    }

    /// Bytes held, roughly: texts, and what each row needs beside them.
    pub fn size(&self) -> usize {
        let texts = [&self.attributes, &self.links, &self.status_message, &self.name, &self.trace_state, &self.truncated, &self.kind, &self.status];
        texts.into_iter().map(TextColumn::size).sum::<usize>() + self.origin.size() + self.keys.len() * 400
    }

    /// Cuts back to so many rows.
    pub fn truncate(&mut self, rows: usize) {
        self.keys.truncate(rows);
        for column in [
            &mut self.record_id,
            &mut self.trace_id,
            &mut self.span_id,
            &mut self.parent_span_id,
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

    /// All rows as a batch, with their keys; nothing is left.
    pub fn finish(&mut self) -> Result<(RecordBatch, Vec<RowKey>), ArrowError> {
        let mut columns = vec![
            self.record_id.finish()?,
            self.start_time.finish_times(),
            self.end_time.finish_times(),
            self.duration.finish(),
            self.trace_id.finish()?,
            self.span_id.finish()?,
            self.parent_span_id.finish()?,
            self.name.finish()?,
            self.kind.finish()?,
            self.status.finish()?,
            self.status_message.finish()?,
            self.trace_state.finish()?,
            self.flags.finish(),
            self.links.finish()?,
        ];
        columns.extend(self.dropped.iter_mut().map(IntColumn::finish));
        self.origin.finish(&mut columns, &mut self.attributes)?;
        columns.push(self.truncated.finish()?);
        Ok((RecordBatch::try_new(SPANS.schema(), columns)?, std::mem::take(&mut self.keys)))
    }
}
