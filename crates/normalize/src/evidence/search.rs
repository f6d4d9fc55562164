//! Which spans tell something, and what. Most of an archive's do not, and are passed over by name and a text in their attributes. Border:
//! name, fields and status of one span in, at most one fact out.

use memchr::memmem::Finder;
use rustc_hash::FxHashMap;

use super::spans::SpanWhat;
use super::telling::{tool_ref, tool_result};
use super::{ToolResult, response};
use crate::attributes::Picked;
use crate::dialect::{Dialect, Field, SpanKind, TurnKind, starts_with_any};
use crate::pool::Pool;
use crate::tokens::Tokens;

/// What a span's name promises.
#[derive(Debug, Clone, Copy)]
enum Named {
    Turn(TurnKind),
    Conversation,
    TurnId,
    Interrupt,
    Start,
    Is(SpanKind),
}

/// How a span ended.
#[derive(Debug, Clone, Copy)]
pub struct Status<'a> {
    /// With an error.
    pub failed: bool,
    /// The error's text.
    pub message: Option<&'a str>,
    /// At all.
    pub ended: bool,
}

/// What is looked for.
#[derive(Debug)]
pub struct Search<'d> {
    dialect: &'d Dialect,
    names: FxHashMap<&'d str, Named>,
    /// Beginnings of names, the longest first.
    prefixes: Vec<(&'d str, SpanKind)>,
    markers: Vec<Finder<'static>>,
    log: Option<Finder<'static>>,
}

impl<'d> Search<'d> {
    /// What a dialect looks for.
    pub fn new(dialect: &'d Dialect) -> Search<'d> {
        let spans = &dialect.spans;
        let mut names: FxHashMap<&str, Named> = spans.turns.iter().map(|(name, kind)| (name.as_str(), Named::Turn(*kind))).collect();
        for (list, named) in [
            (&spans.plain_turns, Named::Is(SpanKind::PlainTurn)),
            (&spans.conversations, Named::Conversation),
            (&spans.turn_ids, Named::TurnId),
            (&spans.interrupts, Named::Interrupt),
            (&spans.starts, Named::Start),
            (&spans.mcp_calls, Named::Is(SpanKind::McpCall)),
        ] {
            names.extend(list.iter().map(|name| (name.as_str(), named)));
        }
        let mut prefixes = Vec::new();
        for (name, kind) in &spans.names {
            match name.strip_suffix('*') {
                Some(prefix) => prefixes.push((prefix, *kind)),
                None => drop(names.insert(name, Named::Is(*kind))),
            }
        }
        prefixes.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        let marker = |text: &String| (!text.is_empty()).then(|| Finder::new(text).into_owned());
        let quoted: Vec<String> = spans.markers.iter().map(|m| format!("\"{m}")).collect();
        let log = (!spans.log_marker.is_empty()).then(|| Finder::new(&format!("\"{}\":true", spans.log_marker)).into_owned());
        Search {
            dialect,
            names,
            prefixes,
            markers: [&spans.tool_marker, &spans.usage_marker].into_iter().chain(&quoted).filter_map(marker).collect(),
            log,
        }
    }

    /// Whether the span may tell something.
    pub fn wants(&self, name: &str, json: &str) -> bool {
        self.names.contains_key(name)
            || self.prefixes.iter().any(|(prefix, _)| name.starts_with(prefix))
            || self.markers.iter().any(|marker| marker.find(json.as_bytes()).is_some())
            || self.is_log_record(json)
    }

    /// Whether the span is a log record in another dress.
    pub fn is_log_record(&self, json: &str) -> bool {
        self.log.as_ref().is_some_and(|marker| marker.find(json.as_bytes()).is_some())
    }

    /// What the span tells.
    pub fn what(&self, pool: &mut Pool, name: &str, fields: &Picked<'_>, status: Status<'_>) -> Option<SpanWhat> {
        match self.names.get(name) {
            Some(Named::Turn(kind)) => Some(self.turn(pool, *kind, fields, status)),
            Some(Named::Conversation) => Some(SpanWhat::Conversation),
            Some(Named::TurnId) => Some(SpanWhat::TurnId),
            Some(Named::Interrupt) => Some(SpanWhat::Interrupt),
            Some(Named::Start) => {
                let request = fields.text(Field::RequestId)?;
                starts_with_any(request, &self.dialect.spans.helper_request_ids).then_some(SpanWhat::HelperStart)
            }
            Some(Named::Is(kind)) => self.as_kind(pool, *kind, fields, status),
            None => self.unnamed(pool, name, fields, status),
        }
    }

    /// What a span tells whose name is not listed.
    fn unnamed(&self, pool: &mut Pool, name: &str, fields: &Picked<'_>, status: Status<'_>) -> Option<SpanWhat> {
        let spans = &self.dialect.spans;
        let by_name = || self.prefixes.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, kind)| *kind);
        let by_operation = || fields.text(Field::Operation).and_then(|operation| spans.operations.get(operation)).copied();
        if let Some(kind) = by_name().or_else(by_operation) {
            return self.as_kind(pool, kind, fields, status);
        }
        let has_tokens = fields.int(Field::InputTokens).is_some() || fields.int(Field::OutputTokens).is_some();
        if spans.by_fields {
            // a request that failed has no tokens, and names what was asked all the same
            let failed = || self.failed(status) == Some(true) || fields.text(Field::ErrorType).is_some();
            let asked = || fields.text(Field::RequestedModel).is_some() && fields.text(Field::Provider).is_some();
            return match (has_tokens, fields.text(Field::ToolName).is_some()) {
                (true, _) => self.as_kind(pool, SpanKind::Response, fields, status),
                (_, true) => self.as_kind(pool, SpanKind::Tool, fields, status),
                _ if asked() && failed() => self.as_kind(pool, SpanKind::Response, fields, status),
                _ => None,
            };
        }
        if !spans.tool_marker.is_empty() && fields.text(Field::CallId).is_some() {
            return self.as_kind(pool, SpanKind::Tool, fields, status);
        }
        (!spans.usage_marker.is_empty() && has_tokens).then(|| {
            let effort = fields.text(Field::ReasoningEffort).map(|e| pool.share(e));
            SpanWhat::Usage { tokens: response::tokens(&self.dialect.tokens, fields), effort }
        })
    }

    fn as_kind(&self, pool: &mut Pool, kind: SpanKind, fields: &Picked<'_>, status: Status<'_>) -> Option<SpanWhat> {
        let dialect = self.dialect;
        Some(match kind {
            SpanKind::Turn => self.turn(pool, TurnKind::Turn, fields, status),
            SpanKind::PlainTurn => SpanWhat::PlainTurn,
            SpanKind::Response | SpanKind::Embedding => {
                let mut response = response::read(dialect, pool, fields, self.failed(status).filter(|failed| *failed));
                if kind == SpanKind::Embedding {
                    response.has_no_output();
                }
                let message = || status.message.filter(|m| !m.is_empty()).map(|m| pool.masks().mask(m).into_owned());
                response.error = response.error.or_else(|| message().filter(|_| !response.ok));
                SpanWhat::Response(Box::new(response))
            }
            SpanKind::Tool => {
                let tool = tool_ref(dialect, pool, fields);
                // the span of a dialect that says nothing of status tells nothing of success
                let result = dialect.spans.status_tells.then(|| Box::new(self.result(pool, fields, status)));
                SpanWhat::Tool { tool, aborted: fields.bool(Field::Aborted), result }
            }
            SpanKind::ToolPart => SpanWhat::ToolPart(Box::new(self.result(pool, fields, status))),
            SpanKind::Wait => {
                let mut lower = |field: Field| fields.text(field).map(|t| pool.share(&t.to_lowercase()));
                SpanWhat::Wait { decision: lower(Field::Decision), source: lower(Field::DecisionSource) }
            }
            SpanKind::McpCall => {
                let failed = fields.text(Field::ErrorType).is_some() || self.failed(status) == Some(true);
                let result = dialect.spans.status_tells.then(|| Box::new(self.result(pool, fields, status)));
                SpanWhat::McpCall { tool: tool_ref(dialect, pool, fields), failed, result }
            }
            SpanKind::Title => SpanWhat::Work(crate::dialect::Role::Title),
            SpanKind::Helper => SpanWhat::Work(crate::dialect::Role::Helper),
            SpanKind::Ignore => return None,
        })
    }

    /// Whether the span failed, where its status tells.
    fn failed(&self, status: Status<'_>) -> Option<bool> {
        (self.dialect.spans.status_tells && (status.ended || status.failed)).then_some(status.failed)
    }

    fn turn(&self, pool: &mut Pool, kind: TurnKind, fields: &Picked<'_>, status: Status<'_>) -> SpanWhat {
        SpanWhat::Turn {
            kind,
            tokens: turn_tokens(self.dialect, fields),
            agent: fields.text(Field::SubagentName).map(|a| pool.share(a)),
            succeeded: self.dialect.nests().then(|| status.ended && !status.failed && fields.text(Field::ErrorType).is_none()),
        }
    }

    /// How a call ended as its span tells.
    fn result(&self, pool: &mut Pool, fields: &Picked<'_>, status: Status<'_>) -> ToolResult {
        let tool = tool_ref(self.dialect, pool, fields);
        let mut result = tool_result(self.dialect, pool, &tool, fields);
        let by_status = || Some(!(self.failed(status)? || fields.text(Field::ErrorType).is_some()));
        result.success = result.success.or_else(by_status);
        let message = || status.message.filter(|m| !m.is_empty()).map(|m| pool.masks().mask(m).into_owned());
        result.error = message().or(result.error).filter(|_| result.success == Some(false));
        result
    }
}

fn turn_tokens(dialect: &Dialect, fields: &Picked<'_>) -> Option<Tokens> {
    let Some(input) = fields.int(Field::TurnInputTokens) else {
        // an agent without words of its own for them puts its sums where a response has its tokens
        let sum = response::tokens(&dialect.tokens, fields);
        return (sum.input.is_some() && !dialect.fields.contains_key(Field::TurnInputTokens.name())).then_some(sum);
    };
    Some(Tokens {
        input: Some(input),
        cached: fields.int(Field::TurnCachedInputTokens),
        cache_write: fields.int(Field::TurnCacheWriteTokens),
        cache_write_1h: None,
        output: fields.int(Field::TurnOutputTokens),
        reasoning: fields.int(Field::TurnReasoningTokens),
    })
}
