//! Values as a statement writes them. Border: text in, a value out.

use std::sync::Arc;

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone as Zone};
use polars::prelude::*;
use sqlparser::ast::{Expr as Sql, Value};

use super::refuse;
use super::types::{INSTANT, LOCAL, SPAN};
use crate::error::QueryError;

/// A value as an expression.
pub(super) fn value(value: &Value, place: &Sql) -> Result<Expr, QueryError> {
    Ok(match value {
        Value::Number(text, _) => {
            number(text).ok_or_else(|| refuse::part(place, &format!("{text} is no number that fits"), "write it as a double, such as 1e20"))?
        }
        Value::Boolean(b) => lit(*b),
        Value::Null => lit(NULL),
        other => match text(other) {
            Some(text) => lit(text),
            None => return Err(refuse::part(place, &format!("{other} is not known here"), "write the value itself")),
        },
    })
}

/// The text that a value is; `None` for a number and the like.
pub(super) fn text(value: &Value) -> Option<&str> {
    match value {
        Value::SingleQuotedString(t) | Value::EscapedStringLiteral(t) | Value::NationalStringLiteral(t) | Value::UnicodeStringLiteral(t) => Some(t),
        Value::DollarQuotedString(t) => Some(&t.value),
        _ => None,
    }
}

/// The text that an expression is.
pub(super) fn text_of(expr: &Sql) -> Option<&str> {
    match expr {
        Sql::Value(v) => text(&v.value),
        Sql::Nested(inner) => text_of(inner),
        _ => None,
    }
}

/// A whole number, with or without a sign, that an expression is.
pub(super) fn whole_of(expr: &Sql) -> Option<i64> {
    use sqlparser::ast::UnaryOperator::{Minus, Plus};
    match expr {
        Sql::Value(v) => match &v.value {
            Value::Number(text, _) => text.replace('_', "").parse().ok(),
            _ => None,
        },
        Sql::UnaryOp { op: Minus, expr } => whole_of(expr).map(|n| -n),
        Sql::UnaryOp { op: Plus, expr } | Sql::Nested(expr) => whole_of(expr),
        _ => None,
    }
}

/// A number between that an expression is.
pub(super) fn double_of(expr: &Sql) -> Option<f64> {
    match expr {
        Sql::Value(v) => match &v.value {
            Value::Number(text, _) => text.replace('_', "").parse().ok(),
            _ => None,
        },
        Sql::Nested(inner) => double_of(inner),
        _ => None,
    }
}

/// A number of rows.
pub(super) fn count(expr: &Sql) -> Result<usize, QueryError> {
    let number = whole_of(expr).and_then(|n| usize::try_from(n).ok());
    number.ok_or_else(|| refuse::part(expr, "a number of rows must be a number", "write it as LIMIT 10"))
}

fn number(text: &str) -> Option<Expr> {
    let text = text.replace('_', "");
    if text.contains(['.', 'e', 'E']) {
        return text.parse::<f64>().ok().map(double);
    }
    match text.parse::<i64>() {
        Ok(n) => Some(int(n)),
        Err(_) => text.parse::<f64>().ok().filter(|_| text.len() > 18).map(double),
    }
}

/// Days since 1970-01-01 of a date, `2026-11-22`.
pub(super) fn date(text: &str) -> Option<i64> {
    let text = text.trim();
    let date: Date = text.get(..10)?.parse().ok()?;
    // what follows a date may be a time
    if text.len() > 10 {
        let _ = timestamp(text)?;
    }
    date.since(jiff::civil::date(1970, 1, 1)).ok().map(|span| i64::from(span.get_days()))
}

/// Nanoseconds since 1970 of a time: a date, with a time of day, with an offset; without one it is taken as UTC.
pub(super) fn timestamp(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_suffix(" UTC").unwrap_or(text);
    let of_day = text.get(10..)?;
    let (civil, offset) = match of_day.find(['Z', 'z', '+', '-']) {
        None => (text, 0),
        Some(at) => (&text[..10 + at], offset(&of_day[at..])?),
    };
    let civil = civil.trim_end();
    // an hour alone is no time for jiff, nor are hours and minutes for all of its versions
    let civil = match civil.len() {
        10 => format!("{civil}T00:00:00"),
        16 => format!("{civil}:00"),
        _ => civil.to_owned(),
    };
    let civil: DateTime = civil.parse().ok()?;
    let zone = Zone::fixed(Offset::from_seconds(offset).ok()?);
    i64::try_from(civil.to_zoned(zone).ok()?.timestamp().as_nanosecond()).ok()
}

fn offset(text: &str) -> Option<i32> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).map_or(Some(0), |m| m.parse().ok())?;
    Some(sign * (hours * 3600 + minutes * 60))
}

/// A whole number as an expression.
pub(super) fn int(n: i64) -> Expr {
    lit(Scalar::from(n))
}

/// A double as an expression.
pub(super) fn double(x: f64) -> Expr {
    lit(Scalar::from(x))
}

/// A day as an expression.
pub(super) fn day(days: i64) -> Expr {
    lit(Scalar::new(DataType::Date, AnyValue::Date(i32::try_from(days).unwrap_or(i32::MAX))))
}

/// An instant as an expression.
pub(super) fn instant(ns: i64) -> Expr {
    let zone = Some(Arc::new(TimeZone::UTC));
    lit(Scalar::new(INSTANT, AnyValue::DatetimeOwned(ns, TimeUnit::Nanoseconds, zone)))
}

/// A time without a zone as an expression.
pub(super) fn local(ns: i64) -> Expr {
    lit(Scalar::new(LOCAL, AnyValue::DatetimeOwned(ns, TimeUnit::Nanoseconds, None)))
}

/// A length of time as an expression.
pub(super) fn span(ns: i64) -> Expr {
    lit(Scalar::new(SPAN, AnyValue::Duration(ns, TimeUnit::Nanoseconds)))
}
