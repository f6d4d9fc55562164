//! The stages of a pipeline. Border: one stage at a time; in which order they may stand is the caller's business.

use regex::Regex;

use super::super::ast::{JsonStep, LabelChoice, LabelSource, LineFilter, LineTest, PatternPart, Stage};
use super::super::template::Template;
use super::{labels, reason};
use crate::scanner::{Fault, Scanner};

/// The stage that begins here, with `|` or `!`.
pub(super) fn stage(s: &mut Scanner<'_>) -> Result<Stage, Fault> {
    for (signs, negated) in [("|=", false), ("!=", true), ("|~", false), ("!~", true), ("|>", false), ("!>", true)] {
        if s.take(signs) {
            return line_filter(s, &signs[1..], negated).map(Stage::Line);
        }
    }
    s.expect("|")?;
    let word = s.word_ahead();
    // a stage's word may be a label's name as well: `| json="x"`
    let behind = s.rest()[word.len()..].trim_start();
    let compared = ["=", "!=", "<", ">"].iter().any(|o| behind.starts_with(o)) && !matches!(word, "line_format" | "drop" | "keep");
    if compared {
        return labels::predicate(s).map(Stage::Label);
    }
    let at = s.at;
    match word {
        "json" | "logfmt" | "unpack" | "decolorize" | "regexp" | "pattern" | "line_format" | "label_format" | "drop" | "keep" => {
            s.advance(word.len())
        }
        "distinct" => return Err(Fault { at, reason: "`distinct`".into(), instead: Some("keep the labels with `| keep` and count by them".into()) }),
        _ => return labels::predicate(s).map(Stage::Label),
    }
    match word {
        "json" => json(s),
        "logfmt" => logfmt(s),
        "unpack" => Ok(Stage::Unpack),
        "decolorize" => Ok(Stage::Decolorize),
        "regexp" => regexp(s),
        "pattern" => {
            let place = s.at;
            let parts = pattern(&s.string()?).map_err(|reason| s.fault(place, reason))?;
            if !parts.iter().any(|p| matches!(p, PatternPart::Capture(Some(_)))) {
                return Err(s.fault(place, "at least one capture is required, as in `<name>`"));
            }
            Ok(Stage::Pattern(parts))
        }
        "line_format" => template(s).map(Stage::LineFormat),
        "label_format" => label_format(s),
        "drop" => choices(s).map(Stage::Drop),
        _ => choices(s).map(Stage::Keep),
    }
}

fn line_filter(s: &mut Scanner<'_>, sign: &str, negated: bool) -> Result<LineFilter, Fault> {
    let mut any = Vec::new();
    loop {
        let place = s.at;
        if s.word_ahead() == "ip" {
            let instead = "match the address as text, as in `|~ \"192\\\\.168\\\\.\"`".into();
            return Err(Fault { at: place, reason: "`ip()`".into(), instead: Some(instead) });
        }
        let text = s.string()?;
        any.push(match sign {
            "=" => LineTest::Contains(text),
            "~" => LineTest::Matches(Regex::new(&text).map_err(|e| s.fault(place, format!("the regular expression is none: {}", reason(&e))))?),
            _ => LineTest::Pattern(pattern(&text).map_err(|reason| s.fault(place, reason))?),
        });
        if !s.take_word("or") {
            return Ok(LineFilter { negated, any });
        }
    }
}

fn json(s: &mut Scanner<'_>) -> Result<Stage, Fault> {
    let mut fields = Vec::new();
    while let Some((name, path, place)) = assignment(s)? {
        fields.push((name, json_path(&path).ok_or_else(|| s.fault(place, "this is no path; paths look like `a.b[0][\"c d\"]`"))?));
    }
    Ok(if fields.is_empty() { Stage::Json } else { Stage::JsonFields(fields) })
}

fn logfmt(s: &mut Scanner<'_>) -> Result<Stage, Fault> {
    let (mut strict, mut keep_empty, mut fields) = (false, false, Vec::new());
    while s.sees("--") {
        if s.take("--strict") {
            strict = true;
        } else if s.take("--keep-empty") {
            keep_empty = true;
        } else {
            return Err(s.unexpected("`--strict` or `--keep-empty`"));
        }
    }
    while let Some((name, key, _)) = assignment(s)? {
        fields.push((name, key));
    }
    Ok(Stage::Logfmt { strict, keep_empty, fields })
}

/// `name="text"` or a name alone, which stands for itself; takes the comma behind it.
fn assignment(s: &mut Scanner<'_>) -> Result<Option<(String, String, usize)>, Fault> {
    if s.word_ahead().is_empty() || matches!(s.word_ahead(), "offset") {
        return Ok(None);
    }
    let name = s.name("the name of a label")?.to_string();
    let place = s.at;
    let text = if s.take("=") { s.string()? } else { name.clone() };
    let more = s.take(",");
    if more && s.word_ahead().is_empty() {
        return Err(s.unexpected("the name of a label"));
    }
    Ok(Some((name, text, place)))
}

/// The steps of a path such as `a.b[0]["c d"]`.
fn json_path(text: &str) -> Option<Vec<JsonStep>> {
    let mut steps = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix("[\"") {
            let end = inside.find("\"]")?;
            steps.push(JsonStep::Field(inside[..end].to_string()));
            rest = &inside[end + 2..];
        } else if let Some(inside) = rest.strip_prefix('[') {
            let end = inside.find(']')?;
            steps.push(JsonStep::Index(inside[..end].parse().ok()?));
            rest = &inside[end + 1..];
        } else {
            let name = rest.strip_prefix('.').filter(|_| !steps.is_empty()).unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return None;
            }
            steps.push(JsonStep::Field(name[..end].to_string()));
            rest = &name[end..];
        }
    }
    (!steps.is_empty()).then_some(steps)
}

fn regexp(s: &mut Scanner<'_>) -> Result<Stage, Fault> {
    let place = s.at;
    let text = s.string()?;
    let expression = Regex::new(&text).map_err(|e| s.fault(place, format!("the regular expression is none: {}", reason(&e))))?;
    let mut names: Vec<&str> = expression.capture_names().flatten().collect();
    names.sort_unstable();
    if names.is_empty() {
        return Err(s.fault(place, "at least one named capture must be supplied, as in `(?P<name>…)`"));
    }
    Ok(Stage::Regexp(expression))
}

/// The pieces of a pattern.
fn pattern(text: &str) -> Result<Vec<PatternPart>, String> {
    let mut parts: Vec<PatternPart> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let capture = rest.strip_prefix('<').and_then(|inside| inside.find('>').map(|end| &inside[..end]));
        let name = capture
            .filter(|n| n.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'));
        if let Some(name) = name {
            if matches!(parts.last(), Some(PatternPart::Capture(_))) {
                return Err("consecutive captures are not allowed: text must stand between them".into());
            }
            let part = PatternPart::Capture((name != "_").then(|| name.to_string()));
            if name != "_" && parts.contains(&part) {
                return Err(format!("duplicate capture name `{name}`"));
            }
            parts.push(part);
            rest = &rest[name.len() + 2..];
            continue;
        }
        let end = rest[1..].find('<').map_or(rest.len(), |n| n + 1);
        match parts.last_mut() {
            Some(PatternPart::Literal(literal)) => literal.push_str(&rest[..end]),
            _ => parts.push(PatternPart::Literal(rest[..end].to_string())),
        }
        rest = &rest[end..];
    }
    Ok(parts)
}

fn template(s: &mut Scanner<'_>) -> Result<Template, Fault> {
    let place = s.at;
    let text = s.string()?;
    Template::parse(&text).map_err(|fault| Fault { at: place, ..fault })
}

fn label_format(s: &mut Scanner<'_>) -> Result<Stage, Fault> {
    let mut formats: Vec<(String, LabelSource)> = Vec::new();
    loop {
        let at = s.at;
        let name = s.name("the name of a label")?.to_string();
        if formats.iter().any(|(known, _)| *known == name) {
            return Err(s.fault(at, format!("multiple label name `{name}` not allowed in a single format operation")));
        }
        s.expect("=")?;
        let source = if s.sees("\"") || s.sees("`") {
            LabelSource::Template(template(s)?)
        } else {
            LabelSource::Label(s.name("a label or a template")?.to_string())
        };
        formats.push((name, source));
        if !s.take(",") {
            return Ok(Stage::LabelFormat(formats));
        }
    }
}

fn choices(s: &mut Scanner<'_>) -> Result<Vec<LabelChoice>, Fault> {
    let mut choices = Vec::new();
    loop {
        let word = s.word_ahead();
        let behind = s.rest()[word.len()..].trim_start();
        let condition = ["=", "!=", "!~"].iter().any(|o| behind.starts_with(o));
        choices.push(if condition {
            LabelChoice::Matching(super::matcher(s)?)
        } else {
            LabelChoice::Name(s.name("the name of a label")?.to_string())
        });
        if !s.take(",") {
            return Ok(choices);
        }
    }
}
