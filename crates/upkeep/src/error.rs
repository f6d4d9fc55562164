//! What can go wrong. Border: damage that `verify` looks for is no error but a finding.

use std::path::{Path, PathBuf};

use thiserror::Error;
use tracemill_model::LakeError;

/// What can go wrong with the upkeep of a lake.
#[derive(Debug, Error)]
pub enum Error {
    /// The lake itself.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// What was asked for makes no sense with this lake; nothing was changed.
    #[error("{0}")]
    Refused(String),
    /// A part does not fit its table, so that it cannot be written anew without a loss.
    #[error("{}: {reason}; use the release of tracemill that wrote it", path.display())]
    Strange {
        /// Part file.
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

    /// From what a reader or writer of parts says.
    pub(crate) fn parquet<E: Into<parquet::errors::ParquetError>>(path: &Path) -> impl Fn(E) -> Error + '_ {
        move |source| Error::Lake(LakeError::Parquet { path: path.to_owned(), source: source.into() })
    }
}
