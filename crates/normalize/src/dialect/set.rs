//! All dialects in force, and which of them a record is in. Border: a record's marks in, the place of a dialect out; what the record says
//! is read elsewhere.
//!
//! A record is in the dialect with the strongest mark: the beginning of its event's name, then that of its scope, of its service, then what
//! other records of the same service and scope show (`learning`), and the attributes it has. Users rename services, programs rename scopes, and dumps lose both. Of equal marks the first dialect's counts; a team's
//! own dialects come before the program's, and that of the conventions comes last.

use std::hash::BuildHasher;
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;
use rustc_hash::{FxBuildHasher, FxHashMap};
use tracemill_model::Lake;

use super::{Dialect, folded, starts_with_any};
use crate::Error;
use crate::masks::Masks;

/// The dialects of the program: agent and text, in the order in which they are asked.
pub const EMBEDDED: [(&str, &str); 8] = [
    ("codex", include_str!("codex.toml")),
    ("claude-code", include_str!("claude_code.toml")),
    ("copilot", include_str!("copilot.toml")),
    ("copilot-chat", include_str!("copilot_chat.toml")),
    ("gemini", include_str!("gemini.toml")),
    ("qwen", include_str!("qwen.toml")),
    ("opencode", include_str!("opencode.toml")),
    ("genai", include_str!("genai.toml")),
];

/// Folder of the team's own dialects in the lake's `_tracemill` folder.
const FOLDER: &str = "dialects";

/// Where the lake keeps the team's own dialects between runs.
pub fn stored(lake: &Lake) -> PathBuf {
    lake.meta().join(FOLDER)
}

/// All dialects in force.
#[derive(Debug)]
pub struct Dialects {
    list: Vec<Dialect>,
    /// Where each is from (empty: from the program), and its text.
    texts: Vec<(String, String)>,
    fingerprint: String,
    learned: FxHashMap<Origin, usize>,
    masks: Masks,
}

/// Service and scope.
pub type Origin = (Option<String>, Option<String>);

impl Dialects {
    /// The program's, and before them those in the files `*.toml` of a folder, in the order of their names. A file whose agent has a dialect
    /// of the program's stands in its place.
    ///
    /// # Errors
    /// The folder or a file of it cannot be read, or is no dialect.
    pub fn load(folder: Option<&Path>) -> Result<Dialects, Error> {
        let mut texts = Vec::new();
        for path in folder.map(files).transpose()?.unwrap_or_default() {
            let text = std::fs::read_to_string(&path).map_err(|source| Error::Io { path: path.clone(), source })?;
            texts.push((path.display().to_string(), text));
        }
        let own = texts.iter().map(|(name, text)| Dialect::parse(name, text)?.own(name)).collect::<Result<Vec<_>, _>>()?;
        for (n, (dialect, (name, _))) in own.iter().zip(&texts).enumerate() {
            if let Some(first) = own[..n].iter().position(|d| d.agent == dialect.agent) {
                let reason = format!("{} is the dialect of {} already", texts[first].0, dialect.agent);
                return Err(Error::Dialect { agent: name.clone(), reason });
            }
        }
        let mut hash = xxhash_rust::xxh3::Xxh3Default::new();
        let mut list = own;
        for (name, text) in EMBEDDED {
            hash.update(text.as_bytes());
            if !list.iter().any(|d| d.agent == name) {
                list.push(Dialect::parse(name, text)?);
                texts.push((String::new(), text.to_owned()));
            }
        }
        texts.iter().filter(|(from, _)| !from.is_empty()).for_each(|(_, text)| hash.update(text.as_bytes()));
        // What goes wrong between a program and a provider is told in the same words everywhere.
        let words = list.last().map(|conventions| conventions.errors.clone()).unwrap_or_default();
        list.iter_mut().filter(|d| d.errors.is_empty()).for_each(|d| d.errors = words.clone());
        Ok(Dialects { list, texts, fingerprint: format!("{:016x}", hash.digest()), learned: FxHashMap::default(), masks: Masks::default() })
    }

    /// Takes over what records tell of programs whose services and scopes no dialect claims.
    pub fn learn(&mut self, origins: FxHashMap<Origin, usize>) {
        self.learned = origins;
    }

    /// Says what is masked in texts that are read.
    pub fn mask(&mut self, masks: Masks) {
        self.masks = masks;
    }

    /// What is masked in texts that are read.
    pub fn masks(&self) -> &Masks {
        &self.masks
    }

    /// 16 hex digits: when they change, the semantic tables are out of date.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// All of them with the file that each is from (empty: from the program) and its text.
    pub fn texts(&self) -> impl Iterator<Item = (&Dialect, &str, &str)> {
        self.list.iter().zip(&self.texts).map(|(dialect, (from, text))| (dialect, from.as_str(), text.as_str()))
    }

    /// All of them, in the order in which they are asked.
    pub fn list(&self) -> &[Dialect] {
        &self.list
    }

    /// The dialect that spans and metrics of that service and scope are in.
    pub fn of_origin(&self, service: Option<&str>, scope: Option<&str>) -> Option<usize> {
        let [service, scope] = [service, scope].map(|name| name.map(folded));
        let of = |name: Option<&String>, marks: fn(&Dialect) -> &Vec<String>| {
            let name = name?;
            self.list.iter().position(|d| marks(d).iter().any(|mark| name.starts_with(&folded(mark))))
        };
        of(scope.as_ref(), |d| &d.claims.scopes).or_else(|| of(service.as_ref(), |d| &d.claims.services))
    }

    /// The same, by what was learned of them.
    fn of_learned(&self, origin: &Origin) -> Option<usize> {
        self.learned.get(origin).copied()
    }

    /// The dialect of an event's name.
    pub fn of_event(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|d| starts_with_any(name, &d.claims.events))
    }
}

/// The dialects' files of a folder, in the order of their names; a file is its own.
///
/// # Errors
/// It cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if folder.is_file() {
        return Ok(vec![folder.to_owned()]);
    }
    let fault = |source| Error::Io { path: folder.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Names of events remembered at most: there are few, unless somebody makes them up.
const EVENTS: usize = 10_000;

/// Tells records' dialects, and remembers what it told of each service and scope.
#[derive(Debug)]
pub struct Claim<'d> {
    dialects: &'d Dialects,
    /// By a hash of service and scope.
    origins: FxHashMap<u64, Vec<(Origin, Option<usize>)>>,
    events: FxHashMap<String, Option<usize>>,
    attributes: Vec<(Finder<'static>, usize)>,
}

impl<'d> Claim<'d> {
    /// Remembers nothing yet.
    pub fn new(dialects: &'d Dialects) -> Claim<'d> {
        let marks = dialects.list.iter().enumerate().flat_map(|(place, d)| d.claims.attributes.iter().map(move |mark| (mark, place)));
        let attributes = marks.map(|(mark, place)| (Finder::new(&format!("\"{mark}")).into_owned(), place)).collect();
        Claim { dialects, origins: FxHashMap::default(), events: FxHashMap::default(), attributes }
    }

    /// The dialect of a record, if it is in any: by its event's name (none for a span), scope, service and attributes (JSON).
    pub fn of(&mut self, event: Option<&str>, service: Option<&str>, scope: Option<&str>, attributes: &str) -> Option<usize> {
        let of_event = event.and_then(|name| self.of_event(name));
        of_event.or_else(|| self.of_origin(service, scope)).or_else(|| self.of_attributes(attributes))
    }

    fn of_event(&mut self, name: &str) -> Option<usize> {
        if let Some(place) = self.events.get(name) {
            return *place;
        }
        if self.events.len() == EVENTS {
            self.events.clear();
        }
        let place = self.dialects.of_event(name);
        let _ = self.events.insert(name.to_owned(), place);
        place
    }

    /// The dialect of a record by the names of its attributes (JSON).
    pub fn of_attributes(&self, attributes: &str) -> Option<usize> {
        self.attributes.iter().find(|(mark, _)| mark.find(attributes.as_bytes()).is_some()).map(|(_, place)| *place)
    }

    /// The dialect of that service and scope.
    pub fn of_origin(&mut self, service: Option<&str>, scope: Option<&str>) -> Option<usize> {
        let known = self.origins.entry(FxBuildHasher.hash_one((service, scope))).or_default();
        let same = |origin: &Origin| origin.0.as_deref() == service && origin.1.as_deref() == scope;
        if let Some((_, place)) = known.iter().find(|(origin, _)| same(origin)) {
            return *place;
        }
        let origin = (service.map(str::to_owned), scope.map(str::to_owned));
        let place = self.dialects.of_origin(service, scope).or_else(|| self.dialects.of_learned(&origin));
        known.push((origin, place));
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(event: Option<&str>, service: Option<&str>, scope: Option<&str>, attributes: &str) -> Option<String> {
        let dialects = Dialects::load(None).unwrap();
        let place = Claim::new(&dialects).of(event, service, scope, attributes);
        place.map(|p| dialects.list()[p].agent.clone())
    }

    #[test]
    fn the_strongest_mark_counts() {
        for (event, service, scope, attributes, expected) in [
            (Some("codex.user_prompt"), Some("gemini-cli"), None, "{}", Some("codex")),
            (None, Some("Codex Desktop"), None, "{}", Some("codex")),
            (None, Some("codex-app-server"), Some("codex_exec"), "{}", Some("codex")),
            (None, Some("acme"), Some("com.anthropic.claude_code.tracing"), "{}", Some("claude-code")),
            (None, Some("acme"), Some("acme"), r#"{"github.copilot.cost":0.0}"#, Some("copilot")),
            (None, Some("github-copilot"), Some("acme.copilot"), "{}", Some("copilot")),
            (None, Some("copilot-chat"), None, "{}", Some("copilot-chat")),
            (None, Some("acme"), Some("acme"), r#"{"gen_ai.operation.name":"chat"}"#, Some("genai")),
            (None, Some("my-codex"), None, "{}", None),
            (None, Some("code"), None, r#"{"http.method":"GET"}"#, None),
        ] {
            assert_eq!(agent(event, service, scope, attributes).as_deref(), expected, "{event:?} {service:?} {scope:?} {attributes}");
        }
    }

    #[test]
    fn a_teams_own_dialects_come_first() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("b.toml"), "agent = \"ours\"\n[claims]\nservices = [\"gemini\"]").unwrap();
        std::fs::write(folder.path().join("a.toml"), "agent = \"qwen\"\n[claims]\nscopes = [\"qwen\"]").unwrap();
        std::fs::write(folder.path().join("notes.txt"), "none").unwrap();
        let dialects = Dialects::load(Some(folder.path())).unwrap();
        let agents: Vec<&str> = dialects.list().iter().map(|d| d.agent.as_str()).collect();
        assert_eq!(agents, ["qwen", "ours", "codex", "claude-code", "copilot", "copilot-chat", "gemini", "opencode", "genai"]);
        assert_eq!(dialects.of_origin(Some("gemini-cli"), None), Some(1));
        assert_ne!(dialects.fingerprint(), Dialects::load(None).unwrap().fingerprint());
        for (text, words) in [
            ("agnt = 1", "agnt"),
            ("agent = \"ours\"\n[claims]\nscopes = [\"x\"]", "b.toml is the dialect of ours already"),
            ("agent = \"more\"", "[claims] is empty"),
            ("agent = \"more\"\n[claims]\nscopes = [\"\"]", "empty beginning"),
            ("agent = \"more\"\n[claims]\nscopes = [\"x\"]\n[events]\nasked = []", "known: conversation_start"),
            ("agent = \"more\"\n[claims]\nscopes = [\"x\"]\n[[metrics.tokens]]\nmetric = \"m\"", "says neither"),
        ] {
            std::fs::write(folder.path().join("c.toml"), text).unwrap();
            let told = Dialects::load(Some(folder.path())).unwrap_err().to_string();
            assert!(told.contains("c.toml") && told.contains(words), "{told}");
        }
    }
}
