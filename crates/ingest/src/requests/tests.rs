use super::*;
use crate::keep::{InMemory, Nowhere};
use crate::shown;

/// A request with one log record, named.
fn line(name: &str) -> String {
    format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"eventName":"{name}"}}]}}]}}]}}"#)
}

/// The names of the records that a JSON block gives, the number of requests, and what was set aside.
fn json(text: &[u8], array: bool) -> (Vec<String>, u64, Vec<String>) {
    let block = Block { offset: 100, number: 10, array, ..Block::of(Framing::Json, text.to_vec()) };
    let mut rows = Rows::default();
    let mut keep = InMemory::default();
    let mut tally = Tally::new(&mut keep);
    decode(&block, 1 << 20, &mut rows, &mut tally);
    assert_eq!(tally.set_aside as usize, tally.examples.len());
    let [_, events, _] = shown::all(&mut rows);
    let names = events.iter().map(|e| e["event_name"].clone()).collect();
    let (requests, set_aside, asides) =
        (tally.requests, tally.set_aside, tally.examples.iter().map(|e| format!("{}: {}", e.position, e.reason)).collect());
    assert_eq!(keep.pieces.iter().map(|(p, _)| p.count).sum::<u64>(), set_aside);
    for (piece, bytes) in &keep.pieces {
        let at = piece.offset.unwrap() as usize - 100;
        assert!(text[at..].starts_with(bytes), "{piece:?} keeps {:?}", String::from_utf8_lossy(bytes));
    }
    (names, requests, asides)
}

/// The bytes that a JSON block sets aside.
fn kept(text: &str) -> Vec<String> {
    let block = Block::of(Framing::Json, text.as_bytes().to_vec());
    let mut keep = InMemory::default();
    decode(&block, 1 << 20, &mut Rows::default(), &mut Tally::new(&mut keep));
    keep.pieces.into_iter().map(|(_, bytes)| String::from_utf8(bytes).unwrap()).collect()
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
        ("{\"resource\":{},\"schemaUrl\":\"\"}".to_owned(), "a resource without telemetry"),
        ("{\"x\":1}".to_owned(), "no other document that is known (its keys: \"x\")"),
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
fn what_is_broken_costs_no_request_on_its_line() {
    let (a, b, c) = (line("a"), line("b"), line("c"));
    let half = &b[..60];
    for (text, expected) in [
        (format!("[{a},{half},{c}]"), ["a", "c"]),
        (format!("[{half},{a},{c}]"), ["a", "c"]),
        (format!("[{a},{}\u{7f},{c}]", &b[1..]), ["a", "c"]),
        (format!("{a}{half}{c}\n"), ["a", "c"]),
        (format!("{half}{a}\n{c}\n"), ["a", "c"]),
        (format!("{a}J{c}\n"), ["a", "c"]),
        (format!("{a},{c}]\n"), ["a", "c"]),
    ] {
        let (names, requests, asides) = json(text.as_bytes(), text.starts_with('['));
        assert_eq!((names.as_slice(), requests, asides.len()), (&expected.map(str::to_owned)[..], 2, 1), "{text}: {asides:?}");
    }
    // an envelope that nobody knows is no damage
    let (names, _, asides) = json(format!("{{\"envelope\":{a}}}\n").as_bytes(), false);
    assert!(names.is_empty() && asides[0].contains("(its keys: \"envelope\")"), "{asides:?}");
}

#[test]
fn invalid_utf8_costs_only_its_request() {
    let (a, b, c) = (line("a"), line("b"), line("c"));
    let text = [b"[", a.as_bytes(), b",", &b.as_bytes()[..60], b"\xff", &b.as_bytes()[60..], b",", c.as_bytes(), b"]"].concat();
    let (names, _, asides) = json(&text, true);
    assert_eq!(names, ["a", "c"]);
    assert!(asides.len() == 1 && asides[0].contains("invalid UTF-8 (at byte 60"), "{asides:?}");
}

#[test]
fn lists_under_other_names_are_set_aside() {
    let (resource, scope) = ("\"resource\":{\"attributes\":[]},\"scopeLogs\":", "\"scope\":{\"name\":\"s\"},\"logRecords\":");
    let text = format!("{{\"resourceLogs\":[{{{resource}[{{{scope}[{{\"eventName\":\"a\"}}]}}]}}]}}\n");
    let spans = "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"name\":\"x\"}]}]}],\"resourceSpanz\":[{}]}\n";
    let metric = |inner: &str| format!("{{\"resourceMetrics\":[{{\"scopeMetrics\":[{{\"metrics\":[{{\"name\":\"m\",{inner}}}]}}]}}]}}\n");
    for (text, what) in [
        (text.replace("scopeLogs", "scopeLogz"), "a list \"scopeLogz\" of a resource's telemetry"),
        (text.replace("logRecords", "lOgRecords"), "a list \"lOgRecords\" of a scope's telemetry"),
        (spans.to_owned(), "a list \"resourceSpanz\" of a request"),
        (metric("\"gbuge\":{\"dataPoints\":[{}]}"), "a metric without points, but with \"gbuge\""),
        (metric("\"gauge\":{\"dataPointz\":[{}]}"), "a list \"dataPointz\" of a metric's data"),
    ] {
        let (_, requests, asides) = json(text.as_bytes(), false);
        assert!(requests == 1 && asides.len() == 1 && asides[0].contains(what), "{text}: {asides:?}");
    }
    let mut rows = Rows::default();
    let block = Block::of(Framing::Json, text.replace("eventName", "evfntName").replace("\"scope\"", "\"scopf\"").into_bytes());
    decode(&block, 1 << 20, &mut rows, &mut Tally::new(&mut Nowhere));
    let warnings: Vec<String> = rows.told().warnings.all().0.map(str::to_owned).collect();
    assert_eq!((rows.counts().events, warnings.len()), (1, 2), "{warnings:?}");
    assert!(warnings[0].ends_with("left out: \"evfntName\" of a log record"), "{warnings:?}");
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
    assert_eq!(names, ["b", "c"]);
    assert_eq!(asides.len(), 1, "{asides:?}");
    assert!(asides[0].starts_with("line 10, byte 100: the document ends"), "{asides:?}");
    assert_eq!(kept(&text), [torn[..torn.len() - 20].trim_end()]);
}

#[test]
fn what_is_kept_is_the_smallest_piece_that_can_be_decoded_again() {
    let (a, b) = (line("a"), line("b"));
    let record = b.replace("[{\"event", "[{\"spanId\":\"nonsense\"},{\"traceId\":1},{\"event");
    assert_eq!(kept(&format!("{a}{b}%%\n{a}\n")), ["%%"]);
    assert_eq!(kept(&format!("{a} {record} {a}\n")), [record.as_str()]);
    let over_lines = pretty("a").replace("eventName", "traceId");
    assert_eq!(kept(&format!("{a}\n{over_lines}{b}\n")), [over_lines.trim_end()]);
    let broken = pretty("a").replace("Logs", "Logz");
    assert_eq!(kept(&format!("{broken}{b}\n")), [broken.trim_end()]);
}

#[test]
fn indented_requests_behind_a_torn_one_go_through() {
    let (a, b) = (line("a"), line("b"));
    let (names, _, asides) = json(format!("  {}\n  {a}\n  garbage\n  {b}\n", &a[..40]).as_bytes(), false);
    assert_eq!((names, asides.len()), (vec!["a".to_owned(), "b".to_owned()], 1));
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
    for (text, asides) in [("  {\"a\":\n", 1), ("{\"a\":\n", 100_000)] {
        let block = Block::of(Framing::Json, text.repeat(100_000).into_bytes());
        let mut rows = Rows::default();
        let mut keep = Nowhere;
        let mut tally = Tally::new(&mut keep);
        decode(&block, 1 << 20, &mut rows, &mut tally);
        assert_eq!((tally.set_aside, tally.examples.len()), (asides, EXAMPLES.min(asides as usize)));
        assert_eq!((rows.counts(), tally.requests), (Default::default(), 0));
    }
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
    let mut keep = InMemory::default();
    let mut tally = Tally::new(&mut keep);
    decode(&Block::of(Framing::Frames, bytes), 1 << 20, &mut rows, &mut tally);
    let [_, events, _] = shown::all(&mut rows);
    assert_eq!(events.iter().map(|e| e["event_name"].as_str()).collect::<Vec<_>>(), ["p", "j", "p", "j"]);
    assert_eq!((tally.requests, tally.set_aside), (5, 3));
    assert_eq!(tally.forms, Forms { over_lines: 0, frames_of_json: 2, frames_of_zstd: 2 });
    assert!(tally.examples[0].reason.contains("--max-request") && tally.examples[0].position.starts_with("frame 6"), "{:?}", tally.examples);
    assert!(tally.examples[1].reason.contains("a length beyond its message"), "{:?}", tally.examples);
    assert!(tally.examples[2].reason.contains("damaged zstd frame"), "{:?}", tally.examples);
    for ((piece, bytes), message) in keep.pieces.iter().zip(&messages[5..]) {
        assert_eq!((piece.kind, bytes), (Kind::Frame, &[&(message.len() as u32).to_be_bytes()[..], message].concat()));
    }
}

#[test]
fn of_a_compressed_frame_the_line_is_kept() {
    let content = format!("{}\n%%%\n{}", line("a"), line("b"));
    let message = zstd::encode_all(content.as_bytes(), 1).unwrap();
    let bytes = [&(message.len() as u32).to_be_bytes()[..], &message].concat();
    let mut keep = InMemory::default();
    let block = Block { offset: 70, number: 3, ..Block::of(Framing::Frames, bytes) };
    decode(&block, 1 << 20, &mut Rows::default(), &mut Tally::new(&mut keep));
    let (piece, bytes) = &keep.pieces[0];
    assert_eq!((piece.kind, piece.offset, bytes.as_slice()), (Kind::Document, None, &b"%%%"[..]));
    assert_eq!(piece.position, format!("frame 3, byte 74, in it line 2, byte {}", line("a").len() + 1));
}

#[test]
fn a_document_that_cannot_be_taken_costs_those_behind_it_on_its_line_nothing() {
    let (a, b, other) = (line("a"), line("b"), "{\"other\":[{}]}");
    for (text, kept_text) in [(format!("{a}{other}{b}"), other), (format!("{other} {a}{b}\n"), other), (format!("[{a},{other},{b}]"), other)] {
        let (names, requests, asides) = json(text.as_bytes(), text.starts_with('['));
        assert_eq!((names, requests, asides.len()), (vec!["a".to_owned(), "b".to_owned()], 2, 1), "{text}: {asides:?}");
        if !text.starts_with('[') {
            assert_eq!(kept(&text), [kept_text]);
        }
    }
}
