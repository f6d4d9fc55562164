//! The reverse dictionary: from the spelling of a system that allows no dots back to the names of the telemetry. Border: names, and whose
//! they are; what is a label and what is not is the decoders' business.

use std::collections::HashMap;

use tracemill_model::{EventWord, Vocabulary, Words};

/// A name as the telemetry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub name: String,
    /// Whether it is an attribute of the resource, not of the record.
    pub resource: bool,
}

/// Spellings, each with its names: most have one, one that two attributes share has both.
#[derive(Debug, Default)]
struct Spellings(HashMap<String, Vec<Name>>);

impl Spellings {
    fn add(&mut self, words: &Words) {
        for (names, resource) in [(&words.resource, true), (&words.attributes, false)] {
            for name in names {
                let known = self.0.entry(spelled(name)).or_default();
                let name = Name { name: name.clone(), resource };
                if !known.contains(&name) {
                    known.push(name);
                }
            }
        }
    }
}

/// An event, with what it is known by in the spelling of a record that has lost its name.
#[derive(Debug)]
struct Event {
    word: EventWord,
    has: Vec<String>,
    lacks: Vec<String>,
}

/// An agent's names.
#[derive(Debug)]
pub struct Agent {
    /// What its `service.name` begins with, folded.
    services: Vec<String>,
    body_prefix: String,
    /// Spelled attributes that every event's records have.
    common: Vec<String>,
    events: Vec<Event>,
    spellings: Spellings,
}

impl Agent {
    fn of(words: &Words) -> Agent {
        let mut spellings = Spellings::default();
        spellings.add(words);
        let all = |names: &[String]| names.iter().map(|n| spelled(n)).collect::<Vec<_>>();
        // a spelling that another attribute has too tells nothing of this one
        let tells = |spelling: &String| spellings.0.get(spelling).is_none_or(|names| names.iter().filter(|n| !n.resource).count() < 2);
        let event = |word: &EventWord| {
            let lacks = all(&word.lacks).into_iter().filter(tells).collect();
            Event { word: word.clone(), has: all(&word.has), lacks }
        };
        Agent {
            services: words.services.iter().map(|s| folded(s)).collect(),
            body_prefix: words.body_prefix.clone(),
            common: all(&words.common),
            events: words.events.iter().map(event).collect(),
            spellings,
        }
    }

    /// An event of its by name.
    pub fn event(&self, name: &str) -> Option<&EventWord> {
        self.events.iter().map(|e| &e.word).find(|e| e.name == name)
    }

    /// Whether a record with such labels is surely one of its events: it has what all of them have.
    pub fn has_event(&self, has: impl Fn(&str) -> bool) -> bool {
        !self.common.is_empty() && self.common.iter().all(|name| has(name))
    }

    /// The event of a record that has lost its name, by its labels and body.
    fn recover(&self, body: &str, has: impl Fn(&str) -> bool) -> Option<&EventWord> {
        if !self.common.iter().all(|name| has(name)) {
            return None;
        }
        let named = body.strip_prefix(&self.body_prefix).filter(|_| !self.body_prefix.is_empty());
        let fits = |event: &&Event| {
            let telling = !event.has.is_empty() || !event.word.body.is_empty();
            let all = || body.starts_with(&event.word.body) && event.has.iter().all(|n| has(n)) && !event.lacks.iter().any(|n| has(n));
            named == Some(event.word.name.as_str()) || telling && all()
        };
        self.events.iter().find(fits).map(|event| &event.word)
    }
}

/// See the module.
#[derive(Debug, Default)]
pub struct Dictionary {
    agents: Vec<Agent>,
    conventions: Spellings,
}

impl Dictionary {
    /// The dictionary of a vocabulary.
    pub fn of(vocabulary: &Vocabulary) -> Dictionary {
        let mut dictionary = Dictionary::default();
        for words in &vocabulary.words {
            if words.agent.is_empty() {
                dictionary.conventions.add(words);
                continue;
            }
            dictionary.agents.push(Agent::of(words));
        }
        dictionary
    }

    /// The agent of a service, else the one that alone has an event of that name.
    pub fn agent(&self, service: &str, event: &str) -> Option<&Agent> {
        let service = folded(service);
        let by_service = self.agents.iter().find(|a| a.services.iter().any(|s| service.starts_with(s.as_str())));
        by_service.or_else(|| only(self.agents.iter().filter(|a| a.event(event).is_some())))
    }

    /// The event of a record that has lost its name, and its agent. A record of no known agent is asked of all, and has an event only where
    /// a single agent knows it.
    pub fn recover<'d>(&'d self, agent: Option<&'d Agent>, body: &str, has: impl Fn(&str) -> bool) -> Option<(&'d Agent, &'d EventWord)> {
        let of = |a: &'d Agent| a.recover(body, &has).map(|event| (a, event));
        match agent {
            Some(agent) => of(agent),
            None => only(self.agents.iter().filter_map(of)),
        }
    }

    /// Whether an agent's spelling stands for that name.
    pub fn is(&self, agent: &Agent, spelling: &str, name: &str) -> bool {
        spelling == name || self.names(Some(agent), spelling).iter().any(|n| n.name == name)
    }

    /// The names of a spelling: the agent's own, else a convention's; none where it is not known.
    pub fn names<'d>(&'d self, agent: Option<&'d Agent>, spelling: &str) -> &'d [Name] {
        let own = agent.and_then(|a| a.spellings.0.get(spelling));
        own.or_else(|| self.conventions.0.get(spelling)).map_or(&[], Vec::as_slice)
    }
}

/// The only item, if there is just one.
fn only<T>(mut items: impl Iterator<Item = T>) -> Option<T> {
    let first = items.next();
    if items.next().is_some() { None } else { first }
}

fn folded(service: &str) -> String {
    service.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect()
}

/// A name as Loki spells it (`otlptranslator` in Prometheus' and Loki's sources): what is no letter, digit or underscore becomes an
/// underscore, and before a digit stands `key_`.
pub fn spelled(name: &str) -> String {
    let prefix = if name.starts_with(|c: char| c.is_ascii_digit()) { "key_" } else { "" };
    prefix.chars().chain(name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    fn words(agent: &str, resource: &[&str], attributes: &[&str], events: Vec<EventWord>) -> Words {
        let services = if agent.is_empty() { Vec::new() } else { list(&[agent]) };
        Words { agent: agent.to_owned(), services, resource: list(resource), attributes: list(attributes), events, ..Words::default() }
    }

    fn event(name: &str, has: &[&str], lacks: &[&str]) -> EventWord {
        EventWord { name: name.to_owned(), has: list(has), lacks: list(lacks), ..EventWord::default() }
    }

    fn dictionary() -> Dictionary {
        let a =
            words("agent-a", &["session.id", "env"], &["session.id", "error_type"], vec![event("a.x", &["x"], &["y"]), event("both", &["z"], &[])]);
        let b = words("agent-b", &[], &["x.y"], vec![event("b.x", &["x"], &["w"]), event("both", &[], &[])]);
        Dictionary::of(&Vocabulary { words: vec![a, b, words("", &["host.name"], &["error.type", "9.lives"], Vec::new())] })
    }

    #[test]
    fn an_agents_own_names_go_before_the_conventions() {
        let dictionary = dictionary();
        let names = |service: &str, spelling: &str| {
            let names = dictionary.names(dictionary.agent(service, ""), spelling);
            names.iter().map(|n| (n.name.as_str(), n.resource)).collect::<Vec<_>>()
        };
        assert_eq!(names("Agent_A_exec", "error_type"), [("error_type", false)]);
        assert_eq!(names("other", "error_type"), [("error.type", false)]);
        assert_eq!(names("agent-a", "session_id"), [("session.id", true), ("session.id", false)]);
        assert_eq!(names("agent-a", "host_name"), [("host.name", true)]);
        assert_eq!(names("other", "key_9_lives"), [("9.lives", false)]);
        assert_eq!(names("other", "env"), []);
    }

    #[test]
    fn an_agent_is_known_by_its_service_or_by_an_event_of_its_own() {
        let dictionary = dictionary();
        assert!(dictionary.agent("", "a.x").is_some_and(|a| a.event("a.x").is_some()));
        assert!(dictionary.agent("", "both").is_none());
        assert!(dictionary.agent("renamed", "b.x").is_some_and(|a| a.event("b.x").is_some()));
    }

    #[test]
    fn a_lost_name_is_recovered_only_where_one_agent_knows_it() {
        let dictionary = dictionary();
        let name = |has: &[&str]| dictionary.recover(None, "", |n| has.contains(&n)).map(|(_, e)| e.name.as_str());
        assert_eq!(name(&["x", "w"]), Some("a.x"));
        assert_eq!(name(&["x", "y"]), Some("b.x"));
        assert_eq!(name(&["x"]), None);
        assert_eq!(name(&["z"]), Some("both"));
        assert_eq!(name(&[]), None);
    }
}
