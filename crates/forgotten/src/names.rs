//! Names of attributes that say whose a record is. Border: what an attribute is called; a caller says which, nothing here knows an agent.

use crate::members::{Body, body, texts_of};

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
    let is_named = |name: &str| names.iter().any(|n| n == name || spell(n) == name);
    texts_of(attributes, &is_named).into_iter().map(|(_, text)| text).collect()
}

/// The ids of what a body is, as an agent writes down its own objects: `{"id":"…",…}`, also as a text, and in a list.
pub fn itself_in(text: &str) -> Vec<String> {
    if !text.contains("id") {
        return Vec::new();
    }
    match body(text) {
        Some(Body::List(all)) => all.into_iter().filter_map(of_value).collect(),
        Some(Body::Text(text)) if text.starts_with('[') => itself_in(&text),
        Some(one) => of_value(one).into_iter().collect(),
        None => Vec::new(),
    }
}

fn of_value(value: Body) -> Option<String> {
    match value {
        Body::Object(id) => id,
        // such texts need not be JSON: what a language calls undefined is none
        Body::Text(text) => Some(text.strip_prefix("{\"id\":\"")?.split_once('"')?.0.to_owned()),
        Body::List(_) | Body::Other => None,
    }
}

/// A name as systems write it that know letters, digits and `_` alone.
pub fn spell(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_may_be_the_conversation_itself() {
        for (body, expected) in [
            (r#"["created",{"id":"s1","slug":"x"}]"#, &["s1"][..]),
            (r#"["created","{\"id\":\"s1\",\"parentID\":undefined}"]"#, &["s1"]),
            (r#""[\"created\",\"{\\\"id\\\":\\\"s1\\\",\\\"parentID\\\":undefined}\"]""#, &["s1"]),
            (r#"{"id":"s1"}"#, &["s1"]),
            (r#""{\"id\":\"s1\"}""#, &["s1"]),
            (r#""see id s1""#, &[]),
            (r#"{"other":{"id":"s1"}}"#, &[]),
            ("[torn id", &[]),
        ] {
            assert_eq!(itself_in(body), expected, "{body}");
        }
    }
}
