//! Scalars of OTLP/JSON as they are met in the wild. Border: one value each; `null` is absent.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::Cursor;
use crate::decode::DecodeError;
use crate::excerpt::excerpt;
use crate::hex;

type Result<T> = std::result::Result<T, DecodeError>;

/// 2⁶³: from it on, a double is no signed integer of 64 bits.
const TWO_63: f64 = 9_223_372_036_854_775_808.0;

/// The text of a scalar: a string's content, a number's or boolean's digits; empty for null.
fn scalar<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>> {
    match cursor.peek() {
        Some(b'"') => cursor.string(),
        Some(b'n') if cursor.null() => Ok(Cow::Borrowed("")),
        Some(b't' | b'f') => Ok(Cow::Borrowed(if cursor.boolean()? { "true" } else { "false" })),
        Some(b'-' | b'0'..=b'9') => cursor.number().map(Cow::Borrowed),
        Some(b'{' | b'[') => Err(DecodeError::value(cursor.position(), "an object or array where a single value is expected".to_owned())),
        _ => Err(cursor.syntax("a value")),
    }
}

/// A text.
pub fn text<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>> {
    scalar(cursor)
}

/// A boolean, also as a string or number.
pub fn boolean(cursor: &mut Cursor) -> Result<bool> {
    let at = cursor.position();
    match scalar(cursor)?.as_ref() {
        "true" | "True" | "1" => Ok(true),
        "false" | "False" | "0" | "" => Ok(false),
        other => Err(DecodeError::value(at, format!("{} is not a boolean", shown(other)))),
    }
}

/// A signed integer, as a number or string; integral floats and exponents are taken too. `None` for null.
pub fn int(cursor: &mut Cursor) -> Result<Option<i64>> {
    integer(cursor, |digits| digits.parse().ok(), |float| (-TWO_63..TWO_63).contains(&float).then_some(float as i64))
}

/// An unsigned integer in the same forms.
pub fn uint(cursor: &mut Cursor) -> Result<Option<u64>> {
    integer(cursor, |digits| digits.parse().ok(), |float| (0.0..2.0 * TWO_63).contains(&float).then_some(float as u64))
}

/// An unsigned integer of 32 bits; the larger ones that some writers make of -1 are cut to them. 0 for null.
pub fn uint32(cursor: &mut Cursor) -> Result<u32> {
    Ok(int(cursor)?.unwrap_or(0) as u32)
}

fn integer<T>(cursor: &mut Cursor, exact: impl Fn(&str) -> Option<T>, float: impl Fn(f64) -> Option<T>) -> Result<Option<T>> {
    cursor.peek();
    let at = cursor.position();
    let digits = scalar(cursor)?;
    if digits.is_empty() {
        return Ok(None);
    }
    // only what is written as a float is read as one: digits that are too many for 64 bits must not be rounded to the limit
    let written_as_float = || digits.contains(['.', 'e', 'E']) || digits == "-0";
    let read_float = || digits.parse::<f64>().ok().filter(|f| written_as_float() && f.fract() == 0.0).and_then(float);
    let value = exact(&digits).or_else(read_float);
    value.map(Some).ok_or_else(|| DecodeError::value(at, format!("{} is not a 64-bit integer", shown(&digits))))
}

/// A double, as a number or string, `NaN`, `Infinity` and `-Infinity` included. `None` for null.
pub fn double(cursor: &mut Cursor) -> Result<Option<f64>> {
    cursor.peek();
    let at = cursor.position();
    let digits = scalar(cursor)?;
    if digits.is_empty() {
        return Ok(None);
    }
    digits.parse().map(Some).map_err(|_| DecodeError::value(at, format!("{} is not a number", shown(&digits))))
}

/// An enum by number or by name; the name's prefix is dropped and an unknown name kept in lowercase.
pub fn enumeration<'a>(cursor: &mut Cursor<'a>, prefix: &str, word: impl Fn(i64) -> Cow<'static, str>) -> Result<Cow<'a, str>> {
    let name = scalar(cursor)?;
    if name.is_empty() {
        return Ok(word(0));
    }
    if let Ok(number) = name.parse::<i64>() {
        return Ok(word(number));
    }
    let name = name.to_ascii_lowercase();
    Ok(Cow::Owned(name.strip_prefix(prefix).map_or(name.clone(), str::to_owned)))
}

/// An id of N bytes in hex of either case, or in base64; `None` when empty or all zero. A trace id of 64 bits, as older systems have, is one of
/// 128 whose first half is zero.
pub fn id<const N: usize>(cursor: &mut Cursor) -> Result<Option<[u8; N]>> {
    cursor.peek();
    let at = cursor.position();
    let text = scalar(cursor)?;
    if text.is_empty() {
        return Ok(None);
    }
    let mut id = [0; N];
    let decoded = if N == 16 && text.len() == N {
        hex::parse::<8>(text.as_bytes()).is_some_and(|half| {
            id[N - half.len()..].copy_from_slice(&half);
            true
        })
    } else if text.len() == 2 * N {
        hex::parse(text.as_bytes()).is_some_and(|found| {
            id = found;
            true
        })
    } else if text.len() == N.div_ceil(3) * 4 {
        STANDARD.decode_slice(text.as_bytes(), &mut id).is_ok_and(|n| n == N)
    } else {
        text.len() == (N * 8).div_ceil(6) && STANDARD_NO_PAD.decode_slice(text.as_bytes(), &mut id).is_ok_and(|n| n == N)
    };
    if !decoded {
        return Err(DecodeError::value(at, format!("{} is no id of {N} bytes in hex or base64", shown(&text))));
    }
    Ok(Some(id).filter(|id| id.iter().any(|b| *b != 0)))
}

/// Bytes in base64, with or without padding, also of the URL alphabet.
pub fn bytes(cursor: &mut Cursor) -> Result<Vec<u8>> {
    cursor.peek();
    let at = cursor.position();
    let text = scalar(cursor)?;
    let standard: String = text
        .trim_end_matches('=')
        .chars()
        .map(|c| {
            if c == '-' {
                '+'
            } else if c == '_' {
                '/'
            } else {
                c
            }
        })
        .collect();
    STANDARD_NO_PAD.decode(standard).map_err(|_| DecodeError::value(at, format!("{} is not base64", shown(&text))))
}

/// A value as a message shows it: quoted, short.
pub fn shown(text: &str) -> String {
    let short = excerpt(text, 40);
    if short.len() < text.len() { format!("{short:?}…") } else { format!("{short:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on<T>(text: &str, read: impl Fn(&mut Cursor) -> Result<T>) -> Option<T> {
        read(&mut Cursor::new(text)).ok()
    }

    #[test]
    fn integers() {
        for (text, value) in
            [("5", 5), ("\"5\"", 5), ("\"-9223372036854775808\"", i64::MIN), ("9223372036854775807", i64::MAX), ("5.0", 5), ("1e3", 1000)]
        {
            assert_eq!(on(text, int), Some(Some(value)), "{text}");
        }
        assert_eq!(on("null", int), Some(None));
        assert_eq!(on("\"18446744073709551615\"", uint), Some(Some(u64::MAX)));
        for bad in ["5.5", "\"five\"", "\"99999999999999999999\"", "{}"] {
            assert_eq!(on(bad, int), None, "{bad}");
        }
    }

    #[test]
    fn ids_in_hex_and_base64() {
        let id16 = Some(Some([1, 35, 69, 103, 137, 171, 205, 239, 1, 35, 69, 103, 137, 171, 205, 239]));
        for text in ["\"0123456789abcdef0123456789ABCDEF\"", "\"ASNFZ4mrze8BI0VniavN7w==\"", "\"ASNFZ4mrze8BI0VniavN7w\""] {
            assert_eq!(on(text, id::<16>), id16, "{text}");
        }
        assert_eq!(on("\"ASNFZ4mrze8=\"", id::<8>), Some(Some([1, 35, 69, 103, 137, 171, 205, 239])));
        for absent in ["\"\"", "null", "\"0000000000000000\""] {
            assert_eq!(on(absent, id::<8>), Some(None), "{absent}");
        }
        for bad in ["\"xyz\"", "\"0123456789abcdeg\"", "\"0123\""] {
            assert_eq!(on(bad, id::<8>), None, "{bad}");
        }
        assert_eq!(on("\"0123456789abcdef\"", id::<16>), Some(Some([0, 0, 0, 0, 0, 0, 0, 0, 1, 35, 69, 103, 137, 171, 205, 239])));
        assert_eq!(on("\"0123456789abcdeg\"", id::<16>), None);
    }

    #[test]
    fn doubles_and_booleans() {
        assert_eq!(on("\"-Infinity\"", double), Some(Some(f64::NEG_INFINITY)));
        assert!(on("\"NaN\"", double).flatten().is_some_and(f64::is_nan));
        assert_eq!(on("1.5e3", double), Some(Some(1500.0)));
        assert_eq!(on("\"true\"", boolean), Some(true));
        assert_eq!(on("null", boolean), Some(false));
        assert_eq!(on("\"yes\"", boolean), None);
    }

    #[test]
    fn enums_by_number_and_name() {
        let kind = |text: &str| on(text, |c| enumeration(c, "span_kind_", crate::record::span_kind).map(Cow::into_owned)).unwrap();
        assert_eq!(kind("3"), "client");
        assert_eq!(kind("\"3\""), "client");
        assert_eq!(kind("\"SPAN_KIND_SERVER\""), "server");
        assert_eq!(kind("\"SPAN_KIND_ODD\""), "odd");
        assert_eq!(kind("17"), "17");
        assert_eq!(kind("null"), "unspecified");
    }
}
