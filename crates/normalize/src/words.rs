//! The names of agents and conventions, one file each in `words/`, embedded in the program: what ingest needs to undo the spelling of poorer
//! systems. Border: names only; which name means what is the dialects' business.

use std::collections::HashSet;
use std::path::Path;

use serde::Deserialize;
use tracemill_model::{Vocabulary, Words};

use crate::Error;
use crate::dialect::{Dialect, Dialects, Field};

/// The files, agents first.
const FILES: [(&str, &str); 7] = [
    ("codex", include_str!("words/codex.toml")),
    ("claude-code", include_str!("words/claude_code.toml")),
    ("gemini", include_str!("words/gemini.toml")),
    ("qwen", include_str!("words/qwen.toml")),
    ("opencode", include_str!("words/opencode.toml")),
    ("copilot", include_str!("words/copilot.toml")),
    ("conventions", include_str!("words/conventions.toml")),
];

/// The metrics, by agent as the names are; what is no agent's comes last.
const METRICS: [(&str, &str); 8] = [
    ("codex", include_str!("words/metrics/codex.toml")),
    ("claude-code", include_str!("words/metrics/claude_code.toml")),
    ("gemini", include_str!("words/metrics/gemini.toml")),
    ("qwen", include_str!("words/metrics/qwen.toml")),
    ("copilot", include_str!("words/metrics/copilot.toml")),
    ("conventions", include_str!("words/metrics/conventions.toml")),
    ("collector", include_str!("words/metrics/collector.toml")),
    ("spans", include_str!("words/metrics/spans.toml")),
];

/// The names of all agents and conventions, those of the dialects included.
///
/// # Errors
/// A file of the program's own that is none, or one of the folder of a team's own dialects.
pub fn vocabulary(dialects: Option<&Path>) -> Result<Vocabulary, Error> {
    let parse =
        |(name, text): (&str, &str)| toml::from_str::<Words>(text).map_err(|e| Error::Dialect { agent: name.to_owned(), reason: e.to_string() });
    let mut words = FILES.into_iter().map(parse).collect::<Result<Vec<_>, _>>()?;
    for metrics in METRICS.into_iter().map(parse) {
        let mut metrics = metrics?;
        match words.iter_mut().find(|w| w.agent == metrics.agent) {
            Some(words) => words.metrics.append(&mut metrics.metrics),
            None => words.push(metrics),
        }
    }
    for dialect in Dialects::load(dialects)?.list() {
        let agent = if dialect.agent_is_service { "" } else { dialect.agent.as_str() };
        match words.iter_mut().find(|w| w.agent == agent) {
            Some(words) => add_dialect(words, dialect),
            None => {
                let mut own = Words { agent: agent.to_owned(), services: dialect.claims.services.clone(), ..Words::default() };
                add_dialect(&mut own, dialect);
                // before what is no agent's
                words.insert(0, own);
            }
        }
    }
    Ok(Vocabulary { words })
}

/// Names of attributes that hold what a conversation says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// What was asked of a model.
    pub prompts: Vec<String>,
    /// What a tool was asked to do.
    pub arguments: Vec<String>,
    /// What a tool gave, and what a model answered.
    pub outputs: Vec<String>,
}

/// The names of all agents and conventions for what a conversation says, those of the dialects included.
///
/// # Errors
/// A file of the program's own that is none, or one of the folder of a team's own dialects.
pub fn content(dialects: Option<&Path>) -> Result<Content, Error> {
    let fault = |e: toml::de::Error| Error::Dialect { agent: "content".to_owned(), reason: e.to_string() };
    let mut content: Content = toml::from_str(include_str!("words/content.toml")).map_err(fault)?;
    for dialect in Dialects::load(dialects)?.list() {
        let names = |field: Field| dialect.fields.get(field.name()).into_iter().flatten().cloned();
        content.prompts.extend(names(Field::Prompt));
        content.arguments.extend(names(Field::Arguments).chain(names(Field::ToolParameters)));
        content.outputs.extend(names(Field::Output));
    }
    Ok(content)
}

/// Adds the names that a dialect reads. What the words say of a spelling stands: a dialect also reads what only spans have.
fn add_dialect(words: &mut Words, dialect: &Dialect) {
    let mut known: HashSet<String> = words.resource.iter().chain(&words.attributes).map(|n| spelled(n)).collect();
    let mut new = |name: &&String| known.insert(spelled(name));
    let of_resource = dialect.resource.environment.iter().chain(&dialect.resource.host);
    words.resource.extend(of_resource.filter(&mut new).cloned());
    words.attributes.extend(dialect.fields.values().flatten().filter(&mut new).cloned());
}

/// A name as Loki and Prometheus spell it, as far as two names are concerned that might become one.
fn spelled(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Spellings that stand for two attributes of one record.
    const BOTH: [(&str, &str); 3] = [("gemini", "error_type"), ("qwen", "error_type"), ("qwen", "error_message")];

    #[test]
    fn a_spelling_stands_for_one_name_of_an_agent() {
        for words in vocabulary(None).unwrap().words {
            for names in [&words.resource, &words.attributes] {
                let mut spellings: BTreeMap<String, Vec<&str>> = BTreeMap::new();
                names.iter().for_each(|n| spellings.entry(spelled(n)).or_default().push(n));
                spellings.retain(|spelling, names| names.len() > 1 && !BOTH.contains(&(words.agent.as_str(), spelling)));
                assert!(spellings.is_empty(), "{}: {spellings:?}", words.agent);
            }
            // in both places it is the same name
            for name in &words.resource {
                let twin = words.attributes.iter().find(|n| spelled(n) == spelled(name));
                assert!(twin.is_none_or(|n| n == name), "{}: {name} and {twin:?}", words.agent);
            }
        }
    }

    #[test]
    fn names_that_the_dialect_reads_are_known_and_conflicts_are_as_the_logs_have_them() {
        let vocabulary = vocabulary(None).unwrap();
        let codex = vocabulary.words.iter().find(|w| w.agent == "codex").unwrap();
        let has = |name: &str| codex.attributes.iter().any(|n| n == name);
        assert!(has("codex.request.reasoning_effort") && has("conversation.id") && has("mcp_server"));
        assert!(has("tool_name") && !has("tool.name"));
        assert!(codex.resource.iter().any(|n| n == "env") && codex.resource.iter().any(|n| n == "deployment.environment.name"));
    }

    #[test]
    fn an_event_without_a_name_is_known_by_something() {
        for words in vocabulary(None).unwrap().words {
            for event in words.events {
                assert!(event.has.iter().all(|n| !event.lacks.contains(n)), "{}", event.name);
                assert!(event.constants.is_empty() || !event.has.is_empty(), "{}", event.name);
            }
        }
    }
}
