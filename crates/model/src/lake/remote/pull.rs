//! From the store to the replica: the log, and the files that are asked for. Border: nothing is written to the store here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde::de::IgnoredAny;

use super::super::commit::Commit;
use super::super::lock::failed;
use super::super::staging::remove;
use super::super::store::Object;
use super::super::transaction::Sealed;
use super::super::{Lake, LakeError, Part, Snapshot};
use super::{COMMITS, Remote};

/// How many files are brought or sent at a time: enough that waiting for answers costs little.
const AT_ONCE: usize = 16;
/// How often the log is asked for anew, where entries are folded meanwhile.
const ATTEMPTS: u32 = 20;
/// What was fetched and never put in its place is that of a dead run when it is so old.
const LEFT_BEHIND: Duration = Duration::from_secs(24 * 3600);
/// The mark that files which the log names no more are still to be deleted.
const DUE: &str = "due";

impl Lake {
    /// Makes the replica's log and settings those of the store, where there is one. `may_write` says that the caller holds the lake's lock.
    pub(in super::super) fn pull(&self, may_write: bool) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let commits = self.commits();
        fs::create_dir_all(&commits).map_err(LakeError::io(&commits))?;
        let one_at_a_time = self.pulling()?;
        let news = self.pull_log(remote)?;
        self.pull_settings(remote, may_write)?;
        let due = self.meta().join(DUE);
        if news {
            drop(File::create(&due).map_err(LakeError::io(&due))?);
        }
        if due.exists() && self.drop_replaced()? {
            remove(&due)?;
        }
        drop(one_at_a_time);
        Ok(())
    }

    /// Held by who changes the replica's log, one at a time; nothing where the lake lies in a folder.
    pub(in super::super) fn pulling(&self) -> Result<Option<File>, LakeError> {
        if self.remote.is_none() {
            return Ok(None);
        }
        let path = self.meta().join("pull");
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(LakeError::io(&path))?;
        file.lock().map_err(|e| failed(&path, e))?;
        Ok(Some(file))
    }

    /// Brings the entries that are missing or have been folded; gives whether there were any.
    fn pull_log(&self, remote: &Remote) -> Result<bool, LakeError> {
        let folder = self.commits();
        let path = |number: u64| Commit::<IgnoredAny>::path(&folder, number);
        for attempt in 0..ATTEMPTS {
            let entries = remote.entries()?;
            let is_here = |number: u64, object: &Object| fs::metadata(path(number)).is_ok_and(|m| m.len() == object.bytes);
            let wanted = entries.iter().filter(|(number, object)| !is_here(**number, object));
            let wanted = wanted.map(|(number, object)| Ok((*number, object, remote.temporary()?))).collect::<Result<Vec<_>, LakeError>>()?;
            let fetch = |(_, object, temporary): &(u64, &Object, PathBuf)| {
                // one that was folded since it was listed is another, and listed anew
                let found = remote.store.fetch(&object.name, temporary, object.bytes.max(super::LARGE))?;
                Ok((found && fs::metadata(temporary).is_ok_and(|m| m.len() == object.bytes)).then_some(()))
            };
            let missing = in_parallel(&wanted, fetch);
            if !matches!(missing, Ok(false)) {
                wanted.iter().for_each(|(_, _, temporary)| drop(fs::remove_file(temporary)));
                missing?;
                thread::sleep(Duration::from_millis(u64::from(attempt) * 10));
                continue;
            }
            // in their order: who reads the log meanwhile finds it without gaps
            for (number, _, temporary) in &wanted {
                fs::rename(temporary, path(*number)).map_err(LakeError::io(&path(*number)))?;
            }
            // what the store has folded goes, and so does what it has not: it was put back from a backup
            let (first, last) = (entries.keys().next().copied().unwrap_or(0), entries.keys().last().copied().unwrap_or(0));
            for number in self.commit_numbers()?.into_iter().filter(|number| *number < first || *number > last) {
                remove(&path(number))?;
            }
            return Ok(!wanted.is_empty());
        }
        let path = PathBuf::from(format!("{}/{COMMITS}", remote.store.url()));
        Err(LakeError::Damaged { path, reason: "its entries change faster than they can be read; run again".to_owned() })
    }

    /// Deletes the replica's files that the log names no more, unless somebody reads: then it gives that it has not.
    fn drop_replaced(&self) -> Result<bool, LakeError> {
        let Some(_tidying) = self.begin_tidying(false)? else { return Ok(false) };
        let snapshot = self.snapshot()?;
        let named: BTreeSet<&Path> = snapshot.files().map(|part| part.path.as_path()).collect();
        let meta = self.meta();
        let kept = ["quarantine", "built", "forgotten"].map(|folder| meta.join(folder));
        let tables = subfolders(&self.root)?.into_iter().filter(|folder| *folder != meta);
        let days = tables.map(|table| subfolders(&table)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
        // what else lies in a table's folder is a follower's
        let days = days.filter(|folder| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("date=")));
        let of = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        for path in days.chain(kept).flat_map(of).filter(|path| path.is_file() && !named.contains(path.as_path())) {
            remove(&path)?;
        }
        let fetching = meta.join(super::FETCHING);
        let is_old = |path: &PathBuf| fs::metadata(path).and_then(|m| m.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age > LEFT_BEHIND));
        of(fetching).filter(is_old).try_for_each(|path| remove(&path))?;
        Ok(true)
    }
}

fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, LakeError> {
    let entries = fs::read_dir(folder).map_err(LakeError::io(folder))?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}

impl Remote {
    /// The log's entries in the store.
    pub(super) fn entries(&self) -> Result<BTreeMap<u64, Object>, LakeError> {
        let mut entries = self.numbered()?;
        entries.retain(|_, object| object.bytes > 0);
        Ok(entries)
    }

    /// The same, and those that have been folded into a later one and emptied.
    pub(super) fn numbered(&self) -> Result<BTreeMap<u64, Object>, LakeError> {
        Ok(self.store.list(COMMITS)?.into_iter().filter_map(|object| Some((super::numbered(COMMITS, &object.name)?, object))).collect())
    }
}

impl Part {
    /// Where the part lies, with its bytes: those of a lake in a store are brought to the replica first, and held against the log's checksum.
    ///
    /// # Errors
    /// The store does not answer, has it no more because a run on another machine has replaced it, or has other bytes.
    pub fn fetched(&self) -> Result<&Path, LakeError> {
        let is_here = self.home.0.is_none() || fs::metadata(&self.path).is_ok_and(|m| m.len() == self.bytes);
        if is_here { Ok(&self.path) } else { self.fetched_anew() }
    }

    /// The same, but a file of a lake in a store is brought whether it is here or not: what the store has is what is looked at.
    ///
    /// # Errors
    /// See [`Part::fetched`].
    pub fn fetched_anew(&self) -> Result<&Path, LakeError> {
        let Some(remote) = &self.home.0 else { return Ok(&self.path) };
        let url = || PathBuf::from(format!("{}/{}", remote.store.url(), self.file));
        let damaged = |reason: &str| LakeError::Damaged { path: url(), reason: reason.to_owned() };
        let temporary = remote.temporary()?;
        let checked = || {
            if !remote.store.fetch(&self.file, &temporary, self.bytes)? {
                return Err(LakeError::Replaced(url()));
            }
            let sealed = Sealed::of(&temporary)?;
            if sealed.bytes != self.bytes {
                return Err(damaged(&format!("{} bytes, and the log says {}; put it back from a backup", sealed.bytes, self.bytes)));
            }
            if self.hash.as_ref().is_some_and(|hash| *hash != sealed.hash) {
                return Err(damaged("its bytes are not those that the log tells of; put it back from a backup"));
            }
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
            }
            fs::rename(&temporary, &self.path).map_err(LakeError::io(&self.path))
        };
        checked().inspect_err(|_| drop(fs::remove_file(&temporary)))?;
        Ok(&self.path)
    }
}

impl Snapshot {
    /// Brings parts of a lake in a store to its replica, several at a time; where the lake lies in a folder, they are there.
    ///
    /// # Errors
    /// See [`Part::fetched`].
    pub fn fetch<'p>(parts: impl IntoIterator<Item = &'p Part>) -> Result<(), LakeError> {
        let far: Vec<&Part> = parts.into_iter().filter(|part| part.home.0.is_some()).collect();
        in_parallel(&far, |part| part.fetched().map(|_| Some(()))).map(|_| ())
    }
}

/// Does something with each of them, several at a time; gives whether it was nothing for any. The first error ends it.
pub(super) fn in_parallel<T: Sync>(all: &[T], work: impl Fn(&T) -> Result<Option<()>, LakeError> + Sync) -> Result<bool, LakeError> {
    let (next, nothing, error) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(None));
    let one = || {
        while let Some(item) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            match work(item) {
                Ok(Some(())) => {}
                Ok(None) => drop(nothing.fetch_add(1, Ordering::Relaxed)),
                Err(e) => {
                    next.store(all.len(), Ordering::Relaxed);
                    if let Ok(mut first) = error.lock() {
                        let _ = first.get_or_insert(e);
                    }
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..AT_ONCE.min(all.len()) {
            let _ = scope.spawn(one);
        }
        one();
    });
    match error.into_inner().ok().flatten() {
        Some(e) => Err(e),
        None => Ok(nothing.into_inner() > 0),
    }
}
