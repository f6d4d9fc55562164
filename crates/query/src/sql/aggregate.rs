//! Aggregates. Border: exact and the same whatever the order of the rows; where SQL leaves the order open, an order is chosen.

use std::ops::ControlFlow;

use polars::prelude::*;
use polars::sql::FunctionOptions;
use sqlparser::ast::{
    DuplicateTreatment, Expr as Sql, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause, OrderBy, OrderByExpr, OrderByKind, Query, Visit,
    Visitor,
};

use super::binary::Term;
use super::block::{Aggregate, Block};
use super::call::{arguments, list, name};
use super::order::Keys;
use super::scalar::udf;
use super::{Planner, fingerprint, literal, refuse, types};
use crate::error::QueryError;

pub(super) const NAMES: &[&str] = &[
    "any_value",
    "approx_count_distinct",
    "approx_quantile",
    "arbitrary",
    "arg_max",
    "arg_min",
    "argmax",
    "argmin",
    "array_agg",
    "avg",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "count_if",
    "countif",
    "covar_pop",
    "covar_samp",
    "first",
    "group_concat",
    "last",
    "list",
    "listagg",
    "max",
    "max_by",
    "mean",
    "median",
    "min",
    "min_by",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "quantile",
    "quantile_cont",
    "quantile_disc",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
];

pub(super) fn is(name: &str) -> bool {
    NAMES.contains(&name)
}

/// Whether an aggregate stands in the expression, outside subqueries and windows.
pub(super) fn contains(expr: &Sql) -> bool {
    let mut found = Found::default();
    let _ = expr.visit(&mut found);
    found.some
}

/// Looks for an aggregate outside subqueries; what a window is made of counts, the window itself does not.
#[derive(Default)]
struct Found {
    some: bool,
    queries: usize,
}

impl Visitor for Found {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Sql) -> ControlFlow<()> {
        if let Sql::Function(f) = expr {
            self.some |= self.queries == 0 && f.over.is_none() && is(&name(f));
        }
        ControlFlow::Continue(())
    }
}

/// Whether an aggregate stands in an ORDER BY.
pub(super) fn in_order(order: Option<&OrderBy>) -> bool {
    match order.map(|o| &o.kind) {
        Some(OrderByKind::Expressions(list)) => list.iter().any(|o| contains(&o.expr)),
        _ => false,
    }
}

/// An aggregate's parts, as expressions over rows.
struct Parts {
    args: Vec<Term>,
    distinct: bool,
    keys: Keys,
}

impl Planner<'_> {
    pub(super) fn aggregate(&mut self, function: &Function, sql: &Sql, block: &mut Block) -> Result<Expr, QueryError> {
        let Some(mut groups) = block.groups.take() else {
            return Err(refuse::part(
                sql,
                "an aggregate cannot stand here",
                "write it in SELECT, HAVING, QUALIFY or ORDER BY, and not within another one",
            ));
        };
        let print = fingerprint::of(sql, block);
        if let Some(known) = groups.aggregates.iter().find(|a| a.fingerprint == print) {
            let known = col(known.id.clone());
            block.groups = Some(groups);
            return Ok(known);
        }
        // the arguments are over the rows, not over the groups
        let made = self.aggregate_of(function, sql, block, true).and_then(|expr| Ok((block.type_of(&expr)?, expr)));
        let (dtype, expr) = match made {
            Ok(made) => made,
            Err(e) => {
                block.groups = Some(groups);
                return Err(e);
            }
        };
        let id = self.fresh(&name(function));
        let counts = matches!(name(function).as_str(), "count" | "count_if" | "countif" | "approx_count_distinct");
        groups.aggregates.push(Aggregate { fingerprint: print, expr, id: id.clone(), counts });
        let _ = groups.schema.insert(id.clone(), dtype);
        block.groups = Some(groups);
        Ok(col(id))
    }

    /// The aggregate over a block's rows. `alone` makes its arguments columns first, so that each is computed once for each row.
    pub(super) fn aggregate_of(&mut self, function: &Function, sql: &Sql, block: &mut Block, alone: bool) -> Result<Expr, QueryError> {
        let name = name(function);
        if function.null_treatment.is_some() {
            return Err(refuse::part(sql, "IGNORE NULLS belongs to first_value, last_value and nth_value", "aggregates leave nulls out anyway"));
        }
        let filter = match &function.filter {
            Some(filter) => Some(self.condition(filter, block)?),
            None => None,
        };
        let filter = match filter {
            Some(filter) if alone => Some(col(self.key_column(filter, block)?)),
            filter => filter,
        };
        let star = matches!(list(function).map(|l| l.args.as_slice()), None | Some([] | [FunctionArg::Unnamed(FunctionArgExpr::Wildcard)]));
        if name == "count" && star {
            return Ok(filter.map_or_else(len, |f| f.sum()).cast(DataType::Int64));
        }
        let clauses = list(function).map_or(&[][..], |l| l.clauses.as_slice());
        let mut order: &[OrderByExpr] = &function.within_group;
        for clause in clauses {
            match clause {
                FunctionArgumentClause::OrderBy(by) => order = by,
                other => return Err(refuse::part(sql, &format!("{other} is not known here"), "use FILTER (WHERE …) and ORDER BY")),
            }
        }
        let distinct = list(function).is_some_and(|l| l.duplicate_treatment == Some(DuplicateTreatment::Distinct));
        let mut asts = arguments(function, sql)?;
        if let [Sql::Tuple(parts)] = asts.as_slice() {
            asts = parts.iter().collect();
        }
        let mut parts = Parts { args: Vec::new(), distinct, keys: Keys::default() };
        let within = !function.within_group.is_empty();
        for ast in within.then(|| order.iter().map(|o| &o.expr)).into_iter().flatten().chain(asts.iter().copied()) {
            let term = self.term(ast, block)?;
            parts.args.push(self.prepared(term, filter.as_ref(), block, alone)?);
        }
        if !within {
            for item in order {
                let term = self.term(&item.expr, block)?;
                let term = self.prepared(term, filter.as_ref(), block, alone)?;
                parts.keys.push(term.expr, &item.options);
            }
        }
        let descending = within && order.first().is_some_and(|o| o.options.asc == Some(false));
        let fraction = asts.last().and_then(|a| literal::double_of(a));
        build(&name, parts, fraction, descending, sql)
    }

    /// An argument as a column of its own, of those rows that the filter lets through.
    fn prepared(&mut self, term: Term, filter: Option<&Expr>, block: &mut Block, alone: bool) -> Result<Term, QueryError> {
        let expr = if alone { col(self.key_column(term.expr, block)?) } else { term.expr };
        let expr = filter.map_or_else(|| expr.clone(), |f| expr.clone().filter(f.clone()));
        Ok(Term { expr, ..term })
    }
}

fn build(name: &str, parts: Parts, fraction: Option<f64>, descending: bool, sql: &Sql) -> Result<Expr, QueryError> {
    let Parts { args, distinct, keys } = parts;
    let wants = |what: &str| {
        let got: Vec<String> = args.iter().map(|a| types::name(&a.dtype)).collect();
        refuse::part(sql, &format!("{name} wants {what}"), &format!("it is given ({})", got.join(", ")))
    };
    let Some(first) = args.first() else { return Err(wants("an argument")) };
    let (x, dtype) = (first.expr.clone(), first.dtype.clone());
    let numeric = || {
        if dtype.is_primitive_numeric() || matches!(dtype, DataType::Boolean | DataType::Null) { Ok(()) } else { Err(wants("numbers; CAST them")) }
    };
    let known = || x.clone().drop_nulls();
    let some = |value: Expr| when(x.clone().count().gt(lit(0))).then(value).otherwise(lit(NULL));
    let second = || args.get(1).map(|a| a.expr.clone()).ok_or_else(|| wants("two arguments"));
    let double = |e: Expr| e.cast(DataType::Float64);
    Ok(match name {
        "count" if args.len() > 1 => {
            let all = as_struct(args.iter().enumerate().map(|(n, a)| a.expr.clone().alias(format!("{n}"))).collect());
            if distinct { all.n_unique().cast(DataType::Int64) } else { return Err(wants("one argument")) }
        }
        "count" if distinct => known().n_unique().cast(DataType::Int64),
        "count" => x.count().cast(DataType::Int64),
        "approx_count_distinct" => known().n_unique().cast(DataType::Int64),
        "count_if" | "countif" => x.cast(DataType::Boolean).sum().cast(DataType::Int64),
        "sum" => {
            if !matches!(dtype, DataType::Duration(_)) {
                numeric()?;
            }
            let whole = dtype.is_integer() || dtype == DataType::Boolean;
            let values = if distinct { known().unique() } else { x.clone() };
            let values = if dtype == DataType::Null { values.cast(DataType::Int64) } else { values };
            some(if whole { values.sum().cast(DataType::Int64) } else { values.sum() })
        }
        "avg" | "mean" => {
            numeric()?;
            double(if distinct { known().unique() } else { x }).mean()
        }
        "min" if args.len() == 1 => x.min(),
        "max" if args.len() == 1 => x.max(),
        "min" | "max" => return Err(wants("one argument; for several use least and greatest")),
        // any will do, so it is the least, which is the same every time
        "any_value" | "arbitrary" => x.min(),
        "first" | "last" => {
            if keys.by.is_empty() {
                return Err(refuse::part(sql, "rows have no first one of themselves", &format!("write {name}(x ORDER BY time), or any_value(x)")));
            }
            let sorted = sorted(x, &keys);
            if name == "first" { sorted.first() } else { sorted.last() }
        }
        "bool_and" => x.cast(DataType::Boolean).min(),
        "bool_or" => x.cast(DataType::Boolean).max(),
        "stddev" | "stddev_samp" => double(x).std(1),
        "stddev_pop" => double(x).std(0),
        "variance" | "var_samp" => double(x).var(1),
        "var_pop" => double(x).var(0),
        "corr" | "covar_pop" | "covar_samp" => {
            let (a, b) = (double(x), double(second()?));
            let both = a.clone().is_not_null().and(b.clone().is_not_null());
            let (a, b) = (a.filter(both.clone()), b.filter(both));
            match name {
                "corr" => pearson_corr(a, b),
                "covar_pop" => cov(a, b, 0),
                _ => cov(a, b, 1),
            }
        }
        "median" => quantile_cont(x, &dtype, 0.5).ok_or_else(|| wants("numbers or times"))?,
        "quantile_cont" | "percentile_cont" => {
            let q = fraction
                .filter(|q| (0.0..=1.0).contains(q))
                .ok_or_else(|| wants("a fraction from 0 to 1 as written, such as 0.95; for several write one call each"))?;
            quantile_cont(x, &dtype, if descending { 1.0 - q } else { q }).ok_or_else(|| wants("numbers or times"))?
        }
        "quantile_disc" | "percentile_disc" | "quantile" | "approx_quantile" => {
            let q = fraction
                .filter(|q| (0.0..=1.0).contains(q))
                .ok_or_else(|| wants("a fraction from 0 to 1 as written, such as 0.95; for several write one call each"))?;
            let sorted = known().sort(SortOptions { descending, ..SortOptions::default() });
            let at = ((double(x.clone().count()) * lit(q)).ceil() - lit(1.0)).cast(DataType::Int64);
            some(sorted.get(when(at.clone().lt(lit(0))).then(lit(0_i64)).otherwise(at), true))
        }
        "mode" => udf::with(vec![x], dtype.clone(), FunctionOptions::aggregation(), |c| mode(&c[0])),
        "arg_max" | "argmax" | "max_by" | "arg_min" | "argmin" | "min_by" => {
            if args.len() > 2 {
                return Err(wants("two arguments; for the n greatest use QUALIFY ROW_NUMBER() OVER (ORDER BY …) <= n"));
            }
            let by = second()?;
            let both = x.clone().is_not_null().and(by.clone().is_not_null());
            let down = name.contains("max");
            // of several with the greatest value the least is taken
            let known = |e: Expr| when(both.clone()).then(e).otherwise(lit(NULL));
            let keys = [known(by), known(x.clone())];
            let options = SortMultipleOptions::default().with_order_descending_multi([down, false]).with_nulls_last(true).with_maintain_order(true);
            known(x).sort_by(keys, options).first()
        }
        "string_agg" | "group_concat" | "listagg" => {
            let separator = match args.get(1) {
                None => ",",
                Some(Term { text: Some(text), .. }) => text,
                Some(_) => return Err(wants("a separator as written, such as ', '")),
            };
            let texts = types::cast(x.clone(), &dtype, &types::Target::Type(DataType::String), true)?;
            // nulls stay until they are left out: polars 0.55 refuses to sort groups of which a filter has left nothing
            let texts = ordered(texts, x.clone(), &keys);
            let texts = if distinct { texts.unique_stable() } else { texts };
            some(texts.str().join(separator, true))
        }
        "array_agg" | "list" => {
            let values = ordered(x.clone(), x.clone(), &keys);
            let values = if distinct { values.unique_stable() } else { values };
            values.implode(true)
        }
        other => return Err(refuse::part(sql, &format!("{other} is not known here"), "docs/sql.md lists what is")),
    })
}

/// In the order asked for, else by the values themselves.
fn ordered(values: Expr, own: Expr, keys: &Keys) -> Expr {
    if !keys.by.is_empty() {
        return sorted(values, keys);
    }
    values.sort_by([own], SortMultipleOptions::default().with_nulls_last(true).with_maintain_order(true))
}

/// Equal keys are told apart by the values.
fn sorted(values: Expr, keys: &Keys) -> Expr {
    let mut keys = keys.clone();
    keys.push(values.clone(), &sqlparser::ast::OrderByOptions::default());
    let options = SortMultipleOptions::default().with_order_descending_multi(keys.descending).with_nulls_last_multi(keys.nulls_last);
    values.sort_by(keys.by, options.with_maintain_order(true))
}

fn quantile_cont(x: Expr, dtype: &DataType, q: f64) -> Option<Expr> {
    let of = |x: Expr| x.cast(DataType::Float64).quantile(lit(q), QuantileMethod::Linear);
    match dtype {
        t if t.is_primitive_numeric() || *t == DataType::Null => Some(of(x)),
        DataType::Date => {
            Some(of(x.cast(types::LOCAL).cast(DataType::Int64)).round(0, RoundMode::HalfToEven).cast(DataType::Int64).cast(types::LOCAL))
        }
        DataType::Datetime(..) | DataType::Duration(_) => {
            Some(of(x.cast(DataType::Int64)).round(0, RoundMode::HalfToEven).cast(DataType::Int64).cast(dtype.clone()))
        }
        _ => None,
    }
}

/// The value that is there most often; of several the least.
fn mode(column: &Column) -> PolarsResult<Column> {
    let sorted = column.drop_nulls().sort(SortOptions::default())?;
    let n = sorted.len();
    if n == 0 {
        return Ok(Column::full_null(column.name().clone(), 1, column.dtype()));
    }
    let changed = sorted.slice(1, n - 1).as_materialized_series().not_equal_missing(sorted.slice(0, n - 1).as_materialized_series())?;
    let (mut best, mut best_length, mut start) = (0, 0, 0);
    for end in 1..=n {
        if end == n || changed.get(end - 1) == Some(true) {
            if end - start > best_length {
                (best, best_length) = (start, end - start);
            }
            start = end;
        }
    }
    Ok(sorted.slice(best as i64, 1).with_name(column.name().clone()))
}
