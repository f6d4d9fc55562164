//! Rows of `turns`.

use std::sync::Arc;

use tracemill_model::Table;
use tracemill_model::tables::TURNS;

use super::{Cell, Row};
use crate::stamp::{hex16, hex32};
use crate::totals::Totals;
use crate::turns::Turn;

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnOutcome {
    /// The model gave its last answer.
    Completed,
    /// The last attempt at a response failed.
    Failed,
    /// The user stopped it.
    Interrupted,
    /// The records end before it did.
    Unknown,
}

/// A turn with its sums.
#[derive(Debug)]
pub struct TurnRow {
    /// Conversation.
    pub conversation: Arc<str>,
    /// Agent.
    pub agent: Arc<str>,
    /// The turn.
    pub turn: Turn,
    /// Model that answered last, else the turn's own.
    pub model: Option<Arc<str>>,
    /// Sums over its calls.
    pub totals: Totals,
    /// How it ended.
    pub outcome: TurnOutcome,
}

impl TurnRow {
    /// Duration.
    pub fn duration_ns(&self) -> Option<i64> {
        self.turn.end?.checked_sub(self.turn.start?)
    }

    /// The agent's own figure, which is a total and replaces the calls' costs, else their sum.
    pub fn cost_nanousd(&self) -> Option<i64> {
        self.turn.reported_nanousd.or(self.totals.cost_nanousd)
    }

    /// The agent's own figure for the turn, else the sum of those for its calls.
    pub fn reported_nanousd(&self) -> Option<i64> {
        self.turn.reported_nanousd.or(self.totals.reported_nanousd)
    }

    /// Calls whose cost is missing in the turn's: none where the agent reported the turn's.
    pub fn unpriced(&self) -> i64 {
        if self.turn.reported_nanousd.is_some() { 0 } else { self.totals.unpriced }
    }
}

impl Row for TurnRow {
    fn table() -> &'static Table {
        &TURNS
    }

    fn time(&self) -> Option<i64> {
        self.turn.start
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        let (turn, totals, tokens) = (&self.turn, &self.totals, &self.totals.tokens);
        Some(match column {
            "turn_id" => Cell::Text(&turn.id),
            "conversation_id" => Cell::Text(&self.conversation),
            "turn_index" => Cell::Int(turn.index),
            "agent" => Cell::Text(&self.agent),
            "start_time" => Cell::time(turn.start),
            "end_time" => Cell::time(turn.end),
            "duration_ns" => Cell::int(self.duration_ns()),
            "estimated" => Cell::Bool(turn.estimated),
            "ttft_ns" => Cell::int(turn.ttft_ns),
            "prompt_chars" => Cell::int(turn.prompt_chars),
            "model" => Cell::text(self.model.as_ref()),
            "model_calls" => Cell::Int(totals.model_calls),
            "tool_calls" => Cell::Int(totals.tool_calls),
            "input_tokens" => Cell::int(tokens.input),
            "cached_input_tokens" => Cell::int(tokens.cached),
            "cache_write_tokens" => Cell::int(tokens.cache_write),
            "output_tokens" => Cell::int(tokens.output),
            "reasoning_tokens" => Cell::int(tokens.reasoning),
            "total_tokens" => Cell::int(totals.total_tokens),
            "list_cost_nanousd" => Cell::int(totals.list_nanousd),
            "reported_cost_nanousd" => Cell::int(self.reported_nanousd()),
            "cost_nanousd" => Cell::int(self.cost_nanousd()),
            "unpriced_calls" => Cell::Int(self.unpriced()),
            "outcome" => Cell::Text(match self.outcome {
                TurnOutcome::Completed => "completed",
                TurnOutcome::Failed => "failed",
                TurnOutcome::Interrupted => "interrupted",
                TurnOutcome::Unknown => "unknown",
            }),
            "trace_id" => turn.trace.map_or(Cell::Null, |t| Cell::Made(hex32(t))),
            "span_id" => turn.span.map_or(Cell::Null, |s| Cell::Made(hex16(s))),
            _ => return None,
        })
    }
}
