//! A tool's bare name, its kind and its MCP server, from the spellings of all signals and versions. Border: names only.
//!
//! Codex: `mcp__demo__echo` (until 0.130), `echo` in namespace `mcp__demo` (0.169 logs) and `mcp__demoecho` (0.169 spans and
//! metrics, namespace and name without a separator) are one tool. The last can only be split by names that other records show.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::dialect::{Tools, starts_with_any};

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

/// The tools that records with separate namespace and name have shown.
#[derive(Debug, Default)]
pub struct ToolNames {
    joined: FxHashMap<String, (Arc<str>, Arc<str>)>,
}

impl ToolNames {
    /// Notes a tool that came with its namespace apart.
    pub fn learn(&mut self, tools: &Tools, namespace: &Arc<str>, name: &Arc<str>) {
        if !tools.builtin_namespaces.iter().any(|n| **n == **namespace) {
            let joined = format!("{namespace}{name}");
            // Two splits of one spelling: the shorter namespace stands, so that the order of records does not matter.
            let known = self.joined.entry(joined).or_insert_with(|| (Arc::clone(namespace), Arc::clone(name)));
            if namespace < &known.0 {
                *known = (Arc::clone(namespace), Arc::clone(name));
            }
        }
    }

    /// Notes a server's tool under the spelling without a separator.
    pub fn learn_server(&mut self, tools: &Tools, server: &str, name: &str) {
        let namespace: Arc<str> = format!("{}{server}", tools.mcp_prefix).into();
        self.learn(tools, &namespace, &Arc::from(name));
    }

    /// The tool of that spelling; namespace and server where the record has them.
    pub fn resolve(&self, tools: &Tools, spelling: &str, namespace: Option<&str>, server: Option<&str>) -> Tool {
        if let Some((namespace, name)) = namespace.is_none().then(|| self.joined.get(spelling)).flatten() {
            return self.resolve(tools, name, Some(namespace), server);
        }
        let mcp = |server: Option<&str>, name: &str| Tool {
            name: name.to_owned(),
            kind: ToolKind::Mcp,
            server: server.filter(|s| !s.is_empty()).map(str::to_owned),
        };
        let own = |kind| Tool { name: spelling.to_owned(), kind, server: None };
        match namespace {
            Some(ns) if ns.starts_with(tools.mcp_prefix.as_str()) => mcp(server.or(Some(&ns[tools.mcp_prefix.len()..])), spelling),
            Some(ns) if starts_with_any(ns, &tools.multi_agent_namespaces) => own(ToolKind::MultiAgent),
            Some(ns) if !tools.builtin_namespaces.iter().any(|b| b == ns) => own(ToolKind::Unknown),
            _ => match spelling.strip_prefix(tools.mcp_prefix.as_str()) {
                Some(rest) => {
                    let known = server.and_then(|s| Some((s, rest.strip_prefix(s)?)));
                    match known.or_else(|| rest.split_once(tools.separator.as_str())) {
                        Some((server, name)) => mcp(Some(server), name.strip_prefix(tools.separator.as_str()).unwrap_or(name)),
                        None => mcp(server, spelling),
                    }
                }
                None if server.is_some() => mcp(server, spelling),
                None if tools.multi_agent_tools.iter().any(|t| t == spelling) => own(ToolKind::MultiAgent),
                None => own(ToolKind::Builtin),
            },
        }
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
