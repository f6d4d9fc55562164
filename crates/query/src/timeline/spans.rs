//! What the spans of a run add to its calls: when a model call began whose record only tells when it ended, and how much of a call lies
//! on the critical path of its turn. Border: the entries are there already; how long a turn took is not looked at.

use std::collections::BTreeMap;

use super::cells::Cells;
use super::entry::{Entry, Kind};
use crate::answer::Answer;

/// Clocks of spans and of log records are read at slightly different moments of the same event.
const SLACK_NS: i64 = 5_000_000;

/// The spans of turns that are for models or tools.
pub(super) const SPANS: &str = "
SELECT conversation_id, turn_id, start_time AS time, duration_ns, critical_ns, tool_name AS name, category AS outcome
FROM latency
WHERE turn_id IS NOT NULL AND start_time IS NOT NULL AND NOT estimated AND category IN ('model', 'network', 'tool', 'mcp', 'approval')
ORDER BY start_time, duration_ns";

/// A span, as far as it tells of a call.
#[derive(Debug)]
struct Span {
    start: i64,
    end: i64,
    critical_ns: i64,
    tool: Option<String>,
    of_model: bool,
}

/// The spans of turns, by conversation and turn.
#[derive(Debug, Default)]
pub(super) struct Spans(BTreeMap<(String, String), Vec<Span>>);

/// Reads the answer to [`SPANS`].
pub(super) fn read(answer: &Answer) -> Spans {
    let mut turns = Spans::default();
    for row in Cells::rows(answer) {
        let Some(start) = row.int("time") else { continue };
        let span = Span {
            start,
            end: start.saturating_add(row.int("duration_ns").unwrap_or(0).max(0)),
            critical_ns: row.int("critical_ns").unwrap_or(0),
            tool: row.text("name"),
            of_model: matches!(row.text("outcome").as_deref(), Some("model" | "network")),
        };
        let key = (row.text("conversation_id").unwrap_or_default(), row.text("turn_id").unwrap_or_default());
        turns.0.entry(key).or_default().push(span);
    }
    turns
}

/// Gives the calls among the entries what the spans tell of them.
pub(super) fn add(entries: &mut [Entry], Spans(turns): &Spans) {
    let mut calls: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (n, entry) in entries.iter().enumerate().filter(|(_, e)| matches!(e.kind, Kind::ModelCall | Kind::ToolCall) && e.time.is_some()) {
        calls.entry(entry.turn_key()).or_default().push(n);
    }
    for (key, mut calls) in calls {
        let Some(spans) = turns.get(&key) else { continue };
        calls.sort_by_key(|n| entries[*n].time);
        let mut begun: BTreeMap<usize, i64> = BTreeMap::new();
        for span in spans {
            let Some(call) = (if span.of_model { model_call(entries, &calls, span) } else { tool_call(entries, &calls, span) }) else { continue };
            entries[call].critical_ns = Some(entries[call].critical_ns.unwrap_or(0) + span.critical_ns);
            let first = begun.entry(call).or_insert(span.start);
            *first = span.start.min(*first);
        }
        for (call, begun) in begun {
            let entry = &mut entries[call];
            if entry.kind == Kind::ModelCall && entry.duration_ns.is_none() {
                entry.began = Some(begun);
            }
        }
    }
}

/// The model call that the span is of: the first to end after the span began.
fn model_call(entries: &[Entry], calls: &[usize], span: &Span) -> Option<usize> {
    let ends_later =
        |n: &&usize| entries[**n].kind == Kind::ModelCall && entries[**n].time.is_some_and(|end| end.saturating_add(SLACK_NS) >= span.start);
    calls.iter().find(ends_later).copied()
}

/// The tool call that the span shares most time with; one of the same tool where the span names it.
fn tool_call(entries: &[Entry], calls: &[usize], span: &Span) -> Option<usize> {
    let shared = |entry: &Entry| {
        let end = entry.time?.saturating_add(SLACK_NS);
        let start = entry.time?.saturating_sub(entry.duration_ns.unwrap_or(0)).saturating_sub(SLACK_NS);
        Some(end.min(span.end).saturating_sub(start.max(span.start))).filter(|ns| *ns >= 0)
    };
    let fits = |entry: &Entry| entry.kind == Kind::ToolCall && (span.tool.is_none() || entry.name.is_none() || entry.name == span.tool);
    // of those that share the same the first
    calls.iter().filter(|n| fits(&entries[**n])).filter_map(|n| Some((shared(&entries[*n])?, *n))).rev().max_by_key(|(ns, _)| *ns).map(|(_, n)| n)
}
