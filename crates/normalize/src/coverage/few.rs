//! A map of few entries, mostly one. A tree keeps room for eleven of each, and there are as many maps as conversations.

/// Entries sorted by key.
#[derive(Debug)]
pub struct Few<K, V>(Vec<(K, V)>);

impl<K, V> Default for Few<K, V> {
    fn default() -> Self {
        Few(Vec::new())
    }
}

impl<K: Ord + Copy, V> Few<K, V> {
    fn place(&self, key: K) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(&key))
    }

    /// The value of a key.
    pub fn get(&self, key: K) -> Option<&V> {
        self.place(key).ok().map(|at| &self.0[at].1)
    }

    /// The value of a key, which it has from now on.
    pub fn entry(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let at = self.place(key).unwrap_or_else(|at| {
            // room for one, not for the four that a list begins with
            if self.0.is_empty() {
                self.0.reserve_exact(1);
            }
            self.0.insert(at, (key, V::default()));
            at
        });
        &mut self.0[at].1
    }

    /// The entries, by key.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The value of the greatest key.
    pub fn last_mut(&mut self) -> Option<&mut V> {
        self.0.last_mut().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_sorted_and_kept_once() {
        let mut few: Few<i32, i32> = Few::default();
        for (key, more) in [(3, 1), (1, 10), (3, 2), (2, 5)] {
            *few.entry(key) += more;
        }
        assert_eq!(few.iter().map(|(key, value)| (key, *value)).collect::<Vec<_>>(), [(1, 10), (2, 5), (3, 3)]);
        assert_eq!((few.get(2), few.get(4), few.len()), (Some(&5), None, 3));
        *few.last_mut().unwrap() = 7;
        assert_eq!(few.get(3), Some(&7));
    }
}
