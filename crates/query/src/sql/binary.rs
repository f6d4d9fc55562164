//! Operators between two values, and how values of two types meet. Border: SQL's rules in, polars' operators out.

use polars::prelude::*;
use sqlparser::ast::{BinaryOperator as Op, Expr as Sql};

use super::block::Block;
use super::scalar::udf::each;
use super::scalar::{json, math, time};
use super::types::{self, INSTANT, LOCAL, Target};
use super::{Planner, interval, literal};
use crate::error::QueryError;

/// An expression with its type.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) expr: Expr,
    pub(super) dtype: DataType,
    /// Where it is a text as written in the statement: that.
    pub(super) text: Option<String>,
}

impl Planner<'_> {
    pub(super) fn binary(&mut self, left: &Sql, op: &Op, right: &Sql, block: &mut Block) -> Result<Expr, QueryError> {
        match op {
            Op::And => return Ok(self.condition(left, block)?.and(self.condition(right, block)?)),
            Op::Or => return Ok(self.condition(left, block)?.or(self.condition(right, block)?)),
            Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq => {
                let (a, b) = self.pair(left, right, block)?;
                return Ok(match op {
                    Op::Eq => a.eq(b),
                    Op::NotEq => a.neq(b),
                    Op::Lt => a.lt(b),
                    Op::LtEq => a.lt_eq(b),
                    Op::Gt => a.gt(b),
                    _ => a.gt_eq(b),
                });
            }
            // months have no length of their own, so that they can only be added to a time
            Op::Plus | Op::Minus => {
                let sign = |i: interval::Interval| if *op == Op::Minus { i.negated() } else { i };
                match (interval::of(left), interval::of(right)) {
                    (None, Some(i)) if i.months != 0 => return shifted(self.term(left, block)?, sign(i)),
                    (Some(i), None) if i.months != 0 && *op == Op::Plus => return shifted(self.term(right, block)?, i),
                    _ => {}
                }
            }
            Op::PGLikeMatch | Op::PGILikeMatch | Op::PGNotLikeMatch | Op::PGNotILikeMatch => {
                return Err(QueryError::Sql(format!("the operator {op} is not known here; write LIKE, ILIKE or NOT LIKE")));
            }
            _ => {}
        }
        let (a, b) = (self.term(left, block)?, self.term(right, block)?);
        match op {
            Op::Plus | Op::Minus | Op::Multiply | Op::Divide | Op::Modulo | Op::DuckIntegerDivide | Op::PGExp | Op::BitwiseXor => {
                arithmetic(a, op, b)
            }
            Op::StringConcat => {
                let texts = [a, b].map(|t| types::cast(t.expr, &t.dtype, &Target::Type(DataType::String), true));
                let [a, b] = texts;
                Ok(concat_str([a?, b?], "", false))
            }
            Op::Arrow => json::arrow(a, b, false),
            Op::LongArrow => json::arrow(a, b, true),
            Op::PGRegexMatch | Op::Regexp => self.row_function("regexp_matches", vec![a, b], left),
            Op::PGRegexNotMatch => Ok(self.row_function("regexp_matches", vec![a, b], left)?.not()),
            Op::PGStartsWith => self.row_function("starts_with", vec![a, b], left),
            other => Err(QueryError::Sql(format!("the operator {other} is not known here; docs/sql.md lists what is"))),
        }
    }

    fn row_function(&mut self, name: &str, terms: Vec<Term>, place: &Sql) -> Result<Expr, QueryError> {
        super::scalar::build(name, terms, place, self)
    }
}

/// A time or a date and months later.
fn shifted(term: Term, by: interval::Interval) -> Result<Expr, QueryError> {
    let (expr, dtype) = match term.dtype {
        DataType::Date => (term.expr.cast(LOCAL), LOCAL),
        DataType::Datetime(..) => (term.expr, term.dtype),
        other => return Err(QueryError::Sql(format!("an interval is added to a time or a date, not to {}; CAST it", types::name(&other)))),
    };
    let ns = each([expr.cast(DataType::Int64)], DataType::Int64, move |c| time::add_months(c, by.months, by.ns));
    Ok(ns.cast(dtype))
}

/// Two values, so that they can be compared.
pub(super) fn comparable(a: Term, b: Term) -> Result<(Expr, Expr), QueryError> {
    let met = |from: Term, to: &DataType| cast_term(from, &Target::Type(to.clone()), true);
    use DataType::{Boolean, Date, Datetime, Null, String};
    match (&a.dtype, &b.dtype) {
        (x, y) if x == y => Ok((a.expr, b.expr)),
        (Null, t) => Ok((a.expr.cast(t.clone()), b.expr)),
        (t, Null) => Ok((a.expr, b.expr.cast(t.clone()))),
        (x, y) if x.is_primitive_numeric() && y.is_primitive_numeric() => Ok((a.expr, b.expr)),
        (Datetime(..), Datetime(..)) => Ok((a.expr.cast(INSTANT), b.expr.cast(INSTANT))),
        (Date, Datetime(..)) => Ok((a.expr.cast(b.dtype.clone()), b.expr)),
        (Datetime(..), Date) => Ok((a.expr, b.expr.cast(a.dtype.clone()))),
        // a text as written becomes what it is compared with; a day as written with a time of day makes the column a time
        (Date, String) if b.text.as_deref().is_some_and(|t| t.trim().len() > 10) => Ok((a.expr.cast(LOCAL), met(b, &LOCAL)?)),
        (String, Date) if a.text.as_deref().is_some_and(|t| t.trim().len() > 10) => Ok((met(a, &LOCAL)?, b.expr.cast(LOCAL))),
        (t, String) if b.text.is_some() && !t.is_nested() && !t.is_duration() => {
            let t = if t.is_integer() && b.text.as_deref().is_some_and(|t| t.contains('.')) { DataType::Float64 } else { t.clone() };
            Ok((a.expr, met(b, &t)?))
        }
        (String, t) if a.text.is_some() && !t.is_nested() && !t.is_duration() => {
            let t = t.clone();
            Ok((met(a, &t)?, b.expr))
        }
        (Boolean, t) if t.is_integer() => Ok((a.expr.cast(t.clone()), b.expr)),
        (t, Boolean) if t.is_integer() => Ok((a.expr, b.expr.cast(t.clone()))),
        (DataType::List(_), DataType::List(_)) => Ok((a.expr, b.expr)),
        (DataType::Duration(_), t) | (t, DataType::Duration(_)) if t.is_primitive_numeric() => {
            Err(QueryError::Sql("a length of time is compared with a number; write it as INTERVAL '5 seconds'".to_owned()))
        }
        (x, y) => Err(QueryError::Sql(format!("{} cannot be compared with {}; CAST one of them", types::name(x), types::name(y)))),
    }
}

/// A value as one of another type; a text as written is read at once.
pub(super) fn cast_term(term: Term, to: &Target, strict: bool) -> Result<Expr, QueryError> {
    let Some(text) = &term.text else { return types::cast(term.expr, &term.dtype, to, strict) };
    let read = |what: &str, like: &str, value: Option<Expr>| match value {
        Some(expr) => Ok(expr),
        None if strict => Err(QueryError::Sql(format!("{text:?} is no {what}; write it like {like}"))),
        None => Ok(lit(NULL)),
    };
    match to {
        Target::Type(DataType::Date) => read("date", "'2026-11-22'", literal::date(text).map(literal::day)),
        Target::Type(DataType::Datetime(_, Some(_))) => {
            read("time", "'2026-11-22 10:00:00' or '2026-11-22T10:00:00Z'", literal::timestamp(text).map(literal::instant))
        }
        Target::Type(DataType::Datetime(..)) => read("time", "'2026-11-22 10:00:00'", literal::timestamp(text).map(literal::local)),
        Target::Type(DataType::Float64) => read("number", "'1.5'", text.trim().parse::<f64>().ok().map(lit)),
        _ => types::cast(term.expr, &term.dtype, to, strict),
    }
}

fn arithmetic(a: Term, op: &Op, b: Term) -> Result<Expr, QueryError> {
    use DataType::{Date, Datetime, Duration, Null};
    let numeric = |t: &DataType| t.is_primitive_numeric() || *t == Null;
    let wrong =
        |a: &DataType, b: &DataType| Err(QueryError::Sql(format!("{} {op} {} is not defined; CAST one of them", types::name(a), types::name(b))));
    match (&a.dtype, op, &b.dtype) {
        (Null, _, t) | (t, _, Null) if numeric(t) => Ok(lit(NULL).cast(if *op == Op::Divide { DataType::Float64 } else { t.clone() })),
        (x, _, y) if numeric(x) && numeric(y) => Ok(math::arithmetic(a, op, b)),
        (Datetime(..), Op::Minus, Datetime(..)) if a.dtype == b.dtype => Ok(a.expr - b.expr),
        (Datetime(..), Op::Minus, Datetime(..)) => Ok(a.expr.cast(INSTANT) - b.expr.cast(INSTANT)),
        (Datetime(..), Op::Minus, Date) => Ok(a.expr - b.expr.cast(a.dtype.clone())),
        (Date, Op::Minus, Datetime(..)) => Ok(a.expr.cast(b.dtype.clone()) - b.expr),
        (Datetime(..), Op::Plus, Duration(_)) | (Duration(_), Op::Plus | Op::Minus, Duration(_)) | (Duration(_), Op::Plus, Datetime(..)) => {
            Ok(a.expr + signed(b.expr, op))
        }
        (Datetime(..), Op::Minus, Duration(_)) => Ok(a.expr - b.expr),
        (Date, Op::Plus, Duration(_)) => Ok(a.expr.cast(LOCAL) + b.expr),
        (Date, Op::Minus, Duration(_)) => Ok(a.expr.cast(LOCAL) - b.expr),
        (Duration(_), Op::Plus, Date) => Ok(b.expr.cast(LOCAL) + a.expr),
        (Date, Op::Minus, Date) => Ok(a.expr.cast(DataType::Int64) - b.expr.cast(DataType::Int64)),
        (Date, Op::Plus | Op::Minus, t) if t.is_integer() => Ok((a.expr.cast(DataType::Int64) + signed(b.expr, op)).cast(DataType::Int32).cast(Date)),
        (t, Op::Plus, Date) if t.is_integer() => Ok((b.expr.cast(DataType::Int64) + a.expr).cast(DataType::Int32).cast(Date)),
        (Duration(_), Op::Multiply | Op::Divide, t) if t.is_primitive_numeric() => {
            let (ns, by) = (a.expr.cast(DataType::Float64), b.expr.cast(DataType::Float64));
            let ns = if *op == Op::Multiply { ns * by } else { ns / by };
            Ok(ns.round(0, RoundMode::HalfToEven).cast(DataType::Int64).cast(types::SPAN))
        }
        (t, Op::Multiply, Duration(_)) if t.is_primitive_numeric() => arithmetic(b, op, a),
        (x, _, y) => wrong(x, y),
    }
}

fn signed(expr: Expr, op: &Op) -> Expr {
    if *op == Op::Minus { literal_zero_minus(expr) } else { expr }
}

fn literal_zero_minus(expr: Expr) -> Expr {
    lit(-1) * expr
}
