//! What stands in texts and bytes held against the list. Border: a text in, the same with what was forgotten masked out; bytes in, whether they hold any
//! of it. Rows are for `rows`.

use std::collections::{BTreeSet, HashSet};
use std::io::{self, Read};
use std::ops::Range;

use crate::hex::{self, Candidate};
use crate::list::{Forgotten, What, is_distinct};
use crate::names::{Names, spell};
use crate::text::{is_one_word, replaced, standing, whole_words};

/// Bytes looked at in one piece, and of each piece those that are looked at again with the next: more than the longest id, twice.
const PIECE: usize = 1 << 20;
const OVERLAP: usize = 1 << 11;

/// Judges rows, texts and bytes by a list.
#[derive(Debug, Clone)]
pub struct Judge {
    pub(crate) list: Forgotten,
    pub(crate) names: Names,
    pub(crate) conversation: BTreeSet<String>,
    pub(crate) user: BTreeSet<String>,
    /// Ids of several words, which are known in plain while they are being forgotten.
    plain: Vec<String>,
    /// Spans, which are known in plain while they are being forgotten.
    spans: HashSet<String>,
}

impl Judge {
    /// By this list and these names.
    pub fn new(list: Forgotten, names: &Names) -> Judge {
        let spelled = |names: &[String]| names.iter().map(|n| spell(n)).collect();
        let (conversation, user) = (spelled(&names.conversation), spelled(&names.user));
        Judge { list, names: names.clone(), conversation, user, plain: Vec::new(), spans: HashSet::new() }
    }

    /// Looks for these ids in texts, too, where they are of several words: in plain they can be searched for. Users that are common words are left out.
    pub fn in_plain<'a>(self, conversations: impl IntoIterator<Item = &'a str>, users: impl IntoIterator<Item = &'a str>) -> Judge {
        let ids = conversations.into_iter().chain(users.into_iter().filter(|u| is_distinct(u.as_bytes())));
        let plain = ids.filter(|id| !id.is_empty() && !is_one_word(id.as_bytes())).map(str::to_owned).collect();
        Judge { plain, ..self }
    }

    /// Looks for these spans wherever they stand, too, and not only beside their trace.
    pub fn with_spans(self, spans: impl IntoIterator<Item = String>) -> Judge {
        Judge { spans: spans.into_iter().collect(), ..self }
    }

    /// The list.
    pub fn list(&self) -> &Forgotten {
        &self.list
    }

    /// The text with the ids masked; `None` where there are none.
    pub fn masked(&self, text: &str) -> Option<String> {
        let places = self.places(text.as_bytes());
        (!places.is_empty()).then(|| replaced(text, &places))
    }

    /// The name of a file, with its folders, with the ids masked; `None` where there are none.
    pub fn masked_name(&self, name: &str) -> Option<String> {
        let places = self.with_others(name.as_bytes(), self.list.places_in_name(name.as_bytes()));
        (!places.is_empty()).then(|| replaced(name, &places))
    }

    /// Where ids stand, in their order.
    fn places(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        self.with_others(bytes, Vec::new())
    }

    /// These places, and those that are found in any text, in their order.
    fn with_others(&self, bytes: &[u8], mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
        places.extend(self.list.places(bytes));
        if self.list.has_traces() {
            places.extend(hex::in_text(bytes).into_iter().filter(|c| self.knows(c)).map(|c| c.place));
        }
        for id in &self.plain {
            places.extend(standing(bytes, id.as_bytes()));
        }
        if places.len() > 1 {
            // of several words of which one is an id the whole is masked
            places.sort_by_key(|p| (p.start, std::cmp::Reverse(p.end)));
            places.dedup_by(|next, before| {
                let overlaps = next.start < before.end;
                before.end = if overlaps { before.end.max(next.end) } else { before.end };
                overlaps
            });
        }
        places
    }

    fn knows(&self, candidate: &Candidate) -> bool {
        if candidate.is_trace() { self.list.knows(What::Trace, candidate.id.as_bytes()) } else { self.spans.contains(&candidate.id) }
    }

    /// Whether bytes hold ids, in whatever format they are.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn holds(&self, mut bytes: impl Read) -> io::Result<bool> {
        let (mut piece, mut is_first) = (Vec::new(), true);
        loop {
            let room = PIECE - piece.len();
            let read = bytes.by_ref().take(room as u64).read_to_end(&mut piece)?;
            let words = whole_words(&piece, is_first, read < room, OVERLAP / 2);
            if !self.places(&piece[words]).is_empty() || self.list.has_prefixed(&piece) || self.holds_traces(&piece) {
                return Ok(true);
            }
            if read < room {
                return Ok(false);
            }
            let _ = piece.drain(..piece.len() - OVERLAP);
            is_first = false;
        }
    }

    /// Whether bytes hold the ids of a trace or span as they are, or a span that was forgotten out of a trace that they name, too.
    fn holds_traces(&self, bytes: &[u8]) -> bool {
        if !self.list.has_traces() {
            return false;
        }
        let (mut shared, mut spans) = (BTreeSet::new(), BTreeSet::new());
        for candidate in hex::in_text(bytes).into_iter().chain(hex::raw(bytes)) {
            if self.knows(&candidate) {
                return true;
            }
            if !candidate.is_trace() {
                let _ = spans.insert(candidate.id);
            } else if self.list.knows(What::Shared, candidate.id.as_bytes()) {
                let _ = shared.insert(candidate.id);
            }
        }
        shared.iter().any(|trace| spans.iter().any(|span| self.list.knows(What::Span, format!("{trace}{span}").as_bytes())))
    }
}
