use super::*;
use crate::shown::{self, Row};

/// Decodes a document; gives the rows of spans, events and metrics, and what was set aside.
fn decode(text: &str) -> (std::result::Result<u64, DecodeError>, [Vec<Row>; 3], Vec<DecodeError>) {
    let (mut rows, mut aside) = (Rows::default(), Vec::new());
    let outcome = document(&mut Cursor::new(text), &mut Scratch::default(), &mut rows, &mut aside);
    (outcome, shown::all(&mut rows), aside)
}

fn one_log(fields: &str) -> Row {
    let (outcome, [_, mut events, _], aside) = decode(&format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{fields}}}]}}]}}]}}"#));
    assert_eq!((outcome, aside), (Ok(1), Vec::new()), "{fields}");
    assert_eq!(events.len(), 1);
    events.remove(0)
}

fn points(metric: &str) -> Vec<Row> {
    let (outcome, [.., metrics], aside) = decode(&format!(r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{metric}]}}]}}]}}"#));
    assert_eq!((outcome, aside), (Ok(1), Vec::new()), "{metric}");
    metrics
}

#[test]
fn attribute_values_of_every_type() {
    let row = one_log(
        r#""attributes":[
        {"key":"s","value":{"stringValue":"a\"\u00e9\/"}},{"key":"b","value":{"boolValue":true}},{"key":"i","value":{"intValue":"-9007199254740993"}},
        {"key":"n","value":{"intValue":7}},{"key":"d","value":{"doubleValue":2}},{"key":"nan","value":{"doubleValue":"NaN"}},
        {"key":"y","value":{"bytesValue":"AP8="}},{"key":"e","value":{}},{"key":"z","value":null},{"key":"m"},
        {"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"x"},{},{"kvlistValue":{"values":[{"key":"q","value":{"boolValue":false}}]}}]}}},
        {"key":"ea","value":{"arrayValue":{}}},{"key":"k","value":{"kvlistValue":{"values":[{"key":"b","value":{"intValue":2}},{"key":"a","value":{"intValue":1}}]}}}]"#,
    );
    let expected = concat!(
        r#"{"a":[1,"x",null,{"q":false}],"b":true,"d":2.0,"e":null,"ea":[],"i":-9007199254740993,"k":{"a":1,"b":2},"m":null,"n":7,"#,
        r#""nan":{"doubleValue":"NaN"},"s":"a\"é/","y":{"bytesValue":"AP8="},"z":null}"#
    );
    assert_eq!(row["attributes"], expected);
}

#[test]
fn a_repeated_key_holds_all_its_values() {
    let row = one_log(
        r#""attributes":[{"key":"thread.id","value":{"intValue":"3"}},{"key":"a","value":{"intValue":1}},{"key":"thread.id","value":{"stringValue":"x"}}]"#,
    );
    assert_eq!(row["attributes"], r#"{"a":1,"thread.id":[3,"x"]}"#);
}

#[test]
fn absent_forms_are_one_record() {
    let id = |fields: &str| one_log(fields)["record_id"].clone();
    let plain = id(r#""observedTimeUnixNano":"1795369212209923746""#);
    for same in [
        r#""body":null,"timeUnixNano":"0","observedTimeUnixNano":1795369212209923746,"traceId":"","severityNumber":0,"attributes":null"#,
        r#""observed_time_unix_nano":"1795369212209923746","body":{},"attributes":[],"unknownField":{"deep":[1,{"x":null}]},"flags":0"#,
        r#""eventName":"","observedTimeUnixNano":"1795369212209923746","spanId":"0000000000000000","severityText":"""#,
    ] {
        assert_eq!(id(same), plain, "{same}");
    }
    assert_ne!(id(r#""observedTimeUnixNano":"1795369212209923746","body":{"stringValue":""}"#), plain);
}

#[test]
fn time_falls_back_and_says_so() {
    let stamp = r#""attributes":[{"key":"event.timestamp","value":{"stringValue":"2026-11-22T17:40:40.986Z"}}]"#;
    let observed = r#""observedTimeUnixNano":"1795369212209923746""#;
    for (fields, time, source) in [
        (format!(r#""timeUnixNano":"1795369000000000001",{observed},{stamp}"#), Some("1795369000000000001"), Some("record")),
        (format!(r#""timeUnixNano":"0",{observed},{stamp}"#), Some("1795369240986000000"), Some("attribute")),
        (observed.to_owned(), Some("1795369212209923746"), Some("observed")),
        (format!(r#""timeUnixNano":"12",{observed},{stamp}"#), None, None),
    ] {
        let row = one_log(&fields);
        assert_eq!((row.get("time").map(String::as_str), row.get("time_source").map(String::as_str)), (time, source), "{fields}");
    }
}

#[test]
fn an_event_is_named_by_its_attribute_first() {
    let row = one_log(r#""eventName":"event src/a.rs:1","attributes":[{"key":"event.name","value":{"stringValue":"codex.tool_result"}}]"#);
    assert_eq!((row["event_name"].as_str(), row["record_name"].as_str()), ("codex.tool_result", "event src/a.rs:1"));
    let row = one_log(r#""eventName":"own""#);
    assert_eq!((row["event_name"].as_str(), row.get("record_name")), ("own", None));
}

#[test]
fn a_span_with_events_and_links_in_any_order_of_keys() {
    let text = r#"{"resourceSpans":[{"scopeSpans":[{"schemaUrl":"scope-url","spans":[{"events":[{"attributes":[{"key":"k","value":{"intValue":"1"}}],
        "timeUnixNano":"1795369212000000005","name":"e"},{"name":"f"}],"endTimeUnixNano":1795369212000000009,"startTimeUnixNano":"1795369212000000001",
        "links":[{"traceId":"0123456789abcdef0123456789abcdef","spanId":"0123456789abcdef","flags":3},{}],"name":"s","kind":"SPAN_KIND_CLIENT",
        "status":{"code":"STATUS_CODE_ERROR","message":"no"},"spanId":"ASNFZ4mrze8=","traceId":"ASNFZ4mrze8BI0VniavN7w==","droppedEventsCount":4}],
        "scope":{"version":"1","name":"lib"}}],"schemaUrl":"resource-url","resource":{"attributes":[{"key":"service.name","value":{"stringValue":"svc"}}]}}]}"#;
    let (outcome, [spans, events, _], _) = decode(text);
    assert_eq!(outcome, Ok(1));
    let span = &spans[0];
    for (column, value) in [
        ("trace_id", "0123456789abcdef0123456789abcdef"),
        ("span_id", "0123456789abcdef"),
        ("duration_ns", "8"),
        ("kind", "client"),
        ("status", "error"),
        ("status_message", "no"),
        ("dropped_events_count", "4"),
        ("links", r#"[{"flags":3,"span_id":"0123456789abcdef","trace_id":"0123456789abcdef0123456789abcdef"},{}]"#),
        ("service_name", "svc"),
        ("scope_name", "lib"),
        ("schema_url", "scope-url"),
        ("attributes", "{}"),
    ] {
        assert_eq!(span[column], value, "{column}");
    }
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["attributes"], r#"{"k":1}"#);
    assert_eq!(events[0]["span_record_id"], span["record_id"]);
    assert_eq!(events[1]["trace_id"], span["trace_id"]);
    assert_eq!(events[1].get("time"), None);
}

#[test]
fn metrics_of_every_kind() {
    let sum = &points(
        r#"{"sum":{"dataPoints":[{"asInt":"9007199254740993","timeUnixNano":"1795369212000000000"}],"aggregationTemporality":"AGGREGATION_TEMPORALITY_DELTA","isMonotonic":true},"name":"n","unit":"1"}"#,
    )[0];
    assert_eq!((sum["metric"].as_str(), sum["type"].as_str(), sum["temporality"].as_str(), sum["monotonic"].as_str()), ("n", "sum", "delta", "true"));
    assert_eq!((sum["value_int"].as_str(), sum["value"].as_str()), ("9007199254740993", "9007199254740992.0"));
    let gauge = points(r#"{"name":"g","gauge":{"dataPoints":[{"asDouble":"NaN"},{"asInt":0},{}]}}"#);
    assert_eq!((gauge[0]["value"].as_str(), gauge[0].get("value_int")), ("NaN", None));
    assert_eq!((gauge[1]["value"].as_str(), gauge[2].get("value"), gauge[2].get("temporality")), ("0.0", None, None));
    let histogram = &points(
        r#"{"name":"h","histogram":{"aggregationTemporality":2,"dataPoints":[{"count":3,"sum":4.5,"min":1,"bucketCounts":["1",2,"0"],"explicitBounds":[1.5,10],
        "exemplars":[{"asDouble":2,"timeUnixNano":"5","spanId":"0123456789abcdef","filteredAttributes":[{"key":"k","value":{"intValue":1}}]}]}]}}"#,
    )[0];
    for (column, value) in
        [("count", "3"), ("sum", "4.5"), ("min", "1.0"), ("bounds", "1.5 10.0"), ("bucket_counts", "1 2 0"), ("temporality", "cumulative")]
    {
        assert_eq!(histogram[column], value, "{column}");
    }
    assert_eq!(histogram["exemplars"], r#"[{"filtered_attributes":{"k":1},"span_id":"0123456789abcdef","time_unix_nano":5,"value":2.0}]"#);
    let exponential = &points(
        r#"{"name":"x","exponentialHistogram":{"dataPoints":[{"count":"4","scale":-1,"zeroCount":"1","zeroThreshold":0.5,"positive":{"offset":-2,"bucketCounts":["1","2"]}}]}}"#,
    )[0];
    for (column, value) in [
        ("scale", "-1"),
        ("zero_count", "1"),
        ("zero_threshold", "0.5"),
        ("positive_offset", "-2"),
        ("positive_counts", "1 2"),
        ("negative_offset", "0"),
    ] {
        assert_eq!(exponential[column], value, "{column}");
    }
    assert_eq!(exponential.get("value"), None);
    let summary = &points(r#"{"name":"y","summary":{"dataPoints":[{"sum":3,"quantileValues":[{"quantile":0.5,"value":1},{"quantile":1}]}]}}"#)[0];
    assert_eq!((summary["count"].as_str(), summary["quantiles"].as_str()), ("0", r#"[{"quantile":0.5,"value":1.0},{"quantile":1.0,"value":0.0}]"#));
}

#[test]
fn old_and_foreign_names_are_understood() {
    let (outcome, [spans, ..], _) = decode(
        r#"{"resource_spans":[{"instrumentationLibrarySpans":[{"instrumentationLibrary":{"name":"l"},"spans":[{"name":"a","start_time_unix_nano":5}]}]}]}"#,
    );
    assert_eq!((outcome, spans[0]["scope_name"].as_str()), (Ok(1), "l"));
    let (outcome, [_, events, _], _) = decode(r#"{"resource":{},"scopeLogs":[{"log_records":[{"severity_number":"SEVERITY_NUMBER_WARN2"}]}]}"#);
    assert_eq!((outcome, events[0]["severity_number"].as_str()), (Ok(1), "14"));
    let (outcome, [.., metrics], _) = decode(
        r#"[{"resourceMetrics":[]},{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"o","intSum":{"dataPoints":[{"value":"5"}]}}]}]}]}]"#,
    );
    assert_eq!((outcome, metrics[0]["value_int"].as_str()), (Ok(2), "5"));
}

#[test]
fn a_record_that_makes_no_sense_is_set_aside_and_the_others_stay() {
    let (outcome, [spans, events, _], aside) = decode(
        r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"a"},{"name":"b","events":[{"name":"lost"}],"spanId":"xyz"},{"name":"c","attributes":[{"key":"k","value":{"intValue":"many"}}]},{"name":"d"}]}]}]}"#,
    );
    assert_eq!(outcome, Ok(1));
    assert_eq!(spans.iter().map(|s| s["name"].as_str()).collect::<Vec<_>>(), ["a", "d"]);
    assert_eq!((events.len(), aside.len()), (0, 2));
    assert!(aside[0].reason.contains("no id of 8 bytes"), "{}", aside[0]);
}

#[test]
fn a_broken_request_leaves_no_row() {
    let begun = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"severityText":"x"},{"severityText":"y"}"#;
    let (outcome, [_, events, _], _) = decode(begun);
    assert!(!outcome.unwrap_err().recoverable);
    assert!(events.is_empty());
    assert!(decode(r#"{"facts":[],"state":"good"}"#).0.unwrap_err().reason.contains(r#""facts", "state""#));
    assert_eq!(decode("{}").0, Ok(1));
    assert_eq!(decode(r#"{"resourceSpans":null}"#).0, Ok(1));
    assert!(decode("null").0.is_err());
}

#[test]
fn a_deep_attribute_costs_only_its_record() {
    let deep = format!("{}{{}}{}", r#"{"arrayValue":{"values":["#.repeat(150), "]}}".repeat(150));
    let (outcome, [_, events, _], aside) =
        decode(&format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"body":{deep}}},{{"eventName":"kept"}}]}}]}}]}}"#));
    assert_eq!((outcome, events.len(), aside.len()), (Ok(1), 1, 1));
    assert!(aside[0].reason.contains("nested deeper"), "{}", aside[0]);
}

#[test]
fn a_point_that_makes_no_sense_costs_only_itself() {
    let (outcome, [.., metrics], aside) = decode(
        r#"{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","sum":{"dataPoints":[{"asInt":"1"},{"asInt":"one"},{"asInt":"3"}]}}]}]}]}"#,
    );
    assert_eq!((outcome, metrics.len(), aside.len()), (Ok(1), 2, 1));
}

#[test]
fn unknown_fields_of_a_value_change_nothing() {
    let row = one_log(r#""body":{"stringValue":"keep","extra":1},"attributes":[{"key":"k","value":{"x":{},"intValue":"5","y":null}}]"#);
    assert_eq!((row["body"].as_str(), row["attributes"].as_str()), ("\"keep\"", r#"{"k":5}"#));
}

#[test]
fn integers_beyond_64_bits_are_not_rounded_to_the_limit() {
    let (_, [_, events, _], aside) = decode(
        r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"intValue":"9223372036854775808"}},{"severityNumber":"INFO9223372036854775807"}]}]}]}"#,
    );
    assert_eq!((events.len(), aside.len()), (1, 1));
    assert_eq!(events[0]["severity_number"], "12");
}

#[test]
fn a_resource_repeated_beyond_all_bounds_is_refused() {
    let records = vec!["{}"; 1200].join(",");
    let resource = "r".repeat(1 << 15);
    let (outcome, [_, events, _], _) = decode(&format!(
        r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"k","value":{{"stringValue":"{resource}"}}}}]}},"scopeLogs":[{{"logRecords":[{records}]}}]}}]}}"#
    ));
    assert!(outcome.unwrap_err().reason.contains("more than 32 MiB"));
    assert!(events.is_empty());
}
