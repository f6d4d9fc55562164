mod made;

use made::Release::{V1_8, V1_9, V1_10};
use made::{Observed, SAMPLES, TIME, any, bytes, dictionary, document, fixed, fixed_list, int, packed, profile, request, sample};

use super::*;
use crate::decode::json::Cursor;
use crate::decode::{DecodeError, Scratch, json as json_documents, proto as requests};
use crate::shown::{self, Row};
use crate::{Options, Silent, discover, ingest, inspect};

type Decoded = (Result<(), DecodeError>, Vec<Row>, Vec<String>, Vec<String>);

fn decoded(decode: impl FnOnce(&mut Rows, &mut Vec<DecodeError>) -> Result<(), DecodeError>) -> Decoded {
    let (mut rows, mut aside) = (Rows::default(), Vec::new());
    let outcome = decode(&mut rows, &mut aside);
    let forms = rows.told().forms.all().0.map(str::to_owned).collect();
    (outcome, shown::samples(&mut rows), forms, aside.into_iter().map(|e| e.reason).collect())
}

fn from_protobuf(request: &[u8]) -> Decoded {
    decoded(|rows, aside| requests::request(request, rows, aside))
}

fn from_json(text: &str) -> Decoded {
    decoded(|rows, aside| json_documents::document(&mut Cursor::new(text), &mut Scratch::default(), rows, aside).map(|_| ()))
}

#[test]
fn a_row_is_a_sample_with_all_that_its_indices_stand_for() {
    let (outcome, rows, forms, aside) = from_protobuf(&request(&[profile(V1_10, &SAMPLES)]));
    assert_eq!((outcome, aside, forms), (Ok(()), vec![], vec!["OTLP protobuf profiles, 1.10".to_owned()]));
    assert_eq!(rows.len(), 3);
    let stack = concat!(
        r#"[{"attributes":{"profile.frame.type":"native"},"column":2,"file":"main.rs","function":"inner","inlined":true,"line":41,"start_line":1,"system_name":"work"},"#,
        r#"{"attributes":{"profile.frame.type":"native"},"column":2,"file":"main.rs","function":"main","line":12,"start_line":1},"#,
        r#"{"column":2,"file":"main.rs","function":"main","line":9,"start_line":1},"#,
        r#"{"address":"0xffffffffffffff00","mapping":"libc.so.6","mapping_attributes":{"build":"codex"},"mapping_limit":"0x9000","mapping_offset":"0x10","mapping_start":"0x7000"}]"#,
    );
    let first: Vec<(&str, &str)> = vec![
        ("attribute_units", r#"{"request.size":"By"}"#),
        ("attributes", r#"{"request.size":128,"thread.name":"worker"}"#),
        ("dropped_attributes_count", "4"),
        ("duration_ns", "5000000000"),
        ("leaf", "inner"),
        ("original_payload_format", "pprof"),
        ("period", "10000000"),
        ("period_type", "cpu"),
        ("period_unit", "nanoseconds"),
        ("profile_attributes", r#"{"build":true}"#),
        ("profile_id", "01010101010101010101010101010101"),
        ("resource", r#"{"service.name":"codex"}"#),
        ("sample_type", "cpu"),
        ("sample_unit", "nanoseconds"),
        ("sample_values", "20 30"),
        ("schema_url", "https://schema"),
        ("scope_name", "profiler"),
        ("scope_version", "1"),
        ("service_name", "codex"),
        ("span_id", "0808080808080808"),
        ("stack", stack),
        ("system", "otlp"),
        ("time", "1795369212000000000"),
        ("timestamps", "1795369212000000001 1795369212000000002"),
        ("trace_id", "07070707070707070707070707070707"),
        ("value", "50"),
    ];
    let shown: Vec<(&str, &str)> = rows[0].iter().map(|(k, v)| (k.as_str(), v.as_str())).filter(|(k, _)| *k != "record_id").collect();
    assert_eq!(shown, first);
    // a place without a function has no leaf; without values each timestamp counts
    let some = |row: &Row| ["value", "leaf", "trace_id", "attributes"].map(|c| row.get(c).cloned().unwrap_or_default());
    assert_eq!(some(&rows[1]), ["7", "", "", r#"{"thread.name":"worker"}"#]);
    assert_eq!(some(&rows[2]), ["3", "", "", "{}"]);
    assert!(rows[1]["stack"].starts_with(r#"[{"address""#) && !rows[2].contains_key("stack"));
}

#[test]
fn releases_and_encodings_give_the_same_rows() {
    let (_, expected, ..) = from_protobuf(&request(&[profile(V1_10, &SAMPLES)]));
    let forms = ["OTLP protobuf profiles, 1.8", "OTLP protobuf profiles, 1.9", "OTLP JSON profiles, 1.8", "OTLP JSON profiles, 1.9 or later"];
    let decoded = [
        from_protobuf(&request(&[profile(V1_8, &SAMPLES)])),
        from_protobuf(&request(&[profile(V1_9, &SAMPLES)])),
        from_json(&document(true, V1_8)),
        from_json(&document(false, V1_10)),
    ];
    for ((outcome, rows, told, aside), form) in decoded.into_iter().zip(forms) {
        assert_eq!((outcome, told, aside), (Ok(()), vec![form.to_owned()], vec![]), "{form}");
        assert_eq!(rows, expected, "{form}: the identities, too");
    }
}

#[test]
fn the_order_of_a_dictionary_changes_nothing() {
    let text = document(true, V1_10);
    let (_, expected, ..) = from_json(&text);
    let swapped = text
        .replace(r#"{"locationIndices":[2,1,3]},{"locationIndices":[3]}"#, r#"{"locationIndices":[3]},{"locationIndices":[2,1,3]}"#)
        .replace(r#""stackIndex":1"#, r#""stackIndex":9"#)
        .replace(r#""stackIndex":2"#, r#""stackIndex":1"#)
        .replace(r#""stackIndex":9"#, r#""stackIndex":2"#);
    assert_ne!(swapped, text);
    assert_eq!(from_json(&swapped).1, expected);
    let other = text.replace(r#""line":"9""#, r#""line":"8""#);
    assert_ne!(from_json(&other).1[0]["record_id"], expected[0]["record_id"]);
}

#[test]
fn the_layout_is_told_by_what_only_one_has() {
    let bare = |samples: &[Vec<u8>]| {
        let fields: Vec<u8> = samples.iter().flat_map(|s| bytes(2, s)).collect();
        from_protobuf(&request(&[[fields, fixed(3, TIME)].concat()]))
    };
    let told = |decoded: &Decoded| (decoded.2.join(" "), decoded.1.first().map_or(String::new(), |r| r["value"].clone()));
    let form = |rest: &str, value: &str| (format!("OTLP protobuf profiles{rest}"), value.to_owned());
    // field 2 alone: values, because a sample without timestamps has some
    assert_eq!(told(&bare(&[[int(1, 1), packed(2, &[1])].concat()])), form(", 1.8 or 1.9", "1"));
    // as many as timestamps, but no attributes: values
    assert_eq!(told(&bare(&[[packed(2, &[900]), fixed_list(5, &[TIME])].concat()])), form(", 1.8 or 1.9", "900"));
    // not as many: attributes
    assert_eq!(told(&bare(&[[packed(2, &[1, 2]), fixed_list(5, &[TIME])].concat()])), form(", 1.10", "1"));
    // nothing that was moved
    assert_eq!(told(&bare(&[[int(1, 1), fixed_list(5, &[TIME])].concat()])), form("", "1"));
    // one sample tells for all
    let open = [packed(2, &[1]), fixed_list(5, &[TIME])].concat();
    let (outcome, rows, ..) = bare(&[open.clone(), [int(3, 1), packed(4, &[5])].concat()]);
    assert_eq!((outcome, rows[0]["attributes"].as_str()), (Ok(()), r#"{"thread.name":"worker"}"#));
    let reason = |decoded: Decoded| (decoded.0.unwrap_err().reason, decoded.1.len());
    assert!(reason(bare(std::slice::from_ref(&open))).0.contains("OTLP 1.9 and 1.10 read differently"));
    let mixed = bare(&[sample(V1_9, SAMPLES[0]), sample(V1_10, SAMPLES[0])]);
    assert_eq!(reason(mixed), ("profiles with fields of more than one release of OTLP".to_owned(), 0));
    let comments = request(&[[packed(7, &[3, 4]), bytes(2, sample(V1_8, SAMPLES[1]))].concat()]);
    let (_, rows, forms, _) = from_protobuf(&comments);
    assert_eq!(
        (rows[0]["profile_attributes"].as_str(), forms[0].as_str()),
        (r#"{"pprof.profile.comment":["main","work"]}"#, "OTLP protobuf profiles, 1.8")
    );
}

#[test]
fn layouts_before_1_8_are_refused_by_name() {
    let slices = request(&[[bytes(1, int(1, 1)), bytes(2, [int(1, 0), int(2, 2)].concat()), packed(3, &[1, 2]), int(4, TIME)].concat()]);
    let beside = [bytes(1, bytes(2, bytes(2, fixed(3, TIME)))), bytes(2, bytes(5, "")), bytes(3, "")].concat();
    for old in [slices, beside] {
        assert_eq!(from_protobuf(&old).0.unwrap_err().reason, OLD);
    }
    for old in [
        r#"{"resourceProfiles":[{"scopeProfiles":[{"profiles":[{"sampleType":[{}],"sample":[{"locationsLength":1}]}]}]}],"dictionary":{"stringTable":[""]}}"#,
        r#"{"resourceProfiles":[{"scopeProfiles":[{"profiles":[{"sample":[{"locationsStartIndex":1}]}]}]}],"dictionary":{"stringTable":[""]}}"#,
        r#"{"resourceProfiles":[],"stringTable":[""]}"#,
        r#"{"resourceProfiles":[{"scopeProfiles":[{"profiles":[{"profile":{}}]}]}]}"#,
    ] {
        assert_eq!(from_json(old).0.unwrap_err().reason, OLD, "{old}");
    }
    // the time of a profile gives away profiles whose dictionary is missing: they are nothing else
    let cut = request(&[profile(V1_10, &SAMPLES)]);
    let without = &cut[..cut.len() - bytes(2, dictionary()).len()];
    assert_eq!(from_protobuf(without).0.unwrap_err().reason, "profiles without their dictionary");
}

#[test]
fn what_refers_to_nothing_is_set_aside_alone() {
    let samples: [Observed; 4] = [(1, &[1, 2], 1, &[1], &[]), (3, &[], 1, &[2], &[]), (1, &[6], 1, &[3], &[]), (1, &[], 2, &[4], &[])];
    let (outcome, rows, _, aside) = from_protobuf(&request(&[profile(V1_10, &samples)]));
    assert_eq!((outcome, rows.len()), (Ok(()), 1));
    assert_eq!(aside, ["stack 3 of a table of 3", "attribute 6 of a table of 6", "link 2 of a table of 2"]);
    let broken = document(true, V1_10).replace(r#""stackIndex":2"#, r#""stackIndex":-1"#);
    let (_, rows, _, aside) = from_json(&broken);
    assert_eq!((rows.len(), aside), (2, vec!["stack -1 of a table of 3".to_owned()]));
    // and so is a profile of which that is true, while the next goes through
    let broken = [bytes(1, int(1, 99)), profile(V1_10, &SAMPLES)[bytes(1, [0; 4]).len()..].to_vec()].concat();
    let (outcome, rows, _, aside) = from_protobuf(&request(&[broken, profile(V1_10, &SAMPLES)]));
    assert_eq!((outcome, rows.len(), aside), (Ok(()), 3, vec!["string 99 of a table of 15".to_owned()]));
}

#[test]
fn a_request_cut_anywhere_gives_no_rows() {
    let whole = request(&[profile(V1_10, &SAMPLES)]);
    for cut in 1..whole.len() {
        let (outcome, rows, ..) = from_protobuf(&whole[..cut]);
        assert!(outcome.is_err() && rows.is_empty(), "cut at {cut}");
    }
}

#[test]
fn in_files_with_other_signals_framed_and_compressed_and_counted_once() {
    let folder = tempfile::tempdir().unwrap();
    let frame = |content: &[u8]| [&(content.len() as u32).to_be_bytes()[..], content].concat();
    let profiles = request(&[profile(V1_10, &SAMPLES)]);
    let log = bytes(1, bytes(2, bytes(2, [fixed(1, TIME), bytes(5, any("hello"))].concat())));
    let zstd = zstd::encode_all(&profiles[..], 0).unwrap();
    let line = document(false, V1_10);
    let otlp = format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"{TIME}"}}]}}]}}]}}"#);
    let torn = &line[..line.len() / 2];
    let files = [
        ("a-body.bin", profiles.clone(), (1, 3, 0, 0)),
        ("b-frames.bin", [frame(&log), frame(&profiles), frame(&log)].concat(), (3, 3, 2, 0)),
        ("c-zstd.bin", [frame(&zstd), frame(&zstd::encode_all(&log[..], 0).unwrap())].concat(), (2, 3, 1, 0)),
        ("d.jsonl", format!("{otlp}\n{line}\n{otlp}\n{torn}").into_bytes(), (3, 3, 2, 1)),
        ("e.json", line.replace(",\"dictionary\"", ",\n \"dictionary\"").into_bytes(), (1, 3, 0, 0)),
    ];
    for (name, content, _) in &files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let inputs = discover(&[folder.path().display().to_string()]).unwrap();
    let seen = inspect(&inputs, &Options::default(), &Silent).unwrap();
    for (seen, (name, _, counts)) in seen.iter().zip(&files) {
        assert_eq!((seen.requests, seen.samples, seen.log_records, seen.set_aside), *counts, "{name}: {:?}", seen.examples);
        assert_eq!(seen.first_ns, Some(TIME as i64), "{name}");
        assert!(seen.signals().any(|s| s == "profiles") && seen.services.all().0.any(|s| s == "codex"), "{name}");
    }
    let lake = tracemill_model::Lake::create(&folder.path().join("lake")).unwrap();
    let summary = ingest(&lake, &inputs, &Options::default(), &Silent).unwrap();
    assert_eq!(summary.sources.iter().map(|s| s.records.get("profiles").copied().unwrap_or(0)).sum::<u64>(), 15);
    let parts = lake.snapshot().unwrap();
    let parts: Vec<_> = parts.parts("profiles").collect();
    assert_eq!((parts.iter().map(|p| p.rows).sum::<u64>(), parts[0].date.as_str()), (3, "2026-11-22"), "each sample once");
}
