//! FROM: its tables, one joined to the next. Border: which rows there are to start from; WHERE's equalities between two of its tables
//! become the keys of their join, the other conditions are given back.

use polars::prelude::*;
use sqlparser::ast::{
    BinaryOperator, Expr as Sql, FunctionArg, FunctionArgExpr, JoinConstraint, JoinOperator, TableAlias, TableFactor, TableWithJoins,
};

use super::block::{Block, Name, parts};
use super::join::{How, On};
use super::{Planner, refuse, types, unknown_table};
use crate::error::QueryError;

impl Planner<'_> {
    /// The rows of FROM, and those conditions of WHERE that are still to be met. `around` are rows of the query around a subquery, whose
    /// columns it can use; each row of FROM is then met with each of these.
    pub(super) fn from(
        &mut self,
        tables: &[TableWithJoins],
        selection: Option<&Sql>,
        around: Option<Block>,
    ) -> Result<(Block, Vec<Sql>), QueryError> {
        let mut conditions = Vec::new();
        if let Some(selection) = selection {
            conjuncts(selection, &mut conditions);
        }
        let mut block: Option<Block> = None;
        for table in tables {
            block = Some(match block {
                None => self.table_with_joins(table)?,
                Some(mut left) => {
                    if let Some((list, alias)) = unnested(&table.relation) {
                        self.lateral(&list, alias.as_ref(), &mut left)?;
                        self.joins(left, table)?
                    } else {
                        let right = self.table_with_joins(table)?;
                        self.meet(left, right, &mut conditions)?
                    }
                }
            });
        }
        let mut block = match block {
            Some(block) => block,
            None => self.nothing(),
        };
        if let Some(around) = around {
            let names = std::mem::take(&mut block.names);
            let mut rows = Block { names: names.clone(), ..block };
            rows.sort = None;
            // what both have is meant to be the subquery's own
            let theirs = around.names.clone();
            let met = self.meet(rows, around, &mut conditions)?;
            let of = |n: &Name| met.names.iter().find(|m| m.table == n.table && m.column == n.column && !names.contains(m)).cloned();
            let outer = theirs.iter().filter_map(of).collect();
            block = Block { names, outer, ..met };
        }
        Ok((block, conditions))
    }

    /// Joins two tables on those of the conditions that equate a column of one with one of the other.
    fn meet(&mut self, left: Block, right: Block, conditions: &mut Vec<Sql>) -> Result<Block, QueryError> {
        let (on, rest): (Vec<Sql>, Vec<Sql>) = std::mem::take(conditions).into_iter().partition(|c| match c {
            Sql::BinaryOp { left: a, op: BinaryOperator::Eq, right: b } => {
                let (a_left, a_right) = (only_of(a, &left, &right), only_of(a, &right, &left));
                let (b_left, b_right) = (only_of(b, &left, &right), only_of(b, &right, &left));
                a_left && b_right || a_right && b_left
            }
            _ => false,
        });
        *conditions = rest;
        self.join(left, right, How::Inner, On::Conditions(on))
    }

    fn table_with_joins(&mut self, table: &TableWithJoins) -> Result<Block, QueryError> {
        let first = self.table(&table.relation)?;
        self.joins(first, table)
    }

    fn joins(&mut self, mut left: Block, table: &TableWithJoins) -> Result<Block, QueryError> {
        use JoinOperator as Op;
        for join in &table.joins {
            let (how, constraint) = match &join.join_operator {
                Op::Join(c) | Op::Inner(c) | Op::CrossJoin(c) => (How::Inner, c),
                Op::Left(c) | Op::LeftOuter(c) => (How::Left, c),
                Op::Right(c) | Op::RightOuter(c) => (How::Right, c),
                Op::FullOuter(c) => (How::Full, c),
                Op::Semi(c) | Op::LeftSemi(c) => (How::Semi, c),
                Op::Anti(c) | Op::LeftAnti(c) => (How::Anti, c),
                Op::AsOf { .. } => {
                    let instead = "join on the equal columns with b.time <= a.time, and keep ROW_NUMBER() OVER (PARTITION BY a.record_id ORDER BY b.time DESC) = 1";
                    return Err(refuse::part(&join.relation, "ASOF JOIN is not known here", instead));
                }
                _ => {
                    return Err(refuse::part(
                        &join.relation,
                        "this kind of join is not known here",
                        "use JOIN, LEFT, RIGHT, FULL, CROSS, SEMI or ANTI JOIN",
                    ));
                }
            };
            if let (Some((list, alias)), How::Inner) = (unnested(&join.relation), how) {
                self.lateral(&list, alias.as_ref(), &mut left)?;
                continue;
            }
            let right = self.table(&join.relation)?;
            let on = match constraint {
                JoinConstraint::None => On::Conditions(Vec::new()),
                JoinConstraint::Natural => {
                    let shared = |n: &&Name| right.visible().any(|r| r.column.eq_ignore_ascii_case(&n.column));
                    On::Using(left.visible().filter(shared).map(|n| n.column.clone()).collect())
                }
                JoinConstraint::Using(names) => On::Using(names.iter().filter_map(|n| parts(n).pop()).collect()),
                JoinConstraint::On(condition) => {
                    let mut on = Vec::new();
                    conjuncts(condition, &mut on);
                    On::Conditions(on)
                }
            };
            left = self.join(left, right, how, on)?;
        }
        Ok(left)
    }

    fn table(&mut self, table: &TableFactor) -> Result<Block, QueryError> {
        let columns_of = |alias: &Option<TableAlias>| alias.iter().flat_map(|a| a.columns.iter().map(|c| c.name.value.clone())).collect::<Vec<_>>();
        match table {
            TableFactor::Table { name, alias, args, sample, version, .. } => {
                if let Some(sample) = sample {
                    let _ = sample;
                    return Err(refuse::part(
                        table,
                        "a sample differs from run to run",
                        "filter by a hash-like column instead, such as record_id LIKE 'a%'",
                    ));
                }
                if version.is_some() {
                    return Err(refuse::part(table, "a table has no earlier versions here", "leave out the version"));
                }
                let path = parts(name);
                let called = alias.as_ref().map_or_else(|| path.clone(), |a| vec![a.name.value.clone()]);
                let block = match args {
                    Some(args) => self.table_function(name, &args.args, alias.as_ref())?,
                    None => self.named(&path).map_err(|e| refuse::placed(e, name))?,
                };
                block.called(called, &columns_of(alias)).map_err(|e| refuse::placed(e, name))
            }
            TableFactor::Derived { subquery, alias, lateral, sample } => {
                if *lateral || sample.is_some() {
                    return Err(refuse::part(
                        table,
                        "LATERAL and samples are not known here",
                        "write a subquery in SELECT, or join on the columns it uses",
                    ));
                }
                let called = alias.iter().map(|a| a.name.value.clone()).collect();
                self.query(subquery, false)?.called(called, &columns_of(alias))
            }
            TableFactor::NestedJoin { table_with_joins, alias: None } => self.table_with_joins(table_with_joins),
            TableFactor::UNNEST { array_exprs, alias, with_offset: false, with_ordinality: false, .. } if array_exprs.len() == 1 => {
                let mut block = self.nothing();
                if let Some(list) = array_exprs.first() {
                    self.lateral(list, alias.as_ref(), &mut block)?;
                }
                Ok(block)
            }
            other => Err(refuse::part(
                other,
                "this form of table is not known here",
                "name a table, or write a subquery with a name: FROM (SELECT …) AS t",
            )),
        }
    }

    /// A table of the lake, or a common table expression.
    fn named(&mut self, path: &[String]) -> Result<Block, QueryError> {
        if let [name] = path
            && let Some(block) = self.common.iter().rev().find_map(|scope| scope.get(&name.to_lowercase()))
        {
            return Ok(block.clone());
        }
        let rows = self.tables.rows(path)?.ok_or_else(|| unknown_table(path, self.tables))?;
        let mut block = of_frame(rows.frame)?;
        block.sort = Some(rows.sort);
        Ok(block)
    }

    /// A list's elements, each with the row that has the list.
    fn lateral(&mut self, list: &Sql, alias: Option<&TableAlias>, block: &mut Block) -> Result<(), QueryError> {
        let title = alias.map_or("unnest", |a| a.columns.first().map_or(a.name.value.as_str(), |c| c.name.value.as_str())).to_owned();
        let name = self.unnest_list(list, block, &title)?;
        block.names.push(Name { table: alias.map(|a| a.name.value.clone()).into_iter().collect(), ..name });
        Ok(())
    }
}

/// A frame's columns under their own names.
pub(super) fn of_frame(mut frame: LazyFrame) -> Result<Block, QueryError> {
    let own = frame.collect_schema().map_err(refuse::engine)?;
    let casts: Vec<Expr> = own.iter().filter_map(|(n, t)| types::plain(t).map(|to| col(n.clone()).cast(to))).collect();
    let schema: Schema = own.iter().map(|(n, t)| Field::new(n.clone(), types::plain(t).unwrap_or_else(|| t.clone()))).collect();
    let name = |id: &PlSmallStr| Name { table: Vec::new(), column: id.to_string(), id: id.clone(), hidden: false };
    let names = own.iter_names().map(name).collect();
    Ok(Block::new(if casts.is_empty() { frame } else { frame.with_columns(casts) }, names, schema))
}

/// The list of `UNNEST(list)`, as a table.
fn unnested(table: &TableFactor) -> Option<(Sql, Option<TableAlias>)> {
    match table {
        TableFactor::UNNEST { array_exprs, alias, with_offset: false, with_ordinality: false, .. } => match array_exprs.as_slice() {
            [list] => Some((list.clone(), alias.clone())),
            _ => None,
        },
        TableFactor::Table { name, alias, args: Some(args), .. } if name.to_string().eq_ignore_ascii_case("unnest") => match args.args.as_slice() {
            [FunctionArg::Unnamed(FunctionArgExpr::Expr(list))] => Some((list.clone(), alias.clone())),
            _ => None,
        },
        _ => None,
    }
}

/// The conditions that a condition consists of, all of which must be true.
pub(super) fn conjuncts(condition: &Sql, into: &mut Vec<Sql>) {
    match condition {
        Sql::BinaryOp { left, op: BinaryOperator::And, right } => {
            conjuncts(left, into);
            conjuncts(right, into);
        }
        Sql::Nested(inner) => conjuncts(inner, into),
        other => into.push(other.clone()),
    }
}

/// Whether an expression uses columns of a block, and none but these: what the block does not have may still be found elsewhere.
pub(super) fn only_of(expr: &Sql, block: &Block, other: &Block) -> bool {
    let mut some = false;
    let all = sqlparser::ast::visit_expressions(expr, |part| {
        let name = match part {
            Sql::Identifier(name) => std::slice::from_ref(name),
            Sql::CompoundIdentifier(names) => names.as_slice(),
            Sql::Subquery(_) | Sql::Exists { .. } | Sql::InSubquery { .. } => return std::ops::ControlFlow::Break(()),
            _ => return std::ops::ControlFlow::Continue(()),
        };
        some = true;
        let here = matches!(block.find(name), Ok(Some(_)));
        // an outer row is only meant where the rows of the subquery have no such column
        let there = block.outer_rows && !matches!(other.find(name), Ok(None));
        if here && !there { std::ops::ControlFlow::Continue(()) } else { std::ops::ControlFlow::Break(()) }
    });
    some && all.is_continue()
}
