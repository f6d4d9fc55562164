//! The turns of a pass gone through one by one: their members put together, their time shared out, their critical path walked. Border:
//! placed spans and the turns in, nanoseconds by span and by stretch out.

use std::cmp::Ordering;

use super::attribution::{Member, share};
use super::category::Category;
use super::critical::{Section, sections};
use super::forest::{Forest, NONE};
use super::greatest::Greatest;
use super::hang::top_down;
use super::place::Placed;
use super::turn_list::{Stretch, TurnList};

/// Class of the first category of wrappers: behind all that others are seen to do.
const WRAPPERS: u8 = Category::COUNT as u8;
/// Class of the first category where events tell of it: behind all that spans tell.
const EVENTS: u8 = 2 * WRAPPERS;

/// A row that no span stands for.
#[derive(Debug, Clone, Copy)]
pub struct Extra {
    /// Turn, by place.
    pub turn: u32,
    /// What it is: `None` for the part of the turn that nothing is known of.
    pub stretch: Option<Stretch>,
    /// Start.
    pub start: i64,
    /// Its share of the turn's time.
    pub attributed: i64,
    /// Its share of the critical path.
    pub critical: i64,
}

/// What each span, and each stretch without one, has of its turn's time.
#[derive(Debug)]
pub struct ShareOut {
    /// By span: its share of the turn's time; `None` outside turns.
    pub attributed: Vec<Option<i64>>,
    /// By span: its share of the turn's critical path.
    pub critical: Vec<Option<i64>>,
    /// The rest.
    pub extras: Vec<Extra>,
}

/// A member of a turn and whose it is.
#[derive(Debug, Clone, Copy)]
struct Part {
    member: Member,
    /// Place of the span, or [`NONE`].
    span: u32,
    /// The span's own start and id, which order the members.
    order: (i64, u64),
    stretch: Option<Stretch>,
}

impl ShareOut {
    /// Shares out all turns of the traces that are looked at.
    pub fn new(forest: &Forest, placed: &Placed, turns: &TurnList<'_>, has: impl Fn(u128) -> bool) -> ShareOut {
        let mut shares = ShareOut { attributed: vec![None; forest.len()], critical: vec![None; forest.len()], extras: Vec::new() };
        // The spans of each turn, in the order of places, which is that of start and id.
        let mut by_turn: Vec<u32> = (0..forest.len() as u32).filter(|p| placed.turn[*p as usize] != NONE).collect();
        by_turn.sort_by_key(|p| placed.turn[*p as usize]);
        let mut spans = by_turn.as_slice();
        let mut local = vec![NONE; forest.len()];
        for (turn, row) in (0..).zip(turns.turns) {
            let (own, others) = spans.split_at(spans.partition_point(|p| placed.turn[*p as usize] == turn));
            spans = others;
            if let (true, Some(interval)) = (has(row.turn.trace.unwrap_or_default()), turns.interval(turn)) {
                let parts = parts(forest, placed, turns, turn, interval, own, &mut local);
                shares.turn(turn, interval, &parts);
            }
        }
        shares
    }

    fn turn(&mut self, turn: u32, (start, end): (i64, i64), parts: &[Part]) {
        let members: Vec<Member> = parts.iter().map(|p| p.member).collect();
        let shares = share(&members, start, end);
        let mut critical = vec![0; members.len()];
        let mut beside = 0;
        let waits = Waits::new(&members, parts);
        for section in path(&members, parts, start, end) {
            let mut left = section.end - section.start;
            // While a person is waited for, nothing that the waiting call does is what takes the time.
            for wait in waits.above(&members, section.member) {
                let Member { start: from, end: to, .. } = members[wait as usize];
                let waiting = (section.end.min(to) - section.start.max(from)).clamp(0, left);
                critical[wait as usize] += waiting;
                left -= waiting;
            }
            match critical.get_mut(section.member as usize) {
                Some(critical) => *critical += left,
                None => beside += left,
            }
        }
        for (n, part) in parts.iter().enumerate() {
            if let Some(stretch) = part.stretch {
                // An event of what spans tell already has no part in the time.
                if !stretch.fills || shares.of[n] > 0 || critical[n] > 0 {
                    let start = part.order.0;
                    self.extras.push(Extra { turn, stretch: Some(stretch), start, attributed: shares.of[n], critical: critical[n] });
                }
            } else {
                self.attributed[part.span as usize] = Some(shares.of[n]);
                self.critical[part.span as usize] = Some(critical[n]);
            }
        }
        if shares.unobserved > 0 || beside > 0 {
            self.extras.push(Extra { turn, stretch: None, start, attributed: shares.unobserved, critical: beside });
        }
    }
}

/// The waits for people, by the members that they are waited in.
struct Waits {
    /// Member and the wait in it, in this order.
    of: Vec<(u32, u32)>,
    /// The nearest member with a wait in it, by member, itself first; empty where there are no waits.
    nearest: Vec<u32>,
}

impl Waits {
    fn new(members: &[Member], parts: &[Part]) -> Waits {
        let waits = (0..).zip(parts).filter(|(_, p)| p.stretch.is_some_and(|s| !s.fills));
        let mut of: Vec<(u32, u32)> = waits.map(|(n, p)| (p.member.parent, n)).filter(|(within, _)| *within != NONE).collect();
        if of.is_empty() {
            return Waits { of, nearest: Vec::new() };
        }
        of.sort_unstable();
        let mut nearest = vec![NONE; members.len()];
        of.iter().for_each(|(within, _)| nearest[*within as usize] = *within);
        for member in top_down(members) {
            let parent = members[member as usize].parent;
            if nearest[member as usize] == NONE && parent != NONE {
                nearest[member as usize] = nearest[parent as usize];
            }
        }
        Waits { of, nearest }
    }

    /// The waits in a member and in those above it, but for itself, the first to start first.
    fn above(&self, members: &[Member], member: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut within = self.nearest.get(member as usize).copied().unwrap_or(NONE);
        while within != NONE {
            let from = self.of.partition_point(|w| w.0 < within);
            found.extend(self.of[from..].iter().take_while(|w| w.0 == within).map(|w| w.1).filter(|w| *w != member));
            let parent = members[within as usize].parent;
            within = if parent == NONE { NONE } else { self.nearest[parent as usize] };
        }
        found.sort_unstable();
        found
    }
}

/// The critical path: of the spans, and where it lies on none of them, of what events tell.
fn path(members: &[Member], parts: &[Part], start: i64, end: i64) -> Vec<Section> {
    let (events, spans): (Vec<u32>, Vec<u32>) = (0..members.len() as u32).partition(|n| parts[*n as usize].stretch.is_some_and(|s| s.fills));
    let mut local = vec![NONE; members.len()];
    for (n, member) in (0..).zip(&spans) {
        local[*member as usize] = n;
    }
    let of_spans: Vec<Member> = spans
        .iter()
        .map(|n| members[*n as usize])
        .map(|m| Member { parent: if m.parent == NONE { NONE } else { local[m.parent as usize] }, ..m })
        .collect();
    let ids: Vec<u64> = spans.iter().map(|n| parts[*n as usize].order.1).collect();
    // Of the events that go on beyond the end of a gap only the last to start is on its path; all others there end within the gap.
    let mut ends = Greatest::new(events.len());
    let mut by_end: Vec<u32> = (0..events.len() as u32).collect();
    (0..).zip(&events).for_each(|(n, event)| ends.set(n, members[*event as usize].end));
    let end_of = |n: &u32| members[events[*n as usize] as usize].end;
    by_end.sort_unstable_by_key(end_of);
    let mut path = Vec::new();
    for section in sections(&of_spans, &ids, start, end) {
        if section.member != NONE {
            path.push(Section { member: spans[section.member as usize], ..section });
            continue;
        }
        let started = events.partition_point(|n| members[*n as usize].start < section.end);
        let beyond = ends.last_before(started, section.end).map(|n| n as u32);
        let (from, to) = (by_end.partition_point(|n| end_of(n) <= section.start), by_end.partition_point(|n| end_of(n) < section.end));
        let mut told: Vec<u32> = by_end[from..to].iter().copied().chain(beyond).map(|n| events[n as usize]).collect();
        told.sort_unstable();
        let cut = |n: &u32| {
            let Member { start, end, class, .. } = members[*n as usize];
            let within = |time: i64| time.clamp(section.start, section.end);
            Member { start: within(start), end: within(end), parent: NONE, class }
        };
        let of_events: Vec<Member> = told.iter().map(cut).collect();
        let ids = vec![0; told.len()];
        let beside = sections(&of_events, &ids, section.start, section.end);
        path.extend(beside.into_iter().map(|s| Section { member: told.get(s.member as usize).copied().unwrap_or(NONE), ..s }));
    }
    path
}

/// The members of a turn, in the order of their starts and ids.
fn parts(forest: &Forest, placed: &Placed, turns: &TurnList<'_>, turn: u32, (start, end): (i64, i64), own: &[u32], local: &mut [u32]) -> Vec<Part> {
    let cut = |time: i64| time.clamp(start, end);
    let class = |category: Category, wrapper: bool| category as u8 + if wrapper { WRAPPERS } else { 0 };
    let mut parts: Vec<Part> = own
        .iter()
        .map(|place| *place as usize)
        .filter_map(|place| {
            let from = forest.start[place]?;
            let class = class(placed.category[place], placed.wrapper[place]);
            let member = Member { start: cut(from), end: cut(forest.end[place]), parent: NONE, class };
            Some(Part { member, span: place as u32, order: (from, forest.id[place]), stretch: None })
        })
        .collect();
    for stretch in turns.stretches_of(turn) {
        // What a span stands for needs no event.
        let covered = |key: (u128, u64)| forest.place(key.0, key.1).is_some_and(|p| placed.turn[p as usize] == turn);
        if stretch.fills && stretch.within.is_some_and(covered) {
            continue;
        }
        let class = if stretch.fills { EVENTS + stretch.category as u8 } else { class(stretch.category, false) };
        let member = Member { start: cut(stretch.start), end: cut(stretch.end.max(stretch.start)), parent: NONE, class };
        parts.push(Part { member, span: NONE, order: (stretch.start, 0), stretch: Some(*stretch) });
    }
    // Stable: stretches that begin together stay as they were.
    parts.sort_by(|a, b| a.order.cmp(&b.order).then(Ordering::Equal));
    for (n, part) in (0..).zip(&parts).filter(|(_, p)| p.span != NONE) {
        local[part.span as usize] = n;
    }
    let top = turns.turns[turn as usize].turn.span.filter(|_| !turns.turns[turn as usize].turn.estimated);
    let top = top.zip(turns.turns[turn as usize].turn.trace).and_then(|(span, trace)| forest.place(trace, span as u64));
    for part in &mut parts {
        let above = match part.stretch {
            None => Some(forest.parent[part.span as usize]).filter(|p| *p != NONE),
            Some(stretch) => stretch.within.and_then(|(trace, id)| forest.place(trace, id)).or(top),
        };
        let above = above.filter(|p| placed.turn[*p as usize] == turn && forest.start[*p as usize].is_some());
        part.member.parent = above.map_or(NONE, |p| local[p as usize]);
    }
    parts
}

#[cfg(test)]
mod tests;
