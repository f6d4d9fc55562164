//! ORDER BY and LIMIT. Border: rows in, the same rows in an order, or the first of them.

use polars::prelude::*;
use sqlparser::ast::{Expr as Sql, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, Value};

use super::block::{Block, Name};
use super::{Planner, fingerprint, refuse};
use crate::error::QueryError;

/// How many rows are wanted, and how many before them are not.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits {
    pub(super) count: Option<usize>,
    pub(super) skip: usize,
}

impl Limits {
    pub(super) fn any(self) -> bool {
        self.count.is_some() || self.skip > 0
    }

    pub(super) fn apply(self, frame: LazyFrame) -> LazyFrame {
        match self {
            Limits { count: None, skip: 0 } => frame,
            Limits { count, skip } => frame.slice(skip as i64, count.map_or(IdxSize::MAX, |n| IdxSize::try_from(n).unwrap_or(IdxSize::MAX))),
        }
    }
}

/// What rows are sorted by: expressions over the plan's columns, each with its direction.
#[derive(Debug, Clone, Default)]
pub(super) struct Keys {
    pub(super) by: Vec<Expr>,
    pub(super) descending: Vec<bool>,
    pub(super) nulls_last: Vec<bool>,
}

impl Keys {
    /// DuckDB's order: ascending, and nulls last in either direction, unless the statement says otherwise.
    pub(super) fn push(&mut self, by: Expr, options: &OrderByOptions) {
        self.by.push(by);
        self.descending.push(options.asc == Some(false));
        self.nulls_last.push(options.nulls_first != Some(true));
    }

    /// Puts all of the columns behind, so that equal rows alone are ties. A table's sort columns go before the others.
    pub(super) fn break_ties(&mut self, columns: &[&Name], schema: &Schema, sort: Option<&[String]>) {
        let comparable = |n: &&&Name| schema.get(&n.id).is_some_and(|t| !t.is_nested());
        let mut columns: Vec<&Name> = columns.iter().filter(comparable).copied().collect();
        if let Some(sort) = sort {
            columns.sort_by_key(|n| sort.iter().position(|s| *s == n.column).unwrap_or(usize::MAX));
        }
        for name in columns {
            let expr = col(name.id.clone());
            if !self.by.contains(&expr) {
                self.push(expr, &OrderByOptions::default());
            }
        }
    }

    pub(super) fn apply(self, frame: LazyFrame) -> LazyFrame {
        if self.by.is_empty() {
            return frame;
        }
        let options = SortMultipleOptions::default().with_order_descending_multi(self.descending).with_nulls_last_multi(self.nulls_last);
        frame.sort_by_exprs(self.by, options.with_maintain_order(true))
    }
}

/// A result column, as ORDER BY may call it.
pub(super) struct Output {
    pub(super) name: Name,
    /// Of the expression that it is.
    pub(super) fingerprint: String,
}

impl Planner<'_> {
    /// The keys of an ORDER BY in a block whose result columns are these.
    pub(super) fn order_keys(&mut self, order: Option<&OrderBy>, block: &mut Block, outputs: &[Output]) -> Result<Keys, QueryError> {
        let mut keys = Keys::default();
        match order.map(|o| &o.kind) {
            None => {}
            Some(OrderByKind::All(options)) => outputs.iter().for_each(|o| keys.push(col(o.name.id.clone()), options)),
            Some(OrderByKind::Expressions(list)) => {
                for item in list {
                    let by = self.order_key(item, block, outputs)?;
                    keys.push(by, &item.options);
                }
            }
        }
        Ok(keys)
    }

    fn order_key(&mut self, item: &OrderByExpr, block: &mut Block, outputs: &[Output]) -> Result<Expr, QueryError> {
        if item.with_fill.is_some() {
            return Err(refuse::part(&item.expr, "WITH FILL is not known here", "join a table made by generate_series"));
        }
        if let Some(n) = ordinal(&item.expr) {
            let output = n.checked_sub(1).and_then(|n| outputs.get(n));
            let known = || refuse::part(&item.expr, &format!("there is no result column {n}"), &format!("there are {}", outputs.len()));
            return output.map(|o| col(o.name.id.clone())).ok_or_else(known);
        }
        if let Sql::Identifier(name) = &item.expr
            && let Some(output) = outputs.iter().find(|o| o.name.column.eq_ignore_ascii_case(&name.value))
        {
            return Ok(col(output.name.id.clone()));
        }
        let print = fingerprint::of(&item.expr, block);
        if let Some(output) = outputs.iter().find(|o| o.fingerprint == print) {
            return Ok(col(output.name.id.clone()));
        }
        self.expr(&item.expr, block)
    }

    /// Orders and limits rows of which nothing but the result columns is left.
    pub(super) fn order_whole(&mut self, mut block: Block, order: Option<&OrderBy>, limits: Limits, ordered: bool) -> Result<Block, QueryError> {
        let output = |n: &Name| Output { name: n.clone(), fingerprint: n.id.to_string() };
        let outputs: Vec<Output> = block.visible().map(output).collect();
        let mut keys = self.order_keys(order, &mut block, &outputs)?;
        if ordered {
            keys.break_ties(&block.visible().collect::<Vec<_>>(), &block.schema, block.sort.as_deref());
        }
        block.frame = limits.apply(keys.apply(block.frame));
        Ok(block)
    }
}

/// A number that stands for a result column.
pub(super) fn ordinal(expr: &Sql) -> Option<usize> {
    match expr {
        Sql::Value(value) => match &value.value {
            Value::Number(text, _) => text.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}
