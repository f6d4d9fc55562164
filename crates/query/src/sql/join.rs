//! A join of two blocks. Border: any condition; equalities are the keys, what else there is decides on the pairs.

use polars::prelude::*;
use sqlparser::ast::{BinaryOperator, Expr as Sql};

use super::block::{Block, Name, Step};
use super::from::only_of;
use super::{Planner, refuse};
use crate::error::QueryError;

/// Which rows stay that have no partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Inner,
    Left,
    Right,
    Full,
    /// Rows on the left that have one, once each.
    Semi,
    /// Rows on the left that have none.
    Anti,
}

/// What makes two rows partners.
pub(super) enum On {
    /// All of these are true.
    Conditions(Vec<Sql>),
    /// Columns of one name are equal, and are one column.
    Using(Vec<String>),
}

impl Planner<'_> {
    /// Joins two blocks.
    pub(super) fn join(&mut self, mut left: Block, right: Block, how: How, on: On) -> Result<Block, QueryError> {
        let mut right = self.apart(&left, right);
        let (mut left_keys, mut right_keys, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        let mut shared = Vec::new();
        match on {
            On::Using(columns) => {
                for column in columns {
                    let of = |block: &Block| block.visible().find(|n| n.column.eq_ignore_ascii_case(&column)).cloned();
                    let (Some(l), Some(r)) = (of(&left), of(&right)) else {
                        return Err(QueryError::Sql(format!("USING ({column}): not a column of both sides; join ON an equality")));
                    };
                    left_keys.push(l.id.clone());
                    right_keys.push(r.id.clone());
                    shared.push((l, r));
                }
            }
            On::Conditions(conditions) => {
                for condition in conditions {
                    let sides = match &condition {
                        Sql::BinaryOp { left: a, op: BinaryOperator::Eq, right: b } if only_of(a, &left, &right) && only_of(b, &right, &left) => {
                            Some((a, b))
                        }
                        Sql::BinaryOp { left: a, op: BinaryOperator::Eq, right: b } if only_of(b, &left, &right) && only_of(a, &right, &left) => {
                            Some((b, a))
                        }
                        _ => None,
                    };
                    match sides {
                        Some((l, r)) => {
                            let (l, r) = (self.term(l, &mut left)?, self.term(r, &mut right)?);
                            let (l, r) = super::binary::comparable(l, r).map_err(|e| refuse::placed(e, &condition))?;
                            left_keys.push(self.key_column(l, &mut left)?);
                            right_keys.push(self.key_column(r, &mut right)?);
                        }
                        None => rest.push(condition),
                    }
                }
            }
        }
        let crossed = left.crossed || right.crossed || left_keys.is_empty();
        let mut both = Block::new(left.frame.clone(), left.names.iter().chain(&right.names).cloned().collect(), left.schema.clone());
        both.schema.extend(right.schema.iter_fields());
        let predicate = match rest.split_first() {
            None => None,
            Some((first, more)) => {
                let mut all = self.condition(first, &mut both)?;
                for condition in more {
                    all = all.and(self.condition(condition, &mut both)?);
                }
                Some(all)
            }
        };
        if both.stepped {
            return Err(QueryError::Sql("a subquery in ON is not known here; write it in WHERE, or join it as a table".to_owned()));
        }
        let mark = self.fresh("partners");
        both.crossed = crossed;
        both.frame = joined(&left, &right, how, (&left_keys, &right_keys), predicate.map(|p| (p, mark)));
        if matches!(how, How::Semi | How::Anti) {
            return Ok(Block { frame: both.frame, sort: None, ..left });
        }
        for (l, r) in shared {
            self.make_one(&mut both, &l, &r, how);
        }
        Ok(both)
    }

    /// The block with columns that the other does not have.
    pub(super) fn apart(&mut self, other: &Block, mut block: Block) -> Block {
        if !block.schema.iter_names().any(|n| other.schema.contains(n)) {
            return block;
        }
        let (mut columns, mut schema) = (Vec::new(), Schema::default());
        for (id, dtype) in block.schema.clone() {
            let to = if other.schema.contains(&id) { self.fresh(id.split('\u{1}').next().unwrap_or_default()) } else { id.clone() };
            columns.push(col(id.clone()).alias(to.clone()));
            let _ = schema.insert(to.clone(), dtype);
            block.names.iter_mut().filter(|n| n.id == id).for_each(|n| n.id = to.clone());
        }
        block.frame = block.frame.select(columns);
        block.schema = schema;
        block
    }

    /// A column that has the value of an expression.
    pub(super) fn key_column(&mut self, expr: Expr, block: &mut Block) -> Result<PlSmallStr, QueryError> {
        if let Expr::Column(id) = expr {
            return Ok(id);
        }
        let (id, dtype) = (self.fresh("key"), block.type_of(&expr)?);
        block.step(Step::Column(expr.alias(id.clone())), &[(id.clone(), dtype)]);
        Ok(id)
    }

    /// Makes the two columns that USING names one in `*`.
    fn make_one(&mut self, both: &mut Block, l: &Name, r: &Name, how: How) {
        let mut hide = vec![r.clone()];
        if matches!(how, How::Right | How::Full) {
            let id = self.fresh(&l.column);
            let dtype = both.schema.get(&l.id).cloned().unwrap_or(DataType::Null);
            both.step(Step::Column(coalesce(&[col(l.id.clone()), col(r.id.clone())]).alias(id.clone())), &[(id.clone(), dtype)]);
            let at = both.names.iter().position(|n| n == l).unwrap_or(0);
            both.names.insert(at, Name { table: Vec::new(), column: l.column.clone(), id, hidden: false });
            hide.push(l.clone());
        }
        both.names.iter_mut().filter(|n| hide.contains(n)).for_each(|n| n.hidden = true);
    }
}

/// The joined rows, with all columns of both sides.
fn joined(
    left: &Block,
    right: &Block,
    how: How,
    (left_keys, right_keys): (&[PlSmallStr], &[PlSmallStr]),
    predicate: Option<(Expr, PlSmallStr)>,
) -> LazyFrame {
    let (l, r) = (left.frame.clone(), right.frame.clone());
    let exprs = |keys: &[PlSmallStr]| keys.iter().cloned().map(col).collect::<Vec<_>>();
    let keyed = |how: JoinType| {
        let args = JoinArgs { coalesce: JoinCoalesce::KeepColumns, ..JoinArgs::new(how) };
        l.clone().join(r.clone(), exprs(left_keys), exprs(right_keys), args)
    };
    let pairs = || {
        let all = if left_keys.is_empty() { l.clone().cross_join(r.clone(), None) } else { keyed(JoinType::Inner) };
        match &predicate {
            Some((predicate, mark)) => kept(all, predicate.clone(), mark),
            None => all,
        }
    };
    if how == How::Inner {
        return pairs();
    }
    if predicate.is_none() && !left_keys.is_empty() {
        return keyed(match how {
            How::Inner => JoinType::Inner,
            How::Left => JoinType::Left,
            How::Right => JoinType::Right,
            How::Full => JoinType::Full,
            How::Semi => JoinType::Semi,
            How::Anti => JoinType::Anti,
        });
    }
    // rows that are the same have the same partners, so that those without one are found by all of their columns
    let columns = |block: &Block| block.schema.iter_names().cloned().map(col).collect::<Vec<_>>();
    let partners = |block: &Block, how: JoinType| {
        let found = pairs().select(columns(block)).unique(None, UniqueKeepStrategy::Any);
        block.frame.clone().join(found, columns(block), columns(block), JoinArgs { nulls_equal: true, ..JoinArgs::new(how) })
    };
    let order: Vec<Expr> = columns(left).into_iter().chain(columns(right)).collect();
    let with_nulls = |frame: LazyFrame, of: &Block| {
        let nulls: Vec<Expr> = of.schema.iter().map(|(n, t)| lit(NULL).cast(t.clone()).alias(n.clone())).collect();
        frame.with_columns(nulls).select(order.clone())
    };
    let mut parts = vec![];
    match how {
        How::Semi => return partners(left, JoinType::Semi),
        How::Anti => return partners(left, JoinType::Anti),
        _ => parts.push(pairs().select(order.clone())),
    }
    if matches!(how, How::Left | How::Full) {
        parts.push(with_nulls(partners(left, JoinType::Anti), right));
    }
    if matches!(how, How::Right | How::Full) {
        parts.push(with_nulls(partners(right, JoinType::Anti), left));
    }
    // frames of the same columns can be put one below the other
    concat(parts, UnionArgs { maintain_order: true, ..UnionArgs::default() }).unwrap_or_else(|_| pairs())
}

/// The rows for which a condition on columns of several tables is true. It is a column first: polars 0.55 makes a join of its own of a filter
/// right above a cross join, which its streaming engine cannot run.
pub(super) fn kept(frame: LazyFrame, condition: Expr, mark: &PlSmallStr) -> LazyFrame {
    frame
        .with_columns([condition.alias(mark.clone())])
        .filter(col(mark.clone()))
        .drop(Selector::ByName { names: [mark.clone()].into(), strict: true })
}
