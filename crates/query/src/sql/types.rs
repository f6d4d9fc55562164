//! SQL's types and polars'. Border: which type a word means and how a value of one becomes one of another; the types of a lake's columns are
//! the model's business.

use polars::prelude::*;
use sqlparser::ast::DataType as SqlType;

use super::scalar::text;
use super::scalar::udf::each;
use super::{literal, refuse};
use crate::error::QueryError;

/// An instant: nanoseconds, UTC.
pub(super) const INSTANT: DataType = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));
/// What a clock on the wall shows, without a zone.
pub(super) const LOCAL: DataType = DataType::Datetime(TimeUnit::Nanoseconds, None);
/// A length of time.
pub(super) const SPAN: DataType = DataType::Duration(TimeUnit::Nanoseconds);

/// What a CAST leads to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Target {
    /// This type.
    Type(DataType),
    /// A double with this many decimals: a DECIMAL.
    Decimals(u32),
}

/// The type that a word of the statement means; `None` where there is none here.
pub(super) fn target(word: &SqlType) -> Option<Target> {
    let text = word.to_string().to_uppercase();
    if let Some(element) = text.strip_suffix("[]") {
        let Target::Type(element) = by_word(element)? else { return None };
        return Some(Target::Type(DataType::List(Box::new(element))));
    }
    by_word(&text)
}

fn by_word(text: &str) -> Option<Target> {
    let (base, arguments) = text.split_once('(').map_or((text, ""), |(b, a)| (b.trim(), a));
    let base = if text.contains("WITH TIME ZONE") { "TIMESTAMPTZ" } else { base };
    Some(Target::Type(match base {
        "BIGINT" | "INT" | "INTEGER" | "SMALLINT" | "TINYINT" | "HUGEINT" | "INT2" | "INT4" | "INT8" | "INT16" | "INT32" | "INT64" | "LONG"
        | "SHORT" | "UBIGINT" | "UINTEGER" | "USMALLINT" | "UTINYINT" | "UHUGEINT" => DataType::Int64,
        "DOUBLE" | "DOUBLE PRECISION" | "FLOAT" | "FLOAT4" | "FLOAT8" | "REAL" => DataType::Float64,
        "DECIMAL" | "NUMERIC" | "DEC" => {
            let scale = arguments
                .trim_end_matches(')')
                .split(',')
                .nth(1)
                .map_or(Some(if arguments.is_empty() { 3 } else { 0 }), |s| s.trim().parse().ok())?;
            return Some(Target::Decimals(scale));
        }
        "VARCHAR" | "TEXT" | "STRING" | "CHAR" | "CHARACTER VARYING" | "JSON" | "UUID" => DataType::String,
        "BOOLEAN" | "BOOL" => DataType::Boolean,
        "DATE" => DataType::Date,
        "TIMESTAMPTZ" => INSTANT,
        "TIMESTAMP" | "DATETIME" | "TIMESTAMP_NS" | "TIMESTAMP_MS" | "TIMESTAMP_S" | "TIMESTAMP WITHOUT TIME ZONE" => LOCAL,
        _ => return None,
    }))
}

/// The type's word in SQL.
pub(super) fn name(dtype: &DataType) -> String {
    match dtype {
        DataType::String => "VARCHAR".to_owned(),
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Date => "DATE".to_owned(),
        DataType::Datetime(_, None) => "TIMESTAMP".to_owned(),
        DataType::Datetime(..) => "TIMESTAMP WITH TIME ZONE".to_owned(),
        DataType::Duration(_) => "INTERVAL".to_owned(),
        DataType::List(element) => name(element) + "[]",
        DataType::Null => "NULL".to_owned(),
        t if t.is_integer() => "BIGINT".to_owned(),
        t if t.is_primitive_numeric() => "DOUBLE".to_owned(),
        other => other.to_string(),
    }
}

/// The type that a column of another file is taken as, where that is not its own.
pub(super) fn plain(dtype: &DataType) -> Option<DataType> {
    let to = match dtype {
        t if t.is_integer() => DataType::Int64,
        t if t.is_primitive_numeric() => DataType::Float64,
        DataType::Datetime(_, None) => LOCAL,
        DataType::Datetime(..) => INSTANT,
        DataType::Duration(_) => SPAN,
        DataType::Boolean | DataType::String | DataType::Date | DataType::Null => return None,
        t if t.is_nested() => return None,
        _ => DataType::String,
    };
    (to != *dtype).then_some(to)
}

/// A value of one type as one of another. `strict` makes a text that is none an error, else it becomes null.
pub(super) fn cast(expr: Expr, from: &DataType, to: &Target, strict: bool) -> Result<Expr, QueryError> {
    let to = match to {
        Target::Decimals(scale) => {
            let double = cast(expr, from, &Target::Type(DataType::Float64), strict)?;
            return Ok(double.round(*scale, RoundMode::HalfAwayFromZero));
        }
        Target::Type(to) => to,
    };
    if from == to {
        return Ok(expr);
    }
    Ok(match (from, to) {
        (DataType::Null, _) => expr.cast(to.clone()),
        (DataType::String, DataType::Int64) => each([expr], DataType::Int64, move |c| parsed(c, strict, "BIGINT", whole)),
        (DataType::String, DataType::Float64) => {
            each([expr], DataType::Float64, move |c| parsed(c, strict, "DOUBLE", |t| t.trim().parse::<f64>().ok()))
        }
        (DataType::String, DataType::Boolean) => each([expr], DataType::Boolean, move |c| text::booleans(c, strict)),
        (DataType::String, DataType::Date) => {
            let days = each([expr], DataType::Int32, move |c| parsed(c, strict, "DATE", |t| literal::date(t)).and_then(|c| c.cast(&DataType::Int32)));
            days.cast(DataType::Date)
        }
        (DataType::String, DataType::Datetime(..)) => {
            let ns = each([expr], DataType::Int64, move |c| parsed(c, strict, "TIMESTAMP", literal::timestamp));
            ns.cast(to.clone())
        }
        (f, DataType::Int64) if f.is_float() => expr.round(0, RoundMode::HalfToEven).strict_cast(DataType::Int64),
        (f, DataType::Int64) if f.is_integer() || *f == DataType::Boolean => expr.cast(DataType::Int64),
        (f, DataType::Float64) if f.is_primitive_numeric() || *f == DataType::Boolean => expr.cast(DataType::Float64),
        (f, DataType::Boolean) if f.is_primitive_numeric() => expr.neq(lit(0)),
        (DataType::Date, DataType::Datetime(..)) | (DataType::Datetime(..), DataType::Date | DataType::Datetime(..)) => expr.cast(to.clone()),
        (DataType::Datetime(_, zone), DataType::String) => {
            let zoned = zone.is_some();
            each([expr.cast(DataType::Int64)], DataType::String, move |c| text::times(c, zoned))
        }
        (DataType::Duration(_) | DataType::List(_), DataType::String) => {
            return Err(QueryError::Sql(format!("{} cannot become a text here; take it apart with EXTRACT or list functions", name(from))));
        }
        (_, DataType::String) => expr.cast(DataType::String),
        (DataType::List(_), DataType::List(_)) => expr.cast(to.clone()),
        _ => return Err(QueryError::Sql(format!("{} cannot become {}; CAST it to VARCHAR first", name(from), name(to)))),
    })
}

/// A whole number, or the nearest one of a number that is none.
fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let nearest = || text.parse::<f64>().ok().map(f64::round).filter(|n| n.abs() < 9.2e18).map(|n| n as i64);
    text.parse().ok().or_else(nearest)
}

/// The texts as values of a type.
fn parsed<T>(columns: &[Column], strict: bool, name: &str, parse: impl Fn(&str) -> Option<T>) -> PolarsResult<Column>
where
    T: NumericNative,
    T::PolarsType: PolarsNumericType<Native = T>,
    ChunkedArray<T::PolarsType>: IntoColumn,
{
    let texts = columns[0].str()?;
    let mut values: Vec<Option<T>> = Vec::with_capacity(texts.len());
    for text in texts.iter() {
        let value = text.and_then(&parse);
        if let (None, Some(text), true) = (&value, text, strict) {
            polars_bail!(SQLInterface: "{text:?} is no {name}; TRY_CAST makes it null");
        }
        values.push(value);
    }
    Ok(ChunkedArray::<T::PolarsType>::from_iter_options(columns[0].name().clone(), values.into_iter()).into_column())
}

/// What a cast means where the statement has one.
pub(super) fn cast_word(word: &SqlType) -> Result<Target, QueryError> {
    target(word).ok_or_else(|| {
        refuse::at(
            sqlparser::tokenizer::Span::empty(),
            &format!("type {word} is not known here"),
            "use BIGINT, DOUBLE, VARCHAR, BOOLEAN, DATE, TIMESTAMP or TIMESTAMPTZ",
        )
    })
}
