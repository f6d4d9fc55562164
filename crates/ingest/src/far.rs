//! Inputs that are no files here: objects of a store, copied when it is their turn. Border: when a copy is there; who copies is another crate's
//! business.
//!
//! The copies lie in a folder laid out as the store's, since what lies beside a file can tell what it is (see `decode/tempo/block/companion`).

use std::fmt::Debug;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Who copies.
pub trait Depot: Debug + Send + Sync {
    /// Copies what has this name to this file, of which nobody else knows.
    ///
    /// # Errors
    /// It is gone, the store does not answer, or the file cannot be written.
    fn bring(&self, name: &str, to: &Path) -> io::Result<()>;
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Far {
    depot: Arc<dyn Depot>,
    name: String,
    place: PathBuf,
    beside: Arc<[String]>,
}

impl PartialEq for Far {
    fn eq(&self, other: &Far) -> bool {
        self.place == other.place
    }
}

impl Eq for Far {}

impl Far {
    /// What has this name in a depot, to be copied to this place. `beside` are names of files in the same folder that must be there when it is
    /// read; they are copied with it.
    pub fn new(depot: Arc<dyn Depot>, name: String, place: PathBuf, beside: Arc<[String]>) -> Far {
        Far { depot, name, place, beside }
    }

    /// Where the copy lies, when it is there.
    pub fn place(&self) -> &Path {
        &self.place
    }

    /// Copies it.
    pub(crate) fn bring(&self) -> io::Result<()> {
        if let Some(folder) = self.place.parent() {
            fs::create_dir_all(folder)?;
        }
        for name in self.beside.iter().filter(|name| **name != self.name) {
            let (Some(file), Some(folder)) = (name.rsplit('/').next(), self.place.parent()) else { continue };
            let place = folder.join(file);
            // another may be reading it
            if fs::metadata(&place).map_or(true, |m| m.len() == 0) {
                self.copy(name, &place)?;
            }
        }
        self.copy(&self.name, &self.place)
    }

    /// Copies to where nobody looks, then gives it its name. What could not be copied is not there, not even by name.
    fn copy(&self, name: &str, place: &Path) -> io::Result<()> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let temporary = place.with_file_name(format!(".{}", COUNTER.fetch_add(1, Ordering::Relaxed)));
        let copied = self.depot.bring(name, &temporary).and_then(|()| fs::rename(&temporary, place));
        copied.inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
            let _ = fs::remove_file(place);
        })
    }

    /// Gives the room back; the name stays, for what is told by its neighbours.
    pub(crate) fn release(&self) {
        // what tells how others are read stays as long as they do; what cannot be emptied now goes with the folder
        if self.place.is_file() && !self.beside.contains(&self.name) {
            let _ = fs::File::create(&self.place);
        }
    }
}
