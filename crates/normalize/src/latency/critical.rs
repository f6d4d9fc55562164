//! The critical path of a turn: the sections of time that made it as long as it was. Border: intervals and parents in, sections out.
//!
//! The walk is that of Jaeger's critical path and of CRISP (Zhang et al., USENIX ATC 2022): from the end of a span back to the child that
//! finished last, into it, and on from where it began. Nothing is trimmed or dropped: a member is hung on the nearest one above
//! whose interval contains its own, at last on the turn itself, so that every section lies within the turn and together they make it up.

use super::attribution::Member;
use super::forest::NONE;
use super::hang::hang;

/// A stretch of time on the critical path and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// The member, or [`NONE`] for the turn itself.
    pub member: u32,
    /// Start.
    pub start: i64,
    /// End, after the start.
    pub end: i64,
}

/// The sections of the critical path from `start` to `end`, the last one first. `ids` breaks ties: of two members that end together and
/// started together the one with the greater id is taken.
pub fn sections(members: &[Member], ids: &[u64], start: i64, end: i64) -> Vec<Section> {
    let hung = hang(members);
    let turn = members.len();
    let mut by_end: Vec<u32> = (0..members.len() as u32).collect();
    by_end.sort_unstable_by_key(|m| {
        let member = &members[*m as usize];
        (member.end, member.start, ids[*m as usize], *m)
    });
    // The members that hang on each, by end: a list in one piece, and where each one's begins.
    let slot = |parent: u32| if parent == NONE { turn } else { parent as usize };
    let mut first = vec![0_u32; turn + 2];
    hung.iter().for_each(|parent| first[slot(*parent) + 1] += 1);
    for place in 0..=turn {
        first[place + 1] += first[place];
    }
    let (mut free, mut list) = (first.clone(), vec![NONE; turn]);
    for member in by_end {
        let place = &mut free[slot(hung[member as usize])];
        list[*place as usize] = member;
        *place += 1;
    }

    let mut sections = Vec::new();
    let mut section = |member: u32, start: i64, end: i64| {
        if end > start {
            sections.push(Section { member, start, end });
        }
    };
    let mut open = vec![Frame { member: NONE, until: end, next: first[turn + 1] }];
    while let Some(frame) = open.last_mut() {
        let begin = first[slot(frame.member)];
        if frame.next > begin {
            frame.next -= 1;
            let child = list[frame.next as usize];
            let Member { start: from, end: to, .. } = members[child as usize];
            if to <= frame.until {
                section(frame.member, to, frame.until);
                frame.until = from;
                open.push(Frame { member: child, until: to, next: first[child as usize + 1] });
            }
        } else {
            let from = if frame.member == NONE { start } else { members[frame.member as usize].start };
            section(frame.member, from, frame.until);
            open.pop();
        }
    }
    sections
}

struct Frame {
    member: u32,
    until: i64,
    /// One past the next child to be looked at: they are gone through from the last end backwards, each once.
    next: u32,
}
