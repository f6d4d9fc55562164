//! From the store to the replica: the log, the settings, and the files that are asked for. Border: nothing is written to the store here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::de::IgnoredAny;

use super::super::commit::Commit;
use super::super::lock::failed;
use super::super::staging::remove;
use super::super::store::Object;
use super::super::transaction::Sealed;
use super::super::{Lake, LakeError, Part, Snapshot};
use super::{COMMITS, KEY, REPLICA, Remote, SETTINGS};

/// How many files are brought or sent at a time: enough that waiting for answers costs little.
pub(super) const AT_ONCE: usize = 16;
/// How often the log is asked for anew, where entries are folded meanwhile.
const ATTEMPTS: u32 = 20;
/// What lies in `_tracemill` of a replica and is no setting.
const OWN: [&str; 8] = ["key", "lock", "readers", "door", "settled", "pull", REPLICA, "followers.json"];
/// The folder of settings that are several files.
const DIALECTS: &str = "dialects";

impl Lake {
    /// Makes the replica's log and settings those of the store. `key` is the store's.
    pub(super) fn pull(&self, key: &[u8]) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        let _one_at_a_time = self.pulling()?;
        let key_path = self.key_path();
        match fs::read(&key_path) {
            Ok(known) if known == key => {}
            // another lake was made at this place of the store, and what is here is of the one before
            Ok(_) => self.forget_replica()?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(LakeError::Io { path: key_path, source }),
        }
        if !key_path.exists() {
            let text = String::from_utf8_lossy(key);
            super::super::key::make(&key_path, text.trim_end()).map_err(LakeError::io(&key_path))?;
        }
        let commits = self.commits();
        fs::create_dir_all(&commits).map_err(LakeError::io(&commits))?;
        let news = self.pull_log(remote)?;
        self.pull_settings(remote)?;
        if news {
            self.drop_replaced()?;
        }
        Ok(())
    }

    /// Makes the replica's log and settings those of the store, where there is one.
    pub(in super::super) fn refresh(&self) -> Result<(), LakeError> {
        let Some(remote) = &self.remote else { return Ok(()) };
        match remote.store.read(KEY)? {
            Some(key) => self.pull(&key),
            None => Err(LakeError::NotALake(remote.store.url().into())),
        }
    }

    /// The sizes of the files in the store, by name; `None` where the lake lies in a folder.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn stored_sizes(&self) -> Result<Option<BTreeMap<String, u64>>, LakeError> {
        let Some(remote) = &self.remote else { return Ok(None) };
        Ok(Some(remote.store.list("")?.into_iter().map(|object| (object.name, object.bytes)).collect()))
    }

    fn pulling(&self) -> Result<File, LakeError> {
        let path = self.meta().join("pull");
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(LakeError::io(&path))?;
        file.lock().map_err(|e| failed(&path, e))?;
        Ok(file)
    }

    /// Brings the entries that are missing or have been folded; gives whether there were any.
    fn pull_log(&self, remote: &Remote) -> Result<bool, LakeError> {
        let folder = self.commits();
        let mut news = false;
        for _ in 0..ATTEMPTS {
            let entries: BTreeMap<u64, Object> = remote.entries()?;
            let path = |number: u64| Commit::<IgnoredAny>::path(&folder, number);
            let is_here = |number: u64, object: &Object| fs::metadata(path(number)).is_ok_and(|m| m.len() == object.bytes);
            let wanted: Vec<(&u64, &Object)> = entries.iter().filter(|(number, object)| !is_here(**number, object)).collect();
            news |= !wanted.is_empty();
            let missing = in_parallel(&wanted, |(number, object)| Ok(remote.store.fetch(&object.name, &path(**number))?.then_some(())))?;
            if missing {
                continue;
            }
            // what the store has folded is folded here, too
            if let Some(first) = entries.keys().next() {
                for number in self.commit_numbers()?.into_iter().filter(|number| number < first) {
                    remove(&path(number))?;
                }
            }
            return Ok(news);
        }
        Err(LakeError::Damaged {
            path: PathBuf::from(remote.store.url()).join(COMMITS),
            reason: "its entries change faster than they can be read".to_owned(),
        })
    }

    /// The files that hold settings, by name below `_tracemill`.
    pub(super) fn settings(&self) -> Result<BTreeMap<String, String>, LakeError> {
        let meta = self.meta();
        let mut found = BTreeMap::new();
        for folder in [meta.clone(), meta.join(DIALECTS)] {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                Err(source) => return Err(LakeError::Io { path: folder, source }),
            };
            for entry in entries {
                let path = entry.map_err(LakeError::io(&folder))?.path();
                let Some(name) = path.strip_prefix(&meta).ok().and_then(|name| name.to_str()) else { continue };
                let is_setting = path.is_file() && !OWN.contains(&name) && !name.contains(".tmp") && !name.contains(".part");
                if is_setting {
                    found.insert(name.replace('\\', "/"), fs::read_to_string(&path).map_err(LakeError::io(&path))?);
                }
            }
        }
        Ok(found)
    }

    fn pull_settings(&self, remote: &Remote) -> Result<(), LakeError> {
        let there = remote.settings()?;
        let here = self.settings()?;
        let meta = self.meta();
        for (name, text) in there.iter().filter(|(name, text)| here.get(*name) != Some(text)) {
            // names come from the store: only plain ones, in the two folders that settings have
            let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['/', '\\', ':', '\0']);
            let is_ours = name.strip_prefix(DIALECTS).and_then(|rest| rest.strip_prefix('/')).is_some_and(plain)
                || (plain(name) && !OWN.contains(&name.as_str()));
            if !is_ours {
                let path = PathBuf::from(remote.store.url()).join(SETTINGS);
                return Err(LakeError::Damaged { path, reason: format!("{name:?} is no name of a setting") });
            }
            let path = meta.join(name);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
            }
            let temporary = path.with_extension("tmp");
            fs::write(&temporary, text).map_err(LakeError::io(&temporary))?;
            fs::rename(&temporary, &path).map_err(LakeError::io(&path))?;
        }
        here.keys().filter(|name| !there.contains_key(*name)).try_for_each(|name| remove(&meta.join(name)))
    }

    /// Deletes the replica's files that the log names no more, unless somebody reads: then they go the next time.
    fn drop_replaced(&self) -> Result<(), LakeError> {
        let Some(_tidying) = self.begin_tidying(false)? else { return Ok(()) };
        let snapshot = self.snapshot()?;
        let named: BTreeSet<&Path> = snapshot.files().map(|part| part.path.as_path()).collect();
        let meta = self.meta();
        let kept = ["quarantine", "built", "forgotten"].map(|folder| meta.join(folder));
        let tables = subfolders(&self.root)?.into_iter().filter(|folder| *folder != meta);
        let days = tables.map(|table| subfolders(&table)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten();
        // what else lies in a table's folder is a follower's
        let days = days.filter(|folder| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with("date=")));
        for folder in days.chain(kept) {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                if entry.path().is_file() && !named.contains(entry.path().as_path()) {
                    remove(&entry.path())?;
                }
            }
        }
        Ok(())
    }

    /// Empties the replica, but for what tells it.
    fn forget_replica(&self) -> Result<(), LakeError> {
        let meta = self.meta();
        for folder in subfolders(&self.root)?.into_iter().filter(|folder| *folder != meta) {
            remove(&folder)?;
        }
        for entry in fs::read_dir(&meta).map_err(LakeError::io(&meta))? {
            let path = entry.map_err(LakeError::io(&meta))?.path();
            // locks are held by those who wait for this
            if !["lock", "readers", "door", "pull", REPLICA].iter().any(|name| path.ends_with(name)) {
                remove(&path)?;
            }
        }
        Ok(())
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
        let number = |object: &Object| object.name.strip_prefix(COMMITS)?.strip_suffix(".json")?.parse().ok();
        Ok(self.store.list(COMMITS)?.into_iter().filter_map(|object| Some((number(&object)?, object))).collect())
    }

    /// The settings in the store.
    pub(super) fn settings(&self) -> Result<BTreeMap<String, String>, LakeError> {
        let Some(bytes) = self.store.read(SETTINGS)? else { return Ok(BTreeMap::new()) };
        let path = || PathBuf::from(self.store.url()).join(SETTINGS);
        serde_json::from_slice(&bytes).map_err(|e| LakeError::Damaged { path: path(), reason: e.to_string() })
    }
}

impl Part {
    /// Where the part lies, with its bytes: those of a lake in a store are brought to the replica first, and held against the log's checksum.
    ///
    /// # Errors
    /// The store does not answer, has it no more because a run on another machine has replaced it, or has other bytes.
    pub fn fetched(&self) -> Result<&Path, LakeError> {
        let Some(remote) = &self.home.0 else { return Ok(&self.path) };
        if fs::metadata(&self.path).is_ok_and(|m| m.len() == self.bytes) {
            return Ok(&self.path);
        }
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
        }
        let url = || PathBuf::from(format!("{}/{}", remote.store.url().trim_end_matches('/'), self.file));
        if !remote.store.fetch(&self.file, &self.path)? {
            return Err(LakeError::Replaced(url()));
        }
        let sealed = Sealed::of(&self.path)?;
        if sealed.bytes == self.bytes && self.hash.as_ref().is_none_or(|hash| *hash == sealed.hash) {
            return Ok(&self.path);
        }
        remove(&self.path)?;
        Err(LakeError::Damaged { path: url(), reason: "its bytes are not those that the log tells of; put it back from a backup".to_owned() })
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
                    drop(error.lock().map(|mut first| first.get_or_insert(e).to_string()));
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
