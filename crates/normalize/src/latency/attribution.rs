//! The time of a turn shared out among the spans that are active in it, to the nanosecond. Border: intervals, parents and classes in,
//! nanoseconds out; which class a span has is decided in `place`.
//!
//! Each instant goes to the active members without an active descendant; among these to the first class that has any; there they
//! share equally, and the nanoseconds that do not divide go to the first in the order of the members. A sweep over starts and ends does
//! it in O(n log n), whatever the shape: no recursion, and no loop over all who share.

use super::forest::NONE;
use super::receivers::Receivers;
use super::tour::Tour;

/// A span, or an estimate, within a turn. The place in the list is the order in which indivisible nanoseconds are given.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Start, cut to the turn.
    pub start: i64,
    /// End, cut to the turn.
    pub end: i64,
    /// Place of the nearest member above, or [`NONE`].
    pub parent: u32,
    /// Class: the lower goes first; below [`CLASSES`].
    pub class: u8,
}

/// Number of classes there can be.
pub const CLASSES: usize = 32;

/// What each member got, and what nobody did.
#[derive(Debug, PartialEq, Eq)]
pub struct Shares {
    /// Nanoseconds, by member.
    pub of: Vec<i64>,
    /// Nanoseconds without any active member.
    pub unobserved: i64,
}

/// Shares out the time from `start` to `end`.
pub fn share(members: &[Member], start: i64, end: i64) -> Shares {
    let tour = Tour::new(members.iter().map(|m| m.parent), members.len());
    // A member of no length is never active. At one moment starts go before ends, the inner before the outer, and ends the other way:
    // so nobody is a receiver for no time, which would cut a stretch of equal receivers in two.
    let lasting = || (0..).zip(members).filter(|(_, m)| m.end > m.start).map(|(n, _): (u32, _)| n);
    let mut starts: Vec<u32> = lasting().collect();
    starts.sort_unstable_by_key(|n| (members[*n as usize].start, std::cmp::Reverse(tour.entry(*n))));
    let mut ends: Vec<u32> = lasting().collect();
    ends.sort_unstable_by_key(|n| (members[*n as usize].end, tour.entry(*n)));

    let mut sweep = Sweep { members, tour, receivers: Receivers::new(members.len()), until: start, unobserved: 0 };
    let (mut starts, mut ends) = (starts.into_iter().peekable(), ends.into_iter().peekable());
    while let Some(next_end) = ends.peek().map(|n| members[*n as usize].end) {
        match starts.next_if(|n| members[*n as usize].start <= next_end) {
            Some(member) => sweep.start(member),
            None => {
                if let Some(member) = ends.next() {
                    sweep.end(member);
                }
            }
        }
    }
    sweep.pass(end);
    let unobserved = sweep.unobserved;
    Shares { of: sweep.receivers.finish(), unobserved }
}

struct Sweep<'m> {
    members: &'m [Member],
    tour: Tour,
    receivers: Receivers,
    /// Shared out up to here.
    until: i64,
    unobserved: i64,
}

impl Sweep<'_> {
    fn start(&mut self, member: u32) {
        let time = self.members[member as usize].start;
        let above = self.tour.nearest_active(member, self.parent(member));
        if above != NONE && !self.tour.has_active_within(above) {
            self.remove(above, time);
        }
        if !self.tour.has_active_within(member) {
            self.insert(member, time);
        }
        self.tour.activate(member);
    }

    fn end(&mut self, member: u32) {
        let time = self.members[member as usize].end;
        self.tour.deactivate(member);
        if !self.tour.has_active_within(member) {
            self.remove(member, time);
            let above = self.tour.nearest_active(member, self.parent(member));
            if above != NONE && !self.tour.has_active_within(above) {
                self.insert(above, time);
            }
        }
    }

    fn parent(&self, member: u32) -> u32 {
        self.members[member as usize].parent
    }

    fn insert(&mut self, member: u32, time: i64) {
        let class = self.members[member as usize].class;
        // Only a change among those who share ends a stretch.
        if self.receivers.class().is_none_or(|first| class <= first) {
            self.pass(time);
        }
        self.receivers.insert(class, member);
    }

    fn remove(&mut self, member: u32, time: i64) {
        let class = self.members[member as usize].class;
        if self.receivers.class() == Some(class) {
            self.pass(time);
        }
        self.receivers.remove(class, member);
    }

    /// Gives the time up to then to those who share it now.
    fn pass(&mut self, time: i64) {
        let stretch = time - self.until;
        if stretch > 0 {
            if self.receivers.class().is_some() {
                self.receivers.give(stretch);
            } else {
                self.unobserved += stretch;
            }
            self.until = time;
        }
    }
}
