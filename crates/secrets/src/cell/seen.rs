//! Short texts that were looked at before, and what was found in them: names of models and tools, counts that are written as text, addresses come
//! again and again, and nearly all of an archive's records is made of them. Border: memory of a fixed size, whatever comes; a text that is not known any
//! more is looked at again.

use std::hash::BuildHasher;

use rustc_hash::FxBuildHasher;

use super::Spot;

/// Texts remembered: each has one place, and the last one that came to a place has it.
const PLACES: usize = 1 << 12;

/// What a text is, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// A column of text.
    Text(&'static str),
    /// A key with its value, as they stand in the JSON of a column.
    Member(&'static str),
}

#[derive(Debug, Clone)]
struct Place {
    of: Of,
    text: String,
    spots: Vec<Spot>,
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Seen(Vec<Option<Place>>);

impl Seen {
    fn place(&mut self, of: Of, text: &str) -> &mut Option<Place> {
        if self.0.is_empty() {
            self.0.resize(PLACES, None);
        }
        let (Of::Text(column) | Of::Member(column)) = of;
        let hash = FxBuildHasher.hash_one(text).wrapping_add(column.len() as u64);
        &mut self.0[hash as usize % PLACES]
    }

    /// What was found in it, where it is remembered.
    pub fn get(&mut self, of: Of, text: &str) -> Option<&[Spot]> {
        self.place(of, text).as_ref().filter(|known| known.of == of && known.text == text).map(|known| known.spots.as_slice())
    }

    /// Remembers it.
    pub fn keep(&mut self, of: Of, text: &str, spots: &[Spot]) {
        match self.place(of, text) {
            Some(known) => {
                known.of = of;
                known.text.clear();
                known.text.push_str(text);
                known.spots.clear();
                known.spots.extend_from_slice(spots);
            }
            empty => *empty = Some(Place { of, text: text.to_owned(), spots: spots.to_vec() }),
        }
    }
}
