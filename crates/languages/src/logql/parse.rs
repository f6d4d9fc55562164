//! LogQL's grammar (Grafana Loki 3, "LogQL: Log query language"): text in, tree out. Border: what a well-formed question means.

mod labels;
mod stages;

#[cfg(test)]
mod tests;

pub(super) use labels::bytes;

use super::ast::{Expr, LogExpr, RangeExpr, RangeFunction, Stage, Unwrap};
use crate::matcher::{Matcher, Test, anchored};
use crate::scanner::{Fault, Scanner, check_length};
use crate::vector::{Aggregation, Cardinality, Grouping, Matching, Operator, Parameter};

/// Parses a question.
pub(crate) fn parse(text: &str) -> Result<Expr, Fault> {
    check_length(text)?;
    let mut scanner = Scanner::new(text);
    let expr = binary(&mut scanner, 0)?;
    if !scanner.rest().is_empty() {
        return Err(scanner.unexpected("an operator or the end"));
    }
    Ok(expr)
}

/// Operators with their strength; `^` binds to the right.
const OPERATORS: [(&str, Operator, u8); 15] = [
    ("or", Operator::Or, 1),
    ("and", Operator::And, 2),
    ("unless", Operator::Unless, 2),
    ("==", Operator::Eq, 3),
    ("!=", Operator::Ne, 3),
    ("<=", Operator::Le, 3),
    (">=", Operator::Ge, 3),
    ("<", Operator::Lt, 3),
    (">", Operator::Gt, 3),
    ("+", Operator::Add, 4),
    ("-", Operator::Sub, 4),
    ("*", Operator::Mul, 5),
    ("/", Operator::Div, 5),
    ("%", Operator::Mod, 5),
    ("^", Operator::Pow, 6),
];

fn operator_ahead(s: &Scanner<'_>) -> Option<(&'static str, Operator, u8)> {
    OPERATORS.into_iter().find(|(text, ..)| {
        if text.is_ascii() && text.as_bytes()[0].is_ascii_alphabetic() { s.word_ahead().eq_ignore_ascii_case(text) } else { s.sees(text) }
    })
}

fn binary(s: &mut Scanner<'_>, weakest: u8) -> Result<Expr, Fault> {
    let start = s.at;
    let mut left = primary(s)?;
    while let Some((text, operator, strength)) = operator_ahead(s).filter(|(.., strength)| *strength > weakest) {
        let at = s.at;
        s.advance(text.len());
        let as_number = s.take_word("bool");
        if as_number && !operator.compares() {
            return Err(s.fault(at, format!("`bool` may stand behind a comparison only, not behind `{text}`")));
        }
        let matching = matching(s)?;
        let right_start = s.at;
        let right = s.nested(|s| binary(s, if operator == Operator::Pow { strength - 1 } else { strength }))?;
        for (side, place) in [(&left, start), (&right, right_start)] {
            if matches!(side, Expr::Logs(_)) {
                return Err(s.fault(place, format!("`{text}` needs numbers; count the records first, as in `count_over_time({{…}}[5m])`")));
            }
            if operator.on_sets() && matches!(side, Expr::Number(_)) {
                return Err(s.fault(place, format!("`{text}` needs a vector on both sides, not a number")));
            }
        }
        left = Expr::Binary { operator, as_number, matching, left: Box::new(left), right: Box::new(right) };
    }
    Ok(left)
}

fn matching(s: &mut Scanner<'_>) -> Result<Matching, Fault> {
    let mut matching = Matching::default();
    let on = s.take_word("on");
    if !on && !s.take_word("ignoring") {
        return Ok(matching);
    }
    matching.on = on;
    matching.labels = names(s)?;
    let left = s.take_word("group_left");
    if left || s.take_word("group_right") {
        let extra = if s.sees("(") { names(s)? } else { Vec::new() };
        matching.cardinality = if left { Cardinality::ManyToOne(extra) } else { Cardinality::OneToMany(extra) };
    }
    Ok(matching)
}

fn names(s: &mut Scanner<'_>) -> Result<Vec<String>, Fault> {
    s.expect("(")?;
    let mut names = Vec::new();
    while !s.take(")") {
        names.push(s.name("the name of a label")?.to_string());
        if !s.take(",") && !s.sees(")") {
            return Err(s.unexpected("`,` or `)`"));
        }
    }
    Ok(names)
}

fn primary(s: &mut Scanner<'_>) -> Result<Expr, Fault> {
    s.nested(primary_alone)
}

fn primary_alone(s: &mut Scanner<'_>) -> Result<Expr, Fault> {
    if s.take("(") {
        let inside = binary(s, 0)?;
        s.expect(")")?;
        return Ok(inside);
    }
    if s.sees("{") {
        let mut logs = selector(s)?;
        while s.sees("|") || s.sees("!") {
            let at = s.at;
            if unwrap_ahead(s) {
                return Err(s.fault(
                    at,
                    "`unwrap` makes numbers of records; it belongs into a function of a range, as in `sum_over_time({…} | unwrap x [5m])`",
                ));
            }
            logs.stages.push(stages::stage(s)?);
        }
        return Ok(Expr::Logs(logs));
    }
    let at = s.at;
    if let Some(number) = s.number() {
        return Ok(Expr::Number(number));
    }
    let word = s.word_ahead();
    if word.is_empty() {
        return Err(s.unexpected("a selector `{…}`, a function or a number"));
    }
    if let Some(function) = RangeFunction::named(word) {
        s.advance(word.len());
        return range(s, function, word, at);
    }
    let how = match word {
        "sum" => Aggregation::Sum,
        "avg" => Aggregation::Avg,
        "min" => Aggregation::Min,
        "max" => Aggregation::Max,
        "count" => Aggregation::Count,
        "stddev" => Aggregation::Stddev,
        "stdvar" => Aggregation::Stdvar,
        "topk" | "approx_topk" => Aggregation::Topk,
        "bottomk" => Aggregation::Bottomk,
        "sort" | "sort_desc" => {
            s.advance(word.len());
            s.expect("(")?;
            let of = numbers(s, word)?;
            s.expect(")")?;
            return Ok(Expr::Sort { descending: word == "sort_desc", of: Box::new(of) });
        }
        "label_replace" => return label_replace(s),
        "vector" => {
            s.advance(word.len());
            s.expect("(")?;
            let number = s.number().ok_or_else(|| s.unexpected("a number"))?;
            s.expect(")")?;
            return Ok(Expr::Vector(number));
        }
        "variants" => {
            return Err(Fault { at, reason: "`variants`".into(), instead: Some("ask for each of its functions by itself".into()) });
        }
        _ => return Err(s.fault(at, format!("unexpected `{word}`, expected a selector `{{…}}`, a function or a number; no function has this name"))),
    };
    s.advance(word.len());
    aggregation(s, how, word)
}

/// What stands in the brackets of something that needs numbers.
fn numbers(s: &mut Scanner<'_>, of: &str) -> Result<Expr, Fault> {
    let at = s.at;
    let inside = binary(s, 0)?;
    match inside {
        Expr::Logs(_) => Err(s.fault(at, format!("`{of}` needs numbers; count the records first, as in `{of}(count_over_time({{…}}[5m]))`"))),
        inside => Ok(inside),
    }
}

fn grouping(s: &mut Scanner<'_>) -> Result<Option<Grouping>, Fault> {
    let by = s.take_word("by");
    if !by && !s.take_word("without") {
        return Ok(None);
    }
    Ok(Some(Grouping { without: !by, labels: names(s)? }))
}

fn aggregation(s: &mut Scanner<'_>, how: Aggregation, word: &str) -> Result<Expr, Fault> {
    let mut group = grouping(s)?;
    s.expect("(")?;
    let mut parameter = Parameter::None;
    if matches!(how, Aggregation::Topk | Aggregation::Bottomk) {
        let at = s.at;
        let k = s.number().filter(|k| *k >= 1.0).ok_or_else(|| s.fault(at, format!("`{word}` needs how many, as in `{word}(5, …)`")))?;
        s.expect(",")?;
        parameter = Parameter::Number(k);
    }
    let of = numbers(s, word)?;
    s.expect(")")?;
    if group.is_none() {
        group = grouping(s)?;
    }
    Ok(Expr::Aggregate { how, grouping: group.unwrap_or_default(), parameter, of: Box::new(of) })
}

fn label_replace(s: &mut Scanner<'_>) -> Result<Expr, Fault> {
    s.advance("label_replace".len());
    s.expect("(")?;
    let of = numbers(s, "label_replace")?;
    let mut texts = [const { String::new() }; 4];
    let mut place = s.at;
    for text in &mut texts {
        s.expect(",")?;
        place = s.at;
        *text = s.string()?;
    }
    s.expect(")")?;
    let [target, replacement, source, expression] = texts;
    let expression = anchored(&expression).map_err(|e| s.fault(place, format!("the regular expression is none: {}", reason(&e))))?;
    Ok(Expr::LabelReplace { of: Box::new(of), target, replacement, source, expression })
}

fn unwrap_ahead(s: &Scanner<'_>) -> bool {
    s.rest().strip_prefix('|').is_some_and(|rest| rest.trim_start().starts_with("unwrap"))
}

fn range(s: &mut Scanner<'_>, function: RangeFunction, word: &str, at: usize) -> Result<Expr, Fault> {
    s.expect("(")?;
    let mut parameter = 0.0;
    if function == RangeFunction::Quantile {
        parameter = s.number().ok_or_else(|| s.unexpected("a quantile from 0 to 1"))?;
        s.expect(",")?;
    }
    let brackets = (0..).take_while(|_| s.take("(")).count();
    let mut expr = RangeExpr { function, parameter, logs: selector(s)?, unwrap: None, range: 0, offset: 0, grouping: None };
    let mut open = brackets;
    loop {
        if s.take("[") {
            expr.range = s.duration().filter(|ns| *ns > 0).ok_or_else(|| s.unexpected("the length of the range, as in `[5m]`"))?;
            s.expect("]")?;
            if s.take_word("offset") {
                expr.offset = s.duration().ok_or_else(|| s.unexpected("a duration"))?;
            }
        } else if unwrap_ahead(s) {
            expr.unwrap = Some(unwrap(s)?);
        } else if s.sees("|") || s.sees("!") {
            let place = s.at;
            let stage = stages::stage(s)?;
            match (&mut expr.unwrap, stage) {
                (None, stage) => expr.logs.stages.push(stage),
                (Some(unwrap), Stage::Label(filter)) => unwrap.filters.push(filter),
                (Some(_), _) => return Err(s.fault(place, "only label filters may stand behind `unwrap`")),
            }
        } else if open > 0 && s.take(")") {
            open -= 1;
        } else {
            break;
        }
    }
    if expr.range == 0 {
        return Err(s.unexpected("a range, as in `[5m]`"));
    }
    s.expect(")")?;
    match (function.needs_unwrap(), &expr.unwrap) {
        (Some(true), None) => return Err(s.fault(at, format!("invalid aggregation {word} without unwrap"))),
        (Some(false), Some(_)) => return Err(s.fault(at, format!("invalid aggregation {word} with unwrap"))),
        _ => {}
    }
    let place = s.at;
    expr.grouping = grouping(s)?;
    if expr.grouping.is_some() && !function.groups() {
        return Err(s.fault(place, format!("grouping not allowed for {word} aggregation; group the whole, as in `sum by (…) ({word}(…))`")));
    }
    Ok(Expr::Range(Box::new(expr)))
}

fn unwrap(s: &mut Scanner<'_>) -> Result<Unwrap, Fault> {
    use super::ast::Conversion;
    s.expect("|")?;
    s.advance("unwrap".len());
    let at = s.at;
    let word = s.name("the name of a label")?;
    if !s.take("(") {
        return Ok(Unwrap { label: word.to_string(), conversion: Conversion::Number, filters: Vec::new() });
    }
    let conversion = match word {
        "duration" | "duration_seconds" => Conversion::Duration,
        "bytes" => Conversion::Bytes,
        _ => return Err(s.fault(at, format!("unknown conversion `{word}`; there are duration, duration_seconds and bytes"))),
    };
    let label = s.name("the name of a label")?.to_string();
    s.expect(")")?;
    Ok(Unwrap { label, conversion, filters: Vec::new() })
}

fn selector(s: &mut Scanner<'_>) -> Result<LogExpr, Fault> {
    let start = s.at;
    s.expect("{")?;
    let mut matchers = Vec::new();
    while !s.take("}") {
        matchers.push(matcher(s)?);
        if !s.take(",") && !s.sees("}") {
            return Err(s.unexpected("`}` or `,`"));
        }
    }
    if !matchers.iter().any(|m: &Matcher| !m.test.holds("") && !matches!(m.test, Test::NotEqual(_) | Test::MatchesNot(_))) {
        let reason = "queries require at least one regexp or equality matcher that does not have an empty-compatible value; `{service_name=~\".+\"}` takes every stream";
        return Err(s.fault(start, reason));
    }
    Ok(LogExpr { matchers, stages: Vec::new() })
}

fn matcher(s: &mut Scanner<'_>) -> Result<Matcher, Fault> {
    let name = s.name("the name of a label")?.to_string();
    let operator = ["=~", "!~", "!=", "="].into_iter().find(|o| s.sees(o)).ok_or_else(|| s.unexpected("`=`, `!=`, `=~` or `!~`"))?;
    s.advance(operator.len());
    let place = s.at;
    let value = s.string()?;
    let test = Test::new(operator, &value).map_err(|e| s.fault(place, format!("the regular expression is none: {}", reason(&e))))?;
    Ok(Matcher { name, test })
}

/// The one line that says what is wrong with a regular expression.
fn reason(error: &regex::Error) -> String {
    error.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_string()
}
