//! Spans with their events and links (`trace.proto`).

use std::borrow::Cow;

use super::wire::{Message, Value};
use super::{Context, Result, value};
use crate::canonical::{self, KeyValues};
use crate::record::{Span, SpanEvent, Texts, span_kind, status_code};

impl<'a> Context<'_, 'a> {
    /// `Span`.
    pub(super) fn span(&mut self, mut message: Message<'a>) -> Result<()> {
        let scratch = &mut self.scratch;
        scratch.texts.clear();
        scratch.events.clear();
        let mut span = Span { kind: span_kind(0), status: status_code(0), ..Span::default() };
        // events are read last: their texts must not mix with the span's own list of attributes
        let mut events = message.clone();
        scratch.kv.clear();
        let mark = scratch.kv.begin();
        while let Some((number, value)) = message.field()? {
            match (number, value) {
                (1, Value::Bytes(bytes)) => span.trace_id = message.id(bytes)?,
                (2, Value::Bytes(bytes)) => span.span_id = message.id(bytes)?,
                (3, Value::Bytes(bytes)) => span.trace_state = Cow::Borrowed(message.text(bytes)?),
                (4, Value::Bytes(bytes)) => span.parent_span_id = message.id(bytes)?,
                (5, Value::Bytes(bytes)) => span.name = Cow::Borrowed(message.text(bytes)?),
                (6, value @ Value::Varint(_)) => span.kind = span_kind(value.int() as i64),
                (7, value) => span.start_ns = value.int(),
                (8, value) => span.end_ns = value.int(),
                (9, Value::Bytes(bytes)) => value::key_value(message.nested(bytes), &mut scratch.kv, 0)?,
                (10, value) => span.dropped_attributes = value.int() as u32,
                (12, value) => span.dropped_events = value.int() as u32,
                (14, value) => span.dropped_links = value.int() as u32,
                (15, Value::Bytes(bytes)) => status(message.nested(bytes), &mut span)?,
                (16, value) => span.flags = value.int() as u32,
                (11 | 13, Value::Bytes(_)) => {}
                _ => self.rows.told().left_out(&format!("number {number} of a span")),
            }
        }
        scratch.kv.finish(mark, &mut scratch.texts.attributes);
        while let Some((number, value)) = events.field()? {
            match (number, value) {
                (11, Value::Bytes(bytes)) => {
                    let event = event(events.nested(bytes), &mut scratch.kv, &mut scratch.texts)?;
                    scratch.events.push(event);
                }
                (13, Value::Bytes(bytes)) => link(events.nested(bytes), &mut scratch.kv, &mut scratch.texts.links)?,
                _ => {}
            }
        }
        canonical::end_list(&mut scratch.texts.links);
        self.rows.span(&span, &scratch.events, &scratch.texts);
        Ok(())
    }
}

/// `Status`: message 2, code 3.
fn status<'a>(mut message: Message<'a>, span: &mut Span<'a>) -> Result<()> {
    while let Some((number, value)) = message.field()? {
        match (number, value) {
            (2, Value::Bytes(bytes)) => span.status_message = Cow::Borrowed(message.text(bytes)?),
            (3, value @ Value::Varint(_)) => span.status = status_code(value.int() as i64),
            _ => {}
        }
    }
    Ok(())
}

/// `Span.Event`: time 1, name 2, attributes 3, dropped 4.
fn event<'a>(mut message: Message<'a>, kv: &mut KeyValues, texts: &mut Texts) -> Result<SpanEvent<'a>> {
    let mut event = SpanEvent::default();
    kv.clear();
    let mark = kv.begin();
    while let Some((number, value)) = message.field()? {
        match (number, value) {
            (1, value) => event.time_ns = value.int(),
            (2, Value::Bytes(bytes)) => event.name = Cow::Borrowed(message.text(bytes)?),
            (3, Value::Bytes(bytes)) => value::key_value(message.nested(bytes), kv, 0)?,
            (4, value) => event.dropped_attributes = value.int() as u32,
            _ => {}
        }
    }
    event.take_attributes(kv, mark, texts);
    Ok(event)
}

/// A message whose field 1 repeats `Span.Link`, as elements of a JSON array in the making.
pub fn links(bytes: &[u8], kv: &mut KeyValues, out: &mut String) -> Result<()> {
    let mut list = Message::new(bytes);
    while let Some((number, value)) = list.field()? {
        if let (1, Value::Bytes(bytes)) = (number, value) {
            link(list.nested(bytes), kv, out)?;
        }
    }
    Ok(())
}

/// `Span.Link`: trace_id 1, span_id 2, trace_state 3, attributes 4, dropped 5, flags 6.
fn link<'a>(mut message: Message<'a>, kv: &mut KeyValues, out: &mut String) -> Result<()> {
    let (mut trace_id, mut span_id, mut state, mut flags, mut dropped) = (None, None, "", 0, 0);
    kv.clear();
    let mark = kv.begin();
    while let Some((number, value)) = message.field()? {
        match (number, value) {
            (1, Value::Bytes(bytes)) => trace_id = message.id(bytes)?,
            (2, Value::Bytes(bytes)) => span_id = message.id(bytes)?,
            (3, Value::Bytes(bytes)) => state = message.text(bytes)?,
            (4, Value::Bytes(bytes)) => value::key_value(message.nested(bytes), kv, 0)?,
            (5, value) => dropped = value.int() as u32,
            (6, value) => flags = value.int() as u32,
            _ => {}
        }
    }
    let mut attributes = String::new();
    kv.finish(mark, &mut attributes);
    canonical::link(out, trace_id, span_id, state, flags, dropped, &attributes);
    Ok(())
}
