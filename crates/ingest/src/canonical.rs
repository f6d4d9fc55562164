//! Canonical text of OTLP values: JSON with sorted keys and the types kept, the same text whatever the source's encoding
//! was (JSON, protobuf), because identity is taken over it. Border: writing; reading is the decoders' business.
//!
//! 64-bit integers are exact; a double always shows `.` or an exponent; bytes and non-finite doubles are
//! `{"bytesValue":…}` and `{"doubleValue":"NaN"}`; an unset value is `null`; a repeated key holds the array of its values.

mod array;
mod key_values;
mod shapes;

use std::borrow::Cow;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

pub use array::{end_list, exemplar, link, quantile};
pub use key_values::{KeyValues, Mark};

use crate::hex::digits;
use crate::scan;

/// Writes a string with its quotes; escaped is what RFC 8259 §7 says must be: quote, backslash, control characters.
pub fn string(out: &mut String, text: &str) {
    out.reserve(text.len() + 2);
    out.push('"');
    let mut rest = text;
    loop {
        let (plain, special) = rest.split_at(scan::plain(rest.as_bytes()));
        out.push_str(plain);
        let Some(byte) = special.bytes().next() else { break };
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            control => {
                // writing to a String cannot fail
                let _ = write!(out, "\\u{control:04x}");
            }
        }
        rest = &special[1..];
    }
    out.push('"');
}

/// Writes an integer.
pub fn int(out: &mut String, value: i64) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// Writes a double: the shortest digits that read back as the same value.
pub fn double(out: &mut String, value: f64) {
    if value.is_finite() {
        let _ = write!(out, "{value:?}");
    } else {
        let word = if value.is_nan() {
            "NaN"
        } else if value > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        let _ = write!(out, "{{\"doubleValue\":\"{word}\"}}");
    }
}

/// Writes bytes, in standard base64 with padding.
pub fn bytes(out: &mut String, value: &[u8]) {
    out.push_str("{\"bytesValue\":\"");
    STANDARD.encode_string(value, out);
    out.push_str("\"}");
}

/// Writes lowercase hex with its quotes.
pub fn hex(out: &mut String, id: &[u8]) {
    out.push('"');
    out.extend(digits(id).map(char::from));
    out.push('"');
}

/// The text of a canonical JSON string, or `None` where the value is of another type.
pub fn unquoted(value: &str) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next()? {
            'n' => out.push('\n'),
            'r' => out.push('\r'),
            't' => out.push('\t'),
            'b' => out.push('\u{8}'),
            'f' => out.push('\u{c}'),
            'u' => {
                let digits: String = rest.by_ref().take(4).collect();
                out.push(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)?);
            }
            other => out.push(other),
        }
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_keep_their_types() {
        let mut out = String::new();
        for value in [1.0, 0.1, -0.0, 1e300, 5e-324, f64::NAN, f64::NEG_INFINITY] {
            double(&mut out, value);
            out.push(' ');
        }
        assert_eq!(out, "1.0 0.1 -0.0 1e300 5e-324 {\"doubleValue\":\"NaN\"} {\"doubleValue\":\"-Infinity\"} ");
        out.clear();
        string(&mut out, "a\"b\\c\n\u{1}é\u{7f}");
        assert_eq!(out, "\"a\\\"b\\\\c\\n\\u0001é\u{7f}\"");
        assert_eq!(unquoted(&out).as_deref(), Some("a\"b\\c\n\u{1}é\u{7f}"));
        assert_eq!(unquoted("12"), None);
        out.clear();
        bytes(&mut out, &[0, 255]);
        assert_eq!(out, "{\"bytesValue\":\"AP8=\"}");
    }

    #[test]
    fn keys_are_sorted_and_repeats_become_arrays() {
        let mut list = KeyValues::default();
        let mark = list.begin();
        for (key, value) in [("b", 2), ("a", 1), ("b", 3)] {
            let start = list.position();
            int(list.value(), value);
            list.pair(key, start);
        }
        assert_eq!(list.get(mark, "b"), Some("3"));
        let mut out = String::new();
        list.finish(mark, &mut out);
        assert_eq!(out, r#"{"a":1,"b":[2,3]}"#);
        assert!(list.is_empty(mark));
    }

    #[test]
    fn nested_lists_share_the_stack() {
        let mut list = KeyValues::default();
        let outer = list.begin();
        let start = list.position();
        let inner = list.begin();
        let inner_start = list.position();
        list.value().push_str("true");
        list.pair("z", inner_start);
        list.finish_nested(inner);
        list.pair("k", start);
        let mut out = String::new();
        list.finish(outer, &mut out);
        assert_eq!(out, r#"{"k":{"z":true}}"#);
    }
}
