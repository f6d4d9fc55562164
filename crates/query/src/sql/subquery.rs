//! Subqueries in expressions. One that knows nothing of the rows around it is run at once and stands for its value. One that does is met
//! with the distinct values of the columns it uses, and joined to the rows by these. Border: a value, a truth; tables in FROM are `from`'s.

use polars::prelude::*;
use sqlparser::ast::{Distinct, Expr as Sql, GroupByExpr, Query, Select, SelectItem, SetExpr};

use super::binary::{Term, comparable};
use super::block::{Aggregate, Block, Groups, Name, Step};
use super::order::Keys;
use super::scalar::udf::{Ints, each};
use super::{Planner, aggregate, fingerprint, grouping_sets, refuse};
use crate::error::QueryError;

/// A subquery met with the values of the columns around that it uses.
struct Met<'q> {
    select: &'q Select,
    /// Its rows.
    block: Block,
    /// The columns around, in its rows.
    keys: Vec<PlSmallStr>,
    /// The same columns in the rows around.
    outside: Vec<PlSmallStr>,
}

impl Met<'_> {
    fn cols(&self) -> Vec<Expr> {
        self.keys.iter().cloned().map(col).collect()
    }

    /// The keys under their names outside, with columns of its own.
    fn joinable(&self, frame: LazyFrame, more: &[PlSmallStr]) -> LazyFrame {
        let keys = self.keys.iter().zip(&self.outside).map(|(k, o)| col(k.clone()).alias(o.clone()));
        frame.select(keys.chain(more.iter().cloned().map(col)).collect::<Vec<_>>())
    }
}

impl Planner<'_> {
    /// `(SELECT …)`: its one value, or null where it has no row.
    pub(super) fn scalar_subquery(&mut self, query: &Query, block: &mut Block) -> Result<Expr, QueryError> {
        let (probe, asked) = self.probe(query, block)?;
        let dtype = one_column(&probe, query)?;
        if self.dry {
            return Ok(lit(NULL).cast(dtype));
        }
        if !asked.is_empty() {
            return self.correlated_value(query, block, asked, dtype);
        }
        let inner = self.query(query, false)?;
        let column: Vec<Expr> = inner.visible().map(|n| col(n.id.clone())).collect();
        let frame = self.tables.collect(inner.frame.select(column).limit(2))?;
        match (frame.height(), frame.columns().first()) {
            (1, Some(column)) => Ok(lit(Scalar::new(column.dtype().clone(), column.get(0)?.into_static()))),
            (0, _) => Ok(lit(NULL).cast(dtype)),
            _ => Err(refuse::part(query, "the subquery has more than one row", "aggregate it, or end it with ORDER BY … LIMIT 1")),
        }
    }

    /// `EXISTS (SELECT …)`.
    pub(super) fn exists(&mut self, query: &Query, block: &mut Block) -> Result<Expr, QueryError> {
        let (_, asked) = self.probe(query, block)?;
        if self.dry {
            return Ok(lit(true));
        }
        if asked.is_empty() {
            let inner = self.query(query, false)?;
            let column: Vec<Expr> = inner.schema.iter_names().take(1).cloned().map(col).collect();
            return Ok(lit(self.tables.collect(inner.frame.select(column).limit(1))?.height() > 0));
        }
        let met = self.meet_around(query, block, asked)?;
        if met.select.having.is_some() {
            return Err(refuse::part(
                query,
                "EXISTS with HAVING that looks at the row around is not known here",
                "compare a scalar subquery instead: (SELECT COUNT(*) …) > 0",
            ));
        }
        if no_groups(met.select) && has_aggregates(met.select) {
            return Ok(lit(true));
        }
        let mark = self.fresh("exists");
        let found = met.block.frame.clone().select(met.cols()).unique(None, UniqueKeepStrategy::Any).with_columns([lit(true).alias(mark.clone())]);
        let found = met.joinable(found, std::slice::from_ref(&mark));
        block.step(Step::Join(found, met.outside), &[(mark.clone(), DataType::Boolean)]);
        Ok(col(mark).is_not_null())
    }

    /// `expr IN (SELECT …)`: null where it is not among them but one of them, or it itself, is null.
    pub(super) fn in_subquery(&mut self, expr: &Sql, query: &Query, block: &mut Block) -> Result<Expr, QueryError> {
        let term = self.term(expr, block)?;
        let (probe, asked) = self.probe(query, block)?;
        let dtype = one_column(&probe, query)?;
        if self.dry {
            return Ok(lit(NULL).cast(DataType::Boolean));
        }
        if asked.is_empty() {
            let inner = self.query(query, false)?;
            let column: Vec<Expr> = inner.visible().map(|n| col(n.id.clone())).collect();
            let frame = self.tables.collect(inner.frame.select(column).unique(None, UniqueKeepStrategy::Any))?;
            let Some(values) = frame.columns().first() else { return Ok(lit(false)) };
            if values.is_empty() {
                return Ok(lit(false));
            }
            let null_among = values.null_count() > 0;
            let values = values.drop_nulls().as_materialized_series().clone();
            let (value, set) = comparable(term, Term { expr: lit(values), dtype, text: None }).map_err(|e| refuse::placed(e, expr))?;
            let member = value.is_in(set.implode(false), false);
            // `or` with a null that is a constant is lost on the way through polars 0.55
            return Ok(if null_among { when(member).then(lit(true)).otherwise(lit(NULL)) } else { member });
        }
        self.correlated_member(term, query, block, asked)
    }

    /// The subquery's columns, and which of the columns around it uses. Nothing is run.
    fn probe(&mut self, query: &Query, block: &Block) -> Result<(Block, Vec<Name>), QueryError> {
        let dry = std::mem::replace(&mut self.dry, true);
        let result = self.within(block, |planner| planner.query(query, false));
        self.dry = dry;
        result
    }

    /// The subquery's rows, each with values of the columns around for which it is one of its rows.
    fn meet_around<'q>(&mut self, query: &'q Query, block: &Block, asked: Vec<Name>) -> Result<Met<'q>, QueryError> {
        let SetExpr::Select(select) = query.body.as_ref() else {
            return Err(refuse::part(query, "a set operation cannot look at the row around", "put it in a CTE and select from that"));
        };
        if !no_groups(select) || query.with.is_some() || select.qualify.is_some() {
            return Err(refuse::part(
                query,
                "a subquery that looks at the row around has no GROUP BY, QUALIFY or WITH",
                "join it as a table, grouped by the columns it is joined on",
            ));
        }
        let outside: Vec<PlSmallStr> = asked.iter().map(|n| n.id.clone()).collect();
        let values = block.frame.clone().select(outside.iter().cloned().map(col).collect::<Vec<_>>()).unique(None, UniqueKeepStrategy::Any);
        let schema = asked.iter().map(|n| Field::new(n.id.clone(), block.schema.get(&n.id).cloned().unwrap_or(DataType::Null))).collect();
        let mut around = Block::new(values, asked.clone(), schema);
        around.outer_rows = true;
        let (mut rows, rest) = self.from(&select.from, select.selection.as_ref(), Some(around)).map_err(|e| match e {
            // seen from the subquery, but not from a table in its FROM
            QueryError::UnknownColumn { name, .. } if asked.iter().any(|a| a.column.eq_ignore_ascii_case(&name)) => refuse::part(
                query,
                &format!("a table in FROM cannot look at {name:?} of the row around the subquery"),
                "write the condition in the subquery's own WHERE",
            ),
            other => other,
        })?;
        self.filter(&mut rows, &rest)?;
        let key = |n: &Name| rows.outer.iter().find(|o| o.table == n.table && o.column == n.column).map(|o| o.id.clone());
        let keys: Option<Vec<PlSmallStr>> = asked.iter().map(key).collect();
        let keys =
            keys.ok_or_else(|| refuse::part(query, "the subquery looks at the row around in a way that is not known here", "join it as a table"))?;
        Ok(Met { select, block: rows, keys, outside })
    }

    fn correlated_value(&mut self, query: &Query, block: &mut Block, asked: Vec<Name>, dtype: DataType) -> Result<Expr, QueryError> {
        let mut met = self.meet_around(query, block, asked)?;
        let item = only_item(met.select).ok_or_else(|| refuse::part(query, "the subquery has no one expression", "select one value"))?;
        let value = self.fresh("value");
        let frame = if has_aggregates(met.select) {
            self.aggregated(&mut met, block, &item, &value)?
        } else {
            if met.select.having.is_some() {
                return Err(refuse::part(query, "HAVING needs groups", "write the condition in WHERE"));
            }
            self.single(&mut met, query, &item, &value)?
        };
        let frame = met.joinable(frame, std::slice::from_ref(&value));
        block.step(Step::Join(frame, met.outside), &[(value.clone(), dtype)]);
        Ok(col(value))
    }

    /// The aggregate for each of the values around; where no row meets one, that of no rows.
    fn aggregated(&mut self, met: &mut Met, around: &Block, item: &Sql, value: &PlSmallStr) -> Result<LazyFrame, QueryError> {
        let mut groups = Groups::default();
        for key in &met.keys {
            groups.keys.push((fingerprint::column(key).to_string(), key.clone()));
            let _ = groups.schema.insert(key.clone(), met.block.schema.get(key).cloned().unwrap_or(DataType::Null));
        }
        let mut rows = Block { groups: Some(Box::new(groups)), sort: None, ..met.block.clone() };
        let expr = self.expr(item, &mut rows)?;
        let having = met.select.having.as_ref().map(|h| self.condition(h, &mut rows)).transpose()?;
        let aggregates: Vec<Aggregate> = rows.groups.as_ref().map_or_else(Vec::new, |g| g.aggregates.clone());
        let steps = rows.groups.as_mut().map_or_else(Vec::new, |g| std::mem::take(&mut g.steps));
        let grouped = grouping_sets::grouped(rows, vec![(0..met.keys.len()).collect()])?;
        let names: Vec<Expr> = met.keys.iter().zip(&met.outside).map(|(k, o)| col(o.clone()).alias(k.clone())).collect();
        let all = around.frame.clone().select(names).unique(None, UniqueKeepStrategy::Any);
        let mut frame = all.join(grouped, met.cols(), met.cols(), JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Left) });
        let zero = aggregates.into_iter().filter(|a| a.counts).map(|a| col(a.id).fill_null(lit(0_i64)));
        let zero: Vec<Expr> = zero.collect();
        if !zero.is_empty() {
            frame = frame.with_columns(zero);
        }
        frame = steps.into_iter().fold(frame, |frame, step| step.apply(frame));
        if let Some(having) = having {
            frame = frame.filter(having);
        }
        Ok(frame.with_columns([expr.alias(value.clone())]))
    }

    /// The one row's value for each of the values around.
    fn single(&mut self, met: &mut Met, query: &Query, item: &Sql, value: &PlSmallStr) -> Result<LazyFrame, QueryError> {
        let limited = query.limit_clause.is_some() || query.fetch.is_some();
        let mut rows = met.block.clone();
        let expr = self.expr(item, &mut rows)?;
        let dtype = rows.type_of(&expr)?;
        rows.step(Step::Column(expr.alias(value.clone())), &[(value.clone(), dtype)]);
        let mut keys: Keys = self.order_keys(query.order_by.as_ref(), &mut rows, &[])?;
        if matches!(met.select.distinct, Some(Distinct::Distinct)) {
            let columns: Vec<Expr> = met.cols().into_iter().chain([col(value.clone())]).collect();
            rows.frame = rows.frame.select(columns).unique(None, UniqueKeepStrategy::Any);
        }
        let by = met.cols();
        if limited {
            if query.limit_clause.as_ref().is_some_and(|l| l.to_string().trim() != "LIMIT 1") {
                return Err(refuse::part(query, "a subquery that looks at the row around gives one row", "end it with LIMIT 1"));
            }
            let own = Name { table: Vec::new(), column: String::new(), id: value.clone(), hidden: false };
            keys.break_ties(&[&own], &rows.schema, None);
            return Ok(keys.apply(rows.frame).unique_stable_generic(Some(by), UniqueKeepStrategy::First));
        }
        let count = self.fresh("count");
        let grouped = rows.frame.group_by(by).agg([col(value.clone()).first(), len().cast(DataType::Int64).alias(count.clone())]);
        let checked = each([col(count.clone())], DataType::Boolean, |c| {
            let n = Ints::of(c, 0)?;
            if (0..c.first().map_or(0, Column::len)).any(|row| n.at(row) > Some(1)) {
                polars_bail!(SQLInterface: "a subquery has more than one row for a row around it; aggregate it, or end it with ORDER BY … LIMIT 1");
            }
            Ok(c[0].is_not_null().with_name(c[0].name().clone()).into_column())
        });
        Ok(grouped.filter(checked))
    }

    fn correlated_member(&mut self, term: Term, query: &Query, block: &mut Block, mut asked: Vec<Name>) -> Result<Expr, QueryError> {
        if block.groups.is_some() {
            return Err(refuse::part(query, "IN with a subquery that looks at the group around is not known here", "join it as a table"));
        }
        let (own_type, outside) = (term.dtype.clone(), self.key_column(term.expr, block)?);
        if !asked.iter().any(|n| n.id == outside) {
            asked.push(Name { table: vec!["\u{1}".to_owned()], column: outside.to_string(), id: outside.clone(), hidden: false });
        }
        let met = self.meet_around(query, block, asked)?;
        if has_aggregates(met.select) || query.limit_clause.is_some() {
            return Err(refuse::part(
                query,
                "IN with an aggregate or a LIMIT that looks at the row around is not known here",
                "compare with = (SELECT …) instead",
            ));
        }
        let item = only_item(met.select).ok_or_else(|| refuse::part(query, "the subquery has no one expression", "select one value"))?;
        let at = met.outside.iter().position(|o| *o == outside).and_then(|n| met.keys.get(n)).cloned().unwrap_or_default();
        let mut rows = met.block.clone();
        let value = self.term(&item, &mut rows)?;
        let unknown = value.expr.clone().is_null();
        let (a, b) = comparable(Term { expr: col(at), dtype: own_type, text: None }, value).map_err(|e| refuse::placed(e, query))?;
        let (equal, null) = (self.fresh("equal"), self.fresh("null"));
        rows.frame = rows.frame.with_columns([a.eq(b).fill_null(lit(false)).alias(equal.clone()), unknown.alias(null.clone())]);
        let found = rows.frame.group_by(met.cols()).agg([col(equal.clone()).max(), col(null.clone()).max()]);
        let found = met.joinable(found, &[equal.clone(), null.clone()]);
        block.step(Step::Join(found, met.outside), &[(equal.clone(), DataType::Boolean), (null.clone(), DataType::Boolean)]);
        let open = col(null.clone()).eq(lit(true)).or(col(outside).is_null());
        Ok(when(col(equal.clone()).is_null()).then(lit(false)).when(col(equal)).then(lit(true)).when(open).then(lit(NULL)).otherwise(lit(false)))
    }
}

fn one_column(block: &Block, query: &Query) -> Result<DataType, QueryError> {
    let columns: Vec<&Name> = block.visible().collect();
    match columns.as_slice() {
        [one] => Ok(block.schema.get(&one.id).cloned().unwrap_or(DataType::Null)),
        several => Err(refuse::part(query, &format!("the subquery has {} columns", several.len()), "select one")),
    }
}

fn only_item(select: &Select) -> Option<Sql> {
    match select.projection.as_slice() {
        [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] => Some(expr.clone()),
        _ => None,
    }
}

fn no_groups(select: &Select) -> bool {
    matches!(&select.group_by, GroupByExpr::Expressions(list, modifiers) if list.is_empty() && modifiers.is_empty())
}

fn has_aggregates(select: &Select) -> bool {
    let in_item = |item: &SelectItem| match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => aggregate::contains(expr),
        _ => false,
    };
    select.projection.iter().any(in_item)
}
