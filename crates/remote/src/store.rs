//! The place of a lake. Border: the words of [`Store`] to those of a place.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tracemill_model::lake::{Object, Store, StoreError};

use crate::RemoteError;
use crate::place::Place;

#[derive(Debug)]
struct Remote(Place);

/// The store that a URL names, to hold a lake there.
///
/// # Errors
/// It names none, or the environment does not say who asks. Whether the store answers is found out with the first request.
pub fn open(url: &str) -> Result<Arc<dyn Store>, RemoteError> {
    Ok(Arc::new(Remote(Place::of(url)?)))
}

impl Store for Remote {
    fn url(&self) -> &str {
        self.0.url()
    }

    fn list(&self, folder: &str) -> Result<Vec<Object>, StoreError> {
        let now = SystemTime::now();
        let age = |written: SystemTime| now.duration_since(written).unwrap_or(Duration::ZERO);
        let object = |(name, meta): (String, object_store::ObjectMeta)| Object { name, bytes: meta.size, age: age(meta.last_modified.into()) };
        Ok(self.0.list(folder)?.into_iter().map(object).collect())
    }

    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.0.read(name, most)
    }

    fn fetch(&self, name: &str, to: &Path, most: u64) -> Result<bool, StoreError> {
        self.0.fetch(name, to, most)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.0.write(name, bytes, false).map(|_| ())
    }

    fn send(&self, name: &str, from: &Path) -> Result<(), StoreError> {
        self.0.send(name, from)
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.0.write(name, bytes, true)
    }

    fn remove(&self, names: &[String]) -> Result<(), StoreError> {
        if names.is_empty() { Ok(()) } else { self.0.remove(names) }
    }
}
