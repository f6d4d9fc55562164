//! What the resource of a record tells: program, process and surroundings. Border: read once for each resource; whose record it is, the
//! dialect's claims say.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::attributes::json;
use crate::dialect::Dialect;
use crate::pool::Pool;

/// Program, process and surroundings of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Place {
    /// `service.name`.
    pub service: Option<Arc<str>>,
    /// The agent's version, where `service.version` is that.
    pub version: Option<Arc<str>>,
    /// Deployment environment.
    pub environment: Option<Arc<str>>,
    /// Host.
    pub host: Option<Arc<str>>,
    /// Conversation of all records of the process.
    pub conversation: Option<Arc<str>>,
    /// Process.
    pub instance: Option<Arc<str>>,
}

impl Place {
    /// Reads it; `resource` is the raw tables' JSON.
    pub fn read(dialect: &Dialect, pool: &mut Pool, service: Option<&str>, resource: &str) -> Place {
        let json = json::members(resource);
        let mut find = |keys: &[String]| {
            let text = keys.iter().find_map(|k| json.get(k).and_then(|v| v.as_str()).filter(|t| !t.is_empty()))?;
            Some(pool.share(text))
        };
        let version = if dialect.resource.version { find(&["service.version".to_owned()]) } else { None };
        Place {
            environment: find(&dialect.resource.environment),
            host: find(&dialect.resource.host),
            conversation: find(&dialect.resource.conversation),
            instance: find(&dialect.resource.instance),
            version,
            service: service.map(|s| pool.share(s)),
        }
    }
}

/// Resources remembered at most.
const REMEMBERED: usize = 1024;

/// What resources tell of the conversation, for one dialect, each read once; where its resources name none, nothing. Services are not told apart.
#[derive(Debug, Clone, Default)]
pub struct Places {
    nowhere: Place,
    known: FxHashMap<String, Place>,
}

impl Places {
    /// The place of a record with that resource.
    pub fn of(&mut self, dialect: &Dialect, pool: &mut Pool, resource: &str) -> &Place {
        if dialect.resource.conversation.is_empty() {
            return &self.nowhere;
        }
        if !self.known.contains_key(resource) {
            if self.known.len() == REMEMBERED {
                self.known.clear();
            }
            let _ = self.known.insert(resource.to_owned(), Place::read(dialect, pool, None, resource));
        }
        &self.known[resource]
    }
}
