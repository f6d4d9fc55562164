//! Rows of `model_calls`.

use std::sync::Arc;

use tracemill_model::Table;
use tracemill_model::tables::MODEL_CALLS;

use super::{Cell, Row};
use crate::evidence::Transport;
use crate::model_calls::Call;
use crate::pricing::Price;
use crate::stamp::hex32;

/// A model call with what conversation and price table add.
#[derive(Debug)]
pub struct CallRow {
    /// Conversation.
    pub conversation: Arc<str>,
    /// Turn, by place.
    pub turn: Option<usize>,
    /// Turn.
    pub turn_id: Option<Arc<str>>,
    /// Agent.
    pub agent: Arc<str>,
    /// Provider.
    pub provider: Option<Arc<str>>,
    /// The attempt.
    pub call: Call,
    /// Its list price.
    pub price: Option<Price>,
    /// The agent's own figure, 10⁻⁹ USD.
    pub reported_nanousd: Option<i64>,
    /// What the agent's own units are.
    pub unit: Option<Arc<str>>,
}

impl Row for CallRow {
    fn table() -> &'static Table {
        &MODEL_CALLS
    }

    fn time(&self) -> Option<i64> {
        self.call.stamp.time
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        let call = &self.call;
        let tokens = call.tokens.unwrap_or_default();
        let list = self.price.as_ref().map(|p| p.nanousd);
        Some(match column {
            "time" => Cell::time(call.stamp.time),
            "conversation_id" => Cell::Text(&self.conversation),
            "turn_id" => Cell::text(self.turn_id.as_ref()),
            "agent" => Cell::Text(&self.agent),
            "model" => Cell::text(call.model.as_ref()),
            "requested_model" => Cell::text(call.requested_model.as_ref()),
            "provider" => Cell::text(self.provider.as_ref()),
            "transport" => match call.transport {
                Some(Transport::Http) => Cell::Text("http"),
                Some(Transport::Websocket) => Cell::Text("websocket"),
                None => Cell::Null,
            },
            "attempt" => Cell::int(call.attempt),
            "outcome" => call.ok.map_or(Cell::Null, |ok| Cell::Text(if ok { "ok" } else { "error" })),
            "http_status" => Cell::int(call.http_status),
            "error" => Cell::string(call.error.as_ref()),
            "error_type" => call.error_class.map_or(Cell::Null, |c| Cell::Text(c.word())),
            "lost_ns" => Cell::int(call.lost_ns),
            "duration_ns" => Cell::int(call.duration_ns),
            "ttft_ns" => Cell::int(call.ttft_ns),
            "input_tokens" => Cell::int(tokens.input),
            "cached_input_tokens" => Cell::int(tokens.cached),
            "cache_write_tokens" => Cell::int(tokens.cache_write),
            "output_tokens" => Cell::int(tokens.output),
            "reasoning_tokens" => Cell::int(tokens.reasoning),
            "total_tokens" => Cell::int(tokens.total()),
            "list_cost_nanousd" => Cell::int(list),
            "reported_cost_nanousd" => Cell::int(self.reported_nanousd),
            "cost_units" => call.cost_units.map_or(Cell::Null, Cell::Float),
            "cost_unit_name" => Cell::text(self.unit.as_ref()),
            "cost_nanousd" => Cell::int(self.reported_nanousd.or(list)),
            "price_id" => Cell::string(self.price.as_ref().map(|p| &p.id)),
            "service_tier" => Cell::text(call.service_tier.as_ref()),
            "tier_estimated" => self.price.as_ref().map_or(Cell::Null, |p| Cell::Bool(p.tier_estimated || call.whole_turn)),
            "reasoning_effort" => Cell::text(call.effort.as_ref()),
            "evidence" => Cell::Text(call.evidence.word()),
            "query_source" => Cell::text(call.role.as_ref()),
            "aggregated" => Cell::Bool(call.whole_turn),
            "record_id" => Cell::Made(hex32(call.stamp.record)),
            _ => return None,
        })
    }
}
