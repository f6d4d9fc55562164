//! Tempo's backend blocks (vParquet3, 4 and 5) and its write-ahead files, read as Parquet. Border: a file in, batches of traces out, each
//! of which becomes rows on its own.

use std::fs::File;
use std::path::Path;

use crate::decode::SetAside;
use crate::rows::Rows;

/// Where a Parquet file lies.
pub enum Content {
    /// On disk, as it is.
    File(File),
    /// In memory: it came compressed, or through a pipe.
    Memory(Vec<u8>),
}

/// A block that is read.
pub struct Reader {}

/// Some of its traces.
#[derive(Debug)]
pub struct Batch {}

/// Whether a file belongs to a block and holds no spans itself: bloom filters, index, `meta.json`, an empty write-ahead file.
pub fn is_companion(_path: &Path) -> bool {
    false
}

impl Reader {
    /// Opens a Parquet file. `path` tells where `meta.json` may lie. The error is the reason: lowercase, without a full stop.
    pub fn open(_content: Content, _path: Option<&Path>) -> Result<Reader, String> {
        Err("Tempo blocks are not read yet".to_owned())
    }

    /// The next traces; `None` at the end. The error is the reason; nothing comes after it.
    pub fn next_batch(&mut self) -> Option<Result<Batch, String>> {
        None
    }
}

impl Batch {
    /// Puts the spans into the rows. Gives the number of requests (traces).
    pub fn decode(&self, _rows: &mut Rows, _aside: &mut SetAside) -> u64 {
        0
    }
}
