//! What records show of tools' names, as sets: those of several days, or of several parts of one, make one. Border: spellings as they stand;
//! what they mean, the module above tells.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::evidence::ToolRef;

/// A name and the two texts that came with it, where any did.
pub type Called = (Arc<str>, Option<Arc<str>>, Option<Arc<str>>);

/// What records show of tools' names: everything that is learned of them, and asked. Sets, so that those of several days make one.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// Name, namespace and server, as records of calls have them.
    pub calls: BTreeSet<Called>,
    /// Server and name, as spans of calls to servers have them.
    pub clients: BTreeSet<(Arc<str>, Arc<str>)>,
    /// Servers that an agent was given, whether it called them or not.
    pub servers: BTreeSet<Arc<str>>,
    /// Names and namespaces of which nothing is learned, but that rows were made of.
    pub asked: BTreeSet<(Arc<str>, Option<Arc<str>>)>,
}

impl Shown {
    /// Notes what a record of a call has.
    pub fn call(&mut self, tool: &ToolRef) {
        if let Some(name) = &tool.name {
            let seen = (Arc::clone(name), tool.namespace.clone(), tool.server.clone());
            if !self.calls.contains(&seen) {
                self.calls.insert(seen);
            }
        }
    }

    /// Notes what a span of a call to a server has.
    pub fn client(&mut self, tool: &ToolRef) {
        if let Some(name) = &tool.name {
            self.ask(name, tool.namespace.as_ref());
            if let Some(server) = &tool.server {
                self.clients.insert((Arc::clone(server), Arc::clone(name)));
            }
        }
    }

    /// Notes a name that a row was made of.
    pub fn ask(&mut self, name: &Arc<str>, namespace: Option<&Arc<str>>) {
        let asked = (Arc::clone(name), namespace.map(Arc::clone));
        if !self.asked.contains(&asked) {
            self.asked.insert(asked);
        }
    }

    /// Notes servers that an agent was given.
    pub fn given<'s>(&mut self, servers: impl Iterator<Item = &'s str>) {
        self.servers.extend(servers.map(str::trim).filter(|s| !s.is_empty()).map(Arc::from));
    }

    /// Takes over what others show.
    pub fn extend(&mut self, other: &Shown) {
        self.calls.extend(other.calls.iter().cloned());
        self.clients.extend(other.clients.iter().cloned());
        self.servers.extend(other.servers.iter().cloned());
        self.asked.extend(other.asked.iter().cloned());
    }
}
