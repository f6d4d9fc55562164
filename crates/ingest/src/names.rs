//! The different names in a source, a bounded number of them. Border: a set; what the names are is the caller's business.

use std::collections::BTreeSet;

/// Different names kept of a source; further ones are only told to exist.
const NAMES: usize = 50;

/// Names seen, up to a number.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    names: BTreeSet<String>,
    more: bool,
}

impl Names {
    /// The names; the second is true where there are more of them.
    pub fn all(&self) -> (impl Iterator<Item = &str>, bool) {
        (self.names.iter().map(String::as_str), self.more)
    }

    /// Adds one; the empty name is none.
    pub fn add(&mut self, name: &str) {
        if !name.is_empty() && !self.names.contains(name) {
            self.names.insert(name.to_owned());
            // the greatest goes, so that the order of the records does not matter
            if self.names.len() > NAMES {
                self.more = true;
                let _ = self.names.pop_last();
            }
        }
    }

    /// Adds those that were seen elsewhere.
    pub fn merge(&mut self, other: Names) {
        self.more |= other.more;
        other.names.iter().for_each(|n| self.add(n));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_the_same_whatever_their_order() {
        let of = |order: &mut dyn Iterator<Item = usize>| {
            let mut names = Names::default();
            order.for_each(|n| names.add(&format!("{n:03}")));
            names
        };
        let up = of(&mut (0..200));
        assert_eq!(up, of(&mut (0..200).rev()));
        assert!(up.all().0.count() == NAMES && up.all().1);
    }
}
