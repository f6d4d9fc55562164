//! One copy of each repeated text. Border: memory only.

use std::sync::Arc;

use rustc_hash::FxHashSet;

/// Texts seen so far.
#[derive(Debug, Default)]
pub struct Pool(FxHashSet<Arc<str>>);

impl Pool {
    /// The shared copy of a text.
    pub fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = Arc::from(text);
        self.0.insert(Arc::clone(&shared));
        shared
    }
}
