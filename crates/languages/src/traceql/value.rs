//! Values of TraceQL, typed as OTLP has them, and how they compare. Border: one value or two.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::Value as Json;

use super::ast::{Arithmetic, Compare};

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// There is none.
    Nil,
    Text(Arc<str>),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Nanoseconds.
    Duration(i64),
    /// `unset`, `ok`, `error`.
    Status(Arc<str>),
    /// `internal`, `server` …
    Kind(Arc<str>),
    /// Of one type: an attribute that is a list, or an attribute of all of a span's events or links.
    List(Vec<Value>),
}

/// The types that a check before the evaluation can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// Known only when a span is looked at.
    Unknown,
    Nil,
    Text,
    Number,
    Bool,
    Status,
    Kind,
}

impl Value {
    /// Of an attribute's JSON; `Nil` of what Tempo does not keep: maps, bytes, mixed lists, null.
    pub fn of_json(json: &Json) -> Value {
        match json {
            Json::Null | Json::Object(_) => Value::Nil,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or(f64::NAN)), Value::Int),
            Json::String(text) => Value::Text(Arc::from(text.as_str())),
            Json::Array(elements) => {
                let values: Vec<Value> = elements.iter().map(Value::of_json).collect();
                let first = values.first().map(std::mem::discriminant);
                let one_type = values.iter().all(|v| Some(std::mem::discriminant(v)) == first && !matches!(v, Value::Nil | Value::List(_)));
                if one_type && first.is_some() { Value::List(values) } else { Value::Nil }
            }
        }
    }

    /// As a double; durations in nanoseconds.
    pub fn number(&self) -> Option<f64> {
        match self {
            Value::Int(value) | Value::Duration(value) => Some(*value as f64),
            Value::Float(value) => Some(*value),
            _ => None,
        }
    }

    /// As it is shown: the only one of a span's events or links stands for itself.
    pub fn shown(self) -> Value {
        match self {
            Value::List(mut values) if values.len() == 1 => values.pop().unwrap_or(Value::Nil),
            other => other,
        }
    }

    /// Its type.
    pub fn kind(&self) -> Type {
        match self {
            Value::Nil => Type::Nil,
            Value::Text(_) => Type::Text,
            Value::Int(_) | Value::Float(_) | Value::Duration(_) => Type::Number,
            Value::Bool(_) => Type::Bool,
            Value::Status(_) => Type::Status,
            Value::Kind(_) => Type::Kind,
            Value::List(_) => Type::Unknown,
        }
    }

    /// As people read it.
    pub fn text(&self) -> String {
        match self {
            Value::Nil => "nil".to_string(),
            Value::Text(text) | Value::Status(text) | Value::Kind(text) => text.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Duration(ns) => duration(*ns),
            Value::List(values) => format!("[{}]", values.iter().map(Value::text).collect::<Vec<_>>().join(", ")),
        }
    }

    /// As OTLP's JSON has it.
    pub fn json(&self) -> Json {
        match self {
            Value::Nil => serde_json::json!({"stringValue": "nil"}),
            Value::Int(value) => serde_json::json!({"intValue": value.to_string()}),
            Value::Float(value) => serde_json::json!({"doubleValue": value}),
            Value::Bool(value) => serde_json::json!({"boolValue": value}),
            Value::List(values) => serde_json::json!({"arrayValue": {"values": values.iter().map(Value::json).collect::<Vec<_>>()}}),
            other => serde_json::json!({"stringValue": other.text()}),
        }
    }
}

/// A duration as Go writes it.
fn duration(ns: i64) -> String {
    let value = ns as f64;
    let trimmed = |value: f64, unit: &str| format!("{value}{unit}");
    match ns.unsigned_abs() {
        0 => "0s".to_string(),
        1..=999 => format!("{ns}ns"),
        1_000..=999_999 => trimmed(value / 1e3, "µs"),
        1_000_000..=999_999_999 => trimmed(value / 1e6, "ms"),
        _ => {
            let (hours, minutes, seconds) = (ns / 3_600_000_000_000, ns / 60_000_000_000 % 60, (ns % 60_000_000_000) as f64 / 1e9);
            match (hours, minutes) {
                (0, 0) => format!("{seconds}s"),
                (0, _) => format!("{minutes}m{seconds}s"),
                _ => format!("{hours}h{minutes}m{seconds}s"),
            }
        }
    }
}

fn order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) | (Value::Status(a), Value::Status(b)) | (Value::Kind(a), Value::Kind(b)) => Some(a.cmp(b)),
        (Value::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
        (Value::Int(a) | Value::Duration(a), Value::Int(b) | Value::Duration(b)) => Some(a.cmp(b)),
        _ => a.number()?.partial_cmp(&b.number()?),
    }
}

/// Whether two values compare so. What is missing compares with nothing but `nil`; of a list one element must fulfil it, and all
/// where it is negated.
pub(super) fn compares(how: Compare, a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Nil, Value::Nil) => how == Compare::Eq,
        (Value::Nil, _) | (_, Value::Nil) => false,
        (Value::List(a), b) if how == Compare::Ne => a.iter().all(|a| compares(how, a, b)),
        (Value::List(a), b) => a.iter().any(|a| compares(how, a, b)),
        (a, Value::List(b)) if how == Compare::Ne => b.iter().all(|b| compares(how, a, b)),
        (a, Value::List(b)) => b.iter().any(|b| compares(how, a, b)),
        (a, b) => match order(a, b) {
            None => false,
            Some(order) => match how {
                Compare::Eq => order == Ordering::Equal,
                Compare::Ne => order != Ordering::Equal,
                Compare::Lt => order == Ordering::Less,
                Compare::Le => order != Ordering::Greater,
                Compare::Gt => order == Ordering::Greater,
                Compare::Ge => order != Ordering::Less,
                Compare::Matches | Compare::MatchesNot => false,
            },
        },
    }
}

/// Arithmetic; `Nil` where one side is no number.
pub(super) fn compute(how: Arithmetic, a: &Value, b: &Value) -> Value {
    let integers = match (a, b) {
        (Value::Int(x), Value::Int(y)) => Some((*x, *y, Value::Int as fn(i64) -> Value)),
        (Value::Duration(x), Value::Duration(y) | Value::Int(y)) | (Value::Int(x), Value::Duration(y)) => {
            Some((*x, *y, Value::Duration as fn(i64) -> Value))
        }
        _ => None,
    };
    if let Some((x, y, make)) = integers {
        let exact = match how {
            Arithmetic::Add => x.checked_add(y),
            Arithmetic::Sub => x.checked_sub(y),
            Arithmetic::Mul => x.checked_mul(y),
            Arithmetic::Div => x.checked_div(y),
            Arithmetic::Mod => x.checked_rem(y),
            Arithmetic::Pow => u32::try_from(y).ok().and_then(|y| x.checked_pow(y)),
        };
        if let Some(exact) = exact {
            return make(exact);
        }
    }
    let (Some(x), Some(y)) = (a.number(), b.number()) else { return Value::Nil };
    Value::Float(match how {
        Arithmetic::Add => x + y,
        Arithmetic::Sub => x - y,
        Arithmetic::Mul => x * y,
        Arithmetic::Div => x / y,
        Arithmetic::Mod => x % y,
        Arithmetic::Pow => x.powf(y),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_of_another_type_does_not_compare() {
        let text = |t: &str| Value::Text(t.into());
        assert!(!compares(Compare::Ne, &Value::Nil, &text("a")) && !compares(Compare::Ne, &text("5"), &Value::Int(5)));
        assert!(
            compares(Compare::Eq, &Value::Int(1_000_000_000), &Value::Duration(1_000_000_000))
                && compares(Compare::Lt, &Value::Float(0.5), &Value::Int(1))
        );
        assert!(compares(Compare::Gt, &Value::Int(9_007_199_254_740_993), &Value::Int(9_007_199_254_740_992)));
    }

    #[test]
    fn lists() {
        let of = |json: &str| Value::of_json(&serde_json::from_str(json).unwrap());
        let list = of(r#"["a","b"]"#);
        assert!(compares(Compare::Eq, &list, &Value::Text("b".into())) && !compares(Compare::Ne, &list, &Value::Text("b".into())));
        assert_eq!((of(r#"["x",1]"#), of(r#"{"a":1}"#), of("[]")), (Value::Nil, Value::Nil, Value::Nil));
    }

    #[test]
    fn durations() {
        assert_eq!([207_817_581, 4_876_543_212, 90_000_000_000, 1000, 5].map(duration), ["207.817581ms", "4.876543212s", "1m30s", "1µs", "5ns"]);
        assert_eq!(compute(Arithmetic::Mul, &Value::Int(2), &Value::Duration(5)), Value::Duration(10));
        assert_eq!(compute(Arithmetic::Div, &Value::Int(1), &Value::Int(0)), Value::Float(f64::INFINITY));
    }
}
