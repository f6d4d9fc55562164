//! Runs that die at any request, and runs that are taken for dead and go on later.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::super::store::Store;
use super::super::super::{Lake, LakeError, Transaction};
use super::super::COMMITS;
use super::shelf::{Shelf, commit, machine, open, sizes, with_part};

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
fn a_run_that_was_taken_for_dead_and_was_not_commits_nothing_over_another() {
    let (shelf, one, two) = (Shelf::impatient(), machine(), machine());
    commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
    // no heartbeat of it comes through, and then it wakes up again
    let stopped = shelf.dying(i64::MAX, false);
    let lake = open(&one, &stopped).unwrap();
    let lock = lake.lock().unwrap();
    let (tx, _) = with_part(&lake, &lock, 20).unwrap();
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

/// Commits a part of 30 bytes, then takes those of 10 out and leaves nothing of them, as a run that forgets does.
fn commit_and_fold(lake: &Lake) {
    commit(lake, 30, false).unwrap();
    let lock = lake.lock().unwrap();
    let mut last = Transaction::begin(lake, &lock).unwrap();
    lake.snapshot().unwrap().files().filter(|part| part.bytes == 10).for_each(|part| last.remove(&part.file));
    last.leave_nothing();
    assert!(last.commit().unwrap());
}

#[test]
fn a_run_that_slept_through_a_fold_does_not_commit_into_the_past() {
    let (shelf, one, two) = (Shelf::impatient(), machine(), machine());
    commit(&open(&one, &shelf).unwrap(), 10, false).unwrap();
    let stopped = shelf.dying(i64::MAX, false);
    let lake = open(&one, &stopped).unwrap();
    let lock = lake.lock().unwrap();
    let (tx, _) = with_part(&lake, &lock, 20).unwrap();
    stopped.left.store(-1, Ordering::SeqCst);
    // the entry that it is about to create comes, and is folded into the next one at once, as a run that forgets does
    commit_and_fold(&open(&two, &shelf).unwrap());
    assert_eq!(shelf.objects.lock().unwrap().iter().filter(|(name, (bytes, _))| name.starts_with(COMMITS) && !bytes.is_empty()).count(), 1);
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
    let (tx, _) = with_part(&lake, &lock, 20).unwrap();
    // others take over, commit under its number and more, fold all, and a day later remove what they had emptied
    stopped.left.store(-1, Ordering::SeqCst);
    commit_and_fold(&open(&two, &shelf).unwrap());
    shelf.objects.lock().unwrap().retain(|name, (bytes, _)| !name.starts_with(COMMITS) || !bytes.is_empty());
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
    let (tx, _) = with_part(&lake, &lock, 20).unwrap();
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
    let (tx, file) = with_part(&lake, &lock, 20).unwrap();
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
