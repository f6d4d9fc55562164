//! JSON as far as anything here reads it. What agents write into attributes, arguments and outputs may be of any shape, and their JSON texts nobody
//! has checked: nested without end, with millions of parts, cut in the middle of a character. Border: text in; the values asked for out, in
//! memory that the shape cannot multiply, and without a recursion that it drives.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};

/// Values kept of a list, the last ones: more than any key is repeated.
pub const LIST: usize = 1000;

/// How deep lists are read: the one that a repeated key is, and one as its value.
pub const LISTS: usize = 2;

/// The members of an object: numbers, texts and truth values, and of lists what [`LIST`] and [`LISTS`] say. Other parts are null; a text that is no
/// object gives null.
pub fn members(json: &str) -> Value {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let value = Members.deserialize(&mut deserializer).unwrap_or_default();
    if deserializer.end().is_ok() { value } else { Value::Null }
}

/// The text on a way of keys, of a repeated key the last; `None` where there is none or the JSON is damaged.
pub fn text_at(json: &str, way: &[&str]) -> Option<String> {
    at(json, way, Wanted::Text).and_then(|v| if let Value::String(text) = v { Some(text) } else { None })
}

/// The number or truth value on a way of keys.
pub fn value_at(json: &str, way: &[&str]) -> Option<Value> {
    at(json, way, Wanted::Value)
}

fn at(json: &str, way: &[&str], wanted: Wanted) -> Option<Value> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let found = At { way, wanted }.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(found).filter(|v| !v.is_null())
}

#[derive(Clone, Copy)]
enum Wanted {
    Text,
    Value,
}

/// What stands on a way of keys.
struct At<'w> {
    way: &'w [&'w str],
    wanted: Wanted,
}

impl<'de> DeserializeSeed<'de> for At<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match (self.way, self.wanted) {
            // as bytes, because programs cut texts in the middle of a UTF-16 pair
            ([], Wanted::Text) => deserializer.deserialize_bytes(Lossy).map(|text| Value::String(text.into_owned())),
            ([], Wanted::Value) => Part { lists: 0 }.deserialize(deserializer),
            _ => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for At<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut found = Value::Null;
        while let Some(key) = map.next_key_seed(Key)? {
            match self.way.split_first() {
                Some((first, way)) if key == *first => found = map.next_value_seed(At { way, wanted: self.wanted })?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(Lossy)
    }
}

struct Lossy;

impl<'de> Visitor<'de> for Lossy {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(String::from_utf8_lossy(bytes))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(String::from_utf8_lossy(bytes).into_owned()))
    }
}

struct Members;

impl<'de> DeserializeSeed<'de> for Members {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = serde_json::Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value_seed(Part { lists: LISTS })?;
            members.insert(key, value);
        }
        Ok(Value::Object(members))
    }
}

/// A value in which so many lists may stand in one another.
struct Part {
    lists: usize,
}

impl<'de> DeserializeSeed<'de> for Part {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Number(n.into()))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        Ok(Value::Number(n.into()))
    }

    fn visit_f64<E>(self, x: f64) -> Result<Value, E> {
        Ok(Number::from_f64(x).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let Some(lists) = self.lists.checked_sub(1) else {
            skip(seq)?;
            return Ok(Value::Null);
        };
        let mut last = Last::new();
        while let Some(value) = seq.next_element_seed(Part { lists })? {
            last.push(value);
        }
        Ok(Value::Array(last.values()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Null)
    }
}

/// Goes over the rest of a list.
pub fn skip<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

/// The last [`LIST`] of many values.
pub struct Last<T>(Vec<T>);

impl<T> Last<T> {
    pub fn new() -> Last<T> {
        Last(Vec::new())
    }

    pub fn push(&mut self, value: T) {
        if self.0.len() >= 2 * LIST {
            self.0.drain(..LIST);
        }
        self.0.push(value);
    }

    pub fn values(mut self) -> Vec<T> {
        self.0.drain(..self.0.len().saturating_sub(LIST));
        self.0
    }
}

#[cfg(test)]
mod tests;
