use super::*;

fn picked(json: &str) -> Picked<'_> {
    Reader::new(&Dialect::codex().unwrap()).read(json).unwrap()
}

#[test]
fn numbers_and_booleans_may_be_text() {
    let p = picked(r#"{"input_token_count":"1001","cached_token_count":7,"duration_ms":"12","ttft_ms":9,"success":"false"}"#);
    assert_eq!(p.int(Field::InputTokens), Some(1001));
    assert_eq!(p.int(Field::CachedInputTokens), Some(7));
    assert_eq!(p.int(Field::Duration), Some(12_000_000));
    assert_eq!(p.int(Field::Ttft), Some(9_000_000));
    assert_eq!(p.bool(Field::Success), Some(false));
    let p = picked(r#"{"input_token_count":"many","duration_ms":1.5,"success":true}"#);
    assert_eq!(p.int(Field::InputTokens), None);
    assert_eq!(p.int(Field::Duration), Some(1_500_000));
    assert_eq!(p.bool(Field::Success), Some(true));
}

#[test]
fn a_repeated_key_is_picked_by_type() {
    for json in [r#"{"thread.id":[2,"c1"]}"#, r#"{"thread.id":["c1",2]}"#, r#"{"thread.id":"c1"}"#] {
        assert_eq!(picked(json).text(Field::ConversationId), Some("c1"), "{json}");
    }
    assert_eq!(picked(r#"{"thread.id":2}"#).text(Field::ConversationId), None);
    assert_eq!(picked(r#"{"aborted":[false,true]}"#).bool(Field::Aborted), Some(true));
    assert_eq!(picked(r#"{"aborted":[true,false]}"#).bool(Field::Aborted), Some(true));
    assert_eq!(picked(r#"{"aborted":[false,false]}"#).bool(Field::Aborted), Some(false));
}

#[test]
fn the_best_attribute_wins_in_any_order() {
    for json in [r#"{"conversation.id":"a","thread_id":"b"}"#, r#"{"thread_id":"b","conversation.id":"a"}"#] {
        assert_eq!(picked(json).text(Field::ConversationId), Some("a"));
    }
    let p = picked(r#"{"model":"gpt-5.5","slug":"gpt-5"}"#);
    assert_eq!((p.text(Field::Model), p.text(Field::RequestedModel)), (Some("gpt-5"), Some("gpt-5.5")));
}

#[test]
fn empty_text_and_other_shapes_are_nothing() {
    let p = picked(r#"{"mcp_server":"","tool_name":null,"output":{"a":[1]},"other":{"deep":[{}]},"call_id":"x\n\"y\""}"#);
    assert_eq!(p.text(Field::McpServer), None);
    assert_eq!(p.text(Field::ToolName), None);
    assert_eq!(p.text(Field::Output), None);
    assert_eq!(p.text(Field::CallId), Some("x\n\"y\""));
    assert!(picked("").text(Field::CallId).is_none());
}

#[test]
fn watched_attributes_come_as_text() {
    let names = ["team.id", "model", "n", "deep", "empty"].map(str::to_owned);
    let reader = Reader::new(&Dialect::codex().unwrap()).watching(&names);
    let p = reader.read(r#"{"deep":{"a":1},"empty":"","model":"m","n":[1,2.5,true],"team.id":"a\"b"}"#).unwrap();
    assert_eq!((p.watched(0), p.watched(1), p.watched(2), p.watched(3), p.watched(4)), (Some("a\"b"), Some("m"), Some("true"), None, None));
    assert_eq!(p.text(Field::Model), Some("m"));
    assert_eq!(p.all_watched().len(), 3);
    assert!(reader.read(r#"{"slug":"m"}"#).unwrap().all_watched().is_empty());
}

#[test]
fn lengths_of_time_are_nanoseconds_whatever_the_unit() {
    let dialect = r#"
        agent = "heron"
        [fields]
        duration_ms = ["ms"]
        duration_s = ["s"]
        duration_us = ["us"]
        duration_ns = ["ns"]
        ttft_ms = ["first.ms"]
        ttft_s = ["first.s"]
        ttft_us = ["first.us"]
        ttft_ns = ["first.ns"]
    "#;
    let reader = Reader::new(&Dialect::parse("heron", dialect).unwrap());
    for (unit, value, expected) in [
        ("ms", "1500", Some(1_500_000_000)),
        ("ms", "1500.25", Some(1_500_250_000)),
        ("ms", "\"1500.25\"", Some(1_500_250_000)),
        ("s", "2", Some(2_000_000_000)),
        ("s", "0.1", Some(100_000_000)),
        ("s", "\"1.5e-3\"", Some(1_500_000)),
        ("us", "7", Some(7_000)),
        ("us", "7.5", Some(7_500)),
        ("ns", "7", Some(7)),
        ("ns", "\"9007199254740993\"", Some(9_007_199_254_740_993)),
        ("ns", "7.5", Some(8)),
        ("ms", "0", Some(0)),
        // what is no length of time
        ("ms", "-1", None),
        ("s", "-0.5", None),
        ("s", "\"NaN\"", None),
        ("s", "1e300", None),
        ("s", "9223372036854775807", None),
        ("ms", "\"12 ms\"", None),
        ("ms", "true", None),
    ] {
        let json = format!(r#"{{"{unit}":{value},"first.{unit}":{value}}}"#);
        let picked = reader.read(&json).unwrap();
        assert_eq!((picked.duration_ns(), picked.ttft_ns()), (expected, expected), "{json}");
    }
}

#[test]
fn the_short_way_reads_what_the_long_way_reads() {
    let dialect = Dialect::codex().unwrap();
    let watched = ["conversation.id".to_owned(), "x".to_owned()];
    let reader = Reader::new(&dialect).watching(&watched);
    let names = ["conversation.id", "thread.id", "input_token_count", "duration_ms", "success", "aborted", "model", "x", "other", ""];
    let values = [
        "1",
        "-1",
        "0",
        "-0",
        "01",
        "1.5",
        "1e3",
        "1e999",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "123456789012345678",
        "true",
        "false",
        "null",
        "nul",
        "\"\"",
        "\"a\"",
        "\"true\"",
        "\"12\"",
        r#""a\"b""#,
        r#""a\\""#,
        r#""\u0041""#,
        r#""\ud800""#,
        "\"é\"",
        "[]",
        "[1,2]",
        r#"["a","}"]"#,
        r#"[[1],{"a":"]"}]"#,
        "{}",
        r#"{"a":{"b":[1]}}"#,
        r#"{"]":"\\"}"#,
        "[1",
        "{",
        "\"",
        "",
    ];
    let mut random = fastrand::Rng::with_seed(7);
    let (mut usual, mut refused) = (0, 0);
    for n in 0..60_000 {
        let pairs: Vec<String> = (0..random.usize(0..5))
            .map(|_| format!("\"{}\":{}", names[random.usize(0..names.len())], values[random.usize(0..values.len())]))
            .collect();
        let mut json = format!("{{{}}}", pairs.join(","));
        // every second one is damaged somewhere
        if n % 2 == 1 {
            let at = (0..=random.usize(0..json.len())).rev().find(|at| json.is_char_boundary(*at)).unwrap();
            match random.usize(0..3) {
                0 => json.truncate(at),
                1 => json.insert(at, ['"', ',', '}', '{', '\\', ' ', ':', ']', '1'][random.usize(0..9)]),
                _ => drop(json.remove(at)),
            }
        }
        let Ok(short) = reader.read_usual(&json) else {
            refused += 1;
            continue;
        };
        // what is not asked for is not looked at: only the long way finds damage in it
        if let Ok(long) = reader.read_any(&json) {
            assert_eq!((&short.places, &short.values, &short.watched), (&long.places, &long.values, &long.watched), "{json}");
            usual += 1;
        }
    }
    assert!(usual > 10_000 && refused > 10_000, "{usual} {refused}");
}
