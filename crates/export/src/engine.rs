//! The engines there is a text for. Border: which text is whose, and what they have in common; what an engine needs is said in the file of its name.

mod athena;
mod clickhouse;
mod duckdb;
mod pandas;
mod polars;
mod python;
mod quote;
mod source;
mod spark;
#[cfg(test)]
mod tests;
mod trino;

pub use source::Source;

use crate::Error;

/// A program, or a library, that reads the lake's files where they lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Views.
    Duckdb,
    /// External tables, and views over them.
    Spark,
    /// External tables of the Hive connector.
    Trino,
    /// Views over table functions.
    Clickhouse,
    /// External tables.
    Athena,
    /// A Python module.
    Pandas,
    /// A Python module.
    Polars,
}

impl Engine {
    /// Name of the file that the tables' text is for.
    pub fn file(self) -> &'static str {
        match self {
            Engine::Pandas | Engine::Polars => "tables.py",
            _ => "tables.sql",
        }
    }

    /// Whether the reports go with it.
    pub fn has_reports(self) -> bool {
        self.portable().is_some()
    }

    /// The engine as those know it who translate reports.
    fn portable(self) -> Option<tracemill_portable::Engine> {
        match self {
            Engine::Duckdb => Some(tracemill_portable::Engine::DuckDb),
            Engine::Spark => Some(tracemill_portable::Engine::Spark),
            _ => None,
        }
    }

    /// Its name as its makers write it.
    fn title(self) -> &'static str {
        match self {
            Engine::Duckdb => "DuckDB",
            Engine::Spark => "Spark",
            Engine::Trino => "Trino",
            Engine::Clickhouse => "ClickHouse",
            Engine::Athena => "Athena",
            Engine::Pandas => "pandas",
            Engine::Polars => "polars",
        }
    }
}

/// All tables of the lake, in the engine's words.
///
/// # Errors
/// The engine cannot do what was asked for.
pub fn tables(engine: Engine, source: &Source) -> Result<String, Error> {
    let body = match engine {
        Engine::Duckdb => {
            format!("-- what reports call\n{}\n{}", tracemill_portable::prelude(tracemill_portable::Engine::DuckDb), duckdb::tables(source)?)
        }
        Engine::Spark => spark::tables(source)?,
        Engine::Trino => trino::tables(source)?,
        Engine::Clickhouse => clickhouse::tables(source)?,
        Engine::Athena => athena::tables(source)?,
        Engine::Pandas => pandas::tables(source),
        Engine::Polars => polars::tables(source),
    };
    let comment = if engine.file().ends_with(".py") { "#" } else { "--" };
    let files = if source.is_pinned() { "exactly the files of that commit" } else { "whatever files the folders hold when it is read" };
    Ok(format!(
        "{comment} The tables of a tracemill lake for {}, made at commit {}: {files}.\n\
         {comment} `tracemill tables` tells what the columns mean. A later release, or a table's first rows, want it made again.\n\n{body}",
        engine.title(),
        source.commit(),
    ))
}

/// A report's statement, in the engine's words.
///
/// # Errors
/// The statement cannot be said there.
pub fn report(engine: Engine, sql: &str) -> Result<String, Error> {
    match engine.portable() {
        Some(engine) => tracemill_portable::statement(engine, sql).map_err(|e| Error::Refused(e.to_string())),
        None => Err(Error::Refused(format!("reports are not translated for {}; those of duckdb come nearest", engine.title()))),
    }
}
