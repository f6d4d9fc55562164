//! Rows of `latency`. They are many, so they are not made one by one: a row is a place, and columns are built from lists.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, Int64Builder, StringBuilder, TimestampNanosecondBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use rustc_hash::FxHashMap;
use tracemill_model::tables::LATENCY;

use crate::Error;
use crate::dialect::Dialects;
use crate::latency::category::Category;
use crate::latency::forest::Anomaly;
use crate::latency::forest::{Forest, NONE};
use crate::latency::turn_list::{ToolName, TurnList};
use crate::latency::{Extra, Known, Owners, Placed, ShareOut};
use crate::rows::turn::TurnRow;
use crate::stamp::Hex;

/// A row: a span's place, or that of a stretch without one behind them.
pub type Place = u32;

/// All that the rows of a pass are made of.
#[derive(Debug)]
pub struct Latency<'a> {
    pub dialects: &'a Dialects,
    /// Agents of the conversations.
    pub agents: &'a FxHashMap<Arc<str>, Arc<str>>,
    pub forest: &'a Forest,
    pub names: &'a [Arc<str>],
    pub placed: &'a Placed,
    pub turns: &'a TurnList<'a>,
    pub shares: &'a ShareOut,
    pub known: &'a Known,
    /// Conversation of each span, by place; what lies in a turn has that of the turn, of which its own may be a part.
    pub conversations: Vec<Option<&'a Arc<str>>>,
}

impl Latency<'_> {
    /// Counts the spans of each conversation whose parent never arrived. A parent in another process may be in nobody's archive.
    pub fn count_lost(&self, lost: &mut BTreeMap<Arc<str>, i64>) {
        for span in 0..self.forest.len() {
            if self.forest.anomaly[span] == Some(Anomaly::Orphan)
                && !self.forest.remote[span]
                && let Some(conversation) = self.conversations[span]
            {
                *lost.entry(Arc::clone(conversation)).or_default() += 1;
            }
        }
    }

    /// The rows in the order of the table.
    pub fn rows(&self) -> Vec<Place> {
        let mut rows: Vec<Place> = (0..(self.forest.len() + self.shares.extras.len()) as u32).collect();
        // Spans of one moment and trace are told apart by their ids; where there are none, and among stretches, by what they are.
        let key = |row: Place| (self.start(row), self.trace(row), self.span(row).map(|s| self.forest.id[s]));
        let told = |row: Place| (self.category(row).word(), self.name(row), self.tool(row).map(|t| (&*t.0, t.1.as_deref())));
        let rest = |row: Place| (self.duration(row), self.turn(row).map(|t| (&*t.turn.id, &*t.conversation)));
        rows.sort_unstable_by(|a, b| {
            key(*a).cmp(&key(*b)).then_with(|| told(*a).cmp(&told(*b))).then_with(|| rest(*a).cmp(&rest(*b))).then_with(|| a.cmp(b))
        });
        rows
    }

    /// When the row's span, or stretch, began.
    pub fn start(&self, row: Place) -> Option<i64> {
        self.span(row).map_or_else(|| self.extra(row).map(|e| e.start), |s| self.forest.start[s])
    }

    fn span(&self, row: Place) -> Option<usize> {
        Some(row as usize).filter(|s| *s < self.forest.len())
    }

    fn extra(&self, row: Place) -> Option<&Extra> {
        self.shares.extras.get((row as usize).checked_sub(self.forest.len())?)
    }

    fn turn(&self, row: Place) -> Option<&TurnRow> {
        let turn = self.span(row).map_or_else(|| self.extra(row).map(|e| e.turn), |s| Some(self.placed.turn[s]));
        turn.filter(|t| *t != NONE).map(|t| &self.turns.turns[t as usize])
    }

    fn trace(&self, row: Place) -> Option<u128> {
        let of_span = self.span(row).map(|s| self.forest.trace[s]);
        of_span.or_else(|| self.turn(row).and_then(|t| t.turn.trace)).filter(|t| *t != 0)
    }

    fn category(&self, row: Place) -> Category {
        let of_extra = || self.extra(row).and_then(|e| e.stretch).map_or(Category::Unobserved, |s| s.category);
        self.span(row).map_or_else(of_extra, |s| self.placed.category[s])
    }

    fn name(&self, row: Place) -> &str {
        let of_extra = || self.extra(row).and_then(|e| e.stretch).map_or("unobserved", |s| s.name);
        self.span(row).map_or_else(of_extra, |s| &self.names[self.forest.name[s] as usize])
    }

    fn tool(&self, row: Place) -> Option<&ToolName> {
        let of_extra = || self.extra(row).and_then(|e| e.stretch?.tool);
        let tool = self.span(row).map_or_else(of_extra, |s| Some(self.placed.tool[s]).filter(|t| *t != NONE));
        tool.map(|t| &self.turns.tools[t as usize])
    }

    fn duration(&self, row: Place) -> Option<i64> {
        let of_extra = || self.extra(row).and_then(|e| e.stretch).map(|s| (s.end - s.start).max(0));
        self.span(row).map_or_else(of_extra, |s| self.forest.duration(s as u32))
    }

    /// The columns of some rows.
    pub fn batch(&self, rows: &[Place]) -> Result<RecordBatch, Error> {
        let of_span = |row: Place| self.span(row);
        let conversation = |row: Place| {
            let of_facts = || self.span(row).and_then(|s| self.conversations[s]).map(|c| &**c);
            self.turn(row).map_or_else(of_facts, |t| Some(&*t.conversation))
        };
        let model = |row: Place| match self.turn(row) {
            Some(turn) => turn.model.as_deref(),
            None => self.span(row).and_then(|s| self.known.model(self.forest.trace[s], self.forest.id[s])).map(|m| &**m),
        };
        let agent = |row: Place| {
            let of_conversation = conversation(row).and_then(|c| self.agents.get(c)).map(|a| &**a);
            let of_origin = || self.span(row).and_then(|s| self.dialects.list().get(usize::from(self.forest.agent[s]).checked_sub(1)?));
            of_conversation.or_else(|| of_origin().map(|d| d.agent.as_str()))
        };
        let owners = Owners { of: &self.conversations, families: &self.known.families };
        // another conversation is waited for, as another turn is
        let self_time = |span: usize| self.forest.self_time(span as u32, |child| owners.are_one(span, child));
        let anomaly = |row: Place| self.span(row).and_then(|s| self.forest.anomaly[s]).map(|a| a.word());
        let phase = |row: Place| self.span(row).and_then(|s| self.placed.phase[s]).map(|p| p.word());
        let column = |name: &str| -> Option<ArrayRef> {
            Some(match name {
                "trace_id" => hexes(rows, |row| self.trace(row)),
                "span_id" => hexes(rows, |row| of_span(row).map(|s| self.forest.id[s]).filter(|i| *i != 0)),
                "conversation_id" => borrowed(rows, conversation),
                "turn_id" => borrowed(rows, |row| self.turn(row).map(|t| &*t.turn.id)),
                "start_time" => times(rows, |row| self.start(row)),
                "category" => borrowed(rows, |row| Some(self.category(row).word())),
                "name" => borrowed(rows, |row| Some(self.name(row))),
                "duration_ns" => ints(rows, |row| self.duration(row)),
                "self_ns" => ints(rows, |row| of_span(row).and_then(self_time)),
                "attributed_ns" => {
                    ints(rows, |row| of_span(row).map_or_else(|| self.extra(row).map(|e| e.attributed), |s| self.shares.attributed[s]))
                }
                "critical_ns" => ints(rows, |row| of_span(row).map_or_else(|| self.extra(row).map(|e| e.critical), |s| self.shares.critical[s])),
                "estimated" => bools(rows, |row| Some(of_span(row).is_none())),
                "agent" => borrowed(rows, agent),
                "model" => borrowed(rows, model),
                "tool_name" => borrowed(rows, |row| self.tool(row).map(|t| &*t.0)),
                "mcp_server" => borrowed(rows, |row| self.tool(row).and_then(|t| t.1.as_deref())),
                "phase" => borrowed(rows, phase),
                "listed" => bools(rows, |row| of_span(row).map(|s| self.placed.listed[s])),
                "anomaly" => borrowed(rows, anomaly),
                _ => return None,
            })
        };
        let fault = |reason: String| Error::Row { table: LATENCY.name, reason };
        let columns = LATENCY.columns.iter().map(|c| column(c.name).ok_or_else(|| fault(format!("column {} is not filled", c.name))));
        RecordBatch::try_new(LATENCY.schema(), columns.collect::<Result<_, _>>()?).map_err(|e| fault(e.to_string()))
    }
}

fn hexes<I: Hex>(rows: &[Place], value: impl Fn(Place) -> Option<I>) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(rows.len(), rows.len() * 32);
    let mut text = String::with_capacity(32);
    for row in rows {
        match value(*row) {
            Some(id) => {
                text.clear();
                id.write(&mut text);
                builder.append_value(&text);
            }
            None => builder.append_null(),
        }
    }
    Arc::new(builder.finish())
}

fn borrowed<'a>(rows: &[Place], value: impl Fn(Place) -> Option<&'a str>) -> ArrayRef {
    let mut builder = StringBuilder::with_capacity(rows.len(), rows.len() * 16);
    rows.iter().for_each(|row| builder.append_option(value(*row)));
    Arc::new(builder.finish())
}

fn ints(rows: &[Place], value: impl Fn(Place) -> Option<i64>) -> ArrayRef {
    let mut builder = Int64Builder::with_capacity(rows.len());
    rows.iter().for_each(|row| builder.append_option(value(*row)));
    Arc::new(builder.finish())
}

fn bools(rows: &[Place], value: impl Fn(Place) -> Option<bool>) -> ArrayRef {
    let mut builder = BooleanBuilder::with_capacity(rows.len());
    rows.iter().for_each(|row| builder.append_option(value(*row)));
    Arc::new(builder.finish())
}

fn times(rows: &[Place], value: impl Fn(Place) -> Option<i64>) -> ArrayRef {
    let mut builder = TimestampNanosecondBuilder::with_capacity(rows.len()).with_timezone("UTC");
    rows.iter().for_each(|row| builder.append_option(value(*row)));
    Arc::new(builder.finish())
}
