//! What the raw tables say about each conversation, as compact facts: one per record that tells something. Border: facts are
//! told apart and typed here, in no order; what they add up to is for `turns`, `model_calls`, `tool_calls` and `lineage`.

mod call;
mod event;
pub mod events;
mod merge;
pub mod place;
pub mod response;
mod search;
pub mod spans;
mod telling;
pub mod whose;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::lake::Part;
use tracemill_model::read::{ReadError, Rows, ahead, rows};

use crate::attributes::Reader;
use crate::attribution::{Attribution, Labels, Told};
use crate::dialect::{Claim, Dialect, Dialects, Role};
use crate::lineage::services::Suffixes;
use crate::pool::Pool;
use crate::stamp::{Latest, Stamp};
use crate::survey::Survey;
use crate::survey::key::Key;
use crate::tokens::Tokens;
use crate::tool_name::ToolNames;
pub use call::{ToolRef, ToolResult};
pub use event::{Event, Phase, Request, Settings, Transport, What};
use place::Place;
pub use response::Response;
pub use spans::{SpanFact, SpanWhat};

/// Rows of a part, some at a time.
type Batches<'p> = Box<dyn Iterator<Item = Result<Rows, ReadError>> + 'p>;

/// Goes through the raw tables and gathers the facts of every dialect.
#[derive(Debug)]
pub struct Gatherer<'d> {
    /// The dialects.
    pub dialects: &'d Dialects,
    /// Reads the fields of each.
    pub readers: Arc<[Reader]>,
    /// Tells whose a record is.
    pub claim: Claim<'d>,
    /// Tells whose work it was.
    attribution: &'d Attribution,
    /// The facts of each.
    pub evidence: Vec<Evidence>,
    /// What is noted of the day that is gone through, where it is gone through whole.
    pub survey: Option<Survey>,
    /// Where not whole: the keys of the records that are wanted.
    pub wanted: Option<&'d FxHashSet<Key>>,
}

impl<'d> Gatherer<'d> {
    /// Has gathered nothing yet, and wants everything.
    pub fn new(dialects: &'d Dialects, attribution: &'d Attribution) -> Gatherer<'d> {
        let list = dialects.list();
        Gatherer {
            dialects,
            readers: list.iter().map(|d| Reader::new(d).watching(attribution.watched())).collect(),
            attribution,
            claim: Claim::new(dialects),
            evidence: nothing(dialects),
            survey: None,
            wanted: None,
        }
    }

    /// The rows of a part. Where days are gone through whole, all threads are at it, and reading ahead would only add to them.
    fn rows<'p>(&self, part: &'p Part, columns: &'static [&'static str]) -> Result<Batches<'p>, ReadError> {
        if self.survey.is_some() { Ok(Box::new(rows(part, columns)?)) } else { ahead(part, columns) }
    }

    /// Another one, which has gathered nothing yet.
    pub fn another(&self) -> Gatherer<'d> {
        Gatherer {
            dialects: self.dialects,
            readers: Arc::clone(&self.readers),
            attribution: self.attribution,
            claim: Claim::new(self.dialects),
            evidence: nothing(self.dialects),
            survey: None,
            wanted: self.wanted,
        }
    }

    /// The same, which wants no more than records with these keys.
    pub fn wanting<'w>(self, keys: &'w FxHashSet<Key>) -> Gatherer<'w>
    where
        'd: 'w,
    {
        Gatherer { survey: None, wanted: Some(keys), ..self }
    }
}

fn nothing(dialects: &Dialects) -> Vec<Evidence> {
    dialects.list().iter().map(|_| Evidence { pool: Pool::new(dialects.masks().clone()), ..Evidence::default() }).collect()
}

/// Everything known about an agent's conversations.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Conversations by id.
    pub threads: BTreeMap<Arc<str>, Thread>,
    /// Spans that tell something.
    pub spans: Vec<SpanFact>,
    /// Their places by trace, once `lineage` has settled them.
    pub by_trace: FxHashMap<u128, Vec<usize>>,
    /// Turns that the user interrupted.
    pub interrupted: FxHashSet<Arc<str>>,
    /// Facts from log records and span events that name no conversation, but a trace; whether they are copies on spans; and their labels.
    pub unplaced: Vec<(Event, bool, Arc<Labels>)>,
    /// What tells conversations of several services under one id apart, once `lineage` has.
    pub suffixes: Suffixes,
    /// Programs and processes that records are of; [`SpanFact::place`] and [`Event::place`] are places among them.
    pub places: Vec<Place>,
    /// Tools by their spellings, as all records of the lake show them.
    pub names: Arc<ToolNames>,
    /// Repeated texts.
    pub pool: Pool,
}

impl Evidence {
    /// The service of a record, by its place; none for a dialect of one program, whatever that is called.
    pub fn service(&self, dialect: &Dialect, place: u32) -> Option<&Arc<str>> {
        self.places.get(place as usize).and_then(|p| p.service.as_ref()).filter(|_| dialect.agent_is_service)
    }

    /// The place of a record of that service and resource; `known` are those of the resources so far.
    fn place(&mut self, known: &mut FxHashMap<String, Vec<u32>>, dialect: &Dialect, service: Option<&str>, resource: &str) -> u32 {
        let of_service = |place: &&u32| self.places[**place as usize].service.as_deref() == service;
        if let Some(place) = known.get(resource).and_then(|places| places.iter().find(of_service)) {
            return *place;
        }
        let place = self.places.len() as u32;
        self.places.push(Place::read(dialect, &mut self.pool, service, resource));
        known.entry(resource.to_owned()).or_default().push(place);
        place
    }

    /// The span facts of a trace, by start.
    pub fn in_trace(&self, trace: u128) -> impl Iterator<Item = &SpanFact> {
        self.by_trace.get(&trace).into_iter().flatten().map(|i| &self.spans[*i])
    }
}

/// What is known about one conversation.
#[derive(Debug, Default)]
pub struct Thread {
    /// Facts from log records.
    pub log: Vec<Event>,
    /// Facts from the copies of log records on spans.
    pub copies: Vec<Event>,
    /// Times of all its log records, also of those that tell nothing else.
    pub times: Vec<i64>,
    /// The program whose it is.
    pub program: Program,
    /// Where records of several services are of it: the program of each, until it is settled whose it is.
    pub programs: BTreeMap<Option<Arc<str>>, Program>,
    /// Front end.
    pub originator: Latest<Arc<str>>,
    /// User's e-mail.
    pub user_email: Latest<Arc<str>>,
    /// User's account.
    pub user_account: Latest<Arc<str>>,
    /// Whose work it was, as its records say.
    pub labels: Told,
    /// It works for another one: its records name an agent that is not the root.
    pub delegated: bool,
    /// It works within another one, which its records name.
    pub within: Option<Within>,
    /// Its turns' spans, by place in [`Evidence::spans`].
    pub turn_spans: Vec<usize>,
    /// Spans of its tool calls and calls to MCP servers.
    pub tool_spans: Vec<usize>,
    /// Spans of its responses with usage.
    pub usage_spans: Vec<usize>,
    /// What its metrics count.
    pub metrics: Vec<MetricTokens>,
}

/// What records tell of the program that they are of.
#[derive(Debug, Default)]
pub struct Program {
    /// Service.
    pub service: Latest<Arc<str>>,
    /// Version of the agent.
    pub version: Latest<Arc<str>>,
    /// Deployment environment.
    pub environment: Latest<Arc<str>>,
    /// Host.
    pub host: Latest<Arc<str>>,
    /// Process.
    pub instance: Latest<Arc<str>>,
}

impl Evidence {
    /// The process that the records of a place are of, where they name it.
    pub fn instance(&self, place: u32) -> Option<&Arc<str>> {
        self.places.get(place as usize)?.instance.as_ref()
    }
}

impl Program {
    /// Takes over what the place of a record tells.
    pub fn takes_place(&mut self, stamp: Stamp, place: &Place) {
        for (latest, value) in [
            (&mut self.service, &place.service),
            (&mut self.version, &place.version),
            (&mut self.environment, &place.environment),
            (&mut self.host, &place.host),
            (&mut self.instance, &place.instance),
        ] {
            if let Some(value) = value {
                latest.offer(stamp, || Arc::clone(value));
            }
        }
    }

    /// Takes over what other records tell.
    pub fn merge(&mut self, other: Program) {
        self.service.merge(other.service);
        self.version.merge(other.version);
        self.environment.merge(other.environment);
        self.host.merge(other.host);
        self.instance.merge(other.instance);
    }
}

/// The tokens that a model's metrics count over an interval.
#[derive(Debug, Clone)]
pub struct MetricTokens {
    /// End of the interval, nanoseconds since the epoch.
    pub time: Option<i64>,
    /// Its start.
    pub start: Option<i64>,
    /// Model.
    pub model: Option<Arc<str>>,
    /// The tokens.
    pub tokens: Tokens,
    /// The first of the data points.
    pub record: u128,
    /// The service, where the dialect is of many.
    pub service: Option<Arc<str>>,
}

/// A conversation within another one that names no conversation of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Within {
    /// The one it works for.
    pub parent: Arc<str>,
    /// What it does there.
    pub role: Role,
}

impl Thread {
    /// The facts to go by: those from log records, and only where there are none the copies on spans.
    pub fn events(&self) -> &[Event] {
        if self.log.is_empty() { &self.copies } else { &self.log }
    }
}
