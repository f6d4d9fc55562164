//! How records are kept private: by which key their ids are made, and what of them is replaced before anything is written. Border: the options;
//! the replacing is `redactor`'s business.

use std::sync::Arc;

use tracemill_secrets::{Kinds, Rules, Whole};

/// What record ids are made with in a lake that keys them (`Key::derive`).
pub const PURPOSE: &str = "tracemill 2026 ids: record ids and quarantine ids of lakes that take redacted telemetry";

/// Words for what was replaced in a row, each with the bit that ranks it.
const WORDS: [&str; 6] = ["secret", "personal", "prompts", "arguments", "outputs", "texts"];

/// How records are kept private.
#[derive(Debug, Clone, Default)]
pub struct Privacy {
    /// The key by which record ids are made; without one they are hashes of the content, by which it could be guessed.
    pub key: Option<IdKey>,
    /// What is replaced.
    pub redaction: Option<Redaction>,
}

/// A key for ids.
#[derive(Clone)]
pub struct IdKey([u8; 32]);

impl std::fmt::Debug for IdKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdKey(…)")
    }
}

impl IdKey {
    /// A key that was derived for [`PURPOSE`].
    pub fn new(key: [u8; 32]) -> IdKey {
        IdKey(key)
    }

    /// What a content hash becomes.
    pub fn id(&self, hash: u128) -> u128 {
        let keyed = blake3::keyed_hash(&self.0, &hash.to_le_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&keyed.as_bytes()[..16]);
        u128::from_le_bytes(id)
    }

    /// Hashes bytes.
    pub fn hasher(&self) -> blake3::Hasher {
        blake3::Hasher::new_keyed(&self.0)
    }
}

/// What is replaced before anything is written.
#[derive(Debug, Clone)]
pub struct Redaction {
    /// What secrets and personal data look like.
    pub rules: Arc<Rules>,
    /// Which of these are replaced.
    pub kinds: Kinds,
    /// Fields that are replaced whole.
    pub whole: Arc<Whole>,
}

/// How much was replaced in a row, by its words: of two rows of one record that of which more kinds were replaced stands.
pub fn level(words: &str) -> u16 {
    let bits = words.split(',').filter_map(|word| WORDS.iter().position(|w| *w == word)).fold(0_u16, |bits, n| bits | 1 << n);
    (bits.count_ones() as u16) << 8 | bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_kinds_stand_above_fewer() {
        assert_eq!(level(""), 0);
        assert!(level("personal,secret") > level("outputs") && level("outputs") > level("personal") && level("personal") > level("secret"));
        assert_eq!(level("secret,personal"), level("personal,secret"));
    }

    #[test]
    fn ids_hang_on_the_key() {
        let (one, other) = (IdKey::new([1; 32]), IdKey::new([2; 32]));
        assert_eq!(one.id(7), one.id(7));
        assert!(one.id(7) != one.id(8) && one.id(7) != other.id(7) && one.id(7) != 7);
    }
}
