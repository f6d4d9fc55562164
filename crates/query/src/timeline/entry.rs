//! One thing that happened in a run, and all of them as rows. Border: no order; that is the timeline's.

use polars::prelude::*;

use super::cells::Cells;
use crate::answer::Answer;
use crate::error::QueryError;

/// What an entry is. Those of the same moment come in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A conversation that the run started began.
    Conversation,
    /// A turn began.
    Turn,
    /// The user asked something.
    Prompt,
    /// An attempt at a model response ended.
    ModelCall,
    /// A tool call ended, was denied or interrupted.
    ToolCall,
    /// What a category of work took of a turn; at the turn's end.
    Time,
    /// The conversation began to wait for its next prompt.
    Gap,
}

impl Kind {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Conversation => "conversation",
            Kind::Turn => "turn",
            Kind::Prompt => "prompt",
            Kind::ModelCall => "model_call",
            Kind::ToolCall => "tool_call",
            Kind::Time => "time",
            Kind::Gap => "gap",
        }
    }
}

/// An entry; what does not apply to its kind is `None`.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// Position among its kind, as its table is sorted.
    pub(super) serial: usize,
    /// When it happened: a call when it ended, everything else when it began.
    pub(super) time: Option<i64>,
    /// When a call began, where its spans tell it and its record does not.
    pub(super) began: Option<i64>,
    pub(super) conversation_id: String,
    pub(super) depth: i64,
    pub(super) turn_id: Option<String>,
    pub(super) turn_index: Option<i64>,
    /// Model, tool, category, or kind of conversation.
    pub(super) name: Option<String>,
    pub(super) mcp_server: Option<String>,
    pub(super) call_id: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) duration_ns: Option<i64>,
    pub(super) estimated: Option<bool>,
    pub(super) ttft_ns: Option<i64>,
    pub(super) wait_ns: Option<i64>,
    pub(super) lost_ns: Option<i64>,
    pub(super) critical_ns: Option<i64>,
    pub(super) decision: Option<String>,
    pub(super) decision_source: Option<String>,
    pub(super) exit_code: Option<i64>,
    pub(super) attempt: Option<i64>,
    pub(super) http_status: Option<i64>,
    pub(super) error_type: Option<String>,
    pub(super) error: Option<String>,
    pub(super) model: Option<String>,
    pub(super) input_tokens: Option<i64>,
    pub(super) cached_input_tokens: Option<i64>,
    pub(super) output_tokens: Option<i64>,
    pub(super) reasoning_tokens: Option<i64>,
    pub(super) total_tokens: Option<i64>,
    pub(super) cost_nanousd: Option<i64>,
    pub(super) prompt_chars: Option<i64>,
    pub(super) redacted: Option<bool>,
    /// The prompt, or what a tool ran.
    pub(super) content: Option<String>,
}

impl Entry {
    pub(super) fn new(kind: Kind, conversation_id: String, time: Option<i64>) -> Entry {
        Entry {
            kind,
            serial: 0,
            time,
            began: None,
            conversation_id,
            depth: 0,
            turn_id: None,
            turn_index: None,
            name: None,
            mcp_server: None,
            call_id: None,
            outcome: None,
            duration_ns: None,
            estimated: None,
            ttft_ns: None,
            wait_ns: None,
            lost_ns: None,
            critical_ns: None,
            decision: None,
            decision_source: None,
            exit_code: None,
            attempt: None,
            http_status: None,
            error_type: None,
            error: None,
            model: None,
            input_tokens: None,
            cached_input_tokens: None,
            output_tokens: None,
            reasoning_tokens: None,
            total_tokens: None,
            cost_nanousd: None,
            prompt_chars: None,
            redacted: None,
            content: None,
        }
    }

    /// The entry of a table's row; the statements name the columns as the fields are.
    pub(super) fn read(kind: Kind, row: &Cells<'_>) -> Entry {
        Entry {
            kind,
            serial: row.row(),
            time: row.int("time"),
            began: None,
            conversation_id: row.text("conversation_id").unwrap_or_default(),
            depth: 0,
            turn_id: row.text("turn_id"),
            turn_index: row.int("turn_index"),
            name: row.text("name"),
            mcp_server: row.text("mcp_server"),
            call_id: row.text("call_id"),
            outcome: row.text("outcome"),
            duration_ns: row.int("duration_ns"),
            estimated: row.bool("estimated"),
            ttft_ns: row.int("ttft_ns"),
            wait_ns: row.int("wait_ns"),
            lost_ns: row.int("lost_ns"),
            critical_ns: row.int("critical_ns"),
            decision: row.text("decision"),
            decision_source: row.text("decision_source"),
            exit_code: row.int("exit_code"),
            attempt: row.int("attempt"),
            http_status: row.int("http_status"),
            error_type: row.text("error_type"),
            error: row.text("error"),
            model: row.text("model"),
            input_tokens: row.int("input_tokens"),
            cached_input_tokens: row.int("cached_input_tokens"),
            output_tokens: row.int("output_tokens"),
            reasoning_tokens: row.int("reasoning_tokens"),
            total_tokens: row.int("total_tokens"),
            cost_nanousd: row.int("cost_nanousd"),
            prompt_chars: row.int("prompt_chars"),
            redacted: row.bool("redacted"),
            content: row.text("content"),
        }
    }

    /// Its turn.
    pub(super) fn turn_key(&self) -> (String, String) {
        (self.conversation_id.clone(), self.turn_id.clone().unwrap_or_default())
    }

    /// When what began at its time ended.
    pub(super) fn end(&self) -> Option<i64> {
        self.time.zip(self.duration_ns).map(|(start, took)| start.saturating_add(took))
    }
}

/// The entries as rows; offsets count from `start`.
pub(super) fn answer(entries: &[Entry], start: Option<i64>) -> Result<Answer, QueryError> {
    let text = |of: fn(&Entry) -> Option<&str>| entries.iter().map(of).collect::<StringChunked>().into_series();
    let int = |of: fn(&Entry) -> Option<i64>| entries.iter().map(of).collect::<Int64Chunked>().into_series();
    let ms = |ns: Option<i64>| ns.map(|n| n as f64 / 1_000_000.0);
    let millis = |of: fn(&Entry) -> Option<i64>| entries.iter().map(|e| ms(of(e))).collect::<Float64Chunked>().into_series();
    let flag = |of: fn(&Entry) -> Option<bool>| entries.iter().map(of).collect::<BooleanChunked>().into_series();
    let offset: Float64Chunked = entries.iter().map(|e| ms(e.time.zip(start).map(|(t, s)| t.saturating_sub(s)))).collect();
    let time = int(|e| e.time).cast(&DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC)))?;
    let columns: Vec<(&str, Series)> = vec![
        ("time", time),
        ("offset_ms", offset.into_series()),
        ("kind", text(|e| Some(e.kind.word()))),
        ("depth", int(|e| Some(e.depth))),
        ("conversation_id", text(|e| Some(&e.conversation_id))),
        ("turn_index", int(|e| e.turn_index)),
        ("name", text(|e| e.name.as_deref())),
        ("outcome", text(|e| e.outcome.as_deref())),
        ("duration_ms", millis(|e| e.duration_ns)),
        ("content", text(|e| e.content.as_deref())),
        ("error", text(|e| e.error.as_deref())),
        ("error_type", text(|e| e.error_type.as_deref())),
        ("exit_code", int(|e| e.exit_code)),
        ("http_status", int(|e| e.http_status)),
        ("attempt", int(|e| e.attempt)),
        ("decision", text(|e| e.decision.as_deref())),
        ("decision_source", text(|e| e.decision_source.as_deref())),
        ("wait_ms", millis(|e| e.wait_ns)),
        ("ttft_ms", millis(|e| e.ttft_ns)),
        ("lost_ms", millis(|e| e.lost_ns)),
        ("critical_ms", millis(|e| e.critical_ns)),
        ("estimated", flag(|e| e.estimated)),
        ("model", text(|e| e.model.as_deref())),
        ("mcp_server", text(|e| e.mcp_server.as_deref())),
        ("input_tokens", int(|e| e.input_tokens)),
        ("cached_input_tokens", int(|e| e.cached_input_tokens)),
        ("output_tokens", int(|e| e.output_tokens)),
        ("reasoning_tokens", int(|e| e.reasoning_tokens)),
        ("total_tokens", int(|e| e.total_tokens)),
        ("cost_nanousd", int(|e| e.cost_nanousd)),
        ("prompt_chars", int(|e| e.prompt_chars)),
        ("redacted", flag(|e| e.redacted)),
        ("call_id", text(|e| e.call_id.as_deref())),
        ("turn_id", text(|e| e.turn_id.as_deref())),
    ];
    let columns = columns.into_iter().map(|(name, series)| series.with_name(name.into()).into_column()).collect();
    Answer::new(DataFrame::new(entries.len(), columns)?)
}
