//! `AnyValue` and `KeyValue` (`common.proto`), written as canonical text while they are read.
//!
//! In profiles a key or a text may stand in the dictionary, and only its index here; other signals have no dictionary, and such a key or
//! text is absent (as `common.proto` asks).

use std::borrow::Cow;

use super::Result;
use super::wire::{MAX_DEPTH, Message, Value};
use crate::canonical::{self, KeyValues};
use crate::decode::DecodeError;
use crate::decode::profiles::MOST_TEXT;

/// `KeyValue` without a dictionary. Counted onto the stack of `kv`.
pub fn key_value<'a>(message: Message<'a>, kv: &mut KeyValues, depth: usize) -> Result<()> {
    key_value_of(message, kv, depth, &[])
}

/// `AnyValue` without a dictionary.
pub fn any_value<'a>(message: Message<'a>, kv: &mut KeyValues, depth: usize) -> Result<()> {
    any_value_of(message, kv, depth, &[])
}

/// `KeyValue`: key 1, value 2, key_strindex 3. Counted onto the stack of `kv`.
pub fn key_value_of<'a>(mut message: Message<'a>, kv: &mut KeyValues, depth: usize, strings: &[Cow<'_, str>]) -> Result<()> {
    let start = kv.position();
    let (mut key, mut known) = ("", None);
    while let Some((number, value)) = message.field()? {
        match (number, value) {
            (1, Value::Bytes(bytes)) => {
                // bytes that are a key seen before are text
                known = kv.known_key(bytes);
                key = if known.is_none() { message.text(bytes)? } else { "" };
            }
            (2, Value::Bytes(bytes)) => {
                kv.value().truncate(start);
                any_value_of(message.nested(bytes), kv, depth, strings)?;
            }
            (3, Value::Varint(index)) => {
                if let Some(text) = string(strings, index) {
                    (key, known) = (text, None);
                }
            }
            _ => {}
        }
    }
    if kv.position() == start {
        kv.value().push_str("null");
    }
    match known {
        Some(known) => kv.pair_at(known, start),
        None => kv.pair(key, start),
    }
    check_size(&message, kv)
}

/// Refuses what a dictionary has made too long: an index of a few bytes stands for a text of any length.
fn check_size(message: &Message, kv: &KeyValues) -> Result<()> {
    if kv.size() <= MOST_TEXT {
        return Ok(());
    }
    Err(DecodeError::value(message.position(), format!("attributes of more than {} MiB of text", MOST_TEXT >> 20)))
}

/// A text of the dictionary; the first is the empty one, which stands for none.
fn string<'s>(strings: &'s [Cow<'_, str>], index: u64) -> Option<&'s str> {
    usize::try_from(index).ok().filter(|n| *n != 0).and_then(|n| strings.get(n)).map(Cow::as_ref)
}

/// `AnyValue`: string 1, bool 2, int 3, double 4, array 5, kvlist 6, bytes 7, string_value_strindex 8; of several the last counts. Unset is
/// `null`.
pub fn any_value_of<'a>(mut message: Message<'a>, kv: &mut KeyValues, depth: usize, strings: &[Cow<'_, str>]) -> Result<()> {
    if depth > MAX_DEPTH {
        return Err(DecodeError::value(message.position(), format!("values nested deeper than {MAX_DEPTH} levels")));
    }
    let start = kv.position();
    while let Some((number, value)) = message.field()? {
        if (1..=7).contains(&number) {
            kv.value().truncate(start);
        }
        match (number, value) {
            (1, Value::Bytes(bytes)) => canonical::string(kv.value(), message.text(bytes)?),
            (2, Value::Varint(truth)) => kv.value().push_str(if truth != 0 { "true" } else { "false" }),
            (3, Value::Varint(int)) => canonical::int(kv.value(), int as i64),
            (4, value @ Value::Fixed64(_)) => canonical::double(kv.value(), value.double()),
            (5, Value::Bytes(bytes)) => {
                kv.value().push('[');
                let mut array = message.nested(bytes);
                let mut written = false;
                while let Some((number, value)) = array.field()? {
                    let (1, Value::Bytes(element)) = (number, value) else { continue };
                    if written {
                        kv.value().push(',');
                    }
                    any_value_of(array.nested(element), kv, depth + 1, strings)?;
                    written = true;
                }
                kv.value().push(']');
            }
            (6, Value::Bytes(bytes)) => {
                let mark = kv.begin();
                let mut list = message.nested(bytes);
                while let Some((number, value)) = list.field()? {
                    if let (1, Value::Bytes(pair)) = (number, value) {
                        key_value_of(list.nested(pair), kv, depth + 1, strings)?;
                    }
                }
                kv.finish_nested(mark);
            }
            (7, Value::Bytes(bytes)) => canonical::bytes(kv.value(), bytes),
            (8, Value::Varint(index)) => {
                if let Some(text) = string(strings, index) {
                    kv.value().truncate(start);
                    canonical::string(kv.value(), text);
                    check_size(&message, kv)?;
                }
            }
            _ => {}
        }
    }
    if kv.position() == start {
        kv.value().push_str("null");
    }
    Ok(())
}
