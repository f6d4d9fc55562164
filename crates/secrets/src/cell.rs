//! JSON as the raw tables keep it: every string in it is looked at, decoded, with the name that it has. Border: the canonical form of
//! `tracemill-ingest`, which is what all such columns hold; no tree is built.

mod hits;
mod replaced;
mod seen;
mod walk;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustc_hash::FxHashMap;

use crate::found::Found;
use crate::rule::Kinds;
use crate::rules::Rules;
use crate::shown::marker;
use crate::whole::Whole;
use hits::Hits;
pub use replaced::Replaced;
use seen::{Of, Seen};
pub use walk::quote;
use walk::{Step, Walk, decoded, quoted};

/// Something found in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The column, and within JSON the way to the string: `attributes.prompt`, `body.parts[0].text`.
    pub field: Arc<str>,
    /// Byte of that string at which it begins.
    pub offset: usize,
    /// The rule, by its place in the list.
    pub rule: usize,
    /// It; `None` where it was redacted and only its marker is there.
    pub secret: Option<Arc<str>>,
}

/// Names remembered at most: there are few, unless somebody makes them up.
const NAMES: usize = 20_000;
/// Values remembered at most, and how long one may be: an address, a model's name, a count that is written as text come again and again.
const VALUES: usize = 20_000;
const VALUE_BYTES: usize = 64;
/// How long a text, or a key with its value, may be to be remembered with what was found in it.
const SEEN_BYTES: usize = 160;

/// What agents put in the place of what they do not export; it stays as it is.
const PLACEHOLDERS: [&str; 3] = ["", "[REDACTED]", "<REDACTED>"];

/// What is known of a name.
#[derive(Debug, Clone, Copy)]
struct Name {
    /// It has a keyword.
    keyword: bool,
    /// Its value is looked at together with it.
    telling: bool,
    /// Its value is replaced whole.
    whole: Option<&'static str>,
}

/// Looks through columns, one after another.
#[derive(Debug, Clone)]
pub struct Cells {
    rules: Arc<Rules>,
    kinds: Kinds,
    whole: Arc<Whole>,
    names: FxHashMap<String, Name>,
    values: Values,
    seen: Seen,
}

/// What was found in short texts before.
type Values = FxHashMap<String, Arc<[Found]>>;

impl Cells {
    /// For these kinds of what the rules find, and these fields.
    pub fn new(rules: Arc<Rules>, kinds: Kinds, whole: Arc<Whole>) -> Cells {
        Cells { rules, kinds, whole, names: FxHashMap::default(), values: Values::default(), seen: Seen::default() }
    }

    /// The rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What is found in a column of text.
    pub fn find_text(&mut self, column: &'static str, text: &str, out: &mut Vec<Spot>) {
        let short = text.len() <= SEEN_BYTES;
        if short && let Some(known) = self.seen.get(Of::Text(column), text) {
            out.extend_from_slice(known);
            return;
        }
        let from = out.len();
        let spot = |at: usize, rule, secret| Spot { field: Arc::from(column), offset: at, rule, secret };
        out.extend(self.rules.find(text, self.kinds).into_iter().map(|f| spot(f.at.start, f.rule, Some(Arc::from(&text[f.at])))));
        out.extend(self.rules.marked(text).into_iter().map(|f| spot(f.at.start, f.rule, None)));
        if short {
            self.seen.keep(Of::Text(column), text, &out[from..]);
        }
    }

    /// What is found in a column of JSON.
    pub fn find_json(&mut self, column: &'static str, json: &str, out: &mut Vec<Spot>) {
        let mut walk = Walk::new(json);
        while let Some(step) = walk.string() {
            match step {
                Step::Key(key) => {
                    let value = walk.member_text().filter(|value| value.end - key.start <= SEEN_BYTES);
                    let Some(value) = value else {
                        self.find_at(column, &walk, (&key, false), out);
                        continue;
                    };
                    let member = &json[key.start..value.end];
                    if let Some(known) = self.seen.get(Of::Member(column), member) {
                        out.extend_from_slice(known);
                    } else {
                        let from = out.len();
                        self.find_at(column, &walk, (&key, false), out);
                        self.find_at(column, &walk, (&value, true), out);
                        self.seen.keep(Of::Member(column), member, &out[from..]);
                    }
                    walk.pass(&value);
                }
                Step::Text(at) => self.find_at(column, &walk, (&at, true), out),
                Step::Other => {}
            }
        }
    }

    /// What is found in a string that the walk has come to, a key or a value.
    fn find_at(&mut self, column: &str, walk: &Walk<'_>, (at, is_value): (&Range<usize>, bool), out: &mut Vec<Spot>) {
        let raw = walk.raw(at);
        let name = if is_value { walk.name() } else { None };
        let may_match = match name {
            // keys come again and again
            None if !is_value => self.name(raw).keyword,
            _ => name.is_some_and(|n| self.name(n).telling) || self.rules.may_match(raw),
        };
        if !may_match {
            return;
        }
        let text = decoded(raw);
        let mut field = None;
        let mut add = |offset: usize, rule, secret| {
            let field = Arc::clone(field.get_or_insert_with(|| Arc::from(walk.path(column))));
            out.push(Spot { field, offset, rule, secret });
        };
        self.find_value(name, &text).into_iter().for_each(|f| add(f.at.start, f.rule, Some(Arc::from(&text[f.at]))));
        self.rules.marked(&text).into_iter().for_each(|f| add(f.at.start, f.rule, None));
        if let Some(bytes) = name.filter(|n| *n == "bytesValue").and_then(|_| bytes(&text)) {
            self.rules.find(&bytes, self.kinds).into_iter().for_each(|f| add(f.at.start, f.rule, Some(Arc::from(&bytes[f.at]))));
        }
    }

    /// A text with markers in the place of what is found; `None` where nothing is. The words for what was replaced go to `kinds`.
    pub fn redact_text(&self, text: &str, kinds: &mut Replaced) -> Option<String> {
        let found = if self.kinds.any() { self.rules.find(text, self.kinds) } else { Vec::new() };
        self.marked(text, &found, kinds)
    }

    /// JSON with markers in the place of what is found, and of fields that are replaced whole; `None` where there is nothing of either.
    pub fn redact_json(&mut self, json: &str, kinds: &mut Replaced) -> Option<String> {
        let rules = Arc::clone(&self.rules);
        let mut hits = Hits::of(&rules, json);
        if self.whole.is_empty() && hits.is_empty() {
            return None;
        }
        let mut walk = Walk::new(json);
        let mut out = String::new();
        let mut done = 0;
        let mut replace = |at: Range<usize>, text: &str| {
            out.push_str(&json[done..at.start]);
            quoted(&mut out, text);
            done = at.end;
        };
        while let Some(step) = walk.step() {
            match step {
                Step::Key(at) => {
                    let raw = &json[at.clone()];
                    let hit = hits.within(at.start, at.end);
                    if let Some(word) = self.name(raw).whole {
                        let value = walk.skip_value();
                        let _ = hits.within(value.start, value.end);
                        let kept = json[value.clone()].trim_matches('"');
                        if !PLACEHOLDERS.contains(&kept) && kept != "null" {
                            kinds.add(word);
                            replace(value, &format!("[redacted:{word}]"));
                        }
                    } else if hit {
                        let text = decoded(raw);
                        if let Some(marked) = self.redact_text(&text, kinds) {
                            replace(at.start - 1..at.end + 1, &marked);
                        }
                    }
                }
                Step::Text(at) => {
                    let hit = hits.within(at.start, at.end);
                    let name = walk.name();
                    if !self.kinds.any() || !hit && !name.is_some_and(|n| self.name(n).telling) {
                        continue;
                    }
                    let text = decoded(&json[at.clone()]);
                    let found = self.find_value(name, &text);
                    let mut marked = self.marked(&text, &found, kinds);
                    if let Some(bytes) = name.filter(|n| *n == "bytesValue").and_then(|_| bytes(&text)) {
                        // what remains of bytes that hold a secret would be no text any more
                        marked = self.redact_text(&bytes, kinds).map(|_| "[redacted:bytes]".to_owned());
                    }
                    if let Some(marked) = marked {
                        replace(at.start - 1..at.end + 1, &marked);
                    }
                }
                Step::Other => {}
            }
        }
        if done == 0 {
            return None;
        }
        out.push_str(&json[done..]);
        Some(out)
    }

    /// What is found in a value, which is looked at with its name where that has a keyword: `password` alone is no secret, nor is its value.
    fn find_value(&mut self, name: Option<&str>, text: &str) -> Vec<Found> {
        let name = name.filter(|n| self.name(n).telling);
        let Some(name) = name else { return self.find_again(Cow::Borrowed(text)).to_vec() };
        let before = name.len() + 1;
        let found = self.find_again(Cow::Owned(format!("{name}={text}")));
        let in_value = |f: &&Found| f.at.start >= before;
        let moved = |f: &Found| Found {
            rule: f.rule,
            at: f.at.start - before..f.at.end - before,
            cover: f.cover.start.saturating_sub(before)..f.cover.end - before,
        };
        found.iter().filter(in_value).map(moved).collect()
    }

    /// What is found in a text, as it was found before where the text is short: the same for every name that it stands under.
    fn find_again(&mut self, text: Cow<'_, str>) -> Arc<[Found]> {
        if let Some(known) = self.values.get(text.as_ref()) {
            return Arc::clone(known);
        }
        let found: Arc<[Found]> = self.rules.find(&text, self.kinds).into();
        if text.len() <= VALUE_BYTES {
            if self.values.len() >= VALUES {
                self.values.clear();
            }
            let _ = self.values.insert(text.into_owned(), Arc::clone(&found));
        }
        found
    }

    fn marked(&self, text: &str, found: &[Found], kinds: &mut Replaced) -> Option<String> {
        if found.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for Found { rule, cover, .. } in found {
            let rule = &self.rules.list()[*rule];
            kinds.add(rule.kind.name());
            out.push_str(&text[at..cover.start]);
            out.push_str(&marker(rule));
            at = cover.end;
        }
        out.push_str(&text[at..]);
        Some(out)
    }

    /// What is known of a name, as it stands in the JSON.
    fn name(&mut self, name: &str) -> Name {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        if self.names.len() >= NAMES {
            self.names.clear();
        }
        let keyword = self.rules.may_match(name);
        let known = Name { keyword, telling: keyword || name == "bytesValue", whole: self.whole.get(&decoded(name)) };
        let _ = self.names.insert(name.to_owned(), known);
        known
    }
}

/// The text in bytes that are given in base64.
fn bytes(base64: &str) -> Option<Cow<'static, str>> {
    let bytes = STANDARD.decode(base64).ok()?;
    Some(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests;
