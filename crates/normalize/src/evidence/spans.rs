//! Facts from spans. Most of an archive's spans tell nothing here and are passed over by name alone; of the others the name
//! is unbounded (a tool call's span is named after the tool), so they are found by a text in their attributes. Border: one span
//! in, at most one fact out.

use std::sync::Arc;

use memchr::memmem::Finder;
use rustc_hash::FxHashMap;
use tracemill_model::lake::Part;

use super::events::{tokens, tool_ref};
use super::{Evidence, ToolRef};
use crate::Error;
use crate::attributes::{Picked, Reader};
use crate::attribution::{Attribution, Labeller, Labels};
use crate::dialect::{Dialect, Field, TurnKind, starts_with_any};
use crate::pool::Pool;
use crate::read::rows;
use crate::stamp::{Stamp, id};
use crate::tokens::Tokens;

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
    /// Turn, as the span names it.
    pub turn_id: Option<Arc<str>>,
    /// Model.
    pub model: Option<Arc<str>>,
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
    },
    /// A call to an MCP server within a tool call.
    McpCall {
        /// Call and tool.
        tool: ToolRef,
        /// It failed.
        failed: bool,
    },
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

const COLUMNS: [&str; 11] =
    ["record_id", "start_time", "end_time", "trace_id", "span_id", "parent_span_id", "name", "service_name", "scope_name", "attributes", "resource"];

/// What a span's name promises.
#[derive(Debug, Clone, Copy)]
enum Named {
    Turn(TurnKind),
    PlainTurn,
    Conversation,
    TurnId,
    Interrupt,
    Start,
    McpCall,
}

/// What is looked for.
struct Search<'d> {
    dialect: &'d Dialect,
    names: FxHashMap<&'d str, Named>,
    tool: Finder<'d>,
    usage: Finder<'d>,
    prefix: String,
}

impl<'d> Search<'d> {
    fn new(dialect: &'d Dialect) -> Search<'d> {
        let spans = &dialect.spans;
        let mut names: FxHashMap<&str, Named> = spans.turns.iter().map(|(name, kind)| (name.as_str(), Named::Turn(*kind))).collect();
        for (list, named) in [
            (&spans.plain_turns, Named::PlainTurn),
            (&spans.conversations, Named::Conversation),
            (&spans.turn_ids, Named::TurnId),
            (&spans.interrupts, Named::Interrupt),
            (&spans.starts, Named::Start),
            (&spans.mcp_calls, Named::McpCall),
        ] {
            names.extend(list.iter().map(|name| (name.as_str(), named)));
        }
        Search {
            dialect,
            names,
            tool: Finder::new(&dialect.spans.tool_marker),
            usage: Finder::new(&dialect.spans.usage_marker),
            prefix: format!("\"{}", dialect.event_prefix),
        }
    }

    /// Whether the span may tell something.
    fn wants(&self, name: &str, json: &str) -> bool {
        self.names.contains_key(name) || self.tool.find(json.as_bytes()).is_some() || self.usage.find(json.as_bytes()).is_some()
    }

    fn is_agents(&self, service: Option<&str>, scope: Option<&str>, json: &str) -> bool {
        [service, scope].into_iter().flatten().any(|n| self.dialect.is_scope(n)) || json.contains(&self.prefix)
    }

    fn what(&self, pool: &mut Pool, name: &str, fields: &Picked<'_>) -> Option<SpanWhat> {
        match self.names.get(name) {
            Some(Named::Turn(kind)) => Some(SpanWhat::Turn { kind: *kind, tokens: turn_tokens(fields) }),
            Some(Named::PlainTurn) => Some(SpanWhat::PlainTurn),
            Some(Named::Conversation) => Some(SpanWhat::Conversation),
            Some(Named::TurnId) => Some(SpanWhat::TurnId),
            Some(Named::Interrupt) => Some(SpanWhat::Interrupt),
            Some(Named::Start) => {
                let request = fields.text(Field::RequestId)?;
                starts_with_any(request, &self.dialect.spans.helper_request_ids).then_some(SpanWhat::HelperStart)
            }
            Some(Named::McpCall) => Some(SpanWhat::McpCall { tool: tool_ref(pool, fields), failed: fields.text(Field::ErrorType).is_some() }),
            None if fields.text(Field::CallId).is_some() => {
                Some(SpanWhat::Tool { tool: tool_ref(pool, fields), aborted: fields.bool(Field::Aborted) })
            }
            None if fields.int(Field::InputTokens).is_some() => {
                let effort = fields.text(Field::ReasoningEffort).map(|e| pool.share(e));
                Some(SpanWhat::Usage { tokens: tokens(fields), effort })
            }
            None => None,
        }
    }
}

fn turn_tokens(fields: &Picked<'_>) -> Option<Tokens> {
    Some(Tokens {
        input: Some(fields.int(Field::TurnInputTokens)?),
        cached: fields.int(Field::TurnCachedInputTokens),
        cache_write: fields.int(Field::TurnCacheWriteTokens),
        output: fields.int(Field::TurnOutputTokens),
        reasoning: fields.int(Field::TurnReasoningTokens),
    })
}

/// Adds the facts of a part of `spans`.
pub fn gather(evidence: &mut Evidence, dialect: &Dialect, (reader, attribution): (&Reader, &Attribution), part: &Part) -> Result<(), Error> {
    let mut labeller = Labeller::new(attribution, Some(&dialect.agent));
    let search = Search::new(dialect);
    for batch in rows(part, &COLUMNS)? {
        let batch = batch?;
        for row in 0..batch.len() {
            let (name, json) = (batch.text(6).get(row).unwrap_or_default(), batch.text(9).get(row).unwrap_or_default());
            let (Some(trace), Some(span)) = (batch.text(3).get(row), batch.text(4).get(row)) else { continue };
            if !search.wants(name, json) || !search.is_agents(batch.text(7).get(row), batch.text(8).get(row), json) {
                continue;
            }
            let fields = reader.read(json).map_err(|e| Error::Part { path: part.path.clone(), reason: format!("attributes: {e}") })?;
            let Some(what) = search.what(&mut evidence.pool, name, &fields) else { continue };
            if let SpanWhat::McpCall { tool, .. } = &what
                && let (Some(server), Some(name)) = (&tool.server, &tool.name)
            {
                evidence.names.learn_server(&dialect.tools, server, name);
            }
            let pool = &mut evidence.pool;
            evidence.spans.push(SpanFact {
                record: batch.text(0).get(row).map_or(0, id),
                trace: id(trace),
                span: id(span),
                parent: batch.text(5).get(row).map(id),
                start: batch.times(1).get(row),
                end: batch.times(2).get(row),
                conversation: fields.text(Field::ConversationId).map(|c| pool.share(c)),
                turn_id: fields.text(Field::TurnId).map(|t| pool.share(t)),
                model: fields.text(Field::Model).map(|m| pool.share(m)),
                labels: labeller.labels(fields.text(Field::ConversationId), batch.text(10).get(row).unwrap_or_default(), &fields),
                what,
            });
        }
    }
    Ok(())
}
