//! SQL as analysts know it from DuckDB, planned for polars. Border: a statement's text in, a lazy frame with its columns' names out; what
//! the tables are is the caller's business, the dialect is described in [`crate::functions`].
//!
//! The statement is parsed by the crate that polars' own SQL uses, and each of its parts becomes a step of a lazy plan. Names are resolved
//! here, and every column has a name of its own in the plan, so that columns of one name, functions within a CTE and subqueries that look
//! at the row around them need no care from who writes. What cannot be answered is refused with its place, never answered otherwise.

mod aggregate;
mod binary;
mod block;
mod call;
mod dialect;
mod expression;
mod fingerprint;
mod from;
mod grouping_sets;
mod interval;
mod join;
mod kernel;
mod literal;
mod order;
mod projection;
mod query;
mod recursive;
mod refuse;
mod scalar;
mod select;
mod subquery;
mod table_function;
mod title;
mod types;
mod window;

use std::collections::HashMap;

use jiff::Timestamp;
use polars::prelude::*;
use sqlparser::ast::{Query, Statement};

use crate::error::QueryError;
use block::{Block, Name};

/// Where the statement's tables come from.
pub(crate) trait Tables {
    /// The rows of a table, by its name or by lake and name; `None` where there is none.
    fn rows(&self, name: &[String]) -> Result<Option<Rows>, QueryError>;
    /// The names of all tables, for messages and `SHOW TABLES`.
    fn names(&self) -> Vec<String>;
    /// How ROUND decides between two that are equally near.
    fn rounding(&self) -> RoundMode;
    /// Runs a plan.
    fn collect(&self, plan: LazyFrame) -> Result<DataFrame, QueryError>;
}

/// A table's rows.
pub(crate) struct Rows {
    /// All of them.
    pub(crate) frame: LazyFrame,
    /// The columns by which they are sorted within a file.
    pub(crate) sort: Vec<String>,
}

/// Plans statements; one a statement.
struct Planner<'a> {
    tables: &'a dyn Tables,
    now: Timestamp,
    /// Number of the last column that got a name.
    last: usize,
    /// Common table expressions in scope, the innermost last.
    common: Vec<HashMap<String, Block>>,
    /// Blocks around the one being planned, the innermost last: where a subquery finds the names that it does not know.
    around: Vec<Around>,
    /// Nothing is run while it is only found out which of the outer columns a subquery needs.
    dry: bool,
    /// The windows that the SELECT being planned gives names.
    windows: HashMap<String, sqlparser::ast::WindowSpec>,
}

/// A block around a subquery.
struct Around {
    names: Vec<Name>,
    schema: Schema,
    /// Its columns that the subquery asked for.
    asked: Vec<Name>,
}

/// What the engine says against a statement as it runs: the statement's fault where it is about its values, else the engine's.
pub(crate) fn complaint(error: PolarsError) -> QueryError {
    match refuse::root(error) {
        error @ (PolarsError::SQLInterface(_) | PolarsError::SQLSyntax(_) | PolarsError::InvalidOperation(_) | PolarsError::ColumnNotFound(_)) => {
            refuse::engine(error)
        }
        other => QueryError::Engine(other),
    }
}

/// The statements of a text.
pub(crate) fn parse(sql: &str) -> Result<Vec<Statement>, QueryError> {
    dialect::parse(sql).map_err(|e| refuse::syntax(&e.to_string()))
}

/// The tables that statements name, as spelled in them, with what they call by a name of their own.
pub(crate) fn named_tables(statements: &[Statement]) -> Vec<Vec<String>> {
    let mut named: Vec<Vec<String>> = Vec::new();
    let mut note = |relation: &sqlparser::ast::ObjectName| {
        let name = block::parts(relation);
        if !named.contains(&name) {
            named.push(name);
        }
        std::ops::ControlFlow::<()>::Continue(())
    };
    for statement in statements {
        let _ = sqlparser::ast::visit_relations(statement, &mut note);
    }
    named
}

/// Whether a name is LIKE a pattern, in any case; one without `%` and `_` is found anywhere in it.
pub(crate) fn is_like(name: &str, pattern: &str) -> bool {
    let pattern = if pattern.contains(['%', '_']) { pattern.to_owned() } else { format!("%{pattern}%") };
    scalar::text::is_like(name, &pattern)
}

/// The names of all functions.
pub(crate) fn function_names() -> Vec<&'static str> {
    scalar::names()
        .chain(aggregate::NAMES.iter().copied())
        .chain(window::NAMES.iter().copied())
        .chain(table_function::NAMES)
        .chain(["time_bucket", "date_add", "grouping"])
        .collect()
}

/// Plans the one statement of a text.
pub(crate) fn plan(statements: &[Statement], tables: &dyn Tables) -> Result<LazyFrame, QueryError> {
    let [statement] = statements else {
        return Err(QueryError::Sql(format!("one statement at a time; this is {}", statements.len())));
    };
    let mut planner = Planner { tables, now: Timestamp::now(), last: 0, common: Vec::new(), around: Vec::new(), dry: false, windows: HashMap::new() };
    match statement {
        Statement::Query(query) => planner.answer(query),
        Statement::Explain { statement, .. } => {
            let Statement::Query(query) = statement.as_ref() else { return Err(only_asked("EXPLAIN")) };
            let text = planner.answer(query)?.explain(true)?;
            Ok(lines("plan", text.lines()))
        }
        Statement::ExplainTable { table_name, .. } => {
            let name = block::parts(table_name);
            let rows = tables.rows(&name)?.ok_or_else(|| unknown_table(&name, tables))?;
            let mut frame = rows.frame;
            let schema = frame.collect_schema()?;
            let (names, types): (Vec<_>, Vec<_>) = schema.iter().map(|(n, t)| (n.to_string(), types::name(t))).unzip();
            Ok(df!("column_name" => names, "column_type" => types)?.lazy())
        }
        Statement::ShowTables { .. } => Ok(lines("name", tables.names().iter().map(String::as_str))),
        other => Err(only_asked(other.to_string().split_whitespace().next().unwrap_or_default())),
    }
}

fn only_asked(word: &str) -> QueryError {
    QueryError::Sql(format!("{word}: a lake is only asked; want SELECT or WITH, EXPLAIN, DESCRIBE or SHOW TABLES"))
}

fn lines<'a>(name: &str, lines: impl Iterator<Item = &'a str>) -> LazyFrame {
    let lines: Vec<&str> = lines.collect();
    let column = Column::new(name.into(), lines.as_slice());
    // one column cannot have two heights
    DataFrame::new(lines.len(), vec![column]).unwrap_or_default().lazy()
}

fn unknown_table(name: &[String], tables: &dyn Tables) -> QueryError {
    QueryError::UnknownTable { name: name.join("."), known: tables.names() }
}

impl Planner<'_> {
    /// A statement's rows, in an order in which no two different rows are equal.
    fn answer(&mut self, query: &Query) -> Result<LazyFrame, QueryError> {
        let block = self.query(query, true)?;
        let names = title::distinct(block.visible().map(|n| n.column.as_str()));
        let columns: Vec<Expr> = block.visible().zip(names).map(|(n, name)| col(n.id.clone()).alias(name)).collect();
        Ok(block.frame.select(columns))
    }

    /// A name that no other column of the plan has, and no table can have.
    fn fresh(&mut self, hint: &str) -> PlSmallStr {
        self.last += 1;
        format!("{hint}\u{1}{}", self.last).into()
    }
}

/// Runs of all rules together are `tests/sql.rs`' business; here only what needs no lake.
#[cfg(test)]
mod tests;
