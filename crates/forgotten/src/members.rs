//! Texts of JSON as the raw tables have it, by name. Whatever stands beside them may be nested as deep as it likes: a record is not kept because
//! something else in it cannot be read. Border: names and texts; what they mean is said in `names`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The texts of an object's members whose names are wanted, each with its name; a list's are those of a repeated key. None where the JSON is damaged.
pub fn texts_of(json: &str, wanted: &dyn Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let read = Members { wanted, found: &mut found }.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    if read.is_ok() { found } else { Vec::new() }
}

/// What a body may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A text.
    Text(String),
    /// An object with that id.
    Object(Option<String>),
    /// A list of texts and objects.
    List(Vec<Body>),
    /// Anything else.
    Other,
}

/// Reads a body; `None` where it is no JSON.
pub fn body(json: &str) -> Option<Body> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let body = Bodies { in_list: false }.deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    Some(body)
}

struct Members<'a> {
    wanted: &'a dyn Fn(&str) -> bool,
    found: &'a mut Vec<(String, String)>,
}

impl<'de> DeserializeSeed<'de> for Members<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<Text<'de>>()? {
            if !(self.wanted)(&name.0) {
                let _: IgnoredAny = map.next_value()?;
                continue;
            }
            let texts = match map.next_value_seed(Bodies { in_list: false })? {
                Body::Text(text) => vec![text],
                Body::List(all) => all.into_iter().filter_map(|one| if let Body::Text(text) = one { Some(text) } else { None }).collect(),
                Body::Object(_) | Body::Other => Vec::new(),
            };
            self.found.extend(texts.into_iter().map(|text| (name.0.clone().into_owned(), text)));
        }
        Ok(())
    }
}

/// A name, borrowed where it has no escapes.
struct Text<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Text<'de>, D::Error> {
        struct Borrows;
        impl<'de> Visitor<'de> for Borrows {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(Borrows)
    }
}

struct Bodies {
    in_list: bool,
}

impl<'de> DeserializeSeed<'de> for Bodies {
    type Value = Body;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Body, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bodies {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_unit<E>(self) -> Result<Body, E> {
        Ok(Body::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Body, E> {
        Ok(Body::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Body, A::Error> {
        if self.in_list {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(Body::Other);
        }
        let mut all = Vec::new();
        while let Some(one) = seq.next_element_seed(Bodies { in_list: true })? {
            if one != Body::Other {
                all.push(one);
            }
        }
        Ok(Body::List(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
        let mut id = None;
        while let Some(name) = map.next_key::<Text<'de>>()? {
            if name.0 == "id" {
                id = map.next_value_seed(Id)?;
            } else {
                let _: IgnoredAny = map.next_value()?;
            }
        }
        Ok(Body::Object(id))
    }
}

/// A text, or nothing.
struct Id;

impl<'de> DeserializeSeed<'de> for Id {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Id {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_beside_what_is_deep() {
        for levels in [1, 200, 1_000_000] {
            for deep in [format!("{}{}", "[".repeat(levels), "]".repeat(levels)), format!("{}1{}", "{\"id\":".repeat(levels), "}".repeat(levels))] {
                let json = format!(r#"{{"a":{deep},"b":"x","c":["y",{deep},"z"],"d":{deep}}}"#);
                let found = texts_of(&json, &|name| name != "d");
                let found: Vec<(&str, &str)> = found.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
                assert_eq!(found, [("b", "x"), ("c", "y"), ("c", "z")]);
                assert_eq!(body(&format!(r#"{{"id":"x","deep":{deep}}}"#)), Some(Body::Object(Some("x".to_owned()))));
                assert_eq!(body(&format!(r#"[{{"deep":{deep},"id":"x"}},{deep}]"#)).map(|b| matches!(b, Body::List(_))), Some(true));
                assert!(body(&deep).is_some() && texts_of(&deep[..levels], &|_| true).is_empty());
            }
        }
    }
}
