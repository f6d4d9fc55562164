//! How records are kept private: by which key their ids are made, and what of them is replaced before anything is written. Border: the options;
//! the replacing is `redactor`'s business.

use std::sync::Arc;

use tracemill_model::{Lake, LakeError};
use tracemill_secrets::{Kinds, Rules, Whole};

/// What record ids are made with in a lake that keys them (`Key::derive`).
pub(crate) const PURPOSE: &str = "tracemill 2026 ids: record ids and quarantine ids of lakes that take redacted telemetry";

/// Words for what was replaced in a row, each with the bit that ranks it.
const WORDS: [&str; 6] = ["secret", "personal", "prompts", "arguments", "outputs", "texts"];
/// The bits of the first of them: what rules find within a field. The others are fields that are replaced whole.
const WITHIN: u16 = 0b11;

/// How records are kept private.
#[derive(Debug, Clone, Default)]
pub struct Privacy {
    /// The key by which record ids are made, that of the lake; without one they are hashes of the content, by which it could be guessed.
    pub(crate) key: Option<IdKey>,
    /// What is replaced.
    pub(crate) redaction: Option<Redaction>,
}

impl Privacy {
    /// Replaces that.
    pub fn redacting(redaction: Redaction) -> Privacy {
        Privacy { key: None, redaction: Some(redaction) }
    }

    /// The same, with the key of a lake that keys its ids.
    pub(crate) fn of(&self, lake: &Lake) -> Result<Privacy, LakeError> {
        let key = if lake.has_keyed_ids() { Some(IdKey::new(lake.key()?.derive(PURPOSE))) } else { None };
        Ok(Privacy { key, redaction: self.redaction.clone() })
    }

    /// Words for what is replaced where it is found, joined by commas.
    pub(crate) fn words(&self) -> String {
        let Some(Redaction { kinds, whole, .. }) = &self.redaction else { return String::new() };
        let all = [kinds.secret, kinds.personal].into_iter().zip(WORDS).filter(|(on, _)| *on).map(|(_, word)| word);
        all.chain(WORDS.into_iter().skip(2).filter(|w| whole.has(w))).collect::<Vec<_>>().join(",")
    }
}

impl Privacy {
    /// Hashes bytes that are set aside.
    pub(crate) fn hasher(&self) -> blake3::Hasher {
        self.key.as_ref().map_or_else(blake3::Hasher::new, |key| blake3::Hasher::new_keyed(&key.0))
    }

    /// Whether bytes that are set aside are not kept.
    pub(crate) fn withholds(&self) -> bool {
        self.redaction.is_some()
    }
}

/// A reason why something is set aside, as it is told and written: where records are redacted, without what it quotes.
pub(crate) fn reason(privacy: &Privacy, reason: String) -> String {
    let Some(Redaction { rules, .. }) = &privacy.redaction else { return reason };
    let mut out = String::new();
    let mut rest = reason.as_str();
    while let Some(begin) = rest.find('"') {
        // a reason may quote in the middle of a word, and what it quotes may have quotes
        let Some(end) = rest[begin + 1..].rfind('"').map(|n| begin + 1 + n) else { break };
        out.push_str(&rest[..begin]);
        out.push_str("\"…\"");
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
    rules.mask(&out, Kinds::ALL).unwrap_or(out)
}

/// A key for ids.
#[derive(Clone)]
pub(crate) struct IdKey([u8; 32]);

impl std::fmt::Debug for IdKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdKey(…)")
    }
}

impl IdKey {
    /// A key that was derived for [`PURPOSE`].
    fn new(key: [u8; 32]) -> IdKey {
        IdKey(key)
    }

    /// What a content hash becomes.
    pub fn id(&self, hash: u128) -> u128 {
        let keyed = blake3::keyed_hash(&self.0, &hash.to_le_bytes());
        let mut id = [0; 16];
        id.copy_from_slice(&keyed.as_bytes()[..16]);
        u128::from_le_bytes(id)
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

/// Whether what was replaced is all that is to be.
pub fn covers(replaced: &str, asked: &str) -> bool {
    asked.split(',').all(|word| word.is_empty() || replaced.split(',').any(|w| w == word))
}

/// How much was replaced in a row, by its words: of two rows of one record the greater stands. Fields that were replaced whole come first, since
/// no secret within them is left either; then how many kinds; the bits make the order total.
pub fn level(words: &str) -> u16 {
    let bits = words.split(',').filter_map(|word| WORDS.iter().position(|w| *w == word)).fold(0_u16, |bits, n| bits | 1 << n);
    let number = |bits: u16| bits.count_ones() as u16;
    number(bits & !WITHIN) << 10 | number(bits) << 6 | bits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_fields_stand_above_what_is_found_within_them_and_more_kinds_above_fewer() {
        assert_eq!(level(""), 0);
        assert!(level("outputs") > level("personal,secret") && level("personal,secret") > level("personal") && level("personal") > level("secret"));
        assert!(level("prompts,secret") > level("prompts") && level("arguments,outputs") > level("personal,prompts,secret"));
        assert_eq!(level("secret,personal"), level("personal,secret"));
        assert!(covers("", "") && covers("secret,personal", "secret") && !covers("secret,personal", "prompts") && !covers("", "secret"));
    }

    #[test]
    fn ids_hang_on_the_key() {
        let (one, other) = (IdKey::new([1; 32]), IdKey::new([2; 32]));
        assert_eq!(one.id(7), one.id(7));
        assert!(one.id(7) != one.id(8) && one.id(7) != other.id(7) && one.id(7) != 7);
    }
}
