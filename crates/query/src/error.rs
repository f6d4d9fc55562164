//! What can go wrong between a question and its answer. Border: wording and kind; exit codes are the program's.

use std::io;
use std::path::PathBuf;

use polars::error::PolarsError;
use thiserror::Error;
use tracemill_model::LakeError;
use tracemill_secrets::RuleError;

use crate::render::neutral;

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The lake cannot be read.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The lake's rules for secrets cannot be read.
    #[error(transparent)]
    Rules(#[from] RuleError),
    /// The statement is not understood.
    #[error("sql: {0}")]
    Sql(String),
    /// The statement names a table that is none.
    #[error("sql: no table {name:?}; there are {}", known.join(", "))]
    UnknownTable {
        /// As named.
        name: String,
        /// The tables there are.
        known: Vec<String>,
    },
    /// The statement names a column that none of its tables has.
    #[error("sql: no column {name:?}; there are {}", known.join(", "))]
    UnknownColumn {
        /// As named.
        name: String,
        /// The columns of the statement's tables.
        known: Vec<String>,
    },
    /// A filter has nothing to hold on to in a table that the question reads.
    #[error("{filter} cannot apply here: table {table} has neither such a column nor a conversation_id that leads to one")]
    Filter {
        /// Option, as typed.
        filter: &'static str,
        /// Table.
        table: &'static str,
    },
    /// A filter's value is not understood.
    #[error("{option} {value:?}: {reason}")]
    Value {
        /// Option, as typed.
        option: &'static str,
        /// Value, as typed.
        value: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The report cannot be grouped by this.
    #[error("--by {name}: {report} cannot be grouped by it; {}", allowed(known))]
    By {
        /// As named.
        name: String,
        /// Report.
        report: String,
        /// What it can be grouped by.
        known: Vec<String>,
    },
    /// The report has nothing by which one group is greater than another.
    #[error("--top: {report} has no groups of which one could be the greatest")]
    Top {
        /// Report.
        report: String,
    },
    /// A report file's header is not as it must be.
    #[error("{file}: {reason}")]
    Header {
        /// Report file.
        file: String,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// It is not clear which conversation is meant.
    #[error("{}", which(id, *several, *count, known))]
    Conversation {
        /// The id, or its beginning, as typed.
        id: String,
        /// Several begin so, rather than none.
        several: bool,
        /// How many there are: that begin so, or at all.
        count: usize,
        /// Some of them, the latest first.
        known: Vec<String>,
    },
    /// There is no such thing.
    #[error("no {what} {name:?}; there are {}", known.join(", "))]
    Unknown {
        /// What was looked for: a table, a format.
        what: &'static str,
        /// As named.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The page's template does not fit its values: a fault of the program.
    #[error("page: {0}")]
    Page(String),
    /// One of several reports failed.
    #[error("{report}: {source}")]
    OfReport {
        /// Report.
        report: String,
        /// Reason.
        source: Box<QueryError>,
    },
    /// A file operation failed.
    #[error("{}: {source}", path.display())]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Reason.
        source: io::Error,
    },
    /// The query engine failed while it ran.
    #[error("query engine: {0}")]
    Engine(#[from] PolarsError),
    /// The query engine gave up in a way that it does not report as an error.
    #[error("query engine: it stopped on this statement: {0}")]
    EngineStopped(String),
}

impl QueryError {
    /// Whether the question was wrong, rather than the lake or the machine.
    pub fn is_usage(&self) -> bool {
        if let QueryError::OfReport { source, .. } = self {
            return source.is_usage();
        }
        !matches!(self, QueryError::Lake(_) | QueryError::Io { .. } | QueryError::Engine(_) | QueryError::EngineStopped(_))
    }
}

impl QueryError {
    /// The same, with the report that it happened to.
    pub(crate) fn of_report(self, report: &str) -> QueryError {
        QueryError::OfReport { report: report.to_owned(), source: Box::new(self) }
    }
}

fn allowed(known: &[String]) -> String {
    if known.is_empty() { "it has no --by".to_owned() } else { format!("it can by {}", known.join(", ")) }
}

fn which(id: &str, several: bool, count: usize, known: &[String]) -> String {
    // ids are what strangers wrote
    let listed = known.iter().map(|id| neutral(id)).collect::<Vec<_>>().join(", ");
    let more = if count > known.len() { format!(" and {} more", count - known.len()) } else { String::new() };
    match (several, count) {
        (true, _) => format!("{count} conversations begin with {id:?}: {listed}{more}"),
        (false, 0) => format!("no conversation {id:?}; the lake has none"),
        (false, _) => format!("no conversation begins with {id:?}; there are {listed}{more}"),
    }
}
