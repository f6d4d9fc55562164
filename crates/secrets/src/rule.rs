//! One rule, ready to match. Border: a match in a text that its keywords let through; which rules are asked is `rules`' business.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Captures, Regex, RegexBuilder};
use serde::Deserialize;

use crate::allow::Allow;
use crate::entropy::shannon;
use crate::error::RuleError;
use crate::file::RuleText;

/// What a rule finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Something that opens doors.
    Secret,
    /// Something about a person.
    Personal,
}

impl Kind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Secret => "secret",
            Kind::Personal => "personal",
        }
    }
}

/// Which kinds are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kinds {
    /// Secrets.
    pub secret: bool,
    /// Personal data.
    pub personal: bool,
}

impl Kinds {
    /// Both.
    pub const ALL: Kinds = Kinds { secret: true, personal: true };
    /// Secrets alone.
    pub const SECRETS: Kinds = Kinds { secret: true, personal: false };

    /// Whether this one is.
    pub fn has(self, kind: Kind) -> bool {
        match kind {
            Kind::Secret => self.secret,
            Kind::Personal => self.personal,
        }
    }

    /// Whether any is.
    pub fn any(self) -> bool {
        self.secret || self.personal
    }
}

/// How bad it is that something lies in telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Hardly.
    Low,
    /// Worth a look.
    Medium,
    /// It opens one service.
    High,
    /// Whoever has it acts as its owner.
    Critical,
}

impl Severity {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// What it finds.
    pub description: String,
    /// How bad that is.
    pub severity: Severity,
    /// Of what kind that is.
    pub kind: Kind,
    /// Whether it gives way to any other rule.
    pub fallback: bool,
    /// Words of which one must stand in the text, lowercase; none: it is asked of every text.
    pub keywords: Vec<String>,
    pattern: String,
    // Most rules match nothing in most lakes, and a regex costs milliseconds to make.
    regex: OnceLock<Option<Regex>>,
    group: usize,
    entropy: f64,
    allow: Vec<Allow>,
}

/// Bytes that a compiled regex may take. Bounded repetitions, of which the rules are full, are unrolled.
const REGEX_BYTES: usize = 64 << 20;

/// Compiles as gitleaks' engine reads it: classes are those of ASCII, and a brace that begins no count stands for itself.
pub fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&braces(pattern)).unicode(false).size_limit(REGEX_BYTES).dfa_size_limit(16 << 20).build()
}

/// The pattern with the braces escaped that begin no count.
pub fn braces(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut class = false;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '\\' if ["\\x{", "\\p{", "\\P{"].iter().any(|e| rest.starts_with(e)) => rest.find('}').map_or(rest.len(), |at| at + 1),
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            _ => c.len_utf8(),
        };
        match c {
            '[' => class = true,
            ']' => class = false,
            '{' if !class && !counts(&rest[1..]) => out.push('\\'),
            _ => {}
        }
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

/// Whether what follows a brace is a count: `3}`, `3,}`, `3,5}`.
fn counts(rest: &str) -> bool {
    let Some((count, _)) = rest.split_once('}') else { return false };
    count.starts_with(|c: char| c.is_ascii_digit()) && count.bytes().all(|b| b.is_ascii_digit() || b == b',')
}

impl Rule {
    /// Reads a rule, with what it is where it does not say so itself; `None` for one that is about names of files.
    pub fn read(file: &str, text: RuleText, (severity, fallback): (Severity, bool)) -> Result<Option<Rule>, RuleError> {
        let Some(pattern) = text.regex else { return Ok(None) };
        let id = text.id;
        let fault = |reason: String| RuleError { file: file.to_owned(), reason: format!("rule {id}: {reason}") };
        let well_formed = !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if !well_formed {
            return Err(fault("an id is lowercase letters, digits and hyphens".to_owned()));
        }
        let allow = text.allowlist.into_iter().chain(text.allowlists).map(|a| Allow::read(a).map_err(fault)).collect::<Result<_, _>>()?;
        Ok(Some(Rule {
            description: text.description,
            severity: text.severity.unwrap_or(severity),
            kind: text.kind.unwrap_or(Kind::Secret),
            fallback: text.fallback.unwrap_or(fallback),
            keywords: text.keywords.iter().map(|k| k.to_ascii_lowercase()).collect(),
            pattern,
            regex: OnceLock::new(),
            group: text.secret_group,
            entropy: text.entropy.unwrap_or_default(),
            allow,
            id,
        }))
    }

    /// Makes its regex now, to see whether it is one.
    pub fn check(&self, file: &str) -> Result<(), RuleError> {
        let fault = |reason: String| RuleError { file: file.to_owned(), reason: format!("rule {}: {reason}", self.id) };
        let regex = compile(&self.pattern).map_err(|e| fault(e.to_string()))?;
        if self.group >= regex.captures_len() {
            return Err(fault(format!("secretGroup {} is not in its regex", self.group)));
        }
        self.allow.iter().try_for_each(|a| a.check().map_err(fault))
    }

    fn regex(&self) -> Option<&Regex> {
        // those of the program are checked by its tests, a team's when they are loaded
        self.regex.get_or_init(|| compile(&self.pattern).ok()).as_ref()
    }

    /// Visits the secrets in a text, by their places.
    pub fn find(&self, text: &[u8], global: &[Allow], visit: &mut dyn FnMut(Range<usize>)) {
        let Some(regex) = self.regex() else { return };
        if self.group == 0 && regex.captures_len() == 1 {
            for found in regex.find_iter(text) {
                self.judge(text, found.range(), found.range(), global, visit);
            }
            return;
        }
        let mut at = 0;
        // finding is far cheaper than finding groups, and most texts have nothing
        while let Some(found) = regex.find_at(text, at) {
            if let Some(captures) = regex.captures_at(text, found.start()) {
                self.judge(text, self.secret(&captures, found.range()), found.range(), global, visit);
            }
            at = found.end().max(found.start() + 1);
            if at > text.len() {
                break;
            }
        }
    }

    /// The group that is the secret: the one named, else the first that matched something, else the whole.
    fn secret(&self, captures: &Captures<'_>, whole: Range<usize>) -> Range<usize> {
        let named = (self.group > 0).then(|| captures.get(self.group)).flatten();
        let group = named.or_else(|| captures.iter().skip(1).flatten().find(|g| !g.is_empty()));
        group.map_or(whole, |g| g.range())
    }

    fn judge(&self, text: &[u8], secret: Range<usize>, whole: Range<usize>, global: &[Allow], visit: &mut dyn FnMut(Range<usize>)) {
        let value = &text[secret.clone()];
        if value.is_empty() || self.entropy > 0.0 && shannon(value) <= self.entropy {
            return;
        }
        let global = if self.kind == Kind::Secret { global } else { &[] };
        if !self.allow.iter().chain(global).any(|a| a.allows(text, &secret, &whole)) {
            visit(secret);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_that_begin_no_count_stand_for_themselves() {
        for (pattern, text) in [(r"\$?{{[^}]+}}", "${{x}}"), (r"^a{2,3}$", "aaa"), (r"[{]x\{", "{x{"), (r"\x{41}{1}", "A"), (r"a{,2}", "a{,2}")] {
            assert!(compile(pattern).unwrap().is_match(text.as_bytes()), "{pattern}");
        }
    }
}
