//! Attribute values and bodies as text, as the stack's OTLP endpoints make it of them (`AsString` of the Collector's pdata).
//! Border: JSON of the lake in, text out.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// Visits the fields of a JSON object as names and texts; those of objects within follow with their names joined by `_`.
/// Null is left out.
pub(crate) fn flattened(json: &str, visit: &mut dyn FnMut(&str, &str)) {
    fields(json, "", visit);
}

/// Visits the fields of a JSON object as names and texts; objects within are JSON. Null is left out.
pub(crate) fn attributes(json: &str, visit: &mut dyn FnMut(&str, &str)) {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let _ = deserializer.deserialize_map(Fields { prefix: None, visit });
}

fn fields(json: &str, prefix: &str, visit: &mut dyn FnMut(&str, &str)) {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    // the lake wrote the text; whatever is no object has no fields
    let _ = deserializer.deserialize_map(Fields { prefix: Some(prefix), visit });
}

struct Fields<'p, 'v> {
    /// What stands before the names; `None` where objects within are left as they are.
    prefix: Option<&'p str>,
    visit: &'v mut dyn FnMut(&str, &str),
}

/// A name, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for Fields<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            let value: &'de RawValue = map.next_value()?;
            let raw = value.get();
            let name = match self.prefix {
                Some(prefix) if !prefix.is_empty() => Cow::Owned(format!("{prefix}_{name}")),
                _ => name,
            };
            match raw.as_bytes().first() {
                Some(b'n') | None => {}
                Some(b'{') if self.prefix.is_some() && bytes(raw).is_none() => fields(raw, &name, self.visit),
                _ => (self.visit)(&name, &of_raw(raw)),
            }
        }
        Ok(())
    }
}

/// The base64 of `{"bytesValue":"…"}`.
fn bytes(raw: &str) -> Option<&str> {
    raw.strip_prefix("{\"bytesValue\":\"")?.strip_suffix("\"}").filter(|b| !b.contains('"'))
}

fn of_raw(raw: &str) -> Cow<'_, str> {
    match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str::<Name<'_>>(raw).map_or(Cow::Borrowed(raw), |Name(text)| text),
        Some(b'{') => bytes(raw).map_or_else(|| compact(raw), Cow::Borrowed),
        Some(b'[') => compact(raw),
        Some(b'-' | b'0'..=b'9') if raw.contains(['.', 'e', 'E']) => raw.parse::<f64>().map_or(Cow::Borrowed(raw), |value| Cow::Owned(double(value))),
        Some(b'n') | None => Cow::Borrowed(""),
        _ => Cow::Borrowed(raw),
    }
}

/// A double as JSON writes it in Go: an exponent below 1e-6 and from 1e21.
fn double(value: f64) -> String {
    if value != 0.0 && !(1e-6..1e21).contains(&value.abs()) {
        return format!("{value:e}").replace("e-", "e-0").replace("e-00", "e-0");
    }
    value.to_string()
}

/// JSON without space and with doubles as Go writes them.
fn compact(raw: &str) -> Cow<'_, str> {
    fn write(value: &serde_json::Value, out: &mut String) {
        match value {
            serde_json::Value::Number(number) if number.is_f64() => out.push_str(&double(number.as_f64().unwrap_or(0.0))),
            serde_json::Value::Array(elements) => {
                out.push('[');
                for (n, element) in elements.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    write(element, out);
                }
                out.push(']');
            }
            serde_json::Value::Object(fields) => {
                out.push('{');
                for (n, (name, field)) in fields.iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    out.push_str(&serde_json::Value::from(name.as_str()).to_string());
                    out.push(':');
                    write(field, out);
                }
                out.push('}');
            }
            other => out.push_str(&other.to_string()),
        }
    }
    let Ok(value) = serde_json::from_str::<serde_json::Value>(raw) else { return Cow::Borrowed(raw) };
    let mut out = String::with_capacity(raw.len());
    write(&value, &mut out);
    Cow::Owned(out)
}

/// A JSON value as text.
pub(crate) fn of_json(json: &str) -> String {
    of_raw(json.trim()).into_owned()
}
