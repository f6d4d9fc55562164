//! Ids in texts of others, in names of files, and in what is set aside.

use std::collections::BTreeSet;

use super::{GONE, KEPT, holding, ids, mask, record, verifies};
use crate::Bench;
use crate::lake::tree;

#[test]
fn what_others_say_of_it_is_masked_and_what_is_set_aside_is_withheld() {
    let bench = Bench::new();
    let lines = [record(1, GONE, "hello"), record(2, KEPT, &format!("go on with {GONE}")), record(3, KEPT, "other")].join("\n");
    let bad = format!("{{\"resourceLogs\":[torn {GONE}\n{{\"resourceLogs\":[torn\n");
    let file = bench.write(&format!("rollout-{GONE}.jsonl"), format!("{lines}\n{bad}"));
    let _ = bench.run_files("ingest", std::slice::from_ref(&file)).exits(1);
    let listed = |bench: &Bench| bench.run(&["quarantine", "--format", "json"]).out;
    let entries: Vec<serde_json::Value> = serde_json::from_str(&listed(&bench)).unwrap();
    assert_eq!(entries.len(), 2);
    let run = bench.run(&["forget", "--conversation", GONE]).exits(0);
    assert!(run.err.contains("1 other records, 1 entries of the ledger masked; the bytes of 1 entries of the quarantine"), "{}", run.err);
    let check = |bench: &Bench| {
        assert_eq!(holding(bench, GONE), BTreeSet::new());
        let bodies: Vec<_> = bench.sql("SELECT body FROM events ORDER BY time").into_iter().map(|r| r["body"].clone()).collect();
        assert_eq!(bodies, [format!("\"go on with {}\"", mask(GONE)), "\"other\"".to_owned()]);
        let after: Vec<serde_json::Value> = serde_json::from_str(&listed(bench)).unwrap();
        let ids = |entries: &[serde_json::Value]| entries.iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(ids(&after), ids(&entries));
        let shown: Vec<i32> = entries.iter().map(|e| bench.run(&["quarantine", "show", e["id"].as_str().unwrap()]).code).collect();
        assert_eq!(shown.iter().filter(|c| **c == 0).count(), 1, "{shown:?}");
        verifies(bench);
    };
    check(&bench);
    // the same file again, which is read because something of it is set aside; and the same lines from another
    let run = bench.run_files("ingest", std::slice::from_ref(&file)).exits(1);
    assert!(run.err.contains("1 forgotten"), "{}", run.err);
    check(&bench);
    let other = bench.write("other.jsonl", std::fs::read(&file).unwrap());
    let _ = bench.run_files("ingest", &[other]).exits(1);
    check(&bench);
    // a file that has grown is read from where the last run stopped
    std::fs::write(&file, format!("{lines}\n{bad}{}\n", record(4, GONE, "still there?"))).unwrap();
    let run = bench.run_files("ingest", &[file]).exits(1);
    assert!(run.err.contains("1 events") && run.err.contains("1 forgotten"), "{}", run.err);
    check(&bench);
}

#[test]
fn an_id_within_another_is_another() {
    let bench = Bench::new();
    let lines = [
        record(1, "sess-1", "mine"),
        record(2, "sess-10", "after sess-1, before sess-100 and my-sess-1"),
        record(3, "sess-100", "of joann@example.com and ann@example.com.au"),
    ];
    let _ = bench.run_files("ingest", &[bench.write("a.jsonl", lines.join("\n"))]).exits(0);
    let run = bench.run(&["forget", "--conversation", "sess-1"]).exits(0);
    assert!(run.err.contains("1 events") && run.err.contains("1 other records") && run.err.contains("nothing found"), "{}", run.err);
    let run = bench.run(&["forget", "--user", "ann@example.com", "--even-if-unknown"]).exits(0);
    assert!(run.err.contains("0 events") && run.err.contains("0 other records") && run.err.contains("nothing found"), "{}", run.err);
    assert_eq!(ids(&bench, "TRUE"), ["sess-10", "sess-100"]);
    let bodies: Vec<_> = bench.sql("SELECT body FROM events ORDER BY time").into_iter().map(|r| r["body"].clone()).collect();
    assert_eq!(bodies, ["\"after [forgotten], before sess-100 and my-sess-1\"", "\"of joann@example.com and ann@example.com.au\""]);
    verifies(&bench);
}

#[test]
fn an_id_that_is_no_uuid_goes_out_of_the_names_of_files_too() {
    let bench = Bench::new();
    let (gone, other) = ("ses_6f2a9c01d4e7ffe1", "ses_6f2a9c01d4e7ffe12");
    let of = |id: &str| bench.write(&format!("in/session-{id}_2.jsonl"), format!("{}\n{{\"resourceLogs\":[torn {id}\n", record(1, id, "hello")));
    let files = [of(gone), of(other)];
    let _ = bench.run_files("ingest", &files).exits(1);
    let paths = |bench: &Bench| holding(bench, gone).len();
    assert!(paths(&bench) > 0);
    let run = bench.run(&["forget", "--conversation", gone]).exits(0);
    assert!(run.err.contains("nothing found"), "{}", run.err);
    let check = |bench: &Bench| {
        for (path, bytes) in tree(&bench.path("lake")) {
            let found = bytes.windows(gone.len() + 1).filter(|w| w.starts_with(gone.as_bytes())).all(|w| w == other.as_bytes());
            assert!(found, "{}", path.display());
        }
        verifies(bench);
    };
    check(&bench);
    let _ = bench.run_files("ingest", &files).exits(1);
    check(&bench);
}
