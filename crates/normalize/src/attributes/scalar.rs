//! A value of an attribute as far as a field can use it. Border: one JSON value in, a value of the type that a field must have out.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json::{LISTS, Last, skip};
use crate::dialect::Kind;

/// A value of the type its field must have.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Bool(bool),
}

/// A JSON value as far as a field can use it.
pub enum Scalar<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Scalar<'a>>),
    Other,
}

impl<'a> Scalar<'a> {
    /// The value as a field of that kind has it; of a repeated key the last value that fits.
    pub fn fit(self, kind: Kind) -> Option<Value<'a>> {
        match (kind, self) {
            (Kind::Bool, Scalar::List(values)) => {
                values.into_iter().filter_map(|v| v.fit(kind)).reduce(|a, b| if a == Value::Bool(true) { a } else { b })
            }
            (_, Scalar::List(values)) => values.into_iter().filter_map(|v| v.fit(kind)).next_back(),
            (Kind::Text, Scalar::Text(text)) => (!text.is_empty()).then_some(Value::Text(text)),
            (Kind::Int, Scalar::Int(n)) => Some(Value::Int(n)),
            (Kind::Int, Scalar::Float(x)) => whole(x),
            (Kind::Int, Scalar::Text(text)) => text.trim().parse().ok().map(Value::Int).or_else(|| whole(text.trim().parse().ok()?)),
            (Kind::Millis | Kind::Seconds | Kind::Micros | Kind::Nanos, value) => time(value, kind),
            (Kind::Bool, Scalar::Bool(b)) => Some(Value::Bool(b)),
            (Kind::Bool, Scalar::Text(text)) => match text.as_ref() {
                "true" | "True" => Some(Value::Bool(true)),
                "false" | "False" => Some(Value::Bool(false)),
                _ => None,
            },
            (Kind::Decimal, Scalar::Text(text)) => (!text.is_empty()).then_some(Value::Text(text)),
            (Kind::Decimal, Scalar::Int(n)) => Some(Value::Text(n.to_string().into())),
            (Kind::Decimal, Scalar::Float(x)) if x.is_finite() => Some(Value::Text(x.to_string().into())),
            _ => None,
        }
    }
}

/// An integer that is written as a number with decimals.
fn whole<'a>(x: f64) -> Option<Value<'a>> {
    (x.fract() == 0.0 && x.abs() < 9e15).then_some(Value::Int(x as i64))
}

/// A length of time in nanoseconds. None is negative: a clock that was set back tells nothing.
fn time<'a>(value: Scalar<'a>, unit: Kind) -> Option<Value<'a>> {
    let unit_ns = match unit {
        Kind::Seconds => 1_000_000_000,
        Kind::Millis => 1_000_000,
        Kind::Micros => 1_000,
        _ => 1,
    };
    let of_float = |x: f64| {
        let ns = x * unit_ns as f64;
        (ns.is_finite() && ns.abs() < 9e18).then_some(Value::Int(ns.round() as i64))
    };
    let ns = match value {
        Scalar::Int(n) => n.checked_mul(unit_ns).map(Value::Int),
        Scalar::Float(x) => of_float(x),
        Scalar::Text(text) => match text.trim().parse::<i64>() {
            Ok(n) => n.checked_mul(unit_ns).map(Value::Int),
            Err(_) => text.trim().parse().ok().and_then(of_float),
        },
        _ => None,
    };
    ns.filter(|ns| !matches!(ns, Value::Int(ns) if *ns < 0))
}

impl<'a> Scalar<'a> {
    /// The value as text, of a repeated key the last; `None` for one that is empty or has parts.
    pub fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Scalar::Text(text) => (!text.is_empty()).then_some(text),
            Scalar::Int(n) => Some(n.to_string().into()),
            Scalar::Float(x) => Some(x.to_string().into()),
            Scalar::Bool(b) => Some(b.to_string().into()),
            Scalar::List(values) => values.into_iter().filter_map(Scalar::into_text).next_back(),
            Scalar::Other => None,
        }
    }

    /// The same once more.
    pub fn copy(&self) -> Scalar<'a> {
        match self {
            Scalar::Text(text) => Scalar::Text(text.clone()),
            Scalar::Int(n) => Scalar::Int(*n),
            Scalar::Float(x) => Scalar::Float(*x),
            Scalar::Bool(b) => Scalar::Bool(*b),
            Scalar::List(values) => Scalar::List(values.iter().map(Scalar::copy).collect()),
            Scalar::Other => Scalar::Other,
        }
    }
}

/// Reads a value in which so many lists may stand in one another; what lies deeper is [`Scalar::Other`].
pub struct Reading {
    lists: usize,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading { lists: LISTS }
    }
}

impl<'de> DeserializeSeed<'de> for Reading {
    type Value = Scalar<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Scalar<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reading {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute's value")
    }

    fn visit_bool<E>(self, b: bool) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Int(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Scalar<'de>, E> {
        Ok(i64::try_from(n).map_or(Scalar::Other, Scalar::Int))
    }

    fn visit_f64<E>(self, x: f64) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Float(x))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Scalar<'de>, E> {
        Ok(Scalar::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar<'de>, A::Error> {
        let Some(lists) = self.lists.checked_sub(1) else {
            skip(seq)?;
            return Ok(Scalar::Other);
        };
        let mut last = Last::new();
        while let Some(value) = seq.next_element_seed(Reading { lists })? {
            last.push(value);
        }
        Ok(Scalar::List(last.values()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}
