use super::*;
use crate::tables::FINDINGS;

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("tracemill-lake-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    path
}

fn add_part(tx: &mut Transaction) -> String {
    let (file, path) = tx.new_part(&FINDINGS, "2026-11-22");
    let rows = crate::part::write(&FINDINGS, &path, &[]).unwrap();
    tx.add(&FINDINGS, "2026-11-22", file.clone(), rows).unwrap();
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
    assert_eq!(lake.snapshot().unwrap().parts("findings").count(), 0);
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    let first = add_part(&mut tx);
    assert!(tx.commit().unwrap());
    assert!(root.join(&first).exists());
    let mut tx = Transaction::begin(&lake, &lock).unwrap();
    tx.remove(&first);
    let second = add_part(&mut tx);
    assert!(tx.commit().unwrap());
    let snapshot = lake.snapshot().unwrap();
    assert_eq!(snapshot.parts("findings").map(|p| p.file.clone()).collect::<Vec<_>>(), [second]);
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
    assert_eq!(seen.parts("findings").next().unwrap().path, staged);
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
