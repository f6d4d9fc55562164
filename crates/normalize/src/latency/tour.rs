//! Who is active above and below a member, at any moment of a sweep: an Euler tour of the forest, and over it a tree with the
//! exits of the active members (Tarjan and Vishkin 1984 for the tour). Border: parents in, places out; no time is known here.

use super::forest::NONE;

/// A forest's tour, with marks for the active members.
#[derive(Debug)]
pub struct Tour {
    entry: Vec<u32>,
    /// One past the last entry within the member.
    exit: Vec<u32>,
    by_entry: Vec<u32>,
    active: Vec<bool>,
    /// Greatest exit of the active members, a binary tree over the entries; leaves from `leaves` on, 0 where inactive.
    greatest: Vec<u32>,
    leaves: usize,
}

impl Tour {
    /// Walks the forest; every member's parent is another's place, or [`NONE`].
    pub fn new(parents: impl Iterator<Item = u32> + Clone, len: usize) -> Tour {
        // Children of a member as a list: the last child, and each child's brother before.
        let (mut last, mut before) = (vec![NONE; len + 1], vec![NONE; len]);
        for (child, parent) in (0..).zip(parents) {
            let list = &mut last[if parent == NONE { len } else { parent as usize }];
            before[child as usize] = *list;
            *list = child;
        }
        let (mut entry, mut exit) = (vec![0; len], vec![0; len]);
        let mut by_entry = Vec::with_capacity(len);
        let mut open: Vec<u32> = Vec::new();
        let mut at = last[len];
        loop {
            if at != NONE {
                entry[at as usize] = by_entry.len() as u32;
                by_entry.push(at);
                open.push(at);
                at = last[at as usize];
            } else if let Some(done) = open.pop() {
                exit[done as usize] = by_entry.len() as u32;
                at = before[done as usize];
            } else {
                break;
            }
        }
        let leaves = len.next_power_of_two();
        Tour { entry, exit, by_entry, active: vec![false; len], greatest: vec![0; 2 * leaves], leaves }
    }

    /// Place in the tour: that of a member is before those of all within it.
    pub fn entry(&self, member: u32) -> u32 {
        self.entry[member as usize]
    }

    /// Marks a member as active.
    pub fn activate(&mut self, member: u32) {
        self.active[member as usize] = true;
        self.set(member, self.exit[member as usize]);
    }

    /// Takes the mark away.
    pub fn deactivate(&mut self, member: u32) {
        self.active[member as usize] = false;
        self.set(member, 0);
    }

    fn set(&mut self, member: u32, exit: u32) {
        let mut node = self.leaves + self.entry(member) as usize;
        self.greatest[node] = exit;
        while node > 1 {
            node /= 2;
            let greatest = self.greatest[2 * node].max(self.greatest[2 * node + 1]);
            if self.greatest[node] == greatest {
                break;
            }
            self.greatest[node] = greatest;
        }
    }

    /// Whether a member has an active one within it, itself not counted.
    pub fn has_active_within(&self, member: u32) -> bool {
        let (mut from, mut to) = (self.leaves + self.entry(member) as usize + 1, self.leaves + self.exit[member as usize] as usize);
        while from < to {
            if from % 2 == 1 {
                if self.greatest[from] > 0 {
                    return true;
                }
                from += 1;
            }
            if to % 2 == 1 {
                to -= 1;
                if self.greatest[to] > 0 {
                    return true;
                }
            }
            (from, to) = (from / 2, to / 2);
        }
        false
    }

    /// The nearest active member above, or [`NONE`]: the last one before it in the tour whose exit is behind it.
    pub fn nearest_active(&self, member: u32, parent: u32) -> u32 {
        // nearly always it is the parent, or there is none
        if parent == NONE || self.active[parent as usize] {
            return parent;
        }
        let entry = self.entry(member);
        let mut node = self.leaves + entry as usize;
        // up, until there is a neighbour on the left that has one
        while node.is_multiple_of(2) || self.greatest[node - 1] <= entry {
            node /= 2;
            if node <= 1 {
                return NONE;
            }
        }
        node -= 1;
        // down, keeping right
        while node < self.leaves {
            node = if self.greatest[2 * node + 1] > entry { 2 * node + 1 } else { 2 * node };
        }
        self.by_entry[node - self.leaves]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn above_and_within() {
        // 0 > 1 > 2, 0 > 3; 4 alone
        let parents = [NONE, 0, 1, 0, NONE];
        let mut tour = Tour::new(parents.iter().copied(), 5);
        assert_eq!(tour.nearest_active(2, 1), NONE);
        tour.activate(0);
        assert_eq!((tour.nearest_active(2, 1), tour.nearest_active(3, 0), tour.nearest_active(4, NONE)), (0, 0, NONE));
        assert!(!tour.has_active_within(0));
        tour.activate(2);
        assert!(tour.has_active_within(0) && tour.has_active_within(1) && !tour.has_active_within(2) && !tour.has_active_within(3));
        tour.activate(1);
        assert_eq!(tour.nearest_active(2, 1), 1);
        tour.deactivate(1);
        tour.deactivate(2);
        assert!(!tour.has_active_within(0));
        assert_eq!(tour.nearest_active(2, 1), 0);
    }
}
