//! Object stores: a lake's place in one, and archives that lie in one. Border: requests, credentials and providers, by the crate `object_store`; what
//! lies in a lake's place is `tracemill-model`'s business (`lake/remote`), what is in an archive is `tracemill-ingest`'s.
//!
//! Credentials come from the environment that the providers' own tools read, and from nowhere else: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
//! `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL`, a web identity, or the machine's role; `GOOGLE_APPLICATION_CREDENTIALS` or the
//! machine's account; `AZURE_STORAGE_ACCOUNT_NAME` with a key, token or identity.

mod archive;
mod place;
mod store;

use thiserror::Error;

pub use archive::listed;
pub use place::is_url;
pub use store::open;

/// A place in a store cannot be used.
#[derive(Debug, Error)]
pub enum RemoteError {
    /// It is not named as one.
    #[error("{url}: {reason}; want s3://BUCKET/PREFIX, gs://BUCKET/PREFIX, az://CONTAINER/PREFIX or file:///FOLDER")]
    Name {
        /// As typed.
        url: String,
        /// Reason.
        reason: String,
    },
    /// The environment says something that cannot be, or not enough.
    #[error("{url}: {reason}; the environment has to say who asks, as for the provider's own tools (AWS_*, GOOGLE_*, AZURE_*)")]
    Environment {
        /// As typed.
        url: String,
        /// Reason.
        reason: String,
    },
    /// A request failed.
    #[error(transparent)]
    Store(#[from] tracemill_model::lake::StoreError),
    /// There is no folder for copies.
    #[error("{}: {reason}; set TMPDIR to a folder with room for the largest objects", folder.display())]
    Spool {
        /// Folder.
        folder: std::path::PathBuf,
        /// Reason.
        reason: String,
    },
    /// There is nothing.
    #[error("{0}: no such object, and none below it")]
    Missing(String),
}

#[cfg(test)]
mod tests;
