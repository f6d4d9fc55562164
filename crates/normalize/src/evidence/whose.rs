//! The conversation that a record or span names. Border: fields in, ids out; what only traces and times tell is for `lineage`.
//!
//! A sub-agent that works in the conversation that started it, under an id of its own, is a conversation `<conversation>/<id>`; what an agent
//! does for itself there is one too, `<conversation>/<role>`.

use std::sync::Arc;

use super::Within;
use super::place::Place;
use crate::attributes::Picked;
use crate::dialect::{Dialect, Field, Role, starts_with_any};
use crate::lineage::services;
use crate::pool::Pool;

/// The conversation, and for one within another what it is there. In a dialect of many programs the ids are those of the service, until
/// `lineage` has told which services share a conversation.
pub fn conversation(pool: &mut Pool, dialect: &Dialect, fields: &Picked<'_>, place: &Place) -> Option<(Arc<str>, Option<Within>)> {
    let (id, within) = named(pool, dialect, fields, place)?;
    let service = place.service.as_deref().filter(|_| dialect.agent_is_service);
    let mut own = |id: Arc<str>| service.map_or(Arc::clone(&id), |service| services::of_service(pool, &id, service));
    Some((own(id), within.map(|w| Within { parent: own(w.parent), role: w.role })))
}

/// The same as the record names it.
pub fn named(pool: &mut Pool, dialect: &Dialect, fields: &Picked<'_>, place: &Place) -> Option<(Arc<str>, Option<Within>)> {
    let named = fields.text(Field::ConversationId).map(|id| pool.share(id)).or_else(|| place.conversation.clone())?;
    if let Some(id) = fields.text(Field::SubagentId) {
        let helpers = &dialect.conversations.helper_agents;
        let helper = [Some(id), fields.text(Field::SubagentName)].into_iter().flatten().any(|name| starts_with_any(name, helpers));
        let role = if helper { Role::Helper } else { Role::Subagent };
        return Some((within(pool, &named, id), Some(Within { parent: named, role })));
    }
    if let Some(parent) = fields.text(Field::ParentConversationId).filter(|p| **p != *named) {
        return Some((named, Some(Within { parent: pool.share(parent), role: Role::Subagent })));
    }
    let role = fields.text(Field::Role).and_then(|role| role_of(dialect, role)).filter(|role| *role != Role::Main);
    Some(match role {
        Some(role) => (within(pool, &named, role.word()), Some(Within { parent: named, role })),
        None => (named, None),
    })
}

/// The id of a conversation within another.
pub fn within(pool: &mut Pool, conversation: &str, id: &str) -> Arc<str> {
    pool.share(&format!("{conversation}/{id}"))
}

/// What the agent's word for a request's purpose means; the longest beginning that the dialect lists decides.
fn role_of(dialect: &Dialect, word: &str) -> Option<Role> {
    let listed = dialect.conversations.roles.iter().filter(|(start, _)| word.starts_with(start.as_str()));
    listed.max_by_key(|(start, _)| start.len()).map(|(_, role)| *role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::Reader;

    #[test]
    fn work_for_another_conversation_is_told_apart() {
        for (agent, json, expected, role) in [
            ("claude-code", r#"{"session.id":"s","query_source":"sdk"}"#, "s", None),
            ("claude-code", r#"{"session.id":"s","query_source":"agent:builtin:x","agent_id":"a1"}"#, "s/a1", Some(Role::Subagent)),
            ("claude-code", r#"{"session.id":"s","query_source":"compact"}"#, "s/compaction", Some(Role::Compaction)),
            ("qwen", r#"{"session.id":"s","subagent_name":"managed-auto-memory-extractor"}"#, "s/managed-auto-memory-extractor", Some(Role::Helper)),
            ("qwen", r#"{"session.id":"s","subagent_name":"Explore"}"#, "s/Explore", Some(Role::Subagent)),
            ("gemini", r#"{"session.id":"s","role":"main"}"#, "s", None),
        ] {
            let dialect = Dialect::embedded(agent).unwrap();
            let reader = Reader::new(&dialect);
            let (id, within) = conversation(&mut Pool::default(), &dialect, &reader.read(json).unwrap(), &Place::default()).unwrap();
            assert_eq!((&*id, within.as_ref().map(|w| (&*w.parent, w.role))), (expected, role.map(|r| ("s", r))), "{json}");
        }
    }
}
