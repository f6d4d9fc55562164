//! A pipeline at work on a record: each stage keeps or drops it, and may change its line and labels. Border: one record;
//! what stages do with Loki's errors (`__error__`) is as Loki does it.

mod parsers;
mod predicate;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use regex::Regex;

use super::ast::{LabelChoice, LabelSource, LineFilter, LineTest, PatternPart, Stage};
use super::fields::{Category, ERROR, ERROR_DETAILS, Fields};
use super::template::{Context, Template};
pub(super) use predicate::{holds, number_of};

/// A record.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// When, in nanoseconds since the epoch.
    pub time: i64,
    /// Line.
    pub line: String,
    /// Labels.
    pub fields: Fields,
}

/// Runs the stages; whether the record is kept.
pub(super) fn run(stages: &[Stage], entry: &mut Entry) -> bool {
    stages.iter().all(|stage| step(stage, entry))
}

/// Whether a line passes a filter.
pub(super) fn passes(filter: &LineFilter, line: &str) -> bool {
    let found = filter.any.iter().any(|test| match test {
        LineTest::Contains(text) => line.contains(text.as_str()),
        LineTest::Matches(expression) => expression.is_match(line),
        LineTest::Pattern(parts) => fits(parts, line),
    });
    found != filter.negated
}

/// Whether a pattern describes a line: its texts in their order, with something for each capture between them.
fn fits(parts: &[PatternPart], line: &str) -> bool {
    let mut at = 0;
    for (n, part) in parts.iter().enumerate() {
        let PatternPart::Literal(text) = part else { continue };
        match line[at..].find(text.as_str()) {
            Some(found) if (n == 0) == (found == 0) => at += found + text.len(),
            _ => return false,
        }
    }
    match parts.last() {
        Some(PatternPart::Capture(_)) => at < line.len(),
        _ => at == line.len(),
    }
}

fn step(stage: &Stage, entry: &mut Entry) -> bool {
    match stage {
        Stage::Line(filter) => return passes(filter, &entry.line),
        Stage::Label(predicate) => return holds(predicate, &mut entry.fields),
        Stage::Json => parsers::json(&entry.line, &mut entry.fields),
        Stage::JsonFields(wanted) => parsers::json_fields(&entry.line, wanted, &mut entry.fields),
        Stage::Logfmt { strict, keep_empty, fields } => parsers::logfmt(&entry.line, *strict, *keep_empty, fields, &mut entry.fields),
        Stage::Pattern(parts) => parsers::pattern(&entry.line, parts, &mut entry.fields),
        Stage::Regexp(expression) => parsers::regexp(&entry.line, expression, &mut entry.fields),
        Stage::Unpack => parsers::unpack(entry),
        Stage::Decolorize => {
            static COLOURS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("\x1b\\[[0-9;?]*[A-Za-z]").ok());
            if let Some(colours) = COLOURS.as_ref() {
                entry.line = colours.replace_all(&entry.line, "").into_owned();
            }
        }
        Stage::LineFormat(template) => match execute(template, entry) {
            Ok(line) => entry.line = line,
            Err(details) => entry.fields.fail("TemplateFormatErr", &details),
        },
        Stage::LabelFormat(formats) => {
            for (name, source) in formats {
                match source {
                    LabelSource::Label(from) => {
                        if let (Some(value), Some(category)) = (entry.fields.get(from).map(str::to_string), entry.fields.category(from)) {
                            entry.fields.set(category, name, &value);
                            entry.fields.remove(from);
                        }
                    }
                    LabelSource::Template(template) => match execute(template, entry) {
                        Ok(value) => entry.fields.set(Category::Parsed, name, &value),
                        Err(details) => entry.fields.fail("TemplateFormatErr", &details),
                    },
                }
            }
        }
        Stage::Drop(choices) => entry.fields.retain(|name, value| !chosen(choices, name, value)),
        Stage::Keep(choices) => entry.fields.retain(|name, value| name == ERROR || name == ERROR_DETAILS || chosen(choices, name, value)),
    }
    true
}

fn chosen(choices: &[LabelChoice], name: &str, value: &str) -> bool {
    choices.iter().any(|choice| match choice {
        LabelChoice::Name(wanted) => wanted == name,
        LabelChoice::Matching(matcher) => matcher.name == name && matcher.test.holds(value),
    })
}

fn execute(template: &Template, entry: &Entry) -> Result<String, String> {
    let label = |name: &str| entry.fields.get(name).map(str::to_string);
    template.execute(&Context { label: &label, line: &entry.line, time: entry.time })
}
