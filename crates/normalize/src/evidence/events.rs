//! Facts from log records and span events: whose they are, and what they say of the program. Border: one record in, at most one fact out;
//! what its fields tell is read in `telling`.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::lake::Part;

use super::telling::what;
use super::{Event, Evidence, Gatherer, whose};
use crate::Error;
use crate::attributes::Picked;
use crate::attribution::Labeller;
use crate::dialect::{Dialect, EventKind, Field};
use crate::lineage::services;
use crate::model_calls::Signal;
use crate::stamp::{Latest, Stamp, id};
use crate::survey::key::{self, Key};
use crate::survey::{Survey, Whose};
use tracemill_model::read::ReadError;

const COLUMNS: [&str; 12] = [
    "record_id",
    "time",
    "observed_time",
    "origin",
    "event_name",
    "trace_id",
    "span_id",
    "service_name",
    "attributes",
    "resource",
    "scope_name",
    "body",
];

/// A record as far as it is the same for all agents.
#[derive(Debug)]
pub struct Record {
    /// Place in the order of records.
    pub stamp: Stamp,
    /// Trace.
    pub trace: Option<u128>,
    /// Its key.
    pub trace_key: Option<Key>,
    /// Span.
    pub span: Option<u128>,
    /// It is a copy of a log record on a span.
    pub copy: bool,
}

/// Adds the facts of a part of `events`.
pub fn gather(gatherer: &mut Gatherer<'_>, part: &Part) -> Result<(), Error> {
    let mut places: Vec<FxHashMap<String, Vec<u32>>> = vec![FxHashMap::default(); gatherer.dialects.list().len()];
    let mut kinds: Vec<FxHashMap<String, Option<EventKind>>> = vec![FxHashMap::default(); places.len()];
    let mut labellers: Vec<Labeller<'_>> = Labeller::of_each(gatherer.attribution, gatherer.dialects);
    for batch in gatherer.rows(part, &COLUMNS)? {
        let batch = batch?;
        let texts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map(|column| batch.text(column));
        for row in 0..batch.len() {
            let name = texts[4].get(row);
            let json = texts[8].get(row).unwrap_or_default();
            let Some(of) = gatherer.claim.of(name, texts[7].get(row), texts[10].get(row), json) else { continue };
            let dialect = &gatherer.dialects.list()[of];
            let copy = texts[3].get(row) == Some("span_event");
            if let Some(survey) = gatherer.survey.as_mut().filter(|_| !copy) {
                survey.seen.note(dialect.agent_of(texts[7].get(row)), Signal::Log, batch.times(1).get(row));
            }
            let trace_key = texts[5].get(row).map(key::trace);
            if gatherer.wanted.zip(trace_key).is_some_and(|(wanted, key)| !wanted.contains(&key)) {
                continue;
            }
            let kind = match name {
                Some(name) => match kinds[of].get(name) {
                    Some(kind) => *kind,
                    None => *kinds[of].entry(name.to_owned()).or_insert_with(|| dialect.event(name)),
                },
                None => texts[11].get(row).and_then(|body| dialect.body(body.trim_start_matches(['[', '"', ' ']))),
            };
            let names = dialect.fields.contains_key(Field::EventName.name());
            if copy && kind.is_none() && !names {
                continue;
            }
            let fields = gatherer.readers[of].read(json).map_err(|e| ReadError { path: part.path.clone(), reason: format!("attributes: {e}") })?;
            let kind = kind.or_else(|| fields.text(Field::EventName).and_then(|name| dialect.event(name)));
            if copy && kind.is_none() {
                continue;
            }
            let stamp = Stamp { time: batch.times(1).get(row), observed: batch.times(2).get(row), record: texts[0].get(row).map_or(0, id) };
            let record = Record { stamp, trace: texts[5].get(row).map(id), trace_key, span: texts[6].get(row).map(id), copy };
            let resource = texts[9].get(row).unwrap_or_default();
            let evidence = &mut gatherer.evidence[of];
            let place = evidence.place(&mut places[of], dialect, texts[7].get(row), resource);
            let notes = Notes { dialect: of, survey: gatherer.survey.as_mut(), wanted: gatherer.wanted };
            add(evidence, dialect, kind, &fields, record, (place, resource, &mut labellers[of]), notes);
        }
    }
    Ok(())
}

/// What is noted of a record beside its fact, and whether it is wanted.
#[derive(Debug)]
pub struct Notes<'a> {
    /// Place of its dialect.
    pub dialect: usize,
    /// The day's.
    pub survey: Option<&'a mut Survey>,
    /// Keys of the records that are wanted; without them all are.
    pub wanted: Option<&'a FxHashSet<Key>>,
}

/// Adds the fact of a record, and what it says of its conversation.
pub fn add(
    evidence: &mut Evidence,
    dialect: &Dialect,
    kind: Option<EventKind>,
    fields: &Picked<'_>,
    record: Record,
    (at, resource, labeller): (u32, &str, &mut Labeller<'_>),
    notes: Notes<'_>,
) {
    let Record { stamp, trace, trace_key, span, copy } = record;
    let place = &evidence.places[at as usize];
    let whose = whose::conversation(&mut evidence.pool, dialect, fields, place);
    if whose.is_none() && (!dialect.nests() || kind.is_none()) {
        return;
    }
    let of = Whose {
        dialect: notes.dialect,
        trace: trace_key,
        conversation: whose.as_ref().map(|(id, _)| &**id),
        within: whose.as_ref().and_then(|(_, within)| within.as_ref()),
        instance: place.instance.as_deref(),
    };
    if notes.wanted.is_some_and(|wanted| !wanted.contains(&of.key())) {
        return;
    }
    let pool = &mut evidence.pool;
    let told = kind.and_then(|kind| what(dialect, pool, kind, fields)).map(|what| Event {
        stamp,
        trace,
        span,
        place: at,
        turn_id: fields.text(Field::TurnId).map(|t| pool.share(t)),
        model: fields.text(Field::Model).map(|m| pool.share(m)),
        requested_model: fields.text(Field::RequestedModel).map(|m| pool.share(m)),
        what,
    });
    if let Some(survey) = notes.survey {
        survey.record(&of, dialect.nests(), dialect.adopts(), stamp.time, told.as_ref().map(|e| &e.what));
    }
    let Some((conversation, within)) = whose else {
        evidence.unplaced.extend(told.map(|event| (event, copy, labeller.labels(None, resource, fields))));
        return;
    };
    let thread = evidence.threads.entry(Arc::clone(&conversation)).or_default();
    if !copy {
        thread.times.extend(stamp.time);
    }
    let mut common = |latest: &mut Latest<Arc<str>>, field: Field| {
        if let Some(value) = fields.text(field) {
            latest.offer(stamp, || pool.share(value));
        }
    };
    common(&mut thread.program.version, Field::Version);
    common(&mut thread.originator, Field::Originator);
    common(&mut thread.user_email, Field::UserEmail);
    common(&mut thread.user_account, Field::UserAccount);
    thread.labels.offer(stamp, &labeller.labels(Some(services::plain(&conversation)), resource, fields));
    thread.program.takes_place(stamp, place);
    thread.within = thread.within.take().max(within);
    let roots = &dialect.conversations.root_agents;
    thread.delegated |= fields.text(Field::AgentName).is_some_and(|a| !roots.iter().any(|r| r == a));
    if let Some(event) = told {
        if copy { thread.copies.push(event) } else { thread.log.push(event) }
    }
}
