//! A tool's bare name, its kind and its MCP server, from the spellings of all signals and versions. Border: names only.
//!
//! Codex: `mcp__demo__echo` (until 0.130), `echo` in namespace `mcp__demo` (0.169 logs) and `mcp__demoecho` (0.169 spans and
//! metrics, namespace and name without a separator) are one tool. The last can only be split by names that other records show.

mod shown;

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::dialect::{Tools, starts_with_any};
use crate::tool_hash::{PlainNames, is_hash};
pub use shown::Shown;

/// The kind of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToolKind {
    /// The agent's own.
    Builtin,
    /// An MCP server's.
    Mcp,
    /// Starts or steers other agents.
    MultiAgent,
    /// From a namespace that the dialect does not know.
    Unknown,
}

impl ToolKind {
    /// The word for it in the tables.
    pub fn word(self) -> &'static str {
        match self {
            ToolKind::Builtin => "builtin",
            ToolKind::Mcp => "mcp",
            ToolKind::MultiAgent => "multi_agent",
            ToolKind::Unknown => "unknown",
        }
    }
}

/// A tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// Bare name.
    pub name: String,
    /// Kind.
    pub kind: ToolKind,
    /// MCP server.
    pub server: Option<String>,
}

/// The tools that records have shown.
#[derive(Debug, Default, PartialEq)]
pub struct ToolNames {
    joined: FxHashMap<String, (Arc<str>, Arc<str>)>,
    /// Server and name, by the spelling that has both.
    spelled: FxHashMap<Arc<str>, (Arc<str>, Arc<str>)>,
    /// Servers and tools that came in plain.
    servers: BTreeSet<Arc<str>>,
    tools: BTreeSet<Arc<str>>,
    /// Those of all agents.
    plain: Arc<PlainNames>,
}

impl ToolNames {
    /// The names of each agent, from what its records show and, of what came in plain, those of all.
    pub fn of_each<'d>(agents: impl Iterator<Item = (&'d Tools, &'d Shown)>) -> Vec<ToolNames> {
        let mut all: Vec<ToolNames> = agents.map(|(tools, shown)| ToolNames::of(tools, shown)).collect();
        let of = |names: fn(&ToolNames) -> &BTreeSet<Arc<str>>| all.iter().flat_map(names).map(Arc::clone).collect();
        let plain = Arc::new(PlainNames::of(of(|n| &n.servers), &of(|n| &n.tools)));
        all.iter_mut().for_each(|names| names.plain = Arc::clone(&plain));
        all
    }

    /// Spellings first, then what they tell of servers and tools, so that the order of records does not matter.
    fn of(tools: &Tools, shown: &Shown) -> ToolNames {
        let mut names = ToolNames { servers: shown.servers.clone(), ..ToolNames::default() };
        for (name, namespace, server) in &shown.calls {
            if let Some(namespace) = namespace {
                names.learn(tools, namespace, name);
            }
            if let Some(server) = server.as_ref().filter(|s| !is_hash(s)) {
                names.learn_spelling(tools, server, name);
                names.servers.insert(Arc::clone(server));
            }
        }
        for (server, name) in &shown.clients {
            let namespace: Arc<str> = format!("{}{server}", tools.mcp_prefix).into();
            names.learn(tools, &namespace, name);
        }
        for (name, namespace, server) in &shown.calls {
            if server.is_none() && namespace.is_none() && after_prefix(tools, name).is_none() {
                continue;
            }
            let named = names.resolve(tools, name, namespace.as_deref(), server.as_deref());
            if let Some(server) = named.server.filter(|s| !is_hash(s)) {
                names.servers.insert(server.into());
                names.tools.insert(named.name.into());
            }
        }
        names
    }

    /// Whether these names and others say the same of all that rows were made of.
    pub fn agree(&self, other: &ToolNames, tools: &Tools, shown: &Shown) -> bool {
        if self == other {
            return true;
        }
        let servers: BTreeSet<&Arc<str>> = shown.calls.iter().filter_map(|(.., s)| s.as_ref()).chain(shown.clients.iter().map(|(s, _)| s)).collect();
        let calls = shown.calls.iter().map(|(name, namespace, _)| (name, namespace));
        let asked: BTreeSet<_> = calls.chain(shown.asked.iter().map(|(name, namespace)| (name, namespace))).collect();
        // a call's server may be told by another of its records
        asked.iter().all(|(name, namespace)| {
            servers.iter().map(|s| Some(&***s)).chain([None]).all(|server| {
                let of = |names: &ToolNames| names.resolve(tools, name, namespace.as_deref(), server);
                of(self) == of(other)
            })
        })
    }

    /// Notes a tool that came with its namespace apart.
    fn learn(&mut self, tools: &Tools, namespace: &Arc<str>, name: &Arc<str>) {
        if !tools.builtin_namespaces.iter().any(|n| **n == **namespace) {
            let joined = format!("{namespace}{name}");
            // Two splits of one spelling: the shorter namespace stands, so that the order of records does not matter.
            let known = self.joined.entry(joined).or_insert_with(|| (Arc::clone(namespace), Arc::clone(name)));
            if namespace < &known.0 {
                *known = (Arc::clone(namespace), Arc::clone(name));
            }
        }
    }

    /// Notes the spelling that has the server in front of the name, where the record tells the server too.
    fn learn_spelling(&mut self, tools: &Tools, server: &Arc<str>, spelling: &Arc<str>) {
        if tools.separator.is_empty() {
            return;
        }
        let rest = spelling.strip_prefix(tools.mcp_prefix.as_str()).unwrap_or(spelling).strip_prefix(&**server);
        if let Some(name) = rest.and_then(|rest| rest.strip_prefix(tools.separator.as_str())) {
            // as above: whichever record comes first, the shorter server stands
            let known = self.spelled.entry(Arc::clone(spelling)).or_insert_with(|| (Arc::clone(server), Arc::from(name)));
            if server < &known.0 {
                *known = (Arc::clone(server), Arc::from(name));
            }
        }
    }

    /// The tool of that spelling; namespace and server where the record has them.
    pub fn resolve(&self, tools: &Tools, spelling: &str, namespace: Option<&str>, server: Option<&str>) -> Tool {
        if let Some((namespace, name)) = namespace.is_none().then(|| self.joined.get(spelling)).flatten() {
            return self.resolve(tools, name, Some(namespace), server);
        }
        if let Some((server, name)) = namespace.is_none().then(|| self.spelled.get(spelling)).flatten() {
            return Tool { name: name.to_string(), kind: ToolKind::Mcp, server: Some(server.to_string()) };
        }
        if let Some(tool) = self.unhashed(tools, spelling, server) {
            return tool;
        }
        let mcp = |server: Option<&str>, name: &str| Tool {
            name: name.to_owned(),
            kind: ToolKind::Mcp,
            server: server.filter(|s| !s.is_empty()).map(str::to_owned),
        };
        let own = |kind| Tool { name: spelling.to_owned(), kind, server: None };
        match namespace {
            Some(ns) if after_prefix(tools, ns).is_some() => mcp(server.or(after_prefix(tools, ns)), spelling),
            Some(ns) if starts_with_any(ns, &tools.multi_agent_namespaces) => own(ToolKind::MultiAgent),
            Some(ns) if !tools.builtin_namespaces.iter().any(|b| b == ns) => own(ToolKind::Unknown),
            _ => match after_prefix(tools, spelling) {
                Some(rest) => {
                    let known = server.and_then(|s| Some((s, rest.strip_prefix(s)?)));
                    match known.or_else(|| self.plain.split(rest, &tools.separator)).or_else(|| rest.split_once(tools.separator.as_str())) {
                        Some((server, name)) => mcp(Some(server), name.strip_prefix(tools.separator.as_str()).unwrap_or(name)),
                        None => mcp(server, spelling),
                    }
                }
                None if server.is_some() => mcp(server, self.bare(tools, spelling, server)),
                None if tools.placeholders.iter().any(|p| p == spelling) => mcp(None, spelling),
                None if tools.builtin.iter().any(|t| t == spelling) => own(ToolKind::Builtin),
                None if !tools.builtin.is_empty() && spelling.contains(tools.separator.as_str()) => {
                    let known = self.plain.split(spelling, &tools.separator).or_else(|| spelling.split_once(tools.separator.as_str()));
                    known.map_or_else(|| own(ToolKind::Unknown), |(server, name)| mcp(Some(server), name))
                }
                None if tools.multi_agent_tools.iter().any(|t| t == spelling) => own(ToolKind::MultiAgent),
                None => own(ToolKind::Builtin),
            },
        }
    }
}

/// What follows the prefix of MCP tools; `None` for a name without it.
fn after_prefix<'s>(tools: &Tools, name: &'s str) -> Option<&'s str> {
    name.strip_prefix(tools.mcp_prefix.as_str()).filter(|_| !tools.mcp_prefix.is_empty())
}

impl ToolNames {
    /// A tool whose name, or server's name, is exported as a hash: in plain where the names are known, else as it came.
    fn unhashed(&self, tools: &Tools, spelling: &str, server: Option<&str>) -> Option<Tool> {
        if tools.hash_separator.is_empty() {
            return None;
        }
        let (server, name) = match spelling.split_once(tools.hash_separator.as_str()) {
            Some((server, name)) if is_hash(server) && is_hash(name) => (Some(server), name),
            _ => (server.filter(|s| is_hash(s)), spelling),
        };
        let server = server?;
        let plain = |hash: &str| self.plain.plain(hash).map_or_else(|| hash.to_owned(), |name| name.to_string());
        Some(Tool { name: plain(name), kind: ToolKind::Mcp, server: Some(plain(server)) })
    }

    /// The name without the server in front of it, where an agent joins the two with a hyphen or a separator of its own.
    fn bare<'s>(&self, tools: &Tools, spelling: &'s str, server: Option<&str>) -> &'s str {
        let rest = server.and_then(|server| spelling.strip_prefix(server));
        let separators = [tools.separator.as_str(), "-", "_", "/", "."];
        rest.and_then(|rest| separators.iter().filter(|s| !s.is_empty()).find_map(|s| rest.strip_prefix(s))).unwrap_or(spelling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::Dialect;

    #[test]
    fn spellings_of_one_tool() {
        let dialect = Dialect::codex().unwrap();
        let mut names = ToolNames::default();
        names.learn(&dialect.tools, &"mcp__demo".into(), &"echo".into());
        names.learn(&dialect.tools, &"multi_agent_v1".into(), &"spawn_agent".into());
        names.learn(&dialect.tools, &"functions".into(), &"exec_command".into());
        for (spelling, namespace, server, name, kind, expected) in [
            ("echo", Some("mcp__demo"), Some("demo"), "echo", ToolKind::Mcp, Some("demo")),
            ("echo", Some("mcp__demo"), None, "echo", ToolKind::Mcp, Some("demo")),
            ("mcp__demo__echo", None, None, "echo", ToolKind::Mcp, Some("demo")),
            ("mcp__demo__echo", None, Some("demo"), "echo", ToolKind::Mcp, Some("demo")),
            ("mcp__my__server__do__it", None, Some("my__server"), "do__it", ToolKind::Mcp, Some("my__server")),
            ("mcp__demoecho", None, None, "echo", ToolKind::Mcp, Some("demo")),
            ("mcp__otherecho", None, None, "mcp__otherecho", ToolKind::Mcp, None),
            ("exec_command", Some("functions"), None, "exec_command", ToolKind::Builtin, None),
            ("apply_patch", None, None, "apply_patch", ToolKind::Builtin, None),
            ("multi_agent_v1spawn_agent", None, None, "spawn_agent", ToolKind::MultiAgent, None),
            ("spawn_agent", None, None, "spawn_agent", ToolKind::MultiAgent, None),
            ("draw", Some("studio"), None, "draw", ToolKind::Unknown, None),
        ] {
            let tool = names.resolve(&dialect.tools, spelling, namespace, server);
            assert_eq!((tool.name.as_str(), tool.kind, tool.server.as_deref()), (name, kind, expected), "{spelling}");
        }
    }
}
