//! The parsers: labels out of lines. Border: one line; a line that a parser cannot read is noted in `__error__`.

use std::borrow::Cow;

use regex::Regex;
use serde_json::Value as Json;

use super::super::ast::{JsonStep, PatternPart};
use super::super::fields::Fields;
use super::Entry;

const JSON_ERROR: &str = "JSONParserErr";

/// The name of a label for a field: invalid characters are underscores, and one stands before a leading digit.
fn sanitized(key: &str, first: bool) -> String {
    let key = key.trim();
    let mut name: String = key.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if first && name.starts_with(|c: char| c.is_ascii_digit()) {
        name.insert(0, '_');
    }
    name
}

/// Every field of a JSON object; those of objects within have their names joined by `_`, arrays are left out.
pub(super) fn json(line: &str, fields: &mut Fields) {
    match serde_json::from_str::<Json>(line) {
        Ok(Json::Object(object)) => flatten(&object, "", fields),
        _ if line.trim_start().starts_with('{') => fields.fail(JSON_ERROR, "Malformed JSON error"),
        _ => fields.fail(JSON_ERROR, "Value looks like object, but can't find closing '}' symbol"),
    }
}

fn flatten(object: &serde_json::Map<String, Json>, prefix: &str, fields: &mut Fields) {
    for (key, value) in object {
        let name = if prefix.is_empty() { sanitized(key, true) } else { format!("{prefix}_{}", sanitized(key, false)) };
        match value {
            Json::Object(within) => flatten(within, &name, fields),
            Json::Array(_) => {}
            value => fields.extract(&name, &text(value)),
        }
    }
}

fn text(value: &Json) -> Cow<'_, str> {
    match value {
        Json::Null => Cow::Borrowed(""),
        Json::String(text) => Cow::Borrowed(text),
        other => Cow::Owned(other.to_string()),
    }
}

/// Some fields of a JSON text, by paths. What is not there becomes an empty label.
pub(super) fn json_fields(line: &str, wanted: &[(String, Vec<JsonStep>)], fields: &mut Fields) {
    if line.is_empty() {
        return;
    }
    let parsed = line.trim_start().starts_with(['{', '[', '"']).then(|| serde_json::from_str::<Json>(line).ok()).flatten();
    let Some(json) = parsed else { return fields.fail(JSON_ERROR, "") };
    for (name, path) in wanted {
        let found = path.iter().try_fold(&json, |value, step| match step {
            JsonStep::Field(key) => value.get(key),
            JsonStep::Index(index) => value.get(index),
        });
        fields.extract(name, &found.map_or(Cow::Borrowed(""), text));
    }
}

/// The pairs of a `key=value` line.
pub(super) fn logfmt(line: &str, strict: bool, keep_empty: bool, wanted: &[(String, String)], fields: &mut Fields) {
    let mut found = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c == '"' || c.is_whitespace()).unwrap_or(rest.len());
        let key = &rest[..end];
        rest = &rest[end..];
        let Some(value) = rest.strip_prefix('=').filter(|_| !key.is_empty()) else {
            // a key without a value, or a sign where a key should be
            if strict && (key.is_empty() || rest.starts_with('"')) {
                return fields
                    .fail("LogfmtParserErr", &format!("logfmt syntax error at pos {} : unexpected {:?}", line.len() - rest.len() + 1, &rest[..1]));
            }
            if !key.is_empty() {
                found.push((key, Cow::Borrowed("")));
            }
            rest = rest.trim_start_matches(['=', '"']);
            rest = rest.trim_start();
            continue;
        };
        if value.starts_with('"') {
            match crate::scanner::unquoted(value) {
                Ok((text, length)) => {
                    found.push((key, Cow::Owned(text)));
                    rest = &value[length..];
                }
                Err(_) if strict => {
                    return fields.fail("LogfmtParserErr", &format!("logfmt syntax error at pos {} : unterminated quoted value", line.len() + 1));
                }
                Err(_) => rest = value.find(char::is_whitespace).map_or("", |end| &value[end..]),
            }
        } else {
            let end = value.find(|c: char| c.is_whitespace()).unwrap_or(value.len());
            found.push((key, Cow::Borrowed(&value[..end])));
            rest = &value[end..];
        }
        rest = rest.trim_start();
    }
    if wanted.is_empty() {
        for (key, value) in found.iter().filter(|(_, value)| keep_empty || !value.is_empty()) {
            fields.extract(&sanitized(key, true), value);
        }
    } else {
        for (name, key) in wanted {
            fields.extract(name, found.iter().find(|(known, _)| known == key).map_or("", |(_, value)| value));
        }
    }
}

/// The captures of a pattern: text up to the next literal; what is missing takes the rest of the line.
pub(super) fn pattern(line: &str, parts: &[PatternPart], fields: &mut Fields) {
    let (mut rest, mut parts) = (line, parts);
    if let Some((PatternPart::Literal(literal), behind)) = parts.split_first() {
        let Some(after) = rest.strip_prefix(literal.as_str()) else { return };
        (rest, parts) = (after, behind);
    }
    if line.is_empty() {
        return;
    }
    while let Some((PatternPart::Capture(name), behind)) = parts.split_first() {
        let (literal, behind) = match behind.split_first() {
            Some((PatternPart::Literal(literal), behind)) => (Some(literal.as_str()), behind),
            _ => (None, behind),
        };
        let end = literal.and_then(|literal| rest.find(literal));
        if let Some(name) = name {
            fields.extract(name, &rest[..end.unwrap_or(rest.len())]);
        }
        let (Some(end), Some(literal)) = (end, literal) else { return };
        rest = &rest[end + literal.len()..];
        parts = behind;
    }
}

/// The named groups of an expression.
pub(super) fn regexp(line: &str, expression: &Regex, fields: &mut Fields) {
    let Some(captures) = expression.captures(line) else { return };
    for name in expression.capture_names().flatten() {
        fields.extract(name, captures.name(name).map_or("", |m| m.as_str()));
    }
}

/// A line that Promtail's `pack` stage made: a JSON object of texts, with the line itself in `_entry`.
pub(super) fn unpack(entry: &mut Entry) {
    if entry.line.is_empty() {
        return;
    }
    let Ok(Json::Object(object)) = serde_json::from_str::<Json>(&entry.line) else {
        return entry.fields.fail(JSON_ERROR, "expecting json object(6), but it is not");
    };
    let mut line = None;
    for (key, value) in &object {
        match value {
            Json::String(text) if key == "_entry" => line = Some(text.clone()),
            Json::String(text) => entry.fields.extract(&sanitized(key, true), text),
            _ => {}
        }
    }
    if let Some(line) = line {
        entry.line = line;
    }
}
