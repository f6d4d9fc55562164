//! Secrets are masked in what the semantic tables tell, because reports and pages print it; the raw tables have it as it was exported. Border:
//! texts in, texts out. Personal data stays: whose work it was is what reports are asked for.

use std::borrow::Cow;
use std::sync::Arc;

use tracemill_secrets::{Kinds, Rules};

use crate::output::cut;

/// Bytes behind a cut that are looked at too, so that a secret that the cut goes through is known: a private key is no longer.
const BEHIND: usize = 8192;

/// Puts a marker in the place of every secret; with no rules, none.
#[derive(Debug, Clone, Default)]
pub struct Masks(Option<Arc<Rules>>);

impl Masks {
    /// By these rules.
    pub fn new(rules: Arc<Rules>) -> Masks {
        Masks(Some(rules))
    }

    /// The text without secrets.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let masked = self.0.as_ref().and_then(|rules| rules.mask(text, Kinds::SECRETS));
        masked.map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// The text's beginning of so many bytes at most, without secrets.
    pub fn excerpt(&self, text: &str, bytes: usize) -> String {
        let masked = self.mask(&text[..cut(text, bytes.saturating_add(BEHIND))]);
        masked[..cut(&masked, bytes)].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_a_cut_goes_through_is_masked() {
        let masks = Masks::new(Arc::new(Rules::embedded().unwrap()));
        let secret = format!("gh{}_{}", 'o', "Zx9Kq2Lm7Tb4Wc1Vn8Rd5Hy3Jp6Gs0FuAeQi");
        let text = format!("say {secret} and {}", "x".repeat(20_000));
        assert_eq!(masks.excerpt(&text, 12), "say [secret:");
        assert_eq!(masks.excerpt(&text, 30), "say [secret:github-oauth] and ");
        assert_eq!(masks.mask("plain"), "plain");
        assert_eq!(Masks::default().excerpt(&text, 12), text[..12]);
    }
}
