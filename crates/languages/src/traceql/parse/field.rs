//! Expressions over one span: `span.a > 5 && name =~ "x.*"`. Border: one expression.

use super::super::ast::{Arithmetic, Attribute, Compare, Field, Scope};
use super::super::value::{Type, Value};
use super::{arithmetic, comparable, comparison, named_value};
use crate::matcher::anchored;
use crate::scanner::{Fault, Scanner};

/// The properties, by each of their names, with the canonical one and the type.
const INTRINSICS: [(&str, &str, Type); 32] = [
    ("duration", "duration", Type::Number),
    ("name", "name", Type::Text),
    ("status", "status", Type::Status),
    ("statusMessage", "statusMessage", Type::Text),
    ("kind", "kind", Type::Kind),
    ("childCount", "childCount", Type::Number),
    ("traceDuration", "traceDuration", Type::Number),
    ("rootName", "rootName", Type::Text),
    ("rootServiceName", "rootServiceName", Type::Text),
    ("nestedSetLeft", "nestedSetLeft", Type::Number),
    ("nestedSetRight", "nestedSetRight", Type::Number),
    ("nestedSetParent", "nestedSetParent", Type::Number),
    ("span:id", "span:id", Type::Text),
    ("span:parentID", "span:parentID", Type::Text),
    ("span:name", "name", Type::Text),
    ("span:status", "status", Type::Status),
    ("span:statusMessage", "statusMessage", Type::Text),
    ("span:kind", "kind", Type::Kind),
    ("span:duration", "duration", Type::Number),
    ("span:childCount", "childCount", Type::Number),
    ("trace:id", "trace:id", Type::Text),
    ("trace:duration", "traceDuration", Type::Number),
    ("trace:rootName", "rootName", Type::Text),
    ("trace:rootService", "rootServiceName", Type::Text),
    ("event:name", "event:name", Type::Text),
    ("event:timeSinceStart", "event:timeSinceStart", Type::Number),
    ("link:traceID", "link:traceID", Type::Text),
    ("link:spanID", "link:spanID", Type::Text),
    ("instrumentation:name", "instrumentation:name", Type::Text),
    ("instrumentation:version", "instrumentation:version", Type::Text),
    ("instrumentation:schemaURL", "instrumentation:schemaURL", Type::Text),
    ("parent", "span:parentID", Type::Text),
];

/// The expression that begins here.
pub(super) fn field(s: &mut Scanner<'_>) -> Result<Field, Fault> {
    or(s)
}

fn or(s: &mut Scanner<'_>) -> Result<Field, Fault> {
    let mut left = and(s)?;
    while s.take("||") {
        left = Field::Or(Box::new(left), Box::new(and(s)?));
    }
    Ok(left)
}

fn and(s: &mut Scanner<'_>) -> Result<Field, Fault> {
    let mut left = compared(s)?;
    while s.take("&&") {
        left = Field::And(Box::new(left), Box::new(compared(s)?));
    }
    Ok(left)
}

fn compared(s: &mut Scanner<'_>) -> Result<Field, Fault> {
    let start = s.at;
    let mut left = computed(s, 0)?;
    while let Some(how) = comparison(s) {
        let at = s.at;
        let right = computed(s, 0)?;
        let shown = || s.text[start..s.at].trim().to_string();
        if !comparable(type_of(&left), type_of(&right)) {
            return Err(s.fault(start, format!("binary operations must operate on the same type: {}", shown())));
        }
        left = match how {
            Compare::Matches | Compare::MatchesNot => {
                let Field::Value(Value::Text(text)) = &right else { return Err(s.fault(at, "a regular expression must be a text in quotes")) };
                if !matches!(type_of(&left), Type::Text | Type::Unknown) {
                    return Err(s.fault(start, format!("illegal operation for the given type: {}", shown())));
                }
                let expression = anchored(text).map_err(|e| {
                    let reason = e.to_string();
                    s.fault(
                        at,
                        format!("the regular expression is none: {}", reason.lines().last().unwrap_or_default().trim_start_matches("error: ")),
                    )
                })?;
                Field::Matches { not: how == Compare::MatchesNot, of: Box::new(left), expression }
            }
            how => {
                let ordered = !matches!(how, Compare::Eq | Compare::Ne);
                if ordered && [type_of(&left), type_of(&right)].iter().any(|t| matches!(t, Type::Bool | Type::Status | Type::Kind | Type::Nil)) {
                    return Err(s.fault(start, format!("illegal operation for the given type: {}", shown())));
                }
                Field::Compare(how, Box::new(left), Box::new(right))
            }
        };
    }
    Ok(left)
}

fn computed(s: &mut Scanner<'_>, weakest: u8) -> Result<Field, Fault> {
    let start = s.at;
    let mut left = unary(s)?;
    while let Some((how, strength)) = arithmetic(s).filter(|(_, strength)| *strength > weakest) {
        s.advance(1);
        let right = s.nested(|s| computed(s, if how == Arithmetic::Pow { strength - 1 } else { strength }))?;
        if [type_of(&left), type_of(&right)].iter().any(|t| !matches!(t, Type::Number | Type::Unknown)) {
            return Err(s.fault(start, format!("illegal operation for the given type: {}", s.text[start..s.at].trim())));
        }
        left = Field::Compute(how, Box::new(left), Box::new(right));
    }
    Ok(left)
}

fn unary(s: &mut Scanner<'_>) -> Result<Field, Fault> {
    s.nested(unary_alone)
}

fn unary_alone(s: &mut Scanner<'_>) -> Result<Field, Fault> {
    if s.sees("!") && !s.sees("!=") && !s.sees("!~") {
        s.advance(1);
        return Ok(Field::Not(Box::new(unary(s)?)));
    }
    if s.take("(") {
        let inside = or(s)?;
        s.expect(")")?;
        return Ok(inside);
    }
    if s.sees("\"") || s.sees("`") {
        return Ok(Field::Value(Value::Text(s.string()?.into())));
    }
    if let Some(value) = number(s) {
        return Ok(Field::Value(value));
    }
    if s.take("-") {
        return Ok(Field::Negative(Box::new(unary(s)?)));
    }
    if let Some(attribute) = attribute(s)? {
        return Ok(Field::Attribute(attribute));
    }
    let word = s.word_ahead();
    match named_value(word) {
        Some(value) => {
            s.advance(word.len());
            Ok(Field::Value(value))
        }
        None => Err(s.unexpected("an attribute, a property or a value")),
    }
}

/// A number or duration.
pub(super) fn number(s: &mut Scanner<'_>) -> Option<Value> {
    let at = s.at;
    let digits = &s.text[at..];
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == '-') || digits.starts_with("..") {
        return None;
    }
    if let Some(ns) = s.duration() {
        return Some(Value::Duration(ns));
    }
    let value = s.number()?;
    let text = s.text[at..s.at].trim();
    Some(text.parse::<i64>().map_or(Value::Float(value), Value::Int))
}

/// An attribute or property, if one comes next.
pub(super) fn attribute(s: &mut Scanner<'_>) -> Result<Option<Attribute>, Fault> {
    let mut rest = s.rest();
    let mut taken = 0;
    let parent = rest.starts_with("parent.");
    if parent {
        rest = &rest["parent.".len()..];
        taken = "parent.".len();
    }
    let scopes = [
        ("span.", Scope::Span),
        ("resource.", Scope::Resource),
        ("event.", Scope::Event),
        ("link.", Scope::Link),
        ("instrumentation.", Scope::Instrumentation),
        (".", Scope::Any),
    ];
    let scoped = scopes.into_iter().find(|(prefix, _)| rest.starts_with(prefix));
    let (prefix, scope) = match scoped {
        Some(found) => found,
        None if parent => ("", Scope::Any),
        None => {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == ':')).unwrap_or(rest.len());
            let Some((_, canonical, _)) = INTRINSICS.iter().find(|(name, ..)| *name == &rest[..end]) else { return Ok(None) };
            s.advance(end);
            return Ok(Some(Attribute { scope: Scope::Intrinsic, name: (*canonical).to_string(), parent: false }));
        }
    };
    let (name, length) =
        attribute_name(&rest[prefix.len()..]).map_err(|at| s.fault(s.at + taken + prefix.len() + at, "the quoted name has no end"))?;
    if name.is_empty() {
        s.at += taken + prefix.len();
        return Err(s.unexpected("the name of an attribute"));
    }
    s.advance(taken + prefix.len() + length);
    Ok(Some(Attribute { scope, name, parent }))
}

/// A name up to a space or sign; parts of it may be quoted.
fn attribute_name(text: &str) -> Result<(String, usize), usize> {
    let (mut name, mut at) = (String::new(), 0);
    while let Some(c) = text[at..].chars().next() {
        if c == '"' {
            let (part, length) = crate::scanner::unquoted(&text[at..]).map_err(|_| at)?;
            name.push_str(&part);
            at += length;
        } else if c.is_whitespace() || "{}()=~!<>&|^,".contains(c) {
            break;
        } else {
            name.push(c);
            at += c.len_utf8();
        }
    }
    Ok((name, at))
}

/// The type of an expression, as far as it is known without a span.
pub(super) fn type_of(field: &Field) -> Type {
    match field {
        Field::Value(value) => value.kind(),
        Field::Attribute(Attribute { scope: Scope::Intrinsic, name, .. }) => {
            INTRINSICS.iter().find(|(_, n, _)| n == name).map_or(Type::Unknown, |(.., t)| *t)
        }
        Field::Attribute(_) => Type::Unknown,
        Field::Compare(..) | Field::Matches { .. } | Field::And(..) | Field::Or(..) | Field::Not(_) => Type::Bool,
        Field::Compute(..) | Field::Negative(_) => Type::Number,
    }
}
