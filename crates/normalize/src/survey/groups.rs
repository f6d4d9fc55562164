//! Records that belong together: keys joined wherever one record has several of them (union-find, Tarjan 1975). Border: keys in, groups of
//! keys out; what a key means is of no concern here.

use rustc_hash::FxHashMap;

use super::key::Key;

/// A group, by its number among those of a day.
pub type Group = u32;

/// Keys while they are joined.
#[derive(Debug, Default)]
pub struct Ties {
    nodes: FxHashMap<Key, u32>,
    above: Vec<u32>,
}

/// Keys by the group that they are in.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Groups {
    /// Sorted.
    pub keys: Vec<Key>,
    /// Group of each.
    pub of: Vec<Group>,
}

impl Ties {
    /// Joins the keys of a record. Gives a node of their group; none for no keys.
    pub fn join(&mut self, keys: impl IntoIterator<Item = Key>) -> Option<u32> {
        let mut joined: Option<u32> = None;
        for key in keys {
            let node = self.node(key);
            let top = self.top(node);
            match joined {
                None => joined = Some(top),
                Some(known) if known != top => self.above[top as usize] = known,
                Some(_) => {}
            }
        }
        joined
    }

    fn node(&mut self, key: Key) -> u32 {
        let next = self.above.len() as u32;
        let node = *self.nodes.entry(key).or_insert(next);
        if node == next {
            self.above.push(next);
        }
        node
    }

    /// Takes over what others are joined by. Gives for each of their nodes the one that stands for it here.
    pub fn merge(&mut self, mut other: Ties) -> Vec<u32> {
        let mut here = vec![0; other.above.len()];
        for (key, node) in std::mem::take(&mut other.nodes) {
            here[node as usize] = self.node(key);
        }
        for node in 0..other.above.len() as u32 {
            let (one, all) = (self.top(here[node as usize]), self.top(here[other.top(node) as usize]));
            self.above[one as usize] = all;
        }
        here
    }

    /// The node that stands for a node's group; the way to it is made shorter.
    pub fn top(&mut self, mut node: u32) -> u32 {
        while self.above[node as usize] != node {
            let above = self.above[node as usize];
            self.above[node as usize] = self.above[above as usize];
            node = above;
        }
        node
    }

    /// The groups, and the group of each node.
    pub fn finish(mut self) -> (Groups, Vec<Group>) {
        let mut keys: Vec<(Key, u32)> = std::mem::take(&mut self.nodes).into_iter().collect();
        keys.sort_unstable();
        let mut numbers = vec![Group::MAX; self.above.len()];
        let mut groups = Groups::default();
        let mut next = 0;
        for (key, node) in keys {
            let top = self.top(node) as usize;
            if numbers[top] == Group::MAX {
                numbers[top] = next;
                next += 1;
            }
            groups.keys.push(key);
            groups.of.push(numbers[top]);
        }
        let of_node = (0..self.above.len() as u32).map(|node| numbers[self.top(node) as usize]).collect();
        (groups, of_node)
    }
}

impl Groups {
    /// The group of a key.
    pub fn group(&self, key: Key) -> Option<Group> {
        self.keys.binary_search(&key).ok().map(|place| self.of[place])
    }

    /// Number of groups.
    pub fn count(&self) -> usize {
        self.of.iter().max().map_or(0, |last| *last as usize + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_of_parts_make_those_of_the_whole() {
        let mut random = fastrand::Rng::with_seed(5);
        for _ in 0..200 {
            let records: Vec<[Key; 2]> = (0..30).map(|_| [random.u64(0..40), random.u64(0..40)]).collect();
            let join = |records: &[[Key; 2]]| {
                let mut ties = Ties::default();
                for keys in records {
                    let _ = ties.join(*keys);
                }
                ties
            };
            let (first, rest) = records.split_at(random.usize(0..30));
            let mut merged = join(first);
            let _ = merged.merge(join(rest));
            assert_eq!(merged.finish().0, join(&records).finish().0);
        }
    }

    #[test]
    fn a_chain_of_shared_keys_is_one_group() {
        let mut ties = Ties::default();
        let nodes: Vec<u32> = [[1, 2], [3, 4], [5, 5], [4, 2], [9, 8]].into_iter().filter_map(|keys| ties.join(keys)).collect();
        assert_eq!(ties.join([]), None);
        let (groups, of_node) = ties.finish();
        assert_eq!(groups.keys, [1, 2, 3, 4, 5, 8, 9]);
        assert_eq!(groups.of, [0, 0, 0, 0, 1, 2, 2]);
        assert_eq!(nodes.iter().map(|n| of_node[*n as usize]).collect::<Vec<_>>(), [0, 0, 1, 0, 2]);
        assert_eq!((groups.group(8), groups.group(7), groups.count()), (Some(2), None, 3));
    }
}
