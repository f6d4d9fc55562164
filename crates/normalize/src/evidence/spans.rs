//! Facts from spans. Most of an archive's spans tell nothing here and are passed over by name alone; of the others the name
//! is unbounded (a tool call's span is named after the tool), so they are found by a text in their attributes. Border: one span
//! in, at most one fact out.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use tracemill_model::lake::Part;

use super::events::{Notes, Record, add};
use super::search::{Search, Status};
use super::{Gatherer, Response, ToolRef, ToolResult, Within, whose};
use crate::Error;
use crate::attribution::{Labeller, Labels};
use crate::dialect::{Field, Role, TurnKind};
use crate::lineage::services;
use crate::model_calls::Signal;
use crate::stamp::{Stamp, id};
use crate::survey::Whose;
use crate::survey::key;
use crate::tokens::Tokens;
use tracemill_model::read::ReadError;

/// A fact from a span.
#[derive(Debug)]
pub struct SpanFact {
    /// Record id.
    pub record: u128,
    /// Trace.
    pub trace: u128,
    /// Span.
    pub span: u128,
    /// Parent.
    pub parent: Option<u128>,
    /// Start, nanoseconds since the epoch.
    pub start: Option<i64>,
    /// End.
    pub end: Option<i64>,
    /// Conversation, named by the span itself or resolved by `lineage`.
    pub conversation: Option<Arc<str>>,
    /// The conversation works within another.
    pub within: Option<Within>,
    /// Program and process, by place in [`super::Evidence::places`].
    pub place: u32,
    /// Attributes of it were cut.
    pub cut: bool,
    /// Span of the tool call that it is a part of, as `lineage` found it.
    pub of_call: Option<u128>,
    /// Turn, as the span names it.
    pub turn_id: Option<Arc<str>>,
    /// Model that answered, else that was asked.
    pub model: Option<Arc<str>>,
    /// Model the agent was set to.
    pub requested_model: Option<Arc<str>>,
    /// Whose work it was.
    pub labels: Arc<Labels>,
    /// What the span says.
    pub what: SpanWhat,
}

/// What a span says.
#[derive(Debug)]
pub enum SpanWhat {
    /// It is a turn.
    Turn {
        /// Kind.
        kind: TurnKind,
        /// The turn's tokens, which the agent writes when the turn completes.
        tokens: Option<Tokens>,
        /// Name of the agent that it is a turn of, where that is told.
        agent: Option<Arc<str>>,
        /// It ended, and not with an error, as its status says; `None` where that says nothing.
        succeeded: Option<bool>,
    },
    /// It is a turn if its trace has no better one.
    PlainTurn,
    /// It names its trace's conversation.
    Conversation,
    /// It names its trace's turn.
    TurnId,
    /// The user interrupted the turn.
    Interrupt,
    /// A short-lived conversation was started by the front end.
    HelperStart,
    /// A tool call.
    Tool {
        /// Call and tool.
        tool: ToolRef,
        /// Cut off.
        aborted: Option<bool>,
        /// How it ended, where the span tells.
        result: Option<Box<ToolResult>>,
    },
    /// What a tool call did while it ran.
    ToolPart(Box<ToolResult>),
    /// The time in which somebody was asked about a tool call.
    Wait {
        /// Decision, lowercase.
        decision: Option<Arc<str>>,
        /// Who decided, lowercase.
        source: Option<Arc<str>>,
    },
    /// A call to an MCP server within a tool call.
    McpCall {
        /// Call and tool.
        tool: ToolRef,
        /// It failed.
        failed: bool,
        /// How it ended, where the span tells.
        result: Option<Box<ToolResult>>,
    },
    /// A response, complete or failed, of which the span tells all.
    Response(Box<Response>),
    /// The agent works for itself here.
    Work(Role),
    /// A response with usage.
    Usage {
        /// Its tokens.
        tokens: Tokens,
        /// Reasoning effort.
        effort: Option<Arc<str>>,
    },
}

impl SpanFact {
    /// Whether it bounds a turn.
    pub fn is_turn(&self) -> bool {
        matches!(self.what, SpanWhat::Turn { .. } | SpanWhat::PlainTurn)
    }

    /// Place in the order of records.
    pub fn stamp(&self, time: Option<i64>) -> Stamp {
        Stamp { time, observed: None, record: self.record }
    }
}

const COLUMNS: [&str; 14] = [
    "record_id",
    "start_time",
    "end_time",
    "trace_id",
    "span_id",
    "parent_span_id",
    "name",
    "service_name",
    "scope_name",
    "attributes",
    "resource",
    "status",
    "status_message",
    "truncated_attributes",
];

/// Adds the facts of a part of `spans`.
pub fn gather(gatherer: &mut Gatherer<'_>, part: &Part) -> Result<(), Error> {
    let dialects = gatherer.dialects.list();
    let searches: Vec<Search<'_>> = dialects.iter().map(Search::new).collect();
    let mut places: Vec<FxHashMap<String, Vec<u32>>> = vec![FxHashMap::default(); dialects.len()];
    let mut labellers: Vec<Labeller<'_>> = Labeller::of_each(gatherer.attribution, gatherer.dialects);
    for batch in gatherer.rows(part, &COLUMNS)? {
        let batch = batch?;
        let texts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map(|column| batch.text(column));
        for row in 0..batch.len() {
            let (name, json) = (texts[6].get(row).unwrap_or_default(), texts[9].get(row).unwrap_or_default());
            let trace_key = key::trace(texts[3].get(row).unwrap_or_default());
            if let Some(survey) = &mut gatherer.survey {
                survey.span(trace_key, batch.times(2).get(row));
            }
            if gatherer.wanted.is_some_and(|wanted| !wanted.contains(&trace_key)) {
                continue;
            }
            let (Some(trace), Some(span)) = (texts[3].get(row), texts[4].get(row)) else { continue };
            let (service, scope) = (texts[7].get(row), texts[8].get(row));
            let known = gatherer.claim.of_origin(service, scope);
            if let (Some(of), Some(survey)) = (known, &mut gatherer.survey) {
                survey.seen.note(dialects[of].agent_of(service), Signal::Span, batch.times(1).get(row));
            }
            if known.map_or_else(|| !searches.iter().any(|s| s.wants(name, json)), |of| !searches[of].wants(name, json)) {
                continue;
            }
            let Some(of) = known.or_else(|| gatherer.claim.of(None, service, scope, json)).filter(|of| searches[*of].wants(name, json)) else {
                continue;
            };
            let fields = gatherer.readers[of].read(json).map_err(|e| ReadError { path: part.path.clone(), reason: format!("attributes: {e}") })?;
            let (dialect, evidence) = (&dialects[of], &mut gatherer.evidence[of]);
            let resource = texts[10].get(row).unwrap_or_default();
            let place = evidence.place(&mut places[of], dialect, service, resource);
            let record = texts[0].get(row).map_or(0, id);
            let (start, end) = (batch.times(1).get(row), batch.times(2).get(row));
            if searches[of].is_log_record(json) {
                let stamp = Stamp { time: start, observed: None, record };
                let copied = Record { stamp, trace: Some(id(trace)), trace_key: Some(trace_key), span: Some(id(span)), copy: true };
                let kind = fields.text(Field::EventName).and_then(|name| dialect.event(name));
                let notes = Notes { dialect: of, survey: gatherer.survey.as_mut(), wanted: gatherer.wanted };
                add(evidence, dialect, kind, &fields, copied, (place, resource, &mut labellers[of]), notes);
                continue;
            }
            let status = Status { failed: texts[11].get(row) == Some("error"), message: texts[12].get(row), ended: end.is_some() };
            let Some(what) = searches[of].what(&mut evidence.pool, name, &fields, status) else { continue };
            let whose = whose::conversation(&mut evidence.pool, dialect, &fields, &evidence.places[place as usize]);
            let (conversation, within) = whose.unzip();
            let labels = labellers[of].labels(conversation.as_deref().map(services::plain), resource, &fields);
            let pool = &mut evidence.pool;
            let fact = SpanFact {
                record,
                trace: id(trace),
                span: id(span),
                parent: texts[5].get(row).map(id),
                start,
                end,
                conversation,
                within: within.flatten(),
                place,
                cut: batch.ints(13).get(row).is_some_and(|n| n > 0),
                of_call: None,
                turn_id: fields.text(Field::TurnId).map(|t| pool.share(t)),
                model: fields.text(Field::Model).map(|m| pool.share(m)),
                requested_model: fields.text(Field::RequestedModel).map(|m| pool.share(m)),
                labels,
                what,
            };
            if let Some(survey) = &mut gatherer.survey {
                let of = Whose {
                    dialect: of,
                    trace: Some(trace_key),
                    conversation: fact.conversation.as_deref(),
                    within: fact.within.as_ref(),
                    instance: evidence.places[place as usize].instance.as_deref(),
                };
                survey.fact(&of, dialect.nests(), !dialect.spans.interrupts.is_empty(), &fact);
            }
            evidence.spans.push(fact);
        }
    }
    Ok(())
}
