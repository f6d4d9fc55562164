//! Archives in a store: which objects a URL means, and their bytes when they are read. Border: names and copies; what is in them is ingest's business.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    let pattern = glob::Pattern::new(pattern).map_err(|e| RemoteError::Name { url: url.to_owned(), reason: e.to_string() })?;
    let place = Place::of(base)?;
    let below = place.list("")?;
    let fits = |name: &str| {
        let options = glob::MatchOptions { require_literal_separator: true, ..glob::MatchOptions::new() };
        pattern.as_str().is_empty() || pattern.matches_with(name, options)
    };
    // where a lake lies, its own files are no archive
    let lakes: Vec<&str> = below.iter().filter_map(|(name, _)| name.strip_suffix("_tracemill/key")).collect();
    let is_wanted = |name: &str| fits(name) && !lakes.iter().any(|lake| name.starts_with(lake)) && !name.split('/').any(|part| part.starts_with('.'));
    let single = if below.is_empty() && base == url && !url.ends_with('/') { place.itself()? } else { None };
    let mut objects: Vec<(&str, u64, i64)> = Vec::new();
    for (name, meta) in below.iter().map(|(name, meta)| (name.as_str(), meta)).chain(single.as_ref().map(|meta| ("", meta))) {
        if is_wanted(name) {
            objects.push((name, meta.size, meta.last_modified.timestamp_nanos_opt().unwrap_or(1).max(1)));
        }
    }
    if objects.is_empty() {
        return if lakes.is_empty() { Err(RemoteError::Missing(url.to_owned())) } else { Ok(Vec::new()) };
    }
    let io = |e: io::Error| RemoteError::Spool { folder: std::env::temp_dir(), reason: e.to_string() };
    sweep();
    let folder = tempfile::Builder::new().prefix(SPOOL).tempdir().map_err(io)?;
    let lock = File::create(folder.path().join(LOCK)).map_err(io)?;
    lock.lock().map_err(io)?;
    let root = folder.path().join("objects");
    let names: BTreeSet<&str> = below.iter().map(|(name, _)| name.as_str()).collect();
    set_out(&root, &names).map_err(io)?;
    let base = place.url().to_owned();
    let archive: Arc<dyn Depot> = Arc::new(Archive { place, _folder: folder, _lock: lock });
    let mut beside: BTreeMap<&str, Arc<[String]>> = BTreeMap::new();
    let inputs = objects.into_iter().map(|(name, bytes, modified_ns)| {
        let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
        let telling = || TELLING.iter().map(|file| format!("{parent}/{file}")).filter(|n| names.contains(n.as_str()) && n != name).collect();
        let beside = beside.entry(parent).or_insert_with(telling).clone();
        let (full, last) =
            if name.is_empty() { (base.clone(), base.rsplit('/').next().unwrap_or_default()) } else { (format!("{base}/{name}"), name) };
        let far = Far::new(Arc::clone(&archive), name.to_owned(), root.join(last), beside);
        Input { path: Some(PathBuf::from(full)), bytes, modified_ns, far: Some(far) }
    });
    Ok(inputs.collect())
}

/// Makes empty files where Tempo's blocks lie: what such a file is, is told by the names beside it.
fn set_out(root: &Path, names: &BTreeSet<&str>) -> io::Result<()> {
    fs::create_dir_all(root)?;
    let folders: BTreeSet<&str> =
        names.iter().filter_map(|name| name.rsplit_once('/')).filter(|(_, file)| TELLING.contains(file)).map(|(f, _)| f).collect();
    for name in names {
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        if folders.contains(folder) {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap_or(root))?;
            let _ = File::create(path)?;
        }
    }
    Ok(())
}

/// Removes the folders of copies that dead runs left.
fn sweep() {
    for entry in fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with(SPOOL) && File::open(path.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok()) {
            // another user's stays
            let _ = fs::remove_dir_all(path);
        }
    }
}

impl Depot for Archive {
    fn bring(&self, name: &str, to: &Path) -> io::Result<()> {
        match self.place.fetch(name, to) {
            Ok(true) => Ok(()),
            Ok(false) => Err(io::Error::new(io::ErrorKind::NotFound, "the object is gone")),
            Err(e) => Err(io::Error::other(e.to_string())),
        }
    }
}
