//! The SQL dialect, and the functions that polars lacks.
//!
//! Reports keep to what polars, DuckDB and Spark share: plain SELECT with CTEs, joins by name, GROUP BY, `COUNT(*) FILTER (WHERE …)`,
//! CASE, COALESCE, NULLIF, GREATEST, LEAST, `CAST(x AS BIGINT | DOUBLE | DATE)`, and of windows ROW_NUMBER, DENSE_RANK, LAG and SUM with
//! PARTITION BY and an ORDER BY in one direction. What differs, all of it:
//!
//! | here | DuckDB | Spark |
//! |---|---|---|
//! | `QUANTILE_CONT(x, 0.5)` (exact, linear: type 7) | the same | `PERCENTILE(x, 0.5)` |
//! | `GET_JSON_OBJECT(text, '$.a[0]')` | `json_extract_string(text, '$.a[0]')` | the same |
//! | `UNNEST(STRING_TO_ARRAY(text, ', '))` | the same | `EXPLODE(SPLIT(text, ', '))` |
//! | `DATE_TRUNC('hour', time)` | the same | the same |
//! | `TO_TIMESTAMP('2026-11-22T10:00:00Z')` | `TIMESTAMPTZ '2026-11-22T10:00:00Z'` | the same |
//! | `STRING_AGG(DISTINCT x, ', ' ORDER BY x)` | the same | `ARRAY_JOIN(ARRAY_SORT(COLLECT_SET(x)), ', ')` |
//! | nulls last in ORDER BY | the same | first; write NULLS LAST |
//! | nulls first in a window's ORDER BY, whatever it says | last; write NULLS FIRST | the same |
//! | `x / y` of integers is a double | the same | the same |
//! | `ROUND(x / 1000000.0, 6)` | the same | the same |
//!
//! The last is no difference but a habit: polars divides by a constant through its inverse on long batches and truly on short ones, so
//! that the last bit of a bare quotient depends on how the rows are cut. Rounding to the unit that x counts gives the nearest double always.
//!
//! Not in polars SQL 0.55: scalar subqueries (CROSS JOIN a CTE of one row instead), EXISTS, recursive CTEs, window frames other than
//! UNBOUNDED PRECEDING, PERCENTILE_CONT … WITHIN GROUP, ROLLUP, `1e6` literals, two result columns of one name, two unnamed NULLs. And the
//! functions added here are known to the outermost SELECT only, not within a CTE or a subquery.

mod date_trunc;
mod json_path;

use polars::prelude::*;
use polars::sql::{FunctionOptions, FunctionRegistry};

/// A time column's type.
const TIME: DataType = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));

/// The functions added to polars SQL.
pub(crate) struct Functions {
    all: Vec<UserDefinedFunction>,
}

impl Functions {
    pub(crate) fn new() -> Functions {
        let all = vec![
            elementwise("get_json_object", DataType::String, get_json_object),
            elementwise("date_trunc", TIME, trunc),
            elementwise("to_timestamp", TIME, to_timestamp),
        ];
        Functions { all }
    }
}

impl FunctionRegistry for Functions {
    fn register(&mut self, _: &str, function: UserDefinedFunction) -> PolarsResult<()> {
        self.all.push(function);
        Ok(())
    }

    fn get_udf(&self, name: &str) -> PolarsResult<Option<UserDefinedFunction>> {
        Ok(self.all.iter().find(|f| f.name == name).cloned())
    }

    fn contains(&self, name: &str) -> bool {
        self.all.iter().any(|f| f.name == name)
    }
}

/// A function of each row by itself, named in lowercase as polars looks it up.
fn elementwise(name: &'static str, to: DataType, function: fn(&[Column]) -> PolarsResult<Column>) -> UserDefinedFunction {
    let call = move |columns: &mut [Column]| function(columns);
    let field = move |_: &Schema, fields: &[Field]| {
        let first = fields.first().map_or_else(|| name.into(), |f| f.name().clone());
        Ok(Field::new(first, to.clone()))
    };
    let mut udf = UserDefinedFunction::new(name.into(), BaseColumnUdf::new(call, field));
    udf.options = FunctionOptions::elementwise();
    udf
}

/// The value of an argument that must be the same for all rows.
fn constant<'a>(columns: &'a [Column], at: usize, function: &str) -> PolarsResult<&'a str> {
    let texts = columns.get(at).map(|c| c.str()).transpose()?;
    texts.and_then(|t| t.get(0)).ok_or_else(|| polars_err!(SQLInterface: "{function}: argument {} must be a text", at + 1))
}

/// `GET_JSON_OBJECT(text, path)`: the value at the path; a string bare, anything else as JSON; null where there is none or
/// the text is no JSON.
fn get_json_object(columns: &[Column]) -> PolarsResult<Column> {
    let (Some(first), 2) = (columns.first(), columns.len()) else { polars_bail!(SQLInterface: "get_json_object wants a text and a path") };
    if first.is_empty() {
        return Ok(Column::new_empty(first.name().clone(), &DataType::String));
    }
    let path = constant(columns, 1, "get_json_object")?;
    let steps = json_path::parse(path).ok_or_else(|| polars_err!(SQLInterface: "get_json_object: path {path:?}; want the like of $.a['b.c'][0]"))?;
    let found: StringChunked = first.str()?.iter().map(|text| json_path::get(text?, &steps)).collect();
    Ok(found.with_name(first.name().clone()).into_column())
}

/// `DATE_TRUNC(unit, time)`: the start of the unit that the time lies in, in UTC.
fn trunc(columns: &[Column]) -> PolarsResult<Column> {
    let [_, times] = columns else { polars_bail!(SQLInterface: "date_trunc wants a unit and a time") };
    if times.is_empty() {
        return Ok(Column::new_empty(times.name().clone(), &TIME));
    }
    let unit = constant(columns, 0, "date_trunc")?;
    let unit: date_trunc::Unit = unit.parse().map_err(|e| polars_err!(SQLInterface: "date_trunc: {e}"))?;
    let ns = times.cast(&TIME)?.cast(&DataType::Int64)?;
    let starts: Int64Chunked = ns.i64()?.iter().map(|ns| unit.start(ns?)).collect();
    starts.with_name(times.name().clone()).into_column().cast(&TIME)
}

/// `TO_TIMESTAMP(text)`: an RFC 3339 time; null where it is none.
fn to_timestamp(columns: &[Column]) -> PolarsResult<Column> {
    let [texts] = columns else { polars_bail!(SQLInterface: "to_timestamp wants one text") };
    let ns = |text: &str| i64::try_from(text.parse::<jiff::Timestamp>().ok()?.as_nanosecond()).ok();
    let times: Int64Chunked = texts.str()?.iter().map(|text| ns(text?)).collect();
    times.with_name(texts.name().clone()).into_column().cast(&TIME)
}
