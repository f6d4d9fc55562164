//! The table for a terminal: numbers to the right with thousands separators, text cut to fit, columns that do not fit named
//! below. Made to be read; what is to be computed with comes from another format.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use polars::prelude::AnyValue;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::value;
use crate::answer::{Answer, Type};

/// Text columns are cut to this at the narrowest.
const NARROWEST: usize = 12;
/// Text columns are never wider than this, however wide the terminal.
const WIDEST: usize = 100;
/// Spaces around a cell.
const PADDING: usize = 2;
/// A line under the header and no other, in comfy-table's notation.
const HEADER_LINE: &str = "     ─             ";

pub(super) fn render(answer: &Answer, width: Option<usize>) -> String {
    let columns: Vec<(&str, Type)> = answer.columns().collect();
    let mut cells: Vec<Vec<String>> =
        columns.iter().enumerate().map(|(n, (_, t))| (0..answer.height()).map(|row| cell(&answer.cell(row, n), *t)).collect()).collect();
    let mut shown = columns.len();
    if let Some(width) = width {
        let widths: Vec<usize> =
            cells.iter().zip(&columns).map(|(c, (name, _))| c.iter().map(|t| t.width()).max().unwrap_or(0).max(name.width())).collect();
        let cuttable: Vec<bool> = columns.iter().map(|(_, t)| matches!(t, Type::Text | Type::Nested)).collect();
        let limits;
        (shown, limits) = fit(&widths, &cuttable, width);
        for (column, limit) in cells.iter_mut().zip(limits) {
            column.iter_mut().for_each(|text| *text = cut(text, limit));
        }
    }
    let mut table = Table::new();
    let _ = table.load_preset(HEADER_LINE).set_content_arrangement(ContentArrangement::Disabled);
    let _ = table.set_header(columns[..shown].iter().map(|(name, t)| aligned(neutral(name), *t)));
    for row in 0..answer.height() {
        let _ = table.add_row(columns[..shown].iter().zip(&mut cells).map(|((_, t), column)| aligned(std::mem::take(&mut column[row]), *t)));
    }
    let mut out = String::new();
    for line in table.lines() {
        out += line.trim_end();
        out.push('\n');
    }
    if answer.height() == 0 {
        out += " no rows\n";
    }
    if shown < columns.len() {
        let names = columns[shown..].iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        out += &format!("not shown for lack of width: {names}\n");
    }
    for caption in answer.captions() {
        out += &format!("{}\n", neutral(caption));
    }
    out
}

/// How many columns fit into the width, and to how much each of them is cut.
fn fit(widths: &[usize], cuttable: &[bool], width: usize) -> (usize, Vec<usize>) {
    let least = |n: usize| if cuttable[n] { widths[n].min(NARROWEST) } else { widths[n] };
    let mut used = 0;
    let mut shown = 0;
    while shown < widths.len() && (shown == 0 || used + least(shown) + PADDING <= width) {
        used += least(shown) + PADDING;
        shown += 1;
    }
    // what is left goes to the cut columns, a character at a time to the narrowest, so that short ones are whole first
    let mut limits: Vec<usize> = (0..shown).map(least).collect();
    let mut left = width.saturating_sub(used);
    while left > 0 {
        let open = (0..shown).filter(|n| cuttable[*n] && limits[*n] < widths[*n].min(WIDEST));
        let Some(narrowest) = open.min_by_key(|n| limits[*n]) else { break };
        limits[narrowest] += 1;
        left -= 1;
    }
    (shown, limits)
}

fn aligned(text: String, t: Type) -> Cell {
    Cell::new(text).set_alignment(if t.is_number() { CellAlignment::Right } else { CellAlignment::Left })
}

/// The value as the eye wants it.
fn cell(value: &AnyValue<'_>, t: Type) -> String {
    match value {
        AnyValue::Int64(n) => thousands(&n.to_string()),
        AnyValue::Float64(x) => thousands(&rounded(*x)),
        _ if t == Type::Time => value::nanoseconds(value).map(|ns| value::time(ns)[..23].replace('T', " ") + "Z").unwrap_or_default(),
        _ => value::text(value).map(|text| neutral(&text)).unwrap_or_default(),
    }
}

/// Six significant digits, at most six decimals unless the number is smaller than they can show.
fn rounded(x: f64) -> String {
    let magnitude = x.abs();
    if !x.is_finite() {
        return value::text(&AnyValue::Float64(x)).unwrap_or_default().into_owned();
    }
    if magnitude != 0.0 && !(1e-6..1e15).contains(&magnitude) {
        return format!("{x:.3e}");
    }
    let decimals = if magnitude < 1.0 { 6 } else { 5usize.saturating_sub(magnitude.log10() as usize).max(2) };
    let text = format!("{x:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `1234567.5` as `1,234,567.5`.
pub(crate) fn thousands(number: &str) -> String {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let whole = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    if digits.contains('e') || whole < 4 {
        return number.to_owned();
    }
    let mut out = number[..number.len() - digits.len()].to_owned();
    for (n, digit) in digits[..whole].chars().enumerate() {
        if n > 0 && (whole - n) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + &digits[whole..]
}

/// The text on one line and harmless to a terminal: line breaks and tabs become spaces, other control characters (escape
/// sequences begin with one) and the marks that turn the direction of writing are shown, not sent.
pub(crate) fn neutral(text: &str) -> String {
    harmless(&text.replace(['\n', '\r', '\t'], " "))
}

/// Text of several lines, harmless to a terminal: as `neutral`, but line breaks and tabs stay.
pub fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                out += &c.escape_unicode().to_string()
            }
            c if c.is_control() => out += &c.escape_unicode().to_string(),
            c => out.push(c),
        }
    }
    out
}

/// The first `limit` columns of the text, the last of them `…` where something is left out.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    if text.width() <= limit {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > limit {
            break;
        }
        out.push(c);
    }
    out + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_the_eye() {
        for (n, want) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567", "-1,234,567"),
            ("1234.5678", "1,234.5678"),
            ("NaN", "NaN"),
            ("1.000e20", "1.000e20"),
        ] {
            assert_eq!(thousands(n), want);
        }
        for (x, want) in [
            (0.0, "0"),
            (1.0 / 3.0, "0.333333"),
            (1234.567891, "1234.57"),
            (12.5, "12.5"),
            (1e-9, "1.000e-9"),
            (0.00125, "0.00125"),
            (123456.789, "123456.79"),
        ] {
            assert_eq!(rounded(x), want);
        }
    }

    #[test]
    fn wide_text_is_cut_by_columns() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("日本語日本語", 6), "日本…");
    }

    #[test]
    fn columns_share_the_width_and_the_last_give_way() {
        assert_eq!(fit(&[5, 40, 10], &[true, true, false], 45), (3, vec![5, 24, 10]));
        assert_eq!(fit(&[30, 10, 10], &[true, false, false], 30), (2, vec![16, 10]));
        assert_eq!(fit(&[30], &[false], 10), (1, vec![30]));
    }
}
