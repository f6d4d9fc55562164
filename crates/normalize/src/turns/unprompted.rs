//! Turns of which neither a span nor a prompt is left: the agent was killed before its turn's span ended, prompts are not exported, or a
//! sub-agent was given its order by no prompt. Border: intervals from what was done in them, all estimated.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Turn;
use crate::dialect::Dialect;
use crate::evidence::{Event, Evidence, SpanFact, Thread};

/// Adds the turns that nothing but what was done in them tells of: where each prompt begins a trace, one for every trace without a turn; and
/// one for a conversation that works for another and has none.
pub fn add(turns: &mut Vec<Turn>, dialect: &Dialect, evidence: &Evidence, thread: &Thread) {
    if dialect.spans.turn_is_trace {
        let mut traces: BTreeMap<u128, Turn> = BTreeMap::new();
        for span in spans(evidence, thread).filter(|s| !turns.iter().any(|t| t.trace == Some(s.trace))) {
            let turn = traces.entry(span.trace).or_insert_with(|| Turn { trace: Some(span.trace), ..Turn::estimated() });
            turn.covers(span.start, span.end);
            turn.names(span.turn_id.as_ref());
        }
        turns.extend(traces.into_values());
    }
    if turns.is_empty() && thread.within.is_some() {
        let mut turn = Turn::estimated();
        spans(evidence, thread).for_each(|s| turn.covers(s.start, s.end));
        for event in thread.events() {
            turn.covers(event.began(), event.stamp.time);
            turn.trace = turn.trace.or(event.trace);
        }
        turns.push(turn);
    }
}

fn spans<'a>(evidence: &'a Evidence, thread: &'a Thread) -> impl Iterator<Item = &'a SpanFact> {
    thread.usage_spans.iter().chain(&thread.tool_spans).map(|i| &evidence.spans[*i])
}

impl Turn {
    fn estimated() -> Turn {
        Turn {
            id: Arc::from(""),
            index: 0,
            start: None,
            end: None,
            estimated: true,
            prompts: Vec::new(),
            prompt_chars: None,
            ttft_ns: None,
            model: None,
            trace: None,
            span: None,
            completed: false,
            span_tokens: None,
            interrupted: false,
            reported_nanousd: None,
        }
    }

    fn covers(&mut self, start: Option<i64>, end: Option<i64>) {
        self.start = [self.start, start].into_iter().flatten().min();
        self.end = [self.end, end].into_iter().flatten().max();
    }

    fn names(&mut self, id: Option<&Arc<str>>) {
        if let Some(id) = id
            && (self.id.is_empty() || **id < *self.id)
        {
            self.id = Arc::clone(id);
        }
    }
}

impl Event {
    /// When what it tells began, where it says how long that took.
    fn began(&self) -> Option<i64> {
        use crate::evidence::What;
        let took = match &self.what {
            What::Response(response) => response.duration_ns,
            What::ToolResult(_, result) => result.duration_ns,
            _ => None,
        };
        self.stamp.time?.checked_sub(took.unwrap_or(0))
    }
}
