//! The lake on disk: its folders, its commit log and its locks. Border: which part files make up a table, and how a set
//! of files becomes visible all at once; what is in them is others' business. `docs/lake.md` tells an operator.
//!
//! ```text
//! lake/<table>/date=YYYY-MM-DD/part-<id>.parquet
//! lake/_tracemill/commits/<n>.json      the log: the lake is what it adds less what it removes (see `log`)
//! lake/_tracemill/built/…               what the build of the semantic tables notes of each day; files of commits, too
//! lake/_tracemill/quarantine/…          what was set aside (see `quarantine`); files of commits, too
//! lake/_tracemill/key                   what fingerprints are keyed with (see `key`)
//! lake/_tracemill/staging/<n>/…         files of a commit before they are moved into place (see `settle`)
//! lake/_tracemill/staging/<pid>-<id>/…  what a run writes before it has the right to write (see `staging`)
//! lake/_tracemill/settled               number of the last commit whose files are in place
//! lake/_tracemill/lock                  held (by the operating system) by the one run that commits (see `lock`)
//! lake/_tracemill/readers               held by all who read, and for a moment by who moves or deletes files
//! lake/_tracemill/door                  passed by who begins to read, held by a writer that waits for readers to end
//! ```
//!
//! The rename of the commit's JSON file into `commits/` is the commit. Before it nothing has happened; after it the moves and
//! removals are only tidying, which the next writer repeats where a run was killed in between.

mod commit;
mod error;
mod ids;
mod key;
mod lock;
mod log;
mod names;
mod quarantine;
mod remote;
mod settle;
mod snapshot;
mod source;
mod staging;
mod store;
mod transaction;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use commit::{Added, BuiltWith, Commit, CommitKind, Day, Folded};
pub use error::LakeError;
pub use key::Key;
pub use lock::Lock;
pub use quarantine::{Content, Entries, Entry, Kind, Place, QUARANTINE, Quarantine, Standing, all_contents, contents, packed, packed_header};
pub use snapshot::{Change, Home, Part, Snapshot};
pub use source::{Reached, SetAside, Source, Tail};
pub use staging::{Staging, Stagings};
pub use store::{Object, Store, StoreError};
pub use transaction::{Sealed, Transaction};

use remote::Remote;

/// The folder of what is no table.
const META: &str = "_tracemill";

/// Who keeps something beside the lake that tells others what it is made of, as the log of a table format does.
///
/// It is told each time the files of a commit are in their places and those that they replace are still there, by who has the right to write. It
/// may be told the same twice, where a run was killed in between, and of several commits at once.
pub trait Follower: fmt::Debug + Send + Sync {
    /// Whether it keeps anything of this lake; where not, it is not told, which costs reading the log.
    fn is_there(&self, _: &Lake) -> bool {
        true
    }

    /// Makes what it keeps tell of the lake as it is in this snapshot.
    ///
    /// # Errors
    /// It cannot be written; then nothing is deleted, and the next writer tells it again.
    fn follow(&self, lake: &Lake, snapshot: &Snapshot) -> Result<(), LakeError>;
}

/// A lake: its folder, or its place in a store and the folder of its replica (see `remote`).
#[derive(Debug, Clone)]
pub struct Lake {
    root: PathBuf,
    follower: Option<Arc<dyn Follower>>,
    remote: Option<Arc<Remote>>,
}

impl Lake {
    /// An existing lake.
    pub fn open(root: &Path) -> Result<Lake, LakeError> {
        let lake = Lake { root: root.to_owned(), follower: None, remote: None };
        if lake.commits().is_dir() { Ok(lake) } else { Err(LakeError::NotALake(root.to_owned())) }
    }

    /// An existing lake, or a new one in a new or empty folder.
    pub fn create(root: &Path) -> Result<Lake, LakeError> {
        let lake = Lake { root: root.to_owned(), follower: None, remote: None };
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

    /// The same lake, with somebody to be told of its commits.
    #[must_use]
    pub fn followed_by(self, follower: Arc<dyn Follower>) -> Lake {
        Lake { follower: Some(follower), ..self }
    }

    pub(crate) fn follower(&self) -> Option<&Arc<dyn Follower>> {
        self.follower.as_ref()
    }

    /// The lake's folder; that of the replica, where the lake lies in a store.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the log, the ledger and the quarantine.
    pub fn meta(&self) -> PathBuf {
        self.root.join(META)
    }

    /// Where the user's own rules for secrets are kept, if any were given.
    pub fn rules(&self) -> PathBuf {
        self.meta().join("rules.toml")
    }

    fn commits(&self) -> PathBuf {
        self.meta().join("commits")
    }
}

#[cfg(test)]
mod tests;
