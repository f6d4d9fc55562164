//! JSON documents.

use super::*;

const PAGE: &str = include_str!("../../../../../../data/dumps/loki/page.json");
const CATEGORIZED: &str = include_str!("../../../../../../data/dumps/loki/page-categorized.json");
const LINES: &str = include_str!("../../../../../../data/dumps/loki/sample.jsonl");

#[test]
fn a_record_is_the_same_in_whatever_form_a_page_has_it() {
    let (plain, categorized) = (documents(PAGE).unwrap(), documents(CATEGORIZED).unwrap());
    assert_eq!(plain.ids(), categorized.ids());
    assert_eq!(plain.events.len(), 15);
    let mut names = plain.names();
    names.sort_unstable();
    names.dedup();
    // five of these stand behind source lines
    let events = ["api_request", "conversation_starts", "sse_event", "startup_phase", "tool_result", "user_prompt"].map(|n| format!("codex.{n}"));
    assert!(names[..6].iter().eq(events.iter()) && names[6..] == ["event otel/src/metrics/client.rs:324"], "{names:?}");
    assert!(categorized.told.forms.all().0.any(|f| f == "Loki query_range, categorized labels"));
    assert!(plain.told.lacks.all().0.any(|l| l == "attribute types"));
    assert_eq!(plain.told.warnings.all().0.count(), 0);
}

#[test]
fn keys_may_stand_in_any_order() {
    let entry = r#"{"values":[["1795370581000000001","x",{"parsed":{},"structuredMetadata":{"event_name":"e"}}]],"stream":{"service_name":"a"}}"#;
    let read = documents(&format!(r#"{{"data":{{"stats":{{}},"result":[{entry}],"resultType":"streams"}},"status":"success"}}"#)).unwrap();
    assert_eq!(read.names(), ["e"]);
    for same in [
        format!(r#"{{"data":{{"result":[{entry}]}}}}"#),
        format!(r#"{{"resultType":"streams","result":[{entry}]}}"#),
        format!(r#"{{"streams":[{entry}]}}"#),
        format!(r#"{{"streams":[{}]}}"#, entry.replace(r#"{"parsed":{},"structuredMetadata":{"event_name":"e"}}"#, r#"{"event_name":"e"}"#)),
        entry.to_owned(),
        r#"{"timestamp":"2026-11-22T13:03:01.000000001-05:00","labels":{"event_name":"e","service_name":"a"},"line":"x"}"#.to_owned(),
        r#"{"line":"x","timestamp":"1795370581000000001","date":"2026-11-22T18:03:01.000Z","fields":{"event_name":"e","service_name":"a"}}"#
            .to_owned(),
    ] {
        assert_eq!(documents(&same).unwrap().ids(), read.ids(), "{same}");
    }
    assert_eq!(documents(r#"{"status":"success","data":{"resultType":"streams","result":[]}}"#).unwrap().events.len(), 0);
}

#[test]
fn entries_of_a_wrong_shape_are_set_aside_and_the_others_go_through() {
    let values = r#"["1795370581000000001","x"],["1795370581000000002"],[],{},"x",["1.5e9","x"],["1795370581000000003",7],["1795370581000000004","y",{"structuredMetadata":{"a":{}}}],["1795370581000000005","z",{},1],["1795370581000000006","w",{}]"#;
    let text =
        format!(r#"{{"data":{{"resultType":"streams","result":[{{"stream":{{"service_name":"a"}},"values":[{values}]}},{{"metric":{{}}}},7]}}}}"#);
    let read = documents(&text).unwrap();
    assert_eq!(read.events.iter().map(|e| e["body"].as_str()).collect::<Vec<_>>(), ["\"x\"", "\"w\""]);
    assert_eq!(read.aside.len(), 10, "{:#?}", read.aside);
}

#[test]
fn a_torn_page_leaves_nothing() {
    assert!(documents(&PAGE[..PAGE.len() - 9]).is_err());
    let mut rows = rows();
    let torn = format!("{}]", &PAGE[..PAGE.len() / 2]);
    assert!(json::document(&mut Cursor::new(&torn), &mut Scratch::default(), &mut rows, &mut Vec::new()).is_err());
    assert_eq!(rows.counts().events, 0);
}

#[test]
fn what_holds_no_records_is_refused_with_the_reason() {
    for (text, reason) in [
        (r#"{"fields":[{"label":"a","type":"string","cardinality":2,"parsers":null}],"limit":1000}"#, "fields that Loki has detected"),
        (r#"{"streams":0,"chunks":0,"bytes":0,"entries":0}"#, "statistics"),
        (r#"{"detectedLabels":[{"label":"a","cardinality":2}]}"#, "fields that Loki has detected"),
        (r#"{"status":"success","data":["env","service_name"]}"#, "a list of labels"),
        (r#"{"status":"success","data":[{"service_name":"codex_exec"}]}"#, "a list of streams"),
        (r#"{"status":"success","data":[{"pattern":"<_>","samples":[[1,2]]}]}"#, "patterns"),
        (r#"{"code":400,"message":"parse error","status":"error"}"#, "an error of the server"),
        (r#"{"labels":{"a":"b"},"line":"x","timestamp":"yesterday"}"#, "\"yesterday\" is no time"),
        (r#"{"stream":7,"values":[]}"#, "no other document"),
        (r#"{"line":"x","timestamp":"2026-11-22T18:03:01Z","level":"info"}"#, "no other document"),
    ] {
        let error = documents(text).err().map(|e| e.reason).unwrap_or_default();
        assert!(error.contains(reason), "{text}: {error}");
    }
    // the results of metric queries are Prometheus' form
    let metric = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1795369260,"20"]]}]}}"#;
    let fields = json::Fields::read(&mut Cursor::new(metric)).unwrap();
    assert!(!super::super::json::recognises(&fields));
}

#[test]
fn lines_of_logcli_are_warned_of_where_something_is_missing() {
    let read = documents(LINES).unwrap();
    assert_eq!((read.events.len(), read.told.warnings.all().0.count()), (7, 0));
    let first = read.events.iter().find(|e| e.get("event_name").is_some_and(|n| n == "sample.first")).unwrap();
    assert!(first["attributes"].contains(r#""a_map_k2_deep":"5""#) && first["resource"].contains(r#""process.pid":"4242""#), "{first:?}");
    let short = documents(r#"{"labels":{"duration_ms":"1"},"line":"","timestamp":"2026-11-22T18:03:01Z"}"#).unwrap();
    assert!(short.warned("--include-common-labels"));
    let bare = documents(r#"{"line":"","timestamp":"2026-11-22T18:03:01Z"}"#).unwrap();
    assert!(bare.warned("--no-labels") && bare.events.len() == 1);
}

#[test]
fn limits_that_seem_to_be_hit_are_told() {
    let line = r#"{"labels":{"service_name":"a"},"line":"","timestamp":"2026-11-22T18:03:01Z"}"#;
    let lines = |n: usize| documents(&vec![line; n].join("\n")).unwrap().told.ended();
    assert!(lines(30).warnings.all().0.any(|w| w.contains("30 entries")));
    assert_eq!(lines(29), lines(31));
    let labels: &[(&str, &str)] = &[("service_name", "a")];
    let entries = |n: usize| documents(&page(&vec![("1795370581000000001", "", labels); n])).unwrap();
    assert!(entries(100).warned("exactly 100 entries") && !entries(99).warned("entries"));
    assert_eq!(entries(99).ids().len(), 99);
}

#[test]
fn documents_of_several_systems_may_stand_in_one_file() {
    let otlp = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"observedTimeUnixNano":"1795370581000000001","eventName":"otlp"}]}]}]}"#;
    let line = r#"{"labels":{"event_name":"e","service_name":"a"},"line":"x","timestamp":"2026-11-22T18:03:01Z"}"#;
    let read = documents(&[otlp, line, otlp].join("\n")).unwrap();
    let systems: Vec<(&str, &str)> = read.events.iter().map(|e| (e["event_name"].as_str(), e["system"].as_str())).collect();
    assert_eq!(systems, [("otlp", "otlp"), ("e", "loki"), ("otlp", "otlp")]);
    // a resource does not outlive its request
    assert!(!read.events[2].contains_key("service_name"));
}
