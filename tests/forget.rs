//! `forget`: nothing of what was forgotten is left in any file of the lake, the rest is as it was, and it does not come back.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::PathBuf;

use arrow_array::cast::AsArray;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::lake::tree;
use crate::{Bench, agents, project, sample};

/// The files of the lake that hold a text: in their names, their bytes or the texts of their columns.
fn holding(bench: &Bench, text: &str) -> BTreeSet<String> {
    let lake = bench.path("lake");
    let mut found = BTreeSet::new();
    for (path, bytes) in tree(&lake) {
        let name = path.strip_prefix(&lake).unwrap().to_str().unwrap().to_owned();
        let mut holds = name.contains(text) || bytes.windows(text.len()).any(|w| w == text.as_bytes());
        if bytes.starts_with(b"PAR1") {
            for batch in ParquetRecordBatchReaderBuilder::try_new(File::open(&path).unwrap()).unwrap().build().unwrap() {
                let batch = batch.unwrap();
                let texts = batch.columns().iter().filter_map(|c| c.as_string_opt::<i32>());
                holds |= texts.into_iter().any(|c| c.iter().flatten().any(|t| t.contains(text)));
            }
        }
        if holds {
            let _ = found.insert(name);
        }
    }
    found
}

/// All rows of the semantic tables about conversations, but those of these.
fn others(bench: &Bench, gone: &[String]) -> Vec<Vec<std::collections::BTreeMap<String, serde_json::Value>>> {
    let gone = gone.iter().map(|id| format!("'{id}'")).collect::<Vec<_>>().join(",");
    ["conversations", "turns", "prompts", "model_calls", "tool_calls", "startup_phases", "latency"]
        .iter()
        .map(|t| bench.sql(&format!("SELECT * FROM {t} WHERE conversation_id NOT IN ({gone})")))
        .collect()
}

fn ids(bench: &Bench, condition: &str) -> Vec<String> {
    let rows = bench.sql(&format!("SELECT conversation_id FROM conversations WHERE {condition} ORDER BY conversation_id"));
    rows.iter().map(|r| r["conversation_id"].as_str().unwrap().to_owned()).collect()
}

fn count(bench: &Bench, table: &str) -> u64 {
    bench.sql(&format!("SELECT COUNT(*) AS n FROM {table}"))[0]["n"].as_u64().unwrap()
}

#[track_caller]
fn verifies(bench: &Bench) {
    let run = bench.run(&["verify"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

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
fn what_was_forgotten_does_not_come_back_from_another_system() {
    let bench = Bench::with_sample(&["mcp"]);
    let gone = ids(&bench, "TRUE");
    assert!(!gone.is_empty());
    let mut words = vec!["forget"];
    gone.iter().for_each(|id| words.extend(["--conversation", id]));
    let _ = bench.run(&words).exits(0);
    assert_eq!(ids(&bench, "TRUE"), Vec::<String>::new());
    let dumps = [
        "loki/mcp-v3.7-categorized.json.gz",
        "loki/mcp-v3.8-backward.json.gz",
        "loki/mcp-nolabels.jsonl.gz",
        "tempo/mcp-v2.json.gz",
        "tempo/mcp-grafana.json.gz",
    ];
    for dump in dumps {
        let run = bench.run_files("ingest", &[project("data/dumps").join(dump)]);
        assert!(run.code < 2 && run.err.contains(" forgotten"), "{dump}: {}", run.err);
        for id in &gone {
            assert_eq!(holding(&bench, id), BTreeSet::new(), "{dump}: {id}");
        }
        assert_eq!(ids(&bench, "TRUE"), Vec::<String>::new(), "{dump}");
    }
    verifies(&bench);
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

/// A request with one log record: day of November 2026, conversation, body.
fn record(day: u64, conversation: &str, body: &str) -> String {
    let time = (1_793_491_200 + (day - 1) * 86_400 + 3_600) * 1_000_000_000;
    format!(
        r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"codex_exec"}}}}]}},"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{time}","body":{{"stringValue":"{body}"}},"attributes":[{{"key":"event.name","value":{{"stringValue":"codex.user_prompt"}}}},{{"key":"conversation.id","value":{{"stringValue":"{conversation}"}}}}]}}]}}]}}]}}"#
    )
}

/// What stands in the place of a longer id.
fn mask(id: &str) -> String {
    format!("[forgotten{}]", ".".repeat(id.len() - 11))
}

const GONE: &str = "019ac0de-0000-7000-8000-0000000000aa";
const KEPT: &str = "019ac0de-0000-7000-8000-0000000000bb";

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

const TRACE: &str = "7443bd81efa17a55d527c6045ff515d6";
const SPAN: &str = "7a603d93a8b33b97";

/// A request with one span: its trace, id, parent, further JSON of the span.
fn span(trace: &str, id: &str, parent: &str, more: &str) -> String {
    let time = 1_793_491_200_000_000_000_u64 + 3_600_000_000_000;
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"codex_exec"}}}}]}},"scopeSpans":[{{"spans":[{{"traceId":"{trace}","spanId":"{id}","parentSpanId":"{parent}","name":"x","startTimeUnixNano":"{time}","endTimeUnixNano":"{}"{more}}}]}}]}}]}}"#,
        time + 1_000_000
    )
}

fn naming(conversation: &str) -> String {
    format!(r#","attributes":[{{"key":"conversation.id","value":{{"stringValue":"{conversation}"}}}}]"#)
}

#[test]
fn traces_and_spans_leave_no_trace_in_links_exemplars_paths_and_what_is_set_aside() {
    let bench = Bench::new();
    let other = "11111111111111111111111111111111";
    let time = 1_793_494_800_000_000_000_u64;
    let exemplar = |trace: &str, span: &str| {
        format!(
            r#"{{"timeUnixNano":"{time}","asDouble":1,"traceId":"{trace}","spanId":"{span}","filteredAttributes":[{{"key":"prompt","value":{{"stringValue":"text of {trace}"}}}}]}}"#
        )
    };
    let lines = [
        record(1, GONE, "hello"),
        record(1, KEPT, &format!("traceparent 00-{TRACE}-{SPAN}-01")),
        span(TRACE, SPAN, "", &naming(GONE)),
        span(TRACE, "00000000000000a1", SPAN, ""),
        span(
            other,
            "00000000000000b1",
            "",
            &format!(r#"{},"links":[{{"traceId":"{TRACE}","spanId":"{SPAN}"}},{{"traceId":"{other}","spanId":"00000000000000b1"}}]"#, naming(KEPT)),
        ),
        format!(
            r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"h","sum":{{"aggregationTemporality":2,"isMonotonic":true,"dataPoints":[{{"timeUnixNano":"{time}","asDouble":1,"exemplars":[{},{}]}}]}}}}]}}]}}]}}"#,
            exemplar(TRACE, SPAN),
            exemplar(other, "00000000000000b1")
        ),
        format!(r#"{{"resourceSpans":[torn "traceId":"{TRACE}""#),
        r#"{"resourceSpans":[torn "traceId":"dEO9ge+helXVJ8YEX/UV1g==""#.to_owned(),
        r#"{"resourceSpans":[torn "traceId":"dEO9ge+helXVJ8YEX/UV1w==""#.to_owned(),
    ];
    let file = bench.write(&format!("traces/v1-{TRACE}.jsonl"), lines.join("\n"));
    let _ = bench.run_files("ingest", std::slice::from_ref(&file)).exits(1);
    assert!(!holding(&bench, TRACE).is_empty());
    let run = bench.run(&["forget", "--conversation", GONE]).exits(0);
    assert!(run.err.contains("2 spans, 1 events") && run.err.contains("the bytes of 2 entries of the quarantine"), "{}", run.err);
    assert!(run.err.contains("1 traces and 2 spans") && run.err.contains("nothing found"), "{}", run.err);
    let check = |bench: &Bench| {
        for id in [GONE, TRACE, SPAN, "00000000000000a1", "dEO9ge+helXVJ8YEX/UV1g"] {
            assert_eq!(holding(bench, id), BTreeSet::new(), "{id}");
        }
        let links = bench.sql("SELECT links FROM spans");
        assert_eq!(links.len(), 1);
        assert!(links[0]["links"].as_str().unwrap().contains(other));
        let exemplars = bench.sql("SELECT exemplars FROM metrics")[0]["exemplars"].as_str().unwrap().to_owned();
        assert!(exemplars.contains(&format!("text of {other}")) && !exemplars.contains("forgotten"), "{exemplars}");
        let body = bench.sql("SELECT body FROM events")[0]["body"].clone();
        assert_eq!(body, format!("\"traceparent 00-{}-{}-01\"", mask(TRACE), mask(SPAN)));
        verifies(bench);
    };
    check(&bench);
    // spans, links and exemplars of later deliveries are known by the trace
    let again = lines.iter().enumerate().filter(|(n, _)| *n != 1).map(|(_, line)| line.as_str()).collect::<Vec<_>>().join("\n");
    let _ = bench.run_files("ingest", &[bench.write(&format!("later/v1-{TRACE}.jsonl"), again)]).exits(1);
    check(&bench);
}

#[test]
fn spans_that_come_after_the_forgetting_take_their_events_and_what_lies_in_them_along() {
    let bench = Bench::new();
    let _ = bench.run_files("ingest", &[bench.write("a.jsonl", record(1, GONE, "hello"))]).exits(0);
    let _ = bench.run(&["forget", "--conversation", GONE]).exits(0);
    let event = r#","events":[{"timeUnixNano":"1793494800000000000","name":"said","attributes":[{"key":"text","value":{"stringValue":"secret"}}]}]"#;
    let shared = "11111111111111111111111111111111";
    let lines = [
        span(TRACE, SPAN, "", &format!("{}{event}", naming(GONE))),
        span(TRACE, "00000000000000a1", SPAN, event),
        span(shared, "00000000000000b1", "", &naming(KEPT)),
        span(shared, "00000000000000b2", "00000000000000b1", &format!("{}{event}", naming(GONE))),
        span(shared, "00000000000000b3", "00000000000000b2", event),
        span(shared, "00000000000000b4", "00000000000000b3", &naming(KEPT)),
        span(shared, "00000000000000b5", "00000000000000b1", ""),
    ];
    for name in ["b.jsonl", "c.jsonl"] {
        let run = bench.run_files("ingest", &[bench.write(name, lines.join("\n"))]).exits(0);
        assert!(run.err.contains(" 8 forgotten"), "{}", run.err);
        assert_eq!((count(&bench, "events"), count(&bench, "spans")), (0, 3));
        for id in [GONE, TRACE, SPAN, "00000000000000b2", "00000000000000b3", "secret"] {
            assert_eq!(holding(&bench, id), BTreeSet::new(), "{id}");
        }
        verifies(&bench);
    }
    // without a name, in another delivery, they are known by their ids
    let _ = bench.run_files("ingest", &[bench.write("d.jsonl", span(TRACE, "00000000000000a2", SPAN, event))]).exits(0);
    assert_eq!((count(&bench, "events"), count(&bench, "spans")), (0, 3));
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
fn what_a_process_counted_goes_with_all_of_its_conversations() {
    let bench = Bench::new();
    let files = agents(&["copilot/subagent"]);
    let _ = bench.run_files("ingest", &files).exits(0);
    let gone = ids(&bench, "parent_conversation_id IS NULL");
    let mut words = vec!["forget"];
    gone.iter().for_each(|id| words.extend(["--conversation", id]));
    let run = bench.run(&words).exits(0);
    assert!(run.err.contains("nothing found"), "{}", run.err);
    assert_eq!(ids(&bench, "TRUE"), Vec::<String>::new());
    assert_eq!(count(&bench, "metrics"), 0);
    let copies: Vec<PathBuf> =
        files.iter().map(|f| bench.write(&format!("again/{}", f.file_name().unwrap().to_str().unwrap()), std::fs::read(f).unwrap())).collect();
    let _ = bench.run_files("ingest", &copies).exits(0);
    assert_eq!(ids(&bench, "TRUE"), Vec::<String>::new());
    assert_eq!(count(&bench, "metrics") + count(&bench, "spans") + count(&bench, "events"), 0);
    verifies(&bench);
    // where the process is known by what comes later alone, what it counted before goes with the next forgetting
    let bench = Bench::new();
    let (metrics, others): (Vec<PathBuf>, Vec<PathBuf>) = files.iter().cloned().partition(|f| f.to_str().unwrap().contains("metrics"));
    let _ = bench.run_files("ingest", &metrics).exits(0);
    words.push("--even-if-unknown");
    let _ = bench.run(&words).exits(0);
    let _ = bench.run_files("ingest", &others).exits(0);
    assert_eq!(count(&bench, "spans") + count(&bench, "events"), 0);
    let _ = bench.run(&words).exits(0);
    assert_eq!(ids(&bench, "TRUE"), Vec::<String>::new());
    assert_eq!(count(&bench, "metrics"), 0);
}

/// A request with a chat of a conversation in a process, at that minute of a day: 100 tokens in, 10 out.
fn chat(minute: u64, conversation: &str, process: &str) -> String {
    let time = 1_793_491_200_000_000_000 + minute * 60_000_000_000;
    let text = |key: &str, value: &str| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#);
    let count = |key: &str, n: u64| format!(r#"{{"key":"{key}","value":{{"intValue":"{n}"}}}}"#);
    let attributes = [
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.conversation.id", conversation),
        text("gen_ai.response.model", "gpt-4o"),
        count("gen_ai.usage.input_tokens", 100),
        count("gen_ai.usage.output_tokens", 10),
    ];
    format!(
        r#"{{"resourceSpans":[{{"resource":{{"attributes":[{}{process}]}},"scopeSpans":[{{"spans":[{{"traceId":"{minute:032x}","spanId":"{minute:016x}","name":"chat gpt-4o","startTimeUnixNano":"{time}","endTimeUnixNano":"{}","attributes":[{}]}}]}}]}}]}}"#,
        text("service.name", "heron"),
        time + 1_000_000_000,
        attributes.join(",")
    )
}

/// A request with what a process counted in a minute.
fn counted(minute: u64, process: &str) -> String {
    let time = 1_793_491_200_000_000_000 + minute * 60_000_000_000;
    let point = |kind: &str, n: u64| {
        format!(
            r#"{{"startTimeUnixNano":"{time}","timeUnixNano":"{}","count":"1","sum":{n}.0,"bucketCounts":["1","0"],"explicitBounds":[1000000.0],"attributes":[{{"key":"gen_ai.operation.name","value":{{"stringValue":"chat"}}}},{{"key":"gen_ai.response.model","value":{{"stringValue":"gpt-4o"}}}},{{"key":"gen_ai.token.type","value":{{"stringValue":"{kind}"}}}}]}}"#,
            time + 60_000_000_000
        )
    };
    format!(
        r#"{{"resourceMetrics":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"heron"}}}}{process}]}},"scopeMetrics":[{{"metrics":[{{"name":"gen_ai.client.token.usage","unit":"{{token}}","histogram":{{"aggregationTemporality":1,"dataPoints":[{},{}]}}}}]}}]}}]}}"#,
        point("input", 100),
        point("output", 10)
    )
}

#[test]
fn what_a_process_counted_of_one_of_its_conversations_becomes_no_conversation() {
    for process in [r#",{"key":"service.instance.id","value":{"stringValue":"p1"}}"#, ""] {
        let bench = Bench::new();
        // the last one is of a response that was never exported
        let lines = [chat(60, GONE, process), chat(240, KEPT, process), counted(60, process), counted(240, process), counted(600, process)];
        let file = bench.write("a.jsonl", lines.join("\n"));
        let _ = bench.run_files("ingest", std::slice::from_ref(&file)).exits(0);
        let tables = |bench: &Bench| (others(bench, &[GONE.to_owned()]), bench.sql("SELECT * FROM metric_deltas"));
        let before = tables(&bench);
        let rest: Vec<String> = ids(&bench, "TRUE").into_iter().filter(|id| id != GONE).collect();
        assert_eq!((rest.len(), count(&bench, "metrics")), (2, 6));
        for name in ["again.jsonl", "once-more.jsonl"] {
            let _ = bench.run(&["forget", "--conversation", GONE]).exits(0);
            assert_eq!(ids(&bench, "TRUE"), rest);
            assert!(tables(&bench) == before);
            let _ = bench.run_files("ingest", &[bench.write(name, lines.join("\n"))]).exits(0);
            assert_eq!(ids(&bench, "TRUE"), rest);
            let _ = bench.run(&["normalize"]).exits(0);
            assert_eq!(ids(&bench, "TRUE"), rest);
        }
        assert_eq!((holding(&bench, GONE), count(&bench, "metrics")), (BTreeSet::new(), 6));
        verifies(&bench);
    }
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
