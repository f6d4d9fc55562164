//! Where a member hangs for the walk of the critical path: on the nearest one above whose interval contains its own. Border: intervals
//! and parents in, places out.
//!
//! Nearly always that is one of the next few up. The rest are settled together, by start: with all that start no later marked by their
//! ends, each looks for the nearest marked one above that ends no earlier. To look over a way up at once the forest is cut into
//! lanes, each going on with the child that has most below it, so that a way crosses few (heavy paths, Sleator and Tarjan 1983).

use super::attribution::Member;
use super::forest::NONE;
use super::greatest::Greatest;

/// So many steps up are simply walked; so few in tests that most are settled the other way.
const NEAR: usize = if cfg!(test) { 1 } else { 8 };

/// For each member the nearest one above that contains it, or [`NONE`].
pub fn hang(members: &[Member]) -> Vec<u32> {
    let mut hung = vec![NONE; members.len()];
    let mut open: Vec<u32> = Vec::new();
    for (at, member) in members.iter().enumerate() {
        let contains = |above: u32| members[above as usize].start <= member.start && member.end <= members[above as usize].end;
        let mut above = member.parent;
        for _ in 0..NEAR {
            if above == NONE || contains(above) {
                break;
            }
            above = members[above as usize].parent;
        }
        if above == NONE || contains(above) {
            hung[at] = above;
        } else {
            open.push(at as u32);
        }
    }
    if !open.is_empty() {
        settle(members, open, &mut hung);
    }
    hung
}

fn settle(members: &[Member], mut open: Vec<u32>, hung: &mut [u32]) {
    let lanes = Lanes::new(members);
    let start = |member: &u32| members[*member as usize].start;
    open.sort_unstable_by_key(start);
    let mut all: Vec<u32> = (0..members.len() as u32).collect();
    all.sort_unstable_by_key(start);
    let mut starting = all.into_iter().peekable();
    let mut ends = Greatest::new(members.len());
    for member in open {
        let Member { start: from, end, parent, .. } = members[member as usize];
        while let Some(next) = starting.next_if(|n| start(n) <= from) {
            ends.set(lanes.place[next as usize] as usize, members[next as usize].end);
        }
        hung[member as usize] = lanes.nearest(members, &ends, parent, end);
    }
}

/// The forest as a list in which each lane lies in one piece, from the top down.
struct Lanes {
    /// Place in the list, by member.
    place: Vec<u32>,
    /// Member, by place.
    member: Vec<u32>,
    /// The uppermost member of the lane, by member.
    top: Vec<u32>,
}

impl Lanes {
    fn new(members: &[Member]) -> Lanes {
        let len = members.len();
        let order = top_down(members);
        let (mut below, mut heaviest) = (vec![1_u32; len], vec![NONE; len]);
        for member in order.iter().rev() {
            let parent = members[*member as usize].parent;
            if parent != NONE {
                below[parent as usize] += below[*member as usize];
                let heaviest = &mut heaviest[parent as usize];
                if *heaviest == NONE || below[*heaviest as usize] < below[*member as usize] {
                    *heaviest = *member;
                }
            }
        }
        let mut lanes = Lanes { place: vec![0; len], member: Vec::with_capacity(len), top: vec![NONE; len] };
        for top in order {
            // who has a lane already goes on with one from above
            let mut at = if lanes.top[top as usize] == NONE { top } else { NONE };
            while at != NONE {
                lanes.place[at as usize] = lanes.member.len() as u32;
                lanes.member.push(at);
                lanes.top[at as usize] = top;
                at = heaviest[at as usize];
            }
        }
        lanes
    }

    /// The nearest from `above` upwards that is marked with at least that end.
    fn nearest(&self, members: &[Member], ends: &Greatest, mut above: u32, end: i64) -> u32 {
        while above != NONE {
            let top = self.top[above as usize];
            let found = ends.last_before(self.place[above as usize] as usize + 1, end).filter(|p| *p >= self.place[top as usize] as usize);
            if let Some(place) = found {
                return self.member[place];
            }
            above = members[top as usize].parent;
        }
        NONE
    }
}

/// All members, each after its parent.
pub fn top_down(members: &[Member]) -> Vec<u32> {
    let len = members.len();
    let (mut last, mut before) = (vec![NONE; len + 1], vec![NONE; len]);
    for (child, member) in members.iter().enumerate() {
        let list = &mut last[if member.parent == NONE { len } else { member.parent as usize }];
        before[child] = *list;
        *list = child as u32;
    }
    let mut order = Vec::with_capacity(len);
    let (mut list, mut next) = (last[len], 0);
    loop {
        while list != NONE {
            order.push(list);
            list = before[list as usize];
        }
        let Some(done) = order.get(next) else { return order };
        list = last[*done as usize];
        next += 1;
    }
}
