//! Traces and spans of what was forgotten: in links, exemplars, other deliveries and other systems.

use std::collections::BTreeSet;

use super::{GONE, KEPT, SPAN, TRACE, count, holding, ids, mask, naming, record, span, verifies};
use crate::{Bench, project};

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
