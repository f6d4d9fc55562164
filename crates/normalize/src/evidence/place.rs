//! What the resource of a record tells: program, process and surroundings. Border: read once for each resource; whose record it is, the
//! dialect's claims say.

use std::sync::Arc;

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
