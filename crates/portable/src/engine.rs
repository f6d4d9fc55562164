//! The engines there are translations for. Border: names only.

use std::fmt;
use std::str::FromStr;

/// An engine that reads the lake's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// DuckDB.
    DuckDb,
    /// Apache Spark SQL, 4.0 and later.
    Spark,
}

impl Engine {
    /// All of them.
    pub const ALL: [Engine; 2] = [Engine::DuckDb, Engine::Spark];

    /// As one writes it in a command.
    pub fn name(self) -> &'static str {
        match self {
            Engine::DuckDb => "duckdb",
            Engine::Spark => "spark",
        }
    }
}

impl fmt::Display for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Engine::DuckDb => "DuckDB",
            Engine::Spark => "Spark",
        })
    }
}

impl FromStr for Engine {
    type Err = String;

    fn from_str(name: &str) -> Result<Engine, String> {
        let known = Engine::ALL.map(Engine::name);
        Engine::ALL.into_iter().find(|e| e.name() == name).ok_or_else(|| format!("engine {name:?} is none; there are {}", known.join(", ")))
    }
}
