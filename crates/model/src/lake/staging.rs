//! The folder of one run: what it writes before it has the right to write to the lake. Border: whose folder it is and when it goes; what lies
//! in it is the run's business.
//!
//! `_tracemill/staging/<pid>-<random>/` belongs to the process that holds the lock on `<pid>-<random>.lock` beside it. The lock comes before the
//! folder and goes after it, so a folder whose lock can be had is that of a dead process, and any writer may sweep it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::lock::failed;
use super::{Lake, LakeError, key};

/// See the module. Gone when dropped.
#[derive(Debug)]
pub struct Staging {
    folder: PathBuf,
    lock_path: PathBuf,
    _lock: File,
}

impl Staging {
    /// A new one.
    ///
    /// # Errors
    /// The lake cannot be written, or its file system has no locks.
    pub fn new(lake: &Lake) -> Result<Staging, LakeError> {
        let all = lake.stagings();
        fs::create_dir_all(&all).map_err(LakeError::io(&all))?;
        loop {
            let random: [u8; 8] = key::random().map_err(LakeError::io(&all))?;
            let folder = all.join(format!("{}-{}", std::process::id(), key::hex(&random)));
            let lock_path = folder.with_extension("lock");
            let lock = File::options().create_new(true).write(true).open(&lock_path).map_err(LakeError::io(&lock_path))?;
            lock.lock().map_err(|e| failed(&lock_path, e))?;
            // a writer may have swept it before it was locked
            if lock_path.exists() {
                fs::create_dir(&folder).map_err(LakeError::io(&folder))?;
                return Ok(Staging { folder, lock_path, _lock: lock });
            }
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // the next writer sweeps what cannot be removed now
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// What there is of runs.
#[derive(Debug, Default)]
pub struct Stagings {
    /// Folders of commits, by number.
    pub commits: Vec<(u64, PathBuf)>,
    /// Folders and locks of living runs.
    pub living: Vec<PathBuf>,
    /// Those of dead ones.
    pub dead: Vec<PathBuf>,
}

impl Lake {
    pub(super) fn stagings(&self) -> PathBuf {
        self.meta().join("staging")
    }

    /// The folder of a commit's files before they are moved into place.
    pub(super) fn staging(&self, commit: u64) -> PathBuf {
        self.stagings().join(commit.to_string())
    }

    /// Looks at what runs have left, or are at.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn look_at_stagings(&self) -> Result<Stagings, LakeError> {
        let mut found = Stagings::default();
        let all = self.stagings();
        let entries = match fs::read_dir(&all) {
            Ok(entries) => entries,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(source) => return Err(LakeError::Io { path: all, source }),
        };
        for entry in entries {
            let path = entry.map_err(LakeError::io(&all))?.path();
            let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
            match name.parse() {
                Ok(number) => found.commits.push((number, path)),
                Err(_) if is_held(&path.with_extension("lock")) => found.living.push(path),
                Err(_) => found.dead.push(path),
            }
        }
        found.commits.sort();
        found.living.sort();
        found.dead.sort();
        Ok(found)
    }

    /// Removes what dead runs left.
    pub(super) fn sweep(&self, dead: &[PathBuf]) -> Result<(), LakeError> {
        for path in dead {
            let lock_path = path.with_extension("lock");
            // held while the folder goes: a run that has just made this file finds it gone when it gets the lock, and makes another
            let lock = File::options().write(true).open(&lock_path);
            if lock.as_ref().is_ok_and(|file| file.try_lock().is_err()) {
                continue;
            }
            remove(&path.with_extension(""))?;
            remove(path)?;
            remove(&lock_path)?;
        }
        Ok(())
    }

    /// Waits for the runs that live now to end, and sweeps what they leave. Not to be called by who may write: they wait for that right.
    ///
    /// # Errors
    /// A folder cannot be looked at or removed.
    pub fn outlive_runs(&self) -> Result<(), LakeError> {
        for path in self.look_at_stagings()?.living {
            if let Ok(file) = File::open(path.with_extension("lock")) {
                file.lock_shared().map_err(|e| failed(&path, e))?;
            }
        }
        let dead = self.look_at_stagings()?.dead;
        self.sweep(&dead)
    }
}

/// Whether a living process holds it.
fn is_held(lock: &Path) -> bool {
    File::open(lock).is_ok_and(|file| file.try_lock_shared().is_err())
}

/// Removes a file or a folder; one that is gone is gone.
pub(super) fn remove(path: &Path) -> Result<(), LakeError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(LakeError::Io { path: path.to_owned(), source: e }),
        _ => Ok(()),
    }
}
