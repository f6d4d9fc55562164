use std::io;

use super::*;
use crate::tables::METRICS;

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tracemill-lake-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    path
}

fn add_part(tx: &mut Transaction) -> String {
    let (file, path) = tx.new_part(&METRICS, "2026-11-22");
    let rows = crate::part::write(&METRICS, &path, &[]).unwrap();
    tx.add(&METRICS, "2026-11-22", file.clone(), rows).unwrap();
    file
}

#[test]
fn a_commit_shows_all_of_it_and_a_dropped_one_nothing() {
    let root = folder("commit");
    let lake = Lake::create(&root).unwrap();
    let lock = lake.lock().unwrap();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    add_part(&mut tx);
    drop(tx);
    assert_eq!(lake.snapshot().unwrap().parts("metrics").count(), 0);
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    let first = add_part(&mut tx);
    assert!(tx.commit().unwrap());
    assert!(root.join(&first).exists());
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    tx.remove(&first);
    let second = add_part(&mut tx);
    assert!(tx.commit().unwrap());
    let snapshot = lake.snapshot().unwrap();
    assert_eq!(snapshot.parts("metrics").map(|p| p.file.clone()).collect::<Vec<_>>(), [second]);
    assert!(!root.join(&first).exists());
    assert!(!Transaction::begin(&lake, &lock).unwrap().commit().unwrap());
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_run_killed_after_its_commit_is_finished_by_the_next() {
    let root = folder("killed");
    let lake = Lake::create(&root).unwrap();
    let lock = lake.lock().unwrap();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    let file = add_part(&mut tx);
    assert!(tx.commit().unwrap());
    // as if killed before the move: the file is back in staging
    let staged = lake.staging(1).join(&file);
    fs::create_dir_all(staged.parent().unwrap()).unwrap();
    fs::rename(root.join(&file), &staged).unwrap();
    let seen = lake.snapshot().unwrap();
    assert_eq!(seen.parts("metrics").next().unwrap().path, staged);
    drop(lock);
    let _lock = lake.lock().unwrap();
    assert!(root.join(&file).exists());
    assert!(!staged.exists());
    fs::remove_dir_all(root).unwrap();
}

fn add_quarantine(tx: &mut Transaction, id: &str) {
    let [(index, index_path), (bytes, bytes_path)] = tx.new_quarantine().unwrap();
    fs::write(&bytes_path, "xxbad").unwrap();
    let content = format!(r#"{{"file":"{bytes}","offset":2}}"#);
    let entry = format!(r#"{{"id":"{id}","kind":"document","bytes":3,"content":{content},"reason":"r","release":"","places":[]}}"#);
    fs::write(&index_path, entry + "\n").unwrap();
    tx.add_quarantine(index, 1).unwrap();
    tx.add_quarantine(bytes, 1).unwrap();
}

/// Ids and bytes of all entries.
fn quarantined(lake: &Lake) -> Vec<(String, String)> {
    let snapshot = lake.snapshot().unwrap();
    let quarantine = snapshot.quarantine();
    let read = |entry: &Entry| io::read_to_string(quarantine.bytes(entry).unwrap().unwrap()).unwrap();
    quarantine.entries().unwrap().map(|e| e.unwrap()).map(|e| (e.id.clone(), read(&e))).collect()
}

#[test]
fn the_quarantine_comes_with_its_commit_and_is_redone_with_it() {
    let root = folder("quarantine");
    let lake = Lake::create(&root).unwrap();
    let lock = lake.lock().unwrap();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    add_part(&mut tx);
    assert!(tx.commit().unwrap());
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    add_quarantine(&mut tx, "a1");
    drop(tx);
    assert_eq!(quarantined(&lake), []);
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    add_quarantine(&mut tx, "a1");
    assert!(tx.commit().unwrap());
    let there = [("a1".to_owned(), "bad".to_owned())];
    assert_eq!(quarantined(&lake), there);
    // what is only set aside changes no table, so that no other is built again
    assert_eq!((lake.snapshot().unwrap().commit, lake.snapshot().unwrap().raw_commit), (2, 1));
    // as if killed before the move: the files are back in staging
    let (placed, staged) = (root.join("_tracemill/quarantine"), lake.staging(2).join("_tracemill/quarantine"));
    fs::create_dir_all(staged.parent().unwrap()).unwrap();
    fs::rename(&placed, &staged).unwrap();
    assert_eq!(quarantined(&lake), there);
    drop(lock);
    let lock = lake.lock().unwrap();
    assert!(placed.exists() && !staged.exists());
    assert_eq!(quarantined(&lake), there);
    // the next index takes the place of the last
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    tx.remove(lake.snapshot().unwrap().quarantine().index().unwrap());
    add_quarantine(&mut tx, "b2");
    assert!(tx.commit().unwrap());
    assert_eq!(quarantined(&lake), [("b2".to_owned(), "bad".to_owned())]);
    assert_eq!(lake.snapshot().unwrap().quarantine().find("b").unwrap().len(), 1);
    assert!(lake.snapshot().unwrap().quarantine().find("a").unwrap().is_empty());
    assert_eq!(lake.snapshot().unwrap().raw_commit, 1);
    fs::remove_dir_all(root).unwrap();
}

#[test]
fn a_foreign_folder_is_left_alone() {
    let root = folder("foreign");
    fs::create_dir_all(&root).unwrap();
    fs::write(root.join("letter.txt"), "dear").unwrap();
    assert!(matches!(Lake::create(&root), Err(LakeError::Foreign(_))));
    assert!(matches!(Lake::open(&root), Err(LakeError::NotALake(_))));
    fs::remove_dir_all(root).unwrap();
}

fn files(snapshot: &Snapshot) -> Vec<String> {
    snapshot.files().map(|p| p.file.clone()).collect()
}

#[test]
fn files_stay_while_they_are_read_and_go_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    let lock = lake.lock().unwrap();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    let first = add_part(&mut tx);
    assert!(tx.commit().unwrap());
    let reader = lake.read().unwrap();
    let old = reader.parts("metrics").next().unwrap().path.clone();
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    tx.remove(&first);
    let second = add_part(&mut tx);
    assert!(tx.commit().unwrap());
    // to who looks at the folders nothing has happened yet; to who asks the log it has
    assert!(old.exists() && !folder.path().join(&second).exists());
    let later = lake.read().unwrap();
    assert_eq!(files(&later), std::slice::from_ref(&second));
    assert!(later.files().all(|p| p.path.exists()));
    drop((reader, later));
    drop(lock);
    let _lock = lake.lock().unwrap();
    assert!(!old.exists() && folder.path().join(&second).exists());
    assert_eq!(lake.settled(), 2);
}

#[test]
fn a_long_log_is_folded_and_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    let lock = lake.lock().unwrap();
    let mut expected = Vec::new();
    for n in 0..140_u64 {
        let mut tx = Transaction::begin(&lake, &lock).unwrap();
        expected.push(add_part(&mut tx));
        if n % 5 == 4 {
            tx.remove(&expected.remove(0));
        }
        tx.source(Source { source_id: format!("{:016x}", n % 7), requests: n, ..Source::default() });
        assert!(tx.commit().unwrap());
        let snapshot = lake.snapshot().unwrap();
        assert_eq!((files(&snapshot), snapshot.commit, snapshot.raw_commit), (expected.clone(), n + 1, n + 1));
        assert_eq!(snapshot.sources().map(|s| s.requests).max(), Some(n));
        assert!(snapshot.parts("metrics").all(|p| p.file.contains(&format!("part-{:06}-", p.commit))));
        assert!(lake.commit_numbers().unwrap().len() <= 65);
    }
    assert_eq!(lake.snapshot().unwrap().sources().count(), 7);
    assert_eq!(lake.read().unwrap().sources().count(), 0);
    // an entry that is missing is not passed over
    let numbers = lake.commit_numbers().unwrap();
    fs::remove_file(Commit::<Source>::path(&lake.commits(), numbers[numbers.len() / 2])).unwrap();
    assert!(matches!(lake.snapshot(), Err(LakeError::Damaged { .. })));
}

#[test]
fn readers_see_whole_commits_while_the_log_is_folded() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    let snapshot = lake.read().unwrap();
                    assert!(snapshot.files().count() <= 1);
                    for part in snapshot.files() {
                        assert!(fs::File::open(&part.path).is_ok(), "{}", part.path.display());
                    }
                }
            });
        }
        let mut last = None;
        for _ in 0..20 {
            let lock = lake.lock().unwrap();
            let mut tx = Transaction::begin(&lake, &lock).unwrap();
            last.iter().for_each(|file: &String| tx.remove(file));
            last = Some(add_part(&mut tx));
            tx.leave_nothing();
            assert!(tx.commit().unwrap());
            assert_eq!(lake.commit_numbers().unwrap().len(), 1);
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[test]
fn what_changed_since_a_commit_is_told_and_a_compaction_is_no_change() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    let lock = lake.lock().unwrap();
    let mut parts = Vec::new();
    for _ in 0..3 {
        let mut tx = Transaction::begin(&lake, &lock).unwrap();
        parts.push(add_part(&mut tx));
        assert!(tx.commit().unwrap());
    }
    let changes = |since| lake.snapshot().unwrap().changed_since(since).map(|c| (c.added, c.removed)).collect::<Vec<_>>();
    assert_eq!((changes(2), changes(3)), (vec![(true, false)], vec![]));
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    tx.set_kind(CommitKind::Compact);
    tx.remove(&parts[1]);
    tx.remove(&parts[2]);
    let path = tx.scratch().join("merged");
    let rows = crate::part::write(&METRICS, &path, &[]).unwrap();
    let sealed = Sealed::of(&path).unwrap();
    tx.adopt(&METRICS, "2026-11-22", &path, rows, sealed, Some(3)).unwrap();
    tx.leave_nothing();
    assert!(tx.commit().unwrap());
    let snapshot = lake.snapshot().unwrap();
    assert_eq!((snapshot.commit, snapshot.raw_commit, changes(3)), (4, 3, vec![]));
    assert_eq!(snapshot.parts_since("metrics", 1).count(), 1);
    assert_eq!(snapshot.parts_since("metrics", 3).count(), 0);
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    tx.remove(&parts[0]);
    assert!(tx.commit().unwrap());
    assert_eq!((changes(3), changes(5)), (vec![(false, true)], vec![]));
}

#[test]
fn what_a_dead_run_staged_is_swept_and_what_a_living_one_did_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    let living = Staging::new(&lake).unwrap();
    fs::write(living.folder().join("part"), "x").unwrap();
    let dead = lake.stagings().join("1-dead");
    fs::create_dir_all(&dead).unwrap();
    fs::write(dead.with_extension("lock"), "").unwrap();
    fs::create_dir_all(lake.staging(9)).unwrap();
    drop(lake.lock().unwrap());
    assert!(living.folder().join("part").exists());
    assert!(!dead.exists() && !dead.with_extension("lock").exists() && !lake.staging(9).exists());
    drop(living);
    assert_eq!(fs::read_dir(lake.stagings()).unwrap().count(), 0);
}

#[test]
fn an_entry_that_names_what_is_not_the_lakes_is_refused_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(&folder.path().join("lake")).unwrap();
    let outside = folder.path().join("outside");
    fs::write(&outside, "x").unwrap();
    let entry = |file: &str, table: &str, removed: &str| {
        let added = serde_json::json!({"table": table, "date": "2026-11-22", "file": file, "rows": 1, "bytes": 1});
        serde_json::json!({"number": 1, "added": [added], "removed": [removed]}).to_string()
    };
    let (file, table, removed) = ("events/date=2026-11-22/part-1.parquet", "events", "events/date=2026-11-21/part-1.parquet");
    let outside_name = outside.display().to_string();
    for (file, table, removed) in [
        (file, table, "../outside"),
        (file, table, outside_name.as_str()),
        (file, table, "events/../../outside"),
        (file, table, "_tracemill/key"),
        (file, table, "_tracemill/commits/00000001.json"),
        ("../outside", table, removed),
        (outside_name.as_str(), table, removed),
        (file, "../outside", removed),
    ] {
        fs::write(lake.commits().join("00000001.json"), entry(file, table, removed)).unwrap();
        let refused = lake.lock().map(|_| ()).and_then(|()| lake.snapshot().map(|_| ()));
        assert!(matches!(&refused, Err(LakeError::Damaged { .. })), "{file} {table} {removed}: {refused:?}");
        assert!(outside.exists() && lake.existing_key().unwrap().is_some() && lake.commits().join("00000001.json").exists());
    }
    // a name that is a folder's: nothing in it goes
    let day = lake.root().join("events/date=2026-11-21");
    fs::create_dir_all(&day).unwrap();
    fs::write(day.join("part-9.parquet"), "x").unwrap();
    fs::write(lake.commits().join("00000001.json"), entry(file, table, "events/date=2026-11-21")).unwrap();
    drop(lake.lock().unwrap());
    assert!(day.join("part-9.parquet").exists());
}

#[test]
fn an_entry_with_the_number_zero_is_none_of_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(folder.path()).unwrap();
    fs::write(lake.commits().join("00000000.json"), r#"{"number":0,"added":[],"removed":[]}"#).unwrap();
    assert!(matches!(lake.snapshot(), Err(LakeError::Damaged { .. })));
}
