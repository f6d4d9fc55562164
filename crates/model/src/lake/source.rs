//! The ledger's entry of a source: what it was and what became of every record in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What was set aside, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// Where: line or frame number, and byte offset in the (decompressed) content.
    pub position: String,
    /// Why.
    pub reason: String,
}

/// A file, or standard input, as one run took it in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// 16 hex digits; the same path has the same id.
    pub source_id: String,
    /// Path as an absolute name, or `-`.
    pub path: String,
    /// Size in bytes when read.
    pub bytes: u64,
    /// Modification time in nanoseconds since the epoch when read.
    pub modified_ns: i64,
    /// What it was recognised as.
    pub format: String,
    /// Requests decoded (lines, frames, bodies).
    pub requests: u64,
    /// Records decoded, by table.
    pub records: BTreeMap<String, u64>,
    /// Records that the lake, or an earlier place of this run, already had.
    pub duplicates: u64,
    /// Spans with known ids and other contents, of which the later stands.
    pub conflicts: u64,
    /// Records without a plausible time, kept under 1970-01-01.
    pub timeless: u64,
    /// Number of requests or stretches of bytes set aside.
    pub set_aside: u64,
    /// The first of these.
    pub examples: Vec<SetAside>,
}
