//! What processes counted of that which was forgotten.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::{GONE, KEPT, count, holding, ids, others, verifies};
use crate::lake::tree;
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

/// Further attributes of a resource: a process, or none.
const PROCESSES: [&str; 2] = [r#",{"key":"service.instance.id","value":{"stringValue":"p1"}}"#, ""];

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
    for process in PROCESSES {
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

/// A request with a log record of a conversation in a process: the minutes of when it was made and of when it was observed.
fn logged(minute: u64, observed: u64, conversation: &str, process: &str) -> String {
    let time = |minute: u64| 1_793_491_200_000_000_000 + minute * 60_000_000_000;
    format!(
        r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"heron"}}}}{process}]}},"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{}","observedTimeUnixNano":"{}","attributes":[{{"key":"gen_ai.conversation.id","value":{{"stringValue":"{conversation}"}}}}]}}]}}]}}]}}"#,
        time(minute),
        time(observed)
    )
}

/// Minutes of a day.
const DAY: u64 = 1440;

#[test]
fn a_span_is_of_all_of_its_hours_and_a_record_of_the_one_in_which_it_was_made() {
    for process in PROCESSES {
        let bench = Bench::new();
        let end = |minute: u64| format!(r#""endTimeUnixNano":"{}""#, 1_793_491_200_000_000_000 + minute * 60_000_000_000 + 1_000_000_000);
        let long = chat(60, GONE, process).replace(&end(60), &end(240));
        assert!(long.contains(&end(240)));
        let lines = [
            long,
            counted(150, process),
            logged(70, DAY + 600, GONE, process),
            counted(DAY + 600, process),
            chat(2 * DAY + 60, KEPT, process),
            counted(2 * DAY + 60, process),
        ];
        let _ = bench.run_files("ingest", &[bench.write("a.jsonl", lines.join("\n"))]).exits(0);
        let of_process = |bench: &Bench| ids(bench, "conversation_id LIKE '%@2026-%'");
        let before = of_process(&bench);
        assert!(before.len() == 2 && before[0].contains("@2026-11-01") && before[1].contains("@2026-11-02"), "{before:?}");
        let _ = bench.run(&["forget", "--conversation", GONE]).exits(0);
        assert_eq!(of_process(&bench), before[1..]);
    }
}

#[test]
fn what_is_withheld_of_hours_that_are_partly_forgotten_is_told() {
    for process in PROCESSES {
        let bench = Bench::new();
        let ingest = |name: &str, lines: &[String]| {
            let _ = bench.run_files("ingest", &[bench.write(name, lines.join("\n"))]).exits(0);
        };
        // the response of the second one in that hour was never exported
        ingest(
            "a.jsonl",
            &[chat(605, GONE, process), counted(605, process), counted(650, process), chat(DAY + 60, KEPT, process), counted(DAY + 60, process)],
        );
        let tokens = |bench: &Bench| bench.sql("SELECT SUM(input_tokens) AS n FROM model_calls")[0]["n"].as_i64().unwrap();
        let withheld = |bench: &Bench| {
            let columns = "agent, process, signal, status, detail, records, input_tokens, output_tokens";
            bench.sql(&format!("SELECT {columns} FROM coverage WHERE causes = 'partly_forgotten' ORDER BY time"))
        };
        assert_eq!((tokens(&bench), withheld(&bench).len()), (300, 0));
        let _ = bench.run(&["forget", "--conversation", GONE]).exits(0);
        let check = |bench: &Bench, records: i64| {
            assert_eq!((ids(bench, "TRUE"), tokens(bench)), (vec![KEPT.to_owned()], 100));
            let rows = withheld(bench);
            assert_eq!(rows.len(), 1, "{rows:?}");
            let row = &rows[0];
            assert_eq!((row["agent"].as_str(), row["signal"].as_str(), row["status"].as_str()), (Some("heron"), Some("metric"), Some("incomplete")));
            assert_eq!(row["process"].as_str(), (!process.is_empty()).then_some("p1"));
            let counts = ["records", "input_tokens", "output_tokens"].map(|name| row[name].as_i64().unwrap());
            assert_eq!(counts, [records, 100 * records, 10 * records]);
            assert!(row["detail"].as_str().unwrap().contains("a part is forgotten"), "{row:?}");
            assert!(bench.run(&["coverage"]).exits(0).out.contains("partly_forgotten"));
        };
        check(&bench, 2);
        // what comes later on another day leaves it as it is, and on that day adds to it; the same as when all is built at once
        ingest("b.jsonl", &[chat(DAY + 70, KEPT, process).replace(r#""intValue":"100""#, r#""intValue":"0""#)]);
        check(&bench, 2);
        ingest("d.jsonl", &[counted(640, process)]);
        check(&bench, 3);
        let all = bench.sql("SELECT * FROM coverage");
        let _ = bench.run(&["normalize"]).exits(0);
        assert!(bench.sql("SELECT * FROM coverage") == all);
        verifies(&bench);
    }
}

#[test]
fn what_a_process_counted_of_what_comes_after_the_forgetting_becomes_no_conversation_either() {
    for process in PROCESSES {
        let bench = Bench::new();
        let _ = bench.run_files("ingest", &[bench.write("a.jsonl", chat(DAY + 60, KEPT, process))]).exits(0);
        let forget = || drop(bench.run(&["forget", "--conversation", GONE, "--even-if-unknown"]).exits(0));
        forget();
        let lines = [chat(605, GONE, process), counted(605, process), counted(DAY + 60, process)].join("\n");
        let _ = bench.run_files("ingest", &[bench.write("b.jsonl", &lines)]).exits(0);
        assert_eq!(ids(&bench, "TRUE"), [KEPT]);
        let withheld = || bench.sql("SELECT * FROM coverage WHERE causes = 'partly_forgotten'").len();
        assert_eq!((withheld(), holding(&bench, GONE)), (1, BTreeSet::new()));
        // what is noted already is not noted again
        let list =
            |bench: &Bench| tree(&bench.path("lake")).into_keys().filter(|p| p.to_str().unwrap().contains("forgotten/list")).collect::<Vec<_>>();
        let before = list(&bench);
        let _ = bench.run_files("ingest", &[bench.write("c.jsonl", &lines)]).exits(0);
        assert_eq!((list(&bench), ids(&bench, "TRUE")), (before, vec![KEPT.to_owned()]));
        // what was counted on an earlier night goes when the command is given again
        let _ = bench.run_files("ingest", &[bench.write("d.jsonl", counted(2 * DAY + 60, process))]).exits(0);
        let _ = bench.run_files("ingest", &[bench.write("e.jsonl", logged(2 * DAY + 60, 3 * DAY, GONE, process))]).exits(0);
        forget();
        assert_eq!((ids(&bench, "TRUE"), withheld()), (vec![KEPT.to_owned()], 2));
        verifies(&bench);
    }
}
