//! Functions of one row. Border: which there are, by name; each kind has a file of its own.

pub(super) mod json;
pub(super) mod list;
pub(super) mod math;
pub(super) mod regexp;
pub(super) mod text;
pub(super) mod time;
pub(super) mod udf;
mod units;

use polars::lazy::dsl::{max_horizontal as greatest_of, min_horizontal as least_of};
use polars::prelude::*;
use sqlparser::ast::Expr as Sql;

use super::binary::{Term, comparable};
use super::{Planner, literal, refuse, types};
use crate::error::QueryError;

/// Functions that may be called without parentheses.
pub(super) const WITHOUT_PARENTHESES: [&str; 4] = ["current_timestamp", "current_date", "localtimestamp", "today"];

/// Functions of conditions and of any type.
pub(super) const NAMES: [&str; 9] = ["coalesce", "greatest", "if", "iff", "ifnull", "least", "nullif", "nvl", "typeof"];

/// Functions of time without an argument.
pub(super) const CLOCK: [&str; 7] =
    ["now", "current_timestamp", "current_date", "today", "localtimestamp", "get_current_timestamp", "transaction_timestamp"];

/// The names of all functions of one row.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let own = NAMES.iter().chain(&CLOCK).chain(json::NAMES).chain(list::NAMES);
    own.chain(math::NAMES).chain(regexp::NAMES).chain(text::NAMES).chain(time::NAMES).copied()
}

/// A call of a function.
pub(super) struct Call<'a> {
    pub(super) name: &'a str,
    pub(super) args: Vec<Term>,
    pub(super) place: &'a Sql,
    pub(super) rounding: RoundMode,
}

impl Call<'_> {
    /// An error about the arguments.
    pub(super) fn wants<T>(&self, what: &str) -> Result<T, QueryError> {
        let got: Vec<String> = self.args.iter().map(|a| types::name(&a.dtype)).collect();
        Err(refuse::part(self.place, &format!("{} wants {what}", self.name), &format!("it is given ({})", got.join(", "))))
    }

    /// The argument as text; an error where it is none.
    pub(super) fn text(&self, at: usize) -> Result<Expr, QueryError> {
        match self.args.get(at) {
            Some(Term { expr, dtype: DataType::String, .. }) => Ok(expr.clone()),
            Some(Term { expr, dtype: DataType::Null, .. }) => Ok(expr.clone().cast(DataType::String)),
            _ => self.wants(&format!("a text as argument {}; CAST it to VARCHAR", at + 1)),
        }
    }

    /// The argument as a whole number.
    pub(super) fn int(&self, at: usize) -> Result<Expr, QueryError> {
        match self.args.get(at) {
            Some(Term { expr, dtype, .. }) if dtype.is_integer() => Ok(expr.clone().cast(DataType::Int64)),
            Some(Term { expr, dtype: DataType::Null, .. }) => Ok(expr.clone().cast(DataType::Int64)),
            _ => self.wants(&format!("a whole number as argument {}", at + 1)),
        }
    }

    /// The argument as a double.
    pub(super) fn double(&self, at: usize) -> Result<Expr, QueryError> {
        match self.args.get(at) {
            Some(Term { expr, dtype, .. }) if dtype.is_primitive_numeric() || *dtype == DataType::Null => Ok(expr.clone().cast(DataType::Float64)),
            _ => self.wants(&format!("a number as argument {}", at + 1)),
        }
    }

    /// The text that is the same for all rows, in lowercase.
    pub(super) fn word(&self, at: usize, what: &str) -> Result<String, QueryError> {
        match self.args.get(at).and_then(|a| a.text.as_deref()) {
            Some(text) => Ok(text.to_lowercase()),
            None => self.wants(what),
        }
    }
}

/// The expression of a call.
pub(super) fn build(name: &str, args: Vec<Term>, place: &Sql, planner: &Planner) -> Result<Expr, QueryError> {
    let call = Call { name, args, place, rounding: planner.tables.rounding() };
    if let Some(found) = any_type(&call, planner) {
        return found;
    }
    let found = json::build(&call).or_else(|| list::build(&call)).or_else(|| math::build(&call)).or_else(|| regexp::build(&call));
    let found = found.or_else(|| text::build(&call)).or_else(|| time::build(&call));
    found.unwrap_or_else(|| Err(unknown(name, place)))
}

/// The error for a function that is none, with those that are called alike.
fn unknown(name: &str, place: &Sql) -> QueryError {
    let instead = match name {
        "random" | "uuid" | "gen_random_uuid" => "an answer must be the same each time; use record_id or ROW_NUMBER()".to_owned(),
        "first" | "last" => "say which is first: first(x ORDER BY time), or any_value(x)".to_owned(),
        _ => {
            let mut alike: Vec<(usize, &str)> = names().chain(super::aggregate::NAMES.iter().copied()).map(|n| (likeness(name, n), n)).collect();
            alike.sort_by_key(|(likeness, n)| (std::cmp::Reverse(*likeness), *n));
            let alike: Vec<&str> = alike.into_iter().take_while(|(likeness, _)| *likeness >= 50).take(3).map(|(_, n)| n).collect();
            if alike.is_empty() { "docs/sql.md lists what is".to_owned() } else { format!("is it {}", alike.join(" or ")) }
        }
    };
    refuse::part(place, &format!("no function {name:?} is known here"), &instead)
}

/// How alike two names are: the share of pairs of letters that they have in common, of 100.
fn likeness(a: &str, b: &str) -> usize {
    let pairs = |name: &str| name.as_bytes().windows(2).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (a, mut b) = (pairs(a), pairs(b));
    let all = a.len() + b.len();
    let common = a.iter().filter(|pair| b.iter().position(|p| p == *pair).map(|at| b.swap_remove(at)).is_some()).count();
    (200 * common).checked_div(all).unwrap_or(0)
}

fn any_type(call: &Call, planner: &Planner) -> Option<Result<Expr, QueryError>> {
    let now = || i64::try_from(planner.now.as_nanosecond()).unwrap_or(i64::MAX);
    let none = call.args.is_empty();
    Some(match call.name {
        "now" | "current_timestamp" | "get_current_timestamp" | "transaction_timestamp" if none => Ok(literal::instant(now())),
        "localtimestamp" if none => Ok(literal::local(now())),
        "current_date" | "today" if none => Ok(literal::day(now().div_euclid(86_400_000_000_000))),
        "coalesce" | "ifnull" | "nvl" => unified(call, planner).map(|exprs| coalesce(&exprs)),
        "greatest" => unified(call, planner).and_then(|exprs| Ok(greatest_of(exprs)?)),
        "least" => unified(call, planner).and_then(|exprs| Ok(least_of(exprs)?)),
        "nullif" => nullif(call),
        "if" | "iff" => choose(call, planner),
        "typeof" => match call.args.as_slice() {
            [one] => Ok(lit(types::name(&one.dtype))),
            _ => call.wants("one value"),
        },
        _ => return None,
    })
}

fn unified(call: &Call, planner: &Planner) -> Result<Vec<Expr>, QueryError> {
    if call.args.is_empty() {
        return call.wants("a value");
    }
    Ok(planner.unified(call.args.clone())?.0)
}

fn nullif(call: &Call) -> Result<Expr, QueryError> {
    let [a, b] = call.args.as_slice() else { return call.wants("two values") };
    let own = a.expr.clone();
    let (a, b) = comparable(a.clone(), b.clone())?;
    Ok(when(a.eq(b).fill_null(lit(false))).then(lit(NULL)).otherwise(own))
}

fn choose(call: &Call, planner: &Planner) -> Result<Expr, QueryError> {
    let [condition, yes, no] = call.args.as_slice() else { return call.wants("a condition and two values") };
    let (exprs, _) = planner.unified(vec![yes.clone(), no.clone()])?;
    let [yes, no] = exprs.as_slice() else { return call.wants("a condition and two values") };
    Ok(when(condition.expr.clone().cast(DataType::Boolean)).then(yes.clone()).otherwise(no.clone()))
}
