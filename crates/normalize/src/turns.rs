//! Turns: a prompt and all that follows until the next. Border: intervals and their evidence; sums over calls are added by
//! `conversations`.
//!
//! A turn's interval is that of its span. A prompt that no turn span of its conversation covers makes an estimated turn: until the
//! last record of the conversation before the next turn.

mod unprompted;

use std::sync::Arc;

use crate::dialect::Dialect;
use crate::evidence::{Event, Evidence, SpanFact, SpanWhat, Thread, What};
use crate::tokens::{Tokens, add};

/// A record's time is in whole milliseconds, a span's start is not: a record may seem that much earlier.
const CLOCK_STEP_NS: i64 = 1_000_000;

/// A turn, before its calls are counted.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The agent's own id, else `<conversation_id>#<n>`.
    pub id: Arc<str>,
    /// From 1.
    pub index: i64,
    /// Start, nanoseconds since the epoch.
    pub start: Option<i64>,
    /// End.
    pub end: Option<i64>,
    /// No span: the interval is from records.
    pub estimated: bool,
    /// Records of the prompts given in it.
    pub prompts: Vec<u128>,
    /// Length of the prompt, of all prompts given while it ran.
    pub prompt_chars: Option<i64>,
    /// Time to first token.
    pub ttft_ns: Option<i64>,
    /// Model that the span or the prompt names.
    pub model: Option<Arc<str>>,
    /// Trace.
    pub trace: Option<u128>,
    /// Span.
    pub span: Option<u128>,
    /// The span carries the turn's tokens, which the agent writes when a turn completes.
    pub completed: bool,
    /// The turn's tokens by its span.
    pub span_tokens: Option<Tokens>,
    /// Interrupted by the user.
    pub interrupted: bool,
    /// The agent's own cost of the turn, 10⁻⁹ USD.
    pub reported_nanousd: Option<i64>,
}

/// The turns of a conversation, in order.
pub fn build(dialect: &Dialect, evidence: &Evidence, conversation: &Arc<str>, thread: &Thread) -> Vec<Turn> {
    let mut turns: Vec<Turn> = thread.turn_spans.iter().map(|i| from_span(evidence, &evidence.spans[*i])).collect();
    let mut prompts: Vec<&Event> = thread.events().iter().filter(|e| matches!(e.what, What::Prompt { .. })).collect();
    prompts.sort_by_key(|e| e.stamp);
    let mut bare = Vec::new();
    for (n, prompt) in prompts.iter().enumerate() {
        let next = prompts.get(n + 1).and_then(|p| p.stamp.time);
        match covering(&turns, prompt, next) {
            Some(turn) => take_prompt(&mut turns[turn], prompt),
            None => bare.push(*prompt),
        }
    }
    for prompt in &bare {
        turns.push(from_prompt(evidence, conversation, prompt));
    }
    unprompted::add(&mut turns, dialect, evidence, thread);
    turns.sort_by_key(|t| (t.start, t.trace, t.span));
    let mut times = thread.times.clone();
    times.extend(thread.copies.iter().filter_map(|e| e.stamp.time));
    times.sort_unstable();
    for n in 0..turns.len() {
        turns[n].index = i64::try_from(n + 1).unwrap_or(i64::MAX);
        if turns[n].id.is_empty() {
            turns[n].id = format!("{conversation}#{}", n + 1).into();
        }
        if turns[n].estimated {
            let before = turns.get(n + 1).and_then(|t| t.start).unwrap_or(i64::MAX);
            let last = times[..times.partition_point(|t| *t < before)].last().copied();
            turns[n].end = last.max(turns[n].start).max(turns[n].end);
        }
    }
    for event in thread.events() {
        match &event.what {
            What::TurnTtft(ns) => {
                if let Some(turn) = at(&turns, event.stamp.time).map(|t| &mut turns[t]) {
                    turn.ttft_ns = Some(turn.ttft_ns.map_or(*ns, |known| known.min(*ns)));
                }
            }
            What::TurnCost { turn_id, nanousd } => {
                let named = turn_id.as_ref().and_then(|id| turns.iter().position(|t| t.id == *id));
                if let Some(turn) = named.or_else(|| at(&turns, event.stamp.time)) {
                    // A total of the turn: it replaces, and of two the greater is the later.
                    turns[turn].reported_nanousd = turns[turn].reported_nanousd.max(Some(*nanousd));
                }
            }
            _ => {}
        }
    }
    turns
}

/// The turn that a moment of the conversation belongs to: the last that had started. Records come late (their exporter batches
/// nothing, but another task may log them), so what follows a turn's end still belongs to it.
pub fn at(turns: &[Turn], time: Option<i64>) -> Option<usize> {
    let time = time?;
    turns.iter().rposition(|t| t.start.is_some_and(|start| start <= time.saturating_add(CLOCK_STEP_NS)))
}

/// The turn that a record belongs to: the one that it names, else the only one of its trace, else the one that its moment lies in.
pub fn of(turns: &[Turn], id: Option<&Arc<str>>, trace: Option<u128>, time: Option<i64>) -> Option<usize> {
    let named = id.and_then(|id| turns.iter().position(|t| t.id == *id));
    let of_trace = || {
        let mut of_trace = turns.iter().enumerate().filter(|(_, t)| t.trace.is_some() && t.trace == trace);
        let first = of_trace.next()?.0;
        of_trace.next().is_none().then_some(first)
    };
    named.or_else(of_trace).or_else(|| at(turns, time))
}

fn from_span(evidence: &Evidence, span: &SpanFact) -> Turn {
    let (span_tokens, succeeded) = if let SpanWhat::Turn { tokens, succeeded, .. } = &span.what { (*tokens, *succeeded) } else { (None, None) };
    let id = span.turn_id.clone().or_else(|| turn_id_within(evidence, span));
    let interrupted = id.as_ref().is_some_and(|id| evidence.interrupted.contains(id));
    Turn {
        id: id.unwrap_or_else(|| Arc::from("")),
        index: 0,
        start: span.start,
        end: span.end.max(span.start.filter(|_| span.end.is_some())),
        estimated: false,
        prompts: Vec::new(),
        prompt_chars: None,
        ttft_ns: None,
        model: span.model.clone(),
        trace: Some(span.trace),
        span: Some(span.span),
        completed: succeeded.unwrap_or(span_tokens.is_some()),
        span_tokens,
        interrupted,
        reported_nanousd: None,
    }
}

/// The id that spans within the turn's span name (0.100: the turn's own span has none).
fn turn_id_within(evidence: &Evidence, turn: &SpanFact) -> Option<Arc<str>> {
    let tells = |s: &SpanFact| matches!(s.what, SpanWhat::TurnId) || (matches!(s.what, SpanWhat::Response(_)) && s.conversation == turn.conversation);
    let inside = |s: &&SpanFact| tells(s) && s.start >= turn.start && s.start <= turn.end;
    evidence.in_trace(turn.trace).filter(inside).find_map(|s| s.turn_id.clone())
}

fn from_prompt(evidence: &Evidence, conversation: &Arc<str>, prompt: &Event) -> Turn {
    // The turn's span may be lost (the agent was killed), but not all of those within: they name it.
    let inside = |s: &&SpanFact| s.conversation.as_ref() == Some(conversation) && s.start >= prompt.stamp.time;
    let mut ids: Vec<&Arc<str>> =
        prompt.trace.into_iter().flat_map(|t| evidence.in_trace(t)).filter(inside).filter_map(|s| s.turn_id.as_ref()).collect();
    ids.sort_unstable();
    ids.dedup();
    let id = match (&prompt.turn_id, ids.as_slice()) {
        (Some(id), _) => Arc::clone(id),
        (None, [id]) => Arc::clone(id),
        _ => Arc::from(""),
    };
    let mut turn = Turn {
        id,
        index: 0,
        start: prompt.stamp.time,
        end: None,
        estimated: true,
        prompts: Vec::new(),
        prompt_chars: None,
        ttft_ns: None,
        model: prompt.model.clone(),
        trace: prompt.trace,
        span: None,
        completed: false,
        span_tokens: None,
        interrupted: false,
        reported_nanousd: None,
    };
    take_prompt(&mut turn, prompt);
    turn
}

fn take_prompt(turn: &mut Turn, prompt: &Event) {
    turn.prompts.push(prompt.stamp.record);
    if let What::Prompt { chars, .. } = prompt.what {
        add(&mut turn.prompt_chars, chars);
    }
    if turn.id.is_empty()
        && let Some(id) = &prompt.turn_id
    {
        turn.id = Arc::clone(id);
    }
    if turn.model.is_none() {
        turn.model.clone_from(&prompt.model);
    }
}

/// The turn span a prompt belongs to: the one it was given in, else the next that starts before the next prompt.
fn covering(turns: &[Turn], prompt: &Event, next: Option<i64>) -> Option<usize> {
    let time = prompt.stamp.time?;
    let same = |t: &Turn| prompt.trace.is_none() || prompt.trace == t.trace;
    let within = turns.iter().position(|t| same(t) && t.start.is_some_and(|s| s <= time + CLOCK_STEP_NS) && t.end.is_some_and(|e| time <= e));
    within.or_else(|| {
        let after = |t: &Turn| same(t) && t.prompt_chars.is_none() && t.start.is_some_and(|s| s >= time && next.is_none_or(|n| s < n));
        turns.iter().enumerate().filter(|(_, t)| after(t)).min_by_key(|(_, t)| t.start).map(|(i, _)| i)
    })
}
