//! The labels of one record while a pipeline works on it. Border: which there are and what stages do with them is not known here.

use std::sync::Arc;

use crate::labels::Labels;

/// Where a label is from; Loki's API can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Category {
    /// The stream's.
    Stream,
    /// The record's structured metadata.
    Metadata,
    /// Made by a stage.
    Parsed,
}

/// A label that says what a stage could not do.
pub(crate) const ERROR: &str = "__error__";
/// The same in detail.
pub(crate) const ERROR_DETAILS: &str = "__error_details__";

/// Labels with their category, sorted by name, each name once. Empty values are kept: a parser may have found one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(Arc<str>, Arc<str>, Category)>);

impl Fields {
    /// Of labels in any order; of two with one name the later stands, but never before a stream's.
    pub fn of(mut labels: Vec<(Arc<str>, Arc<str>, Category)>) -> Fields {
        labels.reverse();
        labels.sort_by(|a, b| a.0.cmp(&b.0).then((a.2 != Category::Stream).cmp(&(b.2 != Category::Stream))));
        labels.dedup_by(|later, first| later.0 == first.0);
        Fields(labels)
    }

    fn place(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(n, ..)| (**n).cmp(name))
    }

    /// A label's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.place(name).ok().map(|at| &*self.0[at].1)
    }

    /// A label's category.
    pub fn category(&self, name: &str) -> Option<Category> {
        self.place(name).ok().map(|at| self.0[at].2)
    }

    /// Sets a label in the place of any of its name.
    pub fn set(&mut self, category: Category, name: &str, value: &str) {
        match self.place(name) {
            Ok(at) => (self.0[at].1, self.0[at].2) = (Arc::from(value), category),
            Err(at) => self.0.insert(at, (Arc::from(name), Arc::from(value), category)),
        }
    }

    /// Sets a label that a parser found; where the record has one of the name already, the new one is `<name>_extracted`.
    pub fn extract(&mut self, name: &str, value: &str) {
        match self.category(name) {
            Some(Category::Stream | Category::Metadata) => self.set(Category::Parsed, &format!("{name}_extracted"), value),
            _ => self.set(Category::Parsed, name, value),
        }
    }

    /// Takes a label away.
    pub fn remove(&mut self, name: &str) {
        if let Ok(at) = self.place(name) {
            self.0.remove(at);
        }
    }

    /// Keeps the labels that fulfil a condition.
    pub fn retain(&mut self, mut keep: impl FnMut(&str, &str) -> bool) {
        self.0.retain(|(name, value, _)| keep(name, value));
    }

    /// Notes what a stage could not do.
    pub fn fail(&mut self, error: &str, details: &str) {
        self.set(Category::Parsed, ERROR, error);
        if !details.is_empty() {
            self.set(Category::Parsed, ERROR_DETAILS, details);
        }
    }

    /// Whether a stage could not do its work.
    pub fn failed(&self) -> bool {
        self.get(ERROR).is_some_and(|e| !e.is_empty())
    }

    /// Names, values and categories by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, Category)> {
        self.0.iter().map(|(n, v, c)| (&**n, &**v, *c))
    }

    /// As a series' labels.
    pub fn labels(&self) -> Labels {
        self.0.iter().map(|(n, v, _)| (n, v)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_stands_but_streams_first_and_parsers_never_overwrite() {
        let label = |n: &str, v: &str, c| (Arc::from(n), Arc::from(v), c);
        let mut fields = Fields::of(vec![
            label("b", "1", Category::Metadata),
            label("b", "2", Category::Metadata),
            label("a", "s", Category::Stream),
            label("a", "m", Category::Metadata),
        ]);
        assert_eq!((fields.get("a"), fields.get("b")), (Some("s"), Some("2")));
        fields.extract("b", "x");
        fields.extract("c", "y");
        fields.extract("c", "z");
        assert_eq!((fields.get("b"), fields.get("b_extracted"), fields.get("c")), (Some("2"), Some("x"), Some("z")));
    }
}
