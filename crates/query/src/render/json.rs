//! JSON: an array of objects whose keys are the column names, an object a line.

use super::value;
use crate::answer::Answer;

pub(super) fn render(answer: &Answer) -> Vec<u8> {
    let mut out = b"[".to_vec();
    for row in 0..answer.height() {
        out.extend_from_slice(if row == 0 { b"\n" } else { b",\n" });
        object(answer, row, &mut out);
    }
    out.extend_from_slice(if answer.height() == 0 { b"]\n" } else { b"\n]\n" });
    out
}

/// Appends a row as an object.
pub(super) fn object(answer: &Answer, row: usize, out: &mut Vec<u8>) {
    out.push(b'{');
    for (n, (name, _)) in answer.columns().enumerate() {
        value::comma(n, out);
        value::string(name, out);
        out.push(b':');
        value::json(&answer.cell(row, n), out);
    }
    out.push(b'}');
}
