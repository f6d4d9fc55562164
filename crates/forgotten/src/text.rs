//! Forgotten ids in texts. Border: where they stand, and texts without them; fingerprints cannot be searched for, so a text is taken apart into what
//! could be an id, and each of these is looked up.

use std::ops::Range;

use crate::list::{Forgotten, What};

/// What stands in the place of an id that was forgotten.
pub const MASK: &str = "[forgotten]";

const UUID: usize = 36;

impl Forgotten {
    /// Where ids of conversations and users stand that were forgotten: UUIDs wherever they are, others where they are a word by themselves.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.lengths().is_empty() || text.len() < *self.lengths().first().unwrap_or(&usize::MAX) {
            return found;
        }
        let bytes = text.as_bytes();
        let uuids = self.lengths().contains(&UUID);
        let mut at = 0;
        while at < bytes.len() {
            if !is_word(bytes[at]) {
                at += 1;
                continue;
            }
            let end = at + bytes[at..].iter().position(|b| !is_word(*b)).unwrap_or(bytes.len() - at);
            self.word(bytes, at..end, uuids, &mut found);
            at = end;
        }
        found
    }

    /// Ids in a stretch of characters that ids are made of.
    fn word(&self, bytes: &[u8], word: Range<usize>, uuids: bool, found: &mut Vec<Range<usize>>) {
        let trimmed = trim(bytes, word.clone());
        if self.lengths().contains(&trimmed.len()) && self.knows_id(&bytes[trimmed.clone()]) {
            found.push(trimmed);
            return;
        }
        let mut at = word.start;
        while uuids && at + UUID <= word.end {
            let place = at..at + UUID;
            if is_uuid(&bytes[place.clone()]) && self.knows_id(&bytes[place.clone()]) {
                found.push(place);
                at += UUID;
            } else {
                at += 1;
            }
        }
    }

    fn knows_id(&self, id: &[u8]) -> bool {
        self.knows(What::Conversation, id) || self.knows(What::User, id)
    }

    /// The text with the ids masked; `None` where there are none.
    pub fn masked(&self, text: &str) -> Option<String> {
        let places = self.places(text);
        (!places.is_empty()).then(|| replaced(text, &places))
    }
}

/// The text with what stands at these places masked.
pub(crate) fn replaced(text: &str, places: &[Range<usize>]) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for place in places {
        out.push_str(&text[at..place.start]);
        out.push_str(MASK);
        at = place.end;
    }
    out.push_str(&text[at..]);
    out
}

/// What ids and addresses are made of.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'@' | b'+') || !byte.is_ascii()
}

/// Without the punctuation of a sentence around it.
fn trim(bytes: &[u8], mut word: Range<usize>) -> Range<usize> {
    let is_point = |b: u8| matches!(b, b'.' | b':' | b'-');
    while word.len() > 1 && is_point(bytes[word.end - 1]) {
        word.end -= 1;
    }
    while word.len() > 1 && is_point(bytes[word.start]) {
        word.start += 1;
    }
    word
}

fn is_uuid(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(n, b)| if matches!(n, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use tracemill_model::Lake;

    use super::*;

    #[test]
    fn ids_are_found_where_they_are_words_and_uuids_anywhere() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path()).unwrap();
        let mut list = Forgotten::empty(&lake).unwrap();
        assert_eq!(list.masked("jane@example.com"), None);
        let uuid = "019ac0de-0000-7000-8000-0000000000ff";
        list.add(What::Conversation, [uuid, "ses_42"]);
        list.add(What::User, ["jane@example.com", "bob"]);
        for (text, expected) in [
            (uuid.to_owned(), Some(MASK.to_owned())),
            (format!("rollout-{uuid}.jsonl"), Some(format!("rollout-{MASK}.jsonl"))),
            (format!("{{\"a\":\"{uuid}\",\"b\":\"é {uuid}\"}}"), Some(format!("{{\"a\":\"{MASK}\",\"b\":\"é {MASK}\"}}"))),
            ("write to jane@example.com.".to_owned(), Some(format!("write to {MASK}."))),
            ("ses_42, ses_421".to_owned(), Some(format!("{MASK}, ses_421"))),
            ("bob and 019ac0de-0000-7000-8000-0000000000fe".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(list.masked(&text), expected, "{text}");
        }
    }
}
