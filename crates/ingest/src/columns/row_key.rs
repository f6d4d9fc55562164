//! What identifies a row and places it in the lake, kept beside the Arrow columns.

use crate::stored::Key;

/// What identifies a row and places it in the lake, kept beside the Arrow columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowKey {
    /// What makes two rows the same record: a span's ids, else the record's identity.
    pub key: u128,
    /// The record's identity.
    pub identity: u128,
    /// Time by which rows are sorted; the lowest number where it is unknown.
    pub time: i64,
    /// Which of two rows with one key stands: the later (spans: the end; events: the observed time), then the greater identity.
    /// Rows of one time are sorted by it too.
    pub rank: i64,
    /// How much of it was replaced: of two rows with one key that with more stands.
    pub redacted: u16,
    /// UTC day, counted from 1970-01-01.
    pub day: i32,
    /// Number of the source within the run.
    pub source: u32,
}

impl RowKey {
    /// What the search for equal records needs, for disk.
    pub fn to_bytes(self) -> [u8; Key::BYTES] {
        let RowKey { key, identity, rank, redacted, source, .. } = self;
        Key { key, identity, rank, redacted, source }.to_bytes()
    }
}
