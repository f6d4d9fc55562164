//! The form of a rules file: gitleaks' configuration (version 8.25 and later), with three words more. Border: what is written; what it means is
//! the other modules' business. Words that only make sense for files in a repository (`path`, `paths`, `commits`) are read over.

use serde::Deserialize;

use crate::rule::{Kind, Severity};

/// A rules file.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleFile {
    /// How it stands to the program's own rules.
    #[serde(default)]
    pub extend: Extend,
    /// What is never a secret, whatever the rule: gitleaks' older form.
    #[serde(default)]
    pub allowlist: Option<AllowFile>,
    /// The same, several.
    #[serde(default)]
    pub allowlists: Vec<AllowFile>,
    /// The rules.
    #[serde(default)]
    pub rules: Vec<RuleText>,
}

/// How a team's file stands to the program's own rules.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Extend {
    /// Whether the program's own rules are in force too.
    pub use_default: bool,
    /// Ids of rules that are not.
    pub disabled_rules: Vec<String>,
}

impl Default for Extend {
    fn default() -> Extend {
        Extend { use_default: true, disabled_rules: Vec::new() }
    }
}

/// A rule as it is written.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleText {
    /// Its name.
    pub id: String,
    /// What it finds.
    #[serde(default)]
    pub description: String,
    /// What matches; a rule without one is about names of files.
    #[serde(default)]
    pub regex: Option<String>,
    /// Which group is the secret; 0: the first that matched, else the whole.
    #[serde(default)]
    pub secret_group: usize,
    /// The entropy that the secret must exceed, in bits a character.
    #[serde(default)]
    pub entropy: Option<f64>,
    /// Words of which one must stand in the text, in either case.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// What is none, gitleaks' older form.
    #[serde(default)]
    pub allowlist: Option<AllowFile>,
    /// What is none.
    #[serde(default)]
    pub allowlists: Vec<AllowFile>,
    /// How bad.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// Secret or personal.
    #[serde(default)]
    pub kind: Option<Kind>,
    /// Whether it gives way to any other rule.
    #[serde(default)]
    pub fallback: Option<bool>,
}

/// An allow list as it is written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AllowFile {
    /// `OR`, or `AND`: all of its kinds of test must hold.
    pub condition: Option<String>,
    /// What the regexes look at: the secret (default), `match` or `line`.
    pub regex_target: Option<String>,
    /// Regexes.
    pub regexes: Vec<String>,
    /// Words in the secret.
    pub stopwords: Vec<String>,
    /// Of files: never true of a text.
    pub paths: Vec<String>,
    /// Of a repository: never true of a text.
    pub commits: Vec<String>,
}

/// The severities of rules that have none themselves, by id.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Severities {
    /// Whoever has it acts as its owner.
    pub critical: Vec<String>,
    /// May be a secret.
    pub medium: Vec<String>,
    /// Hardly.
    pub low: Vec<String>,
    /// Those that give way to others.
    pub fallback: Vec<String>,
}
