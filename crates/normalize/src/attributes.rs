//! Attribute JSON → fields. Reads a record's attributes as the raw tables keep them and picks the values a dialect asks for,
//! borrowing text where it can; no tree is built. Border: names and types of single values; no meaning.

pub mod json;
mod pairs;
mod scalar;

use std::borrow::Cow;
use std::fmt;

use rustc_hash::FxHashMap;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::dialect::{Dialect, Field};
use pairs::{Pairs, Unusual, plain_integer, plain_text};
use scalar::{Reading, Scalar, Value};

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
    /// Of each field its place among the values, from 1; 0 for none: a record has few of the many.
    places: [u8; Field::ALL.len()],
    /// Rank and value.
    values: Vec<(usize, Value<'a>)>,
    watched: Vec<(usize, Cow<'a, str>)>,
}

/// Fields that a record has at most, mostly.
const USUAL_FIELDS: usize = 12;

// places are bytes
const _: () = assert!(Field::ALL.len() < 256);

impl Reader {
    /// A reader for a dialect's `[fields]`.
    pub fn new(dialect: &Dialect) -> Reader {
        Reader::of(dialect, |_| true)
    }

    /// A reader for some of them.
    pub fn of(dialect: &Dialect, wanted: impl Fn(Field) -> bool) -> Reader {
        let mut targets: FxHashMap<String, Target> = FxHashMap::default();
        for (name, attributes) in &dialect.fields {
            let Some(field) = Field::by_name(name).filter(|field| wanted(*field)) else { continue };
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
            return Ok(Picked::new());
        }
        self.read_usual(json).map_or_else(|Unusual| self.read_any(json), Ok)
    }

    /// As the raw tables write it: only what is asked for is looked at.
    fn read_usual<'a>(&self, json: &'a str) -> Result<Picked<'a>, Unusual> {
        let mut pairs = Pairs::new(json);
        let mut picked = Picked::new();
        while let Some((key, value)) = pairs.next()? {
            let Some(target) = self.targets.get(key) else { continue };
            let scalar = if let Some(text) = plain_text(value) {
                Scalar::Text(Cow::Borrowed(text))
            } else if let Some(integer) = plain_integer(value) {
                Scalar::Int(integer)
            } else {
                let mut deserializer = serde_json::Deserializer::from_str(value);
                let scalar = Reading::default().deserialize(&mut deserializer).map_err(|_| Unusual)?;
                deserializer.end().map_err(|_| Unusual)?;
                scalar
            };
            picked.take(target, scalar);
        }
        Ok(picked)
    }

    fn read_any<'a>(&self, json: &'a str) -> Result<Picked<'a>, serde_json::Error> {
        let mut deserializer = serde_json::Deserializer::from_str(json);
        let picked = Object(self).deserialize(&mut deserializer)?;
        deserializer.end()?;
        Ok(picked)
    }
}

impl Picked<'_> {
    /// A field of text.
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.value(field) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A field of integers; of times: nanoseconds.
    pub fn int(&self, field: Field) -> Option<i64> {
        match self.value(field) {
            Some(Value::Int(n)) => Some(*n),
            _ => None,
        }
    }

    /// How long it took, nanoseconds, whatever the unit it is told in.
    pub fn duration_ns(&self) -> Option<i64> {
        [Field::Duration, Field::DurationSeconds, Field::DurationMicros, Field::DurationNanos].into_iter().find_map(|field| self.int(field))
    }

    /// Time to first token, nanoseconds, whatever the unit it is told in.
    pub fn ttft_ns(&self) -> Option<i64> {
        [Field::Ttft, Field::TtftSeconds, Field::TtftMicros, Field::TtftNanos].into_iter().find_map(|field| self.int(field))
    }

    /// A field of truth values.
    pub fn bool(&self, field: Field) -> Option<bool> {
        match self.value(field) {
            Some(Value::Bool(b)) => Some(*b),
            _ => None,
        }
    }
}

impl<'a> Picked<'a> {
    fn new() -> Picked<'a> {
        Picked { places: [0; Field::ALL.len()], values: Vec::new(), watched: Vec::new() }
    }

    fn value(&self, field: Field) -> Option<&Value<'a>> {
        self.values.get(usize::from(self.places[field as usize]).checked_sub(1)?).map(|(_, value)| value)
    }

    /// Takes the value of an attribute for the fields that it feeds.
    fn take(&mut self, target: &Target, scalar: Scalar<'a>) {
        let Target { fields, watched: place } = target;
        if let Some(text) = place.and_then(|_| scalar.copy().into_text()) {
            self.watched.extend(place.map(|place| (place, text)));
        }
        let mut scalar = Some(scalar);
        for (i, &(field, rank)) in fields.iter().enumerate() {
            // The last target may take the value itself; an attribute that feeds two fields is always short.
            let value = if i + 1 == fields.len() { scalar.take() } else { scalar.as_ref().map(Scalar::copy) };
            let known = usize::from(self.places[field as usize]).checked_sub(1).and_then(|place| self.values.get_mut(place));
            if known.as_ref().is_none_or(|(best, _)| rank < *best)
                && let Some(value) = value.and_then(|v| v.fit(field.kind()))
            {
                if let Some(known) = known {
                    *known = (rank, value);
                } else {
                    if self.values.is_empty() {
                        self.values.reserve(USUAL_FIELDS);
                    }
                    self.values.push((rank, value));
                    self.places[field as usize] = self.values.len() as u8;
                }
            }
        }
    }

    /// The text of the watched attribute at that place of the list; `None` where the record has it not, or empty.
    pub fn watched(&self, place: usize) -> Option<&str> {
        self.watched.iter().find(|(known, _)| *known == place).map(|(_, text)| text.as_ref())
    }

    /// The watched attributes that the record has, by their places in the list, in the record's order.
    pub fn all_watched(&self) -> &[(usize, Cow<'a, str>)] {
        &self.watched
    }
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
        let mut picked = Picked::new();
        while let Some(target) = map.next_key_seed(Key(self.0))? {
            match target {
                Some(target) => picked.take(target, map.next_value_seed(Reading::default())?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(picked)
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

#[cfg(test)]
mod tests;
