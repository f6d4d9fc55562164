//! What the targets share: bytes become a file in memory and go the whole way from detection to decoded rows.

use std::path::PathBuf;
use std::sync::OnceLock;

use tempfile::TempDir;
use tracemill_ingest::{Input, Inspected, Options, Silent};
use tracemill_model::Lake;
use tracemill_model::lake::Snapshot;

/// A folder in memory where the system has one.
pub fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    let shm = std::path::Path::new("/dev/shm");
    PATH.get_or_init(|| {
        let made = if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() };
        FOLDER.get_or_init(|| made.expect("a folder")).path().to_owned()
    })
}

/// Decodes the bytes as an archive: the run must end and nothing may panic. Gives what was found.
pub fn decode(bytes: &[u8]) -> Inspected {
    let path = folder().join("archive");
    std::fs::write(&path, bytes).expect("written");
    let input = Input { path: Some(path), bytes: bytes.len() as u64, modified_ns: 0 };
    // small, so that what lies beyond the limit is met
    let options = Options { max_request: 1 << 20, ..Options::default() };
    tracemill_ingest::inspect(&[input], &options, &Silent).expect("the machine works").remove(0)
}

/// Records by kind, and what was set aside.
pub fn counts(found: &Inspected) -> [u64; 6] {
    [found.spans, found.log_records, found.span_events, found.data_points, found.samples, found.set_aside]
}

/// An empty lake.
pub fn empty() -> &'static Snapshot {
    static SNAPSHOT: OnceLock<Snapshot> = OnceLock::new();
    SNAPSHOT.get_or_init(|| Lake::create(&folder().join("lake")).expect("a lake").snapshot().expect("a snapshot"))
}
