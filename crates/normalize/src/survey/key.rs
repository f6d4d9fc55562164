//! Keys: what ties records to each other, as numbers. Border: texts in; two records that share a key may belong together, and records that no
//! chain of shared keys joins do not.

use memchr::memchr3;
use tracemill_model::date::day_named;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::lineage::services::SERVICE;

/// A hash of what two records have in common. Two texts with one hash only join what need not be joined.
pub type Key = u64;

/// What a call's id is of: keys of several kinds must not meet.
const CALL: u64 = 1 << 32;
const TURN: u64 = 2 << 32;
const PROCESS: u64 = 3 << 32;

// found as a byte
const _: () = assert!(SERVICE.is_ascii());

/// Of records that name neither a conversation nor a trace.
pub const UNKNOWN: &str = "(unknown)";

/// A trace, by its id in hex; empty for a span without one.
pub fn trace(hex: &str) -> Key {
    xxh3_64(hex.as_bytes())
}

/// A conversation with all that has its id in front of its own: what works within it (`<id>/…`), one of another agent with the same id
/// (`<id>@…`), and of one service while it is not yet told which share it. A conversation that is called as its trace has the trace's key; one
/// that is what a process counts on a day (`<process>@<day>`) has a key of its own.
pub fn conversation(id: &str) -> Key {
    let whole = id.trim_start_matches(['/', '@']);
    let first = |text: &str| memchr3(b'/', b'@', SERVICE as u8, text.as_bytes()).unwrap_or(text.len());
    let mut end = first(whole);
    if let Some(behind) = whole[end..].strip_prefix('@') {
        let day = &behind[..first(behind)];
        if day_named(day).is_some() {
            end += 1 + day.len();
        }
    }
    xxh3_64(&whole.as_bytes()[..end])
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

/// What metrics of a process count on a day.
pub fn counted(process: Key, day: i32) -> Key {
    xxh3_64_with_seed(&day.to_le_bytes(), process)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_works_within_a_conversation_has_its_key() {
        for id in ["c/a1", "c/title/2", "c@qwen", "c@qwen/a1", "c\u{1f}acme/eu", "c"] {
            assert_eq!(conversation(id), conversation("c"), "{id}");
        }
        for id in ["c", "c@2026-11-23"] {
            assert_ne!(conversation(id), conversation("c@2026-11-22"));
        }
        assert_eq!(conversation("c@2026-11-22\u{1f}acme"), conversation("c@2026-11-22"));
        assert_ne!(conversation("/a"), conversation("/b"));
        assert_eq!(conversation("/a"), conversation("/a/title"));
        let hex = "000102030405060708090a0b0c0d0e0f";
        assert_eq!(conversation(hex), trace(hex));
        assert_ne!(process(0, None), process(0, Some("")));
        assert_ne!(process(1, None), process(0, Some("")));
    }
}
