//! Texts that are no JSON.

use super::super::{grafana, logcli};
use super::*;

const MERGED: &str = include_str!("../../../../../../data/dumps/loki/merged-stderr.jsonl");
const PRINTED: &str = include_str!("../../../../../../data/dumps/loki/sample.default");
const LINES: &str = include_str!("../../../../../../data/dumps/loki/sample.jsonl");

#[test]
fn standard_error_in_the_file_gives_the_common_labels() {
    let read = text(&logcli::MERGED, MERGED.as_bytes());
    assert_eq!((read.events.len(), read.aside.len(), read.told.warnings.all().0.count()), (6, 0, 0), "{:?}", read.aside);
    for event in &read.events {
        assert_eq!(event["service_name"], "codex_exec");
        assert!(event["resource"].contains(r#""env":"local-podman""#) && !event["attributes"].contains("telemetry"));
    }
}

#[test]
fn each_batch_has_common_labels_of_its_own() {
    let line = |n: u8| format!("{{\"labels\":{{\"n\":\"{n}\"}},\"line\":\"\",\"timestamp\":\"2026-11-22T18:03:0{n}Z\"}}\n");
    let batch = |common: &str| format!("2026/11/22 18:43:26 http://h:3100/loki/api/v1/query_range?limit=2\n{common}");
    let common = |host: &str| format!("2026/11/22 18:43:26 Common labels: {{service_name=\"a\", host_name=\"{host}\"}}\n");
    let all = [batch(&common("one")), line(1), line(2), batch(&common("two")), line(3), batch(""), line(4)].concat();
    let read = text(&logcli::MERGED, all.as_bytes());
    let resources: Vec<&str> = read.events.iter().map(|e| e["resource"].as_str()).collect();
    let of = |host: &str| format!(r#"{{"host.name":"{host}","service.name":"a"}}"#);
    assert_eq!(resources, [&of("one"), &of("one"), &of("two"), "{}"]);
    assert!(read.warned("--include-common-labels"));
}

#[test]
fn what_is_no_entry_is_set_aside_and_a_failed_query_is_told() {
    let head = MERGED.lines().take(3).collect::<Vec<_>>().join("\n");
    let tail = "\n{\"labels\":{\"a\":\n\u{fffd}junk\n{\"a\":1}\n2026/11/22 18:43:27 Query failed: run out of attempts\n";
    let read = text(&logcli::MERGED, format!("{head}{tail}").as_bytes());
    assert_eq!((read.events.len(), read.aside.len()), (1, 4), "{:?}", read.aside);
    assert!(read.aside[3].contains("run out of attempts"));
}

#[test]
fn a_damaged_line_costs_no_other_and_is_told() {
    let whole = text(&logcli::PRINTED, PRINTED.as_bytes());
    let label = PRINTED.match_indices("service_name=\"").nth(2).unwrap().0;
    let mut damaged = PRINTED.as_bytes().to_vec();
    damaged[label + "service_name=".len()] = b'2';
    let read = text(&logcli::PRINTED, &damaged);
    assert_eq!((read.events.len(), read.aside.len()), (6, 1));
    assert!(read.aside[0].ends_with("an entry whose labels cannot be read"), "{:?}", read.aside);
    assert!(read.ids().iter().all(|id| whole.ids().contains(id)));
    let second = PRINTED.match_indices("service_name=\"").nth(1).unwrap().0;
    damaged[second] ^= 0x80;
    let read = text(&logcli::PRINTED, &damaged);
    assert_eq!((read.events.len(), read.aside.len()), (5, 2), "{:?}", read.aside);
    assert!(read.ids().iter().all(|id| whole.ids().contains(id)));
    // a lost line break, and labels for all lines that cannot be read
    for (lost, events) in [("\"}\n{\"labels", 5), ("Z\"}\n{\"labels", 4)] {
        let merged = MERGED.replacen(lost, &lost.replace('\n', "J"), 1);
        let read = text(&logcli::MERGED, merged.as_bytes());
        assert_eq!((read.events.len(), read.aside.len()), (events, 1), "{:?}", read.aside);
    }
    let unread = text(&logcli::MERGED, MERGED.replace("Common labels: {", "Common labels: [").as_bytes());
    assert!(unread.aside.len() == 1 && unread.aside[0].contains("left out of the lines below"), "{:?}", unread.aside);
}

#[test]
fn the_default_output_is_read_with_lines_that_break() {
    let (printed, lines) = (text(&logcli::PRINTED, PRINTED.as_bytes()), documents(LINES).unwrap());
    assert_eq!((printed.events.len(), printed.aside.len()), (7, 0), "{:?}", printed.aside);
    assert!(printed.warned("whole seconds"));
    for (printed, line) in printed.events.iter().zip(&lines.events) {
        for column in ["attributes", "resource", "body", "event_name"] {
            assert_eq!(printed.get(column), line.get(column), "{column}");
        }
    }
    // with all digits it is the same record
    let nano = PRINTED.replace("18:03:01Z", "18:03:01.000000001Z");
    assert_eq!(text(&logcli::PRINTED, nano.as_bytes()).ids(), lines.ids());
}

#[test]
fn other_texts_are_not_taken_for_logclis() {
    for bytes in [
        &b"2026/11/22 18:43:26 listening on :8080\n"[..],
        b"2026-11-22T18:03:06Z some line\n",
        b"2026-11-22T18:03:06Z {not labels} x\n",
        b"claude_code.tool_result\n",
        b"{\"labels\":{}}\n",
        b"<html>2026</html>",
        b"",
    ] {
        assert!(![&logcli::PRINTED, &logcli::MERGED, &logcli::SERIES, &grafana::TXT, &grafana::CSV].iter().any(|f| (f.recognises)(bytes, true)));
    }
    assert!(!(logcli::SERIES.recognises)(b"{__name__=\"up\", job=\"a\"} 1 1795369260000\n", true));
    let series = text(&logcli::SERIES, b"{service_name=\"a\"}\n{env=\"b\", service_name=\"a\"}\n");
    assert_eq!((series.events.len(), series.aside.len()), (0, 1));
    // empty documents at the head of a file of JSON lines
    assert!(!(logcli::SERIES.recognises)("{}\n".repeat(99).as_bytes(), false) && (logcli::SERIES.recognises)(b"{}\n{a=\"b\"}\n", true));
}

const JSON: &str =
    r#"{"line":"a \"b\"\nc","timestamp":"1795369238000352426","fields":{"service_name":"codex_exec","conversation_id":"c","env":"x"}}"#;

#[test]
fn tables_of_grafana_hold_the_same_records() {
    let expected = documents(JSON).unwrap();
    let labels = "Date,Time,Line,tsNs,conversation_id,env,service_name,unused\r\n2026-11-22T17:40:38.000Z,1795369238000,\"a \"\"b\"\"\nc\",1795369238000352426,c,x,codex_exec,\r\n";
    assert_eq!(text(&grafana::CSV, labels.as_bytes()).ids(), expected.ids());
    let inspector = "\"labels\",\"Time\",\"Line\",\"tsNs\",\"labelTypes\",\"id\"\n\"{\"\"service_name\"\":\"\"codex_exec\"\",\"\"conversation_id\"\":\"\"c\"\",\"\"env\"\":\"\"x\"\"}\",\"2026-11-22 17:40:38.000\",\"a \"\"b\"\"\nc\",\"1795369238000352426\",\"{}\",\"1_0\"\n";
    assert_eq!(text(&grafana::CSV, inspector.as_bytes()).ids(), expected.ids());
    let excel = format!("\u{feff}sep=\t\r\n{}", labels.replace(',', "\t"));
    let excel: Vec<u8> = excel.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(text(&grafana::CSV, &excel).ids(), expected.ids());
}

#[test]
fn rows_of_a_table_that_cannot_be_read_are_set_aside() {
    let table = "Line,tsNs,labels\nx,1795369238000352426,{}\ny,soon,{}\nz,1795369238000352427,{\n\"torn,1,{}\n";
    let read = text(&grafana::CSV, table.as_bytes());
    assert_eq!((read.events.len(), read.aside.len()), (1, 3), "{:?}", read.aside);
    let rough = text(&grafana::CSV, b"Date,Time,Line,env\n2026-11-22T17:40:38.123Z,1795369238123,x,y\n");
    assert!(rough.warned("tsNs") && rough.events[0]["time"] == "1795369238123000000");
}

#[test]
fn the_text_of_grafana_has_the_common_labels_only() {
    let all = "Common labels: {\"service_name\": \"codex_exec\", \"env\": \"x\"}\nLine limit: \"3 shown\"\nTotal bytes processed: \"1 MB\"\n\n\n\
               1795369238000\t2026-11-22T17:40:38.000Z\tone\nmore\n1795369237985\t2026-11-22T17:40:37.985Z\t\n1795369237985\t2026-11-22T17:40:37.985Z\t\n";
    let read = text(&grafana::TXT, all.as_bytes());
    assert_eq!((read.events.len(), read.aside.len()), (3, 0), "{:?}", read.aside);
    assert!(read.warned("milliseconds"));
    assert_eq!(
        (read.events[0]["body"].as_str(), read.events[0]["resource"].as_str()),
        ("\"one\\nmore\"", r#"{"env":"x","service.name":"codex_exec"}"#)
    );
}
