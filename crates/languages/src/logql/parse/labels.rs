//! Conditions on labels: `a="b" and (c > 5ms or d <= 1KB)`. Border: one condition with its brackets and connectives.

use super::super::ast::{Predicate, Quantity};
use super::matcher;
use crate::scanner::{Fault, Scanner};
use crate::vector::Operator;

/// The condition that begins here.
pub(super) fn predicate(s: &mut Scanner<'_>) -> Result<Predicate, Fault> {
    joined(s, 0)
}

/// `and` binds stronger than `or`; a comma or mere space joins all that follows (the precedences of Loki's grammar).
fn joined(s: &mut Scanner<'_>, weakest: u8) -> Result<Predicate, Fault> {
    let mut left = s.nested(single)?;
    loop {
        if weakest < 2 && s.take_word("and") {
            left = Predicate::And(Box::new(left), Box::new(s.nested(|s| joined(s, 2))?));
        } else if weakest < 1 && s.take_word("or") {
            left = Predicate::Or(Box::new(left), Box::new(s.nested(|s| joined(s, 1))?));
        } else if s.take(",") || starts(s) {
            left = Predicate::And(Box::new(left), Box::new(s.nested(|s| joined(s, 0))?));
        } else {
            return Ok(left);
        }
    }
}

/// Whether another condition begins here without a connective.
fn starts(s: &Scanner<'_>) -> bool {
    let word = s.word_ahead();
    s.sees("(") || (!word.is_empty() && !["and", "or", "unless", "offset", "by", "without"].iter().any(|w| word.eq_ignore_ascii_case(w)))
}

fn single(s: &mut Scanner<'_>) -> Result<Predicate, Fault> {
    if s.take("(") {
        let inside = joined(s, 0)?;
        s.expect(")")?;
        return Ok(inside);
    }
    let word = s.word_ahead();
    let behind = s.rest()[word.len()..].trim_start();
    let textual = ["=~", "!~"].iter().any(|o| behind.starts_with(o)) || {
        let value = behind.trim_start_matches(['=', '!']).trim_start();
        behind.starts_with(['=', '!']) && !behind.starts_with("==") && (value.starts_with(['"', '`']) || value.is_empty())
    };
    if textual {
        return matcher(s).map(Predicate::Text);
    }
    let label = s.name("the name of a label")?.to_string();
    let signs = [
        ("==", Operator::Eq),
        ("!=", Operator::Ne),
        (">=", Operator::Ge),
        ("<=", Operator::Le),
        ("=", Operator::Eq),
        (">", Operator::Gt),
        ("<", Operator::Lt),
    ];
    let (sign, operator) = signs.into_iter().find(|(sign, _)| s.sees(sign)).ok_or_else(|| s.unexpected("a comparison"))?;
    s.advance(sign.len());
    if s.word_ahead() == "ip" {
        let instead = "match the address as text, as in `addr=~\"192\\\\.168\\\\..*\"`".into();
        return Err(Fault { at: s.at, reason: "`ip()`".into(), instead: Some(instead) });
    }
    Ok(Predicate::Compare { label, operator, with: quantity(s)? })
}

fn quantity(s: &mut Scanner<'_>) -> Result<Quantity, Fault> {
    if let Some(number) = s.number() {
        return Ok(Quantity::Number(number));
    }
    // `5m` is a duration and `5MB` an amount, so the longer reading stands
    let end = s.rest().find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == 'µ' || c == '-')).unwrap_or(s.rest().len());
    let word = &s.rest()[..end];
    if let Some(ns) = crate::duration::whole(word.trim_start_matches('-')) {
        s.advance(end);
        return Ok(Quantity::Duration(if word.starts_with('-') { -ns } else { ns }));
    }
    match bytes(word) {
        Some(amount) if end > 0 => {
            s.advance(end);
            Ok(Quantity::Bytes(amount))
        }
        _ => Err(s.unexpected("a number, a duration such as `5ms` or an amount such as `20MB`")),
    }
}

/// An amount of bytes: `42`, `42KB` (decimal), `42KiB` (binary), `42 mb`; any case.
pub(crate) fn bytes(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == ',')).unwrap_or(text.len());
    let number: f64 = text[..digits].replace(',', "").parse().ok()?;
    let unit = text[digits..].trim().to_ascii_lowercase();
    let (letter, binary) = match unit.strip_suffix('b').unwrap_or(&unit) {
        "" => return Some(number),
        other => match other.strip_suffix('i') {
            Some(letter) => (letter, true),
            None => (other, false),
        },
    };
    let power = ["k", "m", "g", "t", "p", "e"].iter().position(|l| *l == letter)? as i32 + 1;
    Some((number * if binary { 1024f64 } else { 1000f64 }.powi(power)).trunc())
}
