//! The lake on disk: its folders, its commit log and its lock. Border: which part files make up a table, and how a set
//! of files becomes visible all at once; what is in them is others' business.
//!
//! ```text
//! lake/<table>/date=YYYY-MM-DD/part-<id>.parquet
//! lake/_tracemill/commits/<n>.json      the log: the lake is what it adds less what it removes
//! lake/_tracemill/quarantine/…          what was set aside (see `quarantine`); files of commits, too
//! lake/_tracemill/staging/<n>/…         files of a commit before they are moved into place
//! lake/_tracemill/key                   what fingerprints are keyed with (see `key`)
//! lake/_tracemill/lock                  held (by the operating system) by the one run that writes
//! ```
//!
//! The rename of the commit's JSON file into `commits/` is the commit. Before it nothing has happened; after it the moves and
//! removals are only tidying, which the next writer repeats where a run was killed in between.

mod commit;
mod key;
mod quarantine;
mod source;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use commit::{BuiltWith, Commit, Transaction};
pub use key::Key;
pub use quarantine::{Content, Entries, Entry, Kind, Place, Quarantine, Standing};
pub use source::{Reached, SetAside, Source, Tail};

/// What can go wrong with a lake.
#[derive(Debug, Error)]
pub enum LakeError {
    /// The folder is no lake, and the command does not make one.
    #[error("{}: no lake there; make one with `tracemill ingest PATH… --lake {}`", .0.display(), .0.display())]
    NotALake(PathBuf),
    /// The folder holds other things.
    #[error("{}: not a lake and not empty; name a new or an empty folder", .0.display())]
    Foreign(PathBuf),
    /// A file operation failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Reason.
        source: io::Error,
    },
    /// The log is not what tracemill writes.
    #[error("{}: damaged commit: {reason}", path.display())]
    Damaged {
        /// File of the log.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// The key is not what tracemill writes.
    #[error("{}: not a key of 64 hex digits; put the key of this lake back from a backup", .0.display())]
    BadKey(PathBuf),
    /// A part file could not be read or written.
    #[error("{}: {source}", path.display())]
    Parquet {
        /// Part file.
        path: PathBuf,
        /// Reason.
        source: parquet::errors::ParquetError,
    },
}

impl LakeError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(io::Error) -> LakeError + '_ {
        move |source| LakeError::Io { path: path.to_owned(), source }
    }
}

/// A lake's folder.
#[derive(Debug, Clone)]
pub struct Lake {
    root: PathBuf,
}

/// A part file of the lake as a snapshot sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Table.
    pub table: String,
    /// UTC day, `YYYY-MM-DD`.
    pub date: String,
    /// Path below the lake's root in its final place.
    pub file: String,
    /// Where it lies now.
    pub path: PathBuf,
    /// Number of rows.
    pub rows: u64,
}

/// The lake at one commit.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Number of the last commit; 0 for an empty lake.
    pub commit: u64,
    /// Number of the last commit that changed a raw table.
    pub raw_commit: u64,
    /// What the semantic tables were built with; `None` before the first build.
    pub built_with: Option<BuiltWith>,
    parts: BTreeMap<String, Part>,
    sources: BTreeMap<String, Source>,
}

impl Snapshot {
    /// The part files of a table, by date and name.
    pub fn parts<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Part> {
        self.parts.values().filter(move |p| p.table == table)
    }

    /// The sources the lake has taken in, by id: the latest entry of each.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.values()
    }

    /// The ledger's entry of a source.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.get(id)
    }

    /// What was set aside.
    pub fn quarantine(&self) -> Quarantine<'_> {
        Quarantine::new(self)
    }
}

/// The right to write, held by at most one run at a time; given back when dropped or when the process ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lake {
    /// An existing lake.
    pub fn open(root: &Path) -> Result<Lake, LakeError> {
        let lake = Lake { root: root.to_owned() };
        if lake.commits().is_dir() { Ok(lake) } else { Err(LakeError::NotALake(root.to_owned())) }
    }

    /// An existing lake, or a new one in a new or empty folder.
    pub fn create(root: &Path) -> Result<Lake, LakeError> {
        let lake = Lake { root: root.to_owned() };
        if !lake.commits().is_dir() {
            let ours = lake.meta().is_dir();
            if !ours && fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some()) {
                return Err(LakeError::Foreign(root.to_owned()));
            }
            let commits = lake.commits();
            fs::create_dir_all(&commits).map_err(LakeError::io(&commits))?;
            let _ = lake.key()?;
        }
        Ok(lake)
    }

    /// The lake's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the log, the ledger and the quarantine.
    pub fn meta(&self) -> PathBuf {
        self.root.join("_tracemill")
    }

    fn commits(&self) -> PathBuf {
        self.meta().join("commits")
    }

    fn staging(&self, commit: u64) -> PathBuf {
        self.meta().join("staging").join(commit.to_string())
    }

    /// Whether another run holds the lock now.
    pub fn is_locked(&self) -> bool {
        File::open(self.meta().join("lock")).is_ok_and(|f| f.try_lock_shared().is_err())
    }

    /// Waits for the right to write, then finishes or sweeps what a killed run left behind.
    pub fn lock(&self) -> Result<Lock, LakeError> {
        let path = self.meta().join("lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(LakeError::io(&path))?;
        file.lock().map_err(LakeError::io(&path))?;
        self.recover()?;
        Ok(Lock { _file: file })
    }

    /// The lake as of now. Needs no lock: what a commit added is found in its final place or still in staging.
    pub fn snapshot(&self) -> Result<Snapshot, LakeError> {
        let mut snapshot = Snapshot::default();
        for number in self.commit_numbers()? {
            let commit = Commit::read(&self.commits(), number)?;
            for file in &commit.removed {
                snapshot.parts.remove(file);
            }
            for added in &commit.added {
                let place = self.root.join(&added.file);
                let path = if place.exists() { place } else { self.staging(number).join(&added.file) };
                let part = Part { table: added.table.clone(), date: added.date.clone(), file: added.file.clone(), path, rows: added.rows };
                snapshot.parts.insert(added.file.clone(), part);
            }
            if commit.changes_raw() {
                snapshot.raw_commit = number;
            }
            for source in commit.sources {
                snapshot.sources.insert(source.source_id.clone(), source);
            }
            if commit.built_with.is_some() {
                snapshot.built_with = commit.built_with;
            }
            snapshot.commit = number;
        }
        Ok(snapshot)
    }

    /// The commits of the log, in order.
    pub fn log(&self) -> Result<Vec<Commit>, LakeError> {
        self.commit_numbers()?.into_iter().map(|n| Commit::read(&self.commits(), n)).collect()
    }

    fn commit_numbers(&self) -> Result<Vec<u64>, LakeError> {
        let folder = self.commits();
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&folder).map_err(LakeError::io(&folder))? {
            let name = entry.map_err(LakeError::io(&folder))?.file_name();
            if let Some(number) = name.to_str().and_then(|n| n.strip_suffix(".json")).and_then(|n| n.parse().ok()) {
                numbers.push(number);
            }
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Redoes the tidying of the last commit and drops staged files that never were committed.
    fn recover(&self) -> Result<(), LakeError> {
        if let Some(last) = self.commit_numbers()?.pop() {
            Commit::read(&self.commits(), last)?.settle(&self.root, &self.staging(last))?;
        }
        let staging = self.meta().join("staging");
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(LakeError::io(&staging))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
