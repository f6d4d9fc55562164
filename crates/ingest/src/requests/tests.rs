use super::*;
use crate::shown;

/// A request with one log record, named.
fn line(name: &str) -> String {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"eventName":"{name}"}}]}}]}}]}}"#)
}

/// The names of the records that a JSON block gives, the number of requests, and what was set aside.
fn json(text: &[u8], array: bool) -> (Vec<String>, u64, Vec<String>) {
    let block = Block { bytes: text.to_vec(), offset: 100, number: 10, framing: Framing::Json, array };
    let mut rows = Rows::default();
    let tally = decode(&block, 1 << 20, &mut rows);
    assert_eq!(tally.set_aside as usize, tally.examples.len());
    let [_, events, _] = shown::all(&mut rows);
    let names = events.iter().map(|e| e["event_name"].clone()).collect();
    (names, tally.requests, tally.examples.iter().map(|e| format!("{}: {}", e.position, e.reason)).collect())
}

fn names(text: &str) -> Vec<String> {
    let (names, _, asides) = json(text.as_bytes(), text.trim_start_matches('\u{feff}').trim_start().starts_with('['));
    assert_eq!(asides, Vec::<String>::new(), "{text}");
    names
}

fn pretty(name: &str) -> String {
    format!("{{\n  \"resourceLogs\": [\n    {{\n      \"scopeLogs\": [\n{{\"logRecords\": [{{\"eventName\": \"{name}\"}}]}}\n]\n    }}\n  ]\n}}\n")
        .replace("\n{\"log", "\n        {\"log")
}

#[test]
fn documents_in_every_arrangement() {
    let (a, b, c) = (line("a"), line("b"), line("c"));
    for text in [
        format!("{a}\n{b}\n{c}"),
        format!("\u{feff}{a}\r\n\r\n{b}\r\n  {c}  \r\n"),
        format!("{a}{b} {c}\n"),
        pretty("a") + &pretty("b") + &pretty("c"),
        pretty("a") + &b + "\n" + &pretty("c"),
        format!("[{a},{b},{c}]"),
        format!("[\n{a},\n{b},\n{c}\n]\n"),
        format!("[\n  {},\n  {},\n  {}\n]\n", pretty("a").trim_end().replace('\n', "\n  "), pretty("b").trim_end().replace('\n', "\n  "), c),
        format!("[{a}\n,{b}\n,{c}\n]"),
    ] {
        assert_eq!(names(&text), ["a", "b", "c"], "{text}");
    }
}

#[test]
fn what_is_broken_costs_only_itself() {
    let (a, b) = (line("a"), line("b"));
    for (broken, reason) in [
        ("garbage".to_owned(), "'g' where an object is expected"),
        ("{\"x\":1}".to_owned(), "no resourceSpans, resourceLogs or resourceMetrics (its keys: x)"),
        (line("torn")[..40].to_owned(), "the document ends"),
        (line("torn")[..20].to_owned(), "the document ends inside a string"),
        (line("x").replace("eventName", "traceId"), "one record: \"x\" is no id of 16 bytes in hex or base64"),
        ("[".repeat(5000), "an array where an object is expected"),
        ("{\"a\":".repeat(5000), "the document ends"),
    ] {
        let (names, _, asides) = json(format!("{a}\n{broken}\n{b}\n").as_bytes(), false);
        assert_eq!(names, ["a", "b"], "{broken}");
        assert_eq!(asides.len(), 1, "{asides:?}");
        let position = format!("line 11, byte {}: ", 100 + a.len() + 1);
        assert!(asides[0].starts_with(&position) && asides[0].contains(reason), "{asides:?}");
    }
}

#[test]
fn invalid_utf8_costs_only_its_line() {
    let bytes = [line("a").as_bytes(), b"\n", &line("b").into_bytes()[..60], b"\xff\xfe", &line("b").into_bytes()[60..], b"\n", line("c").as_bytes()]
        .concat();
    let (names, _, asides) = json(&bytes, false);
    assert_eq!(names, ["a", "c"]);
    assert!(asides[0].contains("line 11") && asides[0].contains("invalid UTF-8 (at byte 60"), "{asides:?}");
}

#[test]
fn a_torn_pretty_document_does_not_swallow_the_next() {
    let torn = pretty("torn");
    let text = torn[..torn.len() - 20].to_owned() + "\n" + &line("b") + "\n" + &pretty("c");
    let (names, _, asides) = json(text.as_bytes(), false);
    assert_eq!(names.last().map(String::as_str), Some("c"));
    assert!(names.contains(&"b".to_owned()));
    assert!(!asides.is_empty());
}

#[test]
fn a_line_torn_behind_a_backslash_does_not_swallow_the_next() {
    let text = format!("{}\n{{\"resourceLogs\":\"x\\\n{}\n", line("a"), line("b"));
    let (names, _, asides) = json(text.as_bytes(), false);
    assert_eq!(names, ["a", "b"]);
    assert_eq!(asides.len(), 1, "{asides:?}");
}

#[test]
fn a_record_set_aside_is_told_even_if_the_rest_of_its_line_is_broken() {
    let (_, requests, asides) = json(format!("{}{{\"x\"\n", line("x").replace("eventName", "traceId")).as_bytes(), false);
    assert_eq!((requests, asides.len()), (1, 2), "{asides:?}");
}

#[test]
fn many_unfinished_lines_take_linear_time() {
    let text = "  {\"a\":\n".repeat(100_000);
    let (names, requests, _) = {
        let block = Block { bytes: text.into_bytes(), offset: 0, number: 1, framing: Framing::Json, array: false };
        let mut rows = Rows::default();
        let tally = decode(&block, 1 << 20, &mut rows);
        assert_eq!(tally.set_aside, 100_000);
        assert_eq!(tally.examples.len(), EXAMPLES);
        (rows.counts(), tally.requests, ())
    };
    assert_eq!((names, requests), (Default::default(), 0));
}

#[test]
fn frames_hold_protobuf_json_or_either_compressed() {
    // LogsData with one record: time 5, event_name "p"
    let record = [0x09, 5, 0, 0, 0, 0, 0, 0, 0, 0x62, 1, b'p'];
    let message = [&[0x0a, 16, 0x12, 14, 0x12, 12][..], &record].concat();
    let json = line("j").into_bytes();
    let squeeze = |b: &[u8]| zstd::encode_all(b, 1).unwrap();
    let messages = [
        message.clone(),
        json.clone(),
        squeeze(&message),
        squeeze(&json),
        vec![],
        squeeze(&vec![b' '; 2 << 20]),
        vec![0x0a, 9],
        b"\x28\xb5\x2f\xfdxx".to_vec(),
    ];
    let bytes = messages.iter().flat_map(|m| [&(m.len() as u32).to_be_bytes()[..], m].concat()).collect();
    let mut rows = Rows::default();
    let tally = decode(&Block { bytes, offset: 0, number: 1, framing: Framing::Frames, array: false }, 1 << 20, &mut rows);
    let [_, events, _] = shown::all(&mut rows);
    assert_eq!(events.iter().map(|e| e["event_name"].as_str()).collect::<Vec<_>>(), ["p", "j", "p", "j"]);
    assert_eq!((tally.requests, tally.set_aside), (5, 3));
    assert!(tally.examples[0].reason.contains("--max-request") && tally.examples[0].position.starts_with("frame 6"), "{:?}", tally.examples);
    assert!(tally.examples[1].reason.contains("a length beyond its message"), "{:?}", tally.examples);
    assert!(tally.examples[2].reason.contains("damaged zstd frame"), "{:?}", tally.examples);
}
