//! Functions of texts. Border: characters are Unicode's, counted from 1.

use polars::prelude::*;

use super::udf::{Ints, Texts, each, each_of, ints, lists, texts, truths};
use super::{Call, types};
use crate::error::QueryError;
use crate::sql::binary::Term;

pub(in crate::sql) const NAMES: &[&str] = &[
    "ascii",
    "chr",
    "concat",
    "concat_ws",
    "contains",
    "ends_with",
    "instr",
    "lcase",
    "left",
    "length",
    "len",
    "char_length",
    "lower",
    "lpad",
    "ltrim",
    "octet_length",
    "position",
    "prefix",
    "repeat",
    "replace",
    "reverse",
    "right",
    "rpad",
    "rtrim",
    "split_part",
    "starts_with",
    "str_split",
    "string_split",
    "string_to_array",
    "split",
    "strlen",
    "strpos",
    "substr",
    "substring",
    "suffix",
    "translate",
    "trim",
    "ucase",
    "unicode",
    "upper",
];

pub(in crate::sql) fn build(call: &Call) -> Option<Result<Expr, QueryError>> {
    let n = call.args.len();
    let is_list = matches!(call.args.first(), Some(Term { dtype: DataType::List(_), .. }));
    Some(match (call.name, n) {
        ("lower" | "lcase", 1) => call.text(0).map(|t| t.str().to_lowercase()),
        ("upper" | "ucase", 1) => call.text(0).map(|t| t.str().to_uppercase()),
        ("length" | "len" | "char_length" | "character_length", 1) if !is_list => call.text(0).map(|t| t.str().len_chars().cast(DataType::Int64)),
        ("octet_length" | "strlen", 1) => call.text(0).map(|t| t.str().len_bytes().cast(DataType::Int64)),
        ("trim" | "ltrim" | "rtrim", 1 | 2) => trim(call),
        ("substr" | "substring", 2 | 3) => substr(call),
        ("left" | "right", 2) => side(call),
        ("replace", 3) => three(call, |t, from, to| if from.is_empty() { t.to_owned() } else { t.replace(from, to) }),
        ("translate", 3) => three(call, translate),
        ("reverse", 1) => one(call, |t| t.chars().rev().collect()),
        ("repeat", 2) => with_number(call, |t, n| t.repeat(usize::try_from(n).unwrap_or(0))),
        ("ascii" | "unicode", 1) => call.text(0).map(|t| {
            each([t], DataType::Int64, |c| {
                let t = Texts::of(c, 0)?;
                Ok(ints(c, |row| t.at(row).map(|t| t.chars().next().map_or(0, |c| i64::from(u32::from(c))))))
            })
        }),
        ("chr", 1) => call.int(0).map(|n| {
            each([n], DataType::String, |c| {
                let n = Ints::of(c, 0)?;
                Ok(texts(c, |row| u32::try_from(n.at(row)?).ok().and_then(char::from_u32).map(String::from)))
            })
        }),
        ("starts_with" | "prefix" | "^@", 2) => pair(call).map(|(t, s)| t.str().starts_with(s)),
        ("ends_with" | "suffix", 2) => pair(call).map(|(t, s)| t.str().ends_with(s)),
        ("contains", 2) if !is_list => pair(call).map(|(t, s)| t.str().contains_literal(s)),
        ("strpos" | "instr" | "position", 2) => pair(call).map(|(t, s)| each([t, s], DataType::Int64, position)),
        ("split_part", 3) => split_part(call),
        ("string_split" | "str_split" | "string_to_array" | "split", 2) => pair(call).map(|(t, s)| each([t, s], list_of_texts(), split)),
        ("lpad", 2 | 3) => pad(call, true),
        ("rpad", 2 | 3) => pad(call, false),
        ("concat", _) if n > 0 => {
            as_texts(call, 0).map(|all| concat_str(all.into_iter().map(|t| t.fill_null(lit(""))).collect::<Vec<_>>(), "", false))
        }
        ("concat_ws", _) if n > 1 => as_texts(call, 0).map(|all| each_of(all, DataType::String, joined)),
        (name, _) if NAMES.contains(&name) && !is_list => call.wants("other arguments"),
        _ => return None,
    })
}

pub(super) fn list_of_texts() -> DataType {
    DataType::List(Box::new(DataType::String))
}

fn pair(call: &Call) -> Result<(Expr, Expr), QueryError> {
    Ok((call.text(0)?, call.text(1)?))
}

/// The arguments as texts, whatever they are.
fn as_texts(call: &Call, from: usize) -> Result<Vec<Expr>, QueryError> {
    call.args[from..].iter().map(|a| types::cast(a.expr.clone(), &a.dtype, &types::Target::Type(DataType::String), true)).collect()
}

fn one(call: &Call, function: fn(&str) -> String) -> Result<Expr, QueryError> {
    Ok(each([call.text(0)?], DataType::String, move |c| {
        let t = Texts::of(c, 0)?;
        Ok(texts(c, |row| t.at(row).map(function)))
    }))
}

fn three(call: &Call, function: fn(&str, &str, &str) -> String) -> Result<Expr, QueryError> {
    Ok(each([call.text(0)?, call.text(1)?, call.text(2)?], DataType::String, move |c| {
        let (t, a, b) = (Texts::of(c, 0)?, Texts::of(c, 1)?, Texts::of(c, 2)?);
        Ok(texts(c, |row| Some(function(t.at(row)?, a.at(row)?, b.at(row)?))))
    }))
}

fn with_number(call: &Call, function: fn(&str, i64) -> String) -> Result<Expr, QueryError> {
    Ok(each([call.text(0)?, call.int(1)?], DataType::String, move |c| {
        let (t, n) = (Texts::of(c, 0)?, Ints::of(c, 1)?);
        Ok(texts(c, |row| Some(function(t.at(row)?, n.at(row)?))))
    }))
}

fn trim(call: &Call) -> Result<Expr, QueryError> {
    let (t, what) = (call.text(0)?, if call.args.len() == 2 { call.text(1)? } else { lit(" ") });
    Ok(match call.name {
        "ltrim" => t.str().strip_chars_start(what),
        "rtrim" => t.str().strip_chars_end(what),
        _ => t.str().strip_chars(what),
    })
}

/// `substr(text, start, length)`: from 1; a negative start counts from the end.
fn substr(call: &Call) -> Result<Expr, QueryError> {
    let length = if call.args.len() == 3 { call.int(2)? } else { lit(i64::MAX) };
    Ok(each([call.text(0)?, call.int(1)?, length], DataType::String, |c| {
        let (t, start, length) = (Texts::of(c, 0)?, Ints::of(c, 1)?, Ints::of(c, 2)?);
        Ok(texts(c, |row| {
            let (t, start, length) = (t.at(row)?, start.at(row)?, length.at(row)?);
            let count = t.chars().count() as i64;
            let first = if start < 0 { (count + start).max(0) + 1 } else { start };
            let end = first.saturating_add(length).clamp(1, count + 1);
            let first = first.clamp(1, count + 1);
            Some(t.chars().skip((first - 1) as usize).take((end - first).max(0) as usize).collect::<String>())
        }))
    }))
}

/// `left(text, n)`, `right(text, n)`: a negative n leaves out so many on the other side.
fn side(call: &Call) -> Result<Expr, QueryError> {
    let left = call.name == "left";
    Ok(each([call.text(0)?, call.int(1)?], DataType::String, move |c| {
        let (t, n) = (Texts::of(c, 0)?, Ints::of(c, 1)?);
        Ok(texts(c, |row| {
            let (t, n) = (t.at(row)?, n.at(row)?);
            let count = t.chars().count() as i64;
            let kept = if n < 0 { (count + n).max(0) } else { n.min(count) };
            let skipped = if left { 0 } else { count - kept };
            Some(t.chars().skip(skipped as usize).take(kept as usize).collect::<String>())
        }))
    }))
}

fn translate(text: &str, from: &str, to: &str) -> String {
    let to: Vec<char> = to.chars().collect();
    let change = |c: char| match from.chars().position(|f| f == c) {
        Some(at) => to.get(at).copied(),
        None => Some(c),
    };
    text.chars().filter_map(change).collect()
}

fn position(c: &[Column]) -> PolarsResult<Column> {
    let (t, what) = (Texts::of(c, 0)?, Texts::of(c, 1)?);
    Ok(ints(c, |row| {
        let (t, what) = (t.at(row)?, what.at(row)?);
        Some(t.find(what).map_or(0, |at| t[..at].chars().count() as i64 + 1))
    }))
}

fn split_part(call: &Call) -> Result<Expr, QueryError> {
    Ok(each([call.text(0)?, call.text(1)?, call.int(2)?], DataType::String, |c| {
        let (t, by, n) = (Texts::of(c, 0)?, Texts::of(c, 1)?, Ints::of(c, 2)?);
        Ok(texts(c, |row| {
            let (parts, n) = (parts(t.at(row)?, by.at(row)?), n.at(row)?);
            let at = if n < 0 { parts.len() as i64 + n } else { n.max(1) - 1 };
            Some(usize::try_from(at).ok().and_then(|at| parts.get(at).cloned()).unwrap_or_default())
        }))
    }))
}

fn split(c: &[Column]) -> PolarsResult<Column> {
    let (t, by) = (Texts::of(c, 0)?, Texts::of(c, 1)?);
    Ok(lists(c, |row| Some(parts(t.at(row)?, by.at(row)?))))
}

/// The parts of a text; without a separator its characters.
fn parts(text: &str, by: &str) -> Vec<String> {
    if by.is_empty() { text.chars().map(String::from).collect() } else { text.split(by).map(str::to_owned).collect() }
}

fn pad(call: &Call, before: bool) -> Result<Expr, QueryError> {
    let with = if call.args.len() == 3 { call.text(2)? } else { lit(" ") };
    Ok(each([call.text(0)?, call.int(1)?, with], DataType::String, move |c| {
        let (t, n, with) = (Texts::of(c, 0)?, Ints::of(c, 1)?, Texts::of(c, 2)?);
        Ok(texts(c, |row| {
            let (t, n, with) = (t.at(row)?, usize::try_from(n.at(row)?).unwrap_or(0), with.at(row)?);
            let count = t.chars().count();
            let padding: String = with.chars().cycle().take(if with.is_empty() { 0 } else { n.saturating_sub(count) }).collect();
            let kept: String = t.chars().take(n).collect();
            Some(if before { padding + &kept } else { kept + &padding })
        }))
    }))
}

fn joined(c: &[Column]) -> PolarsResult<Column> {
    let all = (0..c.len()).map(|n| Texts::of(c, n)).collect::<PolarsResult<Vec<_>>>()?;
    Ok(texts(c, |row| {
        let (by, rest) = all.split_first()?;
        let by = by.at(row)?;
        Some(rest.iter().filter_map(|t| t.at(row)).collect::<Vec<_>>().join(by))
    }))
}

/// `text LIKE pattern`: `%` stands for anything, `_` for one character.
pub(in crate::sql) fn like(text: Expr, pattern: Term, escape: Option<char>, any_case: bool) -> Expr {
    if let Some(pattern) = &pattern.text {
        let plain = |inner: &str| !inner.contains(['%', '_']) && escape.is_none_or(|e| !inner.contains(e));
        match (pattern.strip_prefix('%'), pattern.strip_suffix('%')) {
            _ if any_case => {}
            (None, None) if plain(pattern) => return text.eq(lit(pattern.as_str())),
            (None, Some(start)) if plain(start) => return text.str().starts_with(lit(start)),
            (Some(end), None) if plain(end) => return text.str().ends_with(lit(end)),
            (Some(rest), Some(_)) if rest.strip_suffix('%').is_some_and(plain) => {
                return text.str().contains_literal(lit(rest.trim_end_matches('%')));
            }
            _ => {}
        }
        return text.str().contains(lit(regex_of(pattern, escape, any_case)), true);
    }
    each([text, pattern.expr.cast(DataType::String)], DataType::Boolean, move |c| {
        let (t, pattern) = (Texts::of(c, 0)?, Texts::of(c, 1)?);
        Ok(truths(c, |row| regex::Regex::new(&regex_of(pattern.at(row)?, escape, any_case)).ok().zip(t.at(row)).map(|(r, t)| r.is_match(t))))
    })
}

/// Whether a text is LIKE a pattern, in any case.
pub(in crate::sql) fn is_like(text: &str, pattern: &str) -> bool {
    regex::Regex::new(&regex_of(pattern, None, true)).is_ok_and(|r| r.is_match(text))
}

fn regex_of(pattern: &str, escape: Option<char>, any_case: bool) -> String {
    let mut out = String::from(if any_case { "(?is)^" } else { "(?s)^" });
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            c if Some(c) == escape => chars.next().into_iter().for_each(|next| out.push_str(&regex::escape(&next.to_string()))),
            '%' => out.push_str(".*"),
            '_' => out.push('.'),
            c => out.push_str(&regex::escape(&c.to_string())),
        }
    }
    out.push('$');
    out
}

/// Texts as truths: true, t, yes, 1 and their opposites.
pub(in crate::sql) fn booleans(c: &[Column], strict: bool) -> PolarsResult<Column> {
    let t = Texts::of(c, 0)?;
    let truth = |text: &str| match text.trim().to_ascii_lowercase().as_str() {
        "true" | "t" | "yes" | "y" | "1" | "on" => Some(true),
        "false" | "f" | "no" | "n" | "0" | "off" => Some(false),
        _ => None,
    };
    if let Some(wrong) = (0..super::udf::rows(c)).filter_map(|row| t.at(row)).find(|text| strict && truth(text).is_none()) {
        polars_bail!(SQLInterface: "{wrong:?} is no BOOLEAN; TRY_CAST makes it null");
    }
    Ok(truths(c, |row| truth(t.at(row)?)))
}

/// Times as texts, as DuckDB writes them: `2026-11-22 10:00:00.5+00`.
pub(in crate::sql) fn times(c: &[Column], zoned: bool) -> PolarsResult<Column> {
    let ns = Ints::of(c, 0)?;
    Ok(texts(c, |row| {
        let time = jiff::Timestamp::from_nanosecond(i128::from(ns.at(row)?)).ok()?.to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let mut text = time.strftime("%Y-%m-%d %H:%M:%S").to_string();
        let fraction = format!("{:09}", time.subsec_nanosecond());
        let fraction = fraction.trim_end_matches('0');
        if !fraction.is_empty() {
            text = format!("{text}.{fraction}");
        }
        Some(if zoned { text + "+00" } else { text })
    }))
}
