use std::fs;
use std::path::Path;

use tracemill_model::tables::EVENTS;

use super::*;
use crate::shown::{self, Row};
use crate::{Silent, discover, stored};

/// Lines with one log record each.
fn lines(numbers: impl Iterator<Item = u64>) -> String {
    let line = |n| {
        let time = 1_795_369_212_000_000_000 + n * 8_000_000_000_000;
        format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{time}","eventName":"e{n}"}}]}}]}}]}}"#)
    };
    numbers.map(|n| line(n) + "\n").collect()
}

fn inputs(paths: &[&Path]) -> Vec<Input> {
    discover(&paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>()).unwrap()
}

/// All rows and the ledger, without what is chance even in one run: in which of its sources a record was met first.
fn contents(lake: &Lake) -> (Vec<Row>, Vec<Source>) {
    let snapshot = lake.snapshot().unwrap();
    let mut rows = Vec::new();
    for part in snapshot.parts("events") {
        rows.extend(stored::read(&EVENTS, &part.path).unwrap().map(Result::unwrap).flat_map(|b| shown::batch(&b)));
    }
    rows.iter_mut().for_each(|r| drop(r.remove("source_id")));
    rows.sort();
    (rows, snapshot.sources().map(|s| Source { duplicates: 0, ..s.clone() }).collect())
}

fn take(lake: &Lake, inputs: &[Input]) -> Summary {
    ingest(lake, inputs, &Options::default(), &Silent).unwrap()
}

#[test]
fn runs_at_once_end_as_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a"), lines(0..60)).unwrap();
    fs::write(path("b"), lines(30..90) + "torn").unwrap();
    fs::write(path("c"), lines(80..100)).unwrap();
    let runs = [inputs(&[&path("a"), &path("b")]), inputs(&[&path("b"), &path("c")]), inputs(&[&path("a")])];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let serial: Vec<_> = orders
        .iter()
        .map(|order| {
            let lake = Lake::create(&path(&format!("serial-{order:?}"))).unwrap();
            order.iter().for_each(|n| drop(take(&lake, &runs[*n])));
            contents(&lake)
        })
        .collect();
    assert_eq!(serial[0].0.len(), 100);
    for round in 0..6 {
        let lake = Lake::create(&path(&format!("at-once-{round}"))).unwrap();
        std::thread::scope(|scope| {
            for run in &runs {
                let _ = scope.spawn(|| take(&lake, run));
            }
        });
        let found = contents(&lake);
        assert!(serial.contains(&found), "round {round}: {} rows\n{:#?}\nin order:\n{:#?}", found.0.len(), found.1, serial[0].1);
        let swept = fs::read_dir(lake.meta().join("staging")).unwrap().count();
        assert_eq!(swept, 0, "nothing is left in the staging area");
    }
}

#[test]
fn a_source_that_another_run_took_up_meanwhile_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, lines(0..3)).unwrap();
    let lake = Lake::create(&folder.path().join("lake")).unwrap();
    let inputs = inputs(&[&path]);
    let begun = lake.snapshot().unwrap();
    let feeds: Vec<Feed> = inputs.iter().map(|input| growing::feed(&begun, input, "")).collect();
    let staging = Staging::new(&lake).unwrap();
    let left = Scratch::new(staging.folder(), None).run(&feeds, 0, &Options::default(), true, &Silent).unwrap();
    assert_eq!(take(&lake, &inputs).sources.len(), 1);
    assert!(plan(&lake, None, (&begun, &feeds), &left, &staging, &Silent).unwrap().is_none());
    assert_eq!(take(&lake, &inputs).unchanged, 1);
}

/// What was planned holds only as long as nobody brings the same records.
#[test]
fn records_that_another_run_brought_meanwhile_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    fs::write(&one, lines(0..9)).unwrap();
    fs::write(&other, lines(5..12)).unwrap();
    let lake = Lake::create(&folder.path().join("lake")).unwrap();
    let staging = Staging::new(&lake).unwrap();
    let feeds = crate::feeds(&inputs(&[&one]));
    let left = Scratch::new(staging.folder(), None).run(&feeds, 0, &Options::default(), true, &Silent).unwrap();
    let early = unique::search(&lake.read().unwrap(), &left.staged, staging.folder()).unwrap();
    assert!(early.holds(&lake.snapshot().unwrap()) && early.repeats.is_empty());
    let _ = take(&lake, &inputs(&[&other]));
    assert!(!early.holds(&lake.snapshot().unwrap()));
    early.give_up();
    let begun = lake.snapshot().unwrap();
    let ready = plan(&lake, None, (&begun, &feeds), &left, &staging, &Silent).unwrap().unwrap();
    assert_eq!(ready.plan.repeats[&0].duplicates, 4);
}
