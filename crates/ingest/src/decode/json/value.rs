//! `AnyValue` and lists of `KeyValue` (`common.proto`), written as canonical text while they are read.
//!
//! In profiles a key or a text may stand in the dictionary, and only its index here; other signals have no dictionary, and such a key or
//! text is absent (as `common.proto` asks).

use std::borrow::Cow;

use super::cursor::MAX_DEPTH;
use super::{Cursor, lenient};
use crate::canonical::{self, KeyValues};
use crate::decode::DecodeError;
use crate::decode::profiles::MOST_TEXT;

type Result<T> = std::result::Result<T, DecodeError>;

/// A list of attributes as one canonical object, appended to `out`.
pub fn attributes(cursor: &mut Cursor, kv: &mut KeyValues, out: &mut String) -> Result<()> {
    kv.clear();
    let mark = kv.begin();
    key_values(cursor, kv)?;
    kv.finish(mark, out);
    Ok(())
}

/// A list of attributes onto the stack of `kv`.
pub fn key_values(cursor: &mut Cursor, kv: &mut KeyValues) -> Result<()> {
    key_values_of(cursor, kv, &[])
}

/// A value, appended to the stack's buffer; unset is `null`.
pub fn any_value(cursor: &mut Cursor, kv: &mut KeyValues) -> Result<()> {
    any_value_of(cursor, kv, &[])
}

/// A list of attributes that may refer to a dictionary, onto the stack of `kv`.
pub fn key_values_of(cursor: &mut Cursor, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<()> {
    let mut first = true;
    if !cursor.begin_array()? {
        return Ok(());
    }
    while cursor.element(&mut first)? {
        key_value(cursor, kv, strings)?;
    }
    Ok(())
}

/// A pair in the form that nearly all writers use: key first, no white space, a string or an integer without any oddity.
/// Anything else is left to [`key_value`], with the cursor where it was.
fn usual_pair(cursor: &mut Cursor, kv: &mut KeyValues) -> bool {
    // a pair and its value are two levels
    if cursor.depth() + 2 > MAX_DEPTH {
        return false;
    }
    cursor.peek();
    let place = cursor.clone();
    let start = kv.position();
    let (known, key) = match kv.known_next(cursor.rest()) {
        Some((known, length)) => {
            cursor.pass(length);
            (Some(known), "")
        }
        None => match cursor.between("{\"key\":\"", ",\"value\":{\"") {
            Some(key) => (None, key),
            None => return false,
        },
    };
    if !usual_value(cursor, kv.value()) {
        cursor.rewind(&place);
        return false;
    }
    match known {
        Some(known) => kv.pair_at(known, start),
        None => kv.pair(key, start),
    }
    true
}

/// The usual form of a value, behind the quote that its type's name begins with.
fn usual_value(cursor: &mut Cursor, out: &mut String) -> bool {
    if cursor.take("stringValue\":") {
        // as it is canonically, quotes and all
        let quoted = cursor.quoted("}}");
        quoted.into_iter().for_each(|quoted| out.push_str(quoted));
        return quoted.is_some();
    }
    if let Some(digits) = cursor.between("intValue\":\"", "}}") {
        let usual = is_canonical_int(digits);
        if usual {
            out.push_str(digits);
        }
        return usual;
    }
    for (word, form) in [("true", "boolValue\":true}}"), ("false", "boolValue\":false}}")] {
        if cursor.take(form) {
            out.push_str(word);
            return true;
        }
    }
    false
}

/// Whether digits are an integer as it is written canonically, and surely one of 64 bits.
fn is_canonical_int(digits: &str) -> bool {
    let unsigned = digits.strip_prefix('-').unwrap_or(digits).as_bytes();
    let first = if digits == "0" { b'0'..=b'9' } else { b'1'..=b'9' };
    unsigned.len() <= 18 && unsigned.first().is_some_and(|f| first.contains(f)) && unsigned.iter().all(u8::is_ascii_digit)
}

fn key_value(cursor: &mut Cursor, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<()> {
    if usual_pair(cursor, kv) {
        return Ok(());
    }
    let start = kv.position();
    let mut name = Cow::Borrowed("");
    let mut first = true;
    if !cursor.begin_object()? {
        return Ok(());
    }
    while let Some(key) = cursor.key(&mut first)? {
        match key.as_ref() {
            "key" => name = lenient::text(cursor)?,
            "value" => {
                kv.value().truncate(start);
                any_value_of(cursor, kv, strings)?;
            }
            "keyStrindex" | "key_strindex" => name = string_at(cursor, strings)?.map_or(name, Cow::Owned),
            _ => cursor.skip()?,
        }
    }
    if kv.position() == start {
        kv.value().push_str("null");
    }
    kv.pair(&name, start);
    check_size(cursor, kv)
}

/// Refuses what a dictionary has made too long: an index of a few bytes stands for a text of any length.
fn check_size(cursor: &Cursor, kv: &KeyValues) -> Result<()> {
    if kv.size() <= MOST_TEXT {
        return Ok(());
    }
    Err(DecodeError::value(cursor.position(), format!("attributes of more than {} MiB of text", MOST_TEXT >> 20)))
}

/// The text of the dictionary at the index here; the first is the empty one, which stands for none.
fn string_at(cursor: &mut Cursor, strings: &[Cow<'_, str>]) -> Result<Option<String>> {
    let index = lenient::uint(cursor)?.and_then(|n| usize::try_from(n).ok()).filter(|n| *n != 0);
    Ok(index.and_then(|n| strings.get(n)).map(|text| text.clone().into_owned()))
}

/// The members of the oneof in `AnyValue`.
#[derive(Clone, Copy)]
enum Member {
    String,
    Bool,
    Int,
    Double,
    Bytes,
    Array,
    KeyValues,
    StringIndex,
}

impl Member {
    fn of(key: &str) -> Option<Member> {
        match key {
            "stringValue" | "string_value" => Some(Member::String),
            "boolValue" | "bool_value" => Some(Member::Bool),
            "intValue" | "int_value" => Some(Member::Int),
            "doubleValue" | "double_value" => Some(Member::Double),
            "bytesValue" | "bytes_value" => Some(Member::Bytes),
            "arrayValue" | "array_value" => Some(Member::Array),
            "kvlistValue" | "kvlist_value" => Some(Member::KeyValues),
            "stringValueStrindex" | "string_value_strindex" => Some(Member::StringIndex),
            _ => None,
        }
    }
}

/// A value that may refer to a dictionary, appended to the stack's buffer; unset is `null`.
pub fn any_value_of(cursor: &mut Cursor, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<()> {
    match cursor.peek() {
        // not OTLP, but unmistakable: a bare scalar
        Some(b'"') => return string(cursor, kv.value()),
        Some(b't' | b'f') => {
            let word = if cursor.boolean()? { "true" } else { "false" };
            kv.value().push_str(word);
            return Ok(());
        }
        _ => {}
    }
    let start = kv.position();
    let mut first = true;
    if cursor.begin_object()? {
        while let Some(key) = cursor.key(&mut first)? {
            if cursor.null() {
                continue;
            }
            // each member takes the place of the one before it, while an unknown field changes nothing
            let Some(member) = Member::of(&key) else {
                cursor.skip()?;
                continue;
            };
            kv.value().truncate(start);
            member_value(member, cursor, kv, strings)?;
        }
    }
    if kv.position() == start {
        kv.value().push_str("null");
    }
    Ok(())
}

fn member_value(member: Member, cursor: &mut Cursor, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<()> {
    match member {
        Member::String => string(cursor, kv.value())?,
        Member::Bool => {
            let word = if lenient::boolean(cursor)? { "true" } else { "false" };
            kv.value().push_str(word);
        }
        Member::Int => {
            if let Some(value) = lenient::int(cursor)? {
                canonical::int(kv.value(), value);
            }
        }
        Member::Double => {
            if let Some(value) = lenient::double(cursor)? {
                canonical::double(kv.value(), value);
            }
        }
        Member::Bytes => {
            let value = lenient::bytes(cursor)?;
            canonical::bytes(kv.value(), &value);
        }
        Member::Array => array(cursor, kv, strings)?,
        Member::KeyValues => key_value_list(cursor, kv, strings)?,
        Member::StringIndex => {
            if let Some(text) = string_at(cursor, strings)? {
                canonical::string(kv.value(), &text);
                check_size(cursor, kv)?;
            }
        }
    }
    Ok(())
}

fn string(cursor: &mut Cursor, out: &mut String) -> Result<()> {
    if cursor.peek() != Some(b'"') {
        let text = lenient::text(cursor)?;
        canonical::string(out, &text);
        return Ok(());
    }
    match cursor.string_or_canonical()? {
        Ok(quoted) => out.push_str(quoted),
        Err(content) => canonical::string(out, &content),
    }
    Ok(())
}

fn array(cursor: &mut Cursor, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<()> {
    kv.value().push('[');
    let (mut first, mut written) = (true, false);
    if cursor.begin_object()? {
        while let Some(key) = cursor.key(&mut first)? {
            if key != "values" {
                cursor.skip()?;
                continue;
            }
            if cursor.begin_array()? {
                let mut first_value = true;
                while cursor.element(&mut first_value)? {
                    if written {
                        kv.value().push(',');
                    }
                    any_value_of(cursor, kv, strings)?;
                    written = true;
                }
            }
        }
    }
    kv.value().push(']');
    Ok(())
}

fn key_value_list(cursor: &mut Cursor, kv: &mut KeyValues, strings: &[Cow<'_, str>]) -> Result<()> {
    let mark = kv.begin();
    let mut first = true;
    if cursor.begin_object()? {
        while let Some(key) = cursor.key(&mut first)? {
            match key.as_ref() {
                "values" => key_values_of(cursor, kv, strings)?,
                _ => cursor.skip()?,
            }
        }
    }
    kv.finish_nested(mark);
    Ok(())
}
