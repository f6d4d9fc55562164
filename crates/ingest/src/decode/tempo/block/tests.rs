//! Real blocks of both versions against the requests that Tempo was sent, and made-up ones for what these do not have.

mod made;

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;

use super::*;
use crate::decode::{Scratch, json, proto};
use crate::shown::{self, Row};
use crate::{Options, Silent, discover, inspect};
use made::*;

/// The small real blocks and what they were made of.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../data/dumps/tempo/blocks")
}

/// What is in a file: spans, their events, the reasons of what was set aside, the warnings.
struct Found {
    spans: Vec<Row>,
    events: Vec<Row>,
    asides: Vec<String>,
    warnings: Vec<String>,
    forms: Vec<String>,
}

fn read(content: Content, path: Option<&Path>) -> Found {
    let mut reader = Reader::open(content, path).unwrap_or_else(|reason| panic!("{reason}"));
    let (mut rows, mut aside) = (Rows::default(), Vec::new());
    let mut asides = Vec::new();
    while let Some(batch) = reader.next_batch() {
        match batch {
            Ok(batch) => {
                let _ = batch.decode(&mut rows, &mut aside);
            }
            Err(reason) => asides.push(reason),
        }
    }
    asides.extend(aside.into_iter().map(|e| format!("{}: {}", e.at, e.reason)));
    let told = std::mem::take(rows.told());
    let of = |names: &crate::Names| names.all().0.map(str::to_owned).collect();
    let [spans, events, _] = shown::all(&mut rows);
    Found { spans: sorted(spans), events: sorted(events), asides, warnings: of(&told.warnings), forms: of(&told.forms) }
}

fn memory(bytes: Vec<u8>) -> Found {
    read(Content::Memory(bytes), None)
}

fn file(path: &Path) -> Found {
    read(Content::File(File::open(path).unwrap()), Some(path))
}

/// Rows in the order of their ids, without what a block cannot have, or has instead.
fn sorted(mut rows: Vec<Row>) -> Vec<Row> {
    for row in &mut rows {
        for column in ["record_id", "source_id", "span_record_id", "system", "schema_url", "flags"] {
            let _ = row.remove(column);
        }
        if let Some(links) = row.get_mut("links") {
            *links = links.replace("\"flags\":1,", "");
        }
    }
    rows.sort_by(|a, b| ["trace_id", "span_id", "time"].map(|c| a.get(c)).cmp(&["trace_id", "span_id", "time"].map(|c| b.get(c))));
    rows
}

/// The spans and events that Tempo was sent.
fn sent() -> (Vec<Row>, Vec<Row>) {
    let (mut rows, mut aside, mut text) = (Rows::default(), Vec::new(), String::new());
    let _ = GzDecoder::new(File::open(folder().join("traces.jsonl.gz")).unwrap()).read_to_string(&mut text).unwrap();
    for line in text.lines() {
        let _ = json::document(&mut json::Cursor::new(line), &mut Scratch::default(), &mut rows, &mut aside).unwrap();
    }
    proto::request(&fs::read(folder().join("corners.pb")).unwrap(), &mut rows, &mut aside).unwrap();
    assert!(aside.is_empty());
    let [spans, events, _] = shown::all(&mut rows);
    (sorted(spans), sorted(events))
}

#[test]
fn spans_are_those_that_were_sent() {
    let (spans, events) = sent();
    assert_eq!((spans.len(), events.len()), (24, 10));
    for version in ["vParquet4", "vParquet5"] {
        let found = file(&folder().join(version).join("data.parquet"));
        assert_eq!((found.asides.as_slice(), found.warnings.as_slice()), (&[][..], &[][..]), "{version}");
        assert_eq!(found.forms, [format!("Tempo block {version}")]);
        for (found, sent) in found.spans.iter().zip(&spans) {
            assert_eq!(found, sent, "{version}");
        }
        assert_eq!(found.spans.len(), spans.len());
        assert_eq!(found.events, events, "{version}");
    }
}

#[test]
fn a_folder_of_blocks_is_read_with_its_companions() {
    let inputs = discover(&[folder().join("vParquet4").display().to_string(), folder().join("vParquet5").display().to_string()]).unwrap();
    let seen = inspect(&inputs, &Options::default(), &Silent).unwrap();
    assert_eq!(seen.iter().map(|s| (s.requests, s.spans, s.set_aside)).collect::<Vec<_>>(), [(4, 24, 0), (0, 0, 0), (4, 24, 0), (0, 0, 0)]);
}

#[test]
fn write_ahead_files_share_one_meta() {
    let temporary = tempfile::tempdir().unwrap();
    let wal = temporary.path().join("dc63d2e2-e08a-446e-abb8-a51540829f2d+single-tenant+vParquet5");
    fs::create_dir(&wal).unwrap();
    for (from, to) in [("data.parquet", "0000000001"), ("meta.json", "meta.json")] {
        let _ = fs::copy(folder().join("vParquet5").join(from), wal.join(to)).unwrap();
    }
    let found = file(&wal.join("0000000001"));
    assert_eq!(found.forms, ["Tempo write-ahead file vParquet5"]);
    assert_eq!((found.spans, found.warnings), (sent().0, Vec::new()));
}

#[test]
fn without_meta_dedicated_values_keep_the_names_of_their_columns() {
    let (sent, _) = sent();
    for (version, columns) in [
        ("vParquet4", [("DedicatedAttributes.String01", "http.request.method"), ("DedicatedAttributes.String02", "url.path")]),
        ("vParquet5", [("DedicatedAttributes.String01", "http.request.method"), ("DedicatedAttributes.Int01", "http.response.status_code")]),
    ] {
        let found = memory(fs::read(folder().join(version).join("data.parquet")).unwrap());
        assert!(found.warnings.len() == 1 && found.warnings[0].contains("meta.json"), "{:?}", found.warnings);
        let mut named = 0;
        for (found, sent) in found.spans.iter().zip(&sent) {
            let [mut found, sent]: [serde_json::Map<_, _>; 2] = [found, sent].map(|r| serde_json::from_str(&r["attributes"]).unwrap());
            assert_eq!(found.len(), sent.len());
            for (column, attribute) in columns {
                named += usize::from(found.contains_key(column));
                assert_eq!(found.remove(column), sent.get(attribute).cloned(), "{version} {column}");
            }
        }
        assert!(named >= 2, "{version}: {named}");
    }
}

#[test]
fn a_meta_of_another_version_is_told() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("data.parquet");
    let _ = fs::copy(folder().join("vParquet4/data.parquet"), &path).unwrap();
    let _ = fs::copy(folder().join("vParquet5/meta.json"), temporary.path().join("meta.json")).unwrap();
    let found = file(&path);
    assert!(found.warnings.iter().any(|w| w.contains("of a vParquet5 block, but the file is vParquet4")), "{:?}", found.warnings);
}

#[test]
fn damaged_files_are_refused_with_what_to_do() {
    let whole = fs::read(folder().join("vParquet4/data.parquet")).unwrap();
    let refused = |bytes: &[u8]| Reader::open(Content::Memory(bytes.to_vec()), None).err();
    for cut in [4, 5, 100, whole.len() / 2, whole.len() - 1] {
        let reason = refused(&whole[..cut]);
        assert!(reason.as_ref().is_some_and(|r| r.contains("cut off or damaged") && r.contains("copy it again")), "{cut}: {reason:?}");
    }
    // the footer is whole, but its places are wrong
    let shifted = memory([&whole[..4], &whole[2000..]].concat());
    assert!(shifted.spans.is_empty() && shifted.asides.len() == 1, "{:?}", shifted.asides);
    let mut page = whole;
    page[4..2000].fill(0xff);
    let found = memory(page);
    assert!(found.spans.is_empty() && found.asides.len() == 1 && found.asides[0].contains("damaged behind trace 0"), "{:?}", found.asides);
}

#[test]
fn a_footer_that_claims_billions_of_rows_costs_no_memory() {
    let path = folder().join("vParquet4/data.parquet");
    for claim in [1_000_000_000, i64::from(i32::MAX), i64::MAX, 0, -1] {
        let found = memory(claiming(&path, claim));
        // the pages say how many there are: those are taken, or the file is set aside
        let taken = found.spans.len();
        assert!(taken == 24 || taken == 0 && claim <= 0 || taken == 0 && found.asides.len() == 1, "{claim}: {taken} {:?}", found.asides);
    }
}

#[test]
fn what_lies_before_the_damage_is_taken() {
    let original = folder().join("vParquet4/data.parquet");
    let mut bytes = many_times(&original, 300);
    let places = column_places(&bytes);
    // the second half of the pages of all names of spans
    let names = &places["rs.list.element.ss.list.element.Spans.list.element.Name"];
    let half = names.start + (names.end - names.start) / 2;
    bytes[half..names.end].fill(0xff);
    let found = memory(bytes);
    assert!(found.asides.len() == 1 && found.asides[0].contains("damaged behind trace"), "{:?}", found.asides);
    assert!(found.spans.len() > 300 && found.spans.len() < 24 * 300, "{}", found.spans.len());
}

#[test]
fn the_third_version_has_events_and_links_in_protobuf() {
    let found = memory(block(span_of_the_third_version()));
    assert_eq!((found.asides, found.forms), (Vec::new(), vec!["Tempo block vParquet3".to_owned()]));
    let span = &found.spans[0];
    let attributes = r#"{"DedicatedAttributes.String01":"/a","b":true,"d":1.5,"e":["x",1],"i":-7,"s":"text"}"#;
    let links = r#"[{"attributes":{"k":"v"},"span_id":"0202020202020202","trace_id":"01010101010101010101010101010101"}]"#;
    // the array is counted as dropped by the block, and is there
    let expected = [("attributes", attributes), ("links", links), ("dropped_attributes_count", "3"), ("end_time", "1795369212000000009")];
    for (column, value) in expected {
        assert_eq!(span[column], value, "{column}");
    }
    let event = &found.events[0];
    assert_eq!((event["time"].as_str(), event["event_name"].as_str()), ("1795369212000000004", "e"));
    assert_eq!(event["attributes"], r#"{"json":["y"],"proto":{"k":2}}"#);
}

#[test]
fn dedicated_columns_of_the_fifth_version_hold_lists_and_stand_at_events_too() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("data.parquet");
    fs::write(&path, block(span_with_lists())).unwrap();
    let columns = r#"[{"n":"tags"},{"n":"one"},{"n":"codes","t":"int"},{"s":"event","n":"at"}]"#;
    fs::write(temporary.path().join("meta.json"), format!(r#"{{"format":"vParquet5","dedicatedColumns":{columns}}}"#)).unwrap();
    let found = file(&path);
    assert_eq!((found.asides, found.warnings), (Vec::new(), Vec::new()));
    assert_eq!(found.spans[0]["attributes"], r#"{"codes":[1,2],"empty":[],"null":null,"one":"x","tags":["a","b"]}"#);
    assert_eq!(found.events[0]["attributes"], r#"{"at":"here"}"#);
    // an event before its span, and a span whose end was never set
    assert_eq!((found.events[0]["time"].as_str(), found.spans[0].get("end_time")), ("1795369211999999990", None));
}

#[test]
fn a_span_that_cannot_be_understood_costs_only_itself() {
    let found = memory(block(spans_of_which_one_is_bad()));
    assert_eq!(found.spans.iter().map(|s| s["name"].as_str()).collect::<Vec<_>>(), ["caf", "good"]);
    assert_eq!(found.asides, ["1: span 0202: an id of 2 bytes where 8 are expected", "1: span 0404040404040404: a text is not UTF-8"]);
    assert!(found.warnings.iter().any(|w| w.contains("inside a character")), "{:?}", found.warnings);
}

#[test]
fn unknown_columns_are_told() {
    let found = memory(block(span_with_a_new_column()));
    assert_eq!(found.spans.len(), 1);
    assert!(found.warnings.iter().any(|w| w.contains("rs.ss.Spans.Mood")), "{:?}", found.warnings);
    let reason = Reader::open(Content::Memory(block(span_with_a_column_of_another_type())), None).err();
    assert!(reason.as_ref().is_some_and(|r| r.contains("rs.ss.Spans.DurationNano is of the type Binary")), "{reason:?}");
}

#[test]
fn a_text_of_the_dictionary_is_not_copied_for_each_span() {
    // as columns that hold each copy: 2.2 GiB
    let (number, length) = (1100, 1 << 20);
    let bytes = spans_of_one_text(number, length);
    assert!(bytes.len() < 3 * length, "{}", bytes.len());
    let mut reader = Reader::open(Content::Memory(bytes), None).unwrap();
    let batch = reader.next_batch().unwrap().unwrap();
    assert!(batch.traces.get_buffer_memory_size() < 16 * length, "{}", batch.traces.get_buffer_memory_size());
    let (mut rows, mut aside) = (Rows::default(), Vec::new());
    assert_eq!(batch.decode(&mut rows, &mut aside), 0);
    assert_eq!((rows.counts().spans, aside.len(), aside[0].at), (0, 1, 1));
    assert!(aside[0].reason.contains("come to more than") && rows.size() == 0, "{}", aside[0]);
    assert!(reader.next_batch().is_none());
}

#[test]
fn pages_that_are_huge_inside_are_not_decompressed() {
    let bytes = compressed_name(40 << 20);
    assert!(bytes.len() < 1 << 20, "{}", bytes.len());
    let reason = Reader::open(Content::Memory(bytes), None).err().unwrap();
    assert!(reason.contains("rs.list.element.ss.list.element.Spans.list.element.Name come to more than 32 MiB"), "{reason}");
    // what telemetry compresses to is read
    assert_eq!(memory(compressed_name(1 << 20)).spans.len(), 1);
}

#[test]
fn a_text_of_the_dictionary_in_every_attribute_or_event_of_one_span_costs_the_trace() {
    for bytes in [attributes_of_one_text(600, 1 << 16), events_of_one_text(600, 1 << 16)] {
        let found = memory(bytes);
        assert_eq!(
            (found.spans.len(), found.events.len(), found.asides.as_slice()),
            (0, 0, &["1: its texts come to more than 32 MiB".to_owned()][..])
        );
    }
    let found = memory(events_of_one_text(60, 1 << 16));
    assert_eq!((found.spans.len(), found.events.len(), found.asides.len()), (1, 60, 0));
}
