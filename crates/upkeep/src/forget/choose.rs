//! What is to be forgotten: from what was asked to ids. Border: reads the semantic tables, which must be up to date, and the raw ones where only they
//! know; nothing is changed.

use std::collections::{BTreeMap, BTreeSet};

use tracemill_forgotten::{Forgotten, Names};
use tracemill_model::lake::Snapshot;
use tracemill_model::read::{ReadError, rows};
use tracemill_model::{Lake, LakeError};

use super::asked::Asked;
use super::{processes, traces, unknown};
use crate::Error;

/// A conversation that is to be forgotten.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conversation {
    /// As the tables have it.
    pub id: String,
    /// Why it is among them: what was asked for, or the conversation that started it.
    pub because: String,
}

/// See the module.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// What was asked for.
    pub asked: Asked,
    /// The conversations that the lake has.
    pub conversations: Vec<Conversation>,
    /// Ids as attributes have them; those that were asked for are among them, whether the lake has them or not.
    pub ids: BTreeSet<String>,
    /// Traces that are theirs alone.
    pub traces: BTreeSet<String>,
    /// Their spans in traces that others have spans in, too.
    pub spans: BTreeSet<(String, String)>,
    /// The ids of all of their spans, less those that spans have that stay: by these they can be searched for.
    pub span_ids: BTreeSet<String>,
    /// Processes that have no other conversations.
    pub processes: BTreeSet<String>,
    /// Processes, and the hours since the epoch in which they made the records: what they count then is told of nobody else.
    pub hours: BTreeSet<(String, i64)>,
    /// The attributes that name conversations and users.
    pub names: Names,
    /// Conversations that stay and whose user was redacted: they may be of one who is to be forgotten.
    pub redacted: usize,
}

/// Chooses.
///
/// # Errors
/// What was asked for is not in the lake, or is too little to go by; or a part cannot be read.
pub fn choose(lake: &Lake, asked: &Asked, names: &Names) -> Result<Chosen, Error> {
    let snapshot = lake.read()?;
    let mut chosen = Chosen { asked: asked.clone(), names: names.clone(), ..Chosen::default() };
    if asked.conversations.is_empty() && asked.users.is_empty() {
        return Ok(chosen);
    }
    asked.check()?;
    let known = known(&snapshot)?;
    unknown::check(&snapshot, asked, names, &known, Forgotten::load(lake, &snapshot)?.as_ref())?;
    let mut because: BTreeMap<&str, String> = BTreeMap::new();
    chosen.ids.extend(asked.conversations.iter().cloned());
    for (id, row) in &known {
        if asked.conversations.contains(id) {
            let _ = because.insert(id, "asked for".to_owned());
        } else if let Some(user) = row.user.as_ref().filter(|u| asked.users.contains(*u)) {
            let _ = because.insert(id, format!("of user {user}"));
        }
    }
    // what they started, and what shares an id with them, until there is nothing more
    loop {
        let before = because.len();
        for (id, row) in &known {
            chosen.ids.extend(because.contains_key(id.as_str()).then(|| row.raw.clone()));
        }
        for (id, row) in known.iter().filter(|(id, _)| !because.contains_key(id.as_str())).collect::<Vec<_>>() {
            if let Some(parent) = row.parent.as_ref().filter(|p| because.contains_key(p.as_str())) {
                let _ = because.insert(id, format!("started by {parent}"));
            } else if chosen.ids.contains(&row.raw) {
                let _ = because.insert(id, format!("of the same id {}", row.raw));
            }
        }
        if because.len() == before {
            break;
        }
    }
    chosen.conversations = because.iter().map(|(id, because)| Conversation { id: (*id).to_owned(), because: because.clone() }).collect();
    let ids: BTreeSet<&str> = because.keys().copied().collect();
    if !asked.users.is_empty() {
        chosen.redacted = unknown::redacted(known.iter().filter(|(id, _)| !ids.contains(id.as_str())).map(|(_, row)| row));
    }
    traces::find(&snapshot, &ids, &mut chosen)?;
    processes::find(&snapshot, &mut chosen)?;
    Ok(chosen)
}

/// A row of `conversations`.
pub struct Known {
    /// The id as attributes have it.
    pub raw: String,
    /// The conversation that started it.
    pub parent: Option<String>,
    /// Whose it is.
    pub user: Option<String>,
}

/// A part that cannot be read.
pub fn damaged(error: ReadError) -> Error {
    Error::Lake(LakeError::Damaged { path: error.path, reason: error.reason })
}

fn known(snapshot: &Snapshot) -> Result<BTreeMap<String, Known>, Error> {
    let mut known = BTreeMap::new();
    for part in snapshot.parts("conversations") {
        for batch in rows(part, &["conversation_id", "parent_conversation_id", "user_id", "agent"]).map_err(damaged)? {
            let batch = batch.map_err(damaged)?;
            let [ids, parents, users, agents] = [0, 1, 2, 3].map(|c| batch.text(c));
            for row in 0..batch.len() {
                let Some(id) = ids.get(row) else { continue };
                // of an id that several agents have, all but one have theirs with the agent behind it
                let raw = agents.get(row).and_then(|agent| id.strip_suffix(agent)?.strip_suffix('@')).unwrap_or(id).to_owned();
                let _ =
                    known.insert(id.to_owned(), Known { raw, parent: parents.get(row).map(str::to_owned), user: users.get(row).map(str::to_owned) });
            }
        }
    }
    Ok(known)
}
