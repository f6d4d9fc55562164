//! From the replica to the store: files, settings, and the entry that makes them the lake's. Border: what a commit is made of is `transaction`'s
//! business.
//!
//! Files are sent first, under names that nobody else has. Then the entry is created under its number, where there is none yet: **that is the
//! commit**. A run that is killed before leaves files that no entry names; they are swept a day later, when nobody can still be about to name
//! them.

use std::path::Path;
use std::time::Duration;

use serde::de::IgnoredAny;

use super::super::commit::{Added, Commit};
use super::super::{Lake, LakeError};
use super::pull::in_parallel;
use super::{COMMITS, Remote, SETTINGS, SETTLED};

/// Files that a commit has replaced are kept so long for readers on other machines, who may be about to ask for them.
const GRACE: Duration = Duration::from_secs(10 * 60);
/// After so many entries replaced files go earlier, so that a log that never rests can be folded.
const MANY: usize = 512;
/// A file that no entry names is that of a dead run when it is older than any run takes from its first file to its commit.
const ORPHAN: Duration = Duration::from_secs(24 * 3600);

impl Lake {
    /// Sends the files of a commit, which lie in `staging`, then its entry; nothing where the lake lies in a folder.
    ///
    /// # Errors
    /// The store does not answer; or another run has committed under this number, and nothing has happened.
    pub(in super::super) fn push(&self, commit: &Commit, staging: &Path) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        self.push_settings()?;
        let send = |added: &Added| Ok(Some(remote.store.send(&added.file, &staging.join(&added.file))?));
        let _ = in_parallel(&commit.added, send)?;
        let (name, text) = (entry(commit.number), commit.text(&self.commits())?);
        // an answer can be lost and the request be sent again: then what is there is ours
        if !remote.store.create(&name, &text)? && remote.store.read(&name)?.as_ref() != Some(&text) {
            return Err(LakeError::Overtaken(remote.store.url().to_owned()));
        }
        Ok(())
    }

    /// Makes the store's settings those of the replica. Only for who may write.
    pub(in super::super) fn push_settings(&self) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let here = self.settings()?;
        if here == remote.settings()? {
            return Ok(());
        }
        let text = serde_json::to_vec(&here).map_err(|e| LakeError::Damaged { path: self.meta(), reason: e.to_string() })?;
        Ok(remote.store.write(SETTINGS, &text)?)
    }

    /// Removes from the store what commits have replaced, those of the last minutes only with `all`. Only for who may write.
    pub(in super::super) fn sweep_store(&self, all: bool) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let entries = remote.entries()?;
        let (settled, all) = (remote.settled()?, all || entries.len() > MANY);
        let mut last = settled;
        for (number, object) in entries.iter().filter(|(number, _)| **number > settled) {
            if !all && object.age < GRACE {
                break;
            }
            if let Some(commit) = Commit::<IgnoredAny>::read(&self.commits(), *number)?
                && !commit.removed.is_empty()
            {
                remote.store.remove(&commit.removed)?;
            }
            last = *number;
        }
        if last > settled {
            remote.store.write(SETTLED, format!("{last}\n").as_bytes())?;
        }
        Ok(())
    }

    /// Whether the log up to an entry can be folded: nothing that it says was removed is still to be removed from the store.
    pub(in super::super) fn may_fold(&self, last: u64) -> Result<bool, LakeError> {
        self.remote.as_ref().map_or(Ok(true), |remote| Ok(remote.settled()? >= last))
    }

    /// Folds the store's log as the replica's was: the last entry stands for all before it.
    ///
    /// Those before it are emptied, not removed: a run that was taken for dead may be about to create one of them, and must find it there. A day
    /// later nobody can be.
    pub(in super::super) fn push_folded(&self, last: u64, text: &[u8]) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        remote.store.write(&entry(last), text)?;
        let before = remote.numbered()?.into_iter().filter(|(number, _)| *number < last);
        let (empty, full): (Vec<_>, Vec<_>) = before.map(|(_, object)| object).partition(|object| object.bytes == 0);
        let _ = in_parallel(&full, |object| Ok(Some(remote.store.write(&object.name, b"")?)))?;
        let old: Vec<String> = empty.into_iter().filter(|object| object.age > ORPHAN).map(|object| object.name).collect();
        Ok(remote.store.remove(&old)?)
    }

    /// Removes from the store what dead runs have sent and nobody committed; gives how many files. Only for who may write.
    ///
    /// # Errors
    /// The store does not answer, or refuses.
    pub fn sweep_orphans(&self) -> Result<usize, LakeError> {
        let Some(remote) = &self.remote else { return Ok(0) };
        let snapshot = self.snapshot()?;
        let is_file = |name: &str| super::super::names::is_file(name) && !name.starts_with("_tracemill/lease/") && !name.contains("/_delta_log/");
        let orphans = remote.store.list("")?.into_iter().filter(|o| o.age > ORPHAN && is_file(&o.name) && snapshot.file(&o.name).is_none());
        let orphans: Vec<String> = orphans.map(|o| o.name).collect();
        remote.store.remove(&orphans)?;
        Ok(orphans.len())
    }
}

impl Remote {
    /// The number of the last commit whose replaced files are gone.
    fn settled(&self) -> Result<u64, LakeError> {
        let bytes = self.store.read(SETTLED)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).trim().parse().unwrap_or(0))
    }
}

fn entry(number: u64) -> String {
    format!("{COMMITS}{number:08}.json")
}
