//! JSON of hostile shapes, through each of the readers and through whole builds.

use std::time::{Duration, Instant};

use serde_json::json;
use tracemill_model::tables::{MODEL_CALLS, TOOL_CALLS};

use super::*;
use crate::attributes::Reader;
use crate::dialect::{Dialect, Dialects, Field};
use crate::masks::Masks;
use crate::output;
use crate::tests::Archive;

/// Longer than any machine takes to go over a few megabytes once, and far shorter than for once a level.
const PATIENCE: Duration = Duration::from_secs(300);

/// Lists or objects in one another, whole or cut off.
fn deep() -> Vec<String> {
    let nested = |n: usize, open: &str, close: &str| format!("{}1{}", open.repeat(n), close.repeat(n));
    vec![nested(1_000_000, "[", "]"), nested(100_000, "{\"a\":", "}"), nested(100_000, "[{\"a\":", "}]")]
}

#[test]
fn what_lies_beside_deep_parts_is_read() {
    let before = Instant::now();
    let dialect = Dialect::codex().unwrap();
    let reader = Reader::new(&dialect);
    for deep in deep() {
        let json = format!(r#"{{"call_id":{deep},"tool_name":"t","other":{deep},"output":"o"}}"#);
        let picked = reader.read(&json).unwrap();
        assert_eq!([Field::CallId, Field::ToolName, Field::Output].map(|f| picked.text(f)), [None, Some("t"), Some("o")]);
        assert_eq!((&members(&json)["tool_name"], text_at(&json, &["output"]).as_deref()), (&json!("t"), Some("o")));
        assert_eq!((text_at(&json, &["other", "x"]), value_at(&json, &["other"])), (None, None));
        // cut off in the middle
        let cut = &json[..json.len() / 2];
        assert!(reader.read(cut).is_err());
        assert_eq!((members(cut), text_at(cut, &["tool_name"])), (Value::Null, None));
        assert_eq!((members(&deep), text_at(&deep, &["tool_name"])), (if deep.starts_with('{') { json!({"a": null}) } else { Value::Null }, None));
    }
    assert!(before.elapsed() < PATIENCE, "{:?}", before.elapsed());
}

#[test]
fn an_exit_code_is_found_beside_deep_parts_and_halves_of_characters() {
    let opencode = Dialect::embedded("opencode").unwrap();
    let tool = opencode.tools.command_tools[0].clone();
    let others = [r#""\ud800""#.to_owned(), "1e999".to_owned(), format!("[{}1]", "0,".repeat(1_000_000))];
    for extra in deep().into_iter().chain(others) {
        let text = format!(r#"{{"a":{extra},"metadata":{{"x":{extra},"exit":3}},"z":{extra}}}"#);
        assert_eq!(output::read(&opencode, &Masks::default(), &tool, &text).exit_code, Some(3));
    }
}

#[test]
fn of_numbers_surrogates_and_repeated_keys_the_usable_is_kept() {
    let json = r#"{"a":"x\ud83d","\udc00":1,"b":1e999,"a":"y\ud83dz","n":-123456789012345678901234567890,"i":7,"i":8}"#;
    assert_eq!(text_at(json, &["a"]).map(|t| t.replace('\u{fffd}', "?")), Some("y???z".to_owned()));
    assert_eq!((value_at(json, &["i"]), value_at(json, &["b"]), text_at(json, &["i"])), (Some(json!(8)), None, None));
    assert_eq!(members(r#"{"u":18446744073709551615,"f":1.5,"t":true,"o":{"p":1},"l":[1,["x",[2]]]}"#), {
        json!({"u": u64::MAX, "f": 1.5, "t": true, "o": null, "l": [1, ["x", null]]})
    });
    let picked = Reader::new(&Dialect::codex().unwrap());
    let json = r#"{"input_token_count":99999999999999999999,"cached_token_count":"1e400","call_id":["a","b"],"duration_ms":1e300}"#;
    let picked = picked.read(json).unwrap();
    assert_eq!([Field::InputTokens, Field::CachedInputTokens, Field::Duration].map(|f| picked.int(f)), [None; 3]);
    assert_eq!(picked.text(Field::CallId), Some("b"));
}

#[test]
fn of_a_long_list_the_end_is_kept() {
    let long = format!("[{}\"last\"]", "0,".repeat(100_000));
    let Value::Object(members) = members(&format!(r#"{{"a":{long}}}"#)) else { panic!() };
    assert_eq!(members["a"].as_array().map(|a| (a.len(), a.last().cloned())), Some((LIST, Some(json!("last")))));
    let json = format!(r#"{{"call_id":{long}}}"#);
    assert_eq!(Reader::new(&Dialect::codex().unwrap()).read(&json).unwrap().text(Field::CallId), Some("last"));
}

/// Every attribute that a dialect reads, as text of a hostile shape and as a value of one.
#[test]
fn no_shape_of_an_attribute_stops_a_build() {
    let before = Instant::now();
    let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
    let shapes = [json!(nested(2000)), json!(format!(r#"{{"a":{}"#, nested(2000))), json!("{\"a\":\"\\ud800\"}"), json!("9".repeat(400))];
    for dialect in Dialects::load(None).unwrap().list() {
        let mut archive = Archive::default();
        let names = dialect.fields.values().flatten();
        let mut attributes: serde_json::Map<String, Value> = names.enumerate().map(|(n, a)| (a.clone(), shapes[n % shapes.len()].clone())).collect();
        let service = dialect.claims.services.first().map_or("svc", String::as_str);
        for (n, event) in dialect.events.keys().enumerate() {
            for key in ["event.name", "conversation.id", "session.id", "gen_ai.conversation.id"] {
                attributes.insert(key.to_owned(), json!(if key == "event.name" { event.as_str() } else { "c" }));
            }
            archive.log_of(service, n as i64, event, Value::Object(attributes.clone()));
            archive.span_of(service, (n as i64, n as i64 + 1), event, ["a", &format!("{:x}", n + 1), ""], Value::Object(attributes.clone()));
        }
        let target = dialect.fields.values().flatten().next().cloned().unwrap_or_default();
        archive.log_of(service, 49, "deep", json!({&target: nested(1_000_000)}));
        // the lake's own text may be deeper than it should be
        archive.log_of(service, 50, "deep", json!({}));
        archive.last()["attributes"] = json!(format!(r#"{{"{target}":{}}}"#, nested(1000)));
        archive.last()["resource"] = json!(format!(r#"{{"service.name":"{service}","x":{}}}"#, nested(1000)));
        let built = archive.build();
        let _ = (built.rows(&MODEL_CALLS), built.rows(&TOOL_CALLS));
    }
    assert!(before.elapsed() < PATIENCE, "{:?}", before.elapsed());
}
