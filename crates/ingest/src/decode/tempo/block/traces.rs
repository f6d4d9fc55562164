//! The traces of a batch become rows. Border: the words of Tempo's schema in, spans as OTLP has them out.

use std::borrow::Cow;

use super::attributes::{Attributes, Noticed};
use super::columns::{Bytes, Group, Ints, Lists, Result};
use super::meta::{Level, Meta};
use super::text::text;
use crate::canonical::{self, KeyValues, unquoted};
use crate::decode::{DecodeError, SetAside, proto};
use crate::hex;
use crate::record::{Resource, Scope, Span, SpanEvent, Texts, span_kind, status_code};
use crate::rows::Rows;

/// The columns of a batch.
#[derive(Debug)]
pub struct Traces<'a> {
    ids: Bytes<'a>,
    resources: Lists<'a>,
    resource: Attributes<'a>,
    scopes: Lists<'a>,
    scope_name: Bytes<'a>,
    scope_version: Bytes<'a>,
    scope: Attributes<'a>,
    spans: Lists<'a>,
    span: Spans<'a>,
}

#[derive(Debug)]
struct Spans<'a> {
    ids: Bytes<'a>,
    parents: Bytes<'a>,
    names: Bytes<'a>,
    kinds: Ints<'a>,
    trace_states: Bytes<'a>,
    starts: Ints<'a>,
    durations: Ints<'a>,
    statuses: Ints<'a>,
    status_messages: Bytes<'a>,
    dropped: [Ints<'a>; 3],
    attributes: Attributes<'a>,
    /// Whether a value kept as JSON is also counted as dropped.
    counts_kept: bool,
    events: Lists<'a>,
    event: Events<'a>,
    links: Links<'a>,
}

#[derive(Debug)]
struct Events<'a> {
    /// Since the span's start.
    since_start: Option<Ints<'a>>,
    /// Since the epoch (vParquet3).
    times: Ints<'a>,
    names: Bytes<'a>,
    dropped: Ints<'a>,
    attributes: Attributes<'a>,
}

#[derive(Debug)]
enum Links<'a> {
    /// Groups of columns.
    Columns { lists: Lists<'a>, trace_ids: Bytes<'a>, span_ids: Bytes<'a>, trace_states: Bytes<'a>, dropped: Ints<'a>, attributes: Attributes<'a> },
    /// A protobuf list a span (vParquet3).
    Proto(Bytes<'a>),
}

/// Memory that is used again from span to span.
#[derive(Debug, Default)]
struct Scratch<'a> {
    kv: KeyValues,
    texts: Texts,
    events: Vec<SpanEvent<'a>>,
}

fn missing(name: &str) -> String {
    format!("a Tempo block without the column {name}")
}

impl<'a> Traces<'a> {
    /// The columns of a batch, or why it is no block.
    pub fn new(root: &Group<'a>, meta: &Meta) -> Result<Traces<'a>> {
        let (resources, resource_spans) = root.groups("rs")?.ok_or_else(|| missing("rs"))?;
        let resource = resource_spans.group("Resource")?;
        let (scopes, scope_spans) = resource_spans.groups("ss")?.ok_or_else(|| missing("ss"))?;
        let scope = scope_spans.group("Scope")?;
        let scope_text = |name| scope.as_ref().map_or(Ok(Bytes::EMPTY), |s| s.bytes(name));
        let (spans, span) = scope_spans.groups("Spans")?.ok_or_else(|| missing("Spans"))?;
        Ok(Traces {
            ids: root.bytes("TraceID")?,
            resources,
            resource: Attributes::of(resource.as_ref(), Level::Resource, meta)?,
            scopes,
            scope_name: scope_text("Name")?,
            scope_version: scope_text("Version")?,
            scope: Attributes::of(scope.as_ref(), Level::Other, meta)?,
            spans,
            span: Spans::new(&span, meta)?,
        })
    }

    /// Puts a trace into the rows. `number` is its own, for what is set aside. On an error the rows that it has are the caller's to take back.
    pub fn trace(
        &self,
        row: usize,
        number: usize,
        rows: &mut Rows,
        aside: &mut SetAside,
        noticed: &mut Noticed,
    ) -> std::result::Result<(), DecodeError> {
        let damaged = |reason: String| DecodeError::syntax(number, reason);
        let trace_id = id::<16>(self.ids.get(row)).map_err(damaged)?;
        let mut scratch = Scratch::default();
        noticed.texts.begin();
        for resource in self.resources.range(row) {
            rows.set_resource(self.resource_at(resource, &mut scratch.kv, noticed).map_err(damaged)?);
            for scope in self.scopes.range(resource) {
                rows.set_scope(self.scope_at(scope, &mut scratch.kv, noticed).map_err(damaged)?);
                for span in self.spans.range(scope) {
                    if let Err(reason) = self.span.at(span, trace_id, &mut scratch, rows, noticed) {
                        if noticed.texts.is_full() {
                            return Err(damaged(reason));
                        }
                        let id: String = hex::digits(self.span.ids.get(span)).map(char::from).collect();
                        aside.push(DecodeError::value(number, format!("span {id}: {reason}")));
                    }
                    rows.check_size(number)?;
                }
            }
        }
        Ok(())
    }

    fn resource_at(&self, row: usize, kv: &mut KeyValues, noticed: &mut Noticed) -> Result<Resource> {
        kv.clear();
        let mark = kv.begin();
        self.resource.write(row, kv, noticed)?;
        let named = |name| kv.get(mark, name).and_then(unquoted).map(Cow::into_owned).unwrap_or_default();
        let mut resource = Resource { text: String::new(), service_name: named("service.name"), service_version: named("service.version") };
        kv.finish(mark, &mut resource.text);
        Ok(resource)
    }

    fn scope_at(&self, row: usize, kv: &mut KeyValues, noticed: &mut Noticed) -> Result<Scope> {
        kv.clear();
        let mark = kv.begin();
        self.scope.write(row, kv, noticed)?;
        let mut scope = Scope {
            name: text(self.scope_name.get(row), &mut noticed.texts)?.to_owned(),
            version: text(self.scope_version.get(row), &mut noticed.texts)?.to_owned(),
            attributes: String::new(),
        };
        if !kv.is_empty(mark) {
            kv.finish(mark, &mut scope.attributes);
        }
        Ok(scope)
    }
}

impl<'a> Spans<'a> {
    fn new(span: &Group<'a>, meta: &Meta) -> Result<Spans<'a>> {
        let (events, event) = span.groups("Events")?.map_or((Lists::EMPTY, None), |(lists, group)| (lists, Some(group)));
        Ok(Spans {
            ids: span.bytes("SpanID")?,
            parents: span.bytes("ParentSpanID")?,
            names: span.bytes("Name")?,
            kinds: span.ints("Kind")?,
            trace_states: span.bytes("TraceState")?,
            starts: span.ints("StartTimeUnixNano")?,
            durations: span.ints("DurationNano")?,
            statuses: span.ints("StatusCode")?,
            status_messages: span.bytes("StatusMessage")?,
            dropped: [span.ints("DroppedAttributesCount")?, span.ints("DroppedEventsCount")?, span.ints("DroppedLinksCount")?],
            attributes: Attributes::of(Some(span), Level::Span, meta)?,
            counts_kept: span.groups("Attrs")?.is_some_and(|(_, pairs)| pairs.has("ValueDropped")),
            events,
            event: Events::new(event.as_ref(), meta)?,
            links: Links::of(span, meta)?,
        })
    }

    fn at(&self, row: usize, trace_id: Option<[u8; 16]>, scratch: &mut Scratch<'a>, rows: &mut Rows, noticed: &mut Noticed) -> Result<()> {
        let Scratch { kv, texts, events } = scratch;
        texts.clear();
        events.clear();
        kv.clear();
        let start_ns = self.starts.get(row) as u64;
        let [dropped_attributes, dropped_events, dropped_links] = self.dropped.map(|counts| counts.get(row) as u32);
        let mut span = Span {
            trace_id,
            span_id: id(self.ids.get(row))?,
            parent_span_id: id(self.parents.get(row))?,
            name: Cow::Borrowed(text(self.names.get(row), &mut noticed.texts)?),
            kind: span_kind(self.kinds.get(row)),
            start_ns,
            // Tempo subtracts without a look at the sign, so that adding in the same way gives back whatever the sender wrote
            end_ns: start_ns.wrapping_add(self.durations.get(row) as u64),
            trace_state: Cow::Borrowed(text(self.trace_states.get(row), &mut noticed.texts)?),
            flags: 0,
            status: status_code(self.statuses.get(row)),
            status_message: Cow::Borrowed(text(self.status_messages.get(row), &mut noticed.texts)?),
            dropped_attributes,
            dropped_events,
            dropped_links,
        };
        let mark = kv.begin();
        self.attributes.write(row, kv, noticed)?;
        kv.finish(mark, &mut texts.attributes);
        if self.counts_kept {
            span.dropped_attributes = span.dropped_attributes.saturating_sub(noticed.kept);
        }
        for event in self.events.range(row) {
            let event = self.event.at(event, start_ns, kv, texts, noticed)?;
            events.push(event);
        }
        self.links.write(row, kv, &mut texts.links, noticed)?;
        rows.span(&span, events, texts);
        Ok(())
    }
}

impl<'a> Events<'a> {
    fn new(event: Option<&Group<'a>>, meta: &Meta) -> Result<Events<'a>> {
        let attributes = Attributes::of(event, Level::Event, meta)?;
        let Some(event) = event else {
            return Ok(Events { since_start: None, times: Ints::Absent, names: Bytes::EMPTY, dropped: Ints::Absent, attributes });
        };
        let offset = "TimeSinceStartNano";
        Ok(Events {
            since_start: if event.has(offset) { Some(event.ints(offset)?) } else { None },
            times: event.ints("TimeUnixNano")?,
            names: event.bytes("Name")?,
            dropped: event.ints("DroppedAttributesCount")?,
            attributes,
        })
    }

    fn at(&self, row: usize, start_ns: u64, kv: &mut KeyValues, texts: &mut Texts, noticed: &mut Noticed) -> Result<SpanEvent<'a>> {
        let mut event = SpanEvent {
            time_ns: match &self.since_start {
                Some(offsets) => start_ns.wrapping_add(offsets.get(row) as u64),
                None => self.times.get(row) as u64,
            },
            name: Cow::Borrowed(text(self.names.get(row), &mut noticed.texts)?),
            dropped_attributes: self.dropped.get(row) as u32,
            ..SpanEvent::default()
        };
        kv.clear();
        let mark = kv.begin();
        self.attributes.write(row, kv, noticed)?;
        event.take_attributes(kv, mark, texts);
        Ok(event)
    }
}

impl<'a> Links<'a> {
    fn of(span: &Group<'a>, meta: &Meta) -> Result<Links<'a>> {
        // no list of groups, so either the bytes of vParquet3, or a type that has an error of its own
        let Ok(Some((lists, link))) = span.groups("Links") else { return span.bytes("Links").map(Links::Proto) };
        Ok(Links::Columns {
            lists,
            trace_ids: link.bytes("TraceID")?,
            span_ids: link.bytes("SpanID")?,
            trace_states: link.bytes("TraceState")?,
            dropped: link.ints("DroppedAttributesCount")?,
            attributes: Attributes::of(Some(&link), Level::Other, meta)?,
        })
    }

    fn write(&self, row: usize, kv: &mut KeyValues, out: &mut String, noticed: &mut Noticed) -> Result<()> {
        match self {
            Links::Proto(encoded) => {
                noticed.texts.take(encoded.get(row).len())?;
                proto::links(encoded.get(row), kv, out).map_err(|e| format!("its links are damaged protobuf: {e}"))?;
            }
            Links::Columns { lists, trace_ids, span_ids, trace_states, dropped, attributes } => {
                let mut object = String::new();
                for link in lists.range(row) {
                    kv.clear();
                    object.clear();
                    let mark = kv.begin();
                    attributes.write(link, kv, noticed)?;
                    kv.finish(mark, &mut object);
                    let state = text(trace_states.get(link), &mut noticed.texts)?;
                    let dropped = dropped.get(link) as u32;
                    canonical::link(out, id(trace_ids.get(link))?, id(span_ids.get(link))?, state, 0, dropped, &object);
                }
            }
        }
        canonical::end_list(out);
        Ok(())
    }
}

/// An id of N bytes; `None` when empty or all zero, as in OTLP.
fn id<const N: usize>(bytes: &[u8]) -> Result<Option<[u8; N]>> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let id: [u8; N] = bytes.try_into().map_err(|_| format!("an id of {} bytes where {N} are expected", bytes.len()))?;
    Ok(Some(id).filter(|id| id.iter().any(|b| *b != 0)))
}
