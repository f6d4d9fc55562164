//! Sums over calls, as turns and conversations show them. Border: additions only; every sum is over rows that are in the tables, so
//! that a reader who adds the rows up gets the same.

use crate::rows::call::CallRow;
use crate::rows::tool::ToolRow;
use crate::tokens::{Tokens, add};
use crate::tool_calls::Outcome;
use crate::tool_name::ToolKind;

/// Sums over model calls and tool calls.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Model calls, failed attempts included.
    pub model_calls: i64,
    /// Tool calls, executed or not.
    pub tool_calls: i64,
    /// Tool calls that failed.
    pub tool_failures: i64,
    /// Calls to MCP servers.
    pub mcp_calls: i64,
    /// Tokens.
    pub tokens: Tokens,
    /// Sum of the calls' totals: of a call whose input or output is unknown nothing is in it.
    pub total_tokens: Option<i64>,
    /// Sum of the list prices that are known.
    pub list_nanousd: Option<i64>,
    /// Sum of the agent's own figures for calls.
    pub reported_nanousd: Option<i64>,
    /// Sum of the calls' costs: the agent's own figure, else the list price.
    pub cost_nanousd: Option<i64>,
    /// Sum of the agent's own figures that are no money.
    pub cost_units: Option<f64>,
    /// Calls that were answered, or have tokens, and of which neither is known.
    pub unpriced: i64,
}

impl Totals {
    /// Counts a model call.
    pub fn add_call(&mut self, row: &CallRow) {
        self.model_calls += 1;
        if let Some(tokens) = row.call.tokens {
            self.tokens += tokens;
            add(&mut self.total_tokens, tokens.total());
        }
        self.unpriced += i64::from(row.call.has_cost() && row.price.is_none() && row.reported_nanousd.is_none());
        let list = row.price.as_ref().map(|p| p.nanousd);
        add(&mut self.list_nanousd, list);
        add(&mut self.reported_nanousd, row.reported_nanousd);
        add(&mut self.cost_nanousd, row.reported_nanousd.or(list));
        if let Some(units) = row.call.cost_units {
            self.cost_units = Some(self.cost_units.unwrap_or(0.0) + units);
        }
    }

    /// Counts a tool call.
    pub fn add_tool(&mut self, row: &ToolRow) {
        self.tool_calls += 1;
        self.tool_failures += i64::from(row.call.outcome == Outcome::Failed);
        self.mcp_calls += i64::from(row.call.tool.kind == ToolKind::Mcp);
    }
}
