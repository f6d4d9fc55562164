//! The user's map: rules and lookups from attributes to labels, as a TOML file. The format is shown in `data/map/example.toml` and told in
//! `docs/attribution.md`. Border: the file in, checked rules out; how they are applied is `attribution`'s business.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use super::label_name;
use super::pattern::Pattern;
use super::template::Template;

/// All of a user's map, in its order.
#[derive(Debug, Default)]
pub struct Map {
    /// The rules.
    pub rules: Vec<Rule>,
    /// The lookups.
    pub lookups: Vec<Lookup>,
}

/// Labels for the records that are as it says.
#[derive(Debug)]
pub struct Rule {
    /// Attributes and what they must be like, all of them; as written.
    pub when: Vec<(String, Patterns)>,
    /// The labels and their values.
    pub set: Vec<(Arc<str>, Template)>,
}

/// Patterns, any of which will do.
#[derive(Debug)]
pub struct Patterns(Vec<Pattern>);

/// A label by the whole value of an attribute.
#[derive(Debug)]
pub struct Lookup {
    /// The attribute.
    pub attribute: String,
    /// The label.
    pub label: Arc<str>,
    /// The label's values.
    pub values: BTreeMap<String, Arc<str>>,
}

impl Patterns {
    /// What each `*` of the first pattern that matches stands for. There are as many as in the pattern with the most, so that those of
    /// other attributes count the same whichever matches.
    pub fn matched(&self, text: &str) -> Option<Vec<Option<String>>> {
        let stars = self.0.iter().find_map(|p| p.matched(text))?;
        let mut stars: Vec<Option<String>> = stars.into_iter().map(Some).collect();
        stars.resize(self.stars(), None);
        Some(stars)
    }

    fn stars(&self) -> usize {
        self.0.iter().map(Pattern::stars).max().unwrap_or(0)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<WrittenRule>,
    #[serde(default)]
    lookup: Vec<WrittenLookup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRule {
    agent: Option<Words>,
    service: Option<Words>,
    // keys with their places, because `{1}` counts in the order of writing and a table of TOML has none
    #[serde(default)]
    when: BTreeMap<Spanned<String>, Words>,
    set: Spanned<BTreeMap<Spanned<String>, Spanned<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLookup {
    attribute: Spanned<String>,
    set: Spanned<String>,
    values: BTreeMap<String, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "want a pattern or a list of patterns")]
enum Words {
    One(String),
    Any(Vec<String>),
}

impl Words {
    fn patterns(self) -> Patterns {
        match self {
            Words::One(word) => Patterns(vec![Pattern::new(&word)]),
            Words::Any(words) => Patterns(words.iter().map(|w| Pattern::new(w)).collect()),
        }
    }
}

/// Reads a map; the error says where and why.
pub fn parse(text: &str) -> Result<Map, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    let at = |place: usize, reason: String| format!("line {}: {reason}", text[..place.min(text.len())].matches('\n').count() + 1);
    let mut map = Map::default();
    for written in file.rule {
        let mut when: Vec<(usize, String, Patterns)> =
            written.when.into_iter().map(|(name, words)| (name.span().start, name.into_inner(), words.patterns())).collect();
        when.sort_by_key(|(place, ..)| *place);
        let mut when: Vec<(String, Patterns)> = when.into_iter().map(|(_, name, patterns)| (name, patterns)).collect();
        let stars: usize = when.iter().map(|(_, patterns)| patterns.stars()).sum();
        // behind what `when` says, so that they do not count where a value says {1}
        when.extend(written.agent.map(|words| (super::AGENT.to_owned(), words.patterns())));
        when.extend(written.service.map(|words| (super::SERVICE.to_owned(), words.patterns())));
        if written.set.get_ref().is_empty() {
            return Err(at(written.set.span().start, "a rule that sets nothing".to_owned()));
        }
        let mut set = Vec::new();
        for (name, value) in written.set.into_inner() {
            let label = label_name(name.get_ref()).map_err(|reason| at(name.span().start, reason))?;
            let template = Template::new(value.get_ref()).map_err(|reason| at(value.span().start, reason))?;
            if template.stars() > stars {
                let reason = format!("{:?}: the patterns of `when` have {stars} *, not {}", value.get_ref(), template.stars());
                return Err(at(value.span().start, reason));
            }
            set.push((label, template));
        }
        map.rules.push(Rule { when, set });
    }
    for written in file.lookup {
        let label = label_name(written.set.get_ref()).map_err(|reason| at(written.set.span().start, reason))?;
        if written.attribute.get_ref().is_empty() {
            return Err(at(written.attribute.span().start, "a lookup without the name of an attribute".to_owned()));
        }
        let mut values = BTreeMap::new();
        for (key, value) in written.values {
            if value.get_ref().is_empty() {
                return Err(at(value.span().start, format!("{key:?} stands for an empty label")));
            }
            values.insert(key, Arc::from(value.into_inner()));
        }
        map.lookups.push(Lookup { attribute: written.attribute.into_inner(), label, values });
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_count_in_the_order_of_writing() {
        let map = parse("[[rule]]\nagent = \"c*\"\nwhen = { z = \"*-*\", a = [\"x\", \"*\"] }\nset = { team = \"{3}{1}\", cost-centre = \"7\" }\n")
            .unwrap();
        let rule = &map.rules[0];
        assert_eq!(rule.when.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["z", "a", "agent"]);
        assert_eq!(rule.set.iter().map(|(name, _)| &**name).collect::<Vec<_>>(), ["cost_center", "team"]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, want) in [
            ("[[rule]]\nwhen = { a = 1 }\nset = { team = \"x\" }\n", "line 2"),
            ("[[rule]]\nwhen = { a = \"*\" }\nset = { team = \"{2}\" }\n", "line 3"),
            ("[[rule]]\nwhen = { a = \"*\" }\n\nset = { \"a b\" = \"x\" }\n", "line 4"),
            ("[[rule]]\nset = { team = \"{x\" }\n", "line 2"),
            ("[[rule]]\nset = {}\n", "line 2"),
            ("[[rule]]\nwhere = {}\nset = { team = \"x\" }\n", "where"),
            ("[[rule]]\nwhen = { a = \"b\" }\n", "set"),
            ("[[lookup]]\nattribute = \"a\"\nset = \"team\"\nvalues = { \"b\" = \"\" }\n", "line 4"),
            ("[[lookup]]\nset = \"team\"\nvalues = {}\n", "attribute"),
            ("team = \"x\"\n", "team"),
            ("[[rule]\n", "line 1"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(want), "{text}: {error}");
        }
    }
}
