//! What cannot be answered, in one sentence: where it stands, what it is, what to write instead. Border: wording.

use polars::error::PolarsError;
use sqlparser::ast::Spanned;
use sqlparser::tokenizer::Span;

use crate::error::QueryError;

/// Refuses what stands at a place.
pub(super) fn at(span: Span, what: &str, instead: &str) -> QueryError {
    let place = if span.start.line == 0 { String::new() } else { format!("line {}, column {}: ", span.start.line, span.start.column) };
    QueryError::Sql(format!("{place}{what}; {instead}"))
}

/// Refuses a part of the statement.
pub(super) fn part(part: &impl Spanned, what: &str, instead: &str) -> QueryError {
    at(part.span(), what, instead)
}

/// Says where it stands that the engine does not understand.
pub(super) fn placed(error: QueryError, part: &impl Spanned) -> QueryError {
    let span = part.span();
    match error {
        QueryError::Sql(text) if span.start.line > 0 && !text.starts_with("line ") => {
            QueryError::Sql(format!("line {}, column {}: {text}", span.start.line, span.start.column))
        }
        other => other,
    }
}

/// The engine's complaint, without the plan so far, which says nothing to who wrote SQL.
pub(super) fn engine(error: PolarsError) -> QueryError {
    let text = root(error).to_string();
    // the plan's names have a number, which is nobody's business
    let text = text.split("\n\nResolved plan").next().unwrap_or_default();
    let mut plain = String::with_capacity(text.len());
    let mut in_number = false;
    for c in text.chars() {
        in_number = c == '\u{1}' || in_number && c.is_ascii_digit();
        if !in_number {
            plain.push(c);
        }
    }
    QueryError::Sql(plain)
}

/// What is wrong at the bottom of a complaint, without the steps that led there.
pub(super) fn root(error: PolarsError) -> PolarsError {
    match error {
        PolarsError::Context { error, .. } | PolarsError::ExprContext { error, .. } => root(*error),
        other => other,
    }
}

/// The parser's complaint, with its place in front, and what to write where the word is known.
pub(super) fn syntax(text: &str) -> QueryError {
    let text = text.strip_prefix("sql parser error: ").unwrap_or(text);
    let (what, place) = match text.rsplit_once(" at Line: ") {
        Some((what, place)) => (what, format!("line {}: ", place.replace(", Column:", ", column"))),
        None => (text, String::new()),
    };
    let found = what.rsplit_once("found: ").map_or("", |(_, word)| word.trim());
    let instead = match found.to_uppercase().as_str() {
        "USING" => "; a sample differs from run to run, filter by a column instead",
        "PIVOT" | "UNPIVOT" => "; write COUNT(*) FILTER (WHERE …) AS name for each column",
        "SUMMARIZE" => "; write the aggregates, or DESCRIBE TABLE",
        _ => "",
    };
    QueryError::Sql(format!("{place}{}{instead}", what.replacen("Expected:", "expected", 1).replacen("found:", "found", 1)))
}
