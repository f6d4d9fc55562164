//! Attribute JSON → fields. Reads a record's attributes as the raw tables keep them and picks the values a dialect asks for,
//! borrowing text where it can; no tree is built. Border: names and types of single values; no meaning.

use std::borrow::Cow;
use std::fmt;

use rustc_hash::FxHashMap;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::dialect::{Dialect, Field, Kind};

/// A value of the type its field must have.
#[derive(Debug, Clone, PartialEq)]
enum Value<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Bool(bool),
}

/// Knows which attribute feeds which fields, and with what rank.
#[derive(Debug, Default)]
pub struct Reader {
    targets: FxHashMap<String, Target>,
}

/// What an attribute is read for.
#[derive(Debug, Default)]
struct Target {
    /// The fields it feeds, and with what rank.
    fields: Vec<(Field, usize)>,
    /// Its place in the list of those that are watched.
    watched: Option<usize>,
}

/// The fields of one record.
#[derive(Debug)]
pub struct Picked<'a> {
    values: [Option<(usize, Value<'a>)>; Field::ALL.len()],
    watched: Vec<(usize, Cow<'a, str>)>,
}

impl Reader {
    /// A reader for a dialect's `[fields]`.
    pub fn new(dialect: &Dialect) -> Reader {
        let mut targets: FxHashMap<String, Target> = FxHashMap::default();
        for (name, attributes) in &dialect.fields {
            let Some(field) = Field::by_name(name) else { continue };
            for (rank, attribute) in attributes.iter().enumerate() {
                targets.entry(attribute.clone()).or_default().fields.push((field, rank));
            }
        }
        Reader { targets }
    }

    /// The same reader, which also hands out these attributes as text ([`Picked::watched`]).
    pub fn watching(mut self, attributes: &[String]) -> Reader {
        for (place, attribute) in attributes.iter().enumerate() {
            self.targets.entry(attribute.clone()).or_default().watched = Some(place);
        }
        self
    }

    /// The fields of a record from its attributes (a JSON object; no attributes are the empty text).
    pub fn read<'a>(&self, json: &'a str) -> Result<Picked<'a>, serde_json::Error> {
        if json.is_empty() {
            return Ok(Picked { values: [const { None }; Field::ALL.len()], watched: Vec::new() });
        }
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let picked = Object(self).deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(picked)
    }
}

impl Picked<'_> {
    /// A field of text.
    pub fn text(&self, field: Field) -> Option<&str> {
        match &self.values[field as usize] {
            Some((_, Value::Text(text))) => Some(text),
            _ => None,
        }
    }

    /// A field of integers; of milliseconds: nanoseconds.
    pub fn int(&self, field: Field) -> Option<i64> {
        match self.values[field as usize] {
            Some((_, Value::Int(n))) => Some(n),
            _ => None,
        }
    }

    /// A field of truth values.
    pub fn bool(&self, field: Field) -> Option<bool> {
        match self.values[field as usize] {
            Some((_, Value::Bool(b))) => Some(b),
            _ => None,
        }
    }
}

impl<'a> Picked<'a> {
    /// The text of the watched attribute at that place of the list; `None` where the record has it not, or empty.
    pub fn watched(&self, place: usize) -> Option<&str> {
        self.watched.iter().find(|(known, _)| *known == place).map(|(_, text)| text.as_ref())
    }

    /// The watched attributes that the record has, by their places in the list, in the record's order.
    pub fn all_watched(&self) -> &[(usize, Cow<'a, str>)] {
        &self.watched
    }
}

/// A JSON value as far as a field can use it.
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Scalar<'a>>),
    Other,
}

impl<'a> Scalar<'a> {
    /// The value as a field of that kind has it; of a repeated key the last value that fits.
    fn fit(self, kind: Kind) -> Option<Value<'a>> {
        match (kind, self) {
            (Kind::Bool, Scalar::List(values)) => {
                values.into_iter().filter_map(|v| v.fit(kind)).reduce(|a, b| if a == Value::Bool(true) { a } else { b })
            }
            (_, Scalar::List(values)) => values.into_iter().filter_map(|v| v.fit(kind)).next_back(),
            (Kind::Text, Scalar::Text(text)) => (!text.is_empty()).then_some(Value::Text(text)),
            (Kind::Int, Scalar::Int(n)) => Some(Value::Int(n)),
            (Kind::Int, Scalar::Float(x)) if x.fract() == 0.0 && x.abs() < 9e15 => Some(Value::Int(x as i64)),
            (Kind::Int, Scalar::Text(text)) => text.trim().parse().ok().map(Value::Int),
            (Kind::Millis, Scalar::Int(n)) => n.checked_mul(1_000_000).map(Value::Int),
            (Kind::Millis, Scalar::Float(x)) => millis(x),
            (Kind::Millis, Scalar::Text(text)) => match text.trim().parse::<i64>() {
                Ok(n) => n.checked_mul(1_000_000).map(Value::Int),
                Err(_) => text.trim().parse().ok().and_then(millis),
            },
            (Kind::Seconds, Scalar::Int(n)) => n.checked_mul(1_000_000_000).map(Value::Int),
            (Kind::Seconds, Scalar::Float(x)) => millis(x * 1e3),
            (Kind::Seconds, Scalar::Text(text)) => text.trim().parse().ok().and_then(|x: f64| millis(x * 1e3)),
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

fn millis<'a>(ms: f64) -> Option<Value<'a>> {
    let ns = ms * 1e6;
    (ns.is_finite() && ns.abs() < 9e18).then_some(Value::Int(ns.round() as i64))
}

struct Object<'r>(&'r Reader);

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Picked<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Picked<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Picked<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of attributes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Picked<'de>, A::Error> {
        let mut values = [const { None }; Field::ALL.len()];
        let mut watched = Vec::new();
        while let Some(target) = map.next_key_seed(Key(self.0))? {
            let Some(Target { fields, watched: place }) = target else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let mut scalar = Some(map.next_value::<Scalar<'de>>()?);
            if let Some(text) = place.and_then(|_| scalar.as_ref()?.copy().into_text()) {
                watched.extend(place.map(|place| (place, text)));
            }
            for (i, &(field, rank)) in fields.iter().enumerate() {
                // The last target may take the value itself; an attribute that feeds two fields is always short.
                let value = if i + 1 == fields.len() { scalar.take() } else { scalar.as_ref().map(Scalar::copy) };
                let place: &mut Option<(usize, Value<'de>)> = &mut values[field as usize];
                if place.as_ref().is_none_or(|(best, _)| rank < *best)
                    && let Some(value) = value.and_then(|v| v.fit(field.kind()))
                {
                    *place = Some((rank, value));
                }
            }
        }
        Ok(Picked { values, watched })
    }
}

impl<'a> Scalar<'a> {
    /// The value as text, of a repeated key the last; `None` for one that is empty or has parts.
    fn into_text(self) -> Option<Cow<'a, str>> {
        match self {
            Scalar::Text(text) => (!text.is_empty()).then_some(text),
            Scalar::Int(n) => Some(n.to_string().into()),
            Scalar::Float(x) => Some(x.to_string().into()),
            Scalar::Bool(b) => Some(b.to_string().into()),
            Scalar::List(values) => values.into_iter().filter_map(Scalar::into_text).next_back(),
            Scalar::Other => None,
        }
    }

    fn copy(&self) -> Scalar<'a> {
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

struct Key<'r>(&'r Reader);

impl<'de, 'r> DeserializeSeed<'de> for Key<'r> {
    type Value = Option<&'r Target>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'r> Visitor<'_> for Key<'r> {
    type Value = Option<&'r Target>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an attribute's key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.targets.get(key))
    }
}

impl<'de> Deserialize<'de> for Scalar<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
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
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Scalar::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

#[cfg(test)]
mod tests;
