//! What a follower keeps beside the files of a table: brought before it writes, sent after it has. Border: which files there are and what stands in them is
//! the follower's business; it asks only while it has the right to write.

use std::collections::BTreeMap;
use std::fs;

use super::super::{Lake, LakeError, names};

impl Lake {
    /// Makes a folder of the replica what it is in the store; nothing where the lake lies in a folder. Its name ends with `/`.
    ///
    /// # Errors
    /// The store does not answer, or the replica cannot be written.
    pub fn bring_beside(&self, folder: &str) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let objects = remote.store.list(folder)?;
        let plain = objects.iter().filter(|object| object.name.strip_prefix(folder).is_some_and(names::is_plain));
        let there: BTreeMap<&str, u64> = plain.map(|object| (object.name.as_str(), object.bytes)).collect();
        for (name, bytes) in self.beside(folder)? {
            // one of a run that was killed before it sent it
            if there.get(name.as_str()) != Some(&bytes) {
                super::super::staging::remove(&self.root.join(&name))?;
            }
        }
        let last = there.keys().rfind(|name| name.ends_with(".json")).copied();
        for (name, bytes) in there {
            let path = self.root.join(name);
            // what is written anew under its name is small, and asked for each time; and so is the last entry, of which a run that was killed may have left
            // one that was never sent
            if path.exists() && !is_changed(name) && Some(name) != last {
                continue;
            }
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(LakeError::io(parent))?;
            }
            let temporary = remote.temporary()?;
            if remote.store.fetch(name, &temporary, bytes.max(super::LARGE))? {
                fs::rename(&temporary, &path).map_err(LakeError::io(&path))?;
            }
        }
        Ok(())
    }

    /// Makes a folder of the store what it is in the replica. New entries are created, in the order of their names: one that is there is another run's.
    ///
    /// # Errors
    /// The store does not answer, or somebody else has written there meanwhile.
    pub fn send_beside(&self, folder: &str) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let there: BTreeMap<String, u64> = remote.store.list(folder)?.into_iter().map(|object| (object.name, object.bytes)).collect();
        // what points to others comes after them
        let (changed, mut new): (Vec<_>, Vec<_>) = self.beside(folder)?.into_iter().partition(|(name, _)| is_changed(name));
        new.retain(|(name, _)| !there.contains_key(name));
        new.sort_by_key(|(name, _)| (!name.ends_with(".json"), name.clone()));
        for (name, _) in new {
            let path = self.root.join(&name);
            if name.ends_with(".json") {
                let text = fs::read(&path).map_err(LakeError::io(&path))?;
                if !remote.store.create(&name, &text)? && remote.store.read(&name, text.len() as u64)?.as_ref() != Some(&text) {
                    return Err(LakeError::Overtaken(remote.store.url().to_owned()));
                }
            } else {
                remote.store.send(&name, &path)?;
            }
        }
        for (name, _) in changed {
            let path = self.root.join(&name);
            remote.store.write(&name, &fs::read(&path).map_err(LakeError::io(&path))?)?;
        }
        Ok(())
    }

    /// Removes a folder from the store; nothing where the lake lies in a folder.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn remove_beside(&self, folder: &str) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let names: Vec<String> = remote.store.list(folder)?.into_iter().map(|object| object.name).collect();
        Ok(remote.store.remove(&names)?)
    }

    /// Sends settings that were changed without a commit; nothing where the lake lies in a folder.
    ///
    /// # Errors
    /// The store does not answer, or another run has changed them meanwhile.
    pub fn send_settings(&self, _: &super::super::Lock) -> Result<(), LakeError> {
        self.push_settings()
    }

    /// The files of a folder of the replica by their names in the lake, with their sizes.
    fn beside(&self, folder: &str) -> Result<Vec<(String, u64)>, LakeError> {
        let path = self.root.join(folder);
        let mut found = Vec::new();
        for entry in fs::read_dir(&path).into_iter().flatten() {
            let entry = entry.map_err(LakeError::io(&path))?;
            let metadata = entry.metadata().map_err(LakeError::io(&entry.path()))?;
            if let Some(name) = entry.file_name().to_str().filter(|_| metadata.is_file()) {
                found.push((format!("{folder}{name}"), metadata.len()));
            }
        }
        found.sort();
        Ok(found)
    }
}

/// Whether a file is written anew under its name: one that points to the latest of others.
fn is_changed(name: &str) -> bool {
    name.rsplit('/').next().is_some_and(|file| file.starts_with('_'))
}
