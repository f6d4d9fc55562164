//! What a template computes with. Border: how values are read and written; the functions are elsewhere.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value as Json;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// Nothing.
    Nil,
    /// The record's labels, the outermost `.`.
    Labels,
    /// Text.
    Text(String),
    /// An integer.
    Int(i64),
    /// A double.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A moment.
    Time(Timestamp),
    /// Elements.
    List(Vec<Value>),
    /// Fields, sorted by name.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// Of JSON; numbers are doubles, as in Go.
    pub fn of_json(json: Json) -> Value {
        match json {
            Json::Null => Value::Nil,
            Json::Bool(value) => Value::Bool(value),
            Json::Number(number) => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            Json::String(text) => Value::Text(text),
            Json::Array(elements) => Value::List(elements.into_iter().map(Value::of_json).collect()),
            Json::Object(fields) => {
                let mut fields: Vec<(String, Value)> = fields.into_iter().map(|(k, v)| (k, Value::of_json(v))).collect();
                fields.sort_by(|a, b| a.0.cmp(&b.0));
                Value::Map(fields)
            }
        }
    }

    /// Whether it is true for `if`: not empty, zero or false.
    pub fn is_true(&self) -> bool {
        match self {
            Value::Nil => false,
            Value::Labels | Value::Time(_) => true,
            Value::Text(text) => !text.is_empty(),
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Bool(value) => *value,
            Value::List(elements) => !elements.is_empty(),
            Value::Map(fields) => !fields.is_empty(),
        }
    }

    /// Bytes of the texts in it.
    pub fn size(&self) -> usize {
        match self {
            Value::Text(text) => text.len(),
            Value::List(elements) => elements.iter().map(Value::size).sum(),
            Value::Map(fields) => fields.iter().map(|(name, value)| name.len() + value.size()).sum(),
            _ => 0,
        }
    }

    /// As it is written.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Value::Nil => Cow::Borrowed("<no value>"),
            Value::Labels => Cow::Borrowed("map[]"),
            Value::Text(text) => Cow::Borrowed(text),
            Value::Int(value) => Cow::Owned(value.to_string()),
            Value::Float(value) => Cow::Owned(float(*value)),
            Value::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Value::Time(time) => Cow::Owned(format!("{} +0000 UTC", time.strftime("%Y-%m-%d %H:%M:%S%.f"))),
            Value::List(elements) => {
                let inside: Vec<_> = elements.iter().map(Value::text).collect();
                Cow::Owned(format!("[{}]", inside.join(" ")))
            }
            Value::Map(fields) => {
                let inside: Vec<_> = fields.iter().map(|(k, v)| format!("{k}:{}", v.text())).collect();
                Cow::Owned(format!("map[{}]", inside.join(" ")))
            }
        }
    }

    /// As an integer, as `int` makes one: doubles are cut, text that is no number is 0.
    pub fn int(&self) -> i64 {
        match self {
            Value::Int(value) => *value,
            Value::Float(value) => *value as i64,
            Value::Bool(value) => i64::from(*value),
            Value::Text(text) => text.trim().parse().unwrap_or_else(|_| crate::number::parse(text.trim()).map_or(0, |f| f as i64)),
            _ => 0,
        }
    }

    /// As a double; text that is no number is 0.
    pub fn float(&self) -> f64 {
        match self {
            Value::Int(value) => *value as f64,
            Value::Float(value) => *value,
            Value::Bool(value) => f64::from(u8::from(*value)),
            Value::Text(text) => crate::number::parse(text.trim()).unwrap_or(0.0),
            _ => 0.0,
        }
    }
}

/// A double as Go's `%v` writes it: with an exponent below 1e-4 and from 1e21.
fn float(value: f64) -> String {
    if value.is_finite() && value != 0.0 && !(1e-4..1e21).contains(&value.abs()) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        return format!("{digits}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
    crate::number::text(value)
}
