//! A lake in an object store: what lies there, and its replica in a folder of this machine, with which everything else works. Border: which lake it
//! is, and when the two are the same; a commit is made in `remote/push`, what others committed is brought in `remote/pull`.
//!
//! ```text
//! <url>/<table>/date=…/part-….parquet     the files of the log, under the names of the log
//! <url>/_tracemill/commits/<n>.json       the log; an entry is created where there is none, and that is the commit
//! <url>/_tracemill/key                    as in a folder
//! <url>/_tracemill/settings               the settings that a folder has as files, as one JSON object: name to text
//! <url>/_tracemill/settled                number of the last commit whose replaced files are gone
//! <url>/_tracemill/lease/<n>.json         who may write (see `lease`)
//! ```
//!
//! The replica has the whole log, and of the files those that somebody here asked for ([`super::Part::fetched`]). Names of files have a random word
//! in them, so that two who write at once never write the same object. A replica is nothing but a copy: it can be deleted while no run is at work.

mod lease;
mod pull;
mod push;

use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

pub(super) use lease::Lease;

use super::key::{hex, random};
use super::store::Store;
use super::{Lake, LakeError};

/// The name of the log's folder in the store.
const COMMITS: &str = "_tracemill/commits/";
/// The name of the key.
const KEY: &str = "_tracemill/key";
/// The name of the settings.
const SETTINGS: &str = "_tracemill/settings";
/// The name of the number of the last commit whose replaced files are gone.
const SETTLED: &str = "_tracemill/settled";
/// What tells a replica's folder from any other; holds its id.
const REPLICA: &str = "replica";

/// A store, and who asks.
pub(super) struct Remote {
    pub(super) store: Arc<dyn Store>,
    /// The replica's id and the machine's name: who has both, and the replica's lock, is the only one who holds a lease in this name.
    holder: String,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.store.url()).finish()
    }
}

impl Lake {
    /// An existing lake in a store, as it is now; `replica` is the folder of its copy here, which is made where there is none.
    ///
    /// # Errors
    /// There is no lake, the store does not answer, or the folder is something else's.
    pub fn open_remote(replica: &Path, store: Arc<dyn Store>) -> Result<Lake, LakeError> {
        let Some(key) = store.read(KEY)? else { return Err(LakeError::NotALake(store.url().into())) };
        Lake::replica(replica, store, &key)
    }

    /// An existing lake in a store, or a new one where nothing lies yet.
    ///
    /// # Errors
    /// Something else lies there, the store does not answer or has no way to create an object once, or the folder is something else's.
    pub fn create_remote(replica: &Path, store: Arc<dyn Store>) -> Result<Lake, LakeError> {
        if let Some(key) = store.read(KEY)? {
            return Lake::replica(replica, store, &key);
        }
        if !store.list("")?.iter().all(|object| object.name.starts_with("_tracemill/")) {
            return Err(LakeError::Foreign(store.url().into()));
        }
        let bytes: [u8; 32] = random().map_err(LakeError::io(replica))?;
        let ours = format!("{}\n", hex(&bytes)).into_bytes();
        // of several who make it at once one does, and all get that one
        let _ = store.create(KEY, &ours)?;
        // a server that does not know the condition writes over what is there, and then two would commit under one number
        if store.create(KEY, &ours)? {
            store.remove(&[KEY.to_owned()])?;
            return Err(LakeError::NoConditions(store.url().to_owned()));
        }
        let key = store.read(KEY)?.unwrap_or(ours);
        Lake::replica(replica, store, &key)
    }

    fn replica(root: &Path, store: Arc<dyn Store>, key: &[u8]) -> Result<Lake, LakeError> {
        let meta = root.join(super::META);
        let id_path = meta.join(REPLICA);
        if !id_path.is_file() {
            if fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some()) {
                return Err(LakeError::Foreign(root.to_owned()));
            }
            fs::create_dir_all(&meta).map_err(LakeError::io(&meta))?;
            let id: [u8; 8] = random().map_err(LakeError::io(&id_path))?;
            super::key::make(&id_path, &hex(&id)).map_err(LakeError::io(&id_path))?;
        }
        let id = fs::read_to_string(&id_path).map_err(LakeError::io(&id_path))?;
        let remote = Remote { store, holder: format!("{}@{}", id.trim(), machine()) };
        let lake = Lake { root: root.to_owned(), follower: None, remote: Some(Arc::new(remote)) };
        lake.pull(key)?;
        Ok(lake)
    }

    /// What it is called: its folder, or its place in a store.
    pub fn name(&self) -> String {
        self.remote.as_ref().map_or_else(|| self.root.display().to_string(), |remote| remote.store.url().to_owned())
    }

    /// Whether it lies in a store, and its folder is a replica.
    pub fn is_remote(&self) -> bool {
        self.remote.is_some()
    }
}

/// The machine's name, as far as it can be told.
fn machine() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("HOSTNAME").ok());
    name.or_else(|| std::env::var("COMPUTERNAME").ok()).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests;
