//! A run laid out: stretches of time, and in each of them its entries with the part of the stretch that they took. Border: fractions and
//! words; letters are `text`'s business, the page's `page`'s.
//!
//! A stretch is a turn of the run itself with all that happened until the next one. Each has a scale of its own: between two turns a
//! person may have been away for a day, beside which nothing else could be seen.

use super::Timeline;
use super::entry::{Entry, Kind};

/// What an entry's time went to; each has a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Turn,
    Model,
    Tool,
    Mcp,
    /// Denied or interrupted.
    Refused,
    Conversation,
    Other,
}

impl Class {
    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Class::Turn => "turn",
            Class::Model => "model",
            Class::Tool => "tool",
            Class::Mcp => "mcp",
            Class::Refused => "refused",
            Class::Conversation => "conversation",
            Class::Other => "other",
        }
    }
}

/// A part of the run with a scale of its own.
#[derive(Debug)]
pub(super) struct Stretch<'t> {
    pub(super) bars: Vec<Bar<'t>>,
    /// Nanoseconds from its beginning to its end.
    pub(super) length: i64,
}

/// An entry, or the entries that tell where a turn's time went.
#[derive(Debug)]
pub(super) struct Bar<'t> {
    pub(super) entries: Vec<&'t Entry>,
    pub(super) class: Class,
    /// Beginning and end as fractions of the stretch; `None` for what has no time of its own.
    pub(super) place: Option<(f64, f64)>,
    /// Whether the turn would have been shorter without it.
    pub(super) critical: bool,
    pub(super) failed: bool,
}

impl<'t> Bar<'t> {
    /// The entry, or the first of them.
    pub(super) fn entry(&self) -> &'t Entry {
        self.entries[0]
    }
}

/// Lays out the run.
pub(super) fn stretches(timeline: &Timeline) -> Vec<Stretch<'_>> {
    let mut groups: Vec<Vec<Vec<&Entry>>> = Vec::new();
    let mut entries = timeline.entries.iter().peekable();
    while let Some(entry) = entries.next() {
        if groups.is_empty() || (entry.kind == Kind::Turn && entry.depth == 0) {
            groups.push(Vec::new());
        }
        let mut together = vec![entry];
        while let Some(next) = entries.next_if(|e| entry.kind == Kind::Time && e.kind == Kind::Time && e.turn_key() == entry.turn_key()) {
            together.push(next);
        }
        if let Some(group) = groups.last_mut() {
            group.push(together);
        }
    }
    groups.into_iter().map(stretch).collect()
}

fn stretch<'t>(groups: Vec<Vec<&'t Entry>>) -> Stretch<'t> {
    let times: Vec<(i64, i64)> = groups.iter().filter_map(|g| interval(g[0])).collect();
    let from = times.iter().map(|(start, _)| *start).min().unwrap_or(0);
    let to = times.iter().map(|(_, end)| *end).max().unwrap_or(0);
    let length = to.saturating_sub(from);
    let fraction = |time: i64| if length > 0 { time.saturating_sub(from) as f64 / length as f64 } else { 0.0 };
    let bar = |entries: Vec<&'t Entry>| {
        let entry = entries[0];
        let failed = matches!(entry.kind, Kind::ToolCall | Kind::ModelCall | Kind::Turn)
            && !matches!(entry.outcome.as_deref(), None | Some("ok" | "completed" | "unknown" | "denied" | "aborted" | "interrupted"));
        Bar {
            class: class(entry),
            place: interval(entry).filter(|_| length > 0).map(|(start, end)| (fraction(start), fraction(end))),
            critical: matches!(entry.kind, Kind::ToolCall | Kind::ModelCall) && is_critical(entry),
            failed,
            entries,
        }
    };
    Stretch { bars: groups.into_iter().map(bar).collect(), length }
}

/// Whether the turn would have been shorter without it. A call beside a longer one can hold a sliver of the path, where the longer one
/// had not begun yet: that does not make it critical.
fn is_critical(entry: &Entry) -> bool {
    const SLIVER: i64 = 20;
    let took = interval(entry).map_or(0, |(start, end)| end.saturating_sub(start));
    entry.critical_ns.is_some_and(|ns| ns > 0 && ns >= took / SLIVER)
}

fn class(entry: &Entry) -> Class {
    match entry.kind {
        Kind::Turn => Class::Turn,
        Kind::ModelCall => Class::Model,
        Kind::ToolCall if matches!(entry.outcome.as_deref(), Some("denied" | "aborted")) => Class::Refused,
        Kind::ToolCall if entry.mcp_server.is_some() => Class::Mcp,
        Kind::ToolCall => Class::Tool,
        Kind::Conversation => Class::Conversation,
        Kind::Prompt | Kind::Time | Kind::Gap => Class::Other,
    }
}

/// When it began and ended: a call is told when it ended, all else when it began.
fn interval(entry: &Entry) -> Option<(i64, i64)> {
    let time = entry.time?;
    let took = entry.duration_ns.unwrap_or(0).max(0);
    match entry.kind {
        Kind::ModelCall | Kind::ToolCall => Some((entry.began.unwrap_or(time.saturating_sub(took)).min(time), time)),
        Kind::Turn => Some((time, time.saturating_add(took))),
        Kind::Prompt => Some((time, time)),
        // a conversation that was started is in the stretch with its calls, and may go on long after it
        Kind::Conversation | Kind::Time | Kind::Gap => None,
    }
}
