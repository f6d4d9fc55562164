//! One trace in every form in which Tempo gives it, against the request that was sent; and what each form is told of.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message as _;

use super::*;
use crate::decode::json::{Cursor, document};
use crate::decode::text::{self, Text};
use crate::decode::{DecodeError, Scratch, proto as otlp};
use crate::shown::{self, Row};
use crate::told::Told;

macro_rules! sample {
    ($name:literal) => {
        include_bytes!(concat!("../../../../../data/dumps/tempo/api/", $name)).as_slice()
    };
}

struct Decoded {
    spans: Vec<Row>,
    events: Vec<Row>,
    told: Told,
    outcome: Result<(), DecodeError>,
}

impl Decoded {
    fn of(decode: impl FnOnce(&mut Rows) -> Result<(), DecodeError>) -> Decoded {
        let mut rows = Rows::default();
        let outcome = decode(&mut rows);
        let told = rows.told().clone();
        let [spans, events, _] = shown::all(&mut rows);
        Decoded { spans, events, told, outcome }
    }

    fn reason(self) -> String {
        assert!(self.spans.is_empty());
        self.outcome.unwrap_err().reason
    }

    fn warnings(&self) -> Vec<&str> {
        self.told.warnings.all().0.collect()
    }

    fn form(&self) -> String {
        self.told.forms.all().0.collect::<Vec<_>>().join("; ")
    }

    /// The values of a column of `spans`.
    fn column(&self, name: &str) -> Vec<&str> {
        self.spans.iter().map(|row| row.get(name).map_or("", String::as_str)).collect()
    }

    /// Spans and events without what tells how they came here, sorted.
    fn contents(&self) -> [Vec<Row>; 2] {
        [&self.spans, &self.events].map(|rows| {
            let mut rows = rows.clone();
            for row in &mut rows {
                row.retain(|column, _| !matches!(column.as_str(), "record_id" | "span_record_id" | "system" | "source_id"));
            }
            rows.sort();
            rows
        })
    }
}

fn json(text: &str) -> Decoded {
    Decoded::of(|rows| {
        let mut aside = Vec::new();
        document(&mut Cursor::new(text), &mut Scratch::default(), rows, &mut aside)?;
        aside.pop().map_or(Ok(()), Err)
    })
}

fn json_sample(bytes: &[u8]) -> Decoded {
    json(std::str::from_utf8(bytes).unwrap())
}

fn protobuf(bytes: &[u8]) -> Decoded {
    Decoded::of(|rows| otlp::file(bytes, rows, &mut Vec::new()))
}

/// What `tempo-cli query trace-id` has printed.
fn printed(bytes: &[u8]) -> Decoded {
    Decoded::of(|rows| {
        let mut aside = Vec::new();
        let form = text::detect(bytes, true).unwrap();
        assert_eq!((form.decode)(&Text { head: bytes, bytes }, rows, &mut aside), 1);
        assert_eq!(aside, []);
        Ok(())
    })
}

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

/// A trace of one span in base64, in the form of an OTLP request, with fields of the span.
fn resource_spans(fields: &str) -> String {
    format!(
        r#"[{{"scopeSpans":[{{"spans":[{{"traceId":"CvdlGRbNQ92ESOshHIAxnA==","spanId":"t61rcWkgAAE=","startTimeUnixNano":"1795370580000000000"{fields}}}]}}]}}]"#
    )
}

#[test]
fn every_form_gives_the_same_spans() {
    let forms = [
        (json_sample(sample!("traces-v1.json")), "tempo", "Tempo /api/traces JSON"),
        (protobuf(sample!("traces-v1.pb")), "otlp", "OTLP protobuf"),
        (json_sample(sample!("traces-v2.json")), "tempo", "Tempo /api/v2/traces JSON"),
        (protobuf(sample!("traces-v2.pb")), "tempo", "Tempo /api/v2/traces protobuf"),
        (json_sample(sample!("tempo-cli-api.json")), "tempo", "tempo-cli trace JSON"),
        (printed(sample!("tempo-cli-query.txt")), "tempo", "tempo-cli trace JSON"),
    ];
    for (decoded, system, form) in &forms {
        assert_eq!(decoded.outcome, Ok(()), "{form}");
        assert_eq!((decoded.spans.len(), decoded.events.len()), (4, 2), "{form}");
        assert_eq!(decoded.contents(), forms[0].0.contents(), "{form}");
        assert_eq!(decoded.column("system"), vec![*system; 4], "{form}");
        assert_eq!(decoded.form(), *form);
        assert_eq!(decoded.warnings(), [] as [&str; 0], "{form}");
    }
}

#[test]
fn spans_are_those_that_were_sent_but_for_schema_urls_and_flags() {
    let mut sent = json_sample(sample!("otlp.json"));
    sent.spans.retain(|row| row["trace_id"] == TRACE);
    sent.events.retain(|row| row["trace_id"] == TRACE);
    for row in sent.spans.iter_mut().chain(&mut sent.events) {
        row.remove("schema_url");
        row.insert("flags".to_owned(), "0".to_owned());
        row.entry("links".to_owned()).and_modify(|links| *links = links.replace("\"flags\":1,", ""));
    }
    let got = json_sample(sample!("traces-v1.json"));
    assert_eq!(got.contents(), sent.contents());
    let lost: Vec<&str> = got.told.lacks.all().0.collect();
    assert_eq!(lost, ["flags of spans and links", "schema URLs"]);
}

#[test]
fn an_answer_is_read_whatever_the_order_of_its_keys() {
    let spans = resource_spans("");
    let texts = [
        format!(r#"{{"metrics":{{}},"trace":{{"resourceSpans":{spans}}}}}"#),
        format!(r#"{{"trace":{{"batches":{spans}}},"status":"COMPLETE"}}"#),
        format!(r#"{{"metrics":{{}},"batches":{spans}}}"#),
    ];
    for text in texts {
        let decoded = json(&text);
        assert_eq!((decoded.outcome.clone(), decoded.column("trace_id")), (Ok(()), vec![TRACE]), "{text}");
        assert_eq!(decoded.warnings(), [] as [&str; 0], "{text}");
    }
}

#[test]
fn a_part_of_a_trace_is_told() {
    let spans = resource_spans("");
    let text = json(&format!(r#"{{"trace":{{"resourceSpans":{spans}}},"metrics":{{}},"status":"PARTIAL","message":"trace exceeds max size"}}"#));
    let wire = [sample!("traces-v2.pb"), &[0x18, 1, 0x22, 5], b"large"].concat();
    let wire = protobuf(&wire);
    assert_eq!((text.spans.len(), wire.spans.len()), (1, 4));
    for (decoded, message) in [(text, "trace exceeds max size"), (wire, "large")] {
        let [warning] = decoded.warnings()[..] else { panic!("{:?}", decoded.told) };
        assert!(warning.contains("a part of the trace only") && warning.contains(message), "{warning}");
    }
}

#[test]
fn what_holds_no_trace_is_refused_with_its_reason() {
    for (text, reason) in [
        (r#"{"trace":{},"metrics":{}}"#, "found no such trace"),
        (r#"{"trace":null}"#, "found no such trace"),
        (r#"{"batches":[]}"#, "found no such trace"),
        (r#"{"trace":{"traceId":"0af7","services":[]},"status":"COMPLETE"}"#, "for language models"),
        (r#"{"traces":[],"metrics":{"completedJobs":2}}"#, "search result"),
        (r#"{"metrics":{"inspectedBytes":"177915"}}"#, "search result"),
        (r#"{"series":[{"labels":[],"samples":[]}],"metrics":{}}"#, "TraceQL metrics"),
        (r#"{"scopes":[{"name":"span","tags":["a"]}]}"#, "names or values of tags"),
        (r#"{"tagNames":["a"]}"#, "names or values of tags"),
        (r#"{"tagValues":[{"type":"string","value":"a"}]}"#, "names or values of tags"),
        (r#"{"data":[{"traceID":"0af7","spans":[],"processes":{}}],"total":0}"#, "Jaeger"),
    ] {
        let found = json(text).reason();
        assert!(found.contains(reason), "{text}: {found}");
    }
    assert!(json_sample(sample!("search.json")).reason().contains("search result"));
    assert!(json_sample(sample!("llm.json")).reason().contains("for language models"));
    assert!(protobuf(&[0x0a, 0, 0x12, 0]).reason().contains("found no such trace"));
    // of others, whatever their keys
    for text in [r#"{"trace":"on"}"#, r#"{"scopes":[]}"#, r#"{"series":3}"#, r#"{"metrics":[]}"#] {
        let decoded = json(text);
        assert!(decoded.outcome.is_ok() || decoded.reason().contains("no other document"), "{text}");
    }
}

#[test]
fn a_torn_answer_leaves_nothing() {
    for sample in [sample!("traces-v1.json"), sample!("traces-v2.json")] {
        let torn = json_sample(&sample[..sample.len() - 40]).reason();
        assert!(torn.contains("the document ends"), "{torn}");
    }
    for sample in [sample!("traces-v1.pb"), sample!("traces-v2.pb")] {
        assert!(otlp::looks_like(&sample[..600], true));
        assert!(protobuf(&sample[..600]).reason().contains("beyond"));
    }
}

#[test]
fn a_request_of_otlp_is_never_taken_for_an_answer() {
    // resources without records, of which one has an attribute as long as a trace would be
    let resource = protobuf(&[0x0a, 12, 0x0a, 10, 0x0a, 8, 0x0a, 1, b'k', 0x12, 3, 0x0a, 1, b'v']);
    for decoded in [resource, protobuf(&[0x0a, 0]), protobuf(&[])] {
        assert_eq!((decoded.outcome.clone(), decoded.form(), decoded.spans.len()), (Ok(()), String::new(), 0));
    }
}

#[test]
fn a_download_from_grafana_is_told_by_its_ids() {
    let decoded = json_sample(sample!("grafana.json"));
    assert_eq!((decoded.outcome.clone(), decoded.form().as_str()), (Ok(()), "Grafana trace download"));
    assert_eq!(decoded.column("system"), ["grafana"; 3]);
    assert_eq!(decoded.column("trace_id"), ["254a3486e58b764af9d51be5554527d4"; 3]);
    assert_eq!(decoded.column("scope_name"), ["codex_exec"; 3]);
    assert_eq!(decoded.warnings(), [] as [&str; 0]);
    assert!(decoded.told.lacks.all().0.any(|lack| lack == "nanosecond digits of times"));
}

#[test]
fn old_downloads_from_grafana_have_half_a_trace_id() {
    let decoded = json(
        r#"{"batches":[{"instrumentationLibrarySpans":[{"spans":[{"traceId":"0000000000000000f9d51be5554527d4","spanId":"24ea14a1a1fbb84e",
        "kind":3,"startTimeUnixNano":1795369359123456800,"endTimeUnixNano":1.7953693591234570e18,"status":{"code":2,"message":""},
        "events":[{"timeUnixNano":1795369359123000000,"attributes":[{"key":"n","value":{"intValue":5}}],"name":""}],
        "links":[{"traceId":"f9d51be5554527d4","spanId":"24ea14a1a1fbb84e","attributes":[]}]}]}]}]}"#,
    );
    assert_eq!(decoded.outcome, Ok(()));
    let [span] = &decoded.spans[..] else { panic!("{:?}", decoded.spans) };
    assert_eq!((span["trace_id"].as_str(), span["start_time"].as_str()), ("0000000000000000f9d51be5554527d4", "1795369359123456800"));
    assert_eq!((span["kind"].as_str(), span["status"].as_str()), ("client", "error"));
    assert_eq!(span["links"], r#"[{"span_id":"24ea14a1a1fbb84e","trace_id":"0000000000000000f9d51be5554527d4"}]"#);
    assert_eq!(decoded.events.len(), 1);
    assert!(decoded.warnings()[0].contains("first half is zero"));
}

#[test]
fn attributes_that_may_have_been_cut_are_named_where_tempo_was() {
    let attribute = format!(r#","attributes":[{{"key":"ai.prompt","value":{{"stringValue":"{}"}}}}]"#, "x".repeat(2048));
    let base64 = resource_spans(&attribute);
    let hex = base64.replace("CvdlGRbNQ92ESOshHIAxnA==", TRACE).replace("t61rcWkgAAE=", "b7ad6b7169200001");
    for (text, named) in [
        (format!(r#"{{"batches":{base64}}}"#), true),
        (format!(r#"{{"trace":{{"resourceSpans":{base64}}}}}"#), true),
        (format!(r#"{{"resourceSpans":{base64}}}"#), true),
        (format!(r#"{{"batches":{hex}}}"#), true),
        (format!(r#"{{"resourceSpans":{hex}}}"#), false),
    ] {
        let decoded = json(&text);
        assert_eq!(decoded.column("truncated_attributes"), [if named { r#"["ai.prompt"]"# } else { "" }], "{}", &text[..40]);
        assert_eq!(decoded.warnings().contains(&cut::WARNING), named);
    }
}

/// A request of a span for each trace, with an attribute of the length at which Tempo cuts.
fn request(traces: &[u8], schema_url: &str) -> Vec<u8> {
    let value = Some(AnyValue { value: Some(Any::StringValue("x".repeat(2048))) });
    let attributes = vec![KeyValue { key: "ai.prompt".to_owned(), value, ..KeyValue::default() }];
    let span = |trace: &u8| Span { trace_id: vec![*trace; 16], span_id: vec![1; 8], attributes: attributes.clone(), ..Span::default() };
    let scope = ScopeSpans { spans: traces.iter().map(span).collect(), schema_url: schema_url.to_owned(), ..ScopeSpans::default() };
    ExportTraceServiceRequest { resource_spans: vec![ResourceSpans { scope_spans: vec![scope], ..ResourceSpans::default() }] }.encode_to_vec()
}

#[test]
fn protobuf_that_may_be_of_tempo_is_looked_through_too() {
    let one = request(&[1], "");
    let answer = [&[0x0a, (one.len() & 0x7f | 0x80) as u8, (one.len() >> 7) as u8][..], &one].concat();
    let framed = Decoded::of(|rows| otlp::request(&one, rows, &mut Vec::new()));
    for (decoded, form, named) in [
        (protobuf(&one), "OTLP protobuf", true),
        (protobuf(&answer), "Tempo /api/v2/traces protobuf", true),
        (protobuf(&request(&[1], "https://opentelemetry.io/schemas/1.44.0")), "OTLP protobuf", false),
        (protobuf(&request(&[1, 2], "")), "OTLP protobuf", false),
        (framed, "OTLP protobuf", false),
    ] {
        assert_eq!((decoded.outcome.clone(), decoded.form().as_str()), (Ok(()), form));
        assert_eq!(decoded.column("truncated_attributes")[0], if named { r#"["ai.prompt"]"# } else { "" });
        assert_eq!(decoded.warnings().len(), usize::from(named));
    }
}
