//! Conditions on the labels of a record. Border: one record; a value that cannot be read is noted in `__error__`, and the
//! record passes, as in Loki.

use super::super::ast::{Conversion, Predicate, Quantity};
use super::super::fields::Fields;
use super::super::parse::bytes;
use crate::vector::{Operator, scalars};
use crate::{duration, number};

/// Whether the labels fulfil a condition.
pub(in super::super) fn holds(predicate: &Predicate, fields: &mut Fields) -> bool {
    match predicate {
        Predicate::Text(matcher) => matcher.test.holds(fields.get(&matcher.name).unwrap_or_default()),
        Predicate::And(a, b) => holds(a, fields) && holds(b, fields),
        Predicate::Or(a, b) => holds(a, fields) || holds(b, fields),
        Predicate::Compare { label, operator, with } => {
            if fields.failed() {
                return true;
            }
            let Some(text) = fields.get(label) else { return false };
            let (conversion, wanted) = match with {
                Quantity::Number(number) => (Conversion::Number, *number),
                Quantity::Duration(ns) => (Conversion::Duration, *ns as f64 / 1e9),
                Quantity::Bytes(amount) => (Conversion::Bytes, *amount),
            };
            match number_of(text, conversion) {
                Ok(value) => compare(*operator, value, wanted),
                Err(details) => {
                    fields.fail("LabelFilterErr", &details);
                    true
                }
            }
        }
    }
}

fn compare(operator: Operator, a: f64, b: f64) -> bool {
    scalars(operator, a, b) != 0.0
}

/// The number of a label's text, or why it has none, in Go's words.
pub(in super::super) fn number_of(text: &str, conversion: Conversion) -> Result<f64, String> {
    match conversion {
        Conversion::Number => number::parse(text).ok_or_else(|| format!("strconv.ParseFloat: parsing {text:?}: invalid syntax")),
        Conversion::Duration => {
            let unsigned = text.trim_start_matches(['-', '+']);
            let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
            match duration::whole(unsigned) {
                Some(ns) => Ok(sign * ns as f64 / 1e9),
                None if unsigned == "0" => Ok(0.0),
                None if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit() || b == b'.') => {
                    Err(format!("time: missing unit in duration {text:?}"))
                }
                None => Err(format!("time: invalid duration {text:?}")),
            }
        }
        Conversion::Bytes => bytes(text).ok_or_else(|| format!("strconv.ParseFloat: parsing {text:?}: invalid syntax")),
    }
}
