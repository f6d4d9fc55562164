//! What a day's raw rows tie together, and what they tell of other days: noted while they are gone through, and kept beside the tables
//! ([`Day`]), so that the next build knows what new rows can change. Border: keys, times and names in, one [`Day`] out; a day depends on
//! its own raw rows alone, and what follows from several is for `window`.

mod day;
mod file;
pub mod groups;
pub mod key;
mod points;

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::date::day_of;

use crate::coverage::Seen;
use crate::evidence::{SpanFact, SpanWhat, What, Within};
use crate::tool_name::Shown;
pub use day::{Counting, Day};
pub use file::{BUILT, date_of, name_of, read, write};
use groups::{Group, Ties};
use key::Key;
pub use points::Points;

/// What is noted of the records of a day: log records and spans.
#[derive(Debug)]
pub struct Survey {
    day: i32,
    ties: Ties,
    /// Other days that rows of the semantic tables may lie on.
    reach: FxHashSet<(u32, i32)>,
    /// Processes that records are of.
    instances: FxHashSet<(Key, u32)>,
    /// Turns that spans name, and those that spans say were interrupted.
    turns: FxHashSet<(Key, u32)>,
    interrupts: FxHashSet<(Key, u32)>,
    prompts: Vec<(i64, u32)>,
    /// First fact of each conversation, by a hash of its id.
    firsts: FxHashMap<Key, (i64, u32)>,
    /// Records of agents.
    pub seen: Seen,
    /// What is shown of tools' names, by dialect.
    pub shown: Vec<Shown>,
}

/// Whose a record is.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// Place of its dialect.
    pub dialect: usize,
    /// Its trace's key.
    pub trace: Option<Key>,
    /// Its conversation.
    pub conversation: Option<&'a str>,
    /// The conversation that this one works within.
    pub within: Option<&'a Within>,
    /// Its process.
    pub instance: Option<&'a str>,
}

impl Whose<'_> {
    /// Its keys; a record that names nothing has that of all these.
    pub fn keys(&self) -> impl Iterator<Item = Key> {
        let unknown = (self.trace.is_none() && self.conversation.is_none()).then(|| key::conversation(key::UNKNOWN));
        let of_conversation = self.conversation.map(key::conversation);
        self.trace.into_iter().chain(of_conversation).chain(self.within.map(|w| key::conversation(&w.parent))).chain(unknown)
    }

    /// A key that tells whether the record is of a group.
    pub fn key(&self) -> Key {
        self.keys().next().unwrap_or_default()
    }
}

impl Survey {
    /// Of a day (from 1970-01-01), with so many dialects.
    pub fn new(day: i32, dialects: usize) -> Survey {
        Survey {
            day,
            ties: Ties::default(),
            reach: FxHashSet::default(),
            instances: FxHashSet::default(),
            turns: FxHashSet::default(),
            interrupts: FxHashSet::default(),
            prompts: Vec::new(),
            firsts: FxHashMap::default(),
            seen: Seen::default(),
            shown: vec![Shown::default(); dialects],
        }
    }

    /// Notes a span, whatever it tells. What it tells happened when it ended.
    pub fn span(&mut self, trace: Key, end: Option<i64>) {
        let (node, day) = (self.ties.join([trace]), day_of(end));
        self.reach.extend(node.filter(|_| day != self.day).map(|node| (node, day)));
    }

    /// Notes a span that tells something.
    pub fn fact(&mut self, whose: &Whose<'_>, nests: bool, interrupts: bool, span: &SpanFact) {
        let tool = match &span.what {
            SpanWhat::Tool { tool, .. } | SpanWhat::McpCall { tool, .. } => Some(tool),
            _ => None,
        };
        // a span that names no conversation is given to that of the records which name its call
        let call = tool.and_then(|t| t.call_id.as_deref()).filter(|_| !nests).map(|id| key::call(whose.dialect, id));
        // without a trace a conversation may be called as its process
        let instance = whose.instance.filter(|_| span.trace == 0).map(key::conversation);
        let node = self.ties.join(whose.keys().chain(call).chain(instance));
        if let (Some(node), Some(id)) = (node, span.turn_id.as_deref().filter(|_| interrupts)) {
            let list = if matches!(span.what, SpanWhat::Interrupt) { &mut self.interrupts } else { &mut self.turns };
            list.insert((key::turn(whose.dialect, id), node));
        }
        self.is_of(node, whose);
        match &span.what {
            SpanWhat::Tool { tool, .. } => self.shown[whose.dialect].call(tool),
            SpanWhat::McpCall { tool, .. } => self.shown[whose.dialect].client(tool),
            _ => {}
        }
    }

    /// Notes a record with what it tells, if anything. Of an agent with helpers (`adopts`) also when it tells it.
    pub fn record(&mut self, whose: &Whose<'_>, nests: bool, adopts: bool, time: Option<i64>, told: Option<&What>) {
        let (mut call, mut spawned) = (None, None);
        match told {
            Some(What::ToolReceived(tool, _) | What::ToolDecision(tool, ..)) => call = Some(tool),
            Some(What::ToolResult(tool, result)) => (call, spawned) = (Some(tool), result.spawned.as_deref()),
            Some(What::Start(settings)) => {
                self.shown[whose.dialect].given(settings.mcp_servers.iter().flat_map(|list| list.split(',')));
            }
            _ => {}
        }
        if let Some(tool) = call {
            self.shown[whose.dialect].call(tool);
        }
        let call = call.and_then(|t| t.call_id.as_deref()).filter(|_| !nests).map(|id| key::call(whose.dialect, id));
        let node = self.ties.join(whose.keys().chain(call).chain(spawned.map(key::conversation)));
        self.is_of(node, whose);
        if whose.conversation.is_none() {
            // what is given to a conversation later does not tell it its process
            self.is_of(node, &Whose { instance: None, ..*whose });
        }
        let (Some(told), Some(time), Some(node)) = (told, time, node) else { return };
        if adopts {
            if matches!(told, What::Prompt { .. }) {
                self.prompts.push((time, node));
            }
            let id = whose.conversation.map_or(whose.key(), |id| xxhash_rust::xxh3::xxh3_64(id.as_bytes()));
            let first = self.firsts.entry(id).or_insert((time, node));
            first.0 = first.0.min(time);
        }
    }

    /// Takes over what is noted of more records of the day.
    pub fn merge(&mut self, other: Survey) {
        let here = self.ties.merge(other.ties);
        let here = |node: u32| here[node as usize];
        self.reach.extend(other.reach.into_iter().map(|(node, day)| (here(node), day)));
        self.instances.extend(other.instances.into_iter().map(|(process, node)| (process, here(node))));
        self.turns.extend(other.turns.into_iter().map(|(turn, node)| (turn, here(node))));
        self.interrupts.extend(other.interrupts.into_iter().map(|(turn, node)| (turn, here(node))));
        self.prompts.extend(other.prompts.into_iter().map(|(time, node)| (time, here(node))));
        for (id, (time, node)) in other.firsts {
            let first = self.firsts.entry(id).or_insert((time, here(node)));
            first.0 = first.0.min(time);
        }
        self.seen.merge(other.seen);
        self.shown.iter_mut().zip(&other.shown).for_each(|(shown, more)| shown.extend(more));
    }

    fn is_of(&mut self, node: Option<u32>, whose: &Whose<'_>) {
        if let Some(node) = node {
            self.instances.insert((key::process(whose.dialect, whose.instance), node));
        }
    }

    /// The day, as yet without its data points.
    pub fn finish(self) -> Day {
        let (records, of) = self.ties.finish();
        let group = |node: u32| -> Group { of[node as usize] };
        let mut day = Day {
            records,
            reach: self.reach.into_iter().map(|(node, day)| (group(node), day)).collect(),
            instances: self.instances.into_iter().map(|(process, node)| (process, group(node))).collect(),
            turns: self.turns.into_iter().map(|(turn, node)| (turn, group(node))).collect(),
            interrupts: self.interrupts.into_iter().map(|(turn, node)| (turn, group(node))).collect(),
            prompts: self.prompts.into_iter().map(|(time, node)| (time, group(node))).collect(),
            firsts: self.firsts.into_values().map(|(time, node)| (time, group(node))).collect(),
            seen: self.seen.into_list(),
            shown: self.shown,
            ..Day::default()
        };
        day.sort();
        day
    }
}
