//! What is no conversation or user of the lake.

use super::{GONE, KEPT, ids, record, verifies};
use crate::lake::tree;
use crate::{Bench, agents};

#[test]
fn what_is_no_conversation_of_the_lake_is_refused_and_nothing_is_written() {
    let bench = Bench::new();
    let lines = [record(1, GONE, "hello"), record(2, KEPT, "other")].join("\n");
    let _ = bench.run_files("ingest", &[bench.write("a.jsonl", lines)]).exits(0);
    let _ = ids(&bench, "TRUE");
    let before = tree(&bench.path("lake"));
    let begins = format!("did you mean {GONE}, {KEPT}? The whole of it is needed");
    let refused: [(&[&str], &str); 8] = [
        (&["--conversation", "019ac0de"], &begins),
        (&["--conversation", &GONE[1..]], GONE),
        (&["--conversation", "e", "--even-if-unknown"], "too short"),
        (&["--conversation", ""], "too short"),
        (&["--conversation", "[forgotten]"], "not for one"),
        (&["--user", "@", "--even-if-unknown"], "not the name of a user"),
        (&["--user", ""], "not the name of a user"),
        (&["--user", "ann@example.com"], "--even-if-unknown"),
    ];
    for (words, reason) in refused {
        let run = bench.run(&[&["forget"], words].concat()).exits(2);
        assert!(run.err.contains(reason), "{words:?}: {}", run.err);
        assert!(tree(&bench.path("lake")) == before, "{words:?}");
    }
    // a request may come before the data does, and be made twice
    for words in [&["--even-if-unknown"][..], &[]] {
        let run = bench.run(&[&["forget", "--conversation", "019ac0de"], words].concat()).exits(0);
        assert!(run.err.contains("0 other records") && run.err.contains("nothing found"), "{}", run.err);
    }
    assert_eq!(ids(&bench, "TRUE"), [GONE, KEPT]);
    verifies(&bench);
}

#[test]
fn a_part_of_a_conversation_is_refused_and_its_parent_named() {
    let bench = Bench::new();
    let _ = bench.run_files("ingest", &agents(&["claude-code/subagent"])).exits(0);
    let child = ids(&bench, "kind = 'subagent'").remove(0);
    let parent = child.split_once('/').unwrap().0.to_owned();
    let before = tree(&bench.path("lake"));
    for words in [&["--conversation", &child][..], &["--conversation", &child, "--even-if-unknown"]] {
        let run = bench.run(&[&["forget"], words].concat()).exits(2);
        assert!(run.err.contains(&format!("a part of {parent}")), "{}", run.err);
        assert!(tree(&bench.path("lake")) == before);
    }
    let run = bench.run(&["forget", "--conversation", &parent]).exits(0);
    assert!(run.err.contains(&format!("conversation {child}: started by {parent}")), "{}", run.err);
    assert_eq!(ids(&bench, "TRUE"), Vec::<String>::new());
}

#[test]
fn a_user_who_was_redacted_is_not_said_to_be_gone() {
    let bench = Bench::new();
    let files = agents(&["claude-code/tools-failures"]);
    let run = bench.run_files("ingest", &[&["--redact".into()][..], &files].concat());
    assert!(run.code < 2, "{}", run.err);
    let users = bench.sql("SELECT DISTINCT user_id FROM conversations");
    let marker = users[0]["user_id"].as_str().unwrap().to_owned();
    assert!(marker.starts_with("[personal:"), "{marker}");
    let run = bench.run(&["forget", "--user", "dev@example.com"]).exits(2);
    assert!(run.err.contains("the users of 1 conversations were redacted") && run.err.contains("give the ids"), "{}", run.err);
    let run = bench.run(&["forget", "--user", &marker]).exits(2);
    assert!(run.err.contains("not for one; give the ids of the conversations"), "{}", run.err);
    let run = bench.run(&["forget", "--user", "dev@example.com", "--even-if-unknown"]).exits(0);
    assert!(run.err.contains("the users of 1 conversations that stay were redacted"), "{}", run.err);
    assert_eq!(ids(&bench, "TRUE").len(), 1);
}
