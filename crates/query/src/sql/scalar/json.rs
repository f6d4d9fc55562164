//! Functions of JSON texts, with DuckDB's paths: a text that begins with `$` is a JSON path, one that begins with `/` a JSON pointer, any
//! other a key, whatever dots are in it; a number is an element, from 0. Border: what is no JSON gives null.

use polars::prelude::*;
use serde_json::Value;

use super::Call;
use super::text::list_of_texts;
use super::udf::{Texts, each, ints, lists, texts, truths};
use crate::error::QueryError;
use crate::functions::json_path::{self, Step};
use crate::sql::binary::Term;

pub(in crate::sql) const NAMES: &[&str] = &[
    "get_json_object",
    "json",
    "json_array_length",
    "json_contains",
    "json_exists",
    "json_extract",
    "json_extract_path",
    "json_extract_path_text",
    "json_extract_string",
    "json_keys",
    "json_type",
    "json_valid",
    "json_value",
];

pub(in crate::sql) fn build(call: &Call) -> Option<Result<Expr, QueryError>> {
    if !NAMES.contains(&call.name) {
        return None;
    }
    Some(known(call))
}

fn known(call: &Call) -> Result<Expr, QueryError> {
    let text = call.text(0)?;
    let path = match call.args.len() {
        1 => lit("$"),
        2 if call.name == "json_contains" => call.text(1)?,
        2 => path(call.args.get(1), call)?,
        _ => return call.wants("a JSON text and a path"),
    };
    let found = |to: DataType, function: fn(Option<&Value>) -> Option<String>| {
        each([text.clone(), path.clone()], to, move |c| {
            let at = Paths::of(c)?;
            Ok(texts(c, |row| at.with(row, function).flatten()))
        })
    };
    Ok(match (call.name, call.args.len()) {
        ("json_extract" | "json_extract_path", 2) => found(DataType::String, |v| v.map(Value::to_string)),
        ("json_extract_string" | "json_extract_path_text" | "get_json_object", 2) => found(DataType::String, |v| v.and_then(bare)),
        ("json_value", 2) => found(DataType::String, |v| v.filter(|v| !v.is_object() && !v.is_array()).map(Value::to_string)),
        ("json", 1) => found(DataType::String, |v| v.map(Value::to_string)),
        ("json_type", 1 | 2) => found(DataType::String, |v| v.map(|v| kind(v).to_owned())),
        ("json_exists", 2) => each([text, path], DataType::Boolean, |c| {
            let at = Paths::of(c)?;
            Ok(truths(c, |row| at.with(row, |v| v.is_some())))
        }),
        ("json_valid", 1) => each([text], DataType::Boolean, |c| {
            let t = Texts::of(c, 0)?;
            Ok(truths(c, |row| t.at(row).map(|t| serde_json::from_str::<serde::de::IgnoredAny>(t).is_ok())))
        }),
        ("json_contains", 2) => each([text, path], DataType::Boolean, |c| {
            let (hay, needle) = (Texts::of(c, 0)?, Texts::of(c, 1)?);
            let value = |text: &str| serde_json::from_str::<Value>(text).ok();
            Ok(truths(c, |row| Some(contains(&value(hay.at(row)?)?, &value(needle.at(row)?)?))))
        }),
        ("json_array_length", 1 | 2) => each([text, path], DataType::Int64, |c| {
            let at = Paths::of(c)?;
            Ok(ints(c, |row| at.with(row, |v| v.map(|v| v.as_array().map_or(0, |a| a.len() as i64))).flatten()))
        }),
        ("json_keys", 1 | 2) => each([text, path], list_of_texts(), |c| {
            let at = Paths::of(c)?;
            let keys = |v: &Value| v.as_object().map_or_else(Vec::new, |o| o.keys().cloned().collect());
            Ok(lists(c, |row| at.with(row, |v| v.map(keys)).flatten()))
        }),
        _ => return call.wants("a JSON text and a path"),
    })
}

/// `text -> path` and, as bare text, `text ->> path`.
pub(in crate::sql) fn arrow(text: Term, path: Term, bare: bool) -> Result<Expr, QueryError> {
    let (name, op) = if bare { ("json_extract_string", "->>") } else { ("json_extract", "->") };
    if !matches!(text.dtype, DataType::String | DataType::Null) {
        return Err(QueryError::Sql(format!(
            "{op} wants a JSON text on its left, such as attributes{op}'key'; put parentheses around what is compared"
        )));
    }
    let place = sqlparser::ast::Expr::Identifier(sqlparser::ast::Ident::new(op));
    known(&Call { name, args: vec![text, path], place: &place, rounding: RoundMode::default() })
}

/// A path as text: a number is an element.
fn path(term: Option<&Term>, call: &Call) -> Result<Expr, QueryError> {
    match term {
        Some(Term { text: Some(text), .. }) if steps(text).is_none() => {
            Err(QueryError::Sql(format!("path {text:?} is none; want the like of $.a.b, $.\"a.b\"[0], /a/b, or a key")))
        }
        Some(Term { expr, dtype, .. }) if dtype.is_integer() => Ok(concat_str([lit("$["), expr.clone().cast(DataType::String), lit("]")], "", false)),
        _ => call.text(1),
    }
}

/// The steps of a path; `None` where it is none.
fn steps(path: &str) -> Option<Vec<Step>> {
    if path.starts_with('$') {
        return json_path::parse(path);
    }
    let Some(pointer) = path.strip_prefix('/') else { return Some(vec![Step::Key(path.to_owned())]) };
    let step = |part: &str| match part.parse::<i64>() {
        Ok(n) => Step::Either(part.to_owned(), n),
        Err(_) => Step::Key(part.replace("~1", "/").replace("~0", "~")),
    };
    Some(pointer.split('/').map(step).collect())
}

/// Texts and the places in them.
struct Paths {
    texts: Texts,
    paths: Texts,
    /// Where the path is the same for all rows.
    one: Option<Vec<Step>>,
}

impl Paths {
    fn of(columns: &[Column]) -> PolarsResult<Paths> {
        let (texts, paths) = (Texts::of(columns, 0)?, Texts::of(columns, 1)?);
        let same = columns.get(1).is_some_and(|c| c.len() == 1);
        let one = if same { paths.at(0).and_then(steps) } else { None };
        Ok(Paths { texts, paths, one })
    }

    /// What the function makes of the value at the path; `None` where there is no JSON or no path.
    fn with<T>(&self, row: usize, function: impl Fn(Option<&Value>) -> T) -> Option<T> {
        let value: Value = serde_json::from_str(self.texts.at(row)?).ok()?;
        match &self.one {
            Some(steps) => Some(function(json_path::find(&value, steps))),
            None => Some(function(json_path::find(&value, &steps(self.paths.at(row)?)?))),
        }
    }
}

fn bare(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Bool(_) => "BOOLEAN",
        Value::String(_) => "VARCHAR",
        Value::Array(_) => "ARRAY",
        Value::Object(_) => "OBJECT",
        Value::Number(n) if n.is_u64() => "UBIGINT",
        Value::Number(n) if n.is_i64() => "BIGINT",
        Value::Number(_) => "DOUBLE",
    }
}

fn contains(hay: &Value, needle: &Value) -> bool {
    let inside = match (hay, needle) {
        (Value::Object(h), Value::Object(n)) => n.iter().all(|(key, value)| h.get(key).is_some_and(|v| contains(v, value))),
        (Value::Array(h), Value::Array(n)) => n.iter().all(|value| h.iter().any(|v| contains(v, value))),
        _ => hay == needle,
    };
    let deeper = || match hay {
        Value::Array(all) => all.iter().any(|v| contains(v, needle)),
        Value::Object(all) => all.values().any(|v| contains(v, needle)),
        _ => false,
    };
    inside || deeper()
}
