//! The turns as the share-out needs them: their intervals, which span bounds them, and which were waited in. Border: rows of turns and
//! of calls in, compact lists by a turn's place out.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::category::Category;
use crate::conversations::Rows;
use crate::dialect::Dialect;
use crate::evidence::{Evidence, SpanFact, SpanWhat};
use crate::rows::turn::TurnRow;
use crate::tool_name::ToolKind;

/// The name of an estimate's row: what it was taken from.
const TOOL_CALL: &str = "tool call";
const MODEL_CALL: &str = "model call";
const RETRY_WAIT: &str = "retry wait";
const APPROVAL: &str = "approval";

/// A tool and its MCP server.
pub type ToolName = (Arc<str>, Option<Arc<str>>);

/// A stretch of a turn that no span stands for: a person was waited for, or an event tells of a call.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    /// Turn, by place.
    pub turn: u32,
    /// Start, nanoseconds since the epoch.
    pub start: i64,
    /// End.
    pub end: i64,
    /// What it is for.
    pub category: Category,
    /// What it was taken from.
    pub name: &'static str,
    /// Tool, by place.
    pub tool: Option<u32>,
    /// The tool call's span that it lies in.
    pub within: Option<(u128, u64)>,
    /// It counts only where no span is active.
    pub fills: bool,
}

/// A turn without a span of its own, in its trace.
#[derive(Debug, Clone, Copy)]
pub struct Prompted {
    /// Turn, by place.
    pub turn: u32,
    /// Start.
    pub start: i64,
    /// End.
    pub end: i64,
    /// Last end of this and of those before it.
    last_end: i64,
}

/// All turns, and what belongs to them beside spans.
#[derive(Debug)]
pub struct TurnList<'a> {
    /// The turns.
    pub turns: &'a [TurnRow],
    /// The turn that a span bounds.
    pub by_span: FxHashMap<(u128, u64), u32>,
    /// The turns without a span that were prompted in a trace, by start.
    by_trace: FxHashMap<u128, Vec<Prompted>>,
    /// Stretches, by turn and start.
    pub stretches: Vec<Stretch>,
    /// Tools.
    pub tools: Vec<ToolName>,
    /// The tool of a tool call's span.
    pub tool_spans: FxHashMap<(u128, u64), u32>,
    /// What a span's time is for, as the agent's dialect says what the span is.
    pub kinds: FxHashMap<(u128, u64), Category>,
}

/// The span of the tool call that a call to a server is a part of.
fn call_around(span: &SpanFact) -> Option<(u128, u64)> {
    matches!(span.what, SpanWhat::McpCall { .. }).then(|| Some((span.trace, span.of_call? as u64))).flatten()
}

impl<'a> TurnList<'a> {
    /// Collects it.
    pub fn new(rows: &'a Rows<'_>, dialects: &[Dialect], evidence: &[Evidence]) -> TurnList<'a> {
        let mut list = TurnList {
            turns: &rows.turns,
            by_span: FxHashMap::default(),
            by_trace: FxHashMap::default(),
            stretches: Vec::new(),
            tools: Vec::new(),
            tool_spans: FxHashMap::default(),
            kinds: FxHashMap::default(),
        };
        let mut by_id: FxHashMap<(&str, &str), u32> = FxHashMap::default();
        for (place, row) in (0..).zip(&rows.turns) {
            by_id.insert((&row.conversation, &row.turn.id), place);
            match (row.turn.trace, row.turn.span) {
                (Some(trace), Some(span)) if !row.turn.estimated => {
                    list.by_span.insert((trace, span as u64), place);
                }
                (Some(trace), _) => {
                    if let Some((start, end)) = list.interval(place) {
                        let of_trace = list.by_trace.entry(trace).or_default();
                        let last_end = of_trace.last().map_or(end, |before| before.last_end.max(end));
                        of_trace.push(Prompted { turn: place, start, end, last_end });
                    }
                }
                _ => {}
            }
        }
        let turn_of = |conversation: &str, turn: Option<&Arc<str>>| by_id.get(&(conversation, &**turn?)).copied();

        let mut places: FxHashMap<ToolName, u32> = FxHashMap::default();
        let mut by_call: FxHashMap<(&str, &str), (u32, ToolKind)> = FxHashMap::default();
        let mut by_tool_span: FxHashMap<(u128, u64), (u32, ToolKind)> = FxHashMap::default();
        for row in &rows.tools {
            let tool = list.tool(&mut places, (Arc::from(row.call.tool.name.as_str()), row.call.tool.server.as_deref().map(Arc::from)));
            let known = (tool, row.call.tool.kind);
            by_call.extend(row.call.call_id.as_ref().map(|id| ((&*row.conversation, &**id), known)));
            by_tool_span.extend(row.call.trace.zip(row.call.span).map(|(trace, span)| ((trace, span as u64), known)));
            if let Some(turn) = turn_of(&row.conversation, row.turn_id.as_ref()) {
                list.add_tool_call(turn, tool, row);
            }
        }
        for row in &rows.calls {
            if let (Some(turn), Some(start), Some(end)) = (turn_of(&row.conversation, row.turn_id.as_ref()), row.call.start, row.call.stamp.time)
                && rows.turns[turn as usize].turn.estimated
            {
                let mut add = |start, end, category, name| {
                    list.stretches.push(Stretch { turn, start, end, category, name, tool: None, within: None, fills: true });
                };
                add(start, end, Category::Model, MODEL_CALL);
                // What a failed attempt cost goes on to the next one's start: the agent waits before it tries again.
                if let Some(again) = row.call.lost_ns.map(|lost| start.saturating_add(lost)).filter(|again| *again > end) {
                    add(end, again, Category::Network, RETRY_WAIT);
                }
            }
        }
        // by the tool's name: its place depends on which calls come first in the archive
        let tool = |s: &Stretch| s.tool.map(|t| &list.tools[t as usize]);
        list.stretches.sort_by(|a, b| (a.turn, a.start, a.end, a.name, tool(a)).cmp(&(b.turn, b.start, b.end, b.name, tool(b))));
        for (dialect, evidence) in dialects.iter().zip(evidence) {
            let called: FxHashSet<(u128, u64)> = evidence.spans.iter().filter_map(call_around).collect();
            for span in &evidence.spans {
                let key = (span.trace, span.span as u64);
                let (SpanWhat::Tool { tool, .. } | SpanWhat::McpCall { tool, .. }) = &span.what else {
                    if let SpanWhat::Response(_) = span.what {
                        list.kinds.insert(key, Category::Model);
                    }
                    continue;
                };
                let call = span.conversation.as_deref().zip(tool.call_id.as_deref());
                let known = call.and_then(|call| by_call.get(&call).copied()).or_else(|| by_tool_span.get(&key).copied());
                let named = || tool.name.clone().map(|name| (name, tool.server.clone()));
                if let Some(tool) = known.map(|(tool, _)| tool).or_else(|| named().map(|name| list.tool(&mut places, name))) {
                    list.tool_spans.insert(key, tool);
                }
                // the span of a call to a server's tool is around the client's, where the agent has such spans
                let is_around = called.contains(&key) || !dialect.spans.mcp_calls.is_empty();
                let is_mcp = known.is_some_and(|(_, kind)| kind == ToolKind::Mcp) && !is_around;
                let is_client = matches!(span.what, SpanWhat::McpCall { .. });
                list.kinds.insert(key, if is_client || is_mcp { Category::Mcp } else { Category::Tool });
            }
        }
        list
    }

    fn tool(&mut self, places: &mut FxHashMap<ToolName, u32>, name: ToolName) -> u32 {
        *places.entry(name).or_insert_with_key(|name| {
            self.tools.push(name.clone());
            self.tools.len() as u32 - 1
        })
    }

    fn add_tool_call(&mut self, turn: u32, tool: u32, row: &crate::rows::tool::ToolRow) {
        let call = &row.call;
        let within = call.trace.zip(call.span).map(|(trace, span)| (trace, span as u64));
        let mut add = |(start, end): (i64, i64), category, name, within, fills| {
            self.stretches.push(Stretch { turn, start, end, category, name, tool: Some(tool), within, fills });
        };
        if let Some(asked) = call.asked {
            add(asked, Category::Approval, APPROVAL, within, false);
        }
        if self.turns[turn as usize].turn.estimated {
            if let Some(asked) = call.asked_about {
                add(asked, Category::Approval, APPROVAL, None, true);
            }
            let category = if call.tool.server.is_some() { Category::Mcp } else { Category::Tool };
            if let Some(ran) = call.time.zip(call.duration_ns).map(|(end, took)| (end.saturating_sub(took), end)) {
                add(ran, category, TOOL_CALL, within, true);
            }
        }
    }

    /// The turns without a span that were prompted in a trace and may share time with an interval, the last first.
    pub fn prompted(&self, trace: u128, (start, end): (i64, i64)) -> impl Iterator<Item = Prompted> {
        let of_trace = self.by_trace.get(&trace).map_or(&[][..], Vec::as_slice);
        let started = of_trace.partition_point(|t| t.start <= end);
        of_trace[..started].iter().rev().take_while(move |t| t.last_end >= start).copied()
    }

    /// The stretches of a turn.
    pub fn stretches_of(&self, turn: u32) -> &[Stretch] {
        let from = self.stretches.partition_point(|s| s.turn < turn);
        let to = from + self.stretches[from..].partition_point(|s| s.turn == turn);
        &self.stretches[from..to]
    }

    /// The interval of a turn; an end before the start is taken as the start.
    pub fn interval(&self, turn: u32) -> Option<(i64, i64)> {
        let turn = &self.turns[turn as usize].turn;
        turn.start.zip(turn.end).map(|(start, end)| (start, end.max(start)))
    }
}
