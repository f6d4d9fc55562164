//! Canonical text of OTLP values: JSON with sorted keys and the types kept, the same text whatever the source's encoding
//! was (JSON, protobuf), because identity is taken over it. Border: writing; reading is the decoders' business.
//!
//! 64-bit integers are exact; a double always shows `.` or an exponent; bytes and non-finite doubles are
//! `{"bytesValue":…}` and `{"doubleValue":"NaN"}`; an unset value is `null`; a repeated key holds the array of its values.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::record::Number;
use crate::scan;

/// Writes a string with its quotes; escaped is what RFC 8259 §7 says must be: quote, backslash, control characters.
pub fn string(out: &mut String, text: &str) {
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
    let _ = write!(out, "{value}");
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
    for byte in id {
        let _ = write!(out, "{byte:02x}");
    }
    out.push('"');
}

/// Appends a span link to a JSON array in the making: keys sorted, absent fields left out.
pub fn link(out: &mut String, trace_id: Option<[u8; 16]>, span_id: Option<[u8; 8]>, state: &str, flags: u32, dropped: u32, attributes: &str) {
    let mut object = begin_element(out);
    if !attributes.is_empty() && attributes != "{}" {
        object.field(out, "attributes").push_str(attributes);
    }
    for (name, number) in [("dropped_attributes_count", dropped), ("flags", flags)] {
        if number != 0 {
            int(object.field(out, name), number.into());
        }
    }
    object.ids(out, trace_id, span_id);
    if !state.is_empty() {
        string(object.field(out, "trace_state"), state);
    }
    out.push('}');
}

/// Appends an exemplar to a JSON array in the making: keys sorted, absent fields left out.
pub fn exemplar(out: &mut String, time_ns: u64, value: Option<Number>, trace_id: Option<[u8; 16]>, span_id: Option<[u8; 8]>, filtered: &str) {
    let mut object = begin_element(out);
    if !filtered.is_empty() && filtered != "{}" {
        object.field(out, "filtered_attributes").push_str(filtered);
    }
    if let Some(span_id) = span_id {
        hex(object.field(out, "span_id"), &span_id);
    }
    if time_ns != 0 {
        let _ = write!(object.field(out, "time_unix_nano"), "{time_ns}");
    }
    if let Some(trace_id) = trace_id {
        hex(object.field(out, "trace_id"), &trace_id);
    }
    match value {
        Some(Number::Int(value)) => int(object.field(out, "value"), value),
        Some(Number::Double(value)) => double(object.field(out, "value"), value),
        None => {}
    }
    out.push('}');
}

/// Appends a quantile of a summary to a JSON array in the making.
pub fn quantile(out: &mut String, quantile: f64, value: f64) {
    let mut object = begin_element(out);
    double(object.field(out, "quantile"), quantile);
    double(object.field(out, "value"), value);
    out.push('}');
}

/// Ends a JSON array in the making; one without elements stays empty text.
pub fn end_list(out: &mut String) {
    if !out.is_empty() {
        out.push(']');
    }
}

/// An object of a JSON array in the making.
struct Element {
    first: bool,
}

fn begin_element(out: &mut String) -> Element {
    out.push(if out.is_empty() { '[' } else { ',' });
    out.push('{');
    Element { first: true }
}

impl Element {
    fn field<'o>(&mut self, out: &'o mut String, name: &str) -> &'o mut String {
        if !self.first {
            out.push(',');
        }
        self.first = false;
        string(out, name);
        out.push(':');
        out
    }

    fn ids(&mut self, out: &mut String, trace_id: Option<[u8; 16]>, span_id: Option<[u8; 8]>) {
        if let Some(span_id) = span_id {
            hex(self.field(out, "span_id"), &span_id);
        }
        if let Some(trace_id) = trace_id {
            hex(self.field(out, "trace_id"), &trace_id);
        }
    }
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

/// A list of key-value pairs on its way to one JSON object. Reused from record to record; nested lists share it as a stack.
#[derive(Debug, Default)]
pub struct KeyValues {
    keys: String,
    values: String,
    entries: Vec<(Range<usize>, Range<usize>)>,
}

/// Where a list begins on the stack of [`KeyValues`].
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    keys: usize,
    values: usize,
    entries: usize,
}

impl KeyValues {
    /// Forgets everything: for a new record, or after one that failed half-way.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
        self.entries.clear();
    }

    /// Begins a list.
    pub fn begin(&self) -> Mark {
        Mark { keys: self.keys.len(), values: self.values.len(), entries: self.entries.len() }
    }

    /// The buffer to which the next value's text is appended, and the place where it begins.
    pub fn value(&mut self) -> &mut String {
        &mut self.values
    }

    /// Length of the buffer of values, to be taken before a value is written.
    pub fn position(&self) -> usize {
        self.values.len()
    }

    /// Counts in a pair whose value was written from `start` on.
    pub fn pair(&mut self, key: &str, start: usize) {
        let from = self.keys.len();
        self.keys.push_str(key);
        self.entries.push((from..self.keys.len(), start..self.values.len()));
    }

    /// The text of the last value of a key in the list begun at `mark`.
    pub fn get(&self, mark: Mark, key: &str) -> Option<&str> {
        let found = self.entries[mark.entries..].iter().rev().find(|(k, _)| &self.keys[k.clone()] == key)?;
        Some(&self.values[found.1.clone()])
    }

    /// Whether the list begun at `mark` holds nothing.
    pub fn is_empty(&self, mark: Mark) -> bool {
        self.entries.len() == mark.entries
    }

    /// Ends the list begun at `mark`: appends its object to `out` and takes it off the stack.
    pub fn finish(&mut self, mark: Mark, out: &mut String) {
        self.write(mark, out);
        self.keys.truncate(mark.keys);
        self.values.truncate(mark.values);
        self.entries.truncate(mark.entries);
    }

    /// Ends a nested list: its object becomes the text of a value of the list below.
    pub fn finish_nested(&mut self, mark: Mark) {
        let mut object = String::new();
        self.write(mark, &mut object);
        self.keys.truncate(mark.keys);
        self.values.truncate(mark.values);
        self.entries.truncate(mark.entries);
        self.values.push_str(&object);
    }

    fn write(&mut self, mark: Mark, out: &mut String) {
        let KeyValues { keys, values, entries } = self;
        let list = &mut entries[mark.entries..];
        if !list.is_sorted_by(|a, b| keys[a.0.clone()] < keys[b.0.clone()]) {
            // stable: values of a repeated key stay in their order
            list.sort_by(|a, b| keys[a.0.clone()].cmp(&keys[b.0.clone()]));
        }
        out.push('{');
        let mut at = 0;
        while at < list.len() {
            let key = &keys[list[at].0.clone()];
            let repeats = list[at..].iter().take_while(|e| &keys[e.0.clone()] == key).count();
            if at > 0 {
                out.push(',');
            }
            string(out, key);
            out.push(':');
            if repeats == 1 {
                out.push_str(&values[list[at].1.clone()]);
            } else {
                out.push('[');
                for (n, entry) in list[at..at + repeats].iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    out.push_str(&values[entry.1.clone()]);
                }
                out.push(']');
            }
            at += repeats;
        }
        out.push('}');
    }
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
