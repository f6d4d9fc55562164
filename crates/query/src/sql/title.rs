//! What a result column is called where the statement gives it no name: as DuckDB does. Border: names; no meaning.

use sqlparser::ast::{BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator};

/// The name of an expression.
pub(super) fn of(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(name) => name.value.clone(),
        Expr::CompoundIdentifier(names) => names.last().map(|n| n.value.clone()).unwrap_or_default(),
        other => text(other),
    }
}

fn text(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(name) => name.value.clone(),
        Expr::Nested(inner) => text(inner),
        Expr::BinaryOp { left, op, right } => {
            let op = match op {
                BinaryOperator::Eq => "=".to_owned(),
                BinaryOperator::NotEq => "!=".to_owned(),
                other => other.to_string(),
            };
            format!("({} {op} {})", text(left), text(right))
        }
        Expr::UnaryOp { op: UnaryOperator::Not, expr } => format!("(NOT {})", text(expr)),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr } if matches!(**expr, Expr::Value(_)) => format!("-{}", text(expr)),
        Expr::UnaryOp { op, expr } => format!("{op}({})", text(expr)),
        Expr::IsNull(inner) => format!("({} IS NULL)", text(inner)),
        Expr::IsNotNull(inner) => format!("({} IS NOT NULL)", text(inner)),
        Expr::Cast { expr, data_type, .. } => format!("CAST({} AS {data_type})", text(expr)),
        Expr::Function(function) => call(function),
        Expr::Ceil { expr, .. } => format!("ceil({})", text(expr)),
        Expr::Floor { expr, .. } => format!("floor({})", text(expr)),
        other => other.to_string(),
    }
}

fn call(function: &Function) -> String {
    let name = function.name.to_string().to_lowercase();
    let name = if name == "coalesce" { "COALESCE".to_owned() } else { name };
    let FunctionArguments::List(list) = &function.args else { return function.to_string() };
    if name == "count" && matches!(list.args.as_slice(), [] | [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]) && function.over.is_none() {
        return "count_star()".to_owned() + &rest(function);
    }
    let args: Vec<String> = list
        .args
        .iter()
        .map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => text(expr),
            other => other.to_string(),
        })
        .collect();
    let distinct = list.duplicate_treatment.map_or_else(String::new, |d| format!("{d} "));
    format!("{name}({distinct}{})", args.join(", ")) + &rest(function)
}

fn rest(function: &Function) -> String {
    let filter = function.filter.as_ref().map_or_else(String::new, |f| format!(" FILTER (WHERE {})", text(f)));
    let over = function.over.as_ref().map_or_else(String::new, |o| format!(" OVER {}", o.to_string().replace('\n', "")));
    filter + &over
}

/// The names with those told apart that are equal but for case: the second `a` is `a_1`.
pub(super) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut given: Vec<String> = Vec::new();
    for name in names {
        let taken = |candidate: &str| given.iter().any(|g| g.eq_ignore_ascii_case(candidate));
        let mut candidate = name.to_owned();
        let mut n = 0;
        while taken(&candidate) {
            n += 1;
            candidate = format!("{name}_{n}");
        }
        given.push(candidate);
    }
    given
}
