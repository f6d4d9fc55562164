//! What may stand in a statement for Spark: the clauses and expressions that mean the same there, by a list. Border: shapes of the grammar;
//! how functions are called is `calls`' business, what is written instead `spark`'s.

mod calls;
mod clauses;

use std::ops::ControlFlow;

pub(crate) use calls::expressions;
use sqlparser::ast::{BinaryOperator, CastKind, CeilFloorKind, DataType, DateTimeField, Expr, Query, Select, TableFactor, UnaryOperator, Value};
use sqlparser::ast::{ValueWithSpan, Visit, Visitor};

use crate::{Engine, PortableError};

/// Refuses what Spark has not, or understands otherwise.
pub(crate) fn check(query: &Query) -> Result<(), PortableError> {
    match query.visit(&mut Check) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

/// A refusal.
fn no<T>(what: impl Into<String>) -> Result<T, PortableError> {
    Err(PortableError::Syntax { engine: Engine::Spark, what: what.into() })
}

struct Check;

fn flow(result: Result<(), PortableError>) -> ControlFlow<PortableError> {
    result.map_or_else(ControlFlow::Break, ControlFlow::Continue)
}

impl Visitor for Check {
    type Break = PortableError;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<PortableError> {
        flow(clauses::query(query))
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<PortableError> {
        flow(clauses::select(select))
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<PortableError> {
        flow(clauses::table(table))
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<PortableError> {
        flow(expression(expr))
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<PortableError> {
        flow(match &value.value {
            Value::Number(_, false) | Value::SingleQuotedString(_) | Value::Boolean(_) | Value::Null => Ok(()),
            other => no(format!("the literal {other}")),
        })
    }
}

fn expression(expr: &Expr) -> Result<(), PortableError> {
    match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Nested(_) | Expr::Value(_) | Expr::Case { .. } => Ok(()),
        Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::IsTrue(_) | Expr::IsNotTrue(_) | Expr::IsFalse(_) | Expr::IsNotFalse(_) => Ok(()),
        Expr::IsDistinctFrom(..) | Expr::IsNotDistinctFrom(..) | Expr::Between { .. } | Expr::InList { .. } => Ok(()),
        Expr::Exists { .. } | Expr::Subquery(_) | Expr::InSubquery { .. } => Ok(()),
        Expr::UnaryOp { op: UnaryOperator::Not | UnaryOperator::Minus | UnaryOperator::Plus, .. } => Ok(()),
        Expr::BinaryOp { op, .. } if is_known(op) => Ok(()),
        Expr::BinaryOp { op, .. } => no(format!("the operator {op}")),
        Expr::Like { any: false, escape_char: None, pattern, .. } => match literal(pattern) {
            Some(Value::SingleQuotedString(text)) if !text.contains('\\') => Ok(()),
            _ => no("LIKE with a pattern that is no literal, or has a backslash in it, which begins an escape there"),
        },
        Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, array: false, format: None } => cast(expr, data_type),
        Expr::Cast { .. } => no(format!("the cast {expr}")),
        Expr::Ceil { field, .. } | Expr::Floor { field, .. } => match field {
            CeilFloorKind::DateTimeField(DateTimeField::NoDateTime) => Ok(()),
            _ => no(format!("{expr}: one argument only")),
        },
        Expr::Function(function) => calls::function(function),
        other => no(format!("the expression {other}")),
    }
}

fn is_known(op: &BinaryOperator) -> bool {
    use BinaryOperator as Op;
    let counts = matches!(op, Op::Plus | Op::Minus | Op::Multiply | Op::Divide);
    let compares = matches!(op, Op::Eq | Op::NotEq | Op::Lt | Op::LtEq | Op::Gt | Op::GtEq);
    counts || compares || matches!(op, Op::StringConcat | Op::And | Op::Or)
}

/// A cast to an integer rounds in one engine and cuts off in another, and numbers become texts in many ways.
fn cast(expr: &Expr, to: &DataType) -> Result<(), PortableError> {
    let is_null = matches!(literal(expr), Some(Value::Null));
    match to {
        DataType::BigInt(None) if is_null || is_whole(expr) => Ok(()),
        DataType::BigInt(None) => no(format!("CAST({expr} AS BIGINT): round first, as in CAST(ROUND(x) AS BIGINT)")),
        DataType::Varchar(None) | DataType::Boolean if is_null => Ok(()),
        DataType::Varchar(None) | DataType::Boolean => no(format!("CAST({expr} AS {to}): only null may become one")),
        DataType::Double(_) | DataType::Date => Ok(()),
        other => no(format!("the type {other}; there are BIGINT, DOUBLE, VARCHAR, BOOLEAN and DATE")),
    }
}

/// Whether it is a whole number already.
fn is_whole(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_whole(inner),
        Expr::Floor { .. } | Expr::Ceil { .. } => true,
        Expr::Function(function) => {
            let (name, arguments) = (function.name.to_string(), expressions(function));
            let digits = arguments.get(1).map(|d| literal(d));
            match name.to_lowercase().as_str() {
                "round" => matches!(digits, None | Some(Some(Value::Number(..)))) && digits.flatten().is_none_or(|d| d.to_string() == "0"),
                "count" | "row_number" | "rank" | "dense_rank" => true,
                _ => false,
            }
        }
        _ => false,
    }
}

/// The literal that an expression is.
pub(crate) fn literal(expr: &Expr) -> Option<&Value> {
    match expr {
        Expr::Value(value) => Some(&value.value),
        _ => None,
    }
}
