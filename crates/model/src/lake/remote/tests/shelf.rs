//! A store in memory, of which a client can die or sleep, and machines that ask it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::super::super::store::{Object, Store, StoreError};
use super::super::super::{Lake, LakeError, Lock, Transaction};
use crate::tables::SPANS;

pub(super) type Objects = Mutex<BTreeMap<String, (Vec<u8>, Instant)>>;

/// A store in memory, of which a client can die.
#[derive(Debug, Clone)]
pub(super) struct Shelf {
    pub(super) objects: Arc<Objects>,
    /// Requests that are answered yet; then none is.
    pub(super) left: Arc<AtomicI64>,
    /// Whether the last of them is carried out, and only its answer lost.
    pub(super) carried_out: bool,
    /// Whether it knows the condition of a create.
    pub(super) conditions: bool,
    pub(super) aged: Duration,
    pub(super) patience: Duration,
}

impl Shelf {
    pub(super) fn new() -> Shelf {
        Shelf {
            objects: Arc::default(),
            left: Arc::new(AtomicI64::new(i64::MAX)),
            carried_out: false,
            conditions: true,
            aged: Duration::ZERO,
            patience: Duration::from_secs(60),
        }
    }

    /// The same objects, for a client that gets so many answers.
    pub(super) fn dying(&self, answers: i64, carried_out: bool) -> Shelf {
        Shelf { left: Arc::new(AtomicI64::new(answers)), carried_out, ..self.clone() }
    }

    fn ask<T>(&self, work: impl FnOnce(&mut BTreeMap<String, (Vec<u8>, Instant)>) -> T) -> Result<T, StoreError> {
        let left = self.left.fetch_sub(1, Ordering::SeqCst);
        let mut objects = self.objects.lock().unwrap();
        if left > 0 {
            return Ok(work(&mut objects));
        }
        if left == 0 && self.carried_out {
            let _ = work(&mut objects);
        }
        Err(StoreError { url: "shelf://lake".to_owned(), reason: "no answer".to_owned() })
    }

    /// The same for tests in which somebody is dead, or is to be taken for it: nobody else may be, however busy the machine.
    pub(super) fn impatient() -> Shelf {
        Shelf { patience: Duration::from_millis(800), ..Shelf::new() }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }
}

impl Store for Shelf {
    fn url(&self) -> &str {
        "shelf://lake"
    }

    fn patience(&self) -> Duration {
        self.patience
    }

    fn list(&self, folder: &str) -> Result<Vec<Object>, StoreError> {
        let aged = self.aged;
        self.ask(|objects| {
            let below = objects.iter().filter(|(name, _)| name.starts_with(folder));
            below.map(|(name, (bytes, at))| Object { name: name.clone(), bytes: bytes.len() as u64, age: at.elapsed() + aged }).collect()
        })
    }

    fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.ask(|objects| objects.get(name).map(|(bytes, _)| bytes.clone()))?;
        let fits = found.as_ref().is_none_or(|bytes| bytes.len() as u64 <= most);
        if fits { Ok(found) } else { Err(StoreError { url: name.to_owned(), reason: "too large".to_owned() }) }
    }

    fn fetch(&self, name: &str, to: &Path, most: u64) -> Result<bool, StoreError> {
        let found = self.read(name, most)?;
        found.iter().for_each(|bytes| std::fs::write(to, bytes).unwrap());
        Ok(found.is_some())
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.ask(|objects| drop(objects.insert(name.to_owned(), (bytes.to_vec(), Instant::now()))))
    }

    fn send(&self, name: &str, from: &Path) -> Result<(), StoreError> {
        self.write(name, &std::fs::read(from).unwrap())
    }

    fn create(&self, name: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        let conditions = self.conditions;
        self.ask(|objects| {
            let new = !conditions || !objects.contains_key(name);
            if new {
                let _ = objects.insert(name.to_owned(), (bytes.to_vec(), Instant::now()));
            }
            new
        })
    }

    fn remove(&self, names: &[String]) -> Result<(), StoreError> {
        self.ask(|objects| names.iter().for_each(|name| drop(objects.remove(name))))
    }
}

/// A machine's folder for replicas.
pub(super) fn machine() -> TempDir {
    tempfile::tempdir().unwrap()
}

pub(super) fn open(machine: &TempDir, shelf: &Shelf) -> Result<Lake, LakeError> {
    Lake::create_remote(machine.path(), Arc::new(shelf.clone()))
}

/// A commit in the making with a part of so many bytes, and the part's name.
pub(super) fn with_part<'a>(lake: &'a Lake, lock: &'a Lock, bytes: usize) -> Result<(Transaction<'a>, String), LakeError> {
    let mut tx = Transaction::begin(lake, lock)?;
    let (file, path) = tx.new_part(&SPANS, "2026-11-22");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, vec![7; bytes]).unwrap();
    tx.add(&SPANS, "2026-11-22", file.clone(), bytes as u64)?;
    Ok((tx, file))
}

/// Commits a part of so many bytes; with `replace` it takes the place of all before it.
pub(super) fn commit(lake: &Lake, bytes: usize, replace: bool) -> Result<String, LakeError> {
    let lock = lake.lock()?;
    let snapshot = lake.snapshot()?;
    let (mut tx, file) = with_part(lake, &lock, bytes)?;
    if replace {
        snapshot.files().for_each(|part| tx.remove(&part.file));
    }
    let _ = tx.commit()?;
    Ok(file)
}

/// The sizes of the lake's parts, read from the files themselves.
pub(super) fn sizes(lake: &Lake) -> Vec<usize> {
    let snapshot = lake.snapshot().unwrap();
    let mut sizes: Vec<usize> = snapshot.files().map(|part| std::fs::read(part.fetched().unwrap()).unwrap().len()).collect();
    sizes.sort_unstable();
    sizes
}
