//! Whether the lake has what was asked for. Border: ids and the lake in; a refusal that says what may be meant out. An id that nothing has is most
//! often one that was cut short or mistyped, and the list of what was forgotten keeps it for good.

use std::collections::{BTreeMap, BTreeSet};

use tracemill_forgotten::{Forgotten, Names, What};
use tracemill_model::lake::Snapshot;
use tracemill_model::read::rows;
use tracemill_model::tables::RAW;

use super::asked::{Asked, is_marker, refused};
use super::choose::{Known, damaged};
use crate::Error;

/// So many ids are offered.
const OFFERED: usize = 3;

/// Refuses what the lake does not have, and what is no conversation by itself.
pub fn check(snapshot: &Snapshot, asked: &Asked, names: &Names, known: &BTreeMap<String, Known>, list: Option<&Forgotten>) -> Result<(), Error> {
    let forgotten = |what, id: &str| list.is_some_and(|list| list.knows(what, id.as_bytes()));
    let is_conversation = |id: &str| known.iter().any(|(known, row)| known == id || row.raw == id);
    // an id with a slash may be made of a conversation's and a part's
    let simple = |id: &str| is_conversation(id) && !id.contains(['/', '@']);
    let conversations: BTreeSet<&str> = asked.conversations.iter().map(String::as_str).filter(|id| !simple(id)).collect();
    let users: BTreeSet<&str> =
        asked.users.iter().map(String::as_str).filter(|user| known.values().all(|k| k.user.as_deref() != Some(user))).collect();
    let named = named(snapshot, names, &conversations, &users)?;
    for id in conversations {
        let is_named = named.conversations.contains(id) || known.get(id).is_some_and(|row| named.conversations.contains(&row.raw));
        if is_named || forgotten(What::Conversation, id) {
            continue;
        }
        if is_conversation(id) {
            return Err(refused(part(id, known)));
        }
        if !asked.even_if_unknown {
            return Err(refused(format!("--conversation {id}: no conversation of the lake{}; {LATER}", meant(id, known.keys()))));
        }
    }
    for user in users {
        if !named.users.contains(user) && !forgotten(What::User, user) && !asked.even_if_unknown {
            let known_users: BTreeSet<&String> = known.values().filter_map(|k| k.user.as_ref()).filter(|u| !is_marker(u)).collect();
            let redacted = redacted(known.values());
            let hint = if redacted == 0 {
                String::new()
            } else {
                format!("; the users of {redacted} conversations were redacted and cannot be told from each other: find theirs and give the ids")
            };
            return Err(refused(format!("--user {user}: no user of the lake{}{hint}; {LATER}", meant(user, known_users.iter().copied()))));
        }
    }
    Ok(())
}

const LATER: &str = "where it is meant all the same, because it may be delivered yet, add --even-if-unknown";

/// The number of conversations whose user was redacted.
pub fn redacted<'k>(known: impl Iterator<Item = &'k Known>) -> usize {
    known.filter(|k| k.user.as_deref().is_some_and(is_marker)).count()
}

/// Why a conversation cannot go that no record names by its id.
fn part(id: &str, known: &BTreeMap<String, Known>) -> String {
    let above = id.char_indices().rev().filter(|(_, c)| *c == '/').map(|(at, _)| &id[..at]).next();
    let parent = known.get(id).and_then(|row| row.parent.as_deref()).or(above);
    match parent {
        Some(parent) => format!("--conversation {id}: a part of {parent}, whose records name no other id: forget {parent}, with all that it started"),
        None => format!("--conversation {id}: no record names it: it stands for what a process counted in its metrics; --before takes these"),
    }
}

/// What may have been meant: ids that begin so, else ids that differ in letters' case, else ids in which it stands.
fn meant<'k>(id: &str, known: impl Iterator<Item = &'k String> + Clone) -> String {
    let lower = id.to_lowercase();
    let like = |is: &dyn Fn(&str) -> bool| known.clone().filter(|k| is(&k.to_lowercase())).take(OFFERED + 1).cloned().collect::<Vec<_>>();
    let tests: [&dyn Fn(&str) -> bool; 3] = [&|k| k == lower || k == lower.trim(), &|k| k.starts_with(&lower), &|k| k.contains(&lower)];
    let Some(mut found) = tests.into_iter().map(like).find(|found| !found.is_empty()) else { return String::new() };
    if found.len() > OFFERED {
        found[OFFERED] = "others".to_owned();
    }
    format!("; did you mean {}? The whole of it is needed", found.join(", "))
}

#[derive(Default)]
struct Named {
    conversations: BTreeSet<String>,
    users: BTreeSet<String>,
}

/// Which of these any record names.
fn named(snapshot: &Snapshot, names: &Names, conversations: &BTreeSet<&str>, users: &BTreeSet<&str>) -> Result<Named, Error> {
    let mut named = Named::default();
    if conversations.is_empty() && users.is_empty() {
        return Ok(named);
    }
    // as JSON has them
    let spelled = |ids: &BTreeSet<&str>| ids.iter().map(|id| serde_json::Value::from(*id).to_string()).collect::<Vec<_>>();
    let (spelled_conversations, spelled_users) = (spelled(conversations), spelled(users));
    for part in RAW.iter().flat_map(|table| snapshot.parts(table.name)) {
        for batch in rows(part, &["attributes", "resource"]).map_err(damaged)? {
            let batch = batch.map_err(damaged)?;
            for column in [batch.text(0), batch.text(1)] {
                for text in (0..batch.len()).filter_map(|row| column.get(row)) {
                    if spelled_conversations.iter().any(|id| text.contains(id)) {
                        named.conversations.extend(names.conversations_in(text).into_iter().filter(|id| conversations.contains(id.as_str())));
                    }
                    if spelled_users.iter().any(|user| text.contains(user)) {
                        named.users.extend(names.users_in(text).into_iter().filter(|user| users.contains(user.as_str())));
                    }
                }
            }
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_meant_is_offered() {
        let known = ["ab-1", "ab-2", "ab-3", "ab-4", "xy-AB"].map(str::to_owned);
        let of = |id: &str| meant(id, known.iter());
        assert_eq!(of("ab-"), "; did you mean ab-1, ab-2, ab-3, others? The whole of it is needed");
        assert_eq!(of("AB-1"), "; did you mean ab-1? The whole of it is needed");
        assert_eq!(of("y-a"), "; did you mean xy-AB? The whole of it is needed");
        assert_eq!(of("zz"), "");
    }
}
