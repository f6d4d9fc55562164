//! The names of attributes that say whose a record is: its conversation, its user. Border: names, from the dialects and the table of labels, for those
//! who must know a record again without knowing an agent.

use std::collections::BTreeSet;
use std::path::Path;

use tracemill_model::Lake;

use crate::attribution::Attribution;
use crate::{Error, settings};

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identifying {
    /// Names of attributes with the id of a conversation, sorted.
    pub conversation: Vec<String>,
    /// Names of attributes with a user, sorted.
    pub user: Vec<String>,
    /// Names of a resource's attributes with the process, sorted.
    pub process: Vec<String>,
}

/// The names that are in force in a lake, with the dialects of this folder in the place of its own where one is given.
///
/// # Errors
/// A dialect or the map cannot be read.
pub fn identifying(lake: &Lake, dialects: Option<&Path>) -> Result<Identifying, Error> {
    let (mut conversation, mut user, mut process) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for dialect in settings::dialects_in_force(Some(lake), dialects)?.list() {
        let field = |name: &str| dialect.fields.get(name).into_iter().flatten().cloned();
        conversation.extend(field("conversation_id").chain(dialect.metrics.conversation.iter().chain(&dialect.resource.conversation).cloned()));
        user.extend(field("user_email").chain(field("user_account")));
        process.extend(dialect.resource.instance.iter().cloned());
    }
    user.extend(Attribution::load(None, lake)?.user_names().iter().cloned());
    // what names a conversation says which one itself
    let process = process.difference(&conversation).cloned().collect();
    Ok(Identifying { conversation: conversation.into_iter().collect(), user: user.into_iter().collect(), process })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agents_conversation_has_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path()).unwrap();
        let names = identifying(&lake, None).unwrap();
        for dialect in settings::dialects_in_force(None, None).unwrap().list() {
            assert!(dialect.fields["conversation_id"].iter().all(|n| names.conversation.contains(n)), "{}", dialect.agent);
        }
        assert_eq!(names.process.first().map(String::as_str), Some("opencode.run"));
        assert!(names.process.iter().any(|n| n == "service.instance.id"));
        assert!(names.user.iter().any(|n| n == "user.email") && names.user.iter().any(|n| n == "user.account_id"));
    }
}
