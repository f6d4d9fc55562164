//! The traces and spans of the conversations that are to be forgotten. Border: reads raw spans and records, and `latency` for the spans that no name
//! tells of.

use std::collections::{BTreeMap, BTreeSet};

use tracemill_forgotten::{Lines, Names, itself_in};
use tracemill_model::lake::Snapshot;
use tracemill_model::read::rows;

use super::choose::{Chosen, damaged};
use crate::Error;

/// Finds the traces that are theirs alone, and their spans in the others. `ids` are the conversations as the tables have them.
pub fn find(snapshot: &Snapshot, ids: &BTreeSet<&str>, chosen: &mut Chosen) -> Result<(), Error> {
    // the spans that latency tells of
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    latency(snapshot, |conversation, trace, span| {
        if conversation.is_some_and(|c| ids.contains(c)) {
            found.entry(trace.to_owned()).or_default().extend(span.map(str::to_owned));
        }
    })?;
    named(snapshot, &chosen.names, |trace, conversation| {
        if chosen.ids.contains(conversation) && !found.contains_key(trace) {
            let _ = found.insert(trace.to_owned(), BTreeSet::new());
        }
    })?;
    themselves(snapshot, |trace, conversation| {
        if chosen.ids.contains(conversation) && !found.contains_key(trace) {
            let _ = found.insert(trace.to_owned(), BTreeSet::new());
        }
    })?;
    let mut shared = BTreeSet::new();
    latency(snapshot, |conversation, trace, _| {
        if conversation.is_some_and(|c| !ids.contains(c)) && found.contains_key(trace) {
            let _ = shared.insert(trace.to_owned());
        }
    })?;
    named(snapshot, &chosen.names, |trace, conversation| {
        if !chosen.ids.contains(conversation) && found.contains_key(trace) {
            let _ = shared.insert(trace.to_owned());
        }
    })?;
    let mut lines = Lines::default();
    spans(snapshot, |trace, span, parent, attributes| {
        if shared.contains(trace) {
            lines.add(trace, span, parent, goes(&chosen.names, &chosen.ids, attributes));
        }
    })?;
    for (trace, span, goes) in lines.settle() {
        if goes.unwrap_or_else(|| found.get(&trace).is_some_and(|spans| spans.contains(&span))) {
            let _ = chosen.spans.insert((trace, span));
        }
    }
    chosen.traces.extend(found.into_keys().filter(|trace| !shared.contains(trace)));
    let mut span_ids = BTreeSet::new();
    let is_gone = |trace: &str, span: &str| chosen.traces.contains(trace) || chosen.spans.contains(&(trace.to_owned(), span.to_owned()));
    spans(snapshot, |trace, span, _, _| {
        if is_gone(trace, span) {
            let _ = span_ids.insert(span.to_owned());
        }
    })?;
    if !span_ids.is_empty() {
        spans(snapshot, |trace, span, _, _| {
            if span_ids.contains(span) && !is_gone(trace, span) {
                let _ = span_ids.remove(span);
            }
        })?;
    }
    chosen.span_ids = span_ids;
    Ok(())
}

/// Whether attributes name what is forgotten; `None` where they name nothing. The span's own go before its resource's.
fn goes(names: &Names, ids: &BTreeSet<String>, attributes: [&str; 2]) -> Option<bool> {
    attributes.into_iter().map(|a| names.conversations_in(a)).find(|named| !named.is_empty()).map(|named| named.iter().any(|id| ids.contains(id)))
}

/// Visits conversation, trace and span of all shares of time.
fn latency(snapshot: &Snapshot, mut visit: impl FnMut(Option<&str>, &str, Option<&str>)) -> Result<(), Error> {
    for part in snapshot.parts("latency") {
        for batch in rows(part, &["conversation_id", "trace_id", "span_id"]).map_err(damaged)? {
            let batch = batch.map_err(damaged)?;
            let [conversations, traces, spans] = [0, 1, 2].map(|c| batch.text(c));
            (0..batch.len()).for_each(|row| {
                if let Some(trace) = traces.get(row) {
                    visit(conversations.get(row), trace, spans.get(row));
                }
            });
        }
    }
    Ok(())
}

/// Visits trace, span, parent, attributes and resource of all spans.
fn spans(snapshot: &Snapshot, mut visit: impl FnMut(&str, &str, Option<&str>, [&str; 2])) -> Result<(), Error> {
    for part in snapshot.parts("spans") {
        for batch in rows(part, &["trace_id", "span_id", "parent_span_id", "attributes", "resource"]).map_err(damaged)? {
            let batch = batch.map_err(damaged)?;
            let [traces, ids, parents, attributes, resources] = [0, 1, 2, 3, 4].map(|c| batch.text(c));
            for row in 0..batch.len() {
                if let Some((trace, span)) = traces.get(row).zip(ids.get(row)) {
                    visit(trace, span, parents.get(row), [&attributes, &resources].map(|c| c.get(row).unwrap_or_default()));
                }
            }
        }
    }
    Ok(())
}

/// Visits the trace of all spans and records that name a conversation, and the conversation.
fn named(snapshot: &Snapshot, names: &Names, mut visit: impl FnMut(&str, &str)) -> Result<(), Error> {
    for part in ["spans", "events"].into_iter().flat_map(|table| snapshot.parts(table)) {
        for batch in rows(part, &["trace_id", "attributes", "resource"]).map_err(damaged)? {
            let batch = batch.map_err(damaged)?;
            let (traces, texts) = (batch.text(0), [batch.text(1), batch.text(2)]);
            for (trace, row) in (0..batch.len()).filter_map(|row| Some((traces.get(row)?, row))) {
                for text in texts.iter().filter_map(|column| column.get(row)) {
                    names.conversations_in(text).iter().for_each(|conversation| visit(trace, conversation));
                }
            }
        }
    }
    Ok(())
}

/// Visits the trace of all records whose body may be a conversation itself, and its id.
fn themselves(snapshot: &Snapshot, mut visit: impl FnMut(&str, &str)) -> Result<(), Error> {
    for part in snapshot.parts("events") {
        for batch in rows(part, &["trace_id", "body"]).map_err(damaged)? {
            let batch = batch.map_err(damaged)?;
            let (traces, bodies) = (batch.text(0), batch.text(1));
            for row in 0..batch.len() {
                if let Some((trace, body)) = traces.get(row).zip(bodies.get(row)) {
                    itself_in(body).iter().for_each(|id| visit(trace, id));
                }
            }
        }
    }
    Ok(())
}
