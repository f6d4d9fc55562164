//! The fields of one JSON object, each with a cursor at its value, so that they can be read in any order. Border: one level; nothing is
//! decoded, and nothing is copied but keys with escapes.

use std::borrow::Cow;

use super::{Cursor, Result};

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Fields<'a> {
    at: usize,
    fields: Vec<(Cow<'a, str>, Cursor<'a>)>,
}

impl<'a> Fields<'a> {
    /// Reads over the object at the cursor; `null` has no fields.
    pub fn read(cursor: &mut Cursor<'a>) -> Result<Fields<'a>> {
        let mut fields = Fields { at: cursor.position(), fields: Vec::new() };
        let mut first = true;
        if !cursor.begin_object()? {
            return Ok(fields);
        }
        while let Some(key) = cursor.key(&mut first)? {
            fields.fields.push((key, cursor.clone()));
            cursor.skip()?;
        }
        Ok(fields)
    }

    /// Byte offset of the object in its text.
    pub fn position(&self) -> usize {
        self.at
    }

    /// A cursor at the value of a key: of the last one, where it is repeated.
    pub fn get(&self, key: &str) -> Option<Cursor<'a>> {
        self.fields.iter().rev().find(|(k, _)| k == key).map(|(_, cursor)| cursor.clone())
    }

    /// Whether the object has the key.
    pub fn has(&self, key: &str) -> bool {
        self.any(|k| k == key)
    }

    /// Whether a key is such.
    pub fn any(&self, wanted: impl Fn(&str) -> bool) -> bool {
        self.fields.iter().any(|(key, _)| wanted(key))
    }

    /// The fields in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Cursor<'a>)> {
        self.fields.iter().map(|(key, cursor)| (key.as_ref(), cursor.clone()))
    }

    /// The keys, in their order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(key, _)| key.as_ref())
    }
}
