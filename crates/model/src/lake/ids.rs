//! Whether a lake's record ids are keyed. They are hashes of the records' content, by which a text could be guessed that was redacted; so a lake
//! that takes redacted telemetry makes them with its key, all of them and from its first record on, since the same record must have the same
//! id. Border: the mark; how an id is made is `tracemill-ingest`'s business.
//!
//! `lake/_tracemill/keyed-ids` is the mark: an empty file.

use std::fs::File;
use std::path::PathBuf;

use super::{Lake, LakeError, Lock};

impl Lake {
    fn ids_path(&self) -> PathBuf {
        self.meta().join("keyed-ids")
    }

    /// Whether record ids are keyed.
    pub fn has_keyed_ids(&self) -> bool {
        self.ids_path().exists()
    }

    /// Has them keyed from now on.
    ///
    /// # Errors
    /// The lake has records whose ids are not, or the mark cannot be written.
    pub fn key_ids(&self, _: &Lock) -> Result<(), LakeError> {
        if self.has_keyed_ids() {
            return Ok(());
        }
        if self.snapshot()?.commit > 0 {
            return Err(LakeError::PlainIds(self.root.clone()));
        }
        let path = self.ids_path();
        File::create(&path).and_then(|f| f.sync_all()).map_err(LakeError::io(&path))?;
        let folder = self.meta();
        File::open(&folder).and_then(|f| f.sync_all()).map_err(LakeError::io(&folder))?;
        self.push_settings()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lake::Transaction;

    #[test]
    fn a_lake_keys_all_ids_or_none() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(&folder.path().join("new")).unwrap();
        assert!(!lake.has_keyed_ids());
        lake.key_ids(&lake.lock().unwrap()).unwrap();
        assert!(lake.has_keyed_ids());
        let old = Lake::create(&folder.path().join("old")).unwrap();
        let lock = old.lock().unwrap();
        let mut tx = Transaction::begin(&old, &lock).unwrap();
        tx.source(crate::lake::Source::default());
        let _ = tx.commit().unwrap();
        assert!(matches!(old.key_ids(&lock), Err(LakeError::PlainIds(_))));
        assert!(!old.has_keyed_ids());
    }
}
