//! NDJSON: the objects of `json`, one a line and nothing around them.

use super::json;
use crate::answer::Answer;

pub(super) fn render(answer: &Answer) -> Vec<u8> {
    let mut out = Vec::new();
    for row in 0..answer.height() {
        json::object(answer, row, &mut out);
        out.push(b'\n');
    }
    out
}
