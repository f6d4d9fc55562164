//! Reasons of set-asides as they are printed. A reason quotes what was read, so that secrets are masked by the rules of the lake, as in all reports;
//! `--redact` has left the quotes out already. Border: what is printed; the lake keeps reasons as they were told.

use std::path::PathBuf;
use std::sync::OnceLock;

use tracemill_model::Lake;
use tracemill_normalize::rules_in_force;
use tracemill_secrets::{Kinds, Rules};

/// The rules, which are read when the first reason is printed: most runs print none.
#[derive(Debug, Default)]
pub struct Reasons {
    file: Option<PathBuf>,
    rules: OnceLock<Option<Rules>>,
}

impl Reasons {
    /// By the rules of a lake.
    pub fn of(lake: &Lake) -> Reasons {
        Reasons::with(lake.rules())
    }

    /// By the rules of a file, if it is there.
    pub fn with(file: PathBuf) -> Reasons {
        Reasons { file: Some(file), rules: OnceLock::new() }
    }

    /// A reason without the secrets that it quotes.
    pub fn shown(&self, reason: &str) -> String {
        let file = self.file.as_deref().filter(|f| f.exists());
        // rules that cannot be read are complained of where tables are built; the program's own still hold
        let rules = self.rules.get_or_init(|| rules_in_force(None, file).or_else(|_| rules_in_force(None, None)).ok());
        match rules {
            Some(rules) => rules.mask(reason, Kinds::SECRETS).unwrap_or_else(|| reason.to_owned()),
            None => "not shown: the rules for secrets cannot be read".to_owned(),
        }
    }
}
