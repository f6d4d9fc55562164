//! CSV as RFC 4180 has it, with LF line ends. Null is an empty field, the empty string `""`, so both read back as they were.
//!
//! What agents and strangers wrote ends up here, and a spreadsheet runs a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return as a
//! formula. Such a text gets a `'` in front (OWASP, "CSV Injection"), and so does one that begins with `'` before such a sign, so that the step can be
//! taken back; JSON and Parquet have the exact text.

use std::borrow::Cow;

use super::value;
use crate::answer::{Answer, Type};

pub(super) fn render(answer: &Answer) -> Vec<u8> {
    let columns: Vec<(&str, Type)> = answer.columns().collect();
    let mut out = columns.iter().map(|(name, _)| quoted(&guarded(name)).into_owned()).collect::<Vec<_>>().join(",");
    out.push('\n');
    for row in 0..answer.height() {
        for (column, (_, kind)) in columns.iter().enumerate() {
            if column > 0 {
                out.push(',');
            }
            if let Some(text) = value::text(&answer.cell(row, column)) {
                // numbers and times are no texts: a negative number stays one
                out += &if *kind == Type::Text { quoted(&guarded(&text)).into_owned() } else { quoted(&text).into_owned() };
            }
        }
        out.push('\n');
    }
    out.into_bytes()
}

/// The field, in quotes where it needs them. A lone null in a line of one column stays an empty line.
fn quoted(text: &str) -> Cow<'_, str> {
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) || text.trim() != text {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text as no spreadsheet takes it for a formula.
fn guarded(text: &str) -> Cow<'_, str> {
    // a lone sign computes nothing
    if text.len() > 1 && text.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_guarded_and_can_be_taken_back() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-la", "'-la"),
            ("\t=1", "'\t=1"),
            ("'=1", "''=1"),
            ("a=1", "a=1"),
            ("it's", "it's"),
            ("'quoted'", "'quoted'"),
        ] {
            assert_eq!(guarded(text), written);
            let back = if guarded(text) == text { text } else { written.strip_prefix('\'').unwrap() };
            assert_eq!(back, text);
        }
    }
}
