//! The items of a list or an object of JSON, each as it is written: links and exemplars are judged and left out one by one, however deep
//! one of them is nested. Border: a text in, pieces of it out; nothing is built of what they hold, and nothing calls itself.

use serde::de::IgnoredAny;

/// The items of a list, or of an object with their names. None where the JSON is neither, or damaged.
pub fn items(json: &str) -> Option<Vec<&str>> {
    let _: IgnoredAny = serde_json::from_str(json).ok()?;
    let json = json.trim();
    let inner = json.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).or_else(|| json.strip_prefix('{')?.strip_suffix('}'))?;
    let (mut items, mut from, mut depth) = (Vec::new(), 0, 0_usize);
    let (mut in_text, mut is_escaped) = (false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => (),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                items.push(inner[from..at].trim());
                from = at + 1;
            }
            _ => (),
        }
    }
    items.extend(Some(inner[from..].trim()).filter(|last| !last.is_empty()));
    Some(items)
}

/// The value of that name among an object's items; the name is one that needs no escapes.
pub fn value<'j>(items: &[&'j str], name: &str) -> Option<&'j str> {
    items.iter().find_map(|item| Some(item.strip_prefix('"')?.strip_prefix(name)?.strip_prefix('"')?.trim_start().strip_prefix(':')?.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_told_apart_whatever_is_in_them() {
        for (json, expected) in [
            ("[]", Some(&[][..])),
            (" [ ] ", Some(&[])),
            ("[1]", Some(&["1"])),
            (r#"[1, "a,]\"[\\" ,{"b":[2,3],"c":"}"},[],"é"]"#, Some(&["1", r#""a,]\"[\\""#, r#"{"b":[2,3],"c":"}"}"#, "[]", "\"é\""])),
            (r#"{"a":[1,2],"b":"x"}"#, Some(&[r#""a":[1,2]"#, r#""b":"x""#])),
            ("\"[1,2]\"", None),
            ("7", None),
            ("[1,2", None),
            ("[1},{2]", None),
        ] {
            assert_eq!(items(json).as_deref(), expected, "{json}");
        }
        let object = items(r#"{"a":[1,2], "trace" : "x","trace_id":"y","trace_id_":"z"}"#).unwrap();
        assert_eq!(
            ["a", "trace", "trace_id", "trace_i", "b"].map(|name| value(&object, name)),
            [Some("[1,2]"), Some("\"x\""), Some("\"y\""), None, None]
        );
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(items(&format!(r#"[{deep},{{"a":{deep}}},1]"#)).unwrap().len(), 3);
    }
}
