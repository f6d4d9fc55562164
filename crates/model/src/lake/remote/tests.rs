mod shelf;
mod sleepers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use shelf::{Shelf, commit, machine, open, sizes};

use super::super::store::Store;
use super::super::{Lake, LakeError, Transaction};

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
