//! Inputs that are no files here: objects of a store, copied when it is their turn. Border: when a copy is there; who copies is another crate's
//! business.
//!
//! The copies lie in a folder laid out as the store's, since what lies beside a file can tell what it is (see `decode/tempo/block/companion`).

use std::fmt::Debug;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who copies.
pub trait Depot: Debug + Send + Sync {
    /// Copies what has this name to this file, which is there whole or not at all.
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
        for name in self.beside.iter() {
            let (Some(file), Some(folder)) = (name.rsplit('/').next(), self.place.parent()) else { continue };
            self.depot.bring(name, &folder.join(file))?;
        }
        self.depot.bring(&self.name, &self.place)
    }

    /// Gives the room back; the name stays, for what is told by its neighbours.
    pub(crate) fn release(&self) {
        // what cannot be removed now goes with the folder
        let _ = fs::File::create(&self.place);
    }
}
