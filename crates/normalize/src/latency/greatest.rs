//! A list of numbers that change, asked for the last one up to a place that is as great as some other: a binary tree of the greatest.
//! Border: places and numbers, nothing of spans.

/// The list. What was never set is less than everything.
#[derive(Debug)]
pub struct Greatest {
    /// Leaves from `leaves` on, each node above the greater of its two.
    nodes: Vec<i64>,
    leaves: usize,
}

impl Greatest {
    /// So many places, none of them set.
    pub fn new(len: usize) -> Greatest {
        let leaves = len.next_power_of_two();
        Greatest { nodes: vec![i64::MIN; 2 * leaves], leaves }
    }

    /// Sets a place.
    pub fn set(&mut self, place: usize, value: i64) {
        let mut node = self.leaves + place;
        self.nodes[node] = value;
        while node > 1 {
            node /= 2;
            let greatest = self.nodes[2 * node].max(self.nodes[2 * node + 1]);
            if self.nodes[node] == greatest {
                break;
            }
            self.nodes[node] = greatest;
        }
    }

    /// The last place before `end` whose number is at least `least`.
    pub fn last_before(&self, end: usize, least: i64) -> Option<usize> {
        let mut node = self.leaves + end.checked_sub(1)?;
        // up, until here or in a neighbour on the left there is one
        while self.nodes[node] < least {
            while node.is_multiple_of(2) {
                node /= 2;
            }
            if node <= 1 {
                return None;
            }
            node -= 1;
        }
        // down, keeping right
        while node < self.leaves {
            node = if self.nodes[2 * node + 1] >= least { 2 * node + 1 } else { 2 * node };
        }
        Some(node - self.leaves)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_that_is_great_enough() {
        for len in [1, 2, 5, 8, 13] {
            let mut tree = Greatest::new(len);
            let mut plain = vec![i64::MIN; len];
            for step in 0..60 {
                let (place, value) = (step * 7 % len, (step * 31 % 17) as i64);
                tree.set(place, value);
                plain[place] = value;
                for (end, least) in (0..=len).flat_map(|end| (0..18).map(move |least| (end, least))) {
                    let by_hand = (0..end).rev().find(|p| plain[*p] >= least);
                    assert_eq!(tree.last_before(end, least), by_hand, "{plain:?} before {end}, at least {least}");
                }
            }
        }
    }
}
