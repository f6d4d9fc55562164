//! A set of runs as it is typed. Border: words in, filters' words out; what they mean is the filters' business.

use jiff::civil::Date;

use crate::error::QueryError;
use crate::filters::FilterWords;

/// The words of a set, added to those common to both.
pub(super) fn words(text: &str, common: &FilterWords) -> Result<FilterWords, QueryError> {
    let mut words = common.clone();
    for word in text.split(',').map(str::trim).filter(|w| !w.is_empty()) {
        if let Some((from, to)) = word.split_once("..") {
            words.since = (!from.is_empty()).then(|| from.to_owned()).or(words.since);
            words.until = (!to.is_empty()).then(|| to.to_owned()).or(words.until);
        } else if let Some((name, value)) = word.split_once('=') {
            list(&mut words, name)
                .ok_or_else(|| wrong(text, format!("no filter {name:?}; want one of {}", NAMES.join(", "))))?
                .push(value.to_owned());
        } else if let Ok(day) = word.parse::<Date>() {
            let next = day.tomorrow().map_err(|e| wrong(text, e.to_string()))?;
            (words.since, words.until) = (Some(day.to_string()), Some(next.to_string()));
        } else {
            return Err(wrong(text, format!("{word:?} is no day (2026-11-22), no span (2026-11-01..2026-11-08) and no filter (agent=codex)")));
        }
    }
    Ok(words)
}

/// The filters a set can have.
const NAMES: [&str; 11] =
    ["agent", "model", "version", "conversation", "user", "team", "project", "repository", "branch", "cost-center", "environment"];

fn list<'w>(words: &'w mut FilterWords, name: &str) -> Option<&'w mut Vec<String>> {
    Some(match name.trim() {
        "agent" => &mut words.agent,
        "model" => &mut words.model,
        "version" => &mut words.version,
        "conversation" => &mut words.conversation,
        "user" => &mut words.user,
        "team" => &mut words.team,
        "project" => &mut words.project,
        "repository" => &mut words.repository,
        "branch" => &mut words.branch,
        "cost-center" | "cost_center" => &mut words.cost_center,
        "environment" => &mut words.environment,
        _ => return None,
    })
}

fn wrong(value: &str, reason: String) -> QueryError {
    QueryError::Value { option: "diff", value: value.to_owned(), reason }
}
