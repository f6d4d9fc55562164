//! One copy of each repeated text, without the secrets in it. Border: memory only.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::masks::Masks;

/// Texts seen so far.
#[derive(Debug, Default)]
pub struct Pool {
    texts: FxHashSet<Arc<str>>,
    masks: Masks,
}

impl Pool {
    /// Has seen nothing yet.
    pub fn new(masks: Masks) -> Pool {
        Pool { texts: FxHashSet::default(), masks }
    }

    /// What masks the texts that repeat no other.
    pub fn masks(&self) -> &Masks {
        &self.masks
    }

    /// The shared copy of a text.
    pub fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let masked = self.masks.mask(text);
        // one that is masked is not found by what it was
        if let Some(known) = self.texts.get(&*masked) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = Arc::from(&*masked);
        self.texts.insert(Arc::clone(&shared));
        shared
    }

    /// Takes over the texts of another.
    pub fn merge(&mut self, other: Pool) {
        self.texts.extend(other.texts);
    }
}
