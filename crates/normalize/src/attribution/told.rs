//! The labels of a conversation, from those of its records. Border: labels in, in any order; one value a label out.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Labels, MAPPED, OWN};
use crate::stamp::Stamp;

/// What the records of a conversation said: each set of labels, and the latest record that had it. Records share few sets.
#[derive(Debug, Default)]
pub struct Told(Vec<(Arc<Labels>, Stamp)>);

impl Told {
    /// Takes the labels of a record.
    pub fn offer(&mut self, stamp: Stamp, labels: &Arc<Labels>) {
        if labels.is_empty() {
            return;
        }
        match self.0.iter_mut().find(|(known, _)| Arc::ptr_eq(known, labels) || known == labels) {
            Some((_, latest)) => *latest = stamp.max(*latest),
            None => self.0.push((Arc::clone(labels), stamp)),
        }
    }

    /// Takes what others said.
    pub fn extend(&mut self, others: &Told) {
        others.0.iter().for_each(|(labels, stamp)| self.offer(*stamp, labels));
    }

    /// The conversation's labels: of each the best that any record had (an e-mail address before an account; see `default.toml`), and of
    /// several as good the latest.
    pub fn settle(&self) -> Settled {
        let mut best: BTreeMap<&Arc<str>, (u32, Stamp, &Arc<str>)> = BTreeMap::new();
        for (labels, stamp) in &self.0 {
            for (name, (rank, value)) in labels.iter() {
                let better = |(r, s, v): &(u32, Stamp, &Arc<str>)| (rank, (*s, *v)) < (r, (*stamp, value));
                if best.get(name).is_none_or(better) {
                    best.insert(name, (*rank, *stamp, value));
                }
            }
        }
        Settled(best.into_iter().map(|(name, (rank, _, value))| (Arc::clone(name), (rank, Arc::clone(value)))).collect())
    }
}

/// A conversation's labels.
#[derive(Debug, Default)]
pub struct Settled(BTreeMap<Arc<str>, (u32, Arc<str>)>);

impl Settled {
    /// The value of a label.
    pub fn get(&self, label: &str) -> Option<&Arc<str>> {
        self.0.get(label).map(|(_, value)| value)
    }

    /// The value of a label where the user's own map set it.
    pub fn mapped(&self, label: &str) -> Option<&Arc<str>> {
        self.0.get(label).filter(|(rank, _)| *rank == MAPPED).map(|(_, value)| value)
    }

    /// All labels but those with columns of their own, as a JSON object with its keys sorted; `None` where there are none.
    pub fn others(&self) -> Option<String> {
        let others: serde_json::Map<String, serde_json::Value> =
            self.0.iter().filter(|(name, _)| !OWN.contains(&&***name)).map(|(name, (_, value))| (name.to_string(), (**value).into())).collect();
        (!others.is_empty()).then(|| serde_json::Value::Object(others).to_string())
    }
}
