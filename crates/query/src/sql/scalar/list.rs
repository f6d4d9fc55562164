//! Functions of lists: `bounds`, `bucket_counts`, and what `string_split` and `json_keys` give. Border: elements are counted from 1.

use polars::prelude::*;

use super::Call;
use super::udf::each;
use crate::error::QueryError;
use crate::sql::binary::Term;

pub(in crate::sql) const NAMES: &[&str] = &[
    "array_contains",
    "array_length",
    "array_to_string",
    "cardinality",
    "element_at",
    "list_avg",
    "list_contains",
    "list_distinct",
    "list_element",
    "list_extract",
    "list_has",
    "list_max",
    "list_min",
    "list_reverse",
    "list_sort",
    "list_sum",
    "list_unique",
    "list_aggregate",
    "array_extract",
];

pub(in crate::sql) fn build(call: &Call) -> Option<Result<Expr, QueryError>> {
    let is_list = matches!(call.args.first(), Some(Term { dtype: DataType::List(_), .. }));
    if !NAMES.contains(&call.name) && !(is_list && matches!(call.name, "len" | "length" | "contains")) {
        return None;
    }
    // an element of a text is a character
    if let (Some(Term { dtype: DataType::String, .. }), "list_extract" | "array_extract" | "list_element") = (call.args.first(), call.name) {
        return Some(character(call));
    }
    Some(if is_list { known(call) } else { call.wants("a list as argument 1") })
}

fn known(call: &Call) -> Result<Expr, QueryError> {
    let Some(Term { expr, dtype: DataType::List(element), .. }) = call.args.first() else { return call.wants("a list") };
    let (list, element) = (expr.clone(), element.as_ref().clone());
    let whole = element.is_integer();
    let name = match (call.name, call.args.get(1).and_then(|a| a.text.as_deref())) {
        ("list_aggregate", Some(how)) => match how {
            "sum" => "list_sum",
            "avg" => "list_avg",
            "min" => "list_min",
            "max" => "list_max",
            "count" => "len",
            _ => return call.wants("sum, avg, min, max or count as argument 2"),
        },
        (name, _) => name,
    };
    Ok(match (name, call.args.len()) {
        ("len" | "length" | "array_length" | "cardinality", _) => list.list().len().cast(DataType::Int64),
        ("list_sum", _) => {
            let sum = list.clone().list().sum();
            when(list.list().len().gt(lit(0))).then(if whole { sum.cast(DataType::Int64) } else { sum }).otherwise(lit(NULL))
        }
        ("list_avg", _) => list.list().mean(),
        ("list_min", _) => list.list().min(),
        ("list_max", _) => list.list().max(),
        ("list_sort", 1) => list.list().sort(SortOptions { nulls_last: true, ..SortOptions::default() }),
        ("list_reverse", 1) => list.list().eval(polars::prelude::element().reverse()),
        ("list_distinct", 1) => list.list().eval(polars::prelude::element().drop_nulls().unique_stable()),
        ("list_unique", 1) => list.list().eval(polars::prelude::element().drop_nulls().unique_stable()).list().len().cast(DataType::Int64),
        ("list_contains" | "array_contains" | "list_has" | "contains", 2) => match call.args.get(1) {
            Some(what) => list.list().contains(what.expr.clone().cast(element), false),
            None => return call.wants("a value as argument 2"),
        },
        ("list_extract" | "array_extract" | "list_element" | "element_at", 2) => {
            let n = call.int(1)?;
            // the first is 1, the last -1, and 0 is none
            let at = when(n.clone().gt(lit(0))).then(n.clone() - lit(1)).when(n.clone().lt(lit(0))).then(n).otherwise(lit(NULL));
            list.list().get(at, true)
        }
        ("array_to_string", 2) => list.cast(super::text::list_of_texts()).list().join(call.text(1)?, true),
        _ => return call.wants("other arguments"),
    })
}

fn character(call: &Call) -> Result<Expr, QueryError> {
    use super::udf::{Ints, Texts, texts};
    Ok(each([call.text(0)?, call.int(1)?], DataType::String, |c| {
        let (t, n) = (Texts::of(c, 0)?, Ints::of(c, 1)?);
        Ok(texts(c, |row| {
            let (t, n) = (t.at(row)?, n.at(row)?);
            let at = if n < 0 { t.chars().count() as i64 + n } else { n - 1 };
            Some(usize::try_from(at).ok().and_then(|at| t.chars().nth(at)).map_or(String::new(), String::from))
        }))
    }))
}
