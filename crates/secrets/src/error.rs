//! What can be wrong with rules. Border: the text of a rules file; reading it from a disk is the caller's business.

use thiserror::Error;

/// A rules file is none.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}: no rules: {reason}; docs/privacy.md shows the form")]
pub struct RuleError {
    /// The file, or its name.
    pub file: String,
    /// Reason, with the rule or the line.
    pub reason: String,
}
