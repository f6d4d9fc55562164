//! The semantic tables: what happened, in the same words for every agent (OpenTelemetry GenAI conventions where they
//! have one). Border: derived from the raw tables by `tracemill-normalize`, never read from an archive.

mod activity;
mod coverage;
mod metric;
mod time;

pub use activity::ACTIVITIES;
pub use coverage::COVERAGE;
pub use metric::{METRIC_BUCKETS, METRIC_DELTAS};
pub use time::{LATENCY, STARTUP_PHASES};

use super::{Column, Table, boolean, float, int, json, text, time};

const CONVERSATION_ID: Column = text("conversation_id", "the agent's conversation (thread, session) id");
const TURN_ID: Column = text("turn_id", "the agent's own turn id, else <conversation_id>#<n>");
const AGENT: Column = text("agent", "codex, claude-code, …; else the service that follows the GenAI conventions");
const METRIC_AGENT: Column = text("agent", "codex, …; null for a metric that no agent is known for");
const MODEL: Column = text("model", "the model that answered where the telemetry names it, else the one asked of the provider");
const INPUT: Column = int("input_tokens", "tokens in, cached and cache-written included");
const CACHED: Column = int("cached_input_tokens", "of these: read from the cache");
const CACHE_WRITE: Column = int("cache_write_tokens", "of these: written to the cache");
const OUTPUT: Column = int("output_tokens", "tokens out, reasoning included");
const REASONING: Column = int("reasoning_tokens", "of these: reasoning");
const TOTAL: Column = int("total_tokens", "input + output");
const LIST_COST: Column = int("list_cost_nanousd", "cost by the price table, 10⁻⁹ USD; null when unpriced");
const REPORTED_COST: Column = int("reported_cost_nanousd", "cost as the agent itself reported it, 10⁻⁹ USD");
const COST_UNITS: Column = float("cost_units", "the agent's own units (premium requests and the like)");
const COST_UNIT_NAME: Column = text("cost_unit_name", "what the units are");
const COST: Column = int("cost_nanousd", "reported where present, else list, 10⁻⁹ USD; null when neither is known");
const UNPRICED: Column = int(
    "unpriced_calls",
    "model calls with an answer or tokens but of unknown cost (no price, or not all tokens): with any of these the cost is a lower bound",
);
const EVIDENCE: Column = text("evidence", "the signal it was taken from: log | span | metric");

/// A row is a conversation; sub-agents are conversations of their own.
pub static CONVERSATIONS: Table = Table {
    name: "conversations",
    row: "a conversation (thread); sub-agents, reviews and title helpers on their own",
    columns: &[
        CONVERSATION_ID,
        text("parent_conversation_id", "the conversation that started it, where the data allow to tell"),
        text("kind", "main | subagent | review | title | compaction | helper"),
        AGENT,
        text("agent_version", "version of the agent program"),
        text("service_name", "resource attribute service.name"),
        text("originator", "the front end that started it, in the agent's words"),
        text("user_id", "user: as the map of labels says, else e-mail, account, name or id, where exported"),
        text("host", "host.name"),
        text("environment", "deployment environment as configured"),
        time("start_time", "first record"),
        time("end_time", "last record"),
        int("wall_ns", "end − start"),
        int("active_ns", "sum of the turns' durations, overlaps counted once"),
        text("models", "models used, sorted, joined by comma and space"),
        int("turns", "number of turns"),
        int("model_calls", "model calls, failed attempts included"),
        int("tool_calls", "tool calls, executed or not"),
        int("tool_failures", "tool calls with outcome failed"),
        int("mcp_calls", "tool calls to an MCP server"),
        INPUT,
        CACHED,
        CACHE_WRITE,
        OUTPUT,
        REASONING,
        TOTAL,
        LIST_COST,
        REPORTED_COST,
        COST_UNITS,
        COST_UNIT_NAME,
        COST,
        UNPRICED,
        text("approval_policy", "approval policy in force"),
        text("sandbox_policy", "sandbox policy in force"),
        text("reasoning_effort", "reasoning effort as set"),
        text("mcp_servers", "MCP servers configured, sorted, joined by comma and space"),
        EVIDENCE,
        text("team", "team, from the map of labels or attributes"),
        text("project", "project, from the same"),
        text("repository", "repository, from the same; as host/path where an attribute tells its address"),
        text("branch", "branch, from the same"),
        text("cost_center", "cost centre, from the same"),
        json("labels", "all other labels that the map sets, as a JSON object with sorted keys; null where there are none"),
    ],
    sort: &["start_time", "conversation_id"],
};

/// A row is a user prompt and all that follows.
pub static TURNS: Table = Table {
    name: "turns",
    row: "a user prompt and all that follows until the next",
    columns: &[
        TURN_ID,
        CONVERSATION_ID,
        int("turn_index", "1 for the first turn of its conversation"),
        AGENT,
        time("start_time", "start of the turn span, else the prompt"),
        time("end_time", "end of the turn span, else the last record before the next prompt"),
        int("duration_ns", "end − start"),
        boolean("estimated", "true where no turn span was exported and the interval comes from events"),
        int("ttft_ns", "time to first token"),
        int("prompt_chars", "length of the prompt in characters"),
        MODEL,
        int("model_calls", "model calls, failed attempts included"),
        int("tool_calls", "tool calls, executed or not"),
        INPUT,
        CACHED,
        CACHE_WRITE,
        OUTPUT,
        REASONING,
        TOTAL,
        LIST_COST,
        REPORTED_COST,
        COST,
        UNPRICED,
        text("outcome", "completed | failed | interrupted | unknown"),
        text("trace_id", "trace of the turn, where exported"),
        text("span_id", "the turn span, where exported"),
    ],
    sort: &["start_time", "turn_id"],
};

/// A row is one attempt at a model response.
pub static MODEL_CALLS: Table = Table {
    name: "model_calls",
    row: "one attempt at a model response",
    columns: &[
        time("time", "when the attempt ended"),
        CONVERSATION_ID,
        TURN_ID,
        AGENT,
        MODEL,
        text("requested_model", "the model the agent was set to"),
        text("provider", "provider as the agent names it"),
        text("transport", "http | websocket"),
        int("attempt", "attempt number as the agent counts it, from 0"),
        text("outcome", "ok | error"),
        int("http_status", "HTTP status code"),
        text("error", "error text"),
        text(
            "error_type",
            "rate_limited | server_error | auth | client_error | stream | timeout | network | other: the class of the error; null for other outcomes",
        ),
        int(
            "lost_ns",
            "what a failed attempt cost: from its start to the start of the next attempt of its turn, waits before retries included, else to its own end",
        ),
        int("duration_ns", "duration of the request as the agent measured it"),
        int("ttft_ns", "time to first token"),
        INPUT,
        CACHED,
        CACHE_WRITE,
        OUTPUT,
        REASONING,
        TOTAL,
        LIST_COST,
        REPORTED_COST,
        COST_UNITS,
        COST_UNIT_NAME,
        COST,
        text(
            "price_id",
            "price applied: provider/model, tier and USD per million tokens in/cached/written/out, with @from where the price list dates it; null when unpriced",
        ),
        text("service_tier", "service tier as reported"),
        boolean("tier_estimated", "true where the tier has no dated price and the standard rate was used"),
        text("reasoning_effort", "reasoning effort as reported"),
        EVIDENCE,
        text("record_id", "the raw record it was taken from"),
        text("query_source", "what the model was asked for, in the agent's words"),
        boolean("aggregated", "true where the row stands for all calls of a turn, or of a metric's interval, because no record tells of single ones"),
    ],
    sort: &["time", "conversation_id", "record_id"],
};

/// A row is one tool call, executed or not.
pub static TOOL_CALLS: Table = Table {
    name: "tool_calls",
    row: "one tool call, executed or not",
    columns: &[
        time("time", "when the call ended (its result), else its decision, else the start of its span"),
        CONVERSATION_ID,
        TURN_ID,
        AGENT,
        MODEL,
        text("call_id", "the agent's call id"),
        text("tool_name", "bare tool name"),
        text("tool_kind", "builtin | mcp | multi_agent | unknown"),
        text("mcp_server", "MCP server; null for other tools"),
        text("outcome", "ok | failed | denied | aborted | unknown: what happened"),
        boolean("reported_success", "what the agent claimed"),
        int("exit_code", "exit code of the process"),
        text("error_type", "exit_code | mcp_error | tool_error | unsupported | still_running | aborted | denied | no_result"),
        text("error", "why it failed, first lines"),
        int("duration_ns", "duration as the agent measured it"),
        int("wait_ns", "time spent waiting for an approval, where it can be told"),
        text("decision", "approved | denied | aborted | …, lowercase, in the agent's words"),
        text("decision_source", "config | user | …, lowercase"),
        text("arguments", "arguments as exported, cut at 2,048 bytes"),
        int("arguments_bytes", "size of the arguments as exported"),
        int("output_bytes", "size of the output as exported"),
        EVIDENCE,
        text("trace_id", "trace of the call, where exported"),
        text("span_id", "span of the call, where exported"),
    ],
    sort: &["time", "conversation_id", "call_id"],
};

/// A row is a user prompt.
pub static PROMPTS: Table = Table {
    name: "prompts",
    row: "a user prompt",
    columns: &[
        time("time", "when it was given"),
        CONVERSATION_ID,
        TURN_ID,
        AGENT,
        MODEL,
        text("prompt", "text as exported, cut at 2,048 bytes; null where it was redacted or not exported"),
        int("prompt_chars", "length in characters as the agent tells it, else of the exported text"),
        boolean("redacted", "true where the agent exported a placeholder in place of the text"),
        text("trace_id", "trace, where exported"),
        text("span_id", "span, where exported"),
        text("record_id", "the raw record it was taken from"),
    ],
    sort: &["time", "conversation_id", "record_id"],
};

/// A row is a secret or personal datum found at a place of the raw tables, in a conversation, on a day.
pub static FINDINGS: Table = Table {
    name: "findings",
    row: "a secret or personal datum, at a place of a raw table, in a conversation, on a day",
    columns: &[
        time("time", "time of the first record that has it there"),
        CONVERSATION_ID,
        text("rule", "rule that matched"),
        text("severity", "critical | high | medium | low"),
        text("table", "raw table of the records"),
        text("field", "column, and within JSON the way to the string: attributes.prompt, body.parts[0].text"),
        int("offset", "byte of that string at which it begins"),
        text("preview", "its first four and last two characters at most; twelve stay hidden; null where it was redacted"),
        text("fingerprint", "hash keyed by the lake: equal where the secret is equal, in this lake only; null where it was redacted"),
        time("last_time", "time of the last record that has it there"),
        text("kind", "secret | personal"),
        AGENT,
        int("records", "records of the day and conversation that have it there"),
        text("record_id", "the first of them"),
    ],
    sort: &["time", "record_id"],
};
