//! What can go wrong. Border: each error names its file and what to do about it.

use std::path::{Path, PathBuf};

use thiserror::Error;
use tracemill_model::LakeError;

/// What can go wrong with an export.
#[derive(Debug, Error)]
pub enum Error {
    /// The lake itself.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// What was asked for makes no sense; nothing was written.
    #[error("{0}")]
    Refused(String),
    /// A table's log could not be read or written.
    #[error("{}: {reason}; if it is damaged, let it go with `tracemill export delta --stop` and export again", path.display())]
    Log {
        /// The log's folder.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
}

impl Error {
    /// From what a file operation says.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
        move |source| Error::Lake(LakeError::Io { path: path.to_owned(), source })
    }

    /// From what the kernel, or Arrow, says of a table's log.
    pub(crate) fn log<E: std::fmt::Display>(path: &Path) -> impl Fn(E) -> Error + '_ {
        move |e| {
            // a backtrace may stand below what went wrong
            let reason = e.to_string().lines().next().unwrap_or_default().to_owned();
            Error::Log { path: path.to_owned(), reason }
        }
    }

    /// The same for who knows the lake's errors only. `list` is the file that names the logs.
    pub(crate) fn of_lake(self, list: &Path) -> LakeError {
        let (path, what) = match self {
            Error::Lake(error) => return error,
            Error::Refused(reason) => (list.to_owned(), reason),
            Error::Log { path, reason } => {
                (path, format!("{reason}; if the log is damaged, let it go with `tracemill export delta --stop` and export again"))
            }
        };
        let source = std::io::Error::other(format!("{what}; what was committed stays, and the next run tells the log again"));
        LakeError::Io { path, source }
    }
}
