//! Rows of `conversations`.

use std::sync::Arc;

use tracemill_model::Table;
use tracemill_model::tables::CONVERSATIONS;

use super::{Cell, Row};
use crate::attribution::Settled;
use crate::lineage::Origin;
use crate::model_calls::Signal;
use crate::totals::Totals;

/// A conversation; the columns of the table say what each field is.
#[derive(Debug)]
pub struct ConversationRow {
    pub id: Arc<str>,
    pub origin: Origin,
    pub agent: Arc<str>,
    pub agent_version: Option<Arc<str>>,
    pub service_name: Option<Arc<str>>,
    pub originator: Option<Arc<str>>,
    pub user_id: Option<Arc<str>>,
    pub host: Option<Arc<str>>,
    pub environment: Option<Arc<str>>,
    pub start: Option<i64>,
    pub end: Option<i64>,
    pub active_ns: Option<i64>,
    pub models: Option<String>,
    pub turns: i64,
    pub totals: Totals,
    pub reported_nanousd: Option<i64>,
    pub cost_nanousd: Option<i64>,
    pub unit: Option<Arc<str>>,
    pub unpriced: i64,
    pub approval_policy: Option<Arc<str>>,
    pub sandbox_policy: Option<Arc<str>>,
    pub reasoning_effort: Option<Arc<str>>,
    pub mcp_servers: Option<String>,
    pub evidence: Signal,
    pub labels: Settled,
}

impl Row for ConversationRow {
    fn table() -> &'static Table {
        &CONVERSATIONS
    }

    fn time(&self) -> Option<i64> {
        self.start
    }

    fn cell(&self, column: &str) -> Option<Cell<'_>> {
        let (totals, tokens) = (&self.totals, &self.totals.tokens);
        Some(match column {
            "conversation_id" => Cell::Text(&self.id),
            "parent_conversation_id" => Cell::text(self.origin.parent.as_ref()),
            "kind" => Cell::Text(self.origin.kind.word()),
            "agent" => Cell::Text(&self.agent),
            "agent_version" => Cell::text(self.agent_version.as_ref()),
            "service_name" => Cell::text(self.service_name.as_ref()),
            "originator" => Cell::text(self.originator.as_ref()),
            "user_id" => Cell::text(self.user_id.as_ref()),
            "host" => Cell::text(self.host.as_ref()),
            "environment" => Cell::text(self.environment.as_ref()),
            "start_time" => Cell::time(self.start),
            "end_time" => Cell::time(self.end),
            "wall_ns" => Cell::int(self.end.zip(self.start).and_then(|(end, start)| end.checked_sub(start))),
            "active_ns" => Cell::int(self.active_ns),
            "models" => Cell::string(self.models.as_ref()),
            "turns" => Cell::Int(self.turns),
            "model_calls" => Cell::Int(totals.model_calls),
            "tool_calls" => Cell::Int(totals.tool_calls),
            "tool_failures" => Cell::Int(totals.tool_failures),
            "mcp_calls" => Cell::Int(totals.mcp_calls),
            "input_tokens" => Cell::int(tokens.input),
            "cached_input_tokens" => Cell::int(tokens.cached),
            "cache_write_tokens" => Cell::int(tokens.cache_write),
            "output_tokens" => Cell::int(tokens.output),
            "reasoning_tokens" => Cell::int(tokens.reasoning),
            "total_tokens" => Cell::int(totals.total_tokens),
            "list_cost_nanousd" => Cell::int(totals.list_nanousd),
            "reported_cost_nanousd" => Cell::int(self.reported_nanousd),
            "cost_units" => totals.cost_units.map_or(Cell::Null, Cell::Float),
            "cost_unit_name" => Cell::text(self.unit.as_ref()),
            "cost_nanousd" => Cell::int(self.cost_nanousd),
            "unpriced_calls" => Cell::Int(self.unpriced),
            "approval_policy" => Cell::text(self.approval_policy.as_ref()),
            "sandbox_policy" => Cell::text(self.sandbox_policy.as_ref()),
            "reasoning_effort" => Cell::text(self.reasoning_effort.as_ref()),
            "mcp_servers" => Cell::string(self.mcp_servers.as_ref()),
            "evidence" => Cell::Text(self.evidence.word()),
            "team" | "project" | "repository" | "branch" | "cost_center" => Cell::text(self.labels.get(column)),
            "labels" => self.labels.others().map_or(Cell::Null, Cell::Made),
            _ => return None,
        })
    }
}
