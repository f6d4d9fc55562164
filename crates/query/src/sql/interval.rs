//! INTERVAL: months, and nanoseconds for all that has one length. Border: constants; a length that differs from row to row is a SPAN.

use sqlparser::ast::{BinaryOperator, Expr as Sql, UnaryOperator};

use super::literal::{text_of, whole_of};

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;

/// An interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) months: i64,
    pub(super) ns: i64,
}

impl Interval {
    fn times(self, n: i64) -> Option<Interval> {
        Some(Interval { months: self.months.checked_mul(n)?, ns: self.ns.checked_mul(n)? })
    }

    pub(super) fn negated(self) -> Interval {
        Interval { months: -self.months, ns: -self.ns }
    }
}

/// The interval that an expression is; `None` where it is none, or not the same for every row.
pub(super) fn of(expr: &Sql) -> Option<Interval> {
    match expr {
        Sql::Interval(interval) => {
            let unit = interval.leading_field.as_ref().map(ToString::to_string);
            match (&unit, text_of(&interval.value), whole_of(&interval.value)) {
                (None, Some(text), _) => parse(text),
                (Some(unit), Some(text), _) => parse(&format!("{text} {unit}")),
                (Some(unit), None, Some(n)) => unit_of(unit)?.times(n),
                _ => None,
            }
        }
        Sql::Cast { expr, data_type, .. } if data_type.to_string().eq_ignore_ascii_case("interval") => parse(text_of(expr)?),
        Sql::Nested(inner) => of(inner),
        Sql::UnaryOp { op: UnaryOperator::Minus, expr } => of(expr).map(Interval::negated),
        Sql::BinaryOp { left, op: BinaryOperator::Multiply, right } => match (of(left), of(right)) {
            (Some(i), None) => i.times(whole_of(right)?),
            (None, Some(i)) => i.times(whole_of(left)?),
            _ => None,
        },
        _ => None,
    }
}

/// An interval's text: `5 minutes`, `1 day 2 hours`, `01:30:00`.
pub(super) fn parse(text: &str) -> Option<Interval> {
    let mut total = Interval { months: 0, ns: 0 };
    let mut words = text.split_whitespace().peekable();
    let _ = words.peek()?;
    while let Some(word) = words.next() {
        if word.contains(':') {
            total.ns = total.ns.checked_add(clock(word)?)?;
            continue;
        }
        // `5minutes` is one word
        let end = word.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(word.len());
        let (number, unit) = word.split_at(end);
        let unit = unit_of(if unit.is_empty() { words.next()? } else { unit })?;
        match number.parse::<i64>() {
            Ok(n) => {
                let part = unit.times(n)?;
                total = Interval { months: total.months.checked_add(part.months)?, ns: total.ns.checked_add(part.ns)? };
            }
            Err(_) if unit.months == 0 => total.ns = total.ns.checked_add((number.parse::<f64>().ok()? * unit.ns as f64).round() as i64)?,
            Err(_) => return None,
        }
    }
    Some(total)
}

fn clock(text: &str) -> Option<i64> {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let mut parts = text.split(':');
    let hours: i64 = parts.next()?.parse().ok()?;
    let minutes: i64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().unwrap_or("0").parse().ok()?;
    Some(sign * ((hours * 3600 + minutes * 60) * SECOND + (seconds * SECOND as f64).round() as i64))
}

/// One of a unit, in singular or plural.
pub(super) fn unit_of(word: &str) -> Option<Interval> {
    let word = word.to_ascii_lowercase();
    let ns = |ns| Some(Interval { months: 0, ns });
    let months = |months| Some(Interval { months, ns: 0 });
    match word.strip_suffix('s').filter(|w| w.len() > 1).unwrap_or(&word) {
        "nanosecond" | "n" => ns(1),
        "microsecond" | "us" | "u" => ns(1_000),
        "millisecond" | "ms" | "m" if word != "m" => ns(1_000_000),
        "second" | "sec" | "s" => ns(SECOND),
        "minute" | "min" | "m" => ns(60 * SECOND),
        "hour" | "hr" | "h" => ns(3600 * SECOND),
        "day" | "d" => ns(DAY),
        "week" | "w" => ns(7 * DAY),
        "month" | "mon" => months(1),
        "quarter" => months(3),
        "year" | "yr" | "y" => months(12),
        "decade" => months(120),
        "century" | "centurie" => months(1200),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read() {
        for (text, months, ns) in [
            ("5 minutes", 0, 300 * SECOND),
            ("1 day 2 hours", 0, 26 * 3600 * SECOND),
            ("01:30:00.5", 0, 5_400 * SECOND + SECOND / 2),
            ("-2 months", -2, 0),
            ("1.5 hours", 0, 5_400 * SECOND),
            ("1 year 5ms", 12, 5_000_000),
            ("1 week", 0, 7 * DAY),
        ] {
            assert_eq!(parse(text), Some(Interval { months, ns }), "{text}");
        }
        for text in ["", "5", "5 fortnights", "0.5 months", "x minutes"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
