//! The walk on the wire against prost: what opentelemetry-proto encodes must give the rows that the same request gives as JSON.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1 as m;
use opentelemetry_proto::tonic::resource::v1::Resource as ProtoResource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span};
use prost::Message as _;

use super::*;
use crate::decode::json;
use crate::shown::{self, Row};

fn attribute(key: &str, value: Any) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

fn attributes() -> Vec<KeyValue> {
    let text = |t: &str| Any::StringValue(t.to_owned());
    let any = |value| AnyValue { value: Some(value) };
    vec![
        attribute("z", text("quote \" back \\ line \n é 😀 \u{1}")),
        attribute("a", Any::IntValue(i64::MIN)),
        attribute("dup", Any::BoolValue(false)),
        attribute("d", Any::DoubleValue(1e21)),
        attribute("dup", text("again")),
        attribute("inf", Any::DoubleValue(f64::INFINITY)),
        attribute("bytes", Any::BytesValue(vec![0, 1, 254, 255])),
        attribute("list", Any::ArrayValue(ArrayValue { values: vec![any(Any::IntValue(1)), AnyValue { value: None }, any(text("x"))] })),
        attribute(
            "map",
            Any::KvlistValue(KeyValueList { values: vec![attribute("b", Any::BoolValue(true)), attribute("a", Any::DoubleValue(0.5))] }),
        ),
        KeyValue { key: "none".to_owned(), value: None, ..KeyValue::default() },
    ]
}

const ATTRIBUTES: &str = r#"[{"key":"z","value":{"stringValue":"quote \" back \\ line \n é 😀 \u0001"}},{"key":"a","value":{"intValue":"-9223372036854775808"}},
    {"key":"dup","value":{"boolValue":false}},{"key":"d","value":{"doubleValue":1e21}},{"key":"dup","value":{"stringValue":"again"}},
    {"key":"inf","value":{"doubleValue":"Infinity"}},{"key":"bytes","value":{"bytesValue":"AAH+/w=="}},
    {"key":"list","value":{"arrayValue":{"values":[{"intValue":1},{},{"stringValue":"x"}]}}},
    {"key":"map","value":{"kvlistValue":{"values":[{"key":"b","value":{"boolValue":true}},{"key":"a","value":{"doubleValue":0.5}}]}}},{"key":"none"}]"#;

fn resource() -> Option<ProtoResource> {
    Some(ProtoResource { attributes: vec![attribute("service.name", Any::StringValue("svc".to_owned()))], ..ProtoResource::default() })
}

fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope {
        name: "lib".to_owned(),
        version: "1".to_owned(),
        attributes: vec![attribute("k", Any::IntValue(2))],
        ..Default::default()
    })
}

const ORIGIN: &str = r#""resource":{"attributes":[{"key":"service.name","value":{"stringValue":"svc"}}]},"schemaUrl":"r""#;
const SCOPE: &str = r#""scope":{"name":"lib","version":"1","attributes":[{"key":"k","value":{"intValue":2}}]}"#;

/// Both forms give the same rows, identities included; gives their number by table.
fn same(bytes: &[u8], text: &str) -> [Vec<Row>; 3] {
    let (mut rows, mut aside) = (Rows::default(), Vec::new());
    request(bytes, &mut rows, &mut aside).unwrap();
    let from_wire = shown::all(&mut rows);
    json::document(&mut json::Cursor::new(text), &mut Scratch::default(), &mut rows, &mut aside).unwrap();
    assert_eq!(aside, []);
    let from_json = shown::all(&mut rows);
    assert_eq!(from_wire, from_json);
    from_wire
}

#[test]
fn spans_are_those_of_the_json() {
    let span = Span {
        trace_id: (1..17).collect(),
        span_id: vec![0, 0, 0, 0, 0, 0, 0, 9],
        parent_span_id: vec![0; 8],
        trace_state: "a=b".to_owned(),
        name: "name".to_owned(),
        kind: 3,
        start_time_unix_nano: 1_795_369_212_000_000_001,
        end_time_unix_nano: 1_795_369_212_000_000_009,
        attributes: attributes(),
        dropped_attributes_count: 1,
        dropped_events_count: 2,
        dropped_links_count: 3,
        flags: 257,
        status: Some(Status { code: 2, message: "bad".to_owned() }),
        events: vec![
            span::Event { time_unix_nano: 5, name: "e".to_owned(), attributes: attributes(), dropped_attributes_count: 7 },
            span::Event::default(),
        ],
        links: vec![span::Link {
            trace_id: (1..17).collect(),
            span_id: vec![1; 8],
            trace_state: "c".to_owned(),
            attributes: attributes(),
            dropped_attributes_count: 1,
            flags: 1,
        }],
    };
    let message = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: resource(),
            scope_spans: vec![ScopeSpans {
                scope: scope(),
                spans: vec![span, Span { name: "empty".to_owned(), kind: 9, ..Span::default() }],
                schema_url: "s".to_owned(),
            }],
            schema_url: "r".to_owned(),
        }],
    };
    let text = format!(
        r#"{{"resourceSpans":[{{{ORIGIN},"scopeSpans":[{{{SCOPE},"schemaUrl":"s","spans":[{{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0000000000000009",
        "traceState":"a=b","name":"name","kind":3,"startTimeUnixNano":"1795369212000000001","endTimeUnixNano":"1795369212000000009","attributes":{ATTRIBUTES},
        "droppedAttributesCount":1,"droppedEventsCount":2,"droppedLinksCount":3,"flags":257,"status":{{"code":2,"message":"bad"}},
        "events":[{{"timeUnixNano":"5","name":"e","attributes":{ATTRIBUTES},"droppedAttributesCount":7}},{{}}],
        "links":[{{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0101010101010101","traceState":"c","attributes":{ATTRIBUTES},"droppedAttributesCount":1,"flags":1}}]}},
        {{"name":"empty","kind":9}}]}}]}}]}}"#
    );
    let [spans, events, _] = same(&message.encode_to_vec(), &text);
    assert_eq!((spans.len(), events.len()), (2, 2));
    assert_eq!(spans[1]["kind"], "9");
    assert!(spans[0]["attributes"].contains(r#""dup":[false,"again"]"#), "{}", spans[0]["attributes"]);
}

#[test]
fn log_records_are_those_of_the_json() {
    let record = LogRecord {
        observed_time_unix_nano: 1_795_369_212_000_000_001,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: Some(AnyValue { value: Some(Any::KvlistValue(KeyValueList { values: attributes() })) }),
        attributes: vec![
            attribute("event.name", Any::StringValue("codex.x".to_owned())),
            attribute("event.timestamp", Any::StringValue("2026-11-22T17:40:40.986Z".to_owned())),
        ],
        trace_id: (1..17).collect(),
        span_id: vec![1; 8],
        event_name: "own".to_owned(),
        flags: 1,
        dropped_attributes_count: 2,
        ..LogRecord::default()
    };
    let message = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: resource(),
            scope_logs: vec![ScopeLogs { scope: scope(), log_records: vec![record.clone(), record], schema_url: String::new() }],
            schema_url: "r".to_owned(),
        }],
    };
    let record = format!(
        r#"{{"observedTimeUnixNano":"1795369212000000001","severityNumber":9,"severityText":"INFO","body":{{"kvlistValue":{{"values":{ATTRIBUTES}}}}},
        "attributes":[{{"key":"event.name","value":{{"stringValue":"codex.x"}}}},{{"key":"event.timestamp","value":{{"stringValue":"2026-11-22T17:40:40.986Z"}}}}],
        "traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0101010101010101","eventName":"own","flags":1,"droppedAttributesCount":2}}"#
    );
    let text = format!(r#"{{"resourceLogs":[{{{ORIGIN},"scopeLogs":[{{{SCOPE},"logRecords":[{record},{record}]}}]}}]}}"#);
    let [_, events, _] = same(&message.encode_to_vec(), &text);
    assert_eq!(events[0]["time_source"], "attribute");
    assert_ne!(events[0]["record_id"], events[1]["record_id"], "equal records of one request are two");
}

#[test]
fn data_points_are_those_of_the_json() {
    let number = |value| m::NumberDataPoint {
        attributes: attributes(),
        start_time_unix_nano: 1,
        time_unix_nano: 2,
        value,
        flags: 1,
        exemplars: vec![exemplar()],
    };
    let metric = |name: &str, data| m::Metric {
        name: name.to_owned(),
        unit: "ms".to_owned(),
        data: Some(data),
        metadata: vec![attribute("k", Any::IntValue(1))],
        ..Default::default()
    };
    let side = |offset, counts: &[u64]| Some(m::exponential_histogram_data_point::Buckets { offset, bucket_counts: counts.to_vec() });
    let metrics = vec![
        metric("g", m::metric::Data::Gauge(m::Gauge { data_points: vec![number(Some(m::number_data_point::Value::AsInt(-3))), number(None)] })),
        metric(
            "s",
            m::metric::Data::Sum(m::Sum {
                data_points: vec![number(Some(m::number_data_point::Value::AsDouble(f64::NAN)))],
                aggregation_temporality: 1,
                is_monotonic: true,
            }),
        ),
        metric(
            "h",
            m::metric::Data::Histogram(m::Histogram {
                data_points: vec![m::HistogramDataPoint {
                    count: 3,
                    sum: Some(0.0),
                    bucket_counts: vec![1, 0, 2],
                    explicit_bounds: vec![0.5, 2.0],
                    max: Some(9.0),
                    exemplars: vec![exemplar()],
                    ..Default::default()
                }],
                aggregation_temporality: 2,
            }),
        ),
        metric(
            "x",
            m::metric::Data::ExponentialHistogram(m::ExponentialHistogram {
                data_points: vec![m::ExponentialHistogramDataPoint {
                    count: 300,
                    scale: -2,
                    zero_count: 1,
                    positive: side(-5, &[1, 300]),
                    negative: side(0, &[]),
                    zero_threshold: 0.25,
                    ..Default::default()
                }],
                aggregation_temporality: 1,
            }),
        ),
        metric(
            "y",
            m::metric::Data::Summary(m::Summary {
                data_points: vec![m::SummaryDataPoint {
                    count: 2,
                    sum: 0.0,
                    quantile_values: vec![m::summary_data_point::ValueAtQuantile { quantile: 0.5, value: 0.0 }],
                    ..Default::default()
                }],
            }),
        ),
    ];
    let message = ExportMetricsServiceRequest {
        resource_metrics: vec![m::ResourceMetrics {
            resource: resource(),
            scope_metrics: vec![m::ScopeMetrics { scope: scope(), metrics, schema_url: String::new() }],
            schema_url: "r".to_owned(),
        }],
    };
    let exemplar = format!(
        r#"{{"filteredAttributes":{ATTRIBUTES},"timeUnixNano":"7","asDouble":1.5,"spanId":"0101010101010101","traceId":"0102030405060708090a0b0c0d0e0f10"}}"#
    );
    let number = |value: &str| {
        format!(r#"{{"attributes":{ATTRIBUTES},"startTimeUnixNano":"1","timeUnixNano":"2",{value}"flags":1,"exemplars":[{exemplar}]}}"#)
    };
    let metric = |name: &str, data: &str| format!(r#"{{"name":"{name}","unit":"ms",{data},"metadata":[{{"key":"k","value":{{"intValue":"1"}}}}]}}"#);
    let metrics = [
        metric("g", &format!(r#""gauge":{{"dataPoints":[{},{}]}}"#, number(r#""asInt":-3,"#), number(""))),
        metric("s", &format!(r#""sum":{{"dataPoints":[{}],"aggregationTemporality":1,"isMonotonic":true}}"#, number(r#""asDouble":"NaN","#))),
        metric(
            "h",
            &format!(
                r#""histogram":{{"dataPoints":[{{"count":"3","sum":0,"bucketCounts":["1","0","2"],"explicitBounds":[0.5,2],"max":9,"exemplars":[{exemplar}]}}],"aggregationTemporality":2}}"#
            ),
        ),
        metric(
            "x",
            r#""exponentialHistogram":{"dataPoints":[{"count":"300","scale":-2,"zeroCount":"1","positive":{"offset":-5,"bucketCounts":["1","300"]},"negative":{},"zeroThreshold":0.25}],"aggregationTemporality":1}"#,
        ),
        metric("y", r#""summary":{"dataPoints":[{"count":"2","quantileValues":[{"quantile":0.5}]}]}"#),
    ];
    let text = format!(r#"{{"resourceMetrics":[{{{ORIGIN},"scopeMetrics":[{{{SCOPE},"metrics":[{}]}}]}}]}}"#, metrics.join(","));
    let [.., points] = same(&message.encode_to_vec(), &text);
    assert_eq!(points.len(), 6);
    assert_eq!(points[0]["value_int"], "-3");
    assert_eq!((points[4]["positive_counts"].as_str(), points[4]["positive_offset"].as_str()), ("1 300", "-5"));
}

fn exemplar() -> m::Exemplar {
    m::Exemplar {
        filtered_attributes: attributes(),
        time_unix_nano: 7,
        span_id: vec![1; 8],
        trace_id: (1..17).collect(),
        value: Some(m::exemplar::Value::AsDouble(1.5)),
    }
}

#[test]
fn broken_messages_are_refused_without_a_row() {
    let logs = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            scope_logs: vec![ScopeLogs { log_records: vec![LogRecord { time_unix_nano: 5, ..Default::default() }; 3], ..Default::default() }],
            ..Default::default()
        }],
    }
    .encode_to_vec();
    for cut in 1..logs.len() {
        let (mut rows, mut aside) = (Rows::default(), Vec::new());
        if request(&logs[..cut], &mut rows, &mut aside).is_err() {
            assert_eq!(rows.counts(), Default::default(), "cut at {cut}");
        }
    }
    let mut nested = AnyValue { value: Some(Any::IntValue(1)) };
    for _ in 0..150 {
        nested = AnyValue { value: Some(Any::ArrayValue(ArrayValue { values: vec![nested] })) };
    }
    let record = LogRecord { time_unix_nano: 5, body: Some(nested), ..Default::default() };
    let deep = ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs { scope_logs: vec![ScopeLogs { log_records: vec![record], ..Default::default() }], ..Default::default() }],
    };
    let mut aside = Vec::new();
    request(&deep.encode_to_vec(), &mut Rows::default(), &mut aside).unwrap();
    assert!(aside[0].reason.contains("nested deeper"), "{aside:?}");
}

#[test]
fn text_that_is_not_utf8_costs_only_its_record() {
    // ScopeLogs with two records: severity_text (3) "ok", then severity_text 0xff
    let record = |text: &[u8]| [&[0x09, 5, 0, 0, 0, 0, 0, 0, 0, 0x1a, text.len() as u8], text].concat();
    let wrap = |tag: u8, inner: Vec<u8>| [vec![tag, inner.len() as u8], inner].concat();
    let scope = [wrap(0x12, record(b"ok")), wrap(0x12, record(&[0xff]))].concat();
    let (mut rows, mut aside) = (Rows::default(), Vec::new());
    request(&wrap(0x0a, wrap(0x12, scope)), &mut rows, &mut aside).unwrap();
    assert_eq!((rows.counts().events, aside.len()), (1, 1));
    assert!(aside[0].reason.contains("UTF-8"));
}

#[test]
fn fields_that_otlp_does_not_have_are_told() {
    let wrap = |tag: u8, inner: Vec<u8>| [vec![tag, inner.len() as u8], inner].concat();
    let record = [&[0x09, 5, 0, 0, 0, 0, 0, 0, 0][..], &wrap(0x22, vec![1; 3])].concat();
    let scope = wrap(0x12, record);
    let (mut rows, mut aside) = (Rows::default(), Vec::new());
    // beside records: in a request, a resource, a scope
    let resource = [wrap(0x12, [scope.clone(), wrap(0x22, vec![])].concat()), wrap(0x2a, scope.clone())].concat();
    request(&[wrap(0x0a, resource), wrap(0x1a, vec![])].concat(), &mut rows, &mut aside).unwrap();
    let reasons: Vec<String> = aside.iter().map(|a| a.reason.clone()).collect();
    assert_eq!(rows.counts().events, 1);
    for what in ["field 5 of a resource's telemetry", "field 4 of a scope's telemetry", "field 3 of a request"] {
        assert!(reasons.iter().any(|reason| reason.starts_with(what)), "{what}: {reasons:?}");
    }
    assert!(rows.told().warnings.all().0.any(|w| w.ends_with("left out: number 4 of a log record")));
    // in place of records
    let hidden = |tags: [u8; 3]| wrap(tags[0], wrap(tags[1], wrap(tags[2], vec![0x09, 5, 0, 0, 0, 0, 0, 0, 0xff])));
    for (tags, what) in
        [([0x1a, 0x12, 0x12], "3 of a request"), ([0x0a, 0x32, 0x12], "6 of a resource's telemetry"), ([0x0a, 0x12, 0x1a], "3 of a scope's")]
    {
        let error = request(&hidden(tags), &mut rows, &mut Vec::new()).unwrap_err();
        assert!(error.reason.starts_with(&format!("field {what}")), "{error}");
    }
    assert!(request(&wrap(0x0a, wrap(0x12, wrap(0x1a, b"https://schema".to_vec()))), &mut rows, &mut Vec::new()).is_ok());
    let metric = wrap(0x0a, wrap(0x12, wrap(0x12, [wrap(0x0a, b"name".to_vec()), wrap(0x2a, vec![]), wrap(0x72, vec![0; 4])].concat())));
    let (mut rows, mut aside) = (Rows::default(), Vec::new());
    request(&metric, &mut rows, &mut aside).unwrap();
    let warnings: Vec<&str> = rows.told().warnings.all().0.collect();
    assert_eq!((aside.as_slice(), warnings.len()), (&[][..], 1), "{warnings:?}");
    assert!(rows.told().warnings.all().0.any(|w| w.ends_with("number 14 of a metric")));
}
