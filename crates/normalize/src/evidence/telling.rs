//! What a record's fields tell, by the kind that its name says it is. Border: one record's fields in, at most one fact out; whose it is, is
//! told elsewhere.

use super::{Phase, Request, Settings, ToolRef, ToolResult, Transport, What, response};
use crate::attributes::Picked;
use crate::attributes::json::text_at;
use crate::dialect::{Dialect, EventKind, Field, SpanKind, starts_with_any};
use crate::output;
use crate::pool::Pool;

/// What `ingest --redact=prompts` puts in the place of a prompt.
const REDACTED: &str = "[redacted:prompts]";
/// Bytes of a call's arguments kept.
const ARGUMENTS_BYTES: usize = 2048;
/// Bytes of a prompt kept.
const PROMPT_BYTES: usize = 2048;
/// Bytes of the agent's own text for an error kept.
const ERROR_BYTES: usize = 400;

/// What a record of that kind tells; `None` where its fields tell nothing.
pub fn what(dialect: &Dialect, pool: &mut Pool, kind: EventKind, fields: &Picked<'_>) -> Option<What> {
    let masks = pool.masks().clone();
    let mut shared = |field: Field| fields.text(field).map(|t| pool.share(t));
    match kind {
        EventKind::ConversationStart => Some(What::Start(Box::new(Settings {
            provider: shared(Field::Provider),
            approval_policy: shared(Field::ApprovalPolicy),
            sandbox_policy: shared(Field::SandboxPolicy),
            reasoning_effort: shared(Field::ReasoningEffort),
            mcp_servers: shared(Field::McpServers),
        }))),
        EventKind::Prompt => Some(prompt(dialect, pool, fields)),
        EventKind::HttpRequest | EventKind::WebsocketConnect | EventKind::WebsocketRequest => request(dialect, pool, kind, fields),
        EventKind::Stream => match (fields.int(Field::InputTokens), fields.text(Field::Error)) {
            (Some(_), _) => Some(What::Usage {
                tokens: response::tokens(&dialect.tokens, fields),
                ttft_ns: fields.ttft_ns(),
                service_tier: shared(Field::ServiceTier),
                effort: shared(Field::ReasoningEffort),
            }),
            (None, Some(error)) => Some(What::StreamError(masks.mask(error).into_owned())),
            (None, None) => None,
        },
        EventKind::Response => {
            // the event of a convention may be about another operation than a call of a model
            let kind = fields.text(Field::Operation).and_then(|operation| dialect.spans.operations.get(operation));
            let is_call = kind.is_none_or(|kind| matches!(kind, SpanKind::Response | SpanKind::Embedding));
            is_call.then(|| What::Response(Box::new(response::read(dialect, pool, fields, None))))
        }
        EventKind::Failure => Some(What::Response(Box::new(response::read(dialect, pool, fields, Some(true))))),
        EventKind::TurnTtft => fields.duration_ns().map(What::TurnTtft),
        EventKind::TurnCost => {
            let nanousd = response::usd(fields.text(Field::ReportedUsd)?, 1_000_000_000)?;
            Some(What::TurnCost { turn_id: shared(Field::TurnId), nanousd })
        }
        EventKind::ToolReceived => {
            let turn_id = shared(Field::TurnId);
            Some(What::ToolReceived(Box::new(tool_ref(dialect, pool, fields)), turn_id))
        }
        EventKind::ToolDecision => {
            let decision = fields.text(Field::Decision).map(|d| pool.share(&d.to_lowercase()));
            let source = fields.text(Field::DecisionSource).map(|s| pool.share(&s.to_lowercase()));
            Some(What::ToolDecision(Box::new(tool_ref(dialect, pool, fields)), decision, source))
        }
        EventKind::ToolResult => {
            let tool = tool_ref(dialect, pool, fields);
            let result = tool_result(dialect, pool, &tool, fields);
            Some(What::ToolResult(Box::new(tool), Box::new(result)))
        }
        EventKind::StartupPhase => {
            let (name, status) = (shared(Field::PhaseName), shared(Field::PhaseStatus));
            Some(What::StartupPhase(Box::new(Phase { name, status, duration_ns: fields.duration_ns() })))
        }
    }
}

fn prompt(dialect: &Dialect, pool: &Pool, fields: &Picked<'_>) -> What {
    let exported = fields.text(Field::Prompt);
    let redacted = exported.map(|p| p == REDACTED || dialect.prompts.placeholders.iter().any(|r| r == p));
    let text = exported.filter(|_| redacted == Some(false));
    let counted = || text.and_then(|t| i64::try_from(t.chars().count()).ok());
    What::Prompt {
        text: text.map(|t| pool.masks().excerpt(t, PROMPT_BYTES)),
        redacted,
        chars: fields.int(Field::PromptChars).or_else(counted),
        title: text.is_some_and(|p| starts_with_any(p, &dialect.conversations.title_prompts)),
    }
}

/// The call and tool a record names.
pub fn tool_ref(dialect: &Dialect, pool: &mut Pool, fields: &Picked<'_>) -> ToolRef {
    let tools = &dialect.tools;
    let mut shared = |field: Field| fields.text(field).map(|t| pool.share(t));
    let (mut name, mut server) = (shared(Field::ToolName), shared(Field::McpServer));
    let (namespace, mut call_id) = (shared(Field::ToolNamespace), shared(Field::CallId));
    if let Some(json) = fields.text(Field::ToolParameters).filter(|_| !tools.parameter_tool.is_empty()) {
        let mut find = |keys: &[String]| keys.iter().find_map(|k| text_at(json, &[k])).filter(|t| !t.is_empty()).map(|t| pool.share(&t));
        if let Some(tool) = find(&tools.parameter_tool) {
            (name, server) = (Some(tool), find(&tools.parameter_server).or(server));
        }
    }
    if let (Some(id), Some(tool)) = (&call_id, &name)
        && !tools.call_id_separator.is_empty()
        && let Some(own) = id.strip_prefix(&**tool).and_then(|rest| rest.strip_prefix(tools.call_id_separator.as_str()))
    {
        call_id = Some(pool.share(own));
    }
    let placeholder = name.as_ref().is_some_and(|name| tools.placeholders.iter().any(|p| **p == **name));
    ToolRef { call_id, name, namespace, server, placeholder }
}

/// A request for a model's response; `None` for one to another endpoint, and for a handshake that succeeded.
fn request(dialect: &Dialect, pool: &Pool, kind: EventKind, fields: &Picked<'_>) -> Option<What> {
    let endpoint = fields.text(Field::Endpoint);
    if endpoint.is_some_and(|e| !starts_with_any(e, &dialect.requests.endpoint_prefixes)) {
        return None;
    }
    let http_status = fields.int(Field::HttpStatus);
    let error = fields.text(Field::Error).map(|e| pool.masks().mask(e).into_owned());
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
        duration_ns: fields.duration_ns(),
        accepted,
        unary: endpoint.is_some_and(|e| starts_with_any(e, &dialect.requests.unary_prefixes)),
    })))
}

/// How a tool call ended.
pub fn tool_result(dialect: &Dialect, pool: &mut Pool, tool: &ToolRef, fields: &Picked<'_>) -> ToolResult {
    let arguments = fields.text(Field::Arguments);
    let text = fields.text(Field::Output);
    let name = tool.name.as_deref().unwrap_or_default();
    // An MCP tool whose namespace stands apart must not pass for a builtin of the same name.
    let foreign = tool.namespace.as_ref().is_some_and(|ns| !dialect.tools.builtin_namespaces.iter().any(|b| **b == **ns));
    let spelling = if foreign { "" } else { name };
    let spawned = text
        .filter(|_| dialect.tools.spawn_tools.iter().any(|t| t == name))
        .and_then(|t| Some(pool.share(&text_at(t, &[&dialect.tools.spawned_id])?)));
    let mut reading = text.map(|o| output::read(dialect, pool.masks(), spelling, o));
    if let Some(code) = fields.int(Field::ExitCode) {
        reading.get_or_insert_default().exit_code = Some(code);
    }
    let error_type = fields.text(Field::ErrorType);
    let is_among = |words: &[String]| error_type.is_some_and(|e| words.iter().any(|w| e.eq_ignore_ascii_case(w)));
    ToolResult {
        success: fields.bool(Field::Success),
        error: fields.text(Field::Error).or(error_type).map(|e| pool.masks().excerpt(e, ERROR_BYTES)),
        denied: is_among(&dialect.tools.denied_errors),
        aborted: is_among(&dialect.tools.aborted_errors),
        tells_origin: fields.text(Field::ToolOrigin).is_some() || tool.server.is_some() || tool.namespace.is_some(),
        duration_ns: fields.duration_ns(),
        arguments: arguments.map(|a| pool.masks().excerpt(a, ARGUMENTS_BYTES)),
        arguments_bytes: arguments.map_or_else(|| fields.int(Field::ArgumentsBytes), |a| i64::try_from(a.len()).ok()),
        output_bytes: text.map_or_else(|| fields.int(Field::OutputBytes), |o| i64::try_from(o.len()).ok()),
        reading,
        spawned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::Reader;

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
    fn a_spawned_conversation_is_named_by_the_result() {
        let json = r#"{"tool_name":"spawn_agent","tool_namespace":"multi_agent_v1","output":"{\"agent_id\":\"c2\"}","success":"true"}"#;
        assert!(matches!(fact(EventKind::ToolResult, json), Some(What::ToolResult(_, r)) if r.spawned.as_deref() == Some("c2")));
    }
}
