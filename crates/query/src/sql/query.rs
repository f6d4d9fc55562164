//! A query: common table expressions, set operations, order and limit around SELECT. Border: the SELECT itself is `select`'s business.

use std::collections::HashMap;

use polars::prelude::*;
use sqlparser::ast::{Cte, Fetch, LimitClause, Query, SetExpr, SetOperator, SetQuantifier, Values};

use super::block::{Block, Name};
use super::order::Limits;
use super::{Planner, refuse};
use crate::error::QueryError;

impl Planner<'_> {
    /// Plans a query. The outermost gets an order in which no two different rows are equal.
    pub(super) fn query(&mut self, query: &Query, outermost: bool) -> Result<Block, QueryError> {
        self.common.push(HashMap::new());
        let block = self.with_common(query, outermost);
        let _ = self.common.pop();
        block
    }

    fn with_common(&mut self, query: &Query, outermost: bool) -> Result<Block, QueryError> {
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                let block = if with.recursive { self.maybe_recursive(cte)? } else { self.common_table(cte)? };
                if let Some(scope) = self.common.last_mut() {
                    let _ = scope.insert(cte.alias.name.value.to_lowercase(), block);
                }
            }
        }
        let unknown = [
            (!query.locks.is_empty(), "FOR UPDATE", "a lake is only asked, leave it out"),
            (query.for_clause.is_some() || query.format_clause.is_some() || query.settings.is_some(), "FOR, FORMAT and SETTINGS", "leave them out"),
            (!query.pipe_operators.is_empty(), "a pipe operator", "write the step as a subquery in FROM"),
        ];
        if let Some((_, what, instead)) = unknown.into_iter().find(|(there, ..)| *there) {
            return Err(refuse::part(query, &format!("{what} is not known here"), instead));
        }
        let limits = limits(query)?;
        let ordered = outermost || limits.any();
        match query.body.as_ref() {
            SetExpr::Select(select) => self.select(select, query.order_by.as_ref(), limits, ordered),
            SetExpr::Query(inner) if query.order_by.is_none() && !limits.any() => self.query(inner, outermost),
            body => {
                let block = self.set(body)?;
                self.order_whole(block, query.order_by.as_ref(), limits, ordered)
            }
        }
    }

    pub(super) fn common_table(&mut self, cte: &Cte) -> Result<Block, QueryError> {
        let columns: Vec<String> = cte.alias.columns.iter().map(|c| c.name.value.clone()).collect();
        self.query(&cte.query, false)?.called(Vec::new(), &columns)
    }

    /// Plans the body of a query, without an order.
    pub(super) fn set(&mut self, body: &SetExpr) -> Result<Block, QueryError> {
        match body {
            SetExpr::Select(select) => self.select(select, None, Limits::default(), false),
            SetExpr::Query(query) => self.query(query, false),
            SetExpr::Values(values) => self.values(values),
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                let (l, r) = (self.set(left)?, self.set(right)?);
                self.set_operation(l, *op, *set_quantifier, r).map_err(|e| refuse::placed(e, right.as_ref()))
            }
            other => Err(refuse::part(other, "this is no query", "a lake is only asked; want SELECT, VALUES or a set operation")),
        }
    }

    fn set_operation(&mut self, left: Block, op: SetOperator, quantifier: SetQuantifier, right: Block) -> Result<Block, QueryError> {
        let by_name = matches!(quantifier, SetQuantifier::ByName | SetQuantifier::AllByName | SetQuantifier::DistinctByName);
        let all = matches!(quantifier, SetQuantifier::All | SetQuantifier::AllByName);
        let (left_names, right_names): (Vec<Name>, Vec<Name>) = (left.visible().cloned().collect(), right.visible().cloned().collect());
        // pairs of columns, either of which may be missing by name
        let mut pairs: Vec<(Option<Name>, Option<Name>)> = Vec::new();
        if by_name {
            let same = |a: &Name, b: &Name| a.column.eq_ignore_ascii_case(&b.column);
            pairs.extend(left_names.iter().map(|l| (Some(l.clone()), right_names.iter().find(|r| same(l, r)).cloned())));
            pairs.extend(right_names.iter().filter(|r| !left_names.iter().any(|l| same(l, r))).map(|r| (None, Some(r.clone()))));
        } else if left_names.len() == right_names.len() {
            pairs.extend(left_names.into_iter().map(Some).zip(right_names.into_iter().map(Some)));
        } else {
            return Err(QueryError::Sql(format!("{op} of {} columns with {}; both sides need as many", left_names.len(), right_names.len())));
        }
        let (mut of_left, mut of_right, mut names, mut schema) = (Vec::new(), Vec::new(), Vec::new(), Schema::default());
        for (l, r) in pairs {
            let Some(column) = l.as_ref().or(r.as_ref()).map(|n| n.column.clone()) else { continue };
            let of = |side: &Option<Name>, block: &Block| side.as_ref().and_then(|n| block.schema.get(&n.id).cloned()).unwrap_or(DataType::Null);
            let dtype = self.common_type(&of(&l, &left), &of(&r, &right)).ok_or_else(|| {
                QueryError::Sql(format!(
                    "column {column:?} is {} on one side of {op} and {} on the other; CAST one of them",
                    super::types::name(&of(&l, &left)),
                    super::types::name(&of(&r, &right))
                ))
            })?;
            let id = self.fresh(&column);
            let side = |name: Option<Name>| name.map_or_else(|| lit(NULL), |n| col(n.id)).cast(dtype.clone()).alias(id.clone());
            of_left.push(side(l));
            of_right.push(side(r));
            let _ = schema.insert(id.clone(), dtype);
            names.push(Name { table: Vec::new(), column, id, hidden: false });
        }
        let (left, right) = (left.frame.select(of_left), right.frame.select(of_right));
        let on: Vec<Expr> = names.iter().map(|n| col(n.id.clone())).collect();
        let same_rows = |how| {
            left.clone().unique(None, UniqueKeepStrategy::Any).join(right.clone(), &on, &on, JoinArgs { nulls_equal: true, ..JoinArgs::new(how) })
        };
        let frame = match (op, all) {
            (SetOperator::Union, _) => {
                let both = concat([left, right], UnionArgs { maintain_order: true, ..UnionArgs::default() })?;
                if all { both } else { both.unique(None, UniqueKeepStrategy::Any) }
            }
            (SetOperator::Except | SetOperator::Minus, false) => same_rows(JoinType::Anti),
            (SetOperator::Intersect, false) => same_rows(JoinType::Semi),
            (op, true) => {
                return Err(QueryError::Sql(format!("{op} ALL is not known here; number the rows with ROW_NUMBER on both sides, then {op}")));
            }
        };
        Ok(Block::new(frame, names, schema))
    }

    fn values(&mut self, values: &Values) -> Result<Block, QueryError> {
        let mut rows: Option<Block> = None;
        for row in &values.rows {
            let mut one = self.nothing();
            let mut exprs = Vec::new();
            let mut names = Vec::new();
            let mut schema = Schema::default();
            for (n, cell) in row.content.iter().enumerate() {
                let expr = self.expr(cell, &mut one)?;
                let id = self.fresh("value");
                let _ = schema.insert(id.clone(), one.type_of(&expr)?);
                exprs.push(expr.alias(id.clone()));
                names.push(Name { table: Vec::new(), column: format!("col{n}"), id, hidden: false });
            }
            let next = Block::new(one.frame.with_columns(exprs), names, schema);
            rows = Some(match rows {
                None => next,
                Some(before) => self.set_operation(before, SetOperator::Union, SetQuantifier::All, next).map_err(|e| refuse::placed(e, values))?,
            });
        }
        rows.ok_or_else(|| refuse::part(values, "VALUES without a row", "give one as (1, 'a')"))
    }

    /// One row without a column that has a name.
    pub(super) fn nothing(&mut self) -> Block {
        let id = self.fresh("row");
        let schema = Schema::from_iter([Field::new(id.clone(), DataType::Int64)]);
        let column = Column::new(id, [0_i64]);
        Block::new(DataFrame::new(1, vec![column]).unwrap_or_default().lazy(), Vec::new(), schema)
    }

    /// The type that both can be; `None` where there is none.
    pub(super) fn common_type(&self, a: &DataType, b: &DataType) -> Option<DataType> {
        use DataType::{Boolean, Date, Datetime, Null, String};
        match (a, b) {
            (a, b) if a == b => Some(a.clone()),
            (Null, t) | (t, Null) => Some(t.clone()),
            (Date, t @ Datetime(..)) | (t @ Datetime(..), Date) => Some(t.clone()),
            (Datetime(..), Datetime(..)) => Some(super::types::INSTANT),
            (a, b) if a.is_integer() && b.is_integer() => Some(DataType::Int64),
            (a, b) if a.is_primitive_numeric() && b.is_primitive_numeric() => Some(DataType::Float64),
            (Boolean, t) | (t, Boolean) if t.is_integer() => Some(DataType::Int64),
            (String, _) | (_, String) => None,
            (DataType::List(a), DataType::List(b)) => Some(DataType::List(Box::new(self.common_type(a, b)?))),
            _ => None,
        }
    }
}

/// What LIMIT, OFFSET and FETCH say.
fn limits(query: &Query) -> Result<Limits, QueryError> {
    let number = super::literal::count;
    let mut limits = Limits::default();
    match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, offset, limit_by }) => {
            if !limit_by.is_empty() {
                return Err(refuse::part(query, "LIMIT … BY is not known here", "use QUALIFY ROW_NUMBER() OVER (PARTITION BY …) <= n"));
            }
            limits.count = limit.as_ref().map(number).transpose()?;
            limits.skip = offset.as_ref().map(|o| number(&o.value)).transpose()?.unwrap_or(0);
        }
        Some(LimitClause::OffsetCommaLimit { offset, limit }) => {
            limits.count = Some(number(limit)?);
            limits.skip = number(offset)?;
        }
        None => {}
    }
    if let Some(Fetch { with_ties, percent, quantity }) = &query.fetch {
        if *with_ties || *percent {
            return Err(refuse::part(query, "FETCH with PERCENT or WITH TIES is not known here", "use QUALIFY RANK() OVER (ORDER BY …) <= n"));
        }
        limits.count = Some(quantity.as_ref().map(number).transpose()?.unwrap_or(1));
    }
    Ok(limits)
}
