//! Why a statement has no translation. Border: wording only.

use thiserror::Error;

use crate::Engine;

/// Why a statement has no translation.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortableError {
    /// It is not understood.
    #[error("sql: {0}")]
    Parse(String),
    /// It is no single query.
    #[error("sql: want one SELECT, with or without WITH")]
    NotOneQuery,
    /// It calls a function of which nobody has shown that it means the same there.
    #[error("{engine}: function {name} is not among those known to mean the same there: {}", known.join(", "))]
    Function {
        /// The engine asked for.
        engine: Engine,
        /// As called.
        name: String,
        /// Those that are known.
        known: Vec<&'static str>,
    },
    /// It says something that the engine has not, or understands otherwise.
    #[error("{engine}: no translation of {what}")]
    Syntax {
        /// The engine asked for.
        engine: Engine,
        /// What it says and, where there is one, a way round.
        what: String,
    },
}
