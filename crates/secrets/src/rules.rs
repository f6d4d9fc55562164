//! All rules that are in force, and the search with them. Border: a text in, places in it out; JSON is `cell`'s business.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::allow::Allow;
use crate::error::RuleError;
use crate::file::{RuleFile, RuleText, Severities};
use crate::found::{Candidate, Found, settle};
use crate::rule::{Kind, Kinds, Rule, Severity};
use crate::unescape::Unescaped;

/// The program's own files, in the order in which they are read: of rules with one id the last stands.
const FILES: [(&str, &str); 3] = [
    ("gitleaks.toml", include_str!("../rules/gitleaks.toml")),
    ("secrets.toml", include_str!("../rules/secrets.toml")),
    ("personal.toml", include_str!("../rules/personal.toml")),
];
const SEVERITIES: &str = include_str!("../rules/severity.toml");

/// Layers of escapes that are looked under: JSON in a string of JSON in a string of JSON.
const LAYERS: usize = 3;

/// What may hide a keyword: an escaped letter, an escaped slash, bytes in base64; and what stands where a secret was.
const HIDING: [&str; 5] = ["\\u00", "\\/", "\"bytesValue\"", MARKS[0], MARKS[1]];
/// How the markers of what was found begin.
const MARKS: [&str; 2] = ["[secret:", "[personal:"];

/// The rules in force.
#[derive(Debug)]
pub struct Rules {
    rules: Vec<Rule>,
    global: Vec<Allow>,
    keywords: AhoCorasick,
    /// The rules of each keyword, by its number; of what may hide one none.
    of_keyword: Vec<Vec<usize>>,
    /// Rules without keywords.
    always: Vec<usize>,
    fingerprint: String,
}

impl Rules {
    /// The program's own.
    ///
    /// # Errors
    /// A file of the program's is none, which is its fault.
    pub fn embedded() -> Result<Rules, RuleError> {
        Rules::load(None)
    }

    /// The program's own and those of a file, by its name and text: its rules stand beside the program's, or in the place of those of the same
    /// id; `[extend]` leaves some of the program's out (`disabledRules`) or all (`useDefault = false`).
    ///
    /// # Errors
    /// The file is no TOML of that form, or a regex in it is none.
    pub fn load(own: Option<(&str, &str)>) -> Result<Rules, RuleError> {
        let severities: Severities = toml::from_str(SEVERITIES).map_err(|e| fault("severity.toml", e.to_string()))?;
        let mut hasher = blake3::Hasher::new();
        let mut set = Set { severities, rules: Vec::new(), global: Vec::new() };
        let _ = hasher.update(SEVERITIES.as_bytes());
        for (name, text) in FILES {
            let _ = hasher.update(text.as_bytes());
            set.take(name, parse(name, text)?, false)?;
        }
        if let Some((name, text)) = own {
            let _ = hasher.update(text.as_bytes());
            let file = parse(name, text)?;
            let mut disabled = file.extend.disabled_rules.clone();
            if !file.extend.use_default {
                disabled.extend(set.rules.iter().map(|r| r.id.clone()));
            }
            if let Some(unknown) = disabled.iter().find(|id| set.rules.iter().all(|r| r.id != **id)) {
                return Err(fault(name, format!("disabledRules: there is no rule {unknown}")));
            }
            set.rules.retain(|r| !disabled.contains(&r.id));
            set.take(name, file, true)?;
        }
        Rules::new(set, &hasher.finalize().to_hex()[..16])
    }

    fn new(set: Set, fingerprint: &str) -> Result<Rules, RuleError> {
        let Set { rules, global, .. } = set;
        let mut words: Vec<&str> = rules.iter().flat_map(|r| r.keywords.iter().map(String::as_str)).chain(HIDING).collect();
        words.sort_unstable();
        words.dedup();
        let of_keyword = words.iter().map(|w| (0..rules.len()).filter(|n| rules[*n].keywords.iter().any(|k| k == w)).collect()).collect();
        let always = (0..rules.len()).filter(|n| rules[*n].keywords.is_empty()).collect();
        let keywords = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(&words)
            .map_err(|e| fault("keywords", e.to_string()))?;
        Ok(Rules { keywords, of_keyword, always, global, fingerprint: fingerprint.to_owned(), rules })
    }

    /// All rules.
    pub fn list(&self) -> &[Rule] {
        &self.rules
    }

    /// 16 hex digits by which the rules in force are known again.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Whether any rule might match: one pass of the automaton, whatever the number of rules.
    pub fn may_match(&self, text: &str) -> bool {
        !self.always.is_empty() || self.keywords.is_match(text)
    }

    /// Where keywords end in the text, in order; of those that overlap at least one.
    pub(crate) fn hits<'t>(&'t self, text: &'t str) -> impl Iterator<Item = usize> + 't {
        self.keywords.find_iter(text).map(|m| m.end())
    }

    /// Whether every text has to be looked at.
    pub(crate) fn always(&self) -> bool {
        !self.always.is_empty()
    }

    /// What the rules of these kinds find in a text, in the order of its places, none overlapping another.
    pub fn find(&self, text: &str, kinds: Kinds) -> Vec<Found> {
        let mut candidates = Vec::new();
        if !self.layer(text.as_bytes(), kinds, &mut |rule, at| candidates.push((rule, at, 0))) {
            return Vec::new();
        }
        let mut layers: Vec<Unescaped> = Vec::new();
        while layers.len() < LAYERS {
            let Some(next) = Unescaped::of(layers.last().map_or(text.as_bytes(), |l| &l.text)) else { break };
            layers.push(next);
            let depth = layers.len();
            let _ = self.layer(&layers[depth - 1].text, kinds, &mut |rule, at| {
                let origin = layers.iter().rev().fold(at, |at, layer| layer.origin(&at));
                candidates.push((rule, origin, depth));
            });
        }
        let weigh = |(rule, at, depth): (usize, Range<usize>, usize)| {
            let of = &self.rules[rule];
            let weight = (of.fallback, of.kind != Kind::Secret, rule);
            Candidate { rule, at: whole_characters(text, at), weight, depth }
        };
        settle(candidates.into_iter().map(weigh).collect())
    }

    /// Where markers stand in the place of what rules found before: what was redacted is told of all the same.
    pub fn marked(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        // no marker without its bracket, which few texts have
        if memchr::memchr(MARKS[0].as_bytes()[0], text.as_bytes()).is_none() {
            return found;
        }
        for mark in MARKS {
            for (start, _) in text.match_indices(mark) {
                let behind = &text[start + mark.len()..];
                let is_its =
                    |r: &Rule| behind.strip_prefix(r.id.as_str()).is_some_and(|rest| rest.starts_with(']')) && mark[1..].starts_with(r.kind.name());
                let Some(rule) = self.rules.iter().position(is_its) else { continue };
                let at = start..start + mark.len() + self.rules[rule].id.len() + 1;
                found.push(Found { rule, cover: at.clone(), at });
            }
        }
        found
    }

    /// Says whether anything was there to look for, were it only what may hide something.
    fn layer(&self, text: &[u8], kinds: Kinds, visit: &mut dyn FnMut(usize, Range<usize>)) -> bool {
        let mut asked = vec![0_u64; self.rules.len().div_ceil(64)];
        self.always.iter().for_each(|n| asked[n / 64] |= 1 << (n % 64));
        let mut any = !self.always.is_empty();
        for found in self.keywords.find_overlapping_iter(text) {
            any = true;
            self.of_keyword[found.pattern().as_usize()].iter().for_each(|n| asked[n / 64] |= 1 << (n % 64));
        }
        for (place, mut word) in asked.into_iter().enumerate() {
            while word != 0 {
                let n = place * 64 + word.trailing_zeros() as usize;
                word &= word - 1;
                if kinds.has(self.rules[n].kind) {
                    self.rules[n].find(text, &self.global, &mut |at| visit(n, at));
                }
            }
        }
        any
    }

    /// The text with a marker in each place where a rule of these kinds matches; `None` where none does.
    pub fn mask(&self, text: &str, kinds: Kinds) -> Option<String> {
        let found = self.find(text, kinds);
        if found.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for Found { rule, cover, .. } in found {
            out.push_str(&text[at.min(cover.start)..cover.start]);
            out.push_str(&crate::shown::marker(&self.rules[rule]));
            at = cover.end;
        }
        out.push_str(&text[at..]);
        Some(out)
    }
}

/// The stretch, grown to whole characters.
fn whole_characters(text: &str, at: Range<usize>) -> Range<usize> {
    let start = (0..=at.start).rev().find(|n| text.is_char_boundary(*n)).unwrap_or(0);
    let end = (at.end..=text.len()).find(|n| text.is_char_boundary(*n)).unwrap_or(text.len());
    start..end
}

/// Rules on the way in.
struct Set {
    severities: Severities,
    rules: Vec<Rule>,
    global: Vec<Allow>,
}

impl Set {
    fn take(&mut self, name: &str, file: RuleFile, check: bool) -> Result<(), RuleError> {
        for list in file.allowlist.into_iter().chain(file.allowlists) {
            let list = Allow::read(list).map_err(|reason| fault(name, reason))?;
            if check {
                list.check().map_err(|reason| fault(name, reason))?;
            }
            self.global.push(list);
        }
        for text in file.rules {
            let severity = self.severity(&text);
            let fallback = self.severities.fallback.contains(&text.id);
            let Some(rule) = Rule::read(name, text, (severity, fallback))? else { continue };
            if check {
                rule.check(name)?;
            }
            self.rules.retain(|r| r.id != rule.id);
            self.rules.push(rule);
        }
        Ok(())
    }

    fn severity(&self, rule: &RuleText) -> Severity {
        let among = |ids: &[String]| ids.contains(&rule.id);
        match () {
            () if among(&self.severities.critical) => Severity::Critical,
            () if among(&self.severities.medium) => Severity::Medium,
            () if among(&self.severities.low) => Severity::Low,
            () => Severity::High,
        }
    }
}

fn parse(name: &str, text: &str) -> Result<RuleFile, RuleError> {
    toml::from_str(text).map_err(|e| fault(name, e.to_string()))
}

fn fault(file: &str, reason: String) -> RuleError {
    RuleError { file: file.to_owned(), reason }
}

#[cfg(test)]
mod tests;
