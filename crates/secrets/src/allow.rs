//! Allow lists: what a rule matches and is none all the same. Border: one match is judged; the lists are the rules' data.

use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use regex::bytes::{RegexSet, RegexSetBuilder};

use crate::file::AllowFile;
use crate::rule::{braces, compile};

/// What the regexes of a list look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Secret,
    Match,
    Line,
}

/// An allow list.
#[derive(Debug)]
pub struct Allow {
    target: Target,
    all: bool,
    never: bool,
    patterns: Vec<String>,
    regexes: OnceLock<Option<RegexSet>>,
    stopwords: Vec<String>,
    words: OnceLock<Option<AhoCorasick>>,
}

/// Bytes of a line looked at: a line of telemetry can be megabytes long.
const LINE_BYTES: usize = 1024;

impl Allow {
    /// Reads a list; the error says what is wrong with it.
    pub fn read(file: AllowFile) -> Result<Allow, String> {
        let target = match file.regex_target.as_deref() {
            None | Some("" | "secret") => Target::Secret,
            Some("match") => Target::Match,
            Some("line") => Target::Line,
            Some(other) => return Err(format!("regexTarget {other}: secret, match or line")),
        };
        let all = match file.condition.as_deref() {
            None | Some("" | "OR" | "or" | "||") => false,
            Some("AND" | "and" | "&&") => true,
            Some(other) => return Err(format!("condition {other}: OR or AND")),
        };
        let of_files = !file.paths.is_empty() || !file.commits.is_empty();
        let none = file.regexes.is_empty() && file.stopwords.is_empty();
        Ok(Allow {
            target,
            all,
            never: none || all && of_files,
            patterns: file.regexes,
            regexes: OnceLock::new(),
            stopwords: file.stopwords,
            words: OnceLock::new(),
        })
    }

    /// Makes its regexes now, to see whether they are some; the error says which is none.
    pub fn check(&self) -> Result<(), String> {
        self.patterns.iter().try_for_each(|p| compile(p).map(drop).map_err(|e| format!("allow list: {e}")))
    }

    fn regexes(&self) -> Option<&RegexSet> {
        let make = || RegexSetBuilder::new(self.patterns.iter().map(|p| braces(p))).unicode(false).size_limit(64 << 20).build().ok();
        if self.patterns.is_empty() { None } else { self.regexes.get_or_init(make).as_ref() }
    }

    fn words(&self) -> Option<&AhoCorasick> {
        let make = || AhoCorasick::builder().ascii_case_insensitive(true).build(&self.stopwords).ok();
        if self.stopwords.is_empty() { None } else { self.words.get_or_init(make).as_ref() }
    }

    /// Whether it says that this is none.
    pub fn allows(&self, text: &[u8], secret: &Range<usize>, whole: &Range<usize>) -> bool {
        if self.never {
            return false;
        }
        let looked_at = match self.target {
            Target::Secret => &text[secret.clone()],
            Target::Match => &text[whole.clone()],
            Target::Line => line(text, whole),
        };
        let by_regex = self.regexes().map(|set| set.is_match(looked_at));
        let by_word = self.words().map(|words| words.is_match(&text[secret.clone()]));
        let mut tests = [by_regex, by_word].into_iter().flatten();
        if self.all { tests.all(|t| t) } else { tests.any(|t| t) }
    }
}

/// The line that a match lies in, as far as it is not too long.
fn line<'t>(text: &'t [u8], whole: &Range<usize>) -> &'t [u8] {
    let before = &text[whole.start.saturating_sub(LINE_BYTES)..whole.start];
    let after = &text[whole.end..text.len().min(whole.end + LINE_BYTES)];
    let start = before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    let end = after.iter().position(|b| *b == b'\n').unwrap_or(after.len());
    &text[whole.start - (before.len() - start)..whole.end + end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(file: AllowFile) -> Allow {
        Allow::read(file).unwrap()
    }

    #[test]
    fn regexes_look_where_they_are_told_to() {
        let text = b"first\nkey = s3cret # fixture\nlast";
        let (secret, whole) = (12..18, 6..18);
        let of = |target: &str, regex: &str| {
            let file = AllowFile { regex_target: Some(target.to_owned()), regexes: vec![regex.to_owned()], ..AllowFile::default() };
            list(file).allows(text, &secret, &whole)
        };
        assert!(of("secret", "^s3cret$") && !of("secret", "key"));
        assert!(of("match", "^key = s3cret$") && !of("match", "fixture"));
        assert!(of("line", "^key.*fixture$") && !of("line", "first|last"));
    }

    #[test]
    fn a_condition_on_files_is_never_met_and_an_empty_list_allows_nothing() {
        let file =
            AllowFile { condition: Some("AND".to_owned()), regexes: vec![".*".to_owned()], paths: vec!["x".to_owned()], ..AllowFile::default() };
        assert!(!list(file).allows(b"abc", &(0..3), &(0..3)));
        assert!(!list(AllowFile { paths: vec!["x".to_owned()], ..AllowFile::default() }).allows(b"abc", &(0..3), &(0..3)));
        let words = AllowFile { stopwords: vec!["Example".to_owned()], ..AllowFile::default() };
        assert!(list(words).allows(b"anEXAMPLE", &(0..9), &(0..9)));
    }

    #[test]
    fn what_is_no_list_is_told() {
        assert!(Allow::read(AllowFile { condition: Some("XOR".to_owned()), ..AllowFile::default() }).is_err());
        assert!(list(AllowFile { regexes: vec!["(".to_owned()], ..AllowFile::default() }).check().is_err());
    }
}
