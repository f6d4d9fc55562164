use std::path::Path;

use tracemill_model::Lake;
use tracemill_model::tables::{EVENTS, SPANS};

use super::*;
use crate::shown::{self, Row};
use crate::{Input, Options, Silent, discover, ingest};

/// Ingests texts, one run each, into a lake of its own; gives the spans, the events, and the last run's duplicates and conflicts.
fn lake_of(runs: &[&[&str]]) -> (Vec<Row>, Vec<Row>, (u64, u64)) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::create(&folder.path().join("lake")).unwrap();
    let mut repeats = (0, 0);
    for (n, texts) in runs.iter().enumerate() {
        let mut inputs: Vec<Input> = Vec::new();
        for (m, text) in texts.iter().enumerate() {
            let path = folder.path().join(format!("{n}-{m}.jsonl"));
            fs::write(&path, text).unwrap();
            inputs.extend(discover(&[path.display().to_string()]).unwrap());
        }
        let summary = ingest(&lake, &inputs, &Options::default(), &Silent).unwrap();
        let sum = |of: fn(&tracemill_model::lake::Source) -> u64| summary.sources.iter().map(of).sum::<u64>();
        repeats = (sum(|s| s.duplicates), sum(|s| s.conflicts));
        assert_eq!(summary.set_aside(), 0);
    }
    (rows(&lake, &SPANS), rows(&lake, &EVENTS), repeats)
}

fn rows(lake: &Lake, table: &Table) -> Vec<Row> {
    let snapshot = lake.snapshot().unwrap();
    let mut rows = Vec::new();
    for part in snapshot.parts(table.name) {
        assert!(part.path.starts_with(lake.root().join(table.name)), "in its place: {}", part.path.display());
        let batches: Vec<_> = stored::read(table, Path::new(&part.path)).unwrap().map(Result::unwrap).collect();
        assert_eq!(batches.iter().map(|b| b.num_rows() as u64).sum::<u64>(), part.rows);
        rows.extend(batches.iter().flat_map(shown::batch));
    }
    rows.iter_mut().for_each(|r| drop(r.remove("source_id")));
    rows.sort();
    rows
}

/// A request with one span, which has these events.
fn span(end: u64, name: &str, events: &[&str]) -> String {
    let events: Vec<String> = events.iter().map(|e| format!(r#"{{"name":"{e}","timeUnixNano":"1795369212000000001"}}"#)).collect();
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"traceId":"0123456789abcdef0123456789abcdef","spanId":"0123456789abcdef","name":"{name}",
        "startTimeUnixNano":"1795369212000000000","endTimeUnixNano":"{end}","events":[{}]}}]}}]}}]}}"#,
        events.join(",")
    )
    .replace('\n', "")
}

fn log(observed: u64) -> String {
    format!(r#"{{"timeUnixNano":"1795369212000000000","observedTimeUnixNano":"{observed}","eventName":"e"}}"#)
}

fn logs(records: &[String]) -> String {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#, records.join(","))
}

const EARLY: u64 = 1_795_369_213_000_000_000;
const LATE: u64 = 1_795_369_214_000_000_000;

#[test]
fn a_span_in_two_versions_stands_with_the_later_end_and_its_events() {
    let (early, late) = (span(EARLY, "early", &["a", "b"]), span(LATE, "late", &["b", "c"]));
    let (spans, events, _) = lake_of(&[&[&late]]);
    assert_eq!((spans.len(), events.len()), (1, 2));
    let expected = (spans, events);
    let orders: [&[&[&str]]; 7] = [
        &[&[&early, &late]],
        &[&[&late, &early]],
        &[&[&early], &[&late]],
        &[&[&late], &[&early]],
        &[&[&late], &[&early], &[&late], &[&early]],
        &[&[&early], &[&late, &early]],
        &[&[&early, &early], &[&late, &late]],
    ];
    for order in orders {
        let (spans, events, _) = lake_of(order);
        assert_eq!((spans, events), expected, "{order:?}");
    }
    assert_eq!(lake_of(&[&[&early], &[&late]]).2, (0, 1));
}

#[test]
fn versions_with_one_end_stand_by_their_identity_in_either_order() {
    let (one, other) = (span(LATE, "one", &["a"]), span(LATE, "other", &[]));
    let expected = lake_of(&[&[&one], &[&other]]);
    assert_eq!(expected.0.len(), 1);
    let found = lake_of(&[&[&other], &[&one]]);
    assert_eq!((found.0, found.1), (expected.0, expected.1));
}

#[test]
fn a_delivery_again_counts_once_and_equal_records_of_a_request_as_often_as_they_are() {
    let (one, two, three) = (logs(&[log(1)]), logs(&[log(1), log(1)]), logs(&[log(1), log(1), log(1)]));
    for (runs, count, duplicates) in [
        (&[&[one.as_str(), &one][..]][..], 1, 1),
        (&[&[two.as_str()]], 2, 0),
        (&[&[two.as_str(), &one, &three]], 3, 3),
        (&[&[three.as_str()], &[&two]], 3, 2),
        (&[&[one.as_str()], &[&three]], 3, 1),
    ] {
        let (_, events, repeats) = lake_of(runs);
        assert_eq!((events.len(), repeats.0), (count, duplicates), "{runs:?}");
    }
}

#[test]
fn records_that_differ_only_in_when_they_were_seen_are_one_in_either_order() {
    let (early, late) = (logs(&[log(EARLY)]), logs(&[log(LATE)]));
    let expected = lake_of(&[&[&early], &[&late]]);
    assert_eq!((expected.1.len(), expected.1[0]["observed_time"].as_str()), (1, LATE.to_string().as_str()));
    assert_eq!(lake_of(&[&[&late], &[&early]]).1, expected.1);
    assert_eq!(lake_of(&[&[&late, &early]]).1, expected.1);
}
