//! Forgotten ids in texts. Border: where they stand, and texts without them; fingerprints cannot be searched for, so a text is taken apart into what
//! could be an id, and each of these is looked up. What has a character of ids right beside it is another id: `sess-1` does not stand in `sess-10`.

use std::ops::Range;

use crate::list::{Forgotten, What};

/// How that begins which stands in the place of an id that was forgotten.
pub const MASK: &str = "[forgotten";

const UUID: usize = 36;

/// As long as that, an id stands for nothing else wherever it stands in a file's name.
const LONG: usize = 16;

impl Forgotten {
    /// Where ids of conversations and users stand that were forgotten: UUIDs wherever they are, others where they are a word by themselves.
    pub fn places(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        if self.lengths().is_empty() || bytes.len() < *self.lengths().first().unwrap_or(&usize::MAX) {
            return found;
        }
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
        for place in [word.clone(), trimmed] {
            if self.lengths().contains(&place.len()) && self.knows_id(&bytes[place.clone()]) {
                found.push(place);
                return;
            }
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

    /// Ids in a name of a file, where they are a part of a word, too: programs write `session-ID_2.jsonl`. What is that long is no part of another id
    /// by chance; where one id begins with another, both are masked as far as they are the same.
    pub fn places_in_name(&self, name: &[u8]) -> Vec<Range<usize>> {
        let lengths: Vec<usize> = self.lengths().iter().copied().filter(|length| *length >= LONG).collect();
        let is_border = |at: usize| at == 0 || at == name.len() || !is_inner(name[at - 1]) || !is_inner(name[at]);
        let mut found: Vec<Range<usize>> = Vec::new();
        let mut at = 0;
        while at < name.len() && !lengths.is_empty() {
            let places = lengths.iter().rev().map(|length| at..at + length).filter(|place| place.end <= name.len() && is_border(place.end));
            let place = is_border(at).then(|| places.into_iter().find(|place| self.knows_id(&name[place.clone()]))).flatten();
            at = place.as_ref().map_or(at + 1, |place| place.end);
            found.extend(place);
        }
        found
    }

    fn knows_id(&self, id: &[u8]) -> bool {
        self.knows(What::Conversation, id) || self.knows(What::User, id)
    }

    /// Whether ids stand in bytes with their length before them, as protobuf (a varint) and Parquet (four bytes) write texts: what is beside them
    /// is the next field and says nothing.
    pub(crate) fn has_prefixed(&self, bytes: &[u8]) -> bool {
        let short = |length: usize| u8::try_from(length).ok().filter(|l| *l < 0x80);
        let prefixes: Vec<u8> = self.lengths().iter().copied().filter_map(short).collect();
        !prefixes.is_empty()
            && bytes.iter().enumerate().filter(|(_, byte)| prefixes.contains(byte)).any(|(at, length)| {
                let starts = [at + 1, if bytes[at + 1..].starts_with(&[0, 0, 0]) { at + 4 } else { at + 1 }];
                let end = |start: usize| start + usize::from(*length);
                starts.into_iter().any(|start| bytes.get(start..end(start)).is_some_and(|id| is_one_word(id) && self.knows_id(id)))
            })
    }
}

/// Whether an id can be found as a word: there is nothing in it that other ids end at.
pub(crate) fn is_one_word(id: &[u8]) -> bool {
    !id.is_empty() && id.iter().all(|b| is_word(*b))
}

/// Where a text stands by itself: with nothing beside it that could be a part of the same id, but the punctuation of a sentence.
pub(crate) fn standing<'a>(bytes: &'a [u8], id: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
    let ends = |beside: Option<&u8>| beside.is_none_or(|b| !is_word(*b));
    let alone = move |place: &Range<usize>| {
        ends(bytes[..place.start].iter().rev().find(|b| !is_point(**b))) && ends(bytes[place.end..].iter().find(|b| !is_point(**b)))
    };
    memchr::memmem::find_iter(bytes, id).map(|at| at..at + id.len()).filter(alone)
}

/// Where the last word of a piece begins, and where the first one ends: what is cut off there is looked at with the piece beside it.
pub(crate) fn whole_words(piece: &[u8], is_first: bool, is_last: bool, within: usize) -> Range<usize> {
    let from = if is_first { None } else { piece.iter().take(within).position(|b| !is_word(*b)) };
    let to = if is_last { None } else { piece.iter().rev().take(within).position(|b| !is_word(*b)) };
    let (from, to) = (from.unwrap_or(0), piece.len() - to.unwrap_or(0));
    from..to.max(from)
}

/// What stands in the place of so many bytes: as many, so that what counts the bytes of a text finds what it found before. Where there are too
/// few for it there are more.
pub(crate) fn mask(bytes: usize) -> String {
    format!("{MASK:.<width$}]", width = bytes.saturating_sub(1))
}

/// The text with what stands at these places masked.
pub(crate) fn replaced(text: &str, places: &[Range<usize>]) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for place in places {
        out.push_str(&text[at..place.start]);
        out.push_str(&mask(place.len()));
        at = place.end;
    }
    out.push_str(&text[at..]);
    out
}

/// What ids and addresses are made of.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'@' | b'+') || !byte.is_ascii()
}

/// What is within a part of a name: between these nothing ends.
fn is_inner(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Without the punctuation of a sentence around it.
fn trim(bytes: &[u8], mut word: Range<usize>) -> Range<usize> {
    while word.len() > 1 && is_point(bytes[word.end - 1]) {
        word.end -= 1;
    }
    while word.len() > 1 && is_point(bytes[word.start]) {
        word.start += 1;
    }
    word
}

fn is_point(byte: u8) -> bool {
    matches!(byte, b'.' | b':' | b'-')
}

fn is_uuid(text: &[u8]) -> bool {
    text.iter().enumerate().all(|(n, b)| if matches!(n, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use tracemill_model::Lake;

    use super::*;

    const UUID_ID: &str = "019ac0de-0000-7000-8000-0000000000ff";

    fn list(conversations: &[&str], users: &[&str]) -> Forgotten {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path()).unwrap();
        let mut list = Forgotten::empty(&lake).unwrap();
        assert!(list.places(b"jane@example.com").is_empty());
        list.add(What::Conversation, conversations);
        list.add(What::User, users);
        list
    }

    #[test]
    fn ids_are_found_where_they_are_words_and_uuids_anywhere() {
        let list = list(&[UUID_ID, "ses_42", "sess-1"], &["jane@example.com", "bob"]);
        let masked = |text: &str| Some(list.places(text.as_bytes())).filter(|p| !p.is_empty()).map(|places| replaced(text, &places));
        let (uuid, of_uuid) = (UUID_ID, "[forgotten.........................]");
        for (text, expected) in [
            (uuid.to_owned(), Some(of_uuid.to_owned())),
            (format!("rollout-{uuid}.jsonl"), Some(format!("rollout-{of_uuid}.jsonl"))),
            (format!("{{\"a\":\"{uuid}\",\"b\":\"é {uuid}\"}}"), Some(format!("{{\"a\":\"{of_uuid}\",\"b\":\"é {of_uuid}\"}}"))),
            ("write to jane@example.com.".to_owned(), Some("write to [forgotten.....].".to_owned())),
            ("ses_42, ses_421".to_owned(), Some("[forgotten], ses_421".to_owned())),
            ("sess-1 sess-10 sess-1-2 my-sess-1".to_owned(), Some("[forgotten] sess-10 sess-1-2 my-sess-1".to_owned())),
            ("jojane@example.com jane@example.com.au".to_owned(), None),
            ("bob and 019ac0de-0000-7000-8000-0000000000fe".to_owned(), None),
            (String::new(), None),
        ] {
            assert_eq!(masked(&text), expected, "{text}");
        }
        assert!((0..40).all(|bytes| mask(bytes).len() == bytes.max(11)));
    }

    #[test]
    fn in_names_of_files_long_ids_are_found_within_words() {
        let list = list(&["ses_6f2a9c01d4e7", "ses_42", UUID_ID], &["jane.doe@example.com"]);
        let masked = |name: &str| Some(list.places_in_name(name.as_bytes())).filter(|p| !p.is_empty()).map(|places| replaced(name, &places));
        let (of_id, of_user) = (mask(16), mask(20));
        for (name, expected) in [
            ("a/rollout-ses_6f2a9c01d4e7.jsonl.gz", Some(format!("a/rollout-{of_id}.jsonl.gz"))),
            ("ses_6f2a9c01d4e7-2.jsonl", Some(format!("{of_id}-2.jsonl"))),
            ("ses_6f2a9c01d4e7_ses_6f2a9c01d4e7", Some(format!("{of_id}_{of_id}"))),
            ("of_jane.doe@example.com.log", Some(format!("of_{of_user}.log"))),
            // another id, and one that is too short to be told from a part of others
            ("ses_6f2a9c01d4e75.jsonl", None),
            ("1ses_6f2a9c01d4e7.jsonl", None),
            ("rollout-ses_42.jsonl", None),
            ("", None),
        ] {
            assert_eq!(masked(name), expected, "{name}");
        }
    }

    #[test]
    fn in_protobuf_and_parquet_an_id_ends_where_its_length_says() {
        let list = list(&["sess-1", UUID_ID], &[]);
        let framed = |prefix: &[u8], id: &str, rest: &[u8]| [b"\x12", prefix, id.as_bytes(), rest].concat();
        assert!(list.has_prefixed(&framed(&[6], "sess-1", b"2\x04next")));
        assert!(list.has_prefixed(&framed(&[6, 0, 0, 0], "sess-1", b"2\x04next")));
        assert!(!list.has_prefixed(&framed(&[7], "sess-10", b"2")) && !list.has_prefixed(&framed(&[6], "sess-2", b"")));
        assert!(!list.has_prefixed(&[6]) && !list.has_prefixed(&[]));
    }

    #[test]
    fn what_stands_by_itself_and_what_is_cut_off() {
        let at = |text: &'static str, id: &'static str| standing(text.as_bytes(), id.as_bytes()).map(|p| p.start).collect::<Vec<_>>();
        assert_eq!(at("a/b a/bc xa/b (a/b). a/b", "a/b"), [0, 15, 21]);
        assert_eq!(whole_words(b"cut off, whole, cut", false, false, 100), 3..16);
        assert_eq!(whole_words(b"all of it", true, true, 100), 0..9);
        assert_eq!(whole_words(b"nothing", false, false, 100), 0..7);
    }
}
