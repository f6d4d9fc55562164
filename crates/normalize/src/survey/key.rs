//! Keys: what ties records to each other, as numbers. Border: texts in; two records that share a key may belong together, and records that no
//! chain of shared keys joins do not.

use crate::lineage::services::SERVICE;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// A hash of what two records have in common. Two texts with one hash only join what need not be joined.
pub type Key = u64;

/// What a call's id is of: keys of several kinds must not meet.
const CALL: u64 = 1 << 32;
const TURN: u64 = 2 << 32;
const PROCESS: u64 = 3 << 32;

/// Of records that name neither a conversation nor a trace.
pub const UNKNOWN: &str = "(unknown)";

/// A trace, by its id in hex; empty for a span without one.
pub fn trace(hex: &str) -> Key {
    xxh3_64(hex.as_bytes())
}

/// A conversation with all that has its id in front of its own: what works within it (`<id>/…`), one of another agent with the same id
/// (`<id>@…`), of one service while it is not yet told which share it, and what a process counts on a day. A conversation that is called as its trace has the trace's key.
pub fn conversation(id: &str) -> Key {
    let root = id.trim_start_matches(['/', '@']).split(['/', '@', SERVICE]).next();
    xxh3_64(root.unwrap_or_default().as_bytes())
}

/// A call, by its id among those of a dialect.
pub fn call(dialect: usize, id: &str) -> Key {
    xxh3_64_with_seed(id.as_bytes(), CALL | dialect as u64)
}

/// A turn, by its id among those of a dialect.
pub fn turn(dialect: usize, id: &str) -> Key {
    xxh3_64_with_seed(id.as_bytes(), TURN | dialect as u64)
}

/// A process of a dialect's agent, by its instance.
pub fn process(dialect: usize, instance: Option<&str>) -> Key {
    xxh3_64_with_seed(instance.unwrap_or_default().as_bytes(), PROCESS | (dialect as u64) << 1 | u64::from(instance.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_works_within_a_conversation_has_its_key() {
        for id in ["c/a1", "c/title/2", "c@qwen", "c@2026-11-22", "c\u{1f}acme/eu", "c"] {
            assert_eq!(conversation(id), conversation("c"), "{id}");
        }
        assert_ne!(conversation("/a"), conversation("/b"));
        assert_eq!(conversation("/a"), conversation("/a/title"));
        let hex = "000102030405060708090a0b0c0d0e0f";
        assert_eq!(conversation(hex), trace(hex));
        assert_ne!(process(0, None), process(0, Some("")));
        assert_ne!(process(1, None), process(0, Some("")));
    }
}
