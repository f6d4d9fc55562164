//! Comma-separated values (RFC 4180), with the separators that Grafana uses: comma, semicolon, tab. Border: text in, rows of fields out.

use std::borrow::Cow;
use std::ops::Range;

/// A row: where it lies, and its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'t> {
    /// Its place in the text, without the line break.
    pub range: Range<usize>,
    /// Its fields, without quotes.
    pub fields: Vec<Cow<'t, str>>,
    /// Whether a quote was opened and never closed, so that the row has swallowed the rest of the text.
    pub torn: bool,
}

/// The separator of a text that begins with such a line: as `sep=` says, else what the line has most of.
pub fn separator(line: &str) -> char {
    if let Some(named) = line.strip_prefix("sep=").and_then(|rest| rest.chars().next()) {
        return named;
    }
    let count = |c: char| line.chars().filter(|x| *x == c).count();
    [',', ';', '\t'].into_iter().max_by_key(|c| (count(*c), *c == ',')).unwrap_or(',')
}

/// The rows of a text, from an offset on; empty lines are none.
pub fn rows(text: &str, from: usize, separator: char) -> impl Iterator<Item = Row<'_>> {
    let mut at = from;
    std::iter::from_fn(move || {
        while text[at..].starts_with(['\r', '\n']) {
            at += 1;
        }
        if at >= text.len() {
            return None;
        }
        let row = row(text, at, separator);
        at = row.range.end;
        Some(row)
    })
}

fn row(text: &str, from: usize, separator: char) -> Row<'_> {
    let mut row = Row { range: from..from, fields: Vec::new(), torn: false };
    let mut at = from;
    loop {
        let (field, end, torn) = field(text, at, separator);
        row.fields.push(field);
        row.torn |= torn;
        at = end;
        if !text[at..].starts_with(separator) {
            row.range.end = at;
            return row;
        }
        at += separator.len_utf8();
    }
}

/// The field at an offset, where it ends, and whether it has no closing quote.
fn field(text: &str, from: usize, separator: char) -> (Cow<'_, str>, usize, bool) {
    let bare_end = |at: usize| text[at..].find([separator, '\n', '\r']).map_or(text.len(), |n| at + n);
    let Some(inner) = text[from..].strip_prefix('"') else {
        let end = bare_end(from);
        return (Cow::Borrowed(&text[from..end]), end, false);
    };
    let mut out = Cow::Borrowed("");
    let mut rest = inner;
    loop {
        let Some(quote) = rest.find('"') else {
            out += rest;
            return (out, text.len(), true);
        };
        out += &rest[..quote];
        rest = &rest[quote + 1..];
        match rest.strip_prefix('"') {
            Some(behind) => {
                out.to_mut().push('"');
                rest = behind;
            }
            None => {
                // what stands behind the closing quote is no part of it, but must not be lost
                let at = text.len() - rest.len();
                let end = bare_end(at);
                out += &text[at..end];
                return (out, end, false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        rows(text, 0, separator(text.lines().next().unwrap_or(""))).map(|r| r.fields.into_iter().map(Cow::into_owned).collect()).collect()
    }

    #[test]
    fn quotes_line_breaks_and_separators() {
        assert_eq!(fields("a,b\r\n\"x\"\"y\",\"1\n2,3\"\r\n\r\n,\n"), [vec!["a", "b"], vec!["x\"y", "1\n2,3"], vec!["", ""]]);
        assert_eq!(fields("a;b,c;d\n1;2;3"), [vec!["a", "b,c", "d"], vec!["1", "2", "3"]]);
        assert_eq!(fields("a\tb\n\"1\"\t"), [vec!["a", "b"], vec!["1", ""]]);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told() {
        let all: Vec<Row> = rows("a\n\"b\nc", 0, ',').collect();
        assert!(!all[0].torn && all[1].torn);
        assert_eq!(all[1].range, 2..6);
    }
}
