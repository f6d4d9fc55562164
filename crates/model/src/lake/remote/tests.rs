use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::super::store::{Object, Store, StoreError};
use super::super::{Lake, LakeError, Transaction};
use crate::tables::SPANS;

type Objects = Mutex<BTreeMap<String, (Vec<u8>, Instant)>>;

/// A store in memory, of which a client can die.
#[derive(Debug, Clone)]
struct Shelf {
    objects: Arc<Objects>,
    /// Requests that are answered yet; then none is.
    left: Arc<AtomicI64>,
    /// Whether the last of them is carried out, and only its answer lost.
    carried_out: bool,
    /// Whether it knows the condition of a create.
    conditions: bool,
    aged: Duration,
    patience: Duration,
}

impl Shelf {
    fn new() -> Shelf {
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
    fn dying(&self, answers: i64, carried_out: bool) -> Shelf {
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
    fn impatient() -> Shelf {
        Shelf { patience: Duration::from_millis(800), ..Shelf::new() }
    }

    fn names(&self) -> Vec<String> {
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
fn machine() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(machine: &TempDir, shelf: &Shelf) -> Result<Lake, LakeError> {
    Lake::create_remote(machine.path(), Arc::new(shelf.clone()))
}

/// Commits a part of so many bytes; with `replace` it takes the place of all before it.
fn commit(lake: &Lake, bytes: usize, replace: bool) -> Result<String, LakeError> {
    let lock = lake.lock()?;
    let snapshot = lake.snapshot()?;
    let mut tx = Transaction::begin(lake, &lock)?;
    let (file, path) = tx.new_part(&SPANS, "2026-11-22");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, vec![7; bytes]).unwrap();
    tx.add(&SPANS, "2026-11-22", file.clone(), bytes as u64)?;
    if replace {
        snapshot.files().for_each(|part| tx.remove(&part.file));
    }
    let _ = tx.commit()?;
    Ok(file)
}

/// The sizes of the lake's parts, read from the files themselves.
fn sizes(lake: &Lake) -> Vec<usize> {
    let snapshot = lake.snapshot().unwrap();
    let mut sizes: Vec<usize> = snapshot.files().map(|part| std::fs::read(part.fetched().unwrap()).unwrap().len()).collect();
    sizes.sort_unstable();
    sizes
}

#[test]
fn what_one_machine_commits_another_reads_and_goes_on_from() {
    let (shelf, one, two) = (Shelf::new(), machine(), machine());
    let first = open(&one, &shelf).unwrap();
    assert!(matches!(Lake::open_remote(two.path(), Arc::new(Shelf::new())), Err(LakeError::NotALake(_))));
    commit(&first, 10, false).unwrap();
    let second = open(&two, &shelf).unwrap();
    assert_eq!((sizes(&second), second.key().unwrap()), (vec![10], first.key().unwrap()));
    commit(&second, 20, false).unwrap();
    // it has not looked since, and is brought up to date by its lock
    commit(&first, 30, false).unwrap();
    assert_eq!(sizes(&first), [10, 20, 30]);
    assert_eq!(sizes(&open(&two, &shelf).unwrap()), [10, 20, 30]);
    // a replica is only a copy
    assert_eq!(sizes(&open(&machine(), &shelf).unwrap()), [10, 20, 30]);
}

#[test]
fn wherever_a_run_dies_the_lake_is_as_before_or_after_and_the_next_run_goes_on() {
    for carried_out in [false, true] {
        for replace in [false, true] {
            let (mut done, mut answers) = (false, 0);
            while !done {
                let (shelf, one) = (Shelf::impatient(), machine());
                commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
                let result = open(&one, &shelf.dying(answers, carried_out)).and_then(|lake| commit(&lake, 20, replace));
                done = result.is_ok();
                // every other time on another machine, which has to wait until the lease of the dead one has ended
                let two = machine();
                let next = open(if answers % 2 == 0 { &one } else { &two }, &shelf).unwrap();
                let seen = sizes(&next);
                let after = if replace { vec![20] } else { vec![10, 20] };
                assert!(seen == after || (!done && seen == [10]), "{answers} answers: {seen:?}");
                commit(&next, 30, false).unwrap();
                let all: Vec<usize> = seen.into_iter().chain([30]).collect();
                assert_eq!(sizes(&next), all, "{answers} answers");
                for machine in [&one, &two, &machine()] {
                    assert_eq!(sizes(&open(machine, &shelf).unwrap()), all, "{answers} answers");
                }
                answers += 1;
            }
            assert!(answers > 8, "a commit takes more requests than {answers}");
        }
    }
}

#[test]
fn many_machines_at_once_lose_nothing() {
    let (shelf, machines) = (Shelf::new(), [(); 6].map(|()| machine()));
    std::thread::scope(|scope| {
        for (n, machine) in machines.iter().enumerate() {
            let shelf = &shelf;
            scope.spawn(move || {
                for round in 0..5 {
                    commit(&open(machine, shelf).unwrap(), 1 + n * 5 + round, false).unwrap();
                }
            });
        }
    });
    assert_eq!(sizes(&open(&machine(), &shelf).unwrap()), (1..=30).collect::<Vec<_>>());
    let lake = open(&machines[0], &shelf).unwrap();
    assert_eq!(lake.snapshot().unwrap().commit, 30);
}

#[test]
fn a_run_that_was_taken_for_dead_and_was_not_commits_nothing_over_another() {
    let (shelf, one, two) = (Shelf::impatient(), machine(), machine());
    commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
    // no heartbeat of it comes through, and then it wakes up again
    let stopped = shelf.dying(i64::MAX, false);
    let lake = open(&one, &stopped).unwrap();
    let lock = lake.lock().unwrap();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    let (file, path) = tx.new_part(&SPANS, "2026-11-22");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, [7; 20]).unwrap();
    tx.add(&SPANS, "2026-11-22", file, 20).unwrap();
    stopped.left.store(-1, Ordering::SeqCst);
    commit(&open(&two, &shelf).unwrap(), 30, false).unwrap();
    stopped.left.store(i64::MAX, Ordering::SeqCst);
    assert!(matches!(tx.commit(), Err(LakeError::Overtaken(_))));
    drop(lock);
    assert_eq!(sizes(&open(&one, &shelf).unwrap()), [10, 30]);
    // its file is nobody's, and goes when it can be nobody's any more
    let lake = open(&two, &shelf).unwrap();
    // what is not the lake's is nobody's business here
    for name in ["archive/2026/part-1.parquet", "0/_tracemill/commits/00000001.json", "spans/metadata/v1.json", "spans/date=2026-11-22/other"] {
        shelf.write(name, b"x").unwrap();
    }
    assert_eq!((lake.sweep_orphans(false).unwrap(), lake.stored_orphans().unwrap().len()), (0, 1));
    let later = Shelf { aged: Duration::from_secs(2 * 24 * 3600), ..shelf.clone() };
    assert_eq!(open(&two, &later).unwrap().sweep_orphans(false).unwrap(), 1);
    assert_eq!(lake.sweep_orphans(true).unwrap(), 0);
    assert_eq!(shelf.names().iter().filter(|name| !name.starts_with("_tracemill/") && !name.starts_with("spans/date=2026-11-22/part-")).count(), 4);
    assert_eq!(sizes(&open(&machine(), &shelf).unwrap()), [10, 30]);
}

#[test]
fn a_run_that_slept_through_a_fold_does_not_commit_into_the_past() {
    let (shelf, one, two) = (Shelf::impatient(), machine(), machine());
    commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
    let stopped = shelf.dying(i64::MAX, false);
    let lake = open(&one, &stopped).unwrap();
    let lock = lake.lock().unwrap();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    let (file, path) = tx.new_part(&SPANS, "2026-11-22");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, [7; 20]).unwrap();
    tx.add(&SPANS, "2026-11-22", file, 20).unwrap();
    stopped.left.store(-1, Ordering::SeqCst);
    // the entry that it is about to create comes, and is folded into the next one at once, as a run that forgets does
    let other = open(&two, &shelf).unwrap();
    commit(&other, 30, false).unwrap();
    let theirs = other.lock().unwrap();
    let mut last = Transaction::begin(&other, &theirs).unwrap();
    other.snapshot().unwrap().files().filter(|part| part.bytes == 10).for_each(|part| last.remove(&part.file));
    last.leave_nothing();
    assert!(last.commit().unwrap());
    drop(theirs);
    assert_eq!(shelf.objects.lock().unwrap().iter().filter(|(name, (bytes, _))| name.starts_with(super::COMMITS) && !bytes.is_empty()).count(), 1);
    stopped.left.store(i64::MAX, Ordering::SeqCst);
    assert!(matches!(tx.commit(), Err(LakeError::Overtaken(_))));
    drop(lock);
    for machine in [&one, &two, &machine()] {
        assert_eq!(sizes(&open(machine, &shelf).unwrap()), [30]);
    }
}

#[test]
fn a_run_that_slept_for_days_does_not_commit_into_the_past() {
    let (shelf, one, two) = (Shelf::impatient(), machine(), machine());
    for bytes in [10, 11] {
        commit(&open(&one, &shelf).unwrap(), bytes, false).unwrap();
    }
    let stopped = shelf.dying(i64::MAX, false);
    let lake = open(&one, &stopped).unwrap();
    let lock = lake.lock().unwrap();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    let (file, path) = tx.new_part(&SPANS, "2026-11-22");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, [7; 20]).unwrap();
    tx.add(&SPANS, "2026-11-22", file, 20).unwrap();
    // others take over, commit under its number and more, fold all, and a day later remove what they had emptied
    stopped.left.store(-1, Ordering::SeqCst);
    let other = open(&two, &shelf).unwrap();
    commit(&other, 30, false).unwrap();
    let theirs = other.lock().unwrap();
    let mut last = Transaction::begin(&other, &theirs).unwrap();
    other.snapshot().unwrap().files().filter(|part| part.bytes == 10).for_each(|part| last.remove(&part.file));
    last.leave_nothing();
    assert!(last.commit().unwrap());
    drop(theirs);
    shelf.objects.lock().unwrap().retain(|name, (bytes, _)| !name.starts_with(super::COMMITS) || !bytes.is_empty());
    stopped.left.store(i64::MAX, Ordering::SeqCst);
    assert!(matches!(tx.commit(), Err(LakeError::Overtaken(_))));
    drop(lock);
    for machine in [&one, &two, &machine()] {
        assert_eq!(sizes(&open(machine, &shelf).unwrap()), [11, 30]);
    }
}

#[test]
fn a_run_that_lost_its_lease_commits_nothing_on_what_it_has_not_seen() {
    let (shelf, one, two) = (Shelf::impatient(), machine(), machine());
    commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
    let stopped = shelf.dying(i64::MAX, false);
    let lake = open(&one, &stopped).unwrap();
    let lock = lake.lock().unwrap();
    stopped.left.store(-1, Ordering::SeqCst);
    commit(&open(&two, &shelf).unwrap(), 30, true).unwrap();
    // another command of its machine brings what others have committed
    assert_eq!(sizes(&open(&one, &shelf).unwrap()), [30]);
    stopped.left.store(i64::MAX, Ordering::SeqCst);
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    let (file, path) = tx.new_part(&SPANS, "2026-11-22");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, [7; 20]).unwrap();
    tx.add(&SPANS, "2026-11-22", file, 20).unwrap();
    assert!(matches!(tx.commit(), Err(LakeError::Overtaken(_))));
    drop(lock);
    assert_eq!(sizes(&open(&machine(), &shelf).unwrap()), [30]);
}

#[test]
fn who_leaves_nothing_uses_up_the_number_of_what_he_sweeps() {
    let (shelf, one, two) = (Shelf::impatient(), machine(), machine());
    commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
    let stopped = shelf.dying(i64::MAX, false);
    let lake = open(&one, &stopped).unwrap();
    let lock = lake.lock().unwrap();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    let (file, path) = tx.new_part(&SPANS, "2026-11-22");
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, [7; 20]).unwrap();
    tx.add(&SPANS, "2026-11-22", file.clone(), 20).unwrap();
    // its file is there, and its entry is about to be created when it is taken for dead
    shelf.write(&file, &[7; 20]).unwrap();
    stopped.left.store(-1, Ordering::SeqCst);
    let other = open(&two, &shelf).unwrap();
    let theirs = other.lock().unwrap();
    let mut sweep = Transaction::begin(&other, &theirs).unwrap();
    sweep.leave_nothing();
    assert!(!sweep.commit().unwrap());
    drop(theirs);
    assert!(!shelf.names().contains(&file));
    stopped.left.store(i64::MAX, Ordering::SeqCst);
    assert!(matches!(tx.commit(), Err(LakeError::Overtaken(_))));
    drop(lock);
    assert_eq!(sizes(&open(&machine(), &shelf).unwrap()), [10]);
}

#[test]
fn a_store_that_was_put_back_from_a_backup_is_the_lake() {
    let (shelf, one) = (Shelf::new(), machine());
    commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
    let backup = shelf.objects.lock().unwrap().clone();
    commit(&open(&one, &shelf).unwrap(), 20, false).unwrap();
    *shelf.objects.lock().unwrap() = backup;
    let lake = open(&one, &shelf).unwrap();
    assert_eq!(sizes(&lake), [10]);
    commit(&lake, 40, false).unwrap();
    assert_eq!(sizes(&open(&machine(), &shelf).unwrap()), [10, 40]);
}

#[test]
fn names_that_are_no_numbers_of_ours_hold_nobody_up() {
    let (shelf, one) = (Shelf::new(), machine());
    for name in [
        "lease/1.json",
        "lease/+0000009.json",
        "lease/18446744073709551615.json",
        "commits/7.json",
        "commits/18446744073709551615.json",
        "settings/x.json",
    ] {
        shelf.write(&format!("_tracemill/{name}"), b"?").unwrap();
    }
    commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
    assert_eq!(sizes(&open(&machine(), &shelf).unwrap()), [10]);
}

#[test]
fn what_is_replaced_stays_for_readers_elsewhere_and_goes_later() {
    let (shelf, one, two) = (Shelf::new(), machine(), machine());
    let lake = open(&one, &shelf).unwrap();
    let old = commit(&lake, 10, false).unwrap();
    let reader = open(&two, &shelf).unwrap();
    let snapshot = reader.read().unwrap();
    commit(&lake, 20, true).unwrap();
    // it has not asked for the file before
    assert_eq!(std::fs::read(snapshot.files().next().unwrap().fetched().unwrap()).unwrap().len(), 10);
    assert!(shelf.names().contains(&old));
    let later = Shelf { aged: Duration::from_secs(3600), ..shelf.clone() };
    commit(&open(&one, &later).unwrap(), 30, false).unwrap();
    assert!(!shelf.names().contains(&old));
    let third = machine();
    let late = Lake::open_remote(third.path(), Arc::new(shelf.clone())).unwrap();
    assert_eq!(sizes(&late), [20, 30]);
    // who comes too late is told so
    drop(snapshot);
    std::fs::remove_dir_all(reader.root().join("spans")).unwrap();
    let stale = { reader.read().unwrap() };
    assert!(matches!(stale.files().next().unwrap().fetched(), Err(LakeError::Replaced(_))));
    // and has the lake as it is when he opens it anew
    assert_eq!(sizes(&open(&two, &shelf).unwrap()), [20, 30]);
}

#[test]
fn a_long_log_is_folded_for_all() {
    let (shelf, one, two) = (Shelf::new(), machine(), machine());
    let later = Shelf { aged: Duration::from_secs(3600), ..shelf.clone() };
    let behind = open(&two, &shelf).unwrap();
    commit(&behind, 1, false).unwrap();
    for n in 2..=70 {
        commit(&open(&one, &later).unwrap(), n, false).unwrap();
    }
    let is_entry = |(name, (bytes, _)): &(&String, &(Vec<u8>, Instant))| name.starts_with(super::COMMITS) && !bytes.is_empty();
    let entries = shelf.objects.lock().unwrap().iter().filter(is_entry).count();
    assert!(entries < 20, "{entries}");
    for machine in [&one, &two, &machine()] {
        assert_eq!(sizes(&open(machine, &shelf).unwrap()), (1..=70).collect::<Vec<_>>());
    }
    commit(&behind, 71, false).unwrap();
    assert_eq!(sizes(&open(&one, &shelf).unwrap()), (1..=71).collect::<Vec<_>>());
}

#[test]
fn settings_are_those_of_the_store() {
    let (shelf, one, two) = (Shelf::new(), machine(), machine());
    let (first, second) = (open(&one, &shelf).unwrap(), open(&two, &shelf).unwrap());
    // as a build does, under the lock
    let lock = first.lock().unwrap();
    std::fs::write(first.meta().join("prices.toml"), "a = 1\n").unwrap();
    std::fs::create_dir_all(first.meta().join("dialects")).unwrap();
    std::fs::write(first.meta().join("dialects/own.toml"), "b = 2\n").unwrap();
    let _ = Transaction::begin(&first, &lock).unwrap().commit().unwrap();
    drop(lock);
    commit(&second, 20, false).unwrap();
    assert_eq!(std::fs::read_to_string(second.meta().join("dialects/own.toml")).unwrap(), "b = 2\n");
    let lock = second.lock().unwrap();
    std::fs::remove_file(second.meta().join("prices.toml")).unwrap();
    let _ = Transaction::begin(&second, &lock).unwrap().commit().unwrap();
    drop(lock);
    assert!(!open(&one, &shelf).unwrap().meta().join("prices.toml").exists());
    // who only reads does not undo what a build has been given and not committed yet
    let lock = first.lock().unwrap();
    std::fs::write(first.meta().join("map.toml"), "c = 3\n").unwrap();
    assert!(open(&one, &shelf).unwrap().meta().join("map.toml").exists());
    // one that slept meanwhile does not write over what others have set
    let theirs = Transaction::begin(&first, &lock).unwrap();
    shelf.create(&format!("{}00000003.json", super::SETTINGS), b"{}").unwrap();
    assert!(matches!(theirs.commit(), Err(LakeError::Overtaken(_))));
    drop(lock);
    assert!(!open(&one, &shelf).unwrap().meta().join("map.toml").exists());
    // a name that leads out of the replica is none
    for bad in ["../../x.toml", "/x.toml", "dialects/../../x.toml", "key", "lock", "commits", "commits/x.toml", ".toml"] {
        shelf.write(&format!("{}00000004.json", super::SETTINGS), format!("{{\"{bad}\":\"\"}}").as_bytes()).unwrap();
        assert!(matches!(open(&one, &shelf), Err(LakeError::Damaged { .. })), "{bad}");
    }
}

#[test]
fn another_lake_at_the_same_place_is_another_lake() {
    let (shelf, one) = (Shelf::new(), machine());
    commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
    shelf.objects.lock().unwrap().clear();
    assert!(matches!(Lake::open_remote(one.path(), Arc::new(shelf.clone())), Err(LakeError::NotALake(_))));
    let lake = open(&one, &shelf).unwrap();
    assert!(sizes(&lake).is_empty());
    commit(&lake, 20, false).unwrap();
    assert_eq!(sizes(&open(&machine(), &shelf).unwrap()), [20]);
}

#[test]
fn what_cannot_hold_a_lake_is_refused() {
    let (shelf, one) = (Shelf { conditions: false, ..Shelf::new() }, machine());
    assert!(matches!(open(&one, &shelf), Err(LakeError::NoConditions(_))));
    assert!(shelf.names().is_empty());
    let shelf = Shelf::new();
    shelf.write("archive/2026.jsonl", b"{}").unwrap();
    assert!(matches!(open(&one, &shelf), Err(LakeError::Foreign(_))));
    let shelf = Shelf::new();
    let root = open(&one, &shelf).unwrap().root().to_owned();
    std::fs::remove_dir_all(root.join("_tracemill")).unwrap();
    // one that was begun is finished, one of somebody else is not touched
    std::fs::create_dir_all(root.join("_tracemill")).unwrap();
    assert!(open(&one, &shelf).is_ok());
    std::fs::remove_dir_all(root.join("_tracemill")).unwrap();
    std::fs::write(root.join("mine"), "").unwrap();
    assert!(matches!(open(&one, &shelf), Err(LakeError::Foreign(_))));
    // a server whose conditions went with a move to another one
    let two = machine();
    let moved = Shelf { conditions: false, ..shelf.clone() };
    assert!(matches!(commit(&open(&two, &moved).unwrap(), 10, false), Err(LakeError::NoConditions(_))));
}

#[test]
fn bytes_that_are_not_those_of_the_log_are_not_read() {
    let (shelf, one) = (Shelf::new(), machine());
    let file = commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
    shelf.write(&file, &[8; 10]).unwrap();
    let two = machine();
    let lake = open(&two, &shelf).unwrap();
    let snapshot = lake.snapshot().unwrap();
    assert!(matches!(snapshot.files().next().unwrap().fetched(), Err(LakeError::Damaged { .. })));
}
