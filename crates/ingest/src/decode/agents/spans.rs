//! Spans: Copilot CLI's lines, and `ReadableSpan` of the JavaScript SDK.

use std::borrow::Cow;

use super::time::time;
use super::{Result, first_of, is_repeated, read, value};
use crate::canonical::{self, KeyValues};
use crate::decode::Scratch;
use crate::decode::json::{Cursor, Fields, lenient};
use crate::record::{Span, SpanEvent, Texts, span_kind, status_code};
use crate::rows::Rows;

/// Bits 8 and 9 of a span's flags (`trace.proto`, `SpanFlags`): that it is known whether its parent is remote, and that it is.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// A span's context, wherever it hangs.
#[derive(Debug, Default)]
pub struct Context<'a> {
    pub trace_id: Option<[u8; 16]>,
    pub span_id: Option<[u8; 8]>,
    /// Flags of the trace; `None` where the writer has none.
    pub flags: Option<u32>,
    remote: bool,
    state: Cow<'a, str>,
}

impl<'a> Context<'a> {
    /// Of an object with `traceId`, `spanId` and the like.
    pub fn of(fields: &Fields<'a>) -> Result<Context<'a>> {
        Ok(Context {
            trace_id: read(fields, &["traceId"], lenient::id)?.flatten(),
            span_id: read(fields, &["spanId"], lenient::id)?.flatten(),
            flags: read(fields, &["traceFlags"], lenient::uint32)?,
            remote: read(fields, &["isRemote"], lenient::boolean)?.unwrap_or(false),
            state: read(fields, &["traceState"], state)?.unwrap_or_default(),
        })
    }

    /// Of the object under one of these keys, where there is one.
    pub fn under(fields: &Fields<'a>, keys: &[&str]) -> Result<Option<Context<'a>>> {
        read(fields, keys, |cursor| Context::of(&Fields::read(cursor)?))
    }

    /// The flags as the SDK's OTLP exporter sends them.
    fn span_flags(&self, parent_is_remote: bool) -> u32 {
        self.flags.map_or(0, |flags| flags & 0xff | HAS_IS_REMOTE | if parent_is_remote { IS_REMOTE } else { 0 })
    }
}

/// The trace state as text. In memory it is a map, of which nothing is printed.
fn state<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>> {
    if cursor.peek() == Some(b'"') {
        return cursor.string();
    }
    cursor.skip()?;
    Ok(Cow::Borrowed(""))
}

/// The word for a kind: in JavaScript kinds begin with `INTERNAL` = 0, where OTLP has `UNSPECIFIED`.
fn kind<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>> {
    lenient::enumeration(cursor, "span_kind_", |number| span_kind(number.saturating_add(1)))
}

/// The span of a document.
pub fn span<'a>(fields: &Fields<'a>, scratch: &mut Scratch<'a>, rows: &mut Rows) -> Result<()> {
    let Scratch { kv, texts, events, .. } = scratch;
    texts.clear();
    events.clear();
    let context = match Context::under(fields, &["_spanContext", "spanContext"])? {
        Some(context) => context,
        None => Context::of(fields)?,
    };
    let parent = Context::under(fields, &["parentSpanContext"])?.unwrap_or_default();
    let parent_span_id = match parent.span_id {
        None => read(fields, &["parentSpanId", "_parentSpanId"], lenient::id)?.flatten(),
        known => known,
    };
    let count = |keys: &[&str]| read(fields, keys, lenient::uint32).map(Option::unwrap_or_default);
    let start_ns = read(fields, &["startTime"], time)?.unwrap_or(0);
    let mut span = Span {
        flags: context.span_flags(parent.remote),
        trace_id: context.trace_id,
        span_id: context.span_id,
        parent_span_id,
        name: read(fields, &["name"], lenient::text)?.unwrap_or_default(),
        kind: read(fields, &["kind"], kind)?.unwrap_or_else(|| span_kind(0)),
        start_ns,
        // one object for both times is an end that was given as the start
        end_ns: read(fields, &["endTime"], |c| if is_repeated(c) { Ok(start_ns) } else { time(c) })?.unwrap_or(0),
        trace_state: context.state,
        status: status_code(0),
        dropped_attributes: count(&["droppedAttributesCount", "_droppedAttributesCount"])?,
        dropped_events: count(&["droppedEventsCount", "_droppedEventsCount"])?,
        dropped_links: count(&["droppedLinksCount", "_droppedLinksCount"])?,
        ..Span::default()
    };
    if let Some(mut cursor) = fields.get("status") {
        let status = Fields::read(&mut cursor)?;
        span.status = read(&status, &["code"], |c| lenient::enumeration(c, "status_code_", status_code))?.unwrap_or_else(|| status_code(0));
        span.status_message = read(&status, &["message"], lenient::text)?.unwrap_or_default();
    }
    match fields.get("attributes") {
        Some(mut cursor) => value::attributes(&mut cursor, kv, &mut texts.attributes)?,
        None => texts.attributes.push_str("{}"),
    }
    if let Some(mut cursor) = fields.get("events") {
        span_events(&mut cursor, kv, texts, events)?;
    }
    if let Some(mut cursor) = fields.get("links") {
        links(&mut cursor, kv, &mut texts.links)?;
    }
    rows.span(&span, events, texts);
    Ok(())
}

fn span_events<'a>(cursor: &mut Cursor<'a>, kv: &mut KeyValues, texts: &mut Texts, events: &mut Vec<SpanEvent<'a>>) -> Result<()> {
    let mut first = true;
    if !cursor.begin_array()? {
        return Ok(());
    }
    while cursor.element(&mut first)? {
        let fields = Fields::read(cursor)?;
        let mut event = SpanEvent {
            // an event whose time is an object printed before keeps none: which object it was is not told
            time_ns: read(&fields, &["time"], |c| if is_repeated(c) { Ok(0) } else { time(c) })?.unwrap_or(0),
            name: read(&fields, &["name"], lenient::text)?.unwrap_or_default(),
            dropped_attributes: read(&fields, &["droppedAttributesCount"], lenient::uint32)?.unwrap_or(0),
            ..SpanEvent::default()
        };
        kv.clear();
        let mark = kv.begin();
        if let Some(mut attributes) = fields.get("attributes") {
            value::key_values(&mut attributes, kv)?;
        }
        event.take_attributes(kv, mark, texts);
        events.push(event);
    }
    Ok(())
}

/// Links as a JSON array of objects with sorted keys; absent fields are left out.
fn links(cursor: &mut Cursor, kv: &mut KeyValues, out: &mut String) -> Result<()> {
    let mut first = true;
    if !cursor.begin_array()? {
        return Ok(());
    }
    while cursor.element(&mut first)? {
        let fields = Fields::read(cursor)?;
        let context = match Context::under(&fields, &["context", "spanContext"])? {
            Some(context) => context,
            None => Context::of(&fields)?,
        };
        let mut attributes = String::new();
        if let Some(mut cursor) = first_of(&fields, &["attributes"]) {
            value::attributes(&mut cursor, kv, &mut attributes)?;
        }
        let dropped = read(&fields, &["droppedAttributesCount"], lenient::uint32)?.unwrap_or(0);
        let flags = context.span_flags(context.remote);
        canonical::link(out, context.trace_id, context.span_id, &context.state, flags, dropped, &attributes);
    }
    canonical::end_list(out);
    Ok(())
}
