//! What a conversation is for, and which one started it. Border: settled conversations and the turns that lie in one another in, kind and parent out.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::Nested;
use crate::dialect::{Dialect, Role, TurnKind};
use crate::evidence::{Event, Evidence, SpanWhat, Thread, What};
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

/// A conversation's place among the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// What it is for.
    pub kind: ThreadKind,
    /// The conversation that started it.
    pub parent: Option<Arc<str>>,
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
