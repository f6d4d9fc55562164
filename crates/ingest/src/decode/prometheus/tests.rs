//! Tests of all forms together, with the program's own names of metrics and attributes.

use std::sync::Arc;

use crate::decode::Scratch;
use crate::decode::json::{self, Cursor};
use crate::decode::text::{Form, Text};
use crate::rows::Rows;
use crate::shown::{self, Row};
use crate::told::Told;

/// What was read: the samples, what was set aside, and what was told.
struct Read {
    samples: Vec<Row>,
    aside: Vec<String>,
    told: Told,
}

impl Read {
    fn of(mut rows: Rows, aside: Vec<String>) -> Read {
        let told = std::mem::take(rows.told());
        let [_, _, samples] = shown::all(&mut rows);
        Read { samples, aside, told }
    }

    fn column(&self, name: &str) -> Vec<&str> {
        self.samples.iter().map(|s| s.get(name).map_or("", String::as_str)).collect()
    }

    fn warned(&self, of: &str) -> bool {
        self.told.warnings.all().0.any(|w| w.contains(of))
    }
}

fn rows() -> Rows {
    Rows::new(Arc::new(tracemill_normalize::vocabulary(None).unwrap()), &crate::Privacy::default())
}

fn document(text: &str) -> Read {
    let (mut rows, mut aside) = (rows(), Vec::new());
    let outcome = json::document(&mut Cursor::new(text), &mut Scratch::default(), &mut rows, &mut aside);
    let reasons = aside.iter().chain(outcome.as_ref().err()).map(|e| e.reason.clone()).collect();
    Read::of(rows, reasons)
}

fn text(form: &Form, bytes: &str) -> Read {
    assert!((form.recognises)(bytes.as_bytes(), true), "{bytes}");
    let (mut rows, mut aside) = (rows(), Vec::new());
    let _ = (form.decode)(&Text { head: bytes.as_bytes(), bytes: bytes.as_bytes() }, &mut rows, &mut aside);
    Read::of(rows, aside.into_iter().map(|a| format!("{}: {}", &bytes[a.range], a.reason)).collect())
}

fn series(metric: &str, samples: &str) -> String {
    format!(r#"{{"status":"success","data":{{"result":[{{"metric":{{{metric}}},{samples}}}],"resultType":"matrix"}}}}"#)
}

#[test]
fn a_series_becomes_the_metric_it_was() {
    let labels =
        r#""__name__":"codex_turn_token_usage_sum","job":"codex_exec","instance":"i-1","app_version":"0.169.0","token_type":"total","env":"dev""#;
    let read = document(&series(labels, r#""values":[[1795369213.022,"1237"],[1795369216.007,"4499"]]"#));
    assert_eq!(read.aside, Vec::<String>::new());
    let row = &read.samples[1];
    for (column, expected) in [
        ("metric", "codex.turn.token_usage"),
        ("series", "codex_turn_token_usage_sum"),
        ("type", "histogram"),
        ("sum", "4499.0"),
        ("time", "1795369216007000000"),
        ("service_name", "codex_exec"),
        ("attributes", r#"{"app.version":"0.169.0","token_type":"total"}"#),
        ("resource", r#"{"env":"dev","service.instance.id":"i-1","service.name":"codex_exec"}"#),
        ("system", "prometheus"),
    ] {
        assert_eq!(row.get(column).map(String::as_str), Some(expected), "{column}");
    }
    // nobody knows the number of values, their bounds, or what the sum was counted from
    assert!(["count", "value", "temporality", "start_time", "bounds"].iter().all(|c| !row.contains_key(*c)), "{row:?}");
}

#[test]
fn the_parts_of_a_histogram_are_told_apart() {
    let name = "codex_api_request_duration_ms_milliseconds";
    let dump = format!(
        "{name}_bucket{{job=\"codex_exec\",le=\"5\"}} 3 1795369216.007\n{name}_bucket{{job=\"codex_exec\",le=\"+Inf\"}} 9 1795369216.007\n\
         {name}_count{{job=\"codex_exec\"}} 9 1795369216.007\ncodex_tool_call_total{{job=\"codex_exec\"}} 2 1795369216.007\n# EOF\n"
    );
    let read = text(&super::text::DUMP, &dump);
    assert_eq!(read.column("metric"), ["codex.api_request.duration_ms"; 3].into_iter().chain(["codex.tool.call"]).collect::<Vec<_>>());
    assert_eq!(read.column("bounds"), ["5.0", "", "", ""]);
    assert_eq!(read.column("bucket_counts"), ["3", "9", "", ""]);
    assert_eq!(read.column("count"), ["", "", "9", ""]);
    assert_eq!((read.column("value"), read.column("monotonic")), (vec!["", "", "", "2.0"], vec!["", "", "", "true"]));
    assert_eq!(read.told.forms.all().0.collect::<Vec<_>>(), ["promtool tsdb dump-openmetrics"]);
}

#[test]
fn a_scraped_series_is_the_agents_and_not_the_servers() {
    let labels = r#""__name__":"codex_tool_call_total","job":"otelcol","instance":"127.0.0.1:8889","exported_job":"team/codex_exec","otel_scope_name":"codex""#;
    let read = document(&series(labels, r#""values":[[1795373897.939,"2"]]"#));
    let row = &read.samples[0];
    assert_eq!((row["service_name"].as_str(), row["scope_name"].as_str()), ("codex_exec", "codex"));
    assert!(row["resource"].contains(r#""service.namespace":"team""#), "{row:?}");
    assert_eq!(row["attributes"], r#"{"instance":"127.0.0.1:8889","job":"otelcol"}"#);
}

#[test]
fn names_with_dots_and_quotes_are_read() {
    let read = text(&super::text::DUMP, "{\"codex.tool.call\",\"app.version\"=\"0.169.0\",job=\"codex_exec\"} 4 1795369216.007\n");
    assert_eq!((read.column("metric"), read.column("attributes")), (vec!["codex.tool.call"], vec![r#"{"app.version":"0.169.0"}"#]));
    let read = text(&super::text::DUMP, "{__name__=\"codex_tool_call_total\", job=\"codex_exec\", tool=\"a\\\"b\\\\c\"} 4 1795369216007\n");
    assert_eq!((read.column("time"), read.column("attributes")), (vec!["1795369216007000000"], vec![r#"{"tool":"a\"b\\c"}"#]));
}

#[test]
fn an_exposition_declares_what_no_vocabulary_knows() {
    let page = "# HELP my_jobs_total Jobs.\n# TYPE my_jobs_total counter\nmy_jobs_total{job=\"x\"} 7\n# TYPE my_size gauge\nmy_size 3.5 1795369216007\n\
                # TYPE my_time histogram\nmy_time_bucket{le=\"1\"} 2 1.795369216007e+09 # {trace_id=\"a\"} 0.5 1.7e+09\nmy_time_sum 4 1.795369216007e+09\nbroken line here\n";
    let read = text(&super::text::EXPOSITION, page);
    assert_eq!(read.samples.len(), 4);
    let of = |series: &str| read.samples.iter().find(|s| s["series"] == series).unwrap();
    assert_eq!((of("my_jobs_total")["type"].as_str(), of("my_jobs_total")["description"].as_str()), ("sum", "Jobs."));
    assert!(!of("my_jobs_total").contains_key("time") && read.warned("without a time"));
    assert_eq!((of("my_size")["type"].as_str(), of("my_time_bucket")["bounds"].as_str(), of("my_time_sum")["sum"].as_str()), ("gauge", "1.0", "4.0"));
    assert_eq!(read.aside, ["broken line here: no sample: a name, labels, a value and perhaps a time are expected"]);
}

#[test]
fn what_was_made_of_samples_is_marked_or_refused() {
    let labels = r#""__name__":"codex_tool_call_total","job":"codex_exec""#;
    let grid = document(&series(labels, r#""values":[[1795369200,"1"],[1795369260,"1"],[1795369320,"1"]]"#));
    assert_eq!(grid.column("metadata"), [r#"{"resampled":true}"#; 3]);
    assert!(grid.warned("on a grid of times"));
    // as regular, but of a scrape
    let scrape = document(&series(labels, r#""values":[[1795369200.939,"1"],[1795369260.939,"1"],[1795369320.939,"1"]]"#));
    assert_eq!(scrape.column("metadata"), ["", "", ""]);
    let sum = document(&series(r#""tool":"a""#, r#""values":[[1795369200,"1"]]"#));
    assert!(sum.samples.is_empty() && sum.aside[0].contains("the result of a calculation"), "{:?}", sum.aside);
    let falls = document(&series(labels, r#""values":[[1795369200.1,"5"],[1795369261.2,"3"]]"#));
    assert!(falls.warned("raw increments"));
}

#[test]
fn answers_without_samples_say_what_to_export() {
    for (text, reason) in [
        (r#"{"status":"error","errorType":"bad_data","error":"parse error at char 3"}"#, "bad_data: parse error at char 3"),
        (r#"{"status":"success","data":[{"__name__":"a","job":"b"}]}"#, "a list of series"),
        (r#"{"status":"success","data":{"resultType":"scalar","result":[1795369200,"1"]}}"#, "a scalar, no samples"),
        (r#"{"status":"success","data":{"headStats":{}}}"#, "facts about a server"),
    ] {
        let read = document(text);
        assert!(read.samples.is_empty() && read.aside.iter().any(|r| r.contains(reason)), "{text}: {:?}", read.aside);
    }
    assert!(document(r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#).warned("found nothing"));
}

#[test]
fn a_broken_sample_costs_only_itself() {
    let labels = r#""__name__":"codex_tool_call_total""#;
    let read = document(&series(labels, r#""values":[[1795369200.1,"1"],["x","2"],[1795369202.1,"many"],[1795369203.1],[1795369204.1,"NaN"]]"#));
    assert_eq!(read.column("value"), ["1.0", "NaN"]);
    assert_eq!(read.aside.len(), 3, "{:?}", read.aside);
    let exported = r#"{"metric":{"__name__":"codex_tool_call_total"},"values":[1,null,3],"timestamps":[1795369200100,1795369201100]}"#;
    let read = document(exported);
    assert!(read.samples.is_empty() && read.aside[0].contains("as many values as timestamps"), "{:?}", read.aside);
    let torn = &series(labels, r#""values":[[1795369200.1,"1"]]"#)[..90];
    assert!(document(torn).samples.is_empty());
}

#[test]
fn a_sample_that_damage_made_a_comment_is_told() {
    let read = text(&super::text::EXPOSITION, "# TYPE c gauge\nc{a=\"1\"} 5\n#{a=\"2\"} 5\n#c{a=\"3\"} 5\n# as in c{a=\"4\"} 5\n#note\n");
    assert_eq!((read.samples.len(), read.aside), (1, vec!["#c{a=\"3\"} 5: a comment that could be a sample".to_owned()]));
}

#[test]
fn a_native_histogram_is_one_point() {
    let labels = r#""__name__":"gen_ai_client_operation_duration_seconds","job":"x""#;
    let read = document(&series(labels, r#""histograms":[[1795370640.5,{"count":"3","sum":"10","buckets":[[0,"1","2","1"],[0,"2","4","2"]]}]]"#));
    let row = &read.samples[0];
    assert_eq!(
        (row["type"].as_str(), row["count"].as_str(), row["sum"].as_str(), row["scale"].as_str()),
        ("exponential_histogram", "3", "10.0", "0")
    );
    assert_eq!((row["positive_offset"].as_str(), row["positive_counts"].as_str()), ("0", "1 2"));
}

#[test]
fn lines_that_are_no_samples_are_not_taken_for_some() {
    for text in ["hello, world\n", "hello 12\n", "{\"a\":1}\n", "{service_name=\"x\"}\n", "a{b=\"c\"} d\n", "# a heading\n", ""] {
        assert!(!(super::text::DUMP.recognises)(text.as_bytes(), true) && !(super::text::EXPOSITION.recognises)(text.as_bytes(), true), "{text}");
    }
}
