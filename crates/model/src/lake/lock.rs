//! Who may do what at a time: one run writes; files stay where they are while somebody reads. Border: the operating system's locks, which a
//! dead process does not hold; what is done under them is others' business.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::remote::Lease;
use super::{Lake, LakeError};

/// How long a writer waits for readers before it leaves the tidying to the next one.
const PATIENCE: Duration = Duration::from_secs(1);

/// The right to write, held by at most one run at a time; given back when dropped or when the process ends.
#[derive(Debug)]
pub struct Lock {
    // given back in this order: who waits for the lock here finds the lease free
    _lease: Option<Lease>,
    _file: File,
    /// The number of the last commit that its holder knows of.
    last: AtomicU64,
}

impl Lock {
    /// The number of the commit that its holder may make: one above what it knows of, not above what another process of this machine has brought
    /// since from a store, where who lost the lease would commit on what it has never seen.
    pub(super) fn next(&self) -> u64 {
        self.last.load(Ordering::Acquire) + 1
    }

    /// Its holder has made a commit.
    pub(super) fn committed(&self, number: u64) {
        let _ = self.last.fetch_max(number, Ordering::AcqRel);
    }
}

/// Keeps the files of the snapshots taken with it where they are; see [`Lake::read`].
#[derive(Debug, Clone)]
pub(super) struct Reading {
    _file: Arc<File>,
}

/// The right to move and delete files that commits have replaced.
#[derive(Debug)]
pub(super) struct Tidying {
    _file: File,
}

/// Says that there are no locks, where that is so.
pub(super) fn failed(path: &Path, source: io::Error) -> LakeError {
    // ENOLCK has no kind of its own
    let none = source.kind() == io::ErrorKind::Unsupported || (cfg!(target_os = "linux") && source.raw_os_error() == Some(37));
    if none { LakeError::NoLocks { path: path.to_owned(), source } } else { LakeError::Io { path: path.to_owned(), source } }
}

/// Opens a lock's file, and makes it if there is none.
fn open(path: &Path) -> Result<File, LakeError> {
    File::options().create(true).truncate(false).write(true).open(path).map_err(LakeError::io(path))
}

impl Lake {
    pub(super) fn lock_path(&self) -> PathBuf {
        self.meta().join("lock")
    }

    fn readers_path(&self) -> PathBuf {
        self.meta().join("readers")
    }

    /// What readers go through before they read. Held by a writer that waits for those who read, or new ones could keep it waiting for ever.
    fn door_path(&self) -> PathBuf {
        self.meta().join("door")
    }

    /// Whether another run holds the right to write now.
    pub fn is_locked(&self) -> bool {
        File::open(self.lock_path()).is_ok_and(|f| f.try_lock_shared().is_err()) || self.is_leased()
    }

    /// Waits for the right to write, then finishes or sweeps what a killed run left behind.
    ///
    /// # Errors
    /// The lake cannot be written, its file system has no locks, or its log is damaged.
    pub fn lock(&self) -> Result<Lock, LakeError> {
        let path = self.lock_path();
        let file = open(&path)?;
        file.lock().map_err(|e| failed(&path, e))?;
        let mut lock = Lock { _lease: self.lease()?, _file: file, last: AtomicU64::new(0) };
        // who may only read can lock them, but not make them
        let _ = (open(&self.readers_path())?, open(&self.door_path())?);
        self.pull(true)?;
        lock.last = AtomicU64::new(self.commit_numbers()?.pop().unwrap_or(0));
        // what was replaced stays until all who follow the log know of it
        if self.recover()? && self.is_remote() {
            self.sweep_store(false)?;
            // a log in a store is folded by the next writer, when what its last commit replaced is gone
            self.fold(false)?;
        }
        Ok(lock)
    }

    /// Keeps the files where they are as long as what it gives lives. A lake that cannot be written at all has no file for it, and needs none.
    pub(super) fn begin_reading(&self) -> Option<Reading> {
        let open = |path: PathBuf| File::open(&path).or_else(|_| open(&path)).ok();
        let door = open(self.door_path())?;
        door.lock_shared().ok()?;
        let file = open(self.readers_path())?;
        file.lock_shared().ok()?;
        Some(Reading { _file: Arc::new(file) })
    }

    /// The right to move and delete files. Waits a moment for readers to end, with `patient` as long as it takes; `None` where they do not.
    pub(super) fn begin_tidying(&self, patient: bool) -> Result<Option<Tidying>, LakeError> {
        let path = self.readers_path();
        let file = open(&path)?;
        if patient {
            let door_path = self.door_path();
            let door = open(&door_path)?;
            door.lock().map_err(|e| failed(&door_path, e))?;
            file.lock().map_err(|e| failed(&path, e))?;
            return Ok(Some(Tidying { _file: file }));
        }
        let began = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Tidying { _file: file })),
                Err(TryLockError::Error(e)) => return Err(failed(&path, e)),
                Err(TryLockError::WouldBlock) if began.elapsed() > PATIENCE => return Ok(None),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(10)),
            }
        }
    }
}
