//! CSV as RFC 4180 has it, with LF line ends. Null is an empty field, the empty string `""`, so both read back as they were.

use std::borrow::Cow;

use super::value;
use crate::answer::Answer;

pub(super) fn render(answer: &Answer) -> Vec<u8> {
    let names: Vec<&str> = answer.columns().map(|(name, _)| name).collect();
    let mut out = names.iter().map(|n| quoted(n)).collect::<Vec<_>>().join(",");
    out.push('\n');
    for row in 0..answer.height() {
        for column in 0..names.len() {
            if column > 0 {
                out.push(',');
            }
            if let Some(text) = value::text(&answer.cell(row, column)) {
                out += &quoted(&text);
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
