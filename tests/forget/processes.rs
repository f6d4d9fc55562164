//! What processes counted of that which was forgotten.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{GONE, KEPT, count, holding, ids, others, verifies};
use crate::{Bench, agents};

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
