//! Functions that give a table: files beside the lake, and rows counted. Border: files are read as they are, by their paths from the
//! working folder.

use polars::prelude::*;
use sqlparser::ast::{FunctionArg, FunctionArgExpr, ObjectName, TableAlias};

use super::block::{Block, Name, parts};
use super::from::of_frame;
use super::{Planner, literal, refuse};
use crate::error::QueryError;

/// They are made all at once, eight bytes each.
const MOST_NUMBERS: u64 = 10_000_000;

pub(super) const NAMES: [&str; 6] = ["generate_series", "range", "read_csv", "read_ndjson", "read_parquet", "unnest"];

impl Planner<'_> {
    pub(super) fn table_function(&mut self, name: &ObjectName, args: &[FunctionArg], alias: Option<&TableAlias>) -> Result<Block, QueryError> {
        let function = parts(name).pop().unwrap_or_default().to_lowercase();
        let exprs: Option<Vec<_>> = args
            .iter()
            .map(|a| match a {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                _ => None,
            })
            .collect();
        let wants = |what: &str| refuse::part(name, &format!("{function} wants {what}"), "write it so, without options");
        let exprs = exprs.ok_or_else(|| wants("values"))?;
        let path = || {
            exprs
                .first()
                .and_then(|e| literal::text_of(e))
                .filter(|_| exprs.len() == 1)
                .ok_or_else(|| wants("one path as written, such as 'prices.csv'"))
        };
        match function.as_str() {
            "read_parquet" => of_frame(LazyFrame::scan_parquet(PlRefPath::new(path()?), ScanArgsParquet::default())?),
            "read_csv" | "read_csv_auto" => {
                let reader = LazyCsvReader::new(PlRefPath::new(path()?)).with_has_header(true).with_try_parse_dates(true);
                of_frame(reader.finish()?)
            }
            "read_ndjson" | "read_json" | "read_ndjson_auto" => of_frame(LazyJsonLineReader::new(PlRefPath::new(path()?)).finish()?),
            "range" | "generate_series" => {
                let numbers: Option<Vec<i64>> = exprs.iter().map(|e| literal::whole_of(e)).collect();
                let numbers = numbers.ok_or_else(|| wants("whole numbers as written"))?;
                let (start, end, step) = match numbers.as_slice() {
                    [end] => (0, *end, 1),
                    [start, end] => (*start, *end, 1),
                    [start, end, step] if *step != 0 => (*start, *end, *step),
                    _ => return Err(wants("a start, an end and a step")),
                };
                if end.abs_diff(start) / step.unsigned_abs() > MOST_NUMBERS {
                    return Err(wants(&format!("at most {MOST_NUMBERS} numbers")));
                }
                let inside = |n: &i64| match (function.as_str(), step > 0) {
                    ("range", true) => *n < end,
                    ("range", false) => *n > end,
                    (_, true) => *n <= end,
                    (_, false) => *n >= end,
                };
                let values: Vec<i64> = std::iter::successors(Some(start), |n| n.checked_add(step)).take_while(inside).collect();
                let id = self.fresh(&function);
                let column = Column::new(id.clone(), values);
                let frame = DataFrame::new(column.len(), vec![column])?.lazy();
                let title = alias.map_or(function.as_str(), |a| a.name.value.as_str()).to_owned();
                let schema = Schema::from_iter([Field::new(id.clone(), DataType::Int64)]);
                Ok(Block::new(frame, vec![Name { table: Vec::new(), column: title, id, hidden: false }], schema))
            }
            _ => Err(refuse::part(name, &format!("no table function {function:?} is known here"), &format!("there are {}", NAMES.join(", ")))),
        }
    }
}
