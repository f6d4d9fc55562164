//! How a function may be called in a statement for Spark. Border: what stands in and behind the parentheses.

use sqlparser::ast::{DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArguments, ObjectNamePart};
use sqlparser::ast::{Value, WindowFrameUnits, WindowType};

use super::{clauses, literal, no};
use crate::functions::{self, Use};
use crate::{Engine, PortableError, text};

pub(super) fn function(function: &Function) -> Result<(), PortableError> {
    let Function { name, uses_odbc_syntax: false, parameters: FunctionArguments::None, args, filter, null_treatment: None, over, within_group } =
        function
    else {
        return no(format!("the call {function}"));
    };
    let unknown = || PortableError::Function { engine: Engine::Spark, name: name.to_string(), known: functions::names() };
    let [ObjectNamePart::Identifier(ident)] = name.0.as_slice() else { return Err(unknown()) };
    let known = functions::known(&ident.value).ok_or_else(unknown)?;
    let FunctionArguments::List(list) = args else { return no(format!("the call {function}")) };
    let stars = list.args.iter().filter(|a| matches!(a, FunctionArg::Unnamed(FunctionArgExpr::Wildcard))).count();
    let arguments = expressions(function);
    if arguments.len() + stars != list.args.len() || stars > 0 && known.name != "count" || !within_group.is_empty() {
        return no(format!("the call {function}"));
    }
    if !known.arguments.contains(&list.args.len()) {
        return no(format!("{function}: {} takes another number of arguments", known.name));
    }
    let distinct = match list.duplicate_treatment {
        None => false,
        Some(DuplicateTreatment::Distinct) => true,
        Some(DuplicateTreatment::All) => return no(format!("ALL in {function}")),
    };
    let of_many = matches!(known.stands, Use::Aggregate | Use::Group);
    if (distinct || filter.is_some()) && !(of_many && over.is_none()) {
        return no(format!("DISTINCT or FILTER in {function}"));
    }
    match (known.stands, over) {
        (Use::Window, Some(over)) | (Use::Aggregate, Some(over)) => window(over)?,
        (Use::Window, None) => return no(format!("{function} without a window")),
        (_, Some(_)) => return no(format!("a window behind {}", known.name)),
        (_, None) => {}
    }
    if known.name == "string_agg" {
        return string_agg(function, &arguments, &list.clauses);
    }
    if !list.clauses.is_empty() {
        return no(format!("a clause within {function}"));
    }
    literals(function, known.name, &arguments)
}

/// Arguments that must be said in the statement.
fn literals(function: &Function, name: &str, arguments: &[&Expr]) -> Result<(), PortableError> {
    let value = |n: usize| arguments.get(n).and_then(|a| literal(a));
    let known = match (name, value(0), value(1)) {
        // the powers of ten up to there are exact doubles
        ("round", _, Some(Value::Number(digits, _))) => digits.parse::<u8>().is_ok_and(|n| n <= 22),
        ("round", _, None) => arguments.len() == 1,
        ("quantile_cont", _, Some(Value::Number(..))) => true,
        ("string_to_array", _, Some(Value::SingleQuotedString(text))) => !text.is_empty() && !text::wants_escapes(text),
        ("split_part", _, Some(Value::SingleQuotedString(text))) => !text.is_empty(),
        ("get_json_object", _, Some(Value::SingleQuotedString(path))) => path.starts_with('$') && !path.contains('*'),
        ("date_trunc", Some(Value::SingleQuotedString(unit)), _) => functions::UNITS.contains(&unit.as_str()),
        ("round" | "quantile_cont" | "string_to_array" | "split_part" | "get_json_object" | "date_trunc", ..) => false,
        _ => true,
    };
    if known { Ok(()) } else { no(format!("{function}: the argument that says how wants to be a literal that both understand")) }
}

/// Only an order by the texts themselves leaves nothing open.
fn string_agg(function: &Function, arguments: &[&Expr], clauses: &[FunctionArgumentClause]) -> Result<(), PortableError> {
    let separated = matches!(arguments.get(1).and_then(|a| literal(a)), Some(Value::SingleQuotedString(_)));
    match clauses {
        [FunctionArgumentClause::OrderBy(order)] if separated => match order.as_slice() {
            [by] if arguments.first() == Some(&&by.expr) => clauses::order(by),
            _ => no(format!("{function}: want ORDER BY the texts themselves")),
        },
        _ => no(format!("{function}: want a separator and ORDER BY the texts themselves")),
    }
}

fn window(over: &WindowType) -> Result<(), PortableError> {
    let WindowType::WindowSpec(spec) = over else { return no("named windows") };
    if spec.window_name.is_some() {
        return no("named windows");
    }
    if spec.window_frame.as_ref().is_some_and(|frame| frame.units != WindowFrameUnits::Rows) {
        return no("RANGE and GROUPS in windows");
    }
    spec.order_by.iter().try_for_each(clauses::order)
}

/// The arguments that are expressions.
pub(crate) fn expressions(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else { return Vec::new() };
    let expression = |a| match a {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref e)) => Some(e),
        _ => None,
    };
    list.args.iter().filter_map(expression).collect()
}
