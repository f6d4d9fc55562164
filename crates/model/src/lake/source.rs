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
    /// Records that belong to what the lake has forgotten, and were not taken.
    #[serde(skip_serializing_if = "is_zero")]
    pub forgotten: u64,
    /// Number of requests or stretches of bytes set aside.
    pub set_aside: u64,
    /// What was replaced in its records: the words asked for, joined by commas; empty where nothing was to be.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub redacted: String,
    /// The first of these.
    pub examples: Vec<SetAside>,
    /// Where the next run can go on, if the file has grown by then; `None` where it must be read from its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reached: Option<Reached>,
}

/// How far a file was read that may still grow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reached {
    /// Bytes before the first request that may not be complete yet: the next run begins there.
    pub bytes: u64,
    /// Number of the line or frame that begins there.
    pub number: u64,
    /// Hash of the first and the last bytes before that place, by which the file is known again.
    pub check: String,
    /// What was counted from that place on, and will be counted again.
    pub tail: Tail,
}

/// What was found in the end of a file that may not be complete yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tail {
    /// Requests decoded.
    pub requests: u64,
    /// Records decoded, by table.
    pub records: BTreeMap<String, u64>,
    /// Records without a plausible time.
    pub timeless: u64,
    /// Set aside.
    pub set_aside: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Source {
    /// Counts in what an earlier run found before the place where this one began. What it found behind that place was found again.
    pub fn continues(&mut self, before: &Source) {
        let tail = before.reached.as_ref().map(|r| r.tail.clone()).unwrap_or_default();
        self.requests += before.requests.saturating_sub(tail.requests);
        self.timeless += before.timeless.saturating_sub(tail.timeless);
        self.duplicates += before.duplicates;
        self.conflicts += before.conflicts;
        self.forgotten += before.forgotten;
        let still = before.set_aside.saturating_sub(tail.set_aside);
        self.set_aside += still;
        for (table, records) in &before.records {
            let again = tail.records.get(table).copied().unwrap_or_default();
            *self.records.entry(table.clone()).or_default() += records.saturating_sub(again);
        }
        let mut examples: Vec<SetAside> = before.examples.iter().take(usize::try_from(still).unwrap_or(usize::MAX)).cloned().collect();
        examples.append(&mut self.examples);
        self.examples = examples;
    }
}
