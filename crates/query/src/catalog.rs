//! The lake's tables as SQL sees them, and the way from a statement to its answer. Border: scanning, narrowing, running;
//! how an answer looks is `render`'s business.

mod scan;

use std::any::Any;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;

use polars::prelude::*;
use polars::sql::{SQLContext, extract_table_identifiers};
use tracemill_model::lake::Snapshot;
use tracemill_model::tables::{self, Table};
use tracemill_model::{Lake, LakeError};
use tracemill_secrets::Rules;

use crate::answer::Answer;
use crate::error::QueryError;
use crate::filters::Filters;
use crate::functions::Functions;
use crate::grouping::Grouping;
use crate::render::usd;
use crate::report::Report;
use crate::statement;

/// The tables that a statement reads.
#[derive(Debug, Default)]
struct Tables {
    /// As spelled in it.
    named: BTreeSet<String>,
    /// The columns it is to find in them beside their own.
    grouping: Grouping,
    /// Those that the filters leave whole.
    lookups: Vec<String>,
}

/// A lake at one commit, ready for questions.
#[derive(Debug)]
pub struct Catalog {
    lake: Lake,
    snapshot: Snapshot,
}

impl Catalog {
    /// The lake as of now. Later commits do not show, and no file of it is moved or deleted as long as the catalog lives.
    pub fn open(lake: &Lake) -> Result<Catalog, QueryError> {
        // polars writes its deprecations to standard error, which is not a library's to use; they concern its callers' code
        polars::error::set_warning_function(|_, _| ());
        Ok(Catalog { lake: lake.clone(), snapshot: lake.read()? })
    }

    /// What secrets look like in this lake: what is printed of raw records is masked by it.
    pub(crate) fn secret_rules(&self) -> Result<Rules, QueryError> {
        let path = self.lake.rules();
        if !path.exists() {
            return Ok(Rules::embedded()?);
        }
        let text = std::fs::read_to_string(&path).map_err(|source| LakeError::Io { path: path.clone(), source })?;
        Ok(Rules::load(Some((&path.display().to_string(), &text)))?)
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
        let mut answer = self.run(sql, &Tables { named, ..Tables::default() }, filters)?;
        self.caption(&mut answer);
        Ok(answer)
    }

    /// Answers a statement of the program's own, in which the tables `lookups` are left whole by the filters.
    pub(crate) fn with_lookups(&self, sql: &str, filters: &Filters, lookups: &[&str]) -> Result<Answer, QueryError> {
        let lookups = lookups.iter().map(|l| (*l).to_owned()).collect();
        self.run(sql, &Tables { named: named_tables(sql)?, lookups, ..Tables::default() }, filters)
    }

    /// Answers a report, grouped by the words of `--by` instead of its own grouping where any are given.
    pub fn report(&self, report: &Report, filters: &Filters, by: &[String]) -> Result<Answer, QueryError> {
        self.report_top(report, filters, by, None)
    }

    /// Answers a report with only its `top` greatest groups; all others are one row, the last, called `(other)`. Its figures are
    /// computed from its rows as any other group's, so that quantiles and rates are exact.
    pub fn report_top(&self, report: &Report, filters: &Filters, by: &[String], top: Option<NonZeroUsize>) -> Result<Answer, QueryError> {
        let grouping = report.grouping(by, top.is_some())?;
        let whole = self.grouped(report, filters, grouping.clone())?;
        let fewer = match (top, &report.rank) {
            (Some(top), Some(rank)) => grouping.top(&whole, rank, top.get())?,
            (Some(_), None) => return Err(QueryError::Top { report: report.name.clone() }),
            (None, _) => None,
        };
        let mut answer = fewer.map_or(Ok(whole), |fewer| self.grouped(report, filters, fewer))?;
        if let Some(total) = answer.sum("cost_nanousd") {
            answer.add_caption(format!("total cost: {} USD", usd(total)));
        }
        if let (Some(all), Some(waiting), Some(unobserved)) = (answer.sum("attributed_ns"), answer.sum("waiting_ns"), answer.sum("unobserved_ns")) {
            let part = |ns: i64| format!("{} s ({:.1} %)", seconds(ns), ns as f64 * 100.0 / all.max(1) as f64);
            let (waiting, unobserved) = (part(waiting), part(unobserved));
            answer.add_caption(format!("time of the turns: {} s; waiting for people: {waiting}; unobserved: {unobserved}", seconds(all)));
        }
        self.caption(&mut answer);
        Ok(answer)
    }

    fn grouped(&self, report: &Report, filters: &Filters, grouping: Grouping) -> Result<Answer, QueryError> {
        let sql = report.sql(&grouping.in_sql());
        let tables = Tables { named: named_tables(&sql)?, grouping, lookups: report.lookups.clone() };
        let mut answer = self.run(&sql, &tables, filters)?;
        tables.grouping.shown(&mut answer)?;
        Ok(answer)
    }

    /// Version and date of the price table that the costs were computed with; `None` before the semantic tables are built.
    pub fn prices(&self) -> Option<&str> {
        self.snapshot.built_with.as_ref().map(|b| b.prices.as_str())
    }

    /// A fresh context for each statement: after a failed join polars 0.55 keeps the aliases.
    fn context(&self, tables: &Tables, filters: &Filters) -> Result<SQLContext, QueryError> {
        let context = SQLContext::new().with_function_registry(Arc::new(Functions::new()));
        for name in &tables.named {
            if let Some(table) = tables::by_name(&name.to_lowercase()) {
                context.register(name, self.rows(table, tables, filters)?);
            }
        }
        Ok(context)
    }

    fn rows(&self, table: &'static Table, tables: &Tables, filters: &Filters) -> Result<LazyFrame, QueryError> {
        let whole = |t: &'static Table| scan::scan(&self.lake, &self.snapshot, t, &Filters::default());
        if tables.lookups.iter().any(|l| l == table.name) {
            return whole(table);
        }
        let rows = scan::scan(&self.lake, &self.snapshot, table, filters)?;
        let rows = filters.narrow(table, rows, &whole)?;
        tables.grouping.widen(table, rows, filters.timezone(), &whole)
    }

    fn run(&self, sql: &str, read: &Tables, filters: &Filters) -> Result<Answer, QueryError> {
        with_deep_stack(|| self.run_here(sql, read, filters))
    }

    fn run_here(&self, sql: &str, read: &Tables, filters: &Filters) -> Result<Answer, QueryError> {
        let named = &read.named;
        let explain = |e: PolarsError| Self::explain(&e, named);
        let mut plan = self.context(read, filters)?.execute(sql).map_err(explain)?;
        let schema = plan.collect_schema().map_err(explain)?;
        let mut comparable: Vec<(usize, String)> =
            schema.iter().zip(1..).filter(|((_, t), _)| !t.is_nested()).map(|((name, _), n)| (n, name.to_string())).collect();
        let mut tables = named.iter().filter_map(|n| tables::by_name(&n.to_lowercase()));
        if let (Some(table), None, true) = (tables.next(), tables.next(), statement::is_plain_scan(sql)) {
            // rows of a table come as its files are sorted, however many files there are: by time first
            comparable.sort_by_key(|(_, name)| table.sort.iter().position(|s| s == name).unwrap_or(usize::MAX));
        }
        if let Some(ordered) = statement::ordered(sql, &comparable)
            && let Ok(mut with_order) = self.context(read, filters)?.execute(&ordered)
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

/// Nanoseconds as seconds, to the millisecond.
fn seconds(ns: i64) -> String {
    format!("{:.3}", ns as f64 / 1e9)
}

/// Runs the work where a long statement cannot overflow the stack: polars 0.55 plans it one call deeper for each of its steps, and looks
/// too late for more room. A panic of the engine becomes an error.
fn with_deep_stack<T: Send>(work: impl FnOnce() -> Result<T, QueryError> + Send) -> Result<T, QueryError> {
    // reserved, not used: the system gives pages as they are touched
    const BYTES: usize = 256 << 20;
    thread::scope(|scope| {
        let worker = thread::Builder::new().stack_size(BYTES).spawn_scoped(scope, work).map_err(|e| QueryError::EngineStopped(e.to_string()))?;
        worker.join().unwrap_or_else(|panic| Err(stopped(panic)))
    })
}

/// Runs the plan, streaming: only groups, joins and sorts are held in memory.
fn collect(plan: LazyFrame) -> Result<DataFrame, QueryError> {
    // polars panics where a feature or a code path is missing (Float16, "not yet implemented" in the streaming engine); a
    // statement typed by hand must not take the program down with it
    Ok(catch_unwind(AssertUnwindSafe(|| plan.collect_with_engine(Engine::Streaming))).map_err(stopped)??.unwrap_single())
}

fn stopped(panic: Box<dyn Any + Send>) -> QueryError {
    QueryError::EngineStopped(panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "no reason given".to_owned()))
}

/// The tables a statement names, as spelled in it.
pub(crate) fn named_tables(sql: &str) -> Result<BTreeSet<String>, QueryError> {
    let names = extract_table_identifiers(sql, false, true).map_err(|e| QueryError::Sql(e.to_string()))?;
    Ok(names.into_iter().collect())
}

#[cfg(test)]
mod tests;
