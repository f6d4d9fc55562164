//! One part looked through. Border: a pure function of the part's rows, the rules and the lake's key, so that it can be done for each part by
//! itself and kept.

use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::StringViewArray;
use rustc_hash::FxHashMap;
use tracemill_model::lake::Part;
use tracemill_model::read::{self, ReadError, Rows, rows};
use tracemill_secrets::{Cells, Fingerprints, Kinds, Rules, Spot, Whole, preview};

use super::day::{Day, Place, Records};
use super::hoard::Hoard;
use crate::Error;
use crate::attributes::Reader;
use crate::dialect::{Claim, Dialects, Field};
use crate::evidence::place::Places;
use crate::evidence::whose;
use crate::pool::Pool;
use crate::stamp::id;

/// Columns that tell whose a record is, first in each list.
const WHOSE: usize = 8;

/// The columns that are looked through, of each raw table: those that tell whose a record is, then texts, then JSON; the number of texts; and
/// whether the first of the texts is an event's name.
struct Columns {
    table: &'static str,
    names: &'static [&'static str],
    texts: usize,
    event: bool,
}

const TABLES: [Columns; 4] = [
    Columns {
        table: "spans",
        names: &[
            "record_id",
            "start_time",
            "trace_id",
            "span_id",
            "service_name",
            "scope_name",
            "attributes",
            "resource",
            "name",
            "status_message",
            "trace_state",
            "links",
            "scope_attributes",
        ],
        texts: 3,
        event: false,
    },
    Columns {
        table: "events",
        names: &[
            "record_id",
            "time",
            "trace_id",
            "span_id",
            "service_name",
            "scope_name",
            "attributes",
            "resource",
            "event_name",
            "record_name",
            "body",
            "scope_attributes",
        ],
        texts: 2,
        event: true,
    },
    Columns {
        table: "metrics",
        names: &["record_id", "time", "", "", "service_name", "scope_name", "attributes", "resource", "exemplars", "metadata", "scope_attributes"],
        texts: 0,
        event: false,
    },
    Columns {
        table: "profiles",
        names: &[
            "record_id",
            "time",
            "trace_id",
            "span_id",
            "service_name",
            "scope_name",
            "attributes",
            "resource",
            "leaf",
            "stack",
            "profile_attributes",
            "scope_attributes",
        ],
        texts: 1,
        event: false,
    },
];

/// Columns whose text many records share: what is found in them is remembered.
const SHARED: [&str; 2] = ["resource", "scope_attributes"];
/// Texts of each such column remembered at most.
const REMEMBERED: usize = 1024;

/// A column of text of some rows.
type Texts<'b> = read::Cells<'b, StringViewArray>;

/// Conversation and agent of a record, where they are known.
type Whose = (Option<Arc<str>>, Option<Arc<str>>);

/// What parts are looked through with.
#[derive(Debug)]
pub struct Scan<'a> {
    dialects: &'a Dialects,
    readers: Vec<Reader>,
    rules: Arc<Rules>,
    fingerprints: Fingerprints,
    /// What looks through columns, for as many parts as were looked through at once: it remembers what it has seen.
    idle: Mutex<Vec<Cells>>,
}

/// The fields that tell the conversation of a record.
const NAMING: [Field; 5] = [Field::ConversationId, Field::SubagentId, Field::SubagentName, Field::ParentConversationId, Field::Role];

impl<'a> Scan<'a> {
    /// With these rules, and fingerprints by the lake's key.
    pub fn new(dialects: &'a Dialects, rules: Arc<Rules>, fingerprints: Fingerprints) -> Scan<'a> {
        let readers = dialects.list().iter().map(|d| Reader::of(d, |field| NAMING.contains(&field))).collect();
        Scan { dialects, readers, rules, fingerprints, idle: Mutex::default() }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    fn cells(&self) -> Cells {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| Cells::new(Arc::clone(&self.rules), Kinds::ALL, Arc::new(Whole::default())))
    }
}

/// Looks through a part of a raw table; another has nothing.
pub fn scan(with: &Scan<'_>, part: &Part) -> Result<Day, Error> {
    let Some(columns) = TABLES.iter().find(|t| t.table == part.table) else { return Ok(Day::default()) };
    let mut looker = Looker {
        with,
        columns,
        cells: with.cells(),
        claim: Claim::new(with.dialects),
        pool: Pool::new(with.dialects.masks().clone()),
        shared: Default::default(),
        shown: FxHashMap::default(),
        places: vec![Places::default(); with.dialects.list().len()],
        spots: Vec::new(),
        hoard: Hoard::default(),
    };
    for batch in rows(part, columns.names)? {
        let batch = batch?;
        let texts: Vec<Texts<'_>> = (0..columns.names.len()).map(|column| batch.text(column)).collect();
        for row in 0..batch.len() {
            looker.row(&batch, &texts, row).map_err(|e| ReadError { path: part.path.clone(), reason: format!("attributes: {e}") })?;
        }
    }
    with.idle.lock().unwrap_or_else(PoisonError::into_inner).push(looker.cells);
    Ok(looker.hoard.day())
}

struct Looker<'a> {
    with: &'a Scan<'a>,
    columns: &'static Columns,
    cells: Cells,
    claim: Claim<'a>,
    pool: Pool,
    /// What was found in a column that many records share, by its text.
    shared: [Shared; SHARED.len()],
    /// Preview and fingerprint of what was found before.
    shown: FxHashMap<Arc<str>, (Arc<str>, Arc<str>)>,
    /// What resources tell, by dialect.
    places: Vec<Places>,
    /// Of the record that is looked at.
    spots: Vec<Spot>,
    hoard: Hoard,
}

/// What was found in a column that many records share.
#[derive(Default)]
struct Shared {
    known: FxHashMap<Arc<str>, Arc<[Spot]>>,
    /// Of the record before: records of a process follow one another.
    last: Option<(Arc<str>, Arc<[Spot]>)>,
}

impl Looker<'_> {
    fn row(&mut self, batch: &Rows, texts: &[Texts<'_>], row: usize) -> Result<(), serde_json::Error> {
        self.spots.clear();
        // of those that tell whose a record is, attributes and resource are looked through too
        for (column, (name, cells)) in self.columns.names.iter().zip(texts).enumerate().skip(WHOSE - 2) {
            let Some(text) = cells.get(row) else { continue };
            if let Some(place) = SHARED.iter().position(|shared| shared == name) {
                let Looker { cells, shared, spots, .. } = self;
                spots.extend_from_slice(shared[place].of(cells, name, text));
            } else if (WHOSE..WHOSE + self.columns.texts).contains(&column) {
                self.cells.find_text(name, text, &mut self.spots);
            } else {
                self.cells.find_json(name, text, &mut self.spots);
            }
        }
        if self.spots.is_empty() {
            return Ok(());
        }
        let (agent, conversation) = self.whose(texts, row)?;
        let trace = texts[2].get(row).map(id).filter(|_| conversation.is_none());
        let span = trace.map(|trace| (trace, texts[3].get(row).map(id)));
        let records = Records { first: (batch.times(1).get(row), texts[0].get(row).map_or(0, id)), last: batch.times(1).get(row), count: 1 };
        let mut spots = std::mem::take(&mut self.spots);
        for Spot { field, offset, rule, secret } in spots.drain(..) {
            let shown = secret.map(|secret| self.shown(&secret));
            let place = Place {
                conversation: conversation.clone(),
                span,
                agent: agent.clone(),
                table: self.columns.table,
                // a key may be a secret itself
                field: self.pool.share(&field),
                offset,
                rule,
                shown,
            };
            self.hoard.add(place, records);
        }
        self.spots = spots;
        Ok(())
    }

    fn shown(&mut self, secret: &Arc<str>) -> (Arc<str>, Arc<str>) {
        if let Some(known) = self.shown.get(secret) {
            return known.clone();
        }
        let shown = (Arc::from(preview(secret)), Arc::from(self.with.fingerprints.of(secret)));
        let _ = self.shown.insert(Arc::clone(secret), shown.clone());
        shown
    }

    /// The agent of a record, and the conversation that it names.
    fn whose(&mut self, texts: &[Texts<'_>], row: usize) -> Result<Whose, serde_json::Error> {
        let cell = |column: usize| texts[column].get(row);
        let (service, scope, json) = (cell(4), cell(5), cell(6).unwrap_or_default());
        let event = if self.columns.event { cell(WHOSE) } else { None };
        let Some(of) = self.claim.of(event, service, scope, json) else { return Ok((None, None)) };
        let dialect = &self.with.dialects.list()[of];
        let fields = self.with.readers[of].read(json)?;
        let place = self.places[of].of(dialect, &mut self.pool, cell(7).unwrap_or_default());
        // as the record names it: whether services share it, a day cannot tell
        let conversation = whose::named(&mut self.pool, dialect, &fields, place).map(|(id, _)| id);
        Ok((Some(self.pool.share(dialect.agent_of(service))), conversation))
    }
}

impl Shared {
    fn of(&mut self, cells: &mut Cells, column: &'static str, text: &str) -> &[Spot] {
        if self.last.as_ref().is_none_or(|(last, _)| **last != *text) {
            if self.known.len() == REMEMBERED {
                self.known.clear();
            }
            let known = self.known.get_key_value(text).map(|(text, spots)| (Arc::clone(text), Arc::clone(spots)));
            self.last = Some(known.unwrap_or_else(|| {
                let mut spots = Vec::new();
                cells.find_json(column, text, &mut spots);
                let (text, spots): (Arc<str>, Arc<[Spot]>) = (Arc::from(text), spots.into());
                let _ = self.known.insert(Arc::clone(&text), Arc::clone(&spots));
                (text, spots)
            }));
        }
        self.last.as_ref().map_or(&[], |(_, spots)| spots)
    }
}

#[cfg(test)]
mod tests;
