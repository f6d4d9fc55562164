//! Fingerprints: the same text has the same one within a lake, and nobody without the lake's key can tell which text it is of. Border: BLAKE3,
//! keyed; where the key is kept is the model's business.

/// What the key is derived for (`Key::derive`).
pub const PURPOSE: &str = "tracemill 2026 findings: fingerprints of secrets and personal data";

/// Makes fingerprints.
#[derive(Clone)]
pub struct Fingerprints([u8; 32]);

impl std::fmt::Debug for Fingerprints {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fingerprints(…)")
    }
}

impl Fingerprints {
    /// With a key that was derived for [`PURPOSE`].
    pub fn new(key: [u8; 32]) -> Fingerprints {
        Fingerprints(key)
    }

    /// The fingerprint: 32 hex digits.
    pub fn of(&self, secret: &str) -> String {
        let hash = blake3::keyed_hash(&self.0, secret.as_bytes());
        hash.to_hex()[..32].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_hang_on_text_and_key() {
        let (one, other) = (Fingerprints::new([1; 32]), Fingerprints::new([2; 32]));
        assert_eq!(one.of("a"), one.of("a"));
        assert_eq!(one.of("a").len(), 32);
        assert!(one.of("a") != one.of("b") && one.of("a") != other.of("a"));
    }
}
