//! Logs that are kept, read back with the kernel.

mod bench;

use std::collections::BTreeSet;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;
use tracemill_model::lake::CommitKind;
use tracemill_model::tables::METRICS;

use super::*;
use bench::{Bench, NS, below, with_part};

#[test]
fn a_log_names_the_lakes_files_and_every_commit_keeps_it_so() {
    let bench = Bench::new();
    let first = bench.add(3);
    let kept = keep(&bench.lake(), &Target::default()).unwrap();
    assert_eq!(kept, Kept { commit: 1, files: 1, written: tables::all().count() });
    assert_eq!(bench.metrics(), (0, vec![(below(&first), 3)]));
    assert_eq!(bench.read(&bench.root().join("spans")), (0, vec![]));
    // again, and nothing has changed
    assert_eq!(keep(&bench.lake(), &Target::default()).unwrap().written, 0);
    let second = bench.add(4);
    assert_eq!(bench.metrics(), (1, vec![(below(&first), 3), (below(&second), 4)]));
    assert_eq!(bench.read(&bench.root().join("spans")).0, 0);
    let txn = bench.entry(1).into_iter().find_map(|action| action.get("txn").cloned()).unwrap();
    assert_eq!((&txn["appId"], &txn["version"]), (&"tracemill".into(), &2.into()));
    // moved, the lake is the same
    let moved = bench.folder.path().join("moved");
    fs::rename(bench.root(), &moved).unwrap();
    assert_eq!(bench.read(&moved.join("metrics")).1.len(), 2);
}

#[test]
fn a_log_tells_the_ends_of_times_and_no_text() {
    let bench = Bench::new();
    let _ = bench.add(3);
    let _ = keep(&bench.lake(), &Target::default()).unwrap();
    let _ = keep(&bench.lake(), &bench.beside()).unwrap();
    let stats = |text: &str| -> Value {
        let add = text.lines().map(|l| serde_json::from_str::<Value>(l).unwrap()).find_map(|a| a.get("add").cloned()).unwrap();
        serde_json::from_str(add["stats"].as_str().unwrap()).unwrap()
    };
    let log = "metrics/_delta_log/00000000000000000000.json";
    let text = fs::read_to_string(bench.root().join(log)).unwrap();
    assert!(!text.contains("nobody may find"));
    let told = stats(&text);
    assert_eq!(told["minValues"], serde_json::json!({"time": "2026-11-22T02:00:00.123Z"}));
    assert_eq!(told["maxValues"], serde_json::json!({"time": "2026-11-22T02:00:00.124Z"}));
    assert_eq!(told["nullCount"], serde_json::json!({"time": 0, "start_time": 3}));
    let text = fs::read_to_string(bench.folder.path().join("logs").join(log)).unwrap();
    assert!(!text.contains("nobody may find"));
    assert_eq!(stats(&text)["maxValues"], serde_json::json!({"time": NS + 2}));
}

#[test]
fn a_compaction_is_other_files_with_the_same_rows() {
    let bench = Bench::new();
    let old = [bench.add(3), bench.add(4)];
    let _ = keep(&bench.lake(), &Target::default()).unwrap();
    let lake = bench.lake();
    let lock = lake.lock().unwrap();
    let (mut tx, new) = with_part(&lake, &lock, 7);
    tx.set_kind(CommitKind::Compact);
    old.iter().for_each(|file| tx.remove(file));
    tx.leave_nothing();
    assert!(tx.commit().unwrap());
    assert_eq!(bench.metrics(), (1, vec![(below(&new), 7)]));
    let changes: Vec<bool> =
        bench.entry(1).iter().filter_map(|a| a.get("add").or(a.get("remove"))).map(|a| a["dataChange"].as_bool().unwrap()).collect();
    assert_eq!(changes, [false; 3]);
    assert!(old.iter().all(|file| !bench.root().join(file).exists()));
}

#[test]
fn a_commit_is_seen_when_its_files_are_in_their_places() {
    let bench = Bench::new();
    let first = bench.add(3);
    let _ = keep(&bench.lake(), &Target::default()).unwrap();
    let lake = bench.lake();
    let reader = lake.read().unwrap();
    {
        let lock = lake.lock().unwrap();
        let (mut tx, second) = with_part(&lake, &lock, 4);
        tx.remove(&first);
        // staged, and then committed while somebody reads: it stays in staging
        assert_eq!(bench.metrics().1, [(below(&first), 3)]);
        assert!(tx.commit().unwrap());
        assert_eq!(lake.snapshot().unwrap().parts("metrics").map(|p| p.file.clone()).collect::<Vec<_>>(), [second]);
        assert_eq!(bench.metrics(), (0, vec![(below(&first), 3)]));
    }
    drop(reader);
    // as a run that was killed in between would leave it; the next one finishes it
    drop(lake.lock().unwrap());
    assert_eq!(bench.metrics().0, 1);
    assert_eq!(bench.metrics().1[0].1, 4);
    assert!(!bench.root().join(first).exists());
}

#[test]
fn a_run_that_is_killed_after_it_wrote_a_log_is_finished_by_the_next() {
    let bench = Bench::new();
    let _ = bench.add(3);
    let _ = keep(&bench.lake(), &Target::default()).unwrap();
    let _ = bench.add(4);
    let before = bench.metrics();
    // as if it had died before it noted that the commit is settled
    fs::write(bench.root().join("_tracemill/settled"), "1\n").unwrap();
    drop(bench.lake().lock().unwrap());
    assert_eq!(bench.metrics(), before);
    assert_eq!(bench.lake().settled(), 2);
}

#[test]
fn an_entry_that_a_loss_of_power_left_empty_is_made_up_for() {
    let bench = Bench::new();
    let first = bench.add(3);
    let _ = keep(&bench.lake(), &Target::default()).unwrap();
    let second = bench.add(4);
    fs::write(bench.root().join("metrics/_delta_log/00000000000000000001.json"), "").unwrap();
    fs::write(bench.root().join("_tracemill/settled"), "1\n").unwrap();
    drop(bench.lake().lock().unwrap());
    assert_eq!(bench.metrics(), (2, vec![(below(&first), 3), (below(&second), 4)]));
}

#[test]
fn a_log_that_cannot_be_written_keeps_what_was_replaced() {
    let bench = Bench::new();
    let first = bench.add(3);
    let _ = keep(&bench.lake(), &bench.beside()).unwrap();
    let logs = bench.beside().output.unwrap();
    let away = bench.folder.path().join("away");
    fs::rename(&logs, &away).unwrap();
    let lake = bench.lake();
    {
        let lock = lake.lock().unwrap();
        let (mut tx, _) = with_part(&lake, &lock, 4);
        tx.remove(&first);
        let error = tx.commit().unwrap_err().to_string();
        assert!(error.contains("export delta") && error.contains("logs"), "{error}");
        assert!(bench.root().join(&first).exists());
    }
    assert!(lake.lock().is_err());
    fs::rename(&away, &logs).unwrap();
    drop(lake.lock().unwrap());
    assert!(!bench.root().join(&first).exists());
    assert_eq!(bench.read(&logs.join("metrics")).1[0].1, 4);
    // one that is lost for good can be let go
    fs::remove_dir_all(&logs).unwrap();
    assert!(stop(&bench.lake(), &bench.beside()).unwrap());
    let _ = bench.add(1);
    assert!(!logs.exists());
}

#[test]
fn logs_elsewhere_are_of_one_lake_only() {
    let bench = Bench::new();
    let _ = bench.add(3);
    let _ = keep(&bench.lake(), &bench.beside()).unwrap();
    let logs = bench.beside().output.unwrap();
    let (_, files) = bench.read(&logs.join("metrics"));
    assert!(files[0].0.starts_with("file:///") && files[0].0.ends_with(".parquet"), "{files:?}");
    // the lake is moved, and another one like it does not write into what is not its own
    let moved = bench.folder.path().join("moved");
    fs::rename(bench.root(), &moved).unwrap();
    let lake = Lake::open(&moved).unwrap().followed_by(Arc::new(Delta::default()));
    {
        let lock = lake.lock().unwrap();
        let (tx, _) = with_part(&lake, &lock, 4);
        assert!(tx.commit().unwrap_err().to_string().contains("another lake"));
    }
    assert_eq!(keep(&Lake::open(&moved).unwrap(), &bench.beside()).unwrap().written, 1);
    let (version, files) = bench.read(&logs.join("metrics"));
    assert_eq!((version, files.len()), (1, 2));
    assert!(files.iter().all(|(file, _)| file.contains("/moved/")), "{files:?}");
    // another way to say times has to be another log
    let other = Target { times: Times::Timestamp, ..bench.beside() };
    assert!(keep(&Lake::open(&moved).unwrap(), &other).unwrap_err().to_string().contains("bigint"));
    let inside = Target { output: Some(moved.join("spans/x")), ..other };
    assert!(keep(&Lake::open(&moved).unwrap(), &inside).unwrap_err().to_string().contains("outside"));
}

#[test]
fn what_is_let_go_is_gone_and_what_is_not_ours_is_left() {
    let bench = Bench::new();
    let _ = bench.add(3);
    let _ = keep(&bench.lake(), &Target::default()).unwrap();
    let _ = keep(&bench.lake(), &bench.beside()).unwrap();
    assert_eq!(kept(&bench.lake()).unwrap().len(), 2);
    assert!(stop(&bench.lake(), &Target::default()).unwrap());
    assert!(!bench.root().join("metrics/_delta_log").exists() && !bench.root().join("spans").exists());
    let _ = bench.add(4);
    assert_eq!(bench.read(&bench.beside().output.unwrap().join("metrics")).1.len(), 2);
    assert!(stop(&bench.lake(), &bench.beside()).unwrap());
    assert!(!stop(&bench.lake(), &bench.beside()).unwrap());
    assert!(!bench.root().join("_tracemill/followers.json").exists());
    assert!(!bench.beside().output.unwrap().exists());
    fs::create_dir_all(bench.root().join("turns/_delta_log")).unwrap();
    assert!(keep(&bench.lake(), &Target::default()).unwrap_err().to_string().contains("turns"));
}

#[test]
fn a_column_of_a_later_release_is_added() {
    let bench = Bench::new();
    let first = bench.add(3);
    let _ = keep(&bench.lake(), &Target::default()).unwrap();
    // as if an earlier release had written the log
    let path = bench.root().join("metrics/_delta_log/00000000000000000000.json");
    let text = fs::read_to_string(&path).unwrap();
    let field = r#",{\"name\":\"series\",\"type\":\"string\",\"nullable\":true,\"metadata\":{}}"#;
    assert!(text.contains(field), "{text}");
    fs::write(&path, text.replace(field, "")).unwrap();
    let second = bench.add(4);
    assert_eq!(bench.metrics(), (1, vec![(below(&first), 3), (below(&second), 4)]));
    assert!(bench.entry(1).iter().any(|a| a["metaData"]["schemaString"].as_str().is_some_and(|s| s.contains("series"))));
}

#[test]
fn a_long_log_is_summed_up() {
    let bench = Bench::new();
    // of one table only, and as if every commit had been told
    let lake = Lake::open(&bench.root()).unwrap();
    let kernel = Kernel::new().unwrap();
    let log = TableLog::new(&kernel, &lake, &METRICS, &Target::default()).unwrap();
    let lock = lake.lock().unwrap();
    let add = || {
        let (tx, _) = with_part(&lake, &lock, 1);
        assert!(tx.commit().unwrap());
        assert!(log.follow(&lake.snapshot().unwrap()).unwrap());
    };
    assert!(log.follow(&lake.snapshot().unwrap()).unwrap());
    (0..101).for_each(|_| add());
    let folder = bench.root().join("metrics/_delta_log");
    assert!(folder.join("00000000000000000100.checkpoint.parquet").exists());
    assert_eq!(bench.metrics().1.len(), 101);
    // what came before it is not needed
    (0..100).for_each(|n| fs::remove_file(folder.join(format!("{n:020}.json"))).unwrap());
    assert_eq!(bench.metrics().1.len(), 101);
    add();
    assert_eq!(bench.metrics().1.len(), 102);
}

#[test]
fn whoever_reads_while_others_write_sees_whole_commits() {
    let bench = Bench::new();
    let _ = bench.add(1);
    let _ = keep(&bench.lake(), &Target::default()).unwrap();
    let done = AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                seen.insert(bench.named(&bench.root().join("metrics")).1.iter().map(|f| f.1).sum::<i64>());
            }
            seen
        });
        let writers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    for _ in 0..8 {
                        let lake = bench.lake();
                        let lock = lake.lock().unwrap();
                        // all rows anew, and one more
                        let (old, rows): (Vec<String>, u64) = {
                            let snapshot = lake.snapshot().unwrap();
                            (snapshot.parts("metrics").map(|p| p.file.clone()).collect(), snapshot.parts("metrics").map(|p| p.rows).sum())
                        };
                        let (mut tx, _) = with_part(&lake, &lock, usize::try_from(rows).unwrap() + 1);
                        old.iter().for_each(|file| tx.remove(file));
                        assert!(tx.commit().unwrap());
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|w| w.join().unwrap());
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap()
    });
    assert!(seen.iter().all(|rows| (1..=17).contains(rows)), "{seen:?}");
    assert_eq!(bench.metrics().1.iter().map(|f| f.1).sum::<i64>(), 17);
}
