//! For Spark: the statement, read, changed where Spark means something else by it, and written again. Border: `check` has let it through, so what is
//! met here is known. The table in `docs/engines.md` says why each change is.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CastKind, DataType, DuplicateTreatment, ExactNumberInfo, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
};
use sqlparser::ast::{FunctionArgumentList, FunctionArguments, Ident, ObjectName, OrderByExpr, OrderByKind, Query, Select, SelectItem, Value};
use sqlparser::ast::{ValueWithSpan, VisitMut, VisitorMut, WindowType};

use crate::check::{check, expressions, literal};
use crate::{Engine, PortableError, text};

pub(crate) fn statement(mut query: Query) -> Result<String, PortableError> {
    check(&query)?;
    match query.visit(&mut Rewrite) {
        ControlFlow::Continue(()) => Ok(format!("{query:#}")),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Rewrite;

impl VisitorMut for Rewrite {
    type Break = PortableError;

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<PortableError> {
        if let Some(order_by) = &mut query.order_by
            && let OrderByKind::Expressions(list) = &mut order_by.kind
        {
            nulls_last(list);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<PortableError> {
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(Expr::Function(call)) | SelectItem::ExprWithAlias { expr: Expr::Function(call), .. } = item
                && is(call, "unnest")
            {
                call.name = name("EXPLODE");
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<PortableError> {
        match expr {
            Expr::Cast { kind, data_type, .. } => {
                *kind = CastKind::Cast;
                if matches!(data_type, DataType::Varchar(_)) {
                    *data_type = DataType::String(None);
                }
            }
            // of a double they make an integer there
            Expr::Floor { .. } | Expr::Ceil { .. } => {
                let whole = Box::new(std::mem::replace(expr, Expr::value(Value::Null)));
                let data_type = DataType::Double(ExactNumberInfo::None);
                *expr = Expr::Cast { kind: CastKind::Cast, expr: whole, data_type, array: false, format: None };
            }
            // it binds less than arithmetic to DuckDB, as much to others
            Expr::BinaryOp { left, op: BinaryOperator::Plus | BinaryOperator::Minus | BinaryOperator::Multiply | BinaryOperator::Divide, right }
                if is_joined(left) || is_joined(right) =>
            {
                let what = "|| beside arithmetic without brackets".to_owned();
                return ControlFlow::Break(PortableError::Syntax { engine: Engine::Spark, what });
            }
            Expr::Function(call) if is(call, "unnest") => {
                let what = "UNNEST but as a column of its own".to_owned();
                return ControlFlow::Break(PortableError::Syntax { engine: Engine::Spark, what });
            }
            Expr::Function(call) => {
                if let Some(instead) = translated(call) {
                    *expr = instead;
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn post_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<PortableError> {
        let written = match &value.value {
            // a number with a point is a decimal there; here it is a double
            Value::Number(number, _) if number.contains(['.', 'e', 'E']) => Some(format!("{number}D")),
            Value::SingleQuotedString(content) if text::wants_escapes(content) => Some(text::literal(content)),
            _ => None,
        };
        if let Some(written) = written {
            value.value = as_written(written);
        }
        ControlFlow::Continue(())
    }
}

/// What is written instead of a call; `None` where it stands but for its parts.
fn translated(call: &mut Function) -> Option<Expr> {
    if let Some(WindowType::WindowSpec(window)) = &mut call.over {
        nulls_last(&mut window.order_by);
    }
    if is(call, "quantile_cont") {
        call.name = name("PERCENTILE");
    } else if is(call, "string_agg") {
        list_agg(call);
    } else if is(call, "string_to_array") {
        let separator = expressions(call).get(1).and_then(|e| written(e))?;
        call.name = name("SPLIT");
        set_argument(call, 1, Expr::value(as_written(text::literal(&text::pattern(&separator)))));
    } else if is(call, "round") {
        return rounded(call);
    } else if is(call, "get_json_object") {
        return json(call);
    }
    None
}

/// Half goes to the even neighbour, by the arithmetic that the other engines have: `ROUND` there goes by the decimal digits.
fn rounded(call: &Function) -> Option<Expr> {
    let arguments = expressions(call);
    let x = Expr::Nested(Box::new((*arguments.first()?).clone()));
    let digits = arguments.get(1).and_then(|d| literal(d)).map_or_else(|| "0".to_owned(), Value::to_string);
    if digits == "0" {
        return Some(function("RINT", vec![x]));
    }
    let unit = || Expr::value(as_written(format!("1e{digits}D")));
    let whole = function("RINT", vec![binary(x, BinaryOperator::Multiply, unit())]);
    Some(Expr::Nested(Box::new(binary(whole, BinaryOperator::Divide, unit()))))
}

/// Text that is no JSON gives null, also where what was looked for stands before the fault.
fn json(call: &Function) -> Option<Expr> {
    let text = (*expressions(call).first()?).clone();
    let is_json = Expr::IsNotNull(Box::new(function("TRY_PARSE_JSON", vec![text])));
    Some(function("IF", vec![is_json, Expr::Function(call.clone()), Expr::value(Value::Null)]))
}

/// The order stands behind the call there.
fn list_agg(call: &mut Function) {
    call.name = name("LISTAGG");
    if let FunctionArguments::List(list) = &mut call.args {
        for clause in std::mem::take(&mut list.clauses) {
            if let FunctionArgumentClause::OrderBy(mut order) = clause {
                nulls_last(&mut order);
                call.within_group = order;
            }
        }
    }
}

/// Where nothing is said, nulls come last, up and down; there they are the least of all.
fn nulls_last(order: &mut [OrderByExpr]) {
    for by in order {
        by.options.nulls_first.get_or_insert(false);
    }
}

fn is_joined(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryOp { op: BinaryOperator::StringConcat, .. })
}

fn is(call: &Function, what: &str) -> bool {
    call.name.to_string().eq_ignore_ascii_case(what)
}

/// The text of a literal that needed no escapes.
fn written(expr: &Expr) -> Option<String> {
    match literal(expr)? {
        Value::SingleQuotedString(text) => Some(text.clone()),
        _ => None,
    }
}

/// A literal that is printed as it stands.
fn as_written(literal: String) -> Value {
    Value::Placeholder(literal)
}

fn set_argument(call: &mut Function, n: usize, value: Expr) {
    if let FunctionArguments::List(list) = &mut call.args
        && let Some(argument) = list.args.get_mut(n)
    {
        *argument = FunctionArg::Unnamed(FunctionArgExpr::Expr(value));
    }
}

fn name(name: &str) -> ObjectName {
    ObjectName::from(vec![Ident::new(name)])
}

fn binary(left: Expr, op: BinaryOperator, right: Expr) -> Expr {
    Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }
}

fn function(called: &str, arguments: Vec<Expr>) -> Expr {
    let args = arguments.into_iter().map(|a| FunctionArg::Unnamed(FunctionArgExpr::Expr(a))).collect();
    let list = FunctionArgumentList { duplicate_treatment: None::<DuplicateTreatment>, args, clauses: Vec::new() };
    Expr::Function(Function {
        name: name(called),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(list),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
