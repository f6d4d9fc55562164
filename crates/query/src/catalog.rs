//! The lake's tables as SQL sees them, and the way from a statement to its answer. Border: scanning, narrowing, running;
//! how an answer looks is `render`'s business.

mod held;
mod scan;
mod source;
mod unknown;

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use polars::prelude::*;
use tracemill_model::lake::Snapshot;
use tracemill_model::tables::{self, Table};
use tracemill_model::{Lake, LakeError};
use tracemill_secrets::Rules;

use crate::answer::Answer;
use crate::error::QueryError;
use crate::filters::Filters;
use crate::grouping::Grouping;
use crate::render::usd;
use crate::report::Report;
use crate::sql;
use held::Held;
use source::Source;

/// What a statement finds in the tables it reads.
#[derive(Debug, Default)]
struct Reading {
    /// It is a report's: ties are rounded to even, as reports always have been.
    to_even: bool,
    /// The columns it is to find in them beside their own.
    grouping: Grouping,
    /// Those that the filters leave whole.
    lookups: Vec<String>,
}

/// What the lake that is not attached by a name is called.
const MAIN: &str = "main";

/// A lake at one commit, ready for questions.
#[derive(Debug)]
pub struct Catalog {
    lake: Lake,
    snapshot: Snapshot,
    /// Further lakes by name, whose tables are `name.table`.
    attached: Vec<(String, Catalog)>,
    held: Option<Held>,
}

impl Catalog {
    /// The lake as of now. Later commits do not show, and no file of it is moved or deleted as long as the catalog lives.
    pub fn open(lake: &Lake) -> Result<Catalog, QueryError> {
        // polars writes its deprecations to standard error, which is not a library's to use; they concern its callers' code
        polars::error::set_warning_function(|_, _| ());
        Ok(Catalog { lake: lake.clone(), snapshot: lake.read()?, attached: Vec::new(), held: None })
    }

    /// The same, for one who asks many questions: small tables are read once and held in memory.
    pub fn for_many_questions(mut self) -> Catalog {
        self.held = Some(Held::default());
        self
    }

    /// Adds a lake, as of now, whose tables are `name.table`. The lake opened first is also called `main`.
    pub fn attach(&mut self, name: &str, lake: &Lake) -> Result<(), QueryError> {
        let taken = name.eq_ignore_ascii_case(MAIN) || self.attached.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit());
        if taken || !plain || name.is_empty() {
            let reason = if taken { "a lake has this name already" } else { "want a name of letters, digits and _" };
            return Err(QueryError::Value { option: "--attach", value: name.to_owned(), reason: reason.to_owned() });
        }
        self.attached.push((name.to_owned(), Catalog::open(lake)?));
        Ok(())
    }

    /// The tables by the names that a statement can call them, those of further lakes as `name.table`.
    pub fn tables(&self) -> Vec<(String, &'static Table)> {
        let own = tables::all().map(|t| (t.name.to_owned(), t));
        own.chain(self.attached.iter().flat_map(|(lake, _)| tables::all().map(move |t| (format!("{lake}.{}", t.name), t)))).collect()
    }

    /// The tables that a statement can name, those LIKE a pattern where one is given: name, what a row is, rows.
    pub fn describe_tables(&self, pattern: Option<&str>) -> Result<Answer, QueryError> {
        let like = |name: &str| pattern.is_none_or(|p| sql::is_like(name, p));
        let all = self.tables().into_iter().filter(|(name, _)| like(name));
        let rows = |name: &str, table: &Table| {
            let of = name.split_once('.').and_then(|(lake, _)| self.attached.iter().find(|(n, _)| n == lake)).map_or(self, |(_, c)| c);
            scan::rows(&of.snapshot, table, &Filters::default())
        };
        let (mut names, mut meanings, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        for (name, table) in all {
            counts.push(rows(&name, table));
            names.push(name);
            meanings.push(table.row);
        }
        Answer::new(df!("table" => names, "row" => meanings, "rows" => counts)?)
    }

    /// The columns of a table, or of all: table, column, type, meaning.
    pub fn describe_columns(&self, table: Option<&str>) -> Result<Answer, QueryError> {
        if let Some(name) = table {
            return crate::describe_table(name.rsplit('.').next().unwrap_or(name));
        }
        let all = tables::all()
            .flat_map(|t| t.columns.iter().map(move |c| [t.name.to_owned(), c.name.to_owned(), c.kind.name().to_owned(), c.doc.to_owned()]));
        Answer::of_texts(["table", "column", "type", "meaning"], &all.collect::<Vec<_>>())
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
        let mut answer = self.run(sql, &Reading::default(), filters)?;
        self.caption(&mut answer);
        Ok(answer)
    }

    /// Answers a statement of the program's own, in which the tables `lookups` are left whole by the filters.
    pub(crate) fn with_lookups(&self, sql: &str, filters: &Filters, lookups: &[&str]) -> Result<Answer, QueryError> {
        let lookups = lookups.iter().map(|l| (*l).to_owned()).collect();
        self.run(sql, &Reading { lookups, ..Reading::default() }, filters)
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
        let reading = Reading { to_even: true, grouping, lookups: report.lookups.clone() };
        let mut answer = self.run(&sql, &reading, filters)?;
        reading.grouping.shown(&mut answer)?;
        Ok(answer)
    }

    /// Version and date of the price table that the costs were computed with; `None` before the semantic tables are built.
    pub fn prices(&self) -> Option<&str> {
        self.snapshot.built_with.as_ref().map(|b| b.prices.as_str())
    }

    fn rows(&self, table: &'static Table, reading: &Reading, filters: &Filters, engine: Engine) -> Result<LazyFrame, QueryError> {
        let whole = |t: &'static Table| self.scan(t, &Filters::default(), engine);
        if reading.lookups.iter().any(|l| l == table.name) {
            return whole(table);
        }
        let rows = self.scan(table, filters, engine)?;
        let rows = filters.narrow(table, rows, &whole)?;
        reading.grouping.widen(table, rows, filters.timezone(), &whole)
    }

    /// The table's rows, at least those of the days that can hold rows of the filters' period.
    fn scan(&self, table: &'static Table, filters: &Filters, engine: Engine) -> Result<LazyFrame, QueryError> {
        let held = self.held.as_ref().filter(|_| engine == Engine::InMemory);
        let held = held.map(|held| held.rows(&self.snapshot, table, filters)).transpose()?.flatten();
        held.map_or_else(|| scan::scan(&self.lake, &self.snapshot, table, filters), Ok)
    }

    /// The engine for a statement: the streaming one holds only groups, joins and sorts in memory.
    fn engine(&self, named: &[Vec<String>], reading: &Reading, filters: &Filters) -> Engine {
        if self.held.is_none() || !self.attached.is_empty() {
            return Engine::Streaming;
        }
        let (whole, is_lookup) = (Filters::default(), |name: &str| reading.lookups.iter().any(|l| l == name));
        let named = named.iter().filter_map(|name| tables::by_name(&name.last()?.to_lowercase()));
        let read = named.map(|table| (table, if is_lookup(table.name) { &whole } else { filters }));
        // filters and groupings go through whole tables
        let through = filters.values().filter_map(|value| tables::by_name(value.table)).chain([&tables::CONVERSATIONS]);
        let through = through.map(|table| (table, &whole));
        if Held::has_room(&self.snapshot, read.chain(through)) { Engine::InMemory } else { Engine::Streaming }
    }

    fn run(&self, sql: &str, reading: &Reading, filters: &Filters) -> Result<Answer, QueryError> {
        with_deep_stack(|| {
            let statements = sql::parse(sql)?;
            let engine = self.engine(&sql::named_tables(&statements), reading, filters);
            let source = Source { catalog: self, reading, filters, engine, read: RefCell::default() };
            let planned = sql::plan(&statements, &source)?;
            let mut answer = Answer::new(collect(planned, engine)?)?;
            answer.rests_on(source.read.into_inner());
            Ok(answer)
        })
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
            answer.add_caption(format!("model calls of unknown cost: {unpriced}; costs that include them are lower bounds"));
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

/// Runs the plan.
fn collect(plan: LazyFrame, engine: Engine) -> Result<DataFrame, QueryError> {
    // polars panics where a feature or a code path is missing (Float16, "not yet implemented" in the streaming engine); a
    // statement typed by hand must not take the program down with it
    let result = catch_unwind(AssertUnwindSafe(|| plan.collect_with_engine(engine))).map_err(stopped)?;
    Ok(result.map_err(sql::complaint)?.unwrap_single())
}

fn stopped(panic: Box<dyn Any + Send>) -> QueryError {
    QueryError::EngineStopped(panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "no reason given".to_owned()))
}

/// The tables a statement names, as spelled in it.
pub(crate) fn named_tables(sql: &str) -> Result<BTreeSet<String>, QueryError> {
    Ok(sql::named_tables(&sql::parse(sql)?).into_iter().filter_map(|mut name| name.pop()).collect())
}

#[cfg(test)]
mod tests;
