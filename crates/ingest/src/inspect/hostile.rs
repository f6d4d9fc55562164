//! Files that nobody's exporter writes: nested beyond all bounds, claiming what they do not hold, small ones that are huge when they are read.
//! Each must end, in little memory, with what it costs set aside and what stands beside it taken.

use std::io::Write;

use super::*;
use crate::Silent;

/// A log record on a line of its own.
const GOOD: &str = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"1795369212000000000","eventName":"good"}]}]}]}"#;

fn found_within(bytes: &[u8], max_request: usize) -> Inspected {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("archive");
    std::fs::write(&path, bytes).unwrap();
    let input = Input { path: Some(path), bytes: bytes.len() as u64, modified_ns: 0, far: None };
    let options = Options { max_request, ..Options::default() };
    inspect(&[input], &options, &Silent).unwrap().remove(0)
}

fn found(bytes: &[u8]) -> Inspected {
    found_within(bytes, crate::MAX_REQUEST)
}

/// What a line costs: nothing of it is taken, and the line behind it is.
fn costs_only_itself(line: &str, reason: &str) {
    let seen = found(format!("{line}\n{GOOD}\n").as_bytes());
    let begins: String = line.chars().take(60).collect();
    assert_eq!((seen.log_records, seen.spans, seen.data_points, seen.samples, seen.set_aside), (1, 0, 0, 0, 1), "{begins}: {:?}", seen.examples);
    assert!(seen.examples[0].reason.contains(reason), "{begins}: {}", seen.examples[0].reason);
}

fn attribute(value: &str) -> String {
    format!(r#"[{{"key":"k","value":{value}}}]"#)
}

fn log(fields: &str) -> String {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{{fields}}}]}}]}}]}}"#)
}

#[test]
fn json_nested_a_million_deep_is_set_aside_by_every_decoder() {
    let ids = r#""traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331""#;
    let sdk = r#""startTime":[1795369212,0],"endTime":[1795369213,0]"#;
    for deep in ["[".repeat(1_000_000), r#"{"a":"#.repeat(150_000), r#"{"arrayValue":{"values":["#.repeat(50_000)] {
        let closed = deep.clone() + &deep.chars().rev().filter_map(|c| "[{".find(c).map(|n| ["]", "}"][n])).collect::<String>();
        for value in [deep, closed] {
            for line in [
                format!(r#"{{"x":{value}}}"#),
                log(&format!(r#""attributes":{}"#, attribute(&value))),
                log(&format!(r#""body":{value}"#)),
                log(&format!(r#""unknown":{value}"#)),
                format!(r#"{{"resourceSpans":[{{"resource":{{"attributes":{}}}}}]}}"#, attribute(&value)),
                format!(r#"{{"resourceProfiles":[],"dictionary":{{"attributeTable":[{{"value":{value}}}]}}}}"#),
                // Loki
                format!(r#"{{"status":"success","data":{{"resultType":"streams","result":[{{"stream":{{"a":{value}}},"values":[["1","x"]]}}]}}}}"#),
                format!(r#"{{"streams":[{{"stream":{{"a":"b"}},"values":[["1795369212000000000","x",{value}]]}}]}}"#),
                format!(r#"{{"labels":{value},"line":"x","timestamp":"2026-11-22T18:03:01Z"}}"#),
                // Prometheus
                format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{"__name__":"m"}},"values":{value}}}]}}}}"#),
                format!(r#"{{"metric":{{"__name__":"m"}},"values":[1],"timestamps":{value}}}"#),
                // Tempo
                format!(r#"{{"batches":[{{"scopeSpans":[{{"spans":[{{{ids},"attributes":{}}}]}}]}}]}}"#, attribute(&value)),
                format!(r#"{{"trace":{value}}}"#),
                // agents' own files
                format!(r#"{{"type":"span","traceId":"0af7651916cd43dd8448eb211c80319c",{ids},{sdk},"attributes":{{"k":{value}}}}}"#),
                format!(r#"{{"hrTime":[1795369212,0],"body":{value}}}"#),
                format!(r#"{{"resource":{{"_rawAttributes":[["k",{value}]]}},"hrTime":[1795369212,0],"attributes":{{}}}}"#),
            ] {
                let seen = found(format!("{line}\n{GOOD}\n").as_bytes());
                assert!(seen.log_records <= 1 && seen.spans + seen.data_points == 0 && seen.set_aside > 0, "{}", &line[..line.len().min(120)]);
            }
        }
    }
}

#[test]
fn a_value_is_taken_as_deep_as_readers_of_the_tables_go() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    for levels in [99, 102] {
        for line in [
            format!(r#"{{"hrTime":[1795369212,0],"attributes":{{"k":{}}}}}"#, nested(levels)),
            format!(r#"{{"hrTime":[1795369212,0],"attributes":{{}},"body":{}}}"#, nested(levels)),
        ] {
            let seen = found(line.as_bytes());
            assert_eq!((seen.log_records, seen.set_aside), if levels < 100 { (1, 0) } else { (0, 1) }, "{levels}");
        }
        // what Loki cannot expand stays a text, and is lost no more than that
        let line = serde_json::json!({"body": "b", "resources": {}, "attributes": {"k": "DEEP"}}).to_string().replace("\"DEEP\"", &nested(levels));
        let page = serde_json::json!({"streams": [{"stream": {"job": "x"}, "values": [["1795369212000000000", line]]}]});
        let seen = found(page.to_string().as_bytes());
        assert_eq!((seen.log_records, seen.set_aside), (1, 0));
        let expanded = seen.told.forms.all().0.any(|f| f.contains("loki exporter"));
        assert_eq!(expanded, levels < 100);
    }
}

/// A protobuf field of bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    varint(bytes.len(), &mut out);
    out.extend_from_slice(bytes);
    out
}

fn varint(mut number: usize, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// A value within so many others, each in such fields: written backwards, because each knows its length only then.
fn nested(levels: usize, fields: &[u8]) -> Vec<u8> {
    let mut backwards = Vec::new();
    for _ in 0..levels {
        for number in fields.iter().rev() {
            let mut head = vec![number << 3 | 2];
            varint(backwards.len(), &mut head);
            backwards.extend(head.iter().rev());
        }
    }
    backwards.reverse();
    backwards
}

#[test]
fn protobuf_nested_a_hundred_thousand_deep_is_set_aside() {
    // KeyValueList 6 of KeyValue 1 with its value 2; ArrayValue 5 of values 1
    for value in [nested(100_000, &[6, 1, 2]), nested(100_000, &[5, 1])] {
        let attribute = [field(1, b"k"), field(2, &value)].concat();
        let time = [&[0x09][..], &1_795_369_212_000_000_000_u64.to_le_bytes()].concat();
        for record in [field(6, &attribute), field(5, &value)] {
            let records = [field(2, &[time.clone(), record].concat()), field(2, &time)].concat();
            let seen = found(&field(1, &field(2, &records)));
            assert_eq!((seen.log_records, seen.set_aside), (1, 1));
            assert!(seen.examples[0].reason.contains("nested deeper"), "{}", seen.examples[0].reason);
        }
    }
}

#[test]
fn lengths_beyond_the_file_cost_no_memory() {
    let huge = [0xff, 0xff, 0xff, 0xff, 0x0f];
    let good = field(1, &field(2, &field(2, &[0x09, 0, 0, 0, 0, 0, 0, 0, 1])));
    for bytes in [
        [&[0x0a][..], &huge, &good].concat(),
        [&good[..], &[0x0a], &huge].concat(),
        [&[0xff, 0xff, 0xff, 0xff][..], &good].concat(),
        [&(good.len() as u32).to_be_bytes()[..], &good, &[0x7f, 0xff, 0xff, 0xff], &good].concat(),
        [&[0, 0, 0, 13][..], b"\x28\xb5\x2f\xfd\xe4\xff\xff\xff\xff\xff\xff\xff\xff"].concat(),
    ] {
        let seen = found(&bytes);
        assert_eq!(seen.set_aside, 1, "{bytes:?}: {:?}", seen.examples);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_files_that_are_huge_inside_stop_at_the_limit_of_a_request() {
    let limit = 1 << 18;
    let text = format!(r#"{{"resourceLogs":"{}"}}"#, "a".repeat(4 << 20));
    let lines = format!("{text}\n{GOOD}\n");
    let within = |bytes: &[u8]| found_within(bytes, limit);
    for packed in [gzip(lines.as_bytes()), zstd::encode_all(lines.as_bytes(), 1).unwrap(), gzip(&gzip(lines.as_bytes()))] {
        assert!(packed.len() < limit);
        let seen = within(&packed);
        assert_eq!((seen.log_records, seen.set_aside), (1, 1));
        assert!(seen.examples[0].reason.contains("--max-request"), "{}", seen.examples[0].reason);
    }
    // a frame of a stream by itself, and a file within more layers than anybody packs
    let frame = zstd::encode_all(text.as_bytes(), 1).unwrap();
    let seen = within(&[&(frame.len() as u32).to_be_bytes()[..], &frame].concat());
    assert!(seen.set_aside == 1 && seen.examples[0].reason.contains("--max-request"), "{:?}", seen.examples);
    let layers = (0..4).fold(lines.into_bytes(), |inner, _| gzip(&inner));
    assert_eq!((within(&layers).log_records, within(&layers).set_aside), (0, 1));
}

#[test]
fn a_small_request_whose_rows_would_be_huge_is_set_aside() {
    // the limit is lower in tests, and each of these is about four times as large
    let limit = "more than 32 MiB";
    let long = "r".repeat(1 << 16);
    let records = vec!["{}"; 2000].join(",");
    // the URL is written into rows only when these are handed on
    costs_only_itself(&format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{records}]}}],"schemaUrl":"{long}"}}]}}"#), limit);
    let resource = format!(r#"{{"attributes":{}}}"#, attribute(&format!(r#"{{"stringValue":"{long}"}}"#)));
    costs_only_itself(&format!(r#"{{"resourceSpans":[{{"resource":{resource},"scopeSpans":[{{"spans":[{{"events":[{records}]}}]}}]}}]}}"#), limit);
    let points = vec![r#"{"asInt":"1"}"#; 2000].join(",");
    costs_only_itself(
        &format!(
            r#"{{"resourceMetrics":[{{"scopeMetrics":[{{"metrics":[{{"name":"m","unit":"{long}","gauge":{{"dataPoints":[{points}]}}}}]}}]}}]}}"#
        ),
        limit,
    );
    // two buckets that lie ninety thousand apart, and all between them
    let bound = |index: f64| (index / f64::from(1 << 10)).exp2();
    let buckets = [0.0, 90_000.0].map(|n| format!(r#"[0,"{:?}","{:?}","1"]"#, bound(n), bound(n + 1.0))).join(",");
    let wide = format!(r#"[1795369212,{{"count":"2","sum":"1","buckets":[{buckets}]}}]"#);
    let seen = found(format!(r#"{{"metric":{{"__name__":"m"}},"histograms":[{wide}]}}"#).as_bytes());
    assert_eq!((seen.data_points, seen.set_aside), (1, 0));
    costs_only_itself(&format!(r#"{{"metric":{{"__name__":"m"}},"histograms":[{}]}}"#, vec![wide; 100].join(",")), limit);
    // texts of which one line is said of all that follow
    let help = format!("# HELP m {long}\n# TYPE m gauge\n{}", "m 1\n".repeat(2000));
    let common = format!("Line limit: 1\nCommon labels: {{\"a\":\"{long}\"}}\n{}", "1795369212000\t2026-11-22T18:03:01Z\tx\n".repeat(2000));
    for text in [help, common] {
        let seen = found(text.as_bytes());
        assert_eq!((seen.set_aside, seen.log_records, seen.data_points), (1, 0, 0), "{:?}", seen.examples);
        assert!(seen.examples[0].reason.contains(limit), "{}", seen.examples[0].reason);
    }
}

#[test]
fn what_takes_a_glance_at_each_takes_no_glance_at_all_for_each() {
    let began = std::time::Instant::now();
    // bad lines of a text, whose numbers are counted
    let lines = "m{a=\"b\"} 1 1\n".to_owned() + &"x\n".repeat(200_000);
    assert_eq!(found(lines.as_bytes()).set_aside, 200_000);
    // labels of a line, attributes of a resource, schema URLs of scopes: each once
    let labels: Vec<String> = (0..60_000).map(|n| format!(r#""l{n}":"v""#)).collect();
    let stream = format!(r#"{{"streams":[{{"stream":{{"a":"b"}},"values":[["1795369212000000000","x",{{{}}}]]}}]}}"#, labels.join(","));
    assert_eq!(found(stream.as_bytes()).log_records, 1);
    let pairs: Vec<String> = (0..60_000).map(|n| format!(r#"["l{n}",1]"#)).collect();
    let raw = format!(r#"{{"resource":{{"_rawAttributes":[{}]}},"hrTime":[1795369212,0],"attributes":{{}}}}"#, pairs.join(","));
    assert_eq!(found(raw.as_bytes()).log_records, 1);
    let scopes: Vec<String> = (0..60_000).map(|n| format!(r#"{{"logRecords":[{{}}],"schemaUrl":"u{n}"}}"#)).collect();
    assert_eq!(found(format!(r#"{{"resourceLogs":[{{"scopeLogs":[{}]}}]}}"#, scopes.join(",")).as_bytes()).log_records, 60_000);
    // ids of profiles that could be comments
    let ids = field(7, &[1; 16]).repeat(100_000);
    let profiles = [field(1, &field(2, &field(2, &ids))), field(2, &field(5, b""))].concat();
    assert_eq!(found(&profiles).samples, 0);
    // a table's rows that are far shorter than its header
    let header: Vec<String> = (0..50_000).map(|n| format!("c{n}")).collect();
    let table = format!("tsNs,Line,{}\n{}", header.join(","), "1795369212000000000,x\n".repeat(20_000));
    let seen = found(table.as_bytes());
    assert_eq!((seen.log_records, seen.set_aside), (0, 20_000));
    // all of it takes seconds without optimization, and took hours when it was done again for each
    assert!(began.elapsed().as_secs() < 120, "{:?}", began.elapsed());
}
