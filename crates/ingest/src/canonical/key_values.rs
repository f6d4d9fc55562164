//! Lists of key-value pairs on their way to one JSON object with sorted keys.

use std::ops::Range;

use super::shapes::{Place, Shape, Shapes};

/// A list of key-value pairs on its way to one JSON object. Reused from record to record; nested lists share it as a stack.
#[derive(Debug)]
pub struct KeyValues {
    shapes: Shapes,
    /// Keys that have no place among the shapes.
    keys: String,
    values: String,
    entries: Vec<Entry>,
    /// The keys so far of the list that is open.
    place: Place,
}

#[derive(Debug)]
struct Entry {
    place: Place,
    key: Range<usize>,
    value: Range<usize>,
}

/// Where a list begins on the stack of [`KeyValues`].
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    keys: usize,
    values: usize,
    entries: usize,
    /// The keys so far of the list below.
    place: Place,
}

impl Default for KeyValues {
    fn default() -> Self {
        KeyValues { shapes: Shapes::default(), keys: String::new(), values: String::new(), entries: Vec::new(), place: Place::START }
    }
}

impl KeyValues {
    /// Forgets everything: for a new record, or after one that failed half-way.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
        self.entries.clear();
        self.place = Place::START;
        self.shapes.make_room();
    }

    /// Begins a list.
    pub fn begin(&mut self) -> Mark {
        let mark = Mark { keys: self.keys.len(), values: self.values.len(), entries: self.entries.len(), place: self.place };
        self.place = Place::START;
        mark
    }

    /// The buffer to which the next value's text is appended.
    pub fn value(&mut self) -> &mut String {
        &mut self.values
    }

    /// Length of the buffer of values, to be taken before a value is written.
    pub fn position(&self) -> usize {
        self.values.len()
    }

    /// Bytes of memory that keys and values have.
    pub fn capacity(&self) -> usize {
        self.keys.capacity() + self.values.capacity() + self.entries.capacity() * size_of::<Entry>()
    }

    /// Bytes of keys and values on the stack.
    pub fn size(&self) -> usize {
        self.keys.len() + self.values.len()
    }

    /// Counts in a pair whose value was written from `start` on.
    pub fn pair(&mut self, key: &str, start: usize) {
        let from = self.keys.len();
        self.place = self.shapes.next(self.place, key);
        if self.place == Place::NONE {
            self.keys.push_str(key);
        }
        self.entries.push(Entry { place: self.place, key: from..self.keys.len(), value: start..self.values.len() });
    }

    /// Which of the keys that followed this list's before stands at the beginning of `text`, with the usual text around it; and the length of both.
    pub fn known_next(&self, text: &[u8]) -> Option<(Place, usize)> {
        self.shapes.next_in(self.place, text)
    }

    /// The place of this list with that key more, if it followed before.
    pub fn known_key(&self, key: &[u8]) -> Option<Place> {
        self.shapes.known(self.place, key)
    }

    /// Counts in a pair whose key is the last of the place, and whose value was written from `start` on.
    pub fn pair_at(&mut self, place: Place, start: usize) {
        self.place = place;
        let key = self.keys.len()..self.keys.len();
        self.entries.push(Entry { place, key, value: start..self.values.len() });
    }

    fn key(&self, entry: &Entry) -> &str {
        if entry.place == Place::NONE { &self.keys[entry.key.clone()] } else { self.shapes.key(entry.place) }
    }

    /// The text of the last value of a key in the list begun at `mark`.
    pub fn get(&self, mark: Mark, key: &str) -> Option<&str> {
        let found = self.entries[mark.entries..].iter().rev().find(|e| self.key(e) == key)?;
        Some(&self.values[found.value.clone()])
    }

    /// Whether the list begun at `mark` holds nothing.
    pub fn is_empty(&self, mark: Mark) -> bool {
        self.entries.len() == mark.entries
    }

    /// Ends the list begun at `mark`: appends its object to `out` and takes it off the stack.
    pub fn finish(&mut self, mark: Mark, out: &mut String) {
        self.write(mark, out);
        self.end(mark);
    }

    /// Ends a nested list: its object becomes the text of a value of the list below.
    pub fn finish_nested(&mut self, mark: Mark) {
        let mut object = String::new();
        self.write(mark, &mut object);
        self.end(mark);
        self.values.push_str(&object);
    }

    fn end(&mut self, mark: Mark) {
        self.keys.truncate(mark.keys);
        self.values.truncate(mark.values);
        self.entries.truncate(mark.entries);
        self.place = mark.place;
    }

    fn write(&mut self, mark: Mark, out: &mut String) {
        if self.place == Place::NONE {
            let list = &self.entries[mark.entries..];
            let keys: Vec<&str> = list.iter().map(|e| self.key(e)).collect();
            return fill(&Shape::of(&keys), list, &self.values, out);
        }
        let KeyValues { shapes, values, entries, place, .. } = self;
        let list = &entries[mark.entries..];
        fill(shapes.shape(*place, list.iter().map(|e| e.place)), list, values, out);
    }
}

/// Writes the object with its values.
fn fill(shape: &Shape, list: &[Entry], values: &str, out: &mut String) {
    let (texts, last) = shape.between.split_at(shape.order.len());
    for (text, n) in texts.iter().zip(&shape.order) {
        out.push_str(text);
        out.push_str(&values[list[*n as usize].value.clone()]);
    }
    last.iter().for_each(|text| out.push_str(text));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object of these pairs, as a record's attributes are made.
    fn object(list: &mut KeyValues, pairs: &[(&str, &str)]) -> String {
        list.clear();
        let mark = list.begin();
        for (key, value) in pairs {
            let start = list.position();
            list.value().push_str(value);
            list.pair(key, start);
        }
        let mut out = String::new();
        list.finish(mark, &mut out);
        out
    }

    #[test]
    fn lists_with_a_place_among_the_shapes_and_without_one_look_alike() {
        let mut shaped = KeyValues::default();
        // no shape has as many keys as a full tree has nodes, so that the longer ones have no place
        let names: Vec<String> = (0..5000).map(|n| format!("k{}", n * 7919 % 4001)).collect();
        for length in [0, 1, 2, 3, 17, 18, 4095, 4096, 4097, 5000] {
            let pairs: Vec<(&str, &str)> = names[..length].iter().map(|n| (n.as_str(), "1")).collect();
            let mut expected: std::collections::BTreeMap<&str, Vec<serde_json::Value>> = std::collections::BTreeMap::new();
            pairs.iter().for_each(|(k, _)| expected.entry(k).or_default().push(1.into()));
            let single = |v: Vec<serde_json::Value>| if v.len() == 1 { v[0].clone() } else { v.into() };
            let expected: std::collections::BTreeMap<_, _> = expected.into_iter().map(|(k, v)| (k, single(v))).collect();
            assert_eq!(object(&mut shaped, &pairs), serde_json::to_string(&expected).unwrap(), "{length}");
            assert_eq!(object(&mut shaped, &pairs), object(&mut KeyValues::default(), &pairs), "{length}");
        }
    }
}
