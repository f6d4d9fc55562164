//! The SELECT list: stars spelled out, lists unnested. Border: which expressions there are and what they are called.

use polars::prelude::*;
use sqlparser::ast::{
    ExcludeSelectItem, Expr as Sql, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, RenameSelectItem, Select, SelectFlavor, SelectItem,
    SelectItemQualifiedWildcardKind, WildcardAdditionalOptions,
};

use super::block::{Block, Name, Step, parts};
use super::{Planner, refuse, title};
use crate::error::QueryError;

/// An item of the SELECT list.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// A column that `*` stands for.
    Column { name: Name, title: String },
    /// An expression.
    Expr { expr: Sql, title: String },
}

impl Item {
    pub(super) fn title(&self) -> &str {
        match self {
            Item::Column { title, .. } | Item::Expr { title, .. } => title,
        }
    }

    /// As an expression.
    pub(super) fn to_sql(&self) -> Sql {
        match self {
            Item::Expr { expr, .. } => expr.clone(),
            Item::Column { name, .. } => {
                let mut path: Vec<Ident> = name.table.iter().map(|t| Ident::with_quote('"', t)).collect();
                path.push(Ident::with_quote('"', &name.column));
                if path.len() == 1 { Sql::Identifier(path.remove(0)) } else { Sql::CompoundIdentifier(path) }
            }
        }
    }
}

impl Planner<'_> {
    /// The items of a SELECT list.
    pub(super) fn items(&mut self, select: &Select, block: &Block) -> Result<Vec<Item>, QueryError> {
        if select.projection.is_empty() && select.flavor == SelectFlavor::FromFirstNoSelect {
            return star(&[], &WildcardAdditionalOptions::default(), block);
        }
        let mut items = Vec::new();
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr) => items.push(Item::Expr { expr: expr.clone(), title: title::of(expr) }),
                SelectItem::ExprWithAlias { expr, alias } => items.push(Item::Expr { expr: expr.clone(), title: alias.value.clone() }),
                SelectItem::Wildcard(options) => items.extend(star(&[], options, block)?),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(table), options) => {
                    items.extend(star(&parts(table), options, block)?);
                }
                other => return Err(refuse::part(other, "this item of SELECT is not known here", "name one column an item")),
            }
        }
        Ok(items)
    }

    /// Turns a list of the SELECT list, `UNNEST(list)`, into a row an element; tells whether there was one.
    pub(super) fn unnest(&mut self, items: &mut [Item], block: &mut Block) -> Result<bool, QueryError> {
        let mut found = false;
        for item in items {
            let Item::Expr { expr, title } = item else { continue };
            let Some(list) = unnested(expr) else { continue };
            if found {
                return Err(refuse::part(expr, "several UNNEST in one SELECT are not known here", "unnest one of them in a CTE"));
            }
            found = true;
            let list = list.clone();
            let name = self.unnest_list(&list, block, title)?;
            *item = Item::Column { name, title: title.clone() };
        }
        Ok(found)
    }

    /// Adds a column with the list's elements: a row an element, none for an empty list or a null.
    pub(super) fn unnest_list(&mut self, list: &Sql, block: &mut Block, title: &str) -> Result<Name, QueryError> {
        let expr = self.expr(list, block)?;
        let DataType::List(element) = block.type_of(&expr)? else {
            return Err(refuse::part(list, "UNNEST wants a list", "make one with string_split(text, ',') or json_keys(text)"));
        };
        let id = self.fresh(title);
        block.step(Step::Column(expr.alias(id.clone())), &[(id.clone(), (*element).clone())]);
        block.step(Step::Filter(col(id.clone()).list().len().gt(lit(0))), &[]);
        let by = Selector::ByName { names: [id.clone()].into(), strict: true };
        block.frame = std::mem::take(&mut block.frame).explode(by, ExplodeOptions { empty_as_null: true, keep_nulls: true });
        block.sort = None;
        Ok(Name { table: Vec::new(), column: title.to_owned(), id, hidden: false })
    }
}

/// The list of `UNNEST(list)`.
fn unnested(expr: &Sql) -> Option<&Sql> {
    let Sql::Function(function) = expr else { return None };
    let FunctionArguments::List(list) = &function.args else { return None };
    match list.args.as_slice() {
        [FunctionArg::Unnamed(FunctionArgExpr::Expr(list))] if function.name.to_string().eq_ignore_ascii_case("unnest") => Some(list),
        _ => None,
    }
}

/// What `*` or `table.*` stands for.
fn star(table: &[String], options: &WildcardAdditionalOptions, block: &Block) -> Result<Vec<Item>, QueryError> {
    let token = options.wildcard_token.0.span;
    if options.opt_ilike.is_some() || options.opt_except.is_some() || options.opt_alias.is_some() {
        return Err(refuse::at(
            token,
            "this form of * is not known here",
            "use * EXCLUDE (columns), * REPLACE (expression AS column) or * RENAME (column AS name)",
        ));
    }
    let of_table = |n: &&Name| {
        let skip = n.table.len().checked_sub(table.len());
        skip.is_some_and(|skip| n.table[skip..].iter().zip(table).all(|(a, b)| a.eq_ignore_ascii_case(b)))
    };
    let names: Vec<&Name> = block.names.iter().filter(|n| !n.hidden || !table.is_empty()).filter(of_table).collect();
    if names.is_empty() {
        return Err(refuse::at(token, &format!("there is no table {:?} to take the columns of", table.join(".")), "name one of FROM, or use *"));
    }
    let excluded: Vec<String> = match &options.opt_exclude {
        Some(ExcludeSelectItem::Single(name)) => vec![parts(name).pop().unwrap_or_default()],
        Some(ExcludeSelectItem::Multiple(names)) => names.iter().map(|n| parts(n).pop().unwrap_or_default()).collect(),
        None => Vec::new(),
    };
    let renamed: Vec<(String, String)> = match &options.opt_rename {
        Some(RenameSelectItem::Single(one)) => vec![(one.ident.value.clone(), one.alias.value.clone())],
        Some(RenameSelectItem::Multiple(all)) => all.iter().map(|r| (r.ident.value.clone(), r.alias.value.clone())).collect(),
        None => Vec::new(),
    };
    let replaced: Vec<(&str, &Sql)> = options.opt_replace.iter().flat_map(|r| &r.items).map(|r| (r.column_name.value.as_str(), &r.expr)).collect();
    let meant = excluded.iter().map(String::as_str).chain(renamed.iter().map(|(n, _)| n.as_str())).chain(replaced.iter().map(|(n, _)| *n));
    for name in meant {
        if !names.iter().any(|n| n.column.eq_ignore_ascii_case(name)) {
            return Err(refuse::at(token, &format!("* has no column {name:?}"), "name one that it has"));
        }
    }
    let item = |name: &Name| {
        let title = renamed.iter().find(|(from, _)| from.eq_ignore_ascii_case(&name.column)).map_or(&name.column, |(_, to)| to).clone();
        match replaced.iter().find(|(column, _)| column.eq_ignore_ascii_case(&name.column)) {
            Some((_, expr)) => Item::Expr { expr: (*expr).clone(), title },
            None => Item::Column { name: name.clone(), title },
        }
    };
    Ok(names.into_iter().filter(|n| !excluded.iter().any(|e| e.eq_ignore_ascii_case(&n.column))).map(item).collect())
}
