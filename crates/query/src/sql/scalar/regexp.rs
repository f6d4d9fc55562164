//! Functions of regular expressions, in the syntax of the crate `regex`, which is RE2's but for rarities. Border: texts in, texts out.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use polars::prelude::*;
use regex::Regex;

use super::Call;
use super::text::list_of_texts;
use super::udf::{Ints, Texts, each, lists, texts, truths};
use crate::error::QueryError;

pub(in crate::sql) const NAMES: &[&str] = &[
    "regexp_extract",
    "regexp_extract_all",
    "regexp_full_match",
    "regexp_like",
    "regexp_matches",
    "regexp_replace",
    "regexp_split_to_array",
    "string_split_regex",
];

pub(in crate::sql) fn build(call: &Call) -> Option<Result<Expr, QueryError>> {
    if !NAMES.contains(&call.name) {
        return None;
    }
    Some(known(call))
}

fn known(call: &Call) -> Result<Expr, QueryError> {
    let n = call.args.len();
    let (text, pattern) = match n {
        2..=4 => (call.text(0)?, call.text(1)?),
        _ => return call.wants("a text and a pattern"),
    };
    // a pattern that is none is said before it runs
    if let Some(pattern) = call.args.get(1).and_then(|p| p.text.as_deref()) {
        let _ = compiled(pattern, "").map_err(|e| QueryError::Sql(e.to_string()))?;
    }
    Ok(match (call.name, n) {
        ("regexp_matches" | "regexp_like" | "regexp_full_match", 2 | 3) => {
            let full = call.name == "regexp_full_match";
            let options = if n == 3 { call.text(2)? } else { lit("") };
            each([text, pattern, options], DataType::Boolean, move |c| {
                let (t, p, o, cache) = (Texts::of(c, 0)?, Texts::of(c, 1)?, Texts::of(c, 2)?, Cache::default());
                failing(|failed| {
                    truths(c, |row| {
                        let (t, r) = (t.at(row)?, cache.get(p.at(row)?, o.at(row)?, full, failed)?);
                        Some(r.is_match(t))
                    })
                })
            })
        }
        ("regexp_extract" | "regexp_extract_all", 2..=4) => {
            let group = if n > 2 { call.int(2)? } else { lit(0_i64) };
            let options = if n > 3 { call.text(3)? } else { lit("") };
            let all = call.name == "regexp_extract_all";
            each([text, pattern, group, options], if all { list_of_texts() } else { DataType::String }, move |c| {
                let (t, p, g, o, cache) = (Texts::of(c, 0)?, Texts::of(c, 1)?, Ints::of(c, 2)?, Texts::of(c, 3)?, Cache::default());
                let found = |row: usize, failed: &RefCell<Option<PolarsError>>, most: usize| {
                    let (t, r, g) = (t.at(row)?, cache.get(p.at(row)?, o.at(row)?, false, failed)?, usize::try_from(g.at(row)?).ok()?);
                    Some(r.captures_iter(t).take(most).map(|m| m.get(g).map_or(String::new(), |m| m.as_str().to_owned())).collect::<Vec<_>>())
                };
                failing(|failed| match all {
                    true => lists(c, |row| found(row, failed, usize::MAX)),
                    // no match is an empty text, as in DuckDB
                    false => texts(c, |row| found(row, failed, 1).map(|mut f| f.pop().unwrap_or_default())),
                })
            })
        }
        ("regexp_replace", 3 | 4) => {
            let options = if n > 3 { call.text(3)? } else { lit("") };
            each([text, pattern, call.text(2)?, options], DataType::String, |c| {
                let (t, p, to, o, cache) = (Texts::of(c, 0)?, Texts::of(c, 1)?, Texts::of(c, 2)?, Texts::of(c, 3)?, Cache::default());
                failing(|failed| {
                    texts(c, |row| {
                        let (t, o) = (t.at(row)?, o.at(row)?);
                        let (r, to) = (cache.get(p.at(row)?, o, false, failed)?, replacement(to.at(row)?));
                        let most = if o.contains('g') { 0 } else { 1 };
                        Some(r.replacen(t, most, to.as_str()).into_owned())
                    })
                })
            })
        }
        ("regexp_split_to_array" | "string_split_regex", 2) => each([text, pattern], list_of_texts(), |c| {
            let (t, p, cache) = (Texts::of(c, 0)?, Texts::of(c, 1)?, Cache::default());
            failing(|failed| {
                lists(c, |row| {
                    let (t, r) = (t.at(row)?, cache.get(p.at(row)?, "", false, failed)?);
                    Some(r.split(t).map(str::to_owned).collect())
                })
            })
        }),
        _ => return call.wants("other arguments"),
    })
}

/// The replacement in the crate's words: `\1` is a group there as `${1}`, and `$` itself is `$$`.
fn replacement(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('$', _) => out.push_str("$$"),
            ('\\', Some(d)) if d.is_ascii_digit() => {
                out.push_str(&format!("${{{d}}}"));
                let _ = chars.next();
            }
            ('\\', Some('\\')) => {
                out.push('\\');
                let _ = chars.next();
            }
            (c, _) => out.push(c),
        }
    }
    out
}

fn compiled(pattern: &str, options: &str) -> PolarsResult<Regex> {
    let flags: String = options.chars().filter(|c| matches!(c, 'i' | 's' | 'm')).collect();
    let pattern = if flags.is_empty() { pattern.to_owned() } else { format!("(?{flags}){pattern}") };
    Regex::new(&pattern)
        .map_err(|e| polars_err!(SQLInterface: "{pattern:?} is no regular expression: {}", e.to_string().lines().last().unwrap_or_default()))
}

/// Patterns once compiled; most statements have one.
#[derive(Default)]
struct Cache(RefCell<HashMap<(String, String), Rc<Regex>>>);

impl Cache {
    fn get(&self, pattern: &str, options: &str, full: bool, failed: &RefCell<Option<PolarsError>>) -> Option<Rc<Regex>> {
        let key = (pattern.to_owned(), options.to_owned());
        if let Some(found) = self.0.borrow().get(&key) {
            return Some(found.clone());
        }
        let whole = if full { format!("^(?:{pattern})$") } else { pattern.to_owned() };
        match compiled(&whole, options) {
            Ok(regex) => {
                let regex = Rc::new(regex);
                let _ = self.0.borrow_mut().insert(key, regex.clone());
                Some(regex)
            }
            Err(error) => {
                let _ = failed.borrow_mut().get_or_insert(error);
                None
            }
        }
    }
}

/// Works, and fails where a pattern was none.
fn failing(work: impl FnOnce(&RefCell<Option<PolarsError>>) -> Column) -> PolarsResult<Column> {
    let failed = RefCell::new(None);
    let column = work(&failed);
    match failed.into_inner() {
        Some(error) => Err(error),
        None => Ok(column),
    }
}
