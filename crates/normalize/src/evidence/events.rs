//! Facts from log records and span events. Border: one record in, at most one fact out.

use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rustc_hash::FxHashMap;
use tracemill_model::lake::Part;

use super::{Event, Evidence, Phase, Request, Settings, ToolRef, ToolResult, Transport, What};
use crate::Error;
use crate::attributes::{Picked, Reader};
use crate::attribution::{Attribution, Labeller};
use crate::dialect::{Dialect, EventKind, Field, starts_with_any};
use crate::output;
use crate::pool::Pool;
use crate::read::rows;
use crate::stamp::{Stamp, id};
use crate::tokens::Tokens;

/// Bytes of a call's arguments kept.
const ARGUMENTS_BYTES: usize = 2048;
/// Bytes of a prompt kept.
const PROMPT_BYTES: usize = 2048;

const COLUMNS: [&str; 10] =
    ["record_id", "time", "observed_time", "origin", "event_name", "trace_id", "span_id", "service_name", "attributes", "resource"];

/// What the resource of a record adds.
#[derive(Debug, Clone, Default)]
struct Place {
    environment: Option<Arc<str>>,
    host: Option<Arc<str>>,
}

/// Adds the facts of a part of `events`.
pub fn gather(evidence: &mut Evidence, dialect: &Dialect, (reader, attribution): (&Reader, &Attribution), part: &Part) -> Result<(), Error> {
    let mut labeller = Labeller::new(attribution, Some(&dialect.agent));
    let mut places: FxHashMap<String, Place> = FxHashMap::default();
    let mut kinds: FxHashMap<String, Option<EventKind>> = FxHashMap::default();
    for batch in rows(part, &COLUMNS)? {
        let batch = batch?;
        let names = batch.text(4);
        for row in 0..batch.len() {
            let Some(name) = names.get(row).filter(|n| n.starts_with(dialect.event_prefix.as_str())) else { continue };
            let copy = batch.text(3).get(row) == Some("span_event");
            let kind = match kinds.get(name) {
                Some(kind) => *kind,
                None => *kinds.entry(name.to_owned()).or_insert_with(|| dialect.event(name)),
            };
            if copy && kind.is_none() {
                continue;
            }
            let json = batch.text(8).get(row).unwrap_or_default();
            let fields = reader.read(json).map_err(|e| Error::Part { path: part.path.clone(), reason: format!("attributes: {e}") })?;
            let Some(conversation) = fields.text(Field::ConversationId) else { continue };
            let conversation = evidence.pool.share(conversation);
            let stamp = Stamp { time: batch.times(1).get(row), observed: batch.times(2).get(row), record: batch.text(0).get(row).map_or(0, id) };
            let resource = batch.text(9).get(row).unwrap_or_default();
            if !places.contains_key(resource) {
                places.insert(resource.to_owned(), place(dialect, &mut evidence.pool, resource));
            }
            let pool = &mut evidence.pool;
            let thread = evidence.threads.entry(Arc::clone(&conversation)).or_default();
            if !copy {
                thread.times.extend(stamp.time);
            }
            let mut common = |latest: &mut crate::stamp::Latest<Arc<str>>, value: Option<&str>| {
                if let Some(value) = value {
                    latest.offer(stamp, || pool.share(value));
                }
            };
            common(&mut thread.version, fields.text(Field::Version));
            common(&mut thread.originator, fields.text(Field::Originator));
            common(&mut thread.service, batch.text(7).get(row));
            common(&mut thread.user_email, fields.text(Field::UserEmail));
            common(&mut thread.user_account, fields.text(Field::UserAccount));
            thread.labels.offer(stamp, &labeller.labels(Some(&conversation), resource, &fields));
            if let Some(place) = places.get(resource) {
                common(&mut thread.environment, place.environment.as_deref());
                common(&mut thread.host, place.host.as_deref());
            }
            thread.delegated |= fields.text(Field::AgentName).is_some_and(|a| !dialect.conversations.root_agents.iter().any(|r| r == a));
            let Some(what) = kind.and_then(|kind| what(dialect, pool, kind, &fields)) else { continue };
            if let What::ToolReceived(tool, _) | What::ToolDecision(tool, ..) | What::ToolResult(tool, _) = &what
                && let (Some(namespace), Some(name)) = (&tool.namespace, &tool.name)
            {
                evidence.names.learn(&dialect.tools, namespace, name);
            }
            let event = Event {
                stamp,
                trace: batch.text(5).get(row).map(id),
                span: batch.text(6).get(row).map(id),
                model: fields.text(Field::Model).map(|m| pool.share(m)),
                requested_model: fields.text(Field::RequestedModel).map(|m| pool.share(m)),
                what,
            };
            if copy { thread.copies.push(event) } else { thread.log.push(event) }
        }
    }
    Ok(())
}

fn place(dialect: &Dialect, pool: &mut Pool, resource: &str) -> Place {
    let resource: serde_json::Value = serde_json::from_str(resource).unwrap_or_default();
    let mut find = |keys: &[String]| {
        let text = keys.iter().find_map(|k| resource.get(k).and_then(|v| v.as_str()).filter(|t| !t.is_empty()))?;
        Some(pool.share(text))
    };
    Place { environment: find(&dialect.resource.environment), host: find(&dialect.resource.host) }
}

fn what(dialect: &Dialect, pool: &mut Pool, kind: EventKind, fields: &Picked<'_>) -> Option<What> {
    let mut shared = |field: Field| fields.text(field).map(|t| pool.share(t));
    match kind {
        EventKind::ConversationStart => Some(What::Start(Box::new(Settings {
            provider: shared(Field::Provider),
            approval_policy: shared(Field::ApprovalPolicy),
            sandbox_policy: shared(Field::SandboxPolicy),
            reasoning_effort: shared(Field::ReasoningEffort),
            mcp_servers: shared(Field::McpServers),
        }))),
        EventKind::Prompt => Some(prompt(dialect, fields)),
        EventKind::HttpRequest | EventKind::WebsocketConnect | EventKind::WebsocketRequest => request(dialect, kind, fields),
        EventKind::Stream => match (fields.int(Field::InputTokens), fields.text(Field::Error)) {
            (Some(_), _) => Some(What::Usage {
                tokens: tokens(fields),
                ttft_ns: fields.int(Field::Ttft),
                service_tier: shared(Field::ServiceTier),
                effort: shared(Field::ReasoningEffort),
            }),
            (None, Some(error)) => Some(What::StreamError(error.to_owned())),
            (None, None) => None,
        },
        EventKind::TurnTtft => fields.int(Field::Duration).map(What::TurnTtft),
        EventKind::TurnCost => {
            let nanousd = nanousd(fields.text(Field::ReportedUsd)?)?;
            Some(What::TurnCost { turn_id: shared(Field::TurnId), nanousd })
        }
        EventKind::ToolReceived => {
            let turn_id = shared(Field::TurnId);
            Some(What::ToolReceived(Box::new(tool_ref(pool, fields)), turn_id))
        }
        EventKind::ToolDecision => {
            let decision = fields.text(Field::Decision).map(|d| pool.share(&d.to_lowercase()));
            let source = fields.text(Field::DecisionSource).map(|s| pool.share(&s.to_lowercase()));
            Some(What::ToolDecision(Box::new(tool_ref(pool, fields)), decision, source))
        }
        EventKind::ToolResult => {
            let tool = tool_ref(pool, fields);
            let result = tool_result(dialect, pool, &tool, fields);
            Some(What::ToolResult(Box::new(tool), Box::new(result)))
        }
        EventKind::StartupPhase => {
            let (name, status) = (shared(Field::PhaseName), shared(Field::PhaseStatus));
            Some(What::StartupPhase(Box::new(Phase { name, status, duration_ns: fields.int(Field::Duration) })))
        }
    }
}

fn prompt(dialect: &Dialect, fields: &Picked<'_>) -> What {
    let exported = fields.text(Field::Prompt);
    let redacted = exported.map(|p| dialect.prompts.placeholders.iter().any(|r| r == p));
    let text = exported.filter(|_| redacted == Some(false));
    let counted = || text.and_then(|t| i64::try_from(t.chars().count()).ok());
    What::Prompt {
        text: text.map(|t| t[..output::cut(t, PROMPT_BYTES)].to_owned()),
        redacted,
        chars: fields.int(Field::PromptChars).or_else(counted),
        title: text.is_some_and(|p| starts_with_any(p, &dialect.conversations.title_prompts)),
    }
}

/// Tokens of a response.
pub fn tokens(fields: &Picked<'_>) -> Tokens {
    Tokens {
        input: fields.int(Field::InputTokens),
        cached: fields.int(Field::CachedInputTokens),
        cache_write: fields.int(Field::CacheWriteTokens),
        output: fields.int(Field::OutputTokens),
        reasoning: fields.int(Field::ReasoningTokens),
    }
}

/// The call and tool a record names.
pub fn tool_ref(pool: &mut Pool, fields: &Picked<'_>) -> ToolRef {
    let mut shared = |field: Field| fields.text(field).map(|t| pool.share(t));
    ToolRef {
        call_id: shared(Field::CallId),
        name: shared(Field::ToolName),
        namespace: shared(Field::ToolNamespace),
        server: shared(Field::McpServer),
    }
}

/// A request for a model's response; `None` for one to another endpoint, and for a handshake that succeeded.
fn request(dialect: &Dialect, kind: EventKind, fields: &Picked<'_>) -> Option<What> {
    let endpoint = fields.text(Field::Endpoint);
    if endpoint.is_some_and(|e| !starts_with_any(e, &dialect.requests.endpoint_prefixes)) {
        return None;
    }
    let http_status = fields.int(Field::HttpStatus);
    let error = fields.text(Field::Error).map(str::to_owned);
    let accepted = match kind {
        EventKind::HttpRequest => error.is_none() && http_status.is_some_and(|s| (200..300).contains(&s)),
        _ => error.is_none() && fields.bool(Field::Success) != Some(false),
    };
    if kind == EventKind::WebsocketConnect && accepted {
        return None;
    }
    Some(What::Request(Box::new(Request {
        kind,
        transport: if kind == EventKind::HttpRequest { Transport::Http } else { Transport::Websocket },
        attempt: fields.int(Field::Attempt),
        http_status,
        error,
        duration_ns: fields.int(Field::Duration),
        accepted,
        unary: endpoint.is_some_and(|e| starts_with_any(e, &dialect.requests.unary_prefixes)),
    })))
}

fn tool_result(dialect: &Dialect, pool: &mut Pool, tool: &ToolRef, fields: &Picked<'_>) -> ToolResult {
    let arguments = fields.text(Field::Arguments);
    let text = fields.text(Field::Output);
    let name = tool.name.as_deref().unwrap_or_default();
    // An MCP tool whose namespace stands apart must not pass for a builtin of the same name.
    let foreign = tool.namespace.as_ref().is_some_and(|ns| !dialect.tools.builtin_namespaces.iter().any(|b| **b == **ns));
    let spelling = if foreign { "" } else { name };
    let spawned = text.filter(|_| dialect.tools.spawn_tools.iter().any(|t| t == name)).and_then(|t| {
        let result: serde_json::Value = serde_json::from_str(t).ok()?;
        Some(pool.share(result.get(&dialect.tools.spawned_id)?.as_str()?))
    });
    ToolResult {
        success: fields.bool(Field::Success),
        tells_origin: fields.text(Field::ToolOrigin).is_some() || tool.server.is_some() || tool.namespace.is_some(),
        duration_ns: fields.int(Field::Duration),
        arguments: arguments.map(|a| a[..output::cut(a, ARGUMENTS_BYTES)].to_owned()),
        arguments_bytes: arguments.map_or_else(|| fields.int(Field::ArgumentsBytes), |a| i64::try_from(a.len()).ok()),
        output_bytes: text.map_or_else(|| fields.int(Field::OutputBytes), |o| i64::try_from(o.len()).ok()),
        reading: text.map(|o| output::read(dialect, spelling, o)),
        spawned,
    }
}

/// USD in the agent's own digits as 10⁻⁹ USD, rounded half to even.
fn nanousd(usd: &str) -> Option<i64> {
    let usd = usd.trim();
    let usd: Decimal = usd.parse().or_else(|_| Decimal::from_scientific(usd)).ok()?;
    usd.checked_mul(Decimal::from(1_000_000_000))?.round().to_i64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(kind: EventKind, json: &str) -> Option<What> {
        let dialect = Dialect::codex().unwrap();
        let reader = Reader::new(&dialect);
        what(&dialect, &mut Pool::default(), kind, &reader.read(json).unwrap())
    }

    #[test]
    fn a_stream_record_is_usage_failure_or_progress() {
        let usage = r#"{"event.kind":"response.completed","input_token_count":"9","output_token_count":"2","tool_token_count":"11"}"#;
        assert!(matches!(fact(EventKind::Stream, usage), Some(What::Usage { tokens, .. }) if tokens.total() == Some(11)));
        let failed = r#"{"event.kind":"response.completed","error.message":"stream disconnected"}"#;
        assert!(matches!(fact(EventKind::Stream, failed), Some(What::StreamError(_))));
        assert!(fact(EventKind::Stream, r#"{"event.kind":"response.completed","duration_ms":"9"}"#).is_none());
    }

    #[test]
    fn requests_to_other_endpoints_are_no_model_calls() {
        let status = |endpoint: &str| format!(r#"{{"endpoint":"{endpoint}","http.response.status_code":200}}"#);
        assert!(fact(EventKind::HttpRequest, &status("/models")).is_none());
        assert!(matches!(fact(EventKind::HttpRequest, &status("/responses")), Some(What::Request(r)) if r.accepted && !r.unary));
        assert!(matches!(fact(EventKind::HttpRequest, &status("/responses/compact")), Some(What::Request(r)) if r.unary));
        assert!(matches!(fact(EventKind::HttpRequest, r#"{"http.response.status_code":429}"#), Some(What::Request(r)) if !r.accepted));
        assert!(matches!(fact(EventKind::HttpRequest, "{}"), Some(What::Request(r)) if !r.accepted));
    }

    #[test]
    fn a_handshake_counts_only_when_it_failed() {
        assert!(fact(EventKind::WebsocketConnect, r#"{"success":"true"}"#).is_none());
        assert!(matches!(fact(EventKind::WebsocketConnect, r#"{"success":"false"}"#), Some(What::Request(r)) if !r.accepted));
    }

    #[test]
    fn reported_cost_is_exact() {
        for (usd, expected) in
            [("0.012345678", Some(12_345_678)), ("1", Some(1_000_000_000)), ("1e-3", Some(1_000_000)), ("0.0000000005", Some(0)), ("x", None)]
        {
            assert_eq!(nanousd(usd), expected, "{usd}");
        }
    }

    #[test]
    fn a_spawned_conversation_is_named_by_the_result() {
        let json = r#"{"tool_name":"spawn_agent","tool_namespace":"multi_agent_v1","output":"{\"agent_id\":\"c2\"}","success":"true"}"#;
        assert!(matches!(fact(EventKind::ToolResult, json), Some(What::ToolResult(_, r)) if r.spawned.as_deref() == Some("c2")));
    }
}
