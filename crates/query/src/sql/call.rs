//! A call of a function: which kind it is. Border: aggregates, windows and functions of a row have files of their own.

use polars::prelude::*;
use sqlparser::ast::{Expr as Sql, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments};

use super::block::Block;
use super::scalar::udf::each;
use super::scalar::{self, Call, time};
use super::{Planner, aggregate, interval, refuse, window};
use crate::error::QueryError;

impl Planner<'_> {
    pub(super) fn call(&mut self, function: &Function, sql: &Sql, block: &mut Block) -> Result<Expr, QueryError> {
        let name = name(function);
        if function.over.is_some() {
            return self.window(function, sql, block);
        }
        if aggregate::is(&name) && !is_list_call(function, &name) {
            return self.aggregate(function, sql, block);
        }
        if window::is(&name) {
            return Err(refuse::part(sql, &format!("{name} needs a window"), &format!("write {name}(…) OVER (ORDER BY …)")));
        }
        if function.filter.is_some() || !function.within_group.is_empty() {
            return Err(refuse::part(
                sql,
                &format!("{name} is no aggregate"),
                "FILTER and WITHIN GROUP belong to aggregates such as count and percentile_cont",
            ));
        }
        let args = arguments(function, sql)?;
        match (name.as_str(), args.as_slice()) {
            ("grouping" | "grouping_id", _) => self.missing_keys(&args, sql, block),
            ("time_bucket", [width, rest @ ..]) if !rest.is_empty() && rest.len() < 3 => {
                let Some(width) = interval::of(width) else {
                    return Err(refuse::part(*width, "time_bucket wants an interval as written as argument 1", "write it as INTERVAL '5 minutes'"));
                };
                let offset = rest.get(1).and_then(|o| interval::of(o));
                let kept = if offset.is_some() { &rest[..1] } else { rest };
                let terms = kept.iter().map(|a| self.term(a, block)).collect::<Result<Vec<_>, _>>()?;
                time::bucket(&Call { name: &name, args: terms, place: sql, rounding: self.tables.rounding() }, width, offset)
            }
            ("date_add", [left, right]) => self.binary(left, &sqlparser::ast::BinaryOperator::Plus, right, block),
            ("unnest", _) => Err(refuse::part(sql, "UNNEST stands alone as an item of SELECT, or in FROM", "write FROM t, UNNEST(list) AS u(x)")),
            (name, args) => self.function(name, args, sql, block),
        }
    }

    /// `GROUPING(a, b)`: a bit each for the keys that a row is not grouped by, the first the highest.
    fn missing_keys(&mut self, args: &[&Sql], sql: &Sql, block: &Block) -> Result<Expr, QueryError> {
        let Some(groups) = &block.groups else {
            return Err(refuse::part(sql, "GROUPING needs groups", "use it with GROUP BY ROLLUP, CUBE or GROUPING SETS"));
        };
        let mut bits = Vec::new();
        for arg in args {
            let print = super::fingerprint::of(arg, block);
            let Some(at) = groups.keys.iter().position(|(key, _)| *key == print) else {
                return Err(refuse::part(*arg, "GROUPING wants what is grouped by", "name a column of GROUP BY"));
            };
            bits.push(at);
        }
        let Some(missing) = &groups.missing else { return Ok(lit(0_i64)) };
        Ok(each([col(missing.clone())], DataType::Int64, move |c| {
            let missing = scalar::udf::Ints::of(c, 0)?;
            Ok(scalar::udf::ints(c, |row| missing.at(row).map(|m| bits.iter().fold(0, |sum, bit| sum * 2 + (m >> bit & 1)))))
        }))
    }
}

/// The function's name in lowercase.
pub(super) fn name(function: &Function) -> String {
    function.name.to_string().replace('"', "").to_lowercase()
}

/// The list between the parentheses; `None` where there are none.
pub(super) fn list(function: &Function) -> Option<&FunctionArgumentList> {
    match &function.args {
        FunctionArguments::List(list) => Some(list),
        FunctionArguments::None | FunctionArguments::Subquery(_) => None,
    }
}

/// The arguments, none of them `*`.
pub(super) fn arguments<'a>(function: &'a Function, sql: &Sql) -> Result<Vec<&'a Sql>, QueryError> {
    if let FunctionArguments::Subquery(_) = &function.args {
        return Err(refuse::part(sql, "a subquery as an argument needs parentheses of its own", "write f((SELECT …))"));
    }
    let args = list(function).map_or(&[][..], |l| l.args.as_slice());
    args.iter()
        .map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr),
            _ => Err(refuse::part(sql, "arguments are values, without names", "name them in their order")),
        })
        .collect()
}

/// `list(…)` aggregates; `list_…` functions do not.
fn is_list_call(function: &Function, name: &str) -> bool {
    name == "list" && list(function).is_none()
}
