//! Whose work it was: user, team, project, repository, branch, cost centre, and labels of the user's own. Border: attributes of records and
//! resources in, labels out. What the usual attributes mean is data (`attribution/default.toml`), and so is the user's map that stands over it
//! (`attribution::map`); the labels of a conversation are those of its records (`attribution::told`).

mod labeller;
mod map;
mod names;
mod pattern;
mod repository;
mod template;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tracemill_model::Lake;

use crate::Error;
pub use labeller::Labeller;
use map::Map;
use names::Names;
pub use told::{Settled, Told};

/// The labels that have columns of their own in `conversations` (`user` is `user_id` there).
pub const OWN: [&str; 6] = ["user", "team", "project", "repository", "branch", "cost_center"];

/// Other words for labels that a map may use.
const ALIASES: [(&str, &str); 4] =
    [("user_id", "user"), ("cost-center", "cost_center"), ("cost_centre", "cost_center"), ("cost-centre", "cost_center")];

/// What a map calls the agent that a record is of.
const AGENT: &str = "agent";
/// What a map calls the conversation.
const CONVERSATION: &str = "conversation_id";
/// What a map calls the service: the resource attribute itself.
const SERVICE: &str = "service.name";

/// Rank of what a map set; what the built-in table finds comes after that, by the place of the attribute's name.
const MAPPED: u32 = 0;

/// Labels by name: how good the source is, the smaller the better, and the value.
pub type Labels = BTreeMap<Arc<str>, (u32, Arc<str>)>;

/// Which attributes make which labels.
#[derive(Debug)]
pub struct Attribution {
    own: [Arc<str>; OWN.len()],
    names: Names,
    map: Map,
    watched: Vec<String>,
    asks_for_conversation: bool,
    fingerprint: String,
}

/// What is known of a record.
pub struct Facts<'a> {
    /// The agent; `None` where it is whatever the service is called.
    pub agent: Option<&'a str>,
    /// Its conversation, where it is known already.
    pub conversation: Option<&'a str>,
    /// Its resource's attributes, an object.
    pub resource: &'a Value,
    /// Its own attributes, as text.
    pub record: &'a dyn Fn(&str) -> Option<String>,
}

impl Attribution {
    /// The built-in table, with the map in force over it: the given file, else the lake's copy of an earlier one, else none.
    ///
    /// # Errors
    /// A map that cannot be read, or is none.
    pub fn load(given: Option<&Path>, lake: &Lake) -> Result<Attribution, Error> {
        let kept = stored(lake);
        let Some(path) = given.map(Path::to_owned).or_else(|| kept.exists().then_some(kept)) else {
            return Attribution::parse("", "none");
        };
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
        Attribution::parse(&text, &path.display().to_string())
    }

    /// The built-in table, with the map of this text over it; `file` is for messages.
    ///
    /// # Errors
    /// A text that is no map.
    pub fn parse(text: &str, file: &str) -> Result<Attribution, Error> {
        let fault = |file: &str| {
            let file = file.to_owned();
            move |reason| Error::Map { file, reason }
        };
        let names = Names::parse(names::TEXT).map_err(fault("built in"))?;
        let map = map::parse(text).map_err(fault(file))?;
        let asked: BTreeSet<&str> = asked(&map).collect();
        let watched: BTreeSet<String> = names.all().chain(asked.iter().copied()).flat_map(|name| [name.to_owned(), spelled(name)]).collect();
        let print = |text: &str| xxhash_rust::xxh3::xxh3_64(text.as_bytes());
        Ok(Attribution {
            own: OWN.map(Arc::from),
            asks_for_conversation: asked.contains(CONVERSATION),
            watched: watched.into_iter().collect(),
            fingerprint: format!("{:016x}", print(&format!("{:016x}{text}", print(names::TEXT)))),
            names,
            map,
        })
    }

    /// The attributes that make the label `user`.
    pub fn user_names(&self) -> &[String] {
        self.names.of(0)
    }

    /// Fingerprint of table and map, 16 hex digits: when it changes, the semantic tables are out of date.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The attributes that may make a label, sorted. A record's own are to be read for these and no others.
    pub fn watched(&self) -> &[String] {
        &self.watched
    }

    /// Whether labels can depend on which conversation a record is of.
    pub fn asks_for_conversation(&self) -> bool {
        self.asks_for_conversation
    }

    /// The labels of a record: of the first rule that sets one, else the first lookup, else the built-in table.
    pub fn of(&self, facts: &Facts<'_>) -> Labels {
        let plain = |name: &str| attribute(facts, name);
        let found = |own: usize| self.names.find(own, &plain);
        let named = |name: &str| match OWN.iter().position(|own| *own == name) {
            Some(own) => found(own).map(|(_, value)| value.to_string()),
            None => plain(name),
        };
        let mut labels = Labels::new();
        for rule in &self.map.rules {
            let matched = rule.when.iter().map(|(name, patterns)| patterns.matched(&named(name)?)).collect::<Option<Vec<_>>>();
            let Some(stars) = matched.map(|stars| stars.concat()) else { continue };
            for (label, template) in rule.set.iter().filter(|(label, _)| !labels.contains_key(label)).collect::<Vec<_>>() {
                if let Some(value) = template.filled(&stars, &named) {
                    labels.insert(Arc::clone(label), (MAPPED, Arc::from(value)));
                }
            }
        }
        for lookup in &self.map.lookups {
            if !labels.contains_key(&lookup.label)
                && let Some(value) = named(&lookup.attribute).and_then(|key| lookup.values.get(&key))
            {
                labels.insert(Arc::clone(&lookup.label), (MAPPED, Arc::clone(value)));
            }
        }
        for (own, label) in self.own.iter().enumerate() {
            if !labels.contains_key(label)
                && let Some((place, value)) = found(own)
            {
                labels.insert(Arc::clone(label), (MAPPED + 1 + place, value));
            }
        }
        labels
    }
}

/// The names that a map asks for.
fn asked(map: &Map) -> impl Iterator<Item = &str> {
    let rules = map
        .rules
        .iter()
        .flat_map(|rule| rule.when.iter().map(|(name, _)| name.as_str()).chain(rule.set.iter().flat_map(|(_, template)| template.attributes())));
    rules.chain(map.lookups.iter().map(|lookup| lookup.attribute.as_str()))
}

/// An attribute of the record, else of its resource, each under its name or as Loki and Prometheus spell it; or what else is known of it.
fn attribute(facts: &Facts<'_>, name: &str) -> Option<String> {
    if name == CONVERSATION {
        return facts.conversation.map(str::to_owned);
    }
    if name == AGENT && facts.agent.is_some() {
        return facts.agent.map(str::to_owned);
    }
    let name = if name == AGENT { SERVICE } else { name };
    let spelled = spelled(name);
    let resource = |name: &str| facts.resource.get(name).and_then(text);
    (facts.record)(name).or_else(|| (facts.record)(&spelled)).or_else(|| resource(name)).or_else(|| resource(&spelled))
}

/// A value as text, of a repeated key the last; `None` for one that is empty or has parts.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => (!text.is_empty()).then(|| text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Array(values) => values.iter().filter_map(text).next_back(),
        Value::Null | Value::Object(_) => None,
    }
}

/// A name as systems write it that know letters, digits and `_` alone.
fn spelled(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

/// The label that a word of a map means: letters, digits, `_`, `-` and `.`, so that `--by label.NAME` can name it.
fn label_name(word: &str) -> Result<Arc<str>, String> {
    let named = ALIASES.iter().find(|(alias, _)| *alias == word).map_or(word, |(_, label)| label);
    let fine = !named.is_empty() && named.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if fine { Ok(Arc::from(named)) } else { Err(format!("{word:?} is no label; want letters, digits, _, - and .")) }
}

/// Where the lake keeps the user's map between runs.
pub fn stored(lake: &Lake) -> PathBuf {
    lake.meta().join("map.toml")
}

#[cfg(test)]
mod tests;
