//! TraceQL's grammar (Grafana Tempo 2 and 3, "Construct a TraceQL query"): text in, tree out. Border: types are checked here as far as a
//! question alone shows them; nothing is evaluated.

mod field;
mod metrics;
#[cfg(test)]
mod tests;

use super::ast::{Aggregate, Arithmetic, Compare, Query, Relation, Scalar, SpanOperator, Spans, Stage};
use super::value::{Type, Value};
use crate::scanner::{Fault, Scanner, check_length};

/// Parses a question.
pub(super) fn parse(text: &str) -> Result<Query, Fault> {
    check_length(text)?;
    let mut s = Scanner::new(text);
    let mut stages = vec![first(&mut s)?];
    let mut metrics = None;
    while s.sees("|") && metrics.is_none() {
        s.expect("|")?;
        match metrics::metrics(&mut s)? {
            Some(found) => metrics = Some(found),
            None => stages.push(stage(&mut s)?),
        }
    }
    if let Some(metrics) = &mut metrics {
        metrics::then(&mut s, metrics)?;
    }
    hints(&mut s)?;
    if !s.rest().is_empty() {
        return Err(s.unexpected("`|` or the end"));
    }
    Ok(Query { stages, metrics })
}

/// The first stage: spans, or a comparison over all of them.
fn first(s: &mut Scanner<'_>) -> Result<Stage, Fault> {
    if s.sees("{") || s.sees("(") { Ok(Stage::Spans(spans(s, 0)?)) } else { stage(s) }
}

/// A stage behind `|`.
fn stage(s: &mut Scanner<'_>) -> Result<Stage, Fault> {
    if s.sees("{") || s.sees("(") {
        return Ok(Stage::Spans(spans(s, 0)?));
    }
    let at = s.at;
    match s.word_ahead() {
        "by" => {
            s.advance(2);
            s.expect("(")?;
            let field = field::field(s)?;
            s.expect(")")?;
            Ok(Stage::By(field))
        }
        "coalesce" => {
            s.advance("coalesce".len());
            s.expect("(")?;
            s.expect(")")?;
            Ok(Stage::Coalesce)
        }
        "select" => {
            s.advance("select".len());
            s.expect("(")?;
            let mut attributes = Vec::new();
            loop {
                attributes.push(field::attribute(s)?.ok_or_else(|| s.unexpected("an attribute, as in `span.x`"))?);
                if !s.take(",") {
                    break;
                }
            }
            s.expect(")")?;
            Ok(Stage::Select(attributes))
        }
        _ => {
            let left = scalar(s, 0)?;
            let compare =
                comparison(s).filter(|c| !matches!(c, Compare::Matches | Compare::MatchesNot)).ok_or_else(|| s.unexpected("a comparison"))?;
            let right = scalar(s, 0)?;
            if let (Scalar::Value(_), Scalar::Value(_)) = (&left, &right) {
                return Err(s.fault(at, "a comparison needs an aggregate, as in `count() > 2`"));
            }
            Ok(Stage::Compare(left, compare, right))
        }
    }
}

/// Operators between sets of spans with their strength, longest first.
const SPAN_OPERATORS: [(&str, SpanOperator, u8); 17] = {
    use Relation::{Ancestor, Child, Descendant, Parent, Sibling};
    const fn related(relation: Relation, not: bool, union: bool) -> SpanOperator {
        SpanOperator::Related { relation, not, union }
    }
    [
        ("!>>", related(Descendant, true, false), 3),
        ("!<<", related(Ancestor, true, false), 3),
        ("&>>", related(Descendant, false, true), 3),
        ("&<<", related(Ancestor, false, true), 3),
        (">>", related(Descendant, false, false), 3),
        ("<<", related(Ancestor, false, false), 3),
        ("!>", related(Child, true, false), 3),
        ("!<", related(Parent, true, false), 3),
        ("!~", related(Sibling, true, false), 3),
        ("&>", related(Child, false, true), 3),
        ("&<", related(Parent, false, true), 3),
        ("&~", related(Sibling, false, true), 3),
        ("&&", SpanOperator::And, 2),
        ("||", SpanOperator::Or, 1),
        (">", related(Child, false, false), 3),
        ("<", related(Parent, false, false), 3),
        ("~", related(Sibling, false, false), 3),
    ]
};

fn spans(s: &mut Scanner<'_>, weakest: u8) -> Result<Spans, Fault> {
    let mut left = s.nested(operand)?;
    while let Some((text, operator, strength)) =
        SPAN_OPERATORS.into_iter().find(|(text, ..)| s.sees(text)).filter(|(.., strength)| *strength > weakest)
    {
        s.advance(text.len());
        left = Spans::Both(operator, Box::new(left), Box::new(spans(s, strength)?));
    }
    Ok(left)
}

fn operand(s: &mut Scanner<'_>) -> Result<Spans, Fault> {
    if s.take("(") {
        let inside = spans(s, 0)?;
        if !s.sees("|") {
            s.expect(")")?;
            return Ok(inside);
        }
        let mut stages = vec![Stage::Spans(inside)];
        while s.take("|") {
            let at = s.at;
            if metrics::metrics(s)?.is_some() {
                let instead = "ask for each metric by itself and compute with the answers".to_string();
                return Err(Fault { at, reason: "arithmetic between metrics".to_string(), instead: Some(instead) });
            }
            stages.push(stage(s)?);
        }
        s.expect(")")?;
        return Ok(Spans::Pipeline(stages));
    }
    s.expect("{")?;
    if s.take("}") {
        return Ok(Spans::Filter(None));
    }
    let at = s.at;
    let field = field::field(s)?;
    if !s.sees("}") {
        return Err(s.unexpected("`}` or an operator"));
    }
    if !matches!(field::type_of(&field), Type::Bool | Type::Unknown) {
        return Err(s.fault(at, "span filter field expressions must resolve to a boolean"));
    }
    s.expect("}")?;
    Ok(Spans::Filter(Some(field)))
}

fn comparison(s: &mut Scanner<'_>) -> Option<Compare> {
    let signs = [
        ("=~", Compare::Matches),
        ("!~", Compare::MatchesNot),
        ("!=", Compare::Ne),
        (">=", Compare::Ge),
        ("<=", Compare::Le),
        ("=", Compare::Eq),
        (">", Compare::Gt),
        ("<", Compare::Lt),
    ];
    let (text, compare) = signs.into_iter().find(|(text, _)| s.sees(text))?;
    if s.sees(">>") || s.sees("<<") {
        return None;
    }
    s.advance(text.len());
    Some(compare)
}

fn arithmetic(s: &Scanner<'_>) -> Option<(Arithmetic, u8)> {
    let signs = [
        ("+", Arithmetic::Add, 1),
        ("-", Arithmetic::Sub, 1),
        ("*", Arithmetic::Mul, 2),
        ("/", Arithmetic::Div, 2),
        ("%", Arithmetic::Mod, 2),
        ("^", Arithmetic::Pow, 3),
    ];
    signs.into_iter().find(|(text, ..)| s.sees(text)).map(|(_, how, strength)| (how, strength))
}

fn scalar(s: &mut Scanner<'_>, weakest: u8) -> Result<Scalar, Fault> {
    let mut left = s.nested(single_scalar)?;
    while let Some((how, strength)) = arithmetic(s).filter(|(_, strength)| *strength > weakest) {
        s.advance(1);
        let right = s.nested(|s| scalar(s, if how == Arithmetic::Pow { strength - 1 } else { strength }))?;
        left = Scalar::Compute(how, Box::new(left), Box::new(right));
    }
    Ok(left)
}

fn single_scalar(s: &mut Scanner<'_>) -> Result<Scalar, Fault> {
    if s.take("(") {
        let inside = scalar(s, 0)?;
        s.expect(")")?;
        return Ok(inside);
    }
    if let Some(value) = field::number(s) {
        return Ok(Scalar::Value(value));
    }
    let aggregate = match s.word_ahead() {
        "count" => Aggregate::Count,
        "avg" => Aggregate::Avg,
        "min" => Aggregate::Min,
        "max" => Aggregate::Max,
        "sum" => Aggregate::Sum,
        _ => return Err(s.unexpected("an aggregate, a metrics function, `by`, `select`, `coalesce` or a span filter")),
    };
    s.advance(s.word_ahead().len());
    s.expect("(")?;
    if aggregate == Aggregate::Count {
        s.expect(")")?;
        return Ok(Scalar::Aggregate(aggregate, None));
    }
    let at = s.at;
    let of = field::field(s)?;
    s.expect(")")?;
    if !matches!(field::type_of(&of), Type::Number | Type::Unknown) {
        return Err(s.fault(at, "aggregate field expressions must resolve to a number"));
    }
    Ok(Scalar::Aggregate(aggregate, Some(of)))
}

/// `with(…)`: hints on how much to look at. An answer here is always over everything, so that those on sampling say nothing new.
fn hints(s: &mut Scanner<'_>) -> Result<(), Fault> {
    if !s.take_word("with") {
        return Ok(());
    }
    s.expect("(")?;
    loop {
        let at = s.at;
        let name = s.name("the name of a hint")?;
        if !matches!(name, "exemplars" | "sample" | "span_sample" | "trace_sample" | "most_recent" | "debug" | "info") {
            let instead = "leave it out".to_string();
            return Err(Fault { at, reason: format!("the hint `{name}`"), instead: Some(instead) });
        }
        s.expect("=")?;
        if !s.take_word("true") && !s.take_word("false") && field::number(s).is_none() {
            s.string()?;
        }
        if !s.take(",") {
            break;
        }
    }
    s.expect(")")
}

/// Whether two types can be compared.
fn comparable(a: Type, b: Type) -> bool {
    a == b || [a, b].iter().any(|t| matches!(t, Type::Unknown | Type::Nil))
}

/// A value of the language: `true`, `error`, `server`, `nil`.
fn named_value(word: &str) -> Option<Value> {
    Some(match word {
        "true" | "false" => Value::Bool(word == "true"),
        "nil" => Value::Nil,
        "error" | "ok" | "unset" => Value::Status(word.into()),
        "unspecified" | "internal" | "server" | "client" | "producer" | "consumer" => Value::Kind(word.into()),
        _ => return None,
    })
}
