//! Where each span belongs: its turn, what its time is for, the tool call it lies in. Border: a forest, the turns and the table of
//! categories in; lists by a span's place out.
//!
//! What lies within the wait for a person, a call to an MCP server or a tool call, in the same turn, is for the same, whatever its name
//! says; of these the earlier in the order of the categories stands. The turn's own span is never a tool call.
//!
//! A span of another conversation than the turn's is in it no more than a nested turn is, nor is what lies below: the span that waits for it keeps the
//! time. So a turn's rows are the same whether the records of the other conversation are there or not, as far as `forget` takes the same spans for the
//! other's: where it does not, `known` says.

use std::sync::Arc;

use super::category::{Category, Entry, Phase};
use super::families::Families;
use super::forest::{Forest, NONE};
use super::turn_list::TurnList;

/// What is known of each span, by its place in the forest.
#[derive(Debug, Default)]
pub struct Placed {
    /// Turn, or [`NONE`].
    pub turn: Vec<u32>,
    /// What its time is for.
    pub category: Vec<Category>,
    /// It measures what others do.
    pub wrapper: Vec<bool>,
    /// The table of categories has its name.
    pub listed: Vec<bool>,
    /// Of what is startup: what about.
    pub phase: Vec<Option<Phase>>,
    /// Tool of the call that it is or lies in, or [`NONE`].
    pub tool: Vec<u32>,
}

/// Whose the spans are.
#[derive(Debug)]
pub struct Owners<'a> {
    /// Conversations, by place.
    pub of: &'a [Option<&'a Arc<str>>],
    /// Which of them are parts of one.
    pub families: &'a Families,
}

impl Owners<'_> {
    /// Whether a span may be in a turn of that conversation.
    fn may_be_in(&self, place: usize, conversation: &Arc<str>) -> bool {
        self.of[place].is_none_or(|own| self.families.are_one(own, conversation))
    }

    /// Whether two spans may be of one conversation: nothing tells that they are of two.
    pub fn are_one(&self, one: usize, other: usize) -> bool {
        match (self.of[one], self.of[other]) {
            (Some(one), Some(other)) => self.families.are_one(one, other),
            _ => true,
        }
    }
}

impl Placed {
    /// Places every span. `names` are the names' entries in the table of categories.
    pub fn new(forest: &Forest, turns: &TurnList<'_>, names: &[Option<Entry>], owners: &Owners<'_>) -> Placed {
        let len = forest.len();
        let mut placed = Placed {
            turn: vec![NONE; len],
            category: vec![Category::Internal; len],
            wrapper: vec![false; len],
            listed: vec![false; len],
            phase: vec![None; len],
            tool: vec![NONE; len],
        };
        for place in forest.order.iter().map(|p| *p as usize) {
            let parent = forest.parent[place];
            placed.place((forest, turns, owners), names, place, (parent != NONE).then_some(parent as usize));
        }
        placed
    }

    fn place(
        &mut self,
        (forest, turns, owners): (&Forest, &TurnList<'_>, &Owners<'_>),
        names: &[Option<Entry>],
        place: usize,
        parent: Option<usize>,
    ) {
        let key = (forest.trace[place], forest.id[place]);
        let may_be_in = |turn: u32| owners.may_be_in(place, &turns.turns[turn as usize].conversation);
        let within = parent.map(|p| self.turn[p]).filter(|t| *t != NONE && !turns.turns[*t as usize].turn.estimated && may_be_in(*t));
        let turn = turns.by_span.get(&key).copied().or(within).or_else(|| prompted(forest, turns, place, may_be_in));
        self.turn[place] = turn.unwrap_or(NONE);

        // What a turn's spans hand down stays in the turn, and outside turns in the conversation.
        let parent = parent.filter(|p| self.turn[*p] == self.turn[place] && (turn.is_some() || owners.are_one(*p, place)));
        let entry = names[forest.name[place] as usize];
        let own_tool = turns.tool_spans.get(&key).copied();
        self.tool[place] = own_tool.or(parent.map(|p| self.tool[p])).unwrap_or(NONE);
        let kind = turns.kinds.get(&key).copied();
        self.listed[place] = entry.is_some() || own_tool.is_some() || kind.is_some();
        self.wrapper[place] = entry.is_some_and(|e| e.wrapper);
        let listed = entry.and_then(|e| e.category(turn.is_some()));
        let above = parent.map(|p| self.category[p]);
        // a name that the table has goes before what the dialect says of the span; a tool call is never less than that
        let own = match (own_tool, listed) {
            (Some(_), Some(listed)) => listed.min(Category::Tool),
            (None, Some(listed)) => listed,
            (_, None) => kind.or(above).unwrap_or(Category::Internal),
        };
        let category = above.filter(|c| c.passes_down()).map_or(own, |c| c.min(own));
        self.category[place] = category;
        let startup = category == Category::Startup;
        self.phase[place] = entry.and_then(|e| e.phase).or(parent.and_then(|p| self.phase[p])).or(Some(Phase::Other)).filter(|_| startup);
    }
}

/// The turn without a span that was prompted in the span's trace, in the span's conversation, if the two share time: of several the one that
/// shares most, then the first.
fn prompted(forest: &Forest, turns: &TurnList<'_>, place: usize, may_be_in: impl Fn(u32) -> bool) -> Option<u32> {
    let (start, end) = (forest.start[place]?, forest.end[place]);
    let of_trace = turns.prompted(forest.trace[place], (start, end)).filter(|turn| may_be_in(turn.turn));
    let shared = of_trace.filter_map(|turn| {
        let shared = turn.end.min(end) - turn.start.max(start);
        // a span of no length shares none, but lies somewhere
        let within = start == end && turn.start <= start && start < turn.end;
        (shared > 0 || within).then_some((std::cmp::Reverse(shared), turn.turn))
    });
    shared.min().map(|(_, turn)| turn)
}
