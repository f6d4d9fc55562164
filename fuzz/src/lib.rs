//! What the targets share: bytes become a file in memory and go the whole way from detection to decoded rows.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use tempfile::TempDir;
use tracemill_ingest::{Input, Inspected, Options, Silent};
use tracemill_languages::Window;
use tracemill_model::Lake;
use tracemill_model::lake::Snapshot;

/// A folder in memory where the system has one.
pub fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    let shm = Path::new("/dev/shm");
    PATH.get_or_init(|| {
        let made = if shm.is_dir() { tempfile::tempdir_in(shm) } else { tempfile::tempdir() };
        FOLDER.get_or_init(|| made.expect("a folder")).path().to_owned()
    })
}

/// Decodes the bytes as an archive: the run must end and nothing may panic. Gives what was found.
pub fn decode(bytes: &[u8]) -> Inspected {
    let path = folder().join("archive");
    std::fs::write(&path, bytes).expect("written");
    let input = Input { path: Some(path), bytes: bytes.len() as u64, modified_ns: 0, far: None };
    // small, so that what lies beyond the limit is met
    let options = Options { max_request: 1 << 20, ..Options::default() };
    let found = tracemill_ingest::inspect(&[input], &options, &Silent).expect("the machine works").remove(0);
    let records = found.spans + found.log_records + found.span_events + found.data_points + found.samples;
    assert!(found.examples.len() as u64 <= found.set_aside, "an example of nothing");
    assert!(found.timeless <= records, "records without a time that are none");
    assert!(records == 0 || found.requests > 0, "records of no request");
    assert!(found.first_ns <= found.last_ns);
    // nothing is dropped in silence; only an array may have no elements, and a text no entries
    let form = found.framing.as_str();
    let has_some = ["one ", "JSON lines", "pretty", "length-prefixed", "Parquet", "unknown"].iter().any(|begin| form.starts_with(begin));
    assert!(!has_some || !found.compression.is_empty() || found.requests + found.set_aside > 0, "{form}: neither taken nor set aside");
    found
}

/// Records by kind, and what was set aside.
pub fn counts(found: &Inspected) -> [u64; 6] {
    [found.spans, found.log_records, found.span_events, found.data_points, found.samples, found.set_aside]
}

/// An empty lake, and one with a few records of each kind.
pub fn lakes() -> &'static [Snapshot; 2] {
    static SNAPSHOTS: OnceLock<[Snapshot; 2]> = OnceLock::new();
    SNAPSHOTS.get_or_init(|| {
        let lake = |name: &str| Lake::create(&folder().join(name)).expect("a lake");
        let (empty, full) = (lake("empty"), lake("full"));
        let archive = folder().join("records");
        std::fs::write(&archive, include_bytes!("records.jsonl")).expect("written");
        let input = Input { bytes: archive.metadata().expect("it is there").len(), path: Some(archive), modified_ns: 0, far: None };
        let summary = tracemill_ingest::ingest(&full, &[input], &Options::default(), &Silent).expect("the machine works");
        assert_eq!(summary.set_aside(), 0);
        [empty, full].map(|lake| lake.snapshot().expect("a snapshot"))
    })
}

/// All of the records, at once and in steps.
pub fn windows() -> [Window; 2] {
    const BEGIN: i64 = 1_795_370_400_000_000_000;
    let second = 1_000_000_000;
    [Window::default(), Window { start: Some(BEGIN), end: Some(BEGIN + 120 * second), step: Some(30 * second) }]
}
