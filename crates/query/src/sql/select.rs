//! SELECT: from the rows of FROM to the result columns. Border: the order of its clauses; each clause has a file of its own.

use polars::prelude::*;
use sqlparser::ast::{Distinct, Expr as Sql, GroupByExpr, GroupByWithModifier, OrderBy, Select, SelectItem};

use super::block::{Block, Groups, Name, Step};
use super::order::{Keys, Limits, Output};
use super::projection::Item;
use super::{Planner, aggregate, fingerprint, grouping_sets, refuse};
use crate::error::QueryError;

impl Planner<'_> {
    /// Plans a SELECT with its order and limit. `ordered` rows come in an order in which no two different ones are equal.
    pub(super) fn select(&mut self, select: &Select, order: Option<&OrderBy>, limits: Limits, ordered: bool) -> Result<Block, QueryError> {
        let block = self.rows(select)?;
        self.project(select, block, order, limits, ordered)
    }

    /// The rows of FROM that pass WHERE.
    pub(super) fn rows(&mut self, select: &Select) -> Result<Block, QueryError> {
        refuse_unknown(select)?;
        let (mut block, rest) = self.from(&select.from, select.selection.as_ref(), None)?;
        block.aliases = aliases(select);
        self.filter(&mut block, &rest)?;
        Ok(block)
    }

    /// Keeps the rows for which all of the conditions are true.
    pub(super) fn filter(&mut self, block: &mut Block, conditions: &[Sql]) -> Result<(), QueryError> {
        for condition in conditions {
            if aggregate::contains(condition) {
                return Err(refuse::part(condition, "an aggregate cannot stand in WHERE", "write the condition in HAVING"));
            }
            let predicate = self.condition(condition, block)?;
            if block.crossed {
                let mark = self.fresh("met");
                block.step(Step::Kept(predicate, mark), &[]);
            } else {
                block.step(Step::Filter(predicate), &[]);
            }
        }
        Ok(())
    }

    /// From rows to result columns.
    pub(super) fn project(
        &mut self,
        select: &Select,
        mut block: Block,
        order: Option<&OrderBy>,
        limits: Limits,
        ordered: bool,
    ) -> Result<Block, QueryError> {
        block.aliases = aliases(select);
        let windows_before = std::mem::replace(&mut self.windows, super::window::named(&select.named_window)?);
        let result = self.clauses(select, block, order, limits, ordered);
        self.windows = windows_before;
        result
    }

    fn clauses(&mut self, select: &Select, mut block: Block, order: Option<&OrderBy>, limits: Limits, ordered: bool) -> Result<Block, QueryError> {
        let mut items = self.items(select, &block)?;
        let unnested = self.unnest(&mut items, &mut block)?;
        let sets = self.grouping(select, &items, order, &mut block)?;
        if let Some(having) = &select.having {
            if block.groups.is_none() {
                return Err(refuse::part(having, "HAVING needs groups", "write the condition in WHERE, or QUALIFY for window functions"));
            }
            let predicate = self.condition(having, &mut block)?;
            block.step(Step::Filter(predicate), &[]);
        }
        // the result columns: those of the rows as they are, others as new columns
        let (mut outputs, mut new) = (Vec::new(), Vec::new());
        let mut schema = Schema::default();
        for item in &items {
            let (expr, fingerprint) = match item {
                Item::Column { name, .. } => (self.column(name, &mut block)?, name.id.to_string()),
                Item::Expr { expr, .. } => (self.expr(expr, &mut block)?, fingerprint::of(expr, &block)),
            };
            let dtype = block.type_of(&expr)?;
            let id = match &expr {
                Expr::Column(id) if !schema.contains(id) => id.clone(),
                _ => {
                    let id = self.fresh(item.title());
                    new.push((expr.alias(id.clone()), id.clone(), dtype.clone()));
                    id
                }
            };
            let _ = schema.insert(id.clone(), dtype);
            outputs.push(Output { name: Name { table: Vec::new(), column: item.title().to_owned(), id, hidden: false }, fingerprint });
        }
        let qualify = select.qualify.as_ref().map(|q| self.condition(q, &mut block)).transpose()?;
        let distinct = matches!(select.distinct, Some(Distinct::Distinct));
        let keys = if distinct { Keys::default() } else { self.order_keys(order, &mut block, &outputs)? };
        let on = match &select.distinct {
            Some(Distinct::On(exprs)) => exprs.iter().map(|e| self.distinct_key(e, &mut block, &outputs)).collect::<Result<Vec<_>, _>>()?,
            _ => Vec::new(),
        };
        let sort = block.sort.take().filter(|_| block.groups.is_none() && !unnested);
        let names: Vec<Name> = outputs.iter().map(|o| o.name.clone()).collect();
        let mut frame = grouping_sets::grouped(block, sets)?;
        if !new.is_empty() {
            frame = frame.with_columns(new.iter().map(|(e, ..)| e.clone()).collect::<Vec<_>>());
        }
        if let Some(qualify) = qualify {
            frame = frame.filter(qualify);
        }
        let ids: Vec<Expr> = names.iter().map(|n| col(n.id.clone())).collect();
        let mut result = Block::new(frame, names, schema);
        result.sort = sort;
        if distinct {
            result.frame = result.frame.select(ids).unique(None, UniqueKeepStrategy::Any);
            result.sort = None;
            return self.order_whole(result, order, limits, ordered);
        }
        let columns: Vec<&Name> = result.names.iter().collect();
        let mut keys = keys;
        if !on.is_empty() {
            keys.break_ties(&columns, &result.schema, result.sort.as_deref());
            let on: Vec<(Expr, PlSmallStr)> = on.into_iter().map(|e| (e, self.fresh("on"))).collect();
            let keyed = keys.clone().apply(result.frame).with_columns(on.iter().map(|(e, id)| e.clone().alias(id.clone())).collect::<Vec<_>>());
            result.frame = keyed.unique_stable_generic(Some(on.into_iter().map(|(_, id)| col(id)).collect()), UniqueKeepStrategy::First);
            result.sort = None;
        }
        // a plain scan with a LIMIT takes the first rows of the lake and does not read the rest to sort it
        let first_will_do = keys.by.is_empty() && limits.any() && result.sort.is_some();
        if ordered && !first_will_do {
            let columns: Vec<&Name> = result.names.iter().collect();
            keys.break_ties(&columns, &result.schema, result.sort.as_deref());
        }
        if ordered || limits.any() {
            result.frame = keys.apply(result.frame);
        }
        result.frame = limits.apply(result.frame.select(ids));
        Ok(result)
    }

    fn distinct_key(&mut self, expr: &Sql, block: &mut Block, outputs: &[Output]) -> Result<Expr, QueryError> {
        match expr {
            Sql::Identifier(name) => match outputs.iter().find(|o| o.name.column.eq_ignore_ascii_case(&name.value)) {
                Some(output) => Ok(col(output.name.id.clone())),
                None => self.expr(expr, block),
            },
            _ => self.expr(expr, block),
        }
    }

    /// Groups the block where the statement says so. Gives the sets of keys to group by, one after another.
    fn grouping(&mut self, select: &Select, items: &[Item], order: Option<&OrderBy>, block: &mut Block) -> Result<Vec<Vec<usize>>, QueryError> {
        let in_items = || items.iter().any(|i| matches!(i, Item::Expr { expr, .. } if aggregate::contains(expr)));
        let elsewhere = || select.having.is_some() || aggregate::in_order(order) || select.qualify.as_ref().is_some_and(aggregate::contains);
        let (sets, keys): (Vec<Vec<usize>>, Vec<Sql>) = match &select.group_by {
            GroupByExpr::Expressions(list, modifiers) if !list.is_empty() => {
                refuse_modifiers(select, modifiers)?;
                grouping_sets::expand(list)?
            }
            GroupByExpr::All(modifiers) => {
                refuse_modifiers(select, modifiers)?;
                let plain = items.iter().filter(|i| !matches!(i, Item::Expr { expr, .. } if aggregate::contains(expr)));
                let keys: Vec<Sql> = plain.map(Item::to_sql).collect();
                (vec![(0..keys.len()).collect()], keys)
            }
            GroupByExpr::Expressions(..) if in_items() || elsewhere() => (vec![Vec::new()], Vec::new()),
            GroupByExpr::Expressions(..) => return Ok(Vec::new()),
        };
        let mut groups = Groups::default();
        for key in &keys {
            let meant = self.key_meant(key, items, block)?;
            let expr = self.expr(&meant, block).map_err(|e| refuse::placed(e, key))?;
            let dtype = block.type_of(&expr)?;
            let id = match expr {
                Expr::Column(id) => id,
                computed => {
                    let id = self.fresh("key");
                    block.step(Step::Column(computed.alias(id.clone())), &[(id.clone(), dtype.clone())]);
                    id
                }
            };
            groups.keys.push((fingerprint::of(&meant, block), id.clone()));
            let _ = groups.schema.insert(id, dtype);
        }
        if sets.len() > 1 {
            let id = self.fresh("missing");
            let _ = groups.schema.insert(id.clone(), DataType::Int64);
            groups.missing = Some(id);
        }
        block.groups = Some(Box::new(groups));
        Ok(sets)
    }

    /// What a key of GROUP BY stands for: a result column by its number, a column, a name of the SELECT list, an expression.
    fn key_meant(&mut self, key: &Sql, items: &[Item], block: &Block) -> Result<Sql, QueryError> {
        if let Some(n) = super::order::ordinal(key) {
            let item = n.checked_sub(1).and_then(|n| items.get(n));
            return item
                .map(Item::to_sql)
                .ok_or_else(|| refuse::part(key, &format!("there is no result column {n}"), &format!("there are {}", items.len())));
        }
        if let Sql::Identifier(name) = key
            && block.find(std::slice::from_ref(name))?.is_none()
            && let Some((_, meant)) = block.aliases.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(&name.value))
        {
            return Ok(meant.clone());
        }
        Ok(key.clone())
    }
}

fn aliases(select: &Select) -> Vec<(String, Sql)> {
    let alias = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { expr, alias } => Some((alias.value.clone(), expr.clone())),
        _ => None,
    };
    select.projection.iter().filter_map(alias).collect()
}

fn refuse_modifiers(select: &Select, modifiers: &[GroupByWithModifier]) -> Result<(), QueryError> {
    if modifiers.is_empty() {
        Ok(())
    } else {
        Err(refuse::part(select, "GROUP BY … WITH is not known here", "write GROUP BY ROLLUP (…), CUBE (…) or GROUPING SETS (…)"))
    }
}

/// Clauses that other systems have.
fn refuse_unknown(select: &Select) -> Result<(), QueryError> {
    let unknown = [
        (select.top.is_some(), "TOP", "write LIMIT at the end"),
        (select.into.is_some(), "INTO", "a lake is only asked; write the answer with -o FILE"),
        (!select.lateral_views.is_empty(), "LATERAL VIEW", "write FROM t, UNNEST(list) AS u(x)"),
        (select.prewhere.is_some(), "PREWHERE", "write WHERE"),
        (!select.connect_by.is_empty(), "CONNECT BY", "use WITH RECURSIVE"),
        (
            !select.cluster_by.is_empty() || !select.distribute_by.is_empty() || !select.sort_by.is_empty(),
            "CLUSTER, DISTRIBUTE and SORT BY",
            "write ORDER BY",
        ),
        (
            select.value_table_mode.is_some() || select.select_modifiers.is_some() || select.exclude.is_some(),
            "this form of SELECT",
            "write SELECT columns FROM …",
        ),
    ];
    match unknown.into_iter().find(|(there, ..)| *there) {
        Some((_, what, instead)) => Err(refuse::part(select, &format!("{what} is not known here"), instead)),
        None => Ok(()),
    }
}
