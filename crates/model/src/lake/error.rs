//! What can go wrong with a lake. Border: each error names its file and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What can go wrong with a lake.
#[derive(Debug, Error)]
pub enum LakeError {
    /// The folder is no lake, and the command does not make one.
    #[error("{}: no lake there; make one with `tracemill ingest PATH… --lake {}`", .0.display(), .0.display())]
    NotALake(PathBuf),
    /// The folder holds other things.
    #[error("{}: not a lake and not empty; name a new or an empty folder", .0.display())]
    Foreign(PathBuf),
    /// The store writes over what is there, where it was asked to create.
    #[error(
        "{0}: the store does not keep to the condition `If-None-Match: *` of a PUT, so that two runs could commit over each other; use one that does"
    )]
    NoConditions(String),
    /// Another run has committed under the number that this one was to have.
    #[error("{0}: another run committed in between, and nothing of this one has happened; run again")]
    Overtaken(String),
    /// A file of a store that a run on another machine has replaced.
    #[error("{}: not there any more: replaced by a run on another machine since this one began (run again), or lost (`tracemill verify`)", .0.display())]
    Replaced(PathBuf),
    /// A request to a store failed.
    #[error(transparent)]
    Store(#[from] super::store::StoreError),
    /// A file operation failed.
    #[error("{}: {source}{}", path.display(), remedy(source))]
    Io {
        /// File or folder.
        path: PathBuf,
        /// Reason.
        source: io::Error,
    },
    /// The file system has no locks, so that two runs at once could not be kept apart.
    #[error("{}: cannot be locked: {source}; put the lake on a file system with locks (a local disk, NFS 4, or NFS 3 with its lock service)", path.display())]
    NoLocks {
        /// The file.
        path: PathBuf,
        /// Reason.
        source: io::Error,
    },
    /// Record ids of the lake are plain hashes of the records' content.
    #[error("{}: made without --redact: its record ids are hashes of the content, by which redacted text could be guessed; ingest with --redact into a new lake", .0.display())]
    PlainIds(PathBuf),
    /// The log is not what tracemill writes.
    #[error("{}: damaged commit: {reason}", path.display())]
    Damaged {
        /// File of the log.
        path: PathBuf,
        /// Reason.
        reason: String,
    },
    /// The key is not what tracemill writes.
    #[error("{}: not a key of 64 hex digits; put the key of this lake back from a backup", .0.display())]
    BadKey(PathBuf),
    /// A part file could not be read or written.
    #[error("{}: {source}{}", path.display(), cause(source).map(remedy).unwrap_or_default())]
    Parquet {
        /// Part file.
        path: PathBuf,
        /// Reason.
        source: parquet::errors::ParquetError,
    },
}

impl LakeError {
    /// From what a file operation says.
    pub fn io(path: &Path) -> impl FnOnce(io::Error) -> LakeError + '_ {
        move |source| LakeError::Io { path: path.to_owned(), source }
    }
}

/// What a failed operation of a file under a part's writer or reader said.
fn cause(error: &parquet::errors::ParquetError) -> Option<&io::Error> {
    match error {
        parquet::errors::ParquetError::External(inner) => inner.downcast_ref(),
        _ => None,
    }
}

/// What to do about it, where there is something to say; in a run that fails nothing of the lake changes.
fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "; make room and run again, the lake is as it was",
        io::ErrorKind::FileTooLarge => "; raise the limit on the size of files and run again, the lake is as it was",
        io::ErrorKind::ReadOnlyFilesystem => "; the lake cannot be written there, only read",
        io::ErrorKind::PermissionDenied => "; run as a user who may, or change the permissions",
        _ => "",
    }
}
