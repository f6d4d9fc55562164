//! What can go wrong. Border: each error names its file and says why; what the program does then is the command line's business.

use std::path::PathBuf;

use thiserror::Error;
use tracemill_model::LakeError;
use tracemill_model::read::ReadError;
use tracemill_secrets::RuleError;

/// What can go wrong when the semantic tables are built.
#[derive(Debug, Error)]
pub enum Error {
    /// The lake itself.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A file operation failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// File.
        path: PathBuf,
        /// Reason.
        source: std::io::Error,
    },
    /// A raw part is not what ingest writes.
    #[error(transparent)]
    Part(#[from] ReadError),
    /// The user's prices cannot be read.
    #[error("{}: no price list: {reason}; see data/prices/example.toml", path.display())]
    Prices {
        /// File.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// A dialect is wrong: of a team's own, or of the program, which is its fault.
    #[error("dialect {agent}: {reason}")]
    Dialect {
        /// Its file, or its agent's name.
        agent: String,
        /// Reason.
        reason: String,
    },
    /// The user's table of categories cannot be read.
    #[error("{file}: no table of categories: {reason}; `tracemill categories` prints one that is")]
    Categories {
        /// File.
        file: String,
        /// Reason.
        reason: String,
    },
    /// The user's map of labels cannot be read.
    #[error("{file}: no map of labels: {reason}; docs/attribution.md shows one")]
    Map {
        /// File.
        file: String,
        /// Reason, with the line.
        reason: String,
    },
    /// The user's rules for secrets cannot be read.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// A row does not fit its table: a fault of the program.
    #[error("table {table}: {reason}")]
    Row {
        /// Table.
        table: &'static str,
        /// Reason.
        reason: String,
    },
}
