//! Plain JSON values and flat objects of attributes, written as canonical text. Border: types follow the digits: a number without point and
//! exponent is an integer, as the JavaScript exporters send it (`Number.isInteger`), any other a double.

use std::borrow::Cow;
use std::collections::HashSet;

use super::Result;
use crate::canonical::{self, KeyValues};
use crate::decode::DecodeError;
use crate::decode::json::{Cursor, value};

/// A value, appended to the stack's buffer.
pub fn plain(cursor: &mut Cursor, kv: &mut KeyValues) -> Result<()> {
    plain_in(cursor, kv, cursor.depth())
}

/// A value within one that begins at a depth.
fn plain_in(cursor: &mut Cursor, kv: &mut KeyValues, from: usize) -> Result<()> {
    cursor.check_nesting(from)?;
    match cursor.peek() {
        Some(b'{') => {
            let mark = kv.begin();
            object(cursor, kv, from)?;
            kv.finish_nested(mark);
        }
        Some(b'[') => array(cursor, kv, from)?,
        Some(b'"') => match cursor.string_or_canonical()? {
            Ok(quoted) => kv.value().push_str(quoted),
            Err(content) => canonical::string(kv.value(), &content),
        },
        Some(b't' | b'f') => {
            let word = if cursor.boolean()? { "true" } else { "false" };
            kv.value().push_str(word);
        }
        Some(b'n') if cursor.null() => kv.value().push_str("null"),
        _ => number(cursor, kv.value())?,
    }
    Ok(())
}

fn number(cursor: &mut Cursor, out: &mut String) -> Result<()> {
    let at = cursor.position();
    let digits = cursor.number()?;
    match digits.parse::<i64>() {
        Ok(value) => canonical::int(out, value),
        Err(_) => {
            let value = digits.parse().map_err(|_| DecodeError::value(at, format!("{digits:?} is not a number")))?;
            canonical::double(out, value);
        }
    }
    Ok(())
}

fn array(cursor: &mut Cursor, kv: &mut KeyValues, from: usize) -> Result<()> {
    let mut first = true;
    cursor.begin_array()?;
    kv.value().push('[');
    let mut written = false;
    while cursor.element(&mut first)? {
        if written {
            kv.value().push(',');
        }
        plain_in(cursor, kv, from)?;
        written = true;
    }
    kv.value().push(']');
    Ok(())
}

fn object(cursor: &mut Cursor, kv: &mut KeyValues, from: usize) -> Result<()> {
    let mut first = true;
    cursor.begin_object()?;
    while let Some(key) = cursor.key(&mut first)? {
        let start = kv.position();
        plain_in(cursor, kv, from)?;
        kv.pair(&key, start);
    }
    Ok(())
}

/// Attributes onto the stack of `kv`: a flat object, or a list of OTLP's pairs.
pub fn key_values(cursor: &mut Cursor, kv: &mut KeyValues) -> Result<()> {
    match cursor.peek() {
        Some(b'[') => value::key_values(cursor, kv),
        Some(b'{') => object(cursor, kv, cursor.depth()),
        _ if cursor.null() => Ok(()),
        _ => Err(DecodeError::value(cursor.position(), "no object where attributes are expected".to_owned())),
    }
}

/// Attributes as one canonical object, appended to `out`.
pub fn attributes(cursor: &mut Cursor, kv: &mut KeyValues, out: &mut String) -> Result<()> {
    kv.clear();
    let mark = kv.begin();
    key_values(cursor, kv)?;
    kv.finish(mark, out);
    Ok(())
}

/// The attributes of a resource of the SDK's second generation, onto the stack of `kv`: `[[key, value], …]`. Of a repeated key the first
/// counts, and what is null, or was still awaited (an object without fields), is none: so the SDK's own getter has it.
pub fn raw_attributes(cursor: &mut Cursor, kv: &mut KeyValues) -> Result<()> {
    let mut known = HashSet::new();
    let mut first = true;
    if !cursor.begin_array()? {
        return Ok(());
    }
    while cursor.element(&mut first)? {
        let (mut first_part, mut part, mut name) = (true, 0, Cow::Borrowed(""));
        let start = kv.position();
        if !cursor.begin_array()? {
            continue;
        }
        while cursor.element(&mut first_part)? {
            match part {
                0 => name = cursor.string()?,
                1 => plain(cursor, kv)?,
                _ => cursor.skip()?,
            }
            part += 1;
        }
        let absent = matches!(&kv.value()[start..], "" | "null" | "{}");
        if absent || known.contains(&name) {
            kv.value().truncate(start);
        } else {
            kv.pair(&name, start);
            let _ = known.insert(name);
        }
    }
    Ok(())
}
