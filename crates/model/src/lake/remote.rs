//! A lake in an object store: what lies there, and its replica in a folder of this machine, with which everything else works. Border: which lake it
//! is, and when the two are the same; a commit is made in `remote/push`, what others committed is brought in `remote/pull`.
//!
//! ```text
//! <url>/<table>/date=…/part-….parquet     the files of the log, under the names of the log
//! <url>/_tracemill/commits/<n>.json       the log; an entry is created where there is none, and that is the commit
//! <url>/_tracemill/key                    as in a folder
//! <url>/_tracemill/settings/<n>.json      the settings that a folder has as files, name to text; the greatest number counts
//! <url>/_tracemill/settled                number of the last commit whose replaced files are gone
//! <url>/_tracemill/lease/<n>.json         who may write (see `lease`)
//! ```
//!
//! The replica has the whole log, and of the files those that somebody here asked for ([`super::Part::fetched`]). Names of files have a random word
//! in them, so that two who write at once never write the same object. A replica is nothing but a copy: it can be deleted while no run is at work. It
//! is called after the place and the lake's key, so that another lake at the same place has another.

mod beside;
mod lease;
mod pull;
mod push;
mod settings;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

pub(super) use lease::Lease;

use super::key::{hex, random};
use super::store::Store;
use super::{Lake, LakeError};

/// The name of the log's folder in the store.
const COMMITS: &str = "_tracemill/commits/";
/// The name of the key.
const KEY: &str = "_tracemill/key";
/// Where settings lie.
const SETTINGS: &str = "_tracemill/settings/";
/// The name of the number of the last commit whose replaced files are gone.
const SETTLED: &str = "_tracemill/settled";
/// Where what is fetched lies until it is whole, below a replica's `_tracemill`.
pub(super) const FETCHING: &str = "fetching";
/// What tells a replica's folder from any other; holds its id.
const REPLICA: &str = "replica";
/// No key, lease or number has more bytes.
const SMALL: u64 = 1 << 16;
/// Nor do all settings together.
const LARGE: u64 = 256 << 20;

/// A store, and who asks.
pub(super) struct Remote {
    pub(super) store: Arc<dyn Store>,
    /// The replica's id and the machine's name: who has both, and the replica's lock, is the only one who holds a lease in this name.
    holder: String,
    /// Where what is fetched lies until it is whole.
    fetching: PathBuf,
    /// The settings as they were when this process last looked, and their number.
    settings: Mutex<(u64, BTreeMap<String, String>)>,
}

impl fmt::Debug for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remote").field(&self.store.url()).finish()
    }
}

impl Lake {
    /// An existing lake in a store, as it is now; `replicas` is the folder where this machine has its copies.
    ///
    /// # Errors
    /// There is no lake, the store does not answer, or the folder of the copy is something else's.
    pub fn open_remote(replicas: &Path, store: Arc<dyn Store>) -> Result<Lake, LakeError> {
        let Some(key) = store.read(KEY, SMALL)? else { return Err(LakeError::NotALake(store.url().into())) };
        Lake::replica(replicas, store, &key)
    }

    /// An existing lake in a store, or a new one where nothing lies yet.
    ///
    /// # Errors
    /// Something else lies there, the store does not answer or has no way to create an object once, or the folder is something else's.
    pub fn create_remote(replicas: &Path, store: Arc<dyn Store>) -> Result<Lake, LakeError> {
        if let Some(key) = store.read(KEY, SMALL)? {
            return Lake::replica(replicas, store, &key);
        }
        if !store.list("")?.iter().all(|object| object.name.starts_with("_tracemill/")) {
            return Err(LakeError::Foreign(store.url().into()));
        }
        let bytes: [u8; 32] = random().map_err(LakeError::io(replicas))?;
        let ours = format!("{}\n", hex(&bytes)).into_bytes();
        // of several who make it at once one does, and all get that one
        let _ = store.create(KEY, &ours)?;
        // a server that does not know the condition writes over what is there, and then two would commit under one number
        if store.create(KEY, &ours)? {
            store.remove(&[KEY.to_owned()])?;
            return Err(LakeError::NoConditions(store.url().to_owned()));
        }
        let key = store.read(KEY, SMALL)?.unwrap_or(ours);
        Lake::replica(replicas, store, &key)
    }

    fn replica(replicas: &Path, store: Arc<dyn Store>, key: &[u8]) -> Result<Lake, LakeError> {
        let root = replicas.join(folder_of(store.url(), key));
        let meta = root.join(super::META);
        let id_path = meta.join(REPLICA);
        if !id_path.is_file() {
            let foreign = |entry: std::io::Result<fs::DirEntry>| entry.is_ok_and(|entry| entry.file_name() != super::META);
            if fs::read_dir(&root).is_ok_and(|mut entries| entries.any(foreign)) {
                return Err(LakeError::Foreign(root));
            }
            let fetching = meta.join(FETCHING);
            fs::create_dir_all(&fetching).map_err(LakeError::io(&fetching))?;
            let id: [u8; 8] = random().map_err(LakeError::io(&id_path))?;
            super::key::make(&id_path, &hex(&id)).map_err(LakeError::io(&id_path))?;
        }
        let id = fs::read_to_string(&id_path).map_err(LakeError::io(&id_path))?;
        let holder = format!("{}@{}", id.trim(), machine());
        let remote = Remote { store, holder, fetching: meta.join(FETCHING), settings: Mutex::default() };
        let lake = Lake { root, follower: None, remote: Some(Arc::new(remote)) };
        let key_path = lake.key_path();
        if !key_path.exists() {
            super::key::make(&key_path, String::from_utf8_lossy(key).trim()).map_err(LakeError::io(&key_path))?;
        }
        lake.pull(false)?;
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

/// The number in the name of an object of a folder, which is none in any other spelling, or where none could follow.
fn numbered(folder: &str, name: &str) -> Option<u64> {
    let number: u64 = name.strip_prefix(folder)?.strip_suffix(".json")?.parse().ok()?;
    (number < u64::MAX / 2 && name == format!("{folder}{number:08}.json")).then_some(number)
}

impl Remote {
    /// A name for a file of which nobody else knows.
    fn temporary(&self) -> Result<PathBuf, LakeError> {
        let word: [u8; 12] = random().map_err(LakeError::io(&self.fetching))?;
        fs::create_dir_all(&self.fetching).map_err(LakeError::io(&self.fetching))?;
        Ok(self.fetching.join(hex(&word)))
    }
}

/// The name of a replica's folder.
fn folder_of(url: &str, key: &[u8]) -> String {
    let shown = url.rsplit('/').next().unwrap_or_default().chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' });
    let hash = blake3::Hasher::new().update(url.as_bytes()).update(&[0]).update(key).finalize().to_hex();
    format!("{}-{}", shown.take(40).collect::<String>(), &hash[..16])
}

/// The machine's name, as far as it can be told.
fn machine() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| std::env::var("HOSTNAME").ok());
    name.or_else(|| std::env::var("COMPUTERNAME").ok()).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests;
