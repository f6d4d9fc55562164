//! Names of MCP servers and tools that an agent exports as their SHA-256 (FIPS 180-4) in hex. A hash cannot be undone, but that of a name that
//! is known can be computed: what any record of the lake shows in plain is found again. Border: hex in, a plain name out.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

/// Hex digits of a hash.
const DIGITS: usize = 64;

/// Names that records of any agent show in plain.
#[derive(Debug, Default, PartialEq)]
pub struct PlainNames {
    by_hash: FxHashMap<String, Arc<str>>,
    servers: Vec<Arc<str>>,
}

impl PlainNames {
    /// Of those servers and tools.
    pub fn of(servers: BTreeSet<Arc<str>>, tools: &BTreeSet<Arc<str>>) -> PlainNames {
        PlainNames {
            by_hash: servers.iter().chain(tools).map(|name| (hash(name), Arc::clone(name))).collect(),
            servers: servers.into_iter().collect(),
        }
    }

    /// The plain name of a hash, if it is that of a known name.
    pub fn plain(&self, hash: &str) -> Option<&Arc<str>> {
        self.by_hash.get(hash)
    }

    /// Server and tool of a name that begins with a known server's: of several the longest.
    pub fn split<'s>(&self, spelling: &'s str, separator: &str) -> Option<(&'s str, &'s str)> {
        let tool_of = |server: &Arc<str>| spelling.strip_prefix(&**server).and_then(|rest| rest.strip_prefix(separator));
        let (server, tool) = self.servers.iter().filter_map(|s| Some((s.len(), tool_of(s)?))).max_by_key(|(len, _)| *len)?;
        Some((&spelling[..server], tool))
    }
}

/// Whether a name can only be a hash.
pub fn is_hash(name: &str) -> bool {
    name.len() == DIGITS && name.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

fn hash(name: &str) -> String {
    Sha256::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> PlainNames {
        let set = |names: &[&str]| names.iter().map(|n| Arc::from(*n)).collect::<BTreeSet<Arc<str>>>();
        PlainNames::of(set(&["desk", "desk_top", "ticketdesk"]), &set(&["lookup_ticket"]))
    }

    #[test]
    fn known_names_are_found_again() {
        // the first digits as a real archive has them
        let (server, tool) = (hash("ticketdesk"), hash("lookup_ticket"));
        assert!(server.starts_with("a736ef63") && tool.starts_with("114a6908") && is_hash(&server));
        assert_eq!(known().plain(&server).map(|n| &**n), Some("ticketdesk"));
        assert_eq!(known().plain(&hash("other")), None);
        assert!(!is_hash("ticketdesk") && !is_hash(&"A".repeat(DIGITS)));
    }

    #[test]
    fn the_longest_known_server_splits_a_name() {
        assert_eq!(known().split("desk_top_clean", "_"), Some(("desk_top", "clean")));
        assert_eq!(known().split("desk_clean", "_"), Some(("desk", "clean")));
        assert_eq!(known().split("chair_sit", "_"), None);
    }
}
