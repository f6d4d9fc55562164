//! Names of attributes that say whose a record is. Border: what an attribute is called; a caller says which, nothing here knows an agent.

use serde_json::Value;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// That name a conversation.
    pub conversation: Vec<String>,
    /// That name a user.
    pub user: Vec<String>,
    /// Of a resource, that name a process.
    pub process: Vec<String>,
}

impl Names {
    /// The conversations that attributes, as JSON text, name.
    pub fn conversations_in(&self, attributes: &str) -> Vec<String> {
        values(&self.conversation, attributes)
    }

    /// The users that they name.
    pub fn users_in(&self, attributes: &str) -> Vec<String> {
        values(&self.user, attributes)
    }

    /// The processes that they name.
    pub fn processes_in(&self, attributes: &str) -> Vec<String> {
        values(&self.process, attributes)
    }
}

/// The texts under these names, or as Loki and Prometheus spell them.
fn values(names: &[String], attributes: &str) -> Vec<String> {
    let Ok(Value::Object(map)) = serde_json::from_str(attributes) else { return Vec::new() };
    let is_named = |name: &str| names.iter().any(|n| n == name || spell(n) == name);
    map.iter().filter(|(name, _)| is_named(name)).flat_map(|(_, value)| texts(value).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// A value's texts: of a repeated key there are several.
pub fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let (one, many) = match value {
        Value::Array(values) => (None, values.as_slice()),
        other => (Some(other), &[][..]),
    };
    one.into_iter().chain(many).filter_map(Value::as_str)
}

/// A name as systems write it that know letters, digits and `_` alone.
pub fn spell(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
