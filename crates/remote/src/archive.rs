//! Archives in a store: which objects a URL means, and their bytes when they are read. Border: names and copies; what is in them is ingest's business.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use glob::{MatchOptions, Pattern};
use object_store::ObjectMeta;
use tempfile::TempDir;
use tracemill_ingest::{Depot, Far, Input};

use crate::RemoteError;
use crate::place::Place;

/// How the folders of copies are called.
const SPOOL: &str = "tracemill-spool-";
/// Held in such a folder by the run whose it is.
const LOCK: &str = "lock";
/// Files of Tempo that tell how the data beside them is to be read.
const TELLING: [&str; 2] = ["meta.json", "meta.compacted.json"];

/// The objects that a URL means are copied from here when they are read, to a folder that goes with it.
#[derive(Debug)]
struct Archive {
    place: Place,
    _folder: TempDir,
    _lock: File,
}

/// What a URL means: the object of that name, else all below it, but for lakes and what is hidden; with `*`, `?` or `[…]` those whose names fit. Each
/// is named by its own URL.
///
/// # Errors
/// There is none, the store does not answer, or there is no folder for copies.
pub fn listed(url: &str) -> Result<Vec<Input>, RemoteError> {
    let (base, pattern) = match url.find(['*', '?', '[']) {
        Some(at) => url.split_at(url[..at].rfind('/').map_or(0, |slash| slash + 1)),
        None => (url, ""),
    };
    let pattern = Pattern::new(pattern).map_err(|e| RemoteError::Name { url: url.to_owned(), reason: e.to_string() })?;
    let place = Place::of(base)?;
    // an object of that name comes first; what lies beside it may tell how it is to be read
    let is_one = base == url && !url.ends_with('/') && place.itself()?.is_some();
    let (place, below, one) = match url.rsplit_once('/').filter(|_| is_one) {
        Some((folder, name)) => {
            let folder = Place::of(folder)?;
            let beside = folder.beside()?;
            (folder, beside, Some(name))
        }
        None => {
            let below = place.list("")?;
            (place, below, None)
        }
    };
    // where a lake lies, its own files are no archive
    let root_of = |name: &str| name.strip_suffix("_tracemill/key").filter(|lake| lake.is_empty() || lake.ends_with('/')).map(str::len);
    let lakes: Vec<&str> = below.iter().filter_map(|(name, _)| Some(&name[..root_of(name)?])).collect();
    let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
    let fits = |name: &str| match one {
        Some(one) => name == one,
        None => pattern.as_str().is_empty() || pattern.matches_with(name, options),
    };
    let is_hidden = |name: &str| name.split('/').any(|part| part.starts_with('.')) || lakes.iter().any(|lake| name.starts_with(lake));
    let wanted: Vec<&(String, ObjectMeta)> = below.iter().filter(|(name, _)| fits(name) && (one.is_some() || !is_hidden(name))).collect();
    if wanted.is_empty() {
        return if lakes.is_empty() { Err(RemoteError::Missing(url.to_owned())) } else { Ok(Vec::new()) };
    }
    let io = |e: io::Error| RemoteError::Spool { folder: std::env::temp_dir(), reason: e.to_string() };
    sweep();
    let (folder, lock) = spool().map_err(io)?;
    let root = folder.path().join("objects");
    let names: BTreeSet<&str> = below.iter().map(|(name, _)| name.as_str()).collect();
    set_out(&root, &names).map_err(io)?;
    let base = place.url().to_owned();
    let archive: Arc<dyn Depot> = Arc::new(Archive { place, _folder: folder, _lock: lock });
    let mut telling: BTreeMap<&str, Arc<[String]>> = BTreeMap::new();
    let input = |(name, meta): &(String, ObjectMeta), telling: Arc<[String]>| Input {
        path: Some(PathBuf::from(format!("{base}/{name}"))),
        bytes: meta.size,
        modified_ns: meta.last_modified.timestamp_nanos_opt().unwrap_or(1).max(1),
        far: Some(Far::new(Arc::clone(&archive), name.clone(), root.join(name), telling)),
    };
    let inputs = wanted.into_iter().map(|object| {
        let parent = object.0.rsplit_once('/').map_or("", |(parent, _)| parent);
        let all = TELLING.iter().map(|file| if parent.is_empty() { (*file).to_owned() } else { format!("{parent}/{file}") });
        let those = telling.entry(parent).or_insert_with(|| all.filter(|name| names.contains(name.as_str())).collect());
        input(object, Arc::clone(those))
    });
    Ok(inputs.collect())
}

/// Makes empty files where Tempo's blocks lie: what such a file is, is told by the names beside it.
fn set_out(root: &Path, names: &BTreeSet<&str>) -> io::Result<()> {
    fs::create_dir_all(root)?;
    let parted = |name: &&'_ str| -> (usize, bool) {
        let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
        (folder.len(), TELLING.contains(&file))
    };
    let folders: BTreeSet<&str> =
        names.iter().map(|name| (name, parted(name))).filter(|(_, (_, tells))| *tells).map(|(name, (end, _))| &name[..end]).collect();
    for name in names {
        if folders.contains(&name[..parted(name).0]) {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            let _ = File::create(path)?;
        }
    }
    Ok(())
}

/// A new folder for copies, and the lock that says whose it is.
fn spool() -> io::Result<(TempDir, File)> {
    loop {
        let folder = tempfile::Builder::new().prefix(SPOOL).tempdir()?;
        let path = folder.path().join(LOCK);
        let lock = File::create(&path)?;
        lock.lock()?;
        // another run may have swept it before it was locked
        if path.exists() {
            return Ok((folder, lock));
        }
    }
}

/// Removes the folders of copies that dead runs left.
fn sweep() {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let (path, lock) = (entry.path(), entry.path().join(LOCK));
        // a pipe of that name would be waited for
        let is_file = lock.symlink_metadata().is_ok_and(|m| m.is_file());
        if entry.file_name().to_string_lossy().starts_with(SPOOL) && is_file && File::open(&lock).is_ok_and(|lock| lock.try_lock().is_ok()) {
            // another user's stays
            let _ = fs::remove_dir_all(path);
        }
    }
}

impl Depot for Archive {
    fn bring(&self, name: &str, to: &Path) -> io::Result<()> {
        match self.place.fetch(name, to, u64::MAX) {
            Ok(true) => Ok(()),
            Ok(false) => Err(io::Error::new(io::ErrorKind::NotFound, "the object is gone")),
            Err(e) => Err(io::Error::other(e.to_string())),
        }
    }
}
