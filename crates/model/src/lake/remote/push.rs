//! From the replica to the store: files, settings, and the entry that makes them the lake's. Border: what a commit is made of is `transaction`'s
//! business.
//!
//! Files are sent first, under names that nobody else has. Then the entry is created under its number, where there is none yet: **that is the
//! commit**. A run that is killed before leaves files that no entry names; they are swept a day later, when nobody can still be about to name
//! them, or by who has the right to write and must leave nothing.

use std::path::Path;
use std::time::Duration;

use serde::de::IgnoredAny;

use super::super::commit::{Added, Commit};
use super::super::{Lake, LakeError};
use super::pull::in_parallel;
use super::{COMMITS, Remote, SETTLED, SMALL};
use crate::tables;

/// Files that a commit has replaced are kept so long for readers on other machines, who may be about to ask for them.
const GRACE: Duration = Duration::from_secs(10 * 60);
/// After so many entries replaced files go earlier, so that a log that never rests can be folded.
const MANY: usize = 512;
/// A file that no entry names is that of a dead run when it is older than any run takes from its first file to its commit.
const ORPHAN: Duration = Duration::from_secs(24 * 3600);

impl Lake {
    /// Sends the files of a commit, which lie in `staging`, and the settings, then creates its entry; nothing where the lake lies in a folder.
    ///
    /// # Errors
    /// The store does not answer; or another run has committed under this number, and nothing has happened.
    pub(in super::super) fn push(&self, commit: &Commit, staging: &Path) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let send = |added: &Added| Ok(Some(remote.store.send(&added.file, &staging.join(&added.file))?));
        let _ = in_parallel(&commit.added, send)?;
        self.push_settings()?;
        let (number, text) = (commit.number, commit.text(&self.commits())?);
        // who pulls meanwhile finds it in both places or in neither
        let _pulling = self.pulling()?;
        let created = remote.store.create(&entry(number), &text)?;
        // an answer can be lost and the request be sent again: then what is there is ours
        let ours = created || remote.store.read(&entry(number), text.len() as u64).is_ok_and(|there| there.as_ref() == Some(&text));
        // where that cannot be told, it is not so: a run would have to have slept for days
        if !ours || remote.is_past(number).unwrap_or(false) {
            return Err(LakeError::Overtaken(remote.store.url().to_owned()));
        }
        // what cannot be written here is pulled the next time
        let _ = commit.write(&self.commits());
        Ok(())
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
            // what is not known to have gone is settled by who knows more
            let Some(commit) = Commit::<IgnoredAny>::read(&self.commits(), *number)? else { break };
            remote.store.remove(&commit.removed)?;
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
        // the last first, so that none stands full above an empty one
        full.iter().rev().try_for_each(|object| remote.store.write(&object.name, b""))?;
        let old: Vec<String> = empty.into_iter().filter(|object| object.age > ORPHAN).map(|object| object.name).collect();
        Ok(remote.store.remove(&old)?)
    }

    /// The lake as it is in the store now; that of the folder, where it lies in one.
    ///
    /// # Errors
    /// The store does not answer, or the log is damaged.
    pub fn refreshed(&self) -> Result<super::super::Snapshot, LakeError> {
        self.pull(false)?;
        self.snapshot()
    }

    /// What lies in the store under the names of a lake's files and is in no entry: sent by a run that was killed, or has not committed yet.
    ///
    /// # Errors
    /// The store does not answer, or refuses.
    pub fn stored_orphans(&self) -> Result<Vec<String>, LakeError> {
        self.orphans(Duration::ZERO, false)
    }

    /// Removes such files, with `all` those of today, too; gives how many. Only for who may write.
    ///
    /// # Errors
    /// The store does not answer, or refuses.
    pub fn sweep_orphans(&self, all: bool) -> Result<usize, LakeError> {
        let orphans = self.orphans(if all { Duration::ZERO } else { ORPHAN }, true)?;
        if let Some(remote) = &self.remote {
            remote.store.remove(&orphans)?;
        }
        Ok(orphans.len())
    }

    fn orphans(&self, age: Duration, may_write: bool) -> Result<Vec<String>, LakeError> {
        let Some(remote) = &self.remote else { return Ok(Vec::new()) };
        // the log is looked at after the files: what is committed in between is named by it
        let objects = remote.store.list("")?;
        self.pull(may_write)?;
        let snapshot = self.snapshot()?;
        // replaced files wait for their time, and are in entries that have not been folded
        let replaced: std::collections::BTreeSet<String> = self.log()?.into_iter().flat_map(|commit| commit.removed).collect();
        let is_orphan = |name: &str| is_lakes(name) && snapshot.file(name).is_none() && !replaced.contains(name);
        Ok(objects.into_iter().filter(|o| o.age >= age && is_orphan(&o.name)).map(|o| o.name).collect())
    }
}

/// Whether a name is that of a file which a commit of this program adds. What else lies below a lake's place is not its business.
fn is_lakes(name: &str) -> bool {
    let parts: Vec<&str> = name.split('/').collect();
    match parts[..] {
        [super::super::META, "quarantine" | "built" | "forgotten", _] => true,
        [table, day, file] => tables::by_name(table).is_some() && day.starts_with("date=") && file.starts_with("part-"),
        _ => false,
    }
}

impl Remote {
    /// The number of the last commit whose replaced files are gone.
    fn settled(&self) -> Result<u64, LakeError> {
        let bytes = self.store.read(SETTLED, SMALL)?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&bytes).trim().parse().unwrap_or(0))
    }

    /// Whether an entry that was just created stands below one that others have folded into: its run slept for long. It is removed, then.
    fn is_past(&self, number: u64) -> Result<bool, LakeError> {
        let all = self.numbered()?;
        let is_full = |number: u64| all.get(&number).is_some_and(|object| object.bytes > 0);
        let past = is_full(number) && number > 1 && !is_full(number - 1) && all.range(number + 1..).any(|(_, object)| object.bytes > 0);
        if past {
            self.store.remove(&[entry(number)])?;
        }
        Ok(past)
    }
}

fn entry(number: u64) -> String {
    format!("{COMMITS}{number:08}.json")
}
