//! What was asked for, and what is refused whatever the lake has: what would stand in every text, and what stands for more than one. Border: words
//! in, reasons out; whether the lake has it is said in `unknown`.

use crate::Error;

/// Shorter ids of conversations are common in texts that have nothing to do with them.
const SHORTEST: usize = 4;
/// How the markers begin that stand in the place of what was redacted or forgotten.
const MARKS: [&str; 3] = ["[personal:", "[secret:", tracemill_forgotten::MASK];

/// What was asked for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Conversations, by their ids.
    pub conversations: Vec<String>,
    /// Users.
    pub users: Vec<String>,
    /// The day before which nothing is kept, `YYYY-MM-DD`, and its beginning in nanoseconds since the epoch.
    pub before: Option<(String, i64)>,
    /// Conversations and users that the lake does not have are meant all the same: they may be delivered yet.
    pub even_if_unknown: bool,
}

impl Asked {
    /// Refuses what cannot be the id of one conversation or one user.
    ///
    /// # Errors
    /// One that is empty, very short or a marker.
    pub fn check(&self) -> Result<(), Error> {
        for id in &self.conversations {
            if id.trim().chars().count() < SHORTEST {
                return Err(refused(format!(
                    "--conversation {id:?}: too short: it would be taken for the id wherever it stands as a word; give the whole id"
                )));
            }
        }
        for user in &self.users {
            let is_address = user.contains('@');
            if user.trim().is_empty() || (is_address && user.split('@').any(|side| side.trim().is_empty())) {
                return Err(refused(format!("--user {user:?}: not the name of a user; give the whole name or address")));
            }
        }
        for (option, id) in self.conversations.iter().map(|c| ("--conversation", c)).chain(self.users.iter().map(|u| ("--user", u))) {
            if is_marker(id) {
                return Err(refused(format!(
                    "{option} {id}: this stands for everything that was redacted so, not for one; give the ids of the conversations"
                )));
            }
        }
        Ok(())
    }
}

/// Whether this stands in the place of what was redacted or forgotten.
pub fn is_marker(text: &str) -> bool {
    MARKS.iter().any(|mark| text.contains(mark))
}

/// A refusal.
pub fn refused(reason: String) -> Error {
    Error::Refused(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_stand_everywhere_is_refused() {
        let conversation = |id: &str| Asked { conversations: vec![id.to_owned()], ..Asked::default() }.check().is_ok();
        let user = |name: &str| Asked { users: vec![name.to_owned()], even_if_unknown: true, ..Asked::default() }.check().is_ok();
        assert!(["sess-1", "019ac0de"].into_iter().all(conversation));
        assert!(["", "  ", "e", "ID", "a  ", "[forgotten]", "[forgotten]-d767"].into_iter().all(|id| !conversation(id)));
        assert!(["bob", "ann@example.com", "李"].into_iter().all(user));
        assert!(["", " ", "@", "ann@", "@example.com", "[personal:account-id]", "[secret:x]"].into_iter().all(|name| !user(name)));
    }
}
