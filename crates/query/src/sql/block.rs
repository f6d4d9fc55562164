//! Rows on their way through a statement, and the names by which their columns can be called. Border: looking names up; what an expression
//! means is `expression`'s business.

use polars::prelude::*;
use sqlparser::ast::{Ident, ObjectName};

use super::{Around, Planner};
use crate::error::QueryError;
use crate::sql::refuse;

/// A column as a statement calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// The table or alias it belongs to, with its lake where the statement names that; empty where it belongs to none.
    pub(super) table: Vec<String>,
    /// Its own name.
    pub(super) column: String,
    /// Its name in the plan.
    pub(super) id: PlSmallStr,
    /// Not in `*`: joined by USING to one that is.
    pub(super) hidden: bool,
}

/// Rows, with the names of their columns.
#[derive(Clone)]
pub(super) struct Block {
    pub(super) frame: LazyFrame,
    pub(super) names: Vec<Name>,
    /// Columns of the query around a subquery: they are meant where no column of its own has the name.
    pub(super) outer: Vec<Name>,
    /// Something has been done with the rows since they were put together.
    pub(super) stepped: bool,
    /// These are rows of the query around a subquery.
    pub(super) outer_rows: bool,
    /// Each row of one table stands beside each of another.
    pub(super) crossed: bool,
    /// Of all columns of the frame, by their names in the plan.
    pub(super) schema: Schema,
    /// The sort columns of the table that the rows come from as they are; `None` where they have been joined, grouped or the like.
    pub(super) sort: Option<Vec<String>>,
    /// The names of the SELECT list, which may be used where no column has them.
    pub(super) aliases: Vec<(String, sqlparser::ast::Expr)>,
    /// Where rows are grouped: what they become.
    pub(super) groups: Option<Box<Groups>>,
}

/// What a block's rows become when they are grouped.
#[derive(Clone, Default)]
pub(super) struct Groups {
    /// What is grouped by: its fingerprint, and the column of the block that has it.
    pub(super) keys: Vec<(String, PlSmallStr)>,
    /// The aggregates asked for so far.
    pub(super) aggregates: Vec<Aggregate>,
    /// Of the groups' columns.
    pub(super) schema: Schema,
    /// What is done with the groups, one after another.
    pub(super) steps: Vec<Step>,
    /// The column that says by which keys a row is not grouped, where they differ: a bit a key.
    pub(super) missing: Option<PlSmallStr>,
}

/// An aggregate of a block's rows.
#[derive(Clone)]
pub(super) struct Aggregate {
    pub(super) fingerprint: String,
    /// Over the block's rows.
    pub(super) expr: Expr,
    /// The column of the groups that has it.
    pub(super) id: PlSmallStr,
    /// Of no rows it is 0, not null.
    pub(super) counts: bool,
}

/// Something done with rows.
#[derive(Clone)]
pub(super) enum Step {
    /// A column more.
    Column(Expr),
    /// Only those for which it is true.
    Filter(Expr),
    /// The same, through a column of this name.
    Kept(Expr, PlSmallStr),
    /// A left join: with what, on the same columns.
    Join(LazyFrame, Vec<PlSmallStr>),
}

impl Step {
    pub(super) fn apply(self, frame: LazyFrame) -> LazyFrame {
        match self {
            Step::Column(expr) => frame.with_columns([expr]),
            Step::Filter(expr) => frame.filter(expr),
            Step::Kept(expr, mark) => super::join::kept(frame, expr, &mark),
            Step::Join(other, on) => {
                let on: Vec<Expr> = on.into_iter().map(col).collect();
                frame.join(other, &on, &on, JoinArgs { nulls_equal: true, ..JoinArgs::new(JoinType::Left) })
            }
        }
    }
}

impl Block {
    pub(super) fn new(frame: LazyFrame, names: Vec<Name>, schema: Schema) -> Block {
        Block {
            frame,
            names,
            outer: Vec::new(),
            outer_rows: false,
            crossed: false,
            stepped: false,
            schema,
            sort: None,
            aliases: Vec::new(),
            groups: None,
        }
    }

    /// The columns that `*` stands for.
    pub(super) fn visible(&self) -> impl Iterator<Item = &Name> {
        self.names.iter().filter(|n| !n.hidden)
    }

    /// The columns that an expression can use now.
    pub(super) fn active(&self) -> &Schema {
        self.groups.as_ref().map_or(&self.schema, |g| &g.schema)
    }

    /// The type of an expression here.
    pub(super) fn type_of(&self, expr: &Expr) -> Result<DataType, QueryError> {
        let field = expr.to_field(self.active()).map_err(refuse::engine)?;
        // a literal's type is not settled until it meets a column
        Ok(match field.dtype {
            DataType::Unknown(UnknownKind::Int(_)) => DataType::Int64,
            DataType::Unknown(UnknownKind::Float) => DataType::Float64,
            DataType::Unknown(UnknownKind::Str) => DataType::String,
            known => known,
        })
    }

    /// Does something with the rows: now, or once they are grouped.
    pub(super) fn step(&mut self, step: Step, new: &[(PlSmallStr, DataType)]) {
        self.stepped = true;
        match &mut self.groups {
            Some(groups) => {
                groups.steps.push(step);
                groups.schema.extend(new.iter().cloned().map(|(n, t)| Field::new(n, t)));
            }
            None => {
                self.frame = step.apply(std::mem::take(&mut self.frame));
                self.schema.extend(new.iter().cloned().map(|(n, t)| Field::new(n, t)));
            }
        }
    }

    /// The column that is called so; an error where several are. Exact spelling goes before any other.
    pub(super) fn find(&self, name: &[Ident]) -> Result<Option<Name>, QueryError> {
        find(&self.names, name)
    }

    /// The same, with the columns of the query around behind the block's own.
    pub(super) fn find_anywhere(&self, name: &[Ident]) -> Result<Option<Name>, QueryError> {
        Ok(match self.find(name)? {
            None => find(&self.outer, name)?,
            found => found,
        })
    }

    /// Calls all columns by a table's name, and by new names where there are any.
    pub(super) fn called(mut self, table: Vec<String>, columns: &[String]) -> Result<Block, QueryError> {
        let visible: Vec<Name> = self.visible().cloned().collect();
        if columns.len() > visible.len() {
            return Err(QueryError::Sql(format!("table {} has {} columns, not {}", table.join("."), visible.len(), columns.len())));
        }
        let distinct = super::title::distinct(visible.iter().map(|n| n.column.as_str()));
        self.names = visible
            .into_iter()
            .zip(distinct)
            .enumerate()
            .map(|(n, (name, own))| Name { table: table.clone(), column: columns.get(n).cloned().unwrap_or(own), ..name })
            .collect();
        Ok(self)
    }
}

/// The one of the names that is meant.
pub(super) fn find(names: &[Name], name: &[Ident]) -> Result<Option<Name>, QueryError> {
    let Some((column, table)) = name.split_last() else { return Ok(None) };
    let of_table = |n: &&Name| {
        let skip = n.table.len().checked_sub(table.len());
        skip.is_some_and(|skip| n.table[skip..].iter().zip(table).all(|(a, b)| a.eq_ignore_ascii_case(&b.value)))
    };
    let same: Vec<&Name> = names.iter().filter(|n| n.column.eq_ignore_ascii_case(&column.value)).filter(of_table).collect();
    let exact: Vec<&Name> = same.iter().copied().filter(|n| n.column == column.value).collect();
    let found = if exact.is_empty() { same } else { exact };
    let shown: Vec<&Name> = found.iter().copied().filter(|n| !n.hidden).collect();
    let found = if table.is_empty() && !shown.is_empty() { shown } else { found };
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some((*one).clone())),
        [first, rest @ ..] if rest.iter().all(|n| n.id == first.id) => Ok(Some((*first).clone())),
        several => {
            let of: Vec<String> = several.iter().map(|n| format!("{}.{}", n.table.join("."), n.column)).collect();
            Err(refuse::at(column.span, &format!("{:?} is a column of several tables", column.value), &format!("say which: {}", of.join(" or "))))
        }
    }
}

/// The parts of a name.
pub(super) fn parts(name: &ObjectName) -> Vec<String> {
    name.0.iter().map(|p| p.as_ident().map_or_else(|| p.to_string(), |i| i.value.clone())).collect()
}

impl Planner<'_> {
    /// The column that is called so: of the block, else one of the SELECT list's names is the caller's business, else of a block around.
    pub(super) fn outer(&mut self, name: &[Ident]) -> Result<Option<Name>, QueryError> {
        for around in self.around.iter_mut().rev() {
            if let Some(found) = find(&around.names, name)? {
                if !around.asked.contains(&found) {
                    around.asked.push(found.clone());
                }
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Works where the block's columns can be seen from within; gives back which of them were asked for.
    pub(super) fn within<T>(&mut self, block: &Block, work: impl FnOnce(&mut Self) -> Result<T, QueryError>) -> Result<(T, Vec<Name>), QueryError> {
        let names = match &block.groups {
            None => block.names.iter().chain(&block.outer).cloned().collect(),
            // of grouped rows only what they are grouped by
            Some(groups) => block.names.iter().chain(&block.outer).filter(|n| groups.schema.contains(&n.id)).cloned().collect(),
        };
        self.around.push(Around { names, schema: block.active().clone(), asked: Vec::new() });
        let result = work(self);
        let around = self.around.pop();
        Ok((result?, around.map_or_else(Vec::new, |a| a.asked)))
    }
}
