//! What was replaced in a record, in words. Border: kinds in, the text of the column `redacted` out.

use std::collections::BTreeSet;

/// The words for what was replaced in a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replaced(BTreeSet<&'static str>);

impl Replaced {
    /// Adds one.
    pub fn add(&mut self, word: &'static str) {
        let _ = self.0.insert(word);
    }

    /// Adds those of another.
    pub fn join(&mut self, other: &Replaced) {
        self.0.extend(&other.0);
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// In one text: sorted, joined by commas.
    pub fn words(&self) -> String {
        self.0.iter().copied().collect::<Vec<_>>().join(",")
    }
}
