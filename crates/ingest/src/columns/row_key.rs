//! What identifies a row and places it in the lake, kept beside the Arrow columns.

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
    /// Bytes of a key on disk.
    pub const BYTES: usize = 46;

    /// What the search for equal records needs, for disk.
    pub fn to_bytes(self) -> [u8; RowKey::BYTES] {
        let mut out = [0; RowKey::BYTES];
        out[..16].copy_from_slice(&self.key.to_le_bytes());
        out[16..32].copy_from_slice(&self.identity.to_le_bytes());
        out[32..40].copy_from_slice(&self.rank.to_le_bytes());
        out[40..44].copy_from_slice(&self.source.to_le_bytes());
        out[44..].copy_from_slice(&self.redacted.to_le_bytes());
        out
    }
}
