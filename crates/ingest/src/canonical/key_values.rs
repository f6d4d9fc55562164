//! Lists of key-value pairs on their way to one JSON object with sorted keys.

use std::ops::Range;

use super::string;

/// A list of key-value pairs on its way to one JSON object. Reused from record to record; nested lists share it as a stack.
#[derive(Debug, Default)]
pub struct KeyValues {
    keys: String,
    values: String,
    entries: Vec<(Range<usize>, Range<usize>)>,
}

/// Where a list begins on the stack of [`KeyValues`].
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    keys: usize,
    values: usize,
    entries: usize,
}

impl KeyValues {
    /// Forgets everything: for a new record, or after one that failed half-way.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.values.clear();
        self.entries.clear();
    }

    /// Begins a list.
    pub fn begin(&self) -> Mark {
        Mark { keys: self.keys.len(), values: self.values.len(), entries: self.entries.len() }
    }

    /// The buffer to which the next value's text is appended.
    pub fn value(&mut self) -> &mut String {
        &mut self.values
    }

    /// Length of the buffer of values, to be taken before a value is written.
    pub fn position(&self) -> usize {
        self.values.len()
    }

    /// Bytes of keys and values on the stack.
    pub fn size(&self) -> usize {
        self.keys.len() + self.values.len()
    }

    /// Counts in a pair whose value was written from `start` on.
    pub fn pair(&mut self, key: &str, start: usize) {
        let from = self.keys.len();
        self.keys.push_str(key);
        self.entries.push((from..self.keys.len(), start..self.values.len()));
    }

    /// The text of the last value of a key in the list begun at `mark`.
    pub fn get(&self, mark: Mark, key: &str) -> Option<&str> {
        let found = self.entries[mark.entries..].iter().rev().find(|(k, _)| &self.keys[k.clone()] == key)?;
        Some(&self.values[found.1.clone()])
    }

    /// Whether the list begun at `mark` holds nothing.
    pub fn is_empty(&self, mark: Mark) -> bool {
        self.entries.len() == mark.entries
    }

    /// Ends the list begun at `mark`: appends its object to `out` and takes it off the stack.
    pub fn finish(&mut self, mark: Mark, out: &mut String) {
        self.write(mark, out);
        self.keys.truncate(mark.keys);
        self.values.truncate(mark.values);
        self.entries.truncate(mark.entries);
    }

    /// Ends a nested list: its object becomes the text of a value of the list below.
    pub fn finish_nested(&mut self, mark: Mark) {
        let mut object = String::new();
        self.write(mark, &mut object);
        self.keys.truncate(mark.keys);
        self.values.truncate(mark.values);
        self.entries.truncate(mark.entries);
        self.values.push_str(&object);
    }

    fn write(&mut self, mark: Mark, out: &mut String) {
        let KeyValues { keys, values, entries } = self;
        let list = &mut entries[mark.entries..];
        if !list.is_sorted_by(|a, b| keys[a.0.clone()] < keys[b.0.clone()]) {
            // stable: values of a repeated key stay in their order
            list.sort_by(|a, b| keys[a.0.clone()].cmp(&keys[b.0.clone()]));
        }
        out.push('{');
        let mut at = 0;
        while at < list.len() {
            let key = &keys[list[at].0.clone()];
            let repeats = list[at..].iter().take_while(|e| &keys[e.0.clone()] == key).count();
            if at > 0 {
                out.push(',');
            }
            string(out, key);
            out.push(':');
            if repeats == 1 {
                out.push_str(&values[list[at].1.clone()]);
            } else {
                out.push('[');
                for (n, entry) in list[at..at + repeats].iter().enumerate() {
                    if n > 0 {
                        out.push(',');
                    }
                    out.push_str(&values[entry.1.clone()]);
                }
                out.push(']');
            }
            at += repeats;
        }
        out.push('}');
    }
}
