//! What a span's time is for: the categories, and the table that tells them from span names. The table is data
//! (`data/categories.toml`), the same for every agent, and a user may replace it. Border: a name in, an entry out; what spans hand down
//! to the spans within them is decided in `place`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use tracemill_model::Lake;

use crate::Error;

/// The program's own table.
pub const EMBEDDED: &str = include_str!("../../../../data/categories.toml");

/// What time is spent on, in the order in which one goes before the other where both happen at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// A person is waited for.
    Approval,
    /// A call to an MCP server.
    Mcp,
    /// A tool, and what the agent does around it.
    Tool,
    /// The model answers.
    Model,
    /// A request is on its way or waits to be sent again, a connection is made.
    Network,
    /// The program or a conversation gets ready.
    Startup,
    /// A conversation is kept: its loop, its requests, its store.
    Session,
    /// Anything else the agent does.
    Internal,
    /// Nobody knows.
    Unobserved,
}

impl Category {
    /// How many there are.
    pub const COUNT: usize = 9;

    /// The word for it in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Category::Approval => "approval",
            Category::Mcp => "mcp",
            Category::Tool => "tool",
            Category::Model => "model",
            Category::Network => "network",
            Category::Startup => "startup",
            Category::Session => "session",
            Category::Internal => "internal",
            Category::Unobserved => "unobserved",
        }
    }

    /// Whether everything within such a span is for the same: what a tool does is the tool's time, whatever its spans are called.
    pub fn passes_down(self) -> bool {
        self <= Category::Tool
    }
}

/// What the start gets ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Who the user is.
    Auth,
    /// Where tools will run.
    Environment,
    /// Which models there are.
    Models,
    /// MCP servers and their tools.
    Mcp,
    /// Plugins and skills.
    Plugins,
    /// Settings.
    Config,
    /// The conversation itself.
    Session,
    /// Anything else.
    Other,
}

impl Phase {
    /// The word for it in the tables.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Auth => "auth",
            Phase::Environment => "environment",
            Phase::Models => "models",
            Phase::Mcp => "mcp",
            Phase::Plugins => "plugins",
            Phase::Config => "config",
            Phase::Session => "session",
            Phase::Other => "other",
        }
    }
}

/// What the table says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What its time is for; `None` for that of the span it lies in.
    pub category: Option<Category>,
    /// The same within a turn, where that differs.
    pub in_turn: Option<Category>,
    /// It measures what other spans beside it do, and counts only where none is there.
    #[serde(default)]
    pub wrapper: bool,
    /// What of the start it is about.
    pub phase: Option<Phase>,
}

impl Entry {
    /// The category of a span within a turn, or outside of all turns.
    pub fn category(&self, in_turn: bool) -> Option<Category> {
        self.in_turn.filter(|_| in_turn).or(self.category)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Inherit {
    Inherit,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Inherit(Inherit),
    Word(Category),
    Entry(Entry),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    names: BTreeMap<String, Written>,
}

/// Span names and what their time is for.
#[derive(Debug)]
pub struct Categories {
    exact: BTreeMap<String, Entry>,
    /// Without their `*`, the longest first.
    prefixes: Vec<(String, Entry)>,
    fingerprint: String,
}

impl Categories {
    /// The table in force: the given file, else the lake's copy of an earlier one, else the program's own.
    pub fn load(given: Option<&Path>, lake: &Lake) -> Result<Categories, Error> {
        let (text, file) = text(given, lake)?;
        Categories::parse(&text, &file)
    }

    /// Reads a table; `file` is for messages.
    pub fn parse(text: &str, file: &str) -> Result<Categories, Error> {
        let File { names } = toml::from_str(text).map_err(|e| Error::Categories { file: file.to_owned(), reason: e.to_string() })?;
        let fingerprint = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes()));
        let (mut exact, mut prefixes) = (BTreeMap::new(), Vec::new());
        for (name, written) in names {
            let entry = match written {
                Written::Inherit(Inherit::Inherit) => Entry { category: None, in_turn: None, wrapper: false, phase: None },
                Written::Word(category) => Entry { category: Some(category), in_turn: None, wrapper: false, phase: None },
                Written::Entry(entry) => entry,
            };
            match name.strip_suffix('*') {
                Some(prefix) => prefixes.push((prefix.to_owned(), entry)),
                None => {
                    exact.insert(name, entry);
                }
            }
        }
        prefixes.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        Ok(Categories { exact, prefixes, fingerprint })
    }

    /// What the table says of a name: its own entry, else that of its longest prefix.
    pub fn entry(&self, name: &str) -> Option<Entry> {
        let by_prefix = || self.prefixes.iter().find(|(prefix, _)| name.starts_with(prefix.as_str())).map(|(_, entry)| *entry);
        self.exact.get(name).copied().or_else(by_prefix)
    }

    /// Fingerprint of the table, 16 hex digits.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// The text of the table in force, and where it is from.
pub fn text(given: Option<&Path>, lake: &Lake) -> Result<(String, String), Error> {
    let kept = stored(lake);
    let Some(path) = given.map(Path::to_owned).or_else(|| kept.exists().then_some(kept)) else {
        return Ok((EMBEDDED.to_owned(), "built in".to_owned()));
    };
    let text = std::fs::read_to_string(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
    Ok((text, path.display().to_string()))
}

/// The lake's copy of the user's table.
pub fn stored(lake: &Lake) -> PathBuf {
    lake.root().join("_tracemill").join("categories.toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_match_stands() {
        let table = Categories::parse(
            "[names]\n\"a.*\" = \"session\"\n\"a.b.*\" = { category = \"startup\", in_turn = \"internal\", phase = \"mcp\" }\n\"a.b.c\" = \"model\"\n",
            "t",
        )
        .unwrap();
        let category = |name, in_turn| table.entry(name).and_then(|e| e.category(in_turn));
        assert_eq!(category("a.x", true), Some(Category::Session));
        assert_eq!(category("a.b.x", false), Some(Category::Startup));
        assert_eq!(category("a.b.x", true), Some(Category::Internal));
        assert_eq!(category("a.b.c", true), Some(Category::Model));
        assert_eq!(category("b", true), None);
    }

    #[test]
    fn the_programs_own_table_is_sound() {
        let table = Categories::parse(EMBEDDED, "built in").unwrap();
        assert_eq!(table.entry("mcp.tools.call").unwrap().category, Some(Category::Mcp));
        assert!(table.entry("codex.sampling").unwrap().wrapper);
        for (name, entry) in table.exact.iter().chain(table.prefixes.iter().map(|(n, e)| (n, e))) {
            assert_eq!(entry.phase.is_some(), entry.category == Some(Category::Startup), "{name}: a phase belongs to what is startup");
        }
    }

    #[test]
    fn a_strange_table_is_refused() {
        for bad in ["[names]\na = \"fun\"\n", "[names]\na = { category = \"model\", colour = \"red\" }\n", "names = 1\n"] {
            let error = Categories::parse(bad, "mine.toml").unwrap_err().to_string();
            assert!(error.contains("mine.toml"), "{error}");
        }
    }
}
