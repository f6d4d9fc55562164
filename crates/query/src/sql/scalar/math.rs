//! Functions of numbers, and arithmetic. Border: whole numbers are int64, others doubles.

use polars::prelude::*;
use sqlparser::ast::BinaryOperator as Op;

use super::Call;
use super::udf::{Ints, doubles, each, ints};
use crate::error::QueryError;
use crate::sql::binary::Term;
use crate::sql::literal;

pub(in crate::sql) const NAMES: &[&str] = &[
    "abs", "acos", "asin", "atan", "cbrt", "ceil", "ceiling", "cos", "degrees", "exp", "floor", "isfinite", "isinf", "isnan", "ln", "log", "log10",
    "log2", "mod", "pi", "pow", "power", "radians", "round", "sign", "sin", "sqrt", "tan", "trunc",
];

pub(in crate::sql) fn build(call: &Call) -> Option<Result<Expr, QueryError>> {
    if !NAMES.contains(&call.name) {
        return None;
    }
    Some(known(call))
}

fn known(call: &Call) -> Result<Expr, QueryError> {
    let whole = call.args.first().is_some_and(|a| a.dtype.is_integer());
    let of = |function: fn(f64) -> f64| -> Result<Expr, QueryError> {
        Ok(each([call.double(0)?], DataType::Float64, move |c| {
            let n = Doubles::of(c, 0)?;
            Ok(doubles(c, |row| n.at(row).map(function)))
        }))
    };
    let is = |function: fn(f64) -> bool| -> Result<Expr, QueryError> {
        Ok(each([call.double(0)?], DataType::Boolean, move |c| {
            let n = Doubles::of(c, 0)?;
            Ok(super::udf::truths(c, |row| n.at(row).map(function)))
        }))
    };
    match (call.name, call.args.len()) {
        ("abs", 1) if whole => Ok(call.int(0)?.abs()),
        ("abs", 1) => Ok(call.double(0)?.abs()),
        ("ceil" | "ceiling" | "floor" | "trunc", 1) if whole => call.int(0),
        ("ceil" | "ceiling", 1) => Ok(call.double(0)?.ceil()),
        ("floor", 1) => Ok(call.double(0)?.floor()),
        ("trunc", 1) => of(f64::trunc),
        ("round", 1) if whole => call.int(0),
        ("round", 1) => Ok(call.double(0)?.round(0, call.rounding)),
        ("round", 2) => round(call, whole),
        ("sign", 1) => Ok(each([call.double(0)?], DataType::Int64, |c| {
            let n = Doubles::of(c, 0)?;
            Ok(ints(c, |row| {
                n.at(row).map(|n| {
                    if n > 0.0 {
                        1
                    } else if n < 0.0 {
                        -1
                    } else {
                        0
                    }
                })
            }))
        })),
        ("sqrt", 1) => Ok(call.double(0)?.sqrt()),
        ("ln", 1) => Ok(call.double(0)?.log(lit(std::f64::consts::E))),
        ("log10" | "log", 1) => of(f64::log10),
        ("log", 2) => Ok(call.double(1)?.log(call.double(0)?)),
        ("log2", 1) => of(f64::log2),
        ("exp", 1) => Ok(call.double(0)?.exp()),
        ("cbrt", 1) => of(f64::cbrt),
        ("sin", 1) => of(f64::sin),
        ("cos", 1) => of(f64::cos),
        ("tan", 1) => of(f64::tan),
        ("asin", 1) => of(f64::asin),
        ("acos", 1) => of(f64::acos),
        ("atan", 1) => of(f64::atan),
        ("degrees", 1) => of(f64::to_degrees),
        ("radians", 1) => of(f64::to_radians),
        ("isnan", 1) => is(f64::is_nan),
        ("isinf", 1) => is(f64::is_infinite),
        ("isfinite", 1) => is(f64::is_finite),
        ("pow" | "power", 2) => power(call.double(0)?, call.double(1)?),
        ("mod", 2) => match call.args.as_slice() {
            [a, b] => Ok(arithmetic(a.clone(), &Op::Modulo, b.clone())),
            _ => call.wants("two numbers"),
        },
        ("pi", 0) => Ok(lit(std::f64::consts::PI)),
        _ => call.wants("numbers"),
    }
}

/// `round(x, n)`: a negative n rounds to tens and so on.
fn round(call: &Call, whole: bool) -> Result<Expr, QueryError> {
    let Some(n) = literal::whole_of(decimals_of(call)) else { return call.wants("a number of decimals as written, such as round(x, 2)") };
    match u32::try_from(n) {
        Ok(_) if whole => call.int(0),
        Ok(n) => Ok(call.double(0)?.round(n, call.rounding)),
        Err(_) => {
            let unit = 10_f64.powi(i32::try_from(-n).unwrap_or(i32::MAX));
            let rounded = (call.double(0)? / lit(unit)).round(0, call.rounding) * lit(unit);
            Ok(if whole { rounded.cast(DataType::Int64) } else { rounded })
        }
    }
}

/// The second argument as it stands in the statement.
fn decimals_of<'a>(call: &Call<'a>) -> &'a sqlparser::ast::Expr {
    use sqlparser::ast::{Expr as Sql, FunctionArg, FunctionArgExpr, FunctionArguments};
    if let Sql::Function(function) = call.place
        && let FunctionArguments::List(list) = &function.args
        && let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(decimals))) = list.args.get(1)
    {
        return decimals;
    }
    call.place
}

fn power(a: Expr, b: Expr) -> Result<Expr, QueryError> {
    Ok(each([a, b], DataType::Float64, |c| {
        let (a, b) = (Doubles::of(c, 0)?, Doubles::of(c, 1)?);
        Ok(doubles(c, |row| Some(a.at(row)?.powf(b.at(row)?))))
    }))
}

/// `a op b` of numbers. A quotient of whole numbers is a double; by zero it is null.
pub(in crate::sql) fn arithmetic(a: Term, op: &Op, b: Term) -> Expr {
    let whole = a.dtype.is_integer() && b.dtype.is_integer();
    let (x, y) = (a.expr, b.expr);
    match op {
        Op::Plus => x + y,
        Op::Minus => x - y,
        Op::Multiply => x * y,
        Op::Divide => {
            let not_zero = matches!(&y, Expr::Literal(l) if !zero(l));
            let quotient = x.true_div(y.clone());
            if not_zero { quotient } else { when(y.neq(lit(0))).then(quotient).otherwise(lit(NULL)) }
        }
        Op::Modulo if whole => each([x, y], DataType::Int64, |c| {
            let (x, y) = (Ints::of(c, 0)?, Ints::of(c, 1)?);
            Ok(ints(c, |row| x.at(row)?.checked_rem(y.at(row)?)))
        }),
        Op::DuckIntegerDivide if whole => each([x, y], DataType::Int64, |c| {
            let (x, y) = (Ints::of(c, 0)?, Ints::of(c, 1)?);
            Ok(ints(c, |row| x.at(row)?.checked_div(y.at(row)?)))
        }),
        op => {
            let op = op.clone();
            each([x.cast(DataType::Float64), y.cast(DataType::Float64)], DataType::Float64, move |c| {
                let (x, y) = (Doubles::of(c, 0)?, Doubles::of(c, 1)?);
                Ok(doubles(c, |row| {
                    let (x, y) = (x.at(row)?, y.at(row)?);
                    match op {
                        Op::Modulo if y != 0.0 => Some(x % y),
                        Op::DuckIntegerDivide if y != 0.0 => Some((x / y).floor()),
                        Op::PGExp | Op::BitwiseXor => Some(x.powf(y)),
                        _ => None,
                    }
                }))
            })
        }
    }
}

fn zero(literal: &LiteralValue) -> bool {
    let value = literal.to_any_value();
    value.is_none_or(|v| v.extract::<f64>() == Some(0.0))
}

/// The cells of an argument that is a double.
pub(in crate::sql) struct Doubles(Float64Chunked);

impl Doubles {
    pub(in crate::sql) fn of(columns: &[Column], at: usize) -> PolarsResult<Doubles> {
        let column = columns.get(at).ok_or_else(|| polars_err!(SQLInterface: "argument {} is missing", at + 1))?;
        Ok(Doubles(column.cast(&DataType::Float64)?.f64()?.clone()))
    }

    pub(in crate::sql) fn at(&self, row: usize) -> Option<f64> {
        self.0.get(if self.0.len() == 1 { 0 } else { row })
    }
}
