//! Whose span is whose, and which conversation started which. Border: ids, traces and times in; conversations for the spans that do
//! not name theirs, and a kind and a parent for every conversation, out.

pub mod apart;
mod cache;
mod nesting;
pub mod services;

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::lake::Part;

use crate::Error;
use crate::ancestry::Ancestry;
use crate::dialect::{Dialect, Role, TurnKind};
use crate::evidence::{Event, Evidence, SpanFact, SpanWhat, Thread, What};
use crate::stamp::Stamp;

/// What a conversation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThreadKind {
    /// A user's own.
    #[default]
    Main,
    /// Works for another conversation.
    Subagent,
    /// Reviews for another conversation.
    Review,
    /// Finds a title for another conversation.
    Title,
    /// Summarises another conversation.
    Compaction,
    /// The front end's own, for something else.
    Helper,
}

impl ThreadKind {
    /// The word for it in the tables.
    pub fn word(self) -> &'static str {
        match self {
            ThreadKind::Main => "main",
            ThreadKind::Subagent => "subagent",
            ThreadKind::Review => "review",
            ThreadKind::Title => "title",
            ThreadKind::Compaction => "compaction",
            ThreadKind::Helper => "helper",
        }
    }

    fn of(role: Role) -> ThreadKind {
        match role {
            Role::Main => ThreadKind::Main,
            Role::Subagent => ThreadKind::Subagent,
            Role::Title => ThreadKind::Title,
            Role::Compaction => ThreadKind::Compaction,
            Role::Helper => ThreadKind::Helper,
        }
    }
}

/// Conversations whose turn lies in another's: that one, and the kind of its turn.
pub type Nested = BTreeMap<Arc<str>, (Arc<str>, TurnKind)>;

/// A conversation's place among the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// What it is for.
    pub kind: ThreadKind,
    /// The conversation that started it.
    pub parent: Option<Arc<str>>,
}

/// Gives every span its conversation and every thread its spans. Gives the conversations whose turn lies in another's, with
/// that turn's kind.
pub fn settle_spans<'a>(dialect: &Dialect, evidence: &mut Evidence, parts: impl Iterator<Item = &'a Part>) -> Result<Nested, Error> {
    evidence.spans.sort_by_key(|s| (s.start, s.record));
    services::tell_apart(dialect, evidence);
    if dialect.nests() {
        let nested = nesting::settle(dialect, evidence, parts)?;
        hand_out(dialect, evidence);
        return Ok(nested);
    }
    let spans = &mut evidence.spans;
    drop_plain_turns(spans);
    claim_by_call_id(spans, &evidence.threads);

    // A trace's conversation, where only one is named in it.
    let mut named: FxHashMap<u128, Vec<Arc<str>>> = FxHashMap::default();
    let mut note = |trace: u128, conversation: &Arc<str>| {
        let known = named.entry(trace).or_default();
        // two tell that it is not the only one
        if known.len() < 2 && !known.contains(conversation) {
            known.push(Arc::clone(conversation));
        }
    };
    for span in spans.iter() {
        span.conversation.iter().for_each(|c| note(span.trace, c));
    }
    for (conversation, thread) in &evidence.threads {
        let turns = thread.events().iter().filter(|e| matches!(e.what, What::Prompt { .. } | What::TurnTtft(_)));
        turns.filter_map(|e| e.trace).for_each(|trace| note(trace, conversation));
    }
    let shared: FxHashSet<u128> = named.iter().filter(|(_, c)| c.len() > 1).map(|(trace, _)| *trace).collect();
    let ancestry = Ancestry::read(parts, &shared)?;

    let only = |trace: u128| named.get(&trace).filter(|c| c.len() == 1).map(|c| Arc::clone(&c[0]));
    for span in spans.iter_mut().filter(|s| s.conversation.is_none() && s.is_turn()) {
        span.conversation = only(span.trace);
    }
    let turns: FxHashMap<(u128, u128), usize> = spans.iter().enumerate().filter(|(_, s)| s.is_turn()).map(|(i, s)| ((s.trace, s.span), i)).collect();
    let mut search = ancestry.search(|trace, span| turns.get(&(trace, span)).copied());
    let mut turn = |span: &SpanFact| search.nearest(span.trace, span.span, span.parent).map(|(_, turn)| turn);
    let mut above = Vec::new();
    for (i, span) in spans.iter().enumerate() {
        if span.conversation.is_none() {
            let found = only(span.trace).or_else(|| turn(span).and_then(|t| spans[t].conversation.clone()));
            above.push((i, found));
        }
    }
    let mut nested = BTreeMap::new();
    for span in spans.iter().filter(|s| s.is_turn() && shared.contains(&s.trace)) {
        if let (Some(child), Some(outer)) = (&span.conversation, turn(span).map(|t| &spans[t]))
            && let Some(parent) = outer.conversation.as_ref().filter(|p| *p != child)
        {
            let kind = if let SpanWhat::Turn { kind, .. } = outer.what { kind } else { TurnKind::Turn };
            nested.entry(Arc::clone(child)).or_insert((Arc::clone(parent), kind));
        }
    }
    for (i, conversation) in above {
        spans[i].conversation = conversation;
    }
    hand_out(dialect, evidence);
    Ok(nested)
}

/// Takes out turns' spans that count only where there is no better one: of the same conversation in their trace, or of one that is not named. What
/// another conversation has there says nothing.
fn drop_plain_turns(spans: &mut Vec<SpanFact>) {
    let mut better: FxHashMap<u128, FxHashSet<Option<Arc<str>>>> = FxHashMap::default();
    for span in spans.iter().filter(|s| matches!(s.what, SpanWhat::Turn { .. })) {
        let _ = better.entry(span.trace).or_default().insert(span.conversation.clone());
    }
    let is_better = |span: &SpanFact| {
        let of_trace = better.get(&span.trace);
        of_trace.is_some_and(|of| span.conversation.is_none() || of.contains(&None) || of.contains(&span.conversation))
    };
    spans.retain(|s| !(matches!(s.what, SpanWhat::PlainTurn) && is_better(s)));
}

/// A tool call's span that does not name its conversation belongs to the one whose records name the call.
fn claim_by_call_id(spans: &mut [SpanFact], threads: &BTreeMap<Arc<str>, Thread>) {
    let mut calls: FxHashMap<&Arc<str>, &Arc<str>> = FxHashMap::default();
    for (conversation, thread) in threads {
        for event in thread.log.iter().chain(&thread.copies) {
            if let What::ToolResult(tool, _) | What::ToolDecision(tool, ..) | What::ToolReceived(tool, _) = &event.what {
                calls.extend(tool.call_id.as_ref().map(|id| (id, conversation)));
            }
        }
    }
    for span in spans.iter_mut().filter(|s| s.conversation.is_none()) {
        if let SpanWhat::Tool { tool, .. } | SpanWhat::McpCall { tool, .. } = &span.what {
            span.conversation = tool.call_id.as_ref().and_then(|id| calls.get(id)).map(|c| Arc::clone(c));
        }
    }
}

/// Gives each thread the places of its spans; a conversation that only spans know becomes a thread.
fn hand_out(dialect: &Dialect, evidence: &mut Evidence) {
    for (i, span) in evidence.spans.iter().enumerate() {
        evidence.by_trace.entry(span.trace).or_default().push(i);
        if matches!(span.what, SpanWhat::Interrupt) {
            evidence.interrupted.extend(span.turn_id.clone());
        }
        let Some(conversation) = &span.conversation else { continue };
        let thread = |threads: &mut BTreeMap<Arc<str>, Thread>, list: fn(&mut Thread) -> &mut Vec<usize>| {
            list(threads.entry(Arc::clone(conversation)).or_default()).push(i);
        };
        match span.what {
            SpanWhat::Turn { .. } | SpanWhat::PlainTurn => thread(&mut evidence.threads, |t| &mut t.turn_spans),
            SpanWhat::Tool { .. } | SpanWhat::McpCall { .. } | SpanWhat::ToolPart(_) | SpanWhat::Wait { .. } => {
                thread(&mut evidence.threads, |t| &mut t.tool_spans);
            }
            SpanWhat::Usage { .. } | SpanWhat::Response(_) => thread(&mut evidence.threads, |t| &mut t.usage_spans),
            SpanWhat::Conversation | SpanWhat::TurnId | SpanWhat::Interrupt | SpanWhat::HelperStart | SpanWhat::Work(_) => continue,
        }
        if let Some(thread) = evidence.threads.get_mut(conversation) {
            thread.within = thread.within.take().max(span.within.clone());
            if let Some(place) = evidence.places.get(span.place as usize).filter(|_| !dialect.agent_is_service) {
                thread.program.takes_place(span.stamp(span.start), place);
            }
            thread.labels.offer(span.stamp(span.start), &span.labels);
        }
    }
    services::settle_programs(dialect, evidence);
    cache::read_alike(dialect, evidence);
}

/// Kind and parent of every conversation. In this order: its turn lies in another's; another's tool result names it; it is the
/// front end's own, and belongs to the conversation of the same service that was prompted last; it works for another one.
pub fn origins(dialect: &Dialect, evidence: &Evidence, nested: &Nested) -> BTreeMap<Arc<str>, Origin> {
    let spawned: BTreeMap<&Arc<str>, &Arc<str>> = evidence
        .threads
        .iter()
        .flat_map(|(parent, thread)| {
            thread.events().iter().filter_map(move |e| if let What::ToolResult(_, r) = &e.what { Some((r.spawned.as_ref()?, parent)) } else { None })
        })
        .collect();
    let helper_traces: FxHashSet<u128> = evidence.spans.iter().filter(|s| matches!(s.what, SpanWhat::HelperStart)).map(|s| s.trace).collect();
    let mut origins = BTreeMap::new();
    let mut helpers: FxHashSet<Arc<str>> = FxHashSet::default();
    for (id, thread) in &evidence.threads {
        let reviews =
            thread.events().iter().any(|e| e.model.as_ref().is_some_and(|m| dialect.conversations.review_models.iter().any(|r| **r == **m)));
        let mut origin = Origin::default();
        if let Some(within) = &thread.within {
            origin = Origin { kind: ThreadKind::of(within.role), parent: Some(Arc::clone(&within.parent)) };
        } else if let Some((parent, kind)) = nested.get(id) {
            origin.parent = Some(Arc::clone(parent));
            origin.kind = if *kind == TurnKind::Review { ThreadKind::Review } else { ThreadKind::Subagent };
        } else if let Some(parent) = spawned.get(id).filter(|p| **p != id) {
            origin = Origin { kind: ThreadKind::Subagent, parent: Some(Arc::clone(parent)) };
        } else if thread.events().iter().any(|e| matches!(e.what, What::Prompt { title: true, .. })) {
            origin.kind = ThreadKind::Title;
            helpers.insert(Arc::clone(id));
        } else if starts(thread).any(|e| e.trace.is_some_and(|t| helper_traces.contains(&t))) {
            origin.kind = ThreadKind::Helper;
            helpers.insert(Arc::clone(id));
        } else if thread.delegated {
            origin = Origin { kind: ThreadKind::Subagent, parent: sharing(evidence, id, thread) };
        }
        if reviews {
            origin.kind = ThreadKind::Review;
        }
        origins.insert(Arc::clone(id), origin);
    }
    adopt(dialect, evidence, &helpers, &mut origins);
    origins
}

/// Gives the front end's own conversations their parent, and finds those that nothing but the lack of a server betrays.
fn adopt(dialect: &Dialect, evidence: &Evidence, helpers: &FxHashSet<Arc<str>>, origins: &mut BTreeMap<Arc<str>, Origin>) {
    let asked = asked(evidence, origins);
    let of_users: Vec<Asked<'_>> = asked.iter().filter(|(.., thread)| has_front_end_server(dialect, thread)).copied().collect();
    for (id, thread) in &evidence.threads {
        let Some(origin) = origins.get_mut(id) else { continue };
        if helpers.contains(id) {
            origin.parent = prompted_last(dialect, &asked, thread);
        } else if origin.kind == ThreadKind::Main
            && !has_front_end_server(dialect, thread)
            && let Some(parent) = prompted_last(dialect, &of_users, thread)
        {
            *origin = Origin { kind: ThreadKind::Helper, parent: Some(parent) };
        }
    }
}

fn starts(thread: &Thread) -> impl Iterator<Item = &Event> {
    thread.events().iter().filter(|e| matches!(e.what, What::Start(_)))
}

fn prompts(thread: &Thread) -> impl Iterator<Item = &Event> {
    thread.events().iter().filter(|e| matches!(e.what, What::Prompt { .. }))
}

/// The conversation with the first prompt in a trace that the delegated one was prompted in.
fn sharing(evidence: &Evidence, id: &Arc<str>, thread: &Thread) -> Option<Arc<str>> {
    let first = prompts(thread).min_by_key(|e| e.stamp)?;
    let trace = first.trace?;
    let others = evidence.threads.iter().filter(|(other, _)| *other != id);
    let earlier = others.flat_map(|(other, t)| prompts(t).filter(|e| e.trace == Some(trace) && e.stamp < first.stamp).map(move |e| (e.stamp, other)));
    earlier.min().map(|(_, other)| Arc::clone(other))
}

/// A prompt of a user: when, and in which conversation.
type Asked<'a> = (Stamp, &'a Arc<str>, &'a Thread);

/// The prompts of users, in order.
fn asked<'a>(evidence: &'a Evidence, origins: &BTreeMap<Arc<str>, Origin>) -> Vec<Asked<'a>> {
    let main = evidence.threads.iter().filter(|(id, _)| origins.get(*id).is_some_and(|o| o.kind == ThreadKind::Main));
    let mut asked: Vec<Asked<'_>> = main.flat_map(|(id, thread)| prompts(thread).map(move |e| (e.stamp, id, thread))).collect();
    asked.sort_by_key(|(stamp, ..)| *stamp);
    asked
}

/// Whether the conversation was given a server that a front end gives to every conversation of its user.
fn has_front_end_server(dialect: &Dialect, thread: &Thread) -> bool {
    let servers = starts(thread).filter_map(|e| if let What::Start(s) = &e.what { s.mcp_servers.as_ref() } else { None });
    servers.flat_map(|s| s.split(',')).any(|s| dialect.conversations.front_end_servers.iter().any(|f| f == s.trim()))
}

/// The user's conversation that was prompted last before the helper started, in the same service and on the same host.
fn prompted_last(dialect: &Dialect, asked: &[Asked<'_>], helper: &Thread) -> Option<Arc<str>> {
    let start = helper.events().iter().map(|e| e.stamp).min()?;
    let since = Some(start.time? - dialect.conversations.helper_within_ms * 1_000_000);
    let same = |thread: &Thread| {
        let place = |t: &Thread| [t.program.service.get().cloned(), t.program.host.get().cloned(), t.originator.get().cloned()];
        place(thread) == place(helper)
    };
    let before = &asked[..asked.partition_point(|(stamp, ..)| *stamp < start)];
    before.iter().rev().take_while(|(stamp, ..)| stamp.time >= since).find(|(_, _, thread)| same(thread)).map(|(_, id, _)| Arc::clone(id))
}
