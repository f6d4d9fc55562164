//! What goes with a conversation, a user or a day, and that the rest stays as it was.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{GONE, KEPT, SPAN, TRACE, count, holding, ids, mask, others, record, span, verifies};
use crate::lake::tree;
use crate::{Bench, agents, sample};

#[test]
fn a_conversation_goes_with_all_that_it_started_and_does_not_come_back() {
    let files = sample(&["subagent", "mcp", "tools-shell"]);
    let bench = Bench::with_sample(&["subagent", "mcp", "tools-shell"]);
    let parent = ids(&bench, "conversation_id IN (SELECT parent_conversation_id FROM conversations WHERE kind = 'subagent')").remove(0);
    let family = ids(&bench, &format!("conversation_id = '{parent}' OR parent_conversation_id = '{parent}'"));
    assert!(family.len() > 1);
    assert!(!holding(&bench, &parent).is_empty());
    let (before, rest) = (tree(&bench.path("lake")), others(&bench, &family));
    let raw = [count(&bench, "spans"), count(&bench, "events"), count(&bench, "metrics")];

    let run = bench.run(&["forget", "--conversation", &parent, "--dry-run"]).exits(0);
    assert!(run.err.contains(&format!("started by {parent}")) && run.err.contains("would be forgotten: "), "{}", run.err);
    assert!(tree(&bench.path("lake")).keys().filter(|p| p.extension().is_some()).eq(before.keys().filter(|p| p.extension().is_some())));

    let run = bench.run(&["forget", "--conversation", &parent]).exits(0);
    assert!(run.err.contains("with all their texts; nothing found"), "{}", run.err);
    for id in &family {
        assert_eq!(holding(&bench, id), BTreeSet::new(), "{id}\n{}", run.err);
    }
    assert!(others(&bench, &family) == rest);
    let left = [count(&bench, "spans"), count(&bench, "events"), count(&bench, "metrics")];
    assert!(left[0] < raw[0] && left[1] < raw[1] && left[0] > 0, "{raw:?} {left:?}");
    verifies(&bench);

    // the same files, and the same under other names
    let copies: Vec<PathBuf> =
        files.iter().map(|f| bench.write(&format!("again/{}", f.file_name().unwrap().to_str().unwrap()), std::fs::read(f).unwrap())).collect();
    let run = bench.run_files("ingest", &copies).exits(0);
    assert!(run.err.contains(" forgotten"), "{}", run.err);
    assert_eq!([count(&bench, "spans"), count(&bench, "events"), count(&bench, "metrics")], left);
    for id in &family {
        assert_eq!(holding(&bench, id), BTreeSet::new(), "{id}");
    }
    assert!(others(&bench, &family) == rest);
    verifies(&bench);
}

#[test]
fn a_sub_agent_goes_out_of_the_trace_that_it_shares() {
    let bench = Bench::with_sample(&["subagent"]);
    let child = ids(&bench, "kind = 'subagent'").remove(0);
    let parent = ids(&bench, &format!("conversation_id <> '{child}'")).remove(0);
    let nobody = |bench: &Bench| bench.sql("SELECT trace_id, span_id FROM latency WHERE conversation_id IS NULL ORDER BY trace_id, span_id");
    let report = |bench: &Bench, name: &str| bench.run(&[name, "--conversation", &parent, "--format", "csv"]).exits(0).out;
    let reports = |bench: &Bench| ["latency", "turns", "tools", "cost", "startup", "sources"].map(|name| report(bench, name));
    // the answer of the tool that started it has its id
    let masked = serde_json::to_string(&others(&bench, std::slice::from_ref(&child))).unwrap().replace(&child, &mask(&child));
    let before = (nobody(&bench), reports(&bench));
    assert!(before.1.iter().all(|report| report.lines().count() > 1));
    let run = bench.run(&["forget", "--conversation", &child]).exits(0);
    let check = |bench: &Bench| {
        assert_eq!(holding(bench, &child), BTreeSet::new(), "{}", run.err);
        assert!(serde_json::to_string(&others(bench, std::slice::from_ref(&child))).unwrap() == masked);
        assert!((nobody(bench), reports(bench)) == before);
        verifies(bench);
    };
    check(&bench);
    let _ = bench.run_files("ingest", &sample(&["subagent"])).exits(0);
    check(&bench);
}

#[test]
fn a_user_goes_with_all_conversations() {
    let bench = Bench::with_sample(&["mcp"]);
    let _ = bench.run_files("ingest", &agents(&["claude-code/tools-failures", "gemini/tools-failures"])).exits(0);
    let users = bench.sql("SELECT DISTINCT user_id FROM conversations WHERE agent = 'claude-code' AND user_id IS NOT NULL");
    let user = users[0]["user_id"].as_str().unwrap().to_owned();
    let gone = ids(&bench, &format!("user_id = '{user}'"));
    let rest = others(&bench, &gone);
    let run = bench.run(&["forget", "--user", &user]).exits(0);
    assert!(run.err.contains(&format!("of user {user}")), "{}", run.err);
    for id in gone.iter().chain([&user]) {
        assert_eq!(holding(&bench, id), BTreeSet::new(), "{id}\n{}", run.err);
    }
    assert!(others(&bench, &gone) == rest);
    let _ = bench.run_files("ingest", &agents(&["claude-code/tools-failures"])).exits(0);
    assert_eq!(holding(&bench, &user), BTreeSet::new());
    verifies(&bench);
}

#[test]
fn nothing_before_a_day_is_kept_whenever_it_comes() {
    let bench = Bench::new();
    let lines: Vec<String> = (1..=6).map(|day| record(day, KEPT, &format!("day {day}"))).collect();
    let first = bench.write("a.jsonl", lines[..5].join("\n"));
    let _ = bench.run_files("ingest", &[first]).exits(0);
    for bad in ["2026-13-01", "yesterday"] {
        assert!(bench.run(&["forget", "--before", bad]).exits(2).err.contains("want YYYY-MM-DD"));
    }
    let before = tree(&bench.path("lake"));
    assert!(bench.run(&["forget", "--before", "2099-01-01"]).exits(2).err.contains("lies ahead"));
    assert!(tree(&bench.path("lake")) == before);
    assert!(bench.run(&["forget"]).exits(2).err.contains("--before"));
    let run = bench.run(&["forget", "--before", "2026-11-04"]).exits(0);
    assert!(run.err.contains("3 events") && run.err.contains("nothing found"), "{}", run.err);
    let bodies =
        || bench.sql("SELECT body FROM events ORDER BY time").into_iter().map(|r| r["body"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(bodies(), ["\"day 4\"", "\"day 5\""]);
    assert!(!bench.path("lake/events/date=2026-11-03").exists());
    let later = bench.write("b.jsonl", lines.join("\n"));
    let run = bench.run_files("ingest", &[later]).exits(0);
    assert!(run.err.contains("3 forgotten"), "{}", run.err);
    assert_eq!(bodies(), ["\"day 4\"", "\"day 5\"", "\"day 6\""]);
    // an earlier day later on changes nothing
    let _ = bench.run(&["forget", "--before", "2026-11-02"]).exits(0);
    assert_eq!(bodies().len(), 3);
    verifies(&bench);
}

#[test]
fn a_record_that_is_the_conversation_itself_goes() {
    let bench = Bench::new();
    let created = |id: &str| {
        record(2, KEPT, &format!(r#"[\"created\",\"{{\\\"id\\\":\\\"{id}\\\",\\\"slug\\\":\\\"sunny-moon\\\",\\\"parentID\\\":undefined}}\"]"#))
    };
    let unnamed = created(GONE).replace("conversation.id", "fiberId");
    let in_trace = unnamed.replace(r#""body""#, &format!(r#""traceId":"{TRACE}","body""#));
    let lines = [record(1, GONE, "hello"), in_trace, span(TRACE, SPAN, "", ""), created("another")].join("\n");
    let _ = bench.run_files("ingest", &[bench.write("a.jsonl", &lines)]).exits(0);
    for _ in 0..2 {
        let _ = bench.run(&["forget", "--conversation", GONE]).exits(0);
        assert_eq!((count(&bench, "events"), count(&bench, "spans")), (1, 0));
        assert_eq!(holding(&bench, GONE), BTreeSet::new());
        let _ = bench.run_files("ingest", &[bench.write("b.jsonl", &lines)]).exits(0);
    }
    assert_eq!((count(&bench, "events"), count(&bench, "spans")), (1, 0));
}

#[test]
fn a_record_that_names_it_beside_what_is_deep_goes_too() {
    let bench = Bench::new();
    // a key that is repeated is a list: of twice as many levels as were sent
    let value = (0..90).fold(r#"{"stringValue":"x"}"#.to_owned(), |inner, _| {
        format!(r#"{{"kvlistValue":{{"values":[{{"key":"k","value":{inner}}},{{"key":"k","value":{{"intValue":"1"}}}}]}}}}"#)
    });
    let deep = |id: &str| {
        record(1, id, "hello")
            .replace(r#""attributes":[{"key":"event.name""#, &format!(r#""attributes":[{{"key":"deep","value":{value}}},{{"key":"event.name""#))
    };
    let lines = [deep(GONE), deep(KEPT)].join("\n");
    let _ = bench.run_files("ingest", &[bench.write("a.jsonl", &lines)]).exits(0);
    assert_eq!((ids(&bench, "TRUE"), count(&bench, "events")), (vec![GONE.to_owned(), KEPT.to_owned()], 2));
    let run = bench.run(&["forget", "--conversation", GONE]).exits(0);
    assert!(run.err.contains("1 events") && run.err.contains("nothing found"), "{}", run.err);
    assert_eq!((ids(&bench, "TRUE"), count(&bench, "events")), (vec![KEPT.to_owned()], 1));
    let _ = bench.run_files("ingest", &[bench.write("b.jsonl", &lines)]).exits(0);
    assert_eq!(count(&bench, "events"), 1);
}
