//! Values nested about as deep as the decoders go. Border: JSON beside JSON; the wire has a limit of its own, which is less deep.

use crate::json::{Json, documents};

/// Documents whose values are nested so deep: attributes, bodies, and attributes of events, of lists, of lists of attributes and of both in turn.
pub fn nested(levels: usize) -> Vec<Json> {
    let kinds: [fn(usize) -> bool; 3] = [|_| true, |_| false, |n| n % 2 == 0];
    let inner = [r#"{"stringValue":"a"}"#, r#"{"intValue":"5"}"#, r#"{"boolValue":true}"#, r#"{"doubleValue":1}"#, "{}", r#"{"arrayValue":{}}"#];
    let mut all = Vec::new();
    for is_list in kinds {
        for inner in inner {
            let value = (0..levels).fold(inner.to_owned(), |value, n| {
                if is_list(n) {
                    format!(r#"{{"arrayValue":{{"values":[{value}]}}}}"#)
                } else {
                    format!(r#"{{"kvlistValue":{{"values":[{{"key":"k","value":{value}}}]}}}}"#)
                }
            });
            let pair = format!(r#"[{{"key":"k","value":{value}}}]"#);
            let texts = [
                format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"1","body":{value}}},{{"timeUnixNano":"2"}}]}}]}}]}}"#),
                format!(
                    r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{{"timeUnixNano":"1","attributes":{pair}}},{{"timeUnixNano":"2"}}]}}]}}]}}"#
                ),
                format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{"events":[{{"attributes":{pair}}}]}},{{"name":"next"}}]}}]}}]}}"#),
            ];
            all.extend(texts.iter().flat_map(|text| documents(text).unwrap_or_default()));
        }
    }
    all
}
