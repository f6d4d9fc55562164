//! Spans with their events and links (`trace.proto`).

use std::borrow::Cow;

use super::{Context, Cursor, Result, lenient, value};
use crate::canonical::{self, KeyValues};
use crate::record::{Span, SpanEvent, Texts, span_kind, status_code};

impl<'a> Context<'_, 'a> {
    /// A span.
    pub(super) fn span(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        let scratch = &mut *self.scratch;
        scratch.texts.clear();
        scratch.events.clear();
        let mut span = Span { kind: span_kind(0), status: status_code(0), ..Span::default() };
        let (mut first, mut written_id) = (true, Cow::Borrowed(""));
        if !cursor.begin_object()? {
            return Ok(());
        }
        while let Some(key) = cursor.key(&mut first)? {
            match key.as_ref() {
                "traceId" | "trace_id" => {
                    if self.first_id.is_some() {
                        written_id = lenient::text(&mut cursor.clone())?;
                    }
                    span.trace_id = lenient::id(cursor)?;
                }
                "spanId" | "span_id" => span.span_id = lenient::id(cursor)?,
                "parentSpanId" | "parent_span_id" => span.parent_span_id = lenient::id(cursor)?,
                "name" => span.name = lenient::text(cursor)?,
                "kind" => span.kind = lenient::enumeration(cursor, "span_kind_", span_kind)?,
                "startTimeUnixNano" | "start_time_unix_nano" => span.start_ns = lenient::uint(cursor)?.unwrap_or(0),
                "endTimeUnixNano" | "end_time_unix_nano" => span.end_ns = lenient::uint(cursor)?.unwrap_or(0),
                "traceState" | "trace_state" => span.trace_state = lenient::text(cursor)?,
                "flags" => span.flags = lenient::uint32(cursor)?,
                "status" => status(cursor, &mut span)?,
                "attributes" => {
                    scratch.texts.attributes.clear();
                    value::attributes(cursor, &mut scratch.kv, &mut scratch.texts.attributes)?;
                }
                "events" => events(cursor, &mut scratch.kv, &mut scratch.texts, &mut scratch.events)?,
                "links" => links(cursor, &mut scratch.kv, &mut scratch.texts.links)?,
                "droppedAttributesCount" | "dropped_attributes_count" => span.dropped_attributes = lenient::uint32(cursor)?,
                "droppedEventsCount" | "dropped_events_count" => span.dropped_events = lenient::uint32(cursor)?,
                "droppedLinksCount" | "dropped_links_count" => span.dropped_links = lenient::uint32(cursor)?,
                other => {
                    self.rows.told().left_out(&format!("{other:?} of a span"));
                    cursor.skip()?;
                }
            }
        }
        if scratch.texts.attributes.is_empty() {
            scratch.texts.attributes.push_str("{}");
        }
        // a span that is set aside tells nothing
        if let Some(tell) = self.first_id.filter(|_| !written_id.is_empty()) {
            tell(self.rows, &written_id);
            self.first_id = None;
        }
        self.rows.span(&span, &scratch.events, &scratch.texts);
        Ok(())
    }
}

fn status<'a>(cursor: &mut Cursor<'a>, span: &mut Span<'a>) -> Result<()> {
    let mut first = true;
    if !cursor.begin_object()? {
        return Ok(());
    }
    while let Some(key) = cursor.key(&mut first)? {
        match key.as_ref() {
            "code" => span.status = lenient::enumeration(cursor, "status_code_", status_code)?,
            "message" => span.status_message = lenient::text(cursor)?,
            _ => cursor.skip()?,
        }
    }
    Ok(())
}

fn events<'a>(cursor: &mut Cursor<'a>, kv: &mut KeyValues, texts: &mut Texts, events: &mut Vec<SpanEvent<'a>>) -> Result<()> {
    let mut first = true;
    events.clear();
    if !cursor.begin_array()? {
        return Ok(());
    }
    while cursor.element(&mut first)? {
        let mut event = SpanEvent::default();
        let mut first_key = true;
        if cursor.begin_object()? {
            while let Some(key) = cursor.key(&mut first_key)? {
                match key.as_ref() {
                    "timeUnixNano" | "time_unix_nano" => event.time_ns = lenient::uint(cursor)?.unwrap_or(0),
                    "name" => event.name = lenient::text(cursor)?,
                    "attributes" => {
                        kv.clear();
                        let mark = kv.begin();
                        value::key_values(cursor, kv)?;
                        event.take_attributes(kv, mark, texts);
                    }
                    "droppedAttributesCount" | "dropped_attributes_count" => event.dropped_attributes = lenient::uint32(cursor)?,
                    _ => cursor.skip()?,
                }
            }
        }
        if event.attributes.is_empty() {
            let mark = kv.begin();
            event.take_attributes(kv, mark, texts);
        }
        events.push(event);
    }
    Ok(())
}

/// Links as a JSON array of objects with sorted keys; absent fields are left out.
fn links(cursor: &mut Cursor, kv: &mut KeyValues, out: &mut String) -> Result<()> {
    let mut first = true;
    out.clear();
    if !cursor.begin_array()? {
        return Ok(());
    }
    while cursor.element(&mut first)? {
        let (mut trace_id, mut span_id) = (None, None);
        let (mut state, mut flags, mut dropped, mut attributes) = (Cow::Borrowed(""), 0, 0, String::new());
        let mut first_key = true;
        if cursor.begin_object()? {
            while let Some(key) = cursor.key(&mut first_key)? {
                match key.as_ref() {
                    "traceId" | "trace_id" => trace_id = lenient::id::<16>(cursor)?,
                    "spanId" | "span_id" => span_id = lenient::id::<8>(cursor)?,
                    "traceState" | "trace_state" => state = lenient::text(cursor)?,
                    "flags" => flags = lenient::uint32(cursor)?,
                    "attributes" => {
                        attributes.clear();
                        value::attributes(cursor, kv, &mut attributes)?;
                    }
                    "droppedAttributesCount" | "dropped_attributes_count" => dropped = lenient::uint32(cursor)?,
                    _ => cursor.skip()?,
                }
            }
        }
        canonical::link(out, trace_id, span_id, &state, flags, dropped, &attributes);
    }
    canonical::end_list(out);
    Ok(())
}
