//! Markdown: a pipe table, values in full. Nothing in the data ends a cell or a row, or becomes markup.

use super::table::neutral;
use super::value;
use crate::answer::Answer;

pub(super) fn render(answer: &Answer) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let mut out = line(answer.columns().map(|(name, _)| escaped(name)).collect());
    out += &line(answer.columns().map(|(_, t)| if t.is_number() { "---:" } else { "---" }.to_owned()).collect());
    let width = answer.columns().count();
    for row in 0..answer.height() {
        out += &line((0..width).map(|n| value::text(&answer.cell(row, n)).map(|t| escaped(&t)).unwrap_or_default()).collect());
    }
    for caption in answer.captions() {
        out += &format!("\n{}\n", escaped(caption));
    }
    out
}

fn escaped(text: &str) -> String {
    let text = neutral(text);
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        // an underscore within a word, as in column names, is only that
        let in_word = c == '_' && before.is_alphanumeric() && rest.peek().is_some_and(|n| n.is_alphanumeric());
        if matches!(c, '\\' | '|' | '*' | '`' | '<' | '>' | '[' | ']' | '~' | '&' | '_') && !in_word {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out
}
