//! The clauses that may stand in a statement for Spark. Border: each part of a query, a SELECT and a FROM is named here, so that a part the
//! parser learns later does not slip through.

use sqlparser::ast::{Distinct, GroupByExpr, Join, JoinConstraint, JoinOperator, LimitClause, OrderByExpr, OrderByKind, Query, Select};
use sqlparser::ast::{SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator, SetQuantifier, TableAlias, TableFactor};
use sqlparser::ast::{WildcardAdditionalOptions, With};

use super::no;
use crate::PortableError;

pub(super) fn query(query: &Query) -> Result<(), PortableError> {
    let Query { with, body, order_by, limit_clause, fetch, locks, for_clause, settings, format_clause, pipe_operators } = query;
    if fetch.is_some() || !locks.is_empty() || for_clause.is_some() || settings.is_some() || format_clause.is_some() || !pipe_operators.is_empty() {
        return no("FETCH, FOR, SETTINGS, FORMAT or |>");
    }
    if let Some(With { recursive, cte_tables, .. }) = with {
        if *recursive {
            return no("WITH RECURSIVE");
        }
        for cte in cte_tables {
            if cte.from.is_some() || cte.materialized.is_some() {
                return no("MATERIALIZED");
            }
            alias(Some(&cte.alias))?;
        }
    }
    match limit_clause {
        None => {}
        Some(LimitClause::LimitOffset { limit_by, .. }) if limit_by.is_empty() && order_by.is_some() => {}
        Some(_) => return no("LIMIT without ORDER BY, or with BY"),
    }
    if let Some(order_by) = order_by {
        let OrderByKind::Expressions(list) = &order_by.kind else { return no("ORDER BY ALL") };
        if order_by.interpolate.is_some() {
            return no("INTERPOLATE");
        }
        list.iter().try_for_each(order)?;
    }
    set(body)
}

pub(super) fn order(by: &OrderByExpr) -> Result<(), PortableError> {
    if by.with_fill.is_some() { no("WITH FILL") } else { Ok(()) }
}

fn set(body: &SetExpr) -> Result<(), PortableError> {
    match body {
        // visited on their own
        SetExpr::Select(_) | SetExpr::Query(_) => Ok(()),
        SetExpr::SetOperation { op, set_quantifier, left, right } => {
            let of_sets = matches!(op, SetOperator::Union | SetOperator::Except | SetOperator::Intersect)
                && matches!(set_quantifier, SetQuantifier::None | SetQuantifier::Distinct);
            if !(of_sets || *op == SetOperator::Union && *set_quantifier == SetQuantifier::All) {
                return no(format!("{op} {set_quantifier}"));
            }
            set(left)?;
            set(right)
        }
        _ => no("anything but SELECT, UNION, EXCEPT and INTERSECT"),
    }
}

pub(super) fn select(select: &Select) -> Result<(), PortableError> {
    let Select {
        select_token: _,
        optimizer_hints,
        distinct,
        select_modifiers,
        top,
        top_before_distinct: _,
        projection,
        exclude,
        into,
        from,
        lateral_views,
        prewhere,
        selection: _,
        connect_by,
        group_by,
        cluster_by,
        distribute_by,
        sort_by,
        having: _,
        named_window,
        qualify,
        window_before_qualify: _,
        value_table_mode,
        flavor,
    } = select;
    if qualify.is_some() {
        return no("QUALIFY; filter in a query around it");
    }
    if !named_window.is_empty() {
        return no("WINDOW; say the window behind OVER");
    }
    if *flavor != SelectFlavor::Standard || exclude.is_some() || into.is_some() || top.is_some() || value_table_mode.is_some() {
        return no("FROM before SELECT, EXCLUDE, INTO, TOP or AS STRUCT");
    }
    let clauses = [cluster_by.is_empty(), distribute_by.is_empty(), sort_by.is_empty(), lateral_views.is_empty(), connect_by.is_empty()];
    if clauses.contains(&false) || prewhere.is_some() || select_modifiers.is_some() || !optimizer_hints.is_empty() {
        return no("clauses that DuckDB has not");
    }
    if !matches!(distinct, None | Some(Distinct::Distinct)) {
        return no("DISTINCT ON");
    }
    if !matches!(group_by, GroupByExpr::Expressions(_, modifiers) if modifiers.is_empty()) {
        return no("GROUP BY ALL, or with a modifier");
    }
    projection.iter().try_for_each(item)?;
    from.iter().flat_map(|t| &t.joins).try_for_each(join)
}

fn item(item: &SelectItem) -> Result<(), PortableError> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } if alias.quote_style == Some('\'') => no(format!("{alias} as the name of a column")),
        SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. } => Ok(()),
        SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(_), options) | SelectItem::Wildcard(options) => wildcard(options),
        _ => no(format!("the column {item}")),
    }
}

fn wildcard(options: &WildcardAdditionalOptions) -> Result<(), PortableError> {
    let WildcardAdditionalOptions { wildcard_token: _, opt_ilike, opt_exclude, opt_except, opt_replace, opt_rename, opt_alias } = options;
    let plain = opt_ilike.is_none() && opt_exclude.is_none() && opt_except.is_none();
    if plain && opt_replace.is_none() && opt_rename.is_none() && opt_alias.is_none() { Ok(()) } else { no("* with EXCLUDE, REPLACE or the like") }
}

fn join(join: &Join) -> Result<(), PortableError> {
    use JoinOperator as Op;
    match &join.join_operator {
        Op::Join(on) | Op::Inner(on) | Op::Left(on) | Op::LeftOuter(on) | Op::Right(on) | Op::RightOuter(on) | Op::FullOuter(on) => match on {
            JoinConstraint::On(_) if !join.global => Ok(()),
            _ => no("joins without ON"),
        },
        Op::CrossJoin(JoinConstraint::None) => Ok(()),
        _ => no(format!("the join {join}")),
    }
}

pub(super) fn table(table: &TableFactor) -> Result<(), PortableError> {
    match table {
        TableFactor::Table {
            name: _,
            alias: named,
            args: None,
            with_hints,
            version: None,
            with_ordinality: false,
            partitions,
            json_path: None,
            sample: None,
            index_hints,
        } if with_hints.is_empty() && partitions.is_empty() && index_hints.is_empty() => alias(named.as_ref()),
        TableFactor::Derived { lateral: false, subquery: _, alias: named, sample: None } => alias(named.as_ref()),
        other => no(format!("{other} in FROM; a table or a query stands there")),
    }
}

fn alias(alias: Option<&TableAlias>) -> Result<(), PortableError> {
    if alias.is_none_or(|a| a.columns.is_empty() && a.at.is_none()) { Ok(()) } else { no("names of columns behind a table's") }
}
