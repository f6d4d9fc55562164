//! An object store, as far as a lake needs one. Border: what is asked of it; who answers is another crate's business, so that nothing here knows of
//! requests, credentials or providers.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use thiserror::Error;

/// An object below a lake's place in a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its name below the lake's place: `spans/date=2026-11-22/part-….parquet`.
    pub name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// How long ago the store says that it was written; nothing where its clock is ahead of ours.
    pub age: Duration,
}

/// A request failed for good: what can be tried again has been.
#[derive(Debug, Error)]
#[error("{url}: {reason}")]
pub struct StoreError {
    /// The object, or the folder.
    pub url: String,
    /// Reason, with what to do where there is something to say.
    pub reason: String,
}

/// See the module. Names are those of [`Object`]; a folder ends with `/`, and the empty one is the lake's place.
pub trait Store: fmt::Debug + Send + Sync {
    /// The place of the lake, as it was named.
    fn url(&self) -> &str;

    /// How long who holds the lease may say nothing before it is taken for dead: longer than a request may be without an answer.
    fn patience(&self) -> Duration {
        Duration::from_secs(60)
    }

    /// All objects below a folder, however deep.
    ///
    /// # Errors
    /// The store does not answer, or refuses.
    fn list(&self, folder: &str) -> Result<Vec<Object>, StoreError>;

    /// An object's bytes; `None` where there is none.
    ///
    /// # Errors
    /// The store does not answer, or refuses, or the object has more than `most` bytes.
    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// Writes an object to a file, of which nobody else knows; gives whether there is such an object.
    ///
    /// # Errors
    /// The store does not answer, or refuses, the object has more than `most` bytes, or the file cannot be written.
    fn fetch(&self, name: &str, to: &Path, most: u64) -> Result<bool, StoreError>;

    /// Writes an object, in place of one that may be there.
    ///
    /// # Errors
    /// The store does not answer, or refuses.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;

    /// Writes an object from a file.
    ///
    /// # Errors
    /// The store does not answer, or refuses, or the file cannot be read.
    fn send(&self, name: &str, from: &Path) -> Result<(), StoreError>;

    /// Writes an object where there is none of that name, and gives whether it did: of all who try at once one does. This is what commits stand on.
    ///
    /// # Errors
    /// The store does not answer, or refuses.
    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError>;

    /// Removes objects; those that are gone are gone.
    ///
    /// # Errors
    /// The store does not answer, or refuses.
    fn remove(&self, names: &[String]) -> Result<(), StoreError>;
}
