use super::*;
use crate::decode::json;
use crate::shown::{self, Row};
use crate::{Options, Silent, discover, inspect};

const COPILOT: &str = include_str!("../../../../../data/dumps/agents/copilot-cli.jsonl");
const GEMINI: &str = include_str!("../../../../../data/dumps/agents/gemini-cli.log");
const QWEN: &str = include_str!("../../../../../data/dumps/agents/qwen-code.log");

/// Decodes the documents of a text; gives the rows of spans, events and metrics, the forms, and the reasons for what was set aside.
fn decode(text: &str) -> ([Vec<Row>; 3], Vec<String>, Vec<String>) {
    let (mut rows, mut aside, mut cursor) = (Rows::default(), Vec::new(), Cursor::new(text));
    let mut reasons = Vec::new();
    while cursor.peek().is_some() {
        if let Err(error) = json::document(&mut cursor, &mut Scratch::default(), &mut rows, &mut aside) {
            reasons.push(error.reason);
            break;
        }
    }
    let forms = rows.told().forms.all().0.map(str::to_owned).collect();
    reasons.extend(aside.into_iter().map(|e| e.reason));
    (shown::all(&mut rows), forms, reasons)
}

fn cells<'r>(row: &'r Row, columns: &[&str]) -> Vec<&'r str> {
    columns.iter().map(|c| row.get(*c).map_or("-", String::as_str)).collect()
}

#[test]
fn lines_of_copilot_cli() {
    let ([spans, events, metrics], forms, reasons) = decode(COPILOT);
    assert_eq!((forms, reasons), (vec!["Copilot CLI file".to_owned()], vec![]));
    const SPAN: [&str; 10] =
        ["name", "kind", "status", "status_message", "parent_span_id", "start_time", "duration_ns", "service_name", "scope_version", "system"];
    assert_eq!(
        cells(&spans[0], &SPAN),
        [
            "execute_tool view",
            "internal",
            "error",
            "Tool failed",
            "2ee943e38a898644",
            "1795369409666000000",
            "4000000",
            "github-copilot",
            "1.0.102",
            "agent"
        ]
    );
    assert_eq!(cells(&spans[1], &SPAN)[..4], ["chat gpt-5.4", "client", "unset", "-"]);
    assert_eq!(spans[1]["schema_url"], "https://opentelemetry.io/schemas/1.44.0");
    // types follow the digits: a count is an integer, a cost of nothing a double
    for part in
        ["\"gen_ai.usage.cache_read.input_tokens\":1300", "\"github.copilot.cost\":0.0", "\"gen_ai.response.finish_reasons\":[\"tool_calls\"]"]
    {
        assert!(spans[1]["attributes"].contains(part), "{part}");
    }
    const EVENT: [&str; 5] = ["event_name", "time", "origin", "span_id", "attributes"];
    let attributes = r#"{"exception.message":"Tool failed","exception.type":"ToolError","github.copilot.error_code":"failure"}"#;
    let expected = ["gen_ai.client.operation.exception", "1795369409670000000", "span_event", "28279eaf89e7814d", attributes];
    assert_eq!(cells(&events[0], &EVENT), expected);

    assert_eq!(metrics.len(), 6);
    const POINT: [&str; 11] = ["metric", "type", "unit", "temporality", "monotonic", "value", "value_int", "count", "sum", "start_time", "time"];
    let expected = [
        "gen_ai.client.operation.duration",
        "histogram",
        "s",
        "cumulative",
        "-",
        "-",
        "-",
        "2",
        "0.007229364",
        "1795369409115558328",
        "1795369410077390609",
    ];
    assert_eq!(cells(&metrics[1], &POINT), expected);
    assert_eq!(cells(&metrics[1], &["min", "max", "bucket_counts"]), ["0.003265731", "0.003963633", "2 0 0 0 0 0 0 0 0 0 0 0 0 0 0"]);
    assert_eq!(cells(&metrics[4], &POINT)[..8], ["github.copilot.tool.call.count", "sum", "{call}", "cumulative", "true", "1.0", "1", "-"]);
    assert_eq!(metrics[4]["attributes"], r#"{"gen_ai.tool.name":"view","success":false}"#);
}

#[test]
fn outfile_of_gemini_cli() {
    let ([spans, events, _], forms, reasons) = decode(GEMINI);
    assert_eq!((forms, reasons), (vec!["Gemini CLI outfile, JS SDK 2".to_owned()], vec![]));
    // the flags are those of the SDK's own OTLP: sampled, and known not to be remote
    let expected = ["tool_call", "internal", "ok", "257", "cbb81b196aa3f49d", "181293619", "gemini-cli", "v1"];
    assert_eq!(cells(&spans[0], &["name", "kind", "status", "flags", "parent_span_id", "duration_ns", "scope_name", "scope_version"]), expected);
    let columns = ["event_name", "time_source", "time", "body", "trace_id", "flags", "service_version"];
    let body = "\"Tool call: run_shell_command. Decision: accept. Success: true. Duration: 236ms.\"";
    let trace = spans[0]["trace_id"].as_str();
    assert_eq!(cells(&events[0], &columns), ["gemini_cli.tool_call", "record", "1795369711947000000", body, trace, "1", "v20.20.2"]);
    assert!(events[0]["attributes"].contains("\"duration_ms\":236,") && events[0]["attributes"].contains("\"success\":true"));
    // of the resource what is null is none, as the SDK's own exporter has it
    assert!(!events[0]["resource"].contains("host.id") && events[0]["resource"].contains("\"process.pid\":12167"));
}

#[test]
fn outfile_of_qwen_code() {
    let ([_, events, metrics], forms, reasons) = decode(QWEN);
    assert_eq!((forms, reasons), (vec!["Qwen Code outfile, JS SDK 2".to_owned()], vec![]));
    assert_eq!(events.iter().map(|e| e["event_name"].as_str()).collect::<Vec<_>>(), ["qwen-code.api_response", "qwen-code.tool_call"]);
    const POINT: [&str; 6] = ["metric", "temporality", "value_int", "sum", "start_time", "time"];
    let (counts, end) = (["qwen-code.tool.call.count", "cumulative", "1", "-"], "1795370115784000000");
    assert_eq!(cells(&metrics[0], &POINT), [&counts[..], &["1795370115230000000", end]].concat());
    // the end of all but the first is written as "[Circular]", and so are the bounds
    assert_eq!(cells(&metrics[1], &POINT), [&counts[..], &["1795370115362000000", end]].concat());
    assert_eq!(cells(&metrics[4], &POINT), ["qwen-code.api.request.latency", "cumulative", "-", "313.0", "1795370108370000000", end]);
    let bounds = "0.0 5.0 10.0 25.0 50.0 75.0 100.0 250.0 500.0 750.0 1000.0 2500.0 5000.0 7500.0 10000.0";
    assert!(metrics[2..].iter().all(|m| m["bounds"] == bounds));
}

#[test]
fn other_names_of_the_same_fields() {
    let context = r#"{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","traceFlags":1}"#;
    let resource = r#""resource":{"_attributes":{"service.name":"s","k":2},"asyncAttributesPending":false,"_syncAttributes":{}}"#;
    let old = format!(
        r#"{{"name":"n","startTime":[5,1],"_ended":true,"endTime":"[Circular]","kind":2,"_spanContext":{context},"parentSpanId":"00f067aa0ba902b7",
            "links":[{{"context":{context},"attributes":{{"l":1}},"droppedAttributesCount":3}}],
            "events":[{{"name":"e","attributes":{{"event.name":"real"}},"time":[5,2],"droppedAttributesCount":0}}],
            "instrumentationLibrary":{{"name":"lib","version":"1"}},{resource},"status":{{"code":0}},"_droppedEventsCount":4}}"#
    );
    // compact, public names, times as text and as milliseconds, as other writers of the same objects have them
    let new = r#"{"resource":{"attributes":{"service.name":"copilot-chat"}},"instrumentationScope":{"name":"i","schemaUrl":"u"},
        "traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203332","traceFlags":1,"traceState":"a=b","name":"n","kind":0,
        "parentSpanContext":{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","isRemote":true},
        "startTime":"2026-11-22T17:43:29.666Z","endTime":1795369409667.5,"duration":[0,1500000],"status":{"code":2,"message":"m"},"attributes":{}}"#;
    let log = r#"{"type":"log","timestamp":1795369409666,"observedTimestamp":[1795369409,667000000],"severityNumber":9,"severityText":"INFO",
        "body":{"b":[1,2.5,null]},"eventName":"ev","attributes":{"x":{"y":true}},"traceId":"0af7651916cd43dd8448eb211c80319c","resource":{}}"#;
    let ([spans, events, _], forms, reasons) = decode(&format!("{old}\n{new}\n{log}"));
    assert_eq!(reasons, [""; 0]);
    assert_eq!(forms, ["Copilot CLI file", "OpenTelemetry JS SDK objects", "OpenTelemetry JS SDK objects, JS SDK 1"]);
    const SPAN: [&str; 8] = ["kind", "status", "flags", "parent_span_id", "trace_state", "scope_name", "schema_url", "dropped_events_count"];
    assert_eq!(cells(&spans[0], &SPAN), ["client", "unset", "257", "00f067aa0ba902b7", "-", "lib", "-", "4"]);
    assert_eq!(cells(&spans[1], &SPAN), ["internal", "error", "769", "b7ad6b7169203331", "a=b", "i", "u", "0"]);
    assert_eq!(spans[1]["duration_ns"], "1500000");
    assert_eq!(spans[0]["resource"], r#"{"k":2,"service.name":"s"}"#);
    let link = r#"[{"attributes":{"l":1},"dropped_attributes_count":3,"flags":257,"span_id":"b7ad6b7169203331","trace_id":"0af7651916cd43dd8448eb211c80319c"}]"#;
    assert_eq!(spans[0]["links"], link);
    assert_eq!(cells(&events[0], &["event_name", "record_name"]), ["real", "e"]);
    let columns = ["event_name", "time", "observed_time", "severity", "severity_number", "body", "attributes", "trace_id"];
    let expected = ["ev", "1795369409666000000", "1795369409667000000", "INFO", "9", r#"{"b":[1,2.5,null]}"#, r#"{"x":{"y":true}}"#];
    assert_eq!(cells(&events[1], &columns), [&expected[..], &["0af7651916cd43dd8448eb211c80319c"]].concat());
}

/// A collection of the SDK with these metrics.
fn collection(metrics: &str) -> String {
    format!(r#"{{"scopeMetrics":[{{"metrics":[{metrics}],"scope":{{"name":"s","version":""}}}}],"resource":{{"_rawAttributes":[["a",1],["a",2]]}}}}"#)
}

#[test]
fn metrics_of_every_type_in_the_numbers_of_javascript() {
    let metric = |kind: u8, temporality: u8, value_type: u8, value: &str| {
        let point = format!(r#"{{"value":{value},"endTime":[9,0],"startTime":[8,0],"attributes":{{"k":"v"}}}}"#);
        format!(
            r#"{{"dataPoints":[{point}],"dataPointType":{kind},"aggregationTemporality":{temporality},"isMonotonic":false,
                "descriptor":{{"valueType":{value_type},"name":"m","unit":"By","type":"COUNTER"}}}}"#
        )
    };
    let exponential = r#"{"min":1,"max":4,"sum":5,"count":2,"scale":3,"zeroCount":1,"positive":{"offset":-2,"bucketCounts":[1,1]},"negative":{"offset":0,"bucketCounts":[]}}"#;
    let metrics = [metric(3, 0, 0, "7"), metric(3, 1, 1, "7"), metric(2, 1, 0, "7.5"), metric(1, 0, 0, exponential), metric(3, 1, 1, "null")];
    let ([_, _, points], _, reasons) = decode(&collection(&metrics.join(",")));
    assert_eq!(reasons, [""; 0]);
    let columns = ["type", "temporality", "monotonic", "value", "value_int", "count", "scale", "positive_offset", "positive_counts"];
    let expected = [
        ["sum", "delta", "false", "7.0", "7", "-", "-", "-", "-"],
        ["sum", "cumulative", "false", "7.0", "-", "-", "-", "-", "-"],
        ["gauge", "-", "-", "7.5", "-", "-", "-", "-", "-"],
        ["exponential_histogram", "delta", "-", "-", "-", "2", "3", "-2", "1 1"],
        ["sum", "cumulative", "false", "-", "-", "-", "-", "-", "-"],
    ];
    assert_eq!(points.iter().map(|p| cells(p, &columns)).collect::<Vec<_>>(), expected);
    assert_eq!(points[0]["resource"], r#"{"a":1}"#, "of a repeated key the first counts");
}

#[test]
fn a_point_that_is_not_written_out_is_set_aside_alone() {
    let points = r#"{"attributes":{},"startTime":[1,0],"endTime":[2,0],"value":1},{"attributes":"[Circular]","startTime":[1,0],"endTime":"[Circular]","value":2},
        {"attributes":{},"startTime":"soon","endTime":[2,0],"value":3},{"attributes":{},"startTime":[1,0],"endTime":[2,0],"value":4}"#;
    let metric = format!(
        r#"{{"descriptor":{{"name":"m","type":"COUNTER","valueType":0}},"aggregationTemporality":1,"dataPointType":3,"dataPoints":[{points}]}}"#
    );
    let ([_, _, kept], _, reasons) = decode(&collection(&metric));
    assert_eq!(kept.iter().map(|p| p["value_int"].as_str()).collect::<Vec<_>>(), ["1", "4"]);
    assert_eq!(reasons.len(), 2);
    assert!(reasons[0].starts_with("attributes that are not written out") && reasons[1].starts_with("no time"), "{reasons:?}");
}

#[test]
fn otlp_is_no_object_of_the_sdk() {
    let bare =
        r#"{"resource":{"attributes":[]},"scopeMetrics":[{"scope":{"name":"s"},"metrics":[{"name":"m","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}"#;
    let ([_, _, metrics], forms, reasons) = decode(bare);
    assert_eq!((metrics.len(), forms, reasons), (1, vec!["OTLP JSON, bare resources".to_owned()], vec![]));
    for other in [r#"{"type":"log","message":"m","time":1}"#, r#"{"type":"span"}"#, r#"{"traceId":"a","spanId":"b","startTime":1}"#] {
        let (_, _, reasons) = decode(other);
        assert!(reasons[0].contains("no other document that is known"), "{other}: {reasons:?}");
    }
}

#[test]
fn whole_files_torn_tails_and_documents_cut_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let otlp = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795369409666000000"}]}]}]}"#;
    let middle = GEMINI.find("\"_ended\"").unwrap();
    let files = [
        (GEMINI.to_owned(), "pretty-printed JSON", (2, 1, 1, 0, 0)),
        (QWEN.to_owned(), "pretty-printed JSON", (3, 0, 2, 5, 0)),
        (COPILOT.to_owned(), "JSON lines", (4, 2, 0, 6, 0)),
        (GEMINI[..GEMINI.len() - 30].to_owned(), "pretty-printed JSON", (1, 1, 0, 0, 1)),
        (COPILOT[..COPILOT.len() - 30].to_owned(), "JSON lines", (3, 2, 0, 3, 1)),
        (format!("{}\n{QWEN}", &GEMINI[..middle]), "pretty-printed JSON", (3, 0, 2, 5, 1)),
        (format!("{}{QWEN}", &GEMINI[middle..]), "pretty-printed JSON", (4, 0, 3, 5, 1)),
        (format!("{COPILOT}{QWEN}{otlp}\n{GEMINI}"), "JSON lines and pretty-printed JSON", (10, 3, 4, 11, 0)),
        (format!("{COPILOT}<html><body>502 Bad Gateway</body></html>\n{QWEN}"), "JSON lines and pretty-printed JSON", (7, 2, 2, 11, 1)),
    ];
    for (n, (text, ..)) in files.iter().enumerate() {
        std::fs::write(folder.path().join(n.to_string()), text).unwrap();
    }
    let inputs = discover(&[folder.path().display().to_string()]).unwrap();
    let seen = inspect(&inputs, &Options::default(), &Silent).unwrap();
    for (n, (seen, (_, framing, counts))) in seen.iter().zip(&files).enumerate() {
        assert_eq!((seen.requests, seen.spans, seen.log_records, seen.data_points, seen.set_aside), *counts, "file {n}: {:?}", seen.examples);
        assert_eq!(seen.framing, *framing, "file {n}");
    }
    assert_eq!(
        seen[7].told.forms.all().0.collect::<Vec<_>>(),
        ["Copilot CLI file", "Gemini CLI outfile, JS SDK 2", "OTLP JSON", "Qwen Code outfile, JS SDK 2"]
    );
}
