#![doc = include_str!("../README.md")]

mod check;
mod duckdb;
mod engine;
mod error;
mod functions;
mod grammar;
mod spark;
mod text;

pub use engine::Engine;
pub use error::PortableError;

/// The statement of a report for this engine.
pub fn statement(engine: Engine, sql: &str) -> Result<String, PortableError> {
    let query = grammar::query(engine, sql)?;
    match engine {
        Engine::DuckDb => duckdb::statement(&query, sql),
        Engine::Spark => spark::statement(query),
    }
}

/// The statements, each with its semicolon, that a session of this engine wants once before any report; empty where there are none.
pub fn prelude(engine: Engine) -> &'static str {
    match engine {
        Engine::DuckDb => duckdb::PRELUDE,
        Engine::Spark => "",
    }
}

#[cfg(test)]
mod tests;
