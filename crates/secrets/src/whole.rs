//! Fields that are redacted whole, by their names: what the user asked, what a tool was given, what it gave. Border: names; which agent uses
//! which is the caller's data.

use rustc_hash::FxHashMap;

/// What of a record is replaced whole.
#[derive(Debug, Clone, Default)]
pub struct Whole(FxHashMap<String, &'static str>);

/// A name as systems spell it that allow no dots: names that differ in nothing else are one.
pub fn spelled(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

impl Whole {
    /// Adds names, with the word for what they hold.
    pub fn add<'n>(&mut self, word: &'static str, names: impl IntoIterator<Item = &'n str>) {
        for name in names {
            self.0.insert(spelled(name), word);
        }
    }

    /// Whether there are names for that word.
    pub fn has(&self, word: &str) -> bool {
        self.0.values().any(|w| *w == word)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The word for what the field of that name holds, if it is to be replaced.
    pub fn get(&self, name: &str) -> Option<&'static str> {
        self.0.get(spelled(name).as_str()).copied()
    }
}
