//! The lake's tables as SQL sees them, and the way from a statement to its answer. Border: scanning, narrowing, running;
//! how an answer looks is `render`'s business.

mod scan;

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use polars::prelude::*;
use polars::sql::{SQLContext, extract_table_identifiers};
use tracemill_model::Lake;
use tracemill_model::lake::Snapshot;
use tracemill_model::tables::{self, Table};

use crate::answer::Answer;
use crate::error::QueryError;
use crate::filters::Filters;
use crate::functions::Functions;
use crate::report::Report;
use crate::{grouping, statement};

/// A lake at one commit, ready for questions.
#[derive(Debug)]
pub struct Catalog {
    lake: Lake,
    snapshot: Snapshot,
}

impl Catalog {
    /// The lake as of now. Later commits do not show.
    pub fn open(lake: &Lake) -> Result<Catalog, QueryError> {
        // polars writes its deprecations to standard error, which is not a library's to use; they concern its callers' code
        polars::error::set_warning_function(|_, _| ());
        Ok(Catalog { lake: lake.clone(), snapshot: lake.snapshot()? })
    }

    /// Answers a statement. Its tables are narrowed by the filters first.
    ///
    /// Rows come in the statement's order; ties, and rows without an ORDER BY, by all columns from left to right, those of a
    /// single table by its time first. So the same records give the same bytes, whatever the number of threads or of files.
    /// Only a LIMIT on a plain scan without an ORDER BY takes what comes first in the lake.
    pub fn sql(&self, sql: &str, filters: &Filters) -> Result<Answer, QueryError> {
        let mut named = named_tables(sql)?;
        match statement::first_word(sql).to_ascii_uppercase().as_str() {
            "SELECT" | "WITH" | "EXPLAIN" | "VALUES" | "FROM" => {}
            "SHOW" => named.extend(tables::all().map(|t| t.name.to_owned())),
            other => return Err(QueryError::Sql(format!("{other}: a lake is only asked; want SELECT or WITH, EXPLAIN or SHOW TABLES"))),
        }
        let mut answer = self.run(sql, &named, filters, &[])?;
        self.caption(&mut answer);
        Ok(answer)
    }

    /// Answers a report, grouped by the words of `--by` instead of its own grouping where any are given.
    pub fn report(&self, report: &Report, filters: &Filters, by: &[String]) -> Result<Answer, QueryError> {
        let columns = report.grouping(by)?;
        let sql = report.sql(&columns);
        let named = named_tables(&sql)?;
        let mut answer = self.run(&sql, &named, filters, &columns)?;
        if let Some(total) = answer.sum("cost_nanousd") {
            answer.add_caption(format!("total cost: {} USD", usd(total)));
        }
        self.caption(&mut answer);
        Ok(answer)
    }

    /// Version and date of the price table that the costs were computed with; `None` before the semantic tables are built.
    pub fn prices(&self) -> Option<&str> {
        self.snapshot.built_with.as_ref().map(|b| b.prices.as_str())
    }

    /// A fresh context for each statement: after a failed join polars 0.55 keeps the aliases.
    fn context(&self, named: &BTreeSet<String>, filters: &Filters, by: &[String]) -> Result<SQLContext, QueryError> {
        let context = SQLContext::new().with_function_registry(Arc::new(Functions::new()));
        for name in named {
            if let Some(table) = tables::by_name(&name.to_lowercase()) {
                context.register(name, self.narrowed(table, filters, by)?);
            }
        }
        Ok(context)
    }

    fn narrowed(&self, table: &'static Table, filters: &Filters, by: &[String]) -> Result<LazyFrame, QueryError> {
        let whole = |t: &'static Table| scan::scan(&self.lake, &self.snapshot, t, &Filters::default());
        let rows = scan::scan(&self.lake, &self.snapshot, table, filters)?;
        let rows = filters.narrow(table, rows, &whole)?;
        grouping::widen(table, rows, by, filters.timezone(), &whole)
    }

    fn run(&self, sql: &str, named: &BTreeSet<String>, filters: &Filters, by: &[String]) -> Result<Answer, QueryError> {
        let explain = |e: PolarsError| Self::explain(&e, named);
        let mut plan = self.context(named, filters, by)?.execute(sql).map_err(explain)?;
        let schema = plan.collect_schema().map_err(explain)?;
        let mut comparable: Vec<(usize, String)> =
            schema.iter().zip(1..).filter(|((_, t), _)| !t.is_nested()).map(|((name, _), n)| (n, name.to_string())).collect();
        let mut tables = named.iter().filter_map(|n| tables::by_name(&n.to_lowercase()));
        if let (Some(table), None, true) = (tables.next(), tables.next(), statement::is_plain_scan(sql)) {
            // rows of a table come as its files are sorted, however many files there are: by time first
            comparable.sort_by_key(|(_, name)| table.sort.iter().position(|s| s == name).unwrap_or(usize::MAX));
        }
        if let Some(ordered) = statement::ordered(sql, &comparable)
            && let Ok(mut with_order) = self.context(named, filters, by)?.execute(&ordered)
            && with_order.collect_schema().is_ok_and(|s| s == schema)
            && let Ok(frame) = collect(with_order)
        {
            return Answer::new(frame);
        }
        Answer::new(collect(plan)?)
    }

    /// Says what belongs to the figures: the price table of a cost, and whether a sum of costs is a lower bound.
    fn caption(&self, answer: &mut Answer) {
        let priced = ["cost_nanousd", "cost_usd", "list_cost_nanousd"].iter().any(|c| answer.has_column(c));
        if !priced {
            return;
        }
        let prices = self.prices().map_or_else(|| "none: the semantic tables are not built yet".to_owned(), str::to_owned);
        answer.add_caption(format!("prices: {prices}"));
        if let Some(unpriced) = answer.sum("unpriced_calls").filter(|n| *n > 0) {
            answer.add_caption(format!("model calls without a price: {unpriced}; costs that include them are lower bounds"));
        }
    }

    /// The engine's complaint about a statement in words that help: which name is unknown and which there are.
    fn explain(error: &PolarsError, named: &BTreeSet<String>) -> QueryError {
        let text = error.to_string();
        // what follows is the plan so far, which says nothing to who wrote SQL
        let text = text.split("\n\nResolved plan").next().unwrap_or_default();
        let quoted = text.split(['\'', '"']).nth(1).map(str::to_owned);
        let known_columns = || -> Vec<String> {
            let of = named.iter().filter_map(|n| tables::by_name(&n.to_lowercase()));
            of.flat_map(|t| t.columns.iter().map(|c| c.name).chain(["date"]).map(move |c| format!("{}.{c}", t.name))).collect()
        };
        match (error, quoted) {
            (_, Some(name)) if text.starts_with("relation ") => {
                QueryError::UnknownTable { name, known: tables::all().map(|t| t.name.to_owned()).collect() }
            }
            (PolarsError::ColumnNotFound(_), Some(name)) => QueryError::UnknownColumn { name, known: known_columns() },
            (_, Some(name)) if text.starts_with("no column named ") => QueryError::UnknownColumn { name, known: known_columns() },
            _ if text.contains("cannot compare 'date/datetime/time' to a string") => QueryError::Sql(
                "a time is compared to a text; write it as TO_TIMESTAMP('2026-11-22T10:00:00Z'), a day as DATE '2026-11-22'".to_owned(),
            ),
            _ => QueryError::Sql(text.to_owned()),
        }
    }
}

/// 10⁻⁹ USD as USD, exactly.
fn usd(nano: i64) -> String {
    let sign = if nano < 0 { "-" } else { "" };
    format!("{sign}{}.{:09}", nano.unsigned_abs() / 1_000_000_000, nano.unsigned_abs() % 1_000_000_000)
}

/// Runs the plan, streaming: only groups, joins and sorts are held in memory.
fn collect(plan: LazyFrame) -> Result<DataFrame, QueryError> {
    // polars panics where a feature or a code path is missing (Float16, "not yet implemented" in the streaming engine); a
    // statement typed by hand must not take the program down with it
    let reason = |panic: Box<dyn Any + Send>| panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "no reason given".to_owned());
    let result = catch_unwind(AssertUnwindSafe(|| plan.collect_with_engine(Engine::Streaming)));
    Ok(result.map_err(|panic| QueryError::EngineStopped(reason(panic)))??.unwrap_single())
}

/// The tables a statement names, as spelled in it.
fn named_tables(sql: &str) -> Result<BTreeSet<String>, QueryError> {
    let names = extract_table_identifiers(sql, false, true).map_err(|e| QueryError::Sql(e.to_string()))?;
    Ok(names.into_iter().collect())
}

#[cfg(test)]
mod tests;
