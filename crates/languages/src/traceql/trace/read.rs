//! Spans out of the tables `spans` and `events`. Border: only the columns and attributes that a question needs are read.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;
use tracemill_model::lake::Snapshot;
use tracemill_model::read::rows;

use super::super::ast::Scope;
use super::super::value::Value;
use super::{Span, Trace, Wanted};
use crate::error::Error;

/// Always read.
const SPAN: [&str; 11] =
    ["trace_id", "span_id", "parent_span_id", "name", "service_name", "start_time", "duration_ns", "kind", "status", "record_id", "status_message"];

/// Reads all traces. Spans without a trace id are traces of their own.
pub(in super::super) fn read(snapshot: &Snapshot, wanted: &Wanted) -> Result<Vec<Trace>, Error> {
    let mut columns: Vec<&str> = SPAN.to_vec();
    // columns by their place behind those that are always read
    let mut column = |name: &'static str, needed: bool| {
        needed.then(|| {
            columns.push(name);
            columns.len() - 1
        })
    };
    let any = wanted.has(Scope::Any, "");
    let attributes = column("attributes", any || wanted.has(Scope::Span, ""));
    let resource = column("resource", any || wanted.has(Scope::Resource, ""));
    let instrumentation = column("scope_attributes", wanted.has(Scope::Instrumentation, ""));
    let links = column("links", wanted.has(Scope::Link, "") || wanted.has(Scope::Intrinsic, "link:"));
    let scope_name = column("scope_name", wanted.has(Scope::Intrinsic, "instrumentation:"));
    let scope_version = column("scope_version", wanted.has(Scope::Intrinsic, "instrumentation:"));
    let schema_url = column("schema_url", wanted.has(Scope::Intrinsic, "instrumentation:"));
    let events =
        if wanted.has(Scope::Event, "") || wanted.has(Scope::Intrinsic, "event:") { events(snapshot, wanted)? } else { FxHashMap::default() };
    let mut texts = Texts::default();
    let mut resources: FxHashMap<String, Vec<(u16, Value)>> = FxHashMap::default();
    let mut traces: FxHashMap<Arc<str>, Vec<Span>> = FxHashMap::default();
    for part in snapshot.parts("spans") {
        for batch in rows(part, &columns)? {
            let batch = batch?;
            for row in 0..batch.len() {
                let text = |column: usize| batch.text(column).get(row).unwrap_or_default();
                let mut values = Vec::new();
                if let Some(at) = attributes {
                    named(text(at), wanted, &[Scope::Span, Scope::Any], &mut values);
                }
                if let Some(at) = resource {
                    let json = text(at);
                    let of_resource = match resources.get(json) {
                        Some(known) => known,
                        None => {
                            let mut found = Vec::new();
                            named(json, wanted, &[Scope::Resource, Scope::Any], &mut found);
                            resources.entry(json.to_string()).or_insert(found)
                        }
                    };
                    // an attribute without a scope is the span's where it has it
                    let missing: Vec<_> = of_resource.iter().filter(|(n, _)| !values.iter().any(|(known, _)| known == n)).cloned().collect();
                    values.extend(missing);
                }
                if let Some(at) = instrumentation {
                    named(text(at), wanted, &[Scope::Instrumentation], &mut values);
                }
                for (at, name) in
                    [(scope_name, "instrumentation:name"), (scope_version, "instrumentation:version"), (schema_url, "instrumentation:schemaURL")]
                {
                    if let Some(at) = at {
                        property(wanted, name, Value::Text(texts.get(text(at))), &mut values);
                    }
                }
                if let Some(at) = links {
                    linked(text(at), wanted, &mut values);
                }
                if let Some(found) = events.get(text(9)) {
                    let start = batch.times(5).get(row).unwrap_or(0);
                    for (place, value) in found {
                        // times of events are kept as moments until the span's start is known
                        let since = wanted.0[usize::from(*place)].name == "event:timeSinceStart";
                        let value = if since { moments_since(value, start) } else { value.clone() };
                        values.push((*place, value));
                    }
                }
                property(wanted, "statusMessage", Value::Text(texts.get(text(10))), &mut values);
                let alone = || format!("{}-{}", text(1), text(9));
                let trace = batch.text(0).get(row).map_or_else(|| Arc::from(alone()), |id| texts.get(id));
                let span = Span {
                    id: Arc::from(batch.text(1).get(row).unwrap_or_default()),
                    parent_id: batch.text(2).get(row).map(Arc::from),
                    name: texts.get(text(3)),
                    service: texts.get(text(4)),
                    start: batch.times(5).get(row).unwrap_or(0),
                    duration: batch.ints(6).get(row).unwrap_or(0),
                    kind: texts.get(text(7)),
                    status: texts.get(text(8)),
                    parent: None,
                    left: 0,
                    right: 0,
                    children: 0,
                    connected: false,
                    values,
                };
                traces.entry(trace).or_default().push(span);
            }
        }
    }
    let mut traces: Vec<Trace> = traces.into_iter().map(|(id, spans)| Trace::arranged(id, spans)).collect();
    traces.sort_by(|a, b| b.start.cmp(&a.start).then(a.id.cmp(&b.id)));
    Ok(traces)
}

/// Texts that occur often, once.
#[derive(Default)]
struct Texts(FxHashMap<String, Arc<str>>);

impl Texts {
    fn get(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = Arc::from(text);
        self.0.insert(text.to_string(), new.clone());
        new
    }
}

fn property(wanted: &Wanted, name: &str, value: Value, into: &mut Vec<(u16, Value)>) {
    for (place, _) in wanted.0.iter().enumerate().filter(|(_, a)| a.scope == Scope::Intrinsic && a.name == name) {
        into.push((place as u16, value.clone()));
    }
}

/// The values of a JSON object that are wanted in one of the scopes.
fn named(json: &str, wanted: &Wanted, scopes: &[Scope], into: &mut Vec<(u16, Value)>) {
    if json.is_empty() || json == "{}" {
        return;
    }
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let _ = deserializer.deserialize_map(Named { wanted, scopes, into });
}

struct Named<'a> {
    wanted: &'a Wanted,
    scopes: &'a [Scope],
    into: &'a mut Vec<(u16, Value)>,
}

/// A name, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for Named<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            let mut places =
                self.wanted.0.iter().enumerate().filter(|(_, a)| a.name == name && self.scopes.contains(&a.scope)).map(|(n, _)| n as u16).peekable();
            if places.peek().is_none() {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = Value::of_json(&map.next_value::<Json>()?);
            for place in places {
                self.into.push((place, value.clone()));
            }
        }
        Ok(())
    }
}

/// Adds a value to the list of those of all events or links.
fn listed(place: u16, value: Value, into: &mut Vec<(u16, Value)>) {
    match into.iter_mut().find(|(n, _)| *n == place) {
        Some((_, Value::List(values))) => values.push(value),
        _ => into.push((place, Value::List(vec![value]))),
    }
}

fn linked(json: &str, wanted: &Wanted, into: &mut Vec<(u16, Value)>) {
    let Ok(Json::Array(links)) = serde_json::from_str::<Json>(json) else { return };
    for link in &links {
        for (place, attribute) in wanted.0.iter().enumerate() {
            let value = match (attribute.scope, attribute.name.as_str()) {
                (Scope::Link, name) => link.get("attributes").and_then(|a| a.get(name)),
                (Scope::Intrinsic, "link:traceID") => link.get("trace_id"),
                (Scope::Intrinsic, "link:spanID") => link.get("span_id"),
                _ => None,
            };
            if let Some(value) = value {
                listed(place as u16, Value::of_json(value), into);
            }
        }
    }
}

/// Values of the events of spans, by the record that carried them.
type OfEvents = FxHashMap<String, Vec<(u16, Value)>>;

fn events(snapshot: &Snapshot, wanted: &Wanted) -> Result<OfEvents, Error> {
    let mut found = OfEvents::default();
    for part in snapshot.parts("events") {
        for batch in rows(part, &["origin", "span_record_id", "event_name", "record_name", "time", "attributes"])? {
            let batch = batch?;
            for row in (0..batch.len()).filter(|row| batch.text(0).get(*row) == Some("span_event")) {
                let Some(span) = batch.text(1).get(row) else { continue };
                let mut values = Vec::new();
                named(batch.text(5).get(row).unwrap_or_default(), wanted, &[Scope::Event], &mut values);
                let name = batch.text(3).get(row).or_else(|| batch.text(2).get(row)).unwrap_or_default();
                property(wanted, "event:name", Value::Text(name.into()), &mut values);
                property(wanted, "event:timeSinceStart", Value::Duration(batch.times(4).get(row).unwrap_or(0)), &mut values);
                let into = found.entry(span.to_string()).or_default();
                for (place, value) in values {
                    listed(place, value, into);
                }
            }
        }
    }
    Ok(found)
}

fn moments_since(value: &Value, start: i64) -> Value {
    match value {
        Value::List(values) => Value::List(values.iter().map(|v| moments_since(v, start)).collect()),
        Value::Duration(moment) => Value::Duration(moment - start),
        other => other.clone(),
    }
}

/// The first and last start of a span, in nanoseconds.
pub(in super::super) fn extent(snapshot: &Snapshot) -> Result<Option<(i64, i64)>, Error> {
    let mut extent: Option<(i64, i64)> = None;
    for part in snapshot.parts("spans") {
        for batch in rows(part, &["start_time"])? {
            let batch = batch?;
            for time in (0..batch.len()).filter_map(|row| batch.times(0).get(row)) {
                extent = Some(extent.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
            }
        }
    }
    Ok(extent)
}
