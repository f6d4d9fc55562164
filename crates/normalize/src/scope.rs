//! What a build is about: everything, or what new rows can change. Border: which conversations, spans and days; what is made of them is the
//! other modules' business.

mod closure;
mod processes;
mod window;

use crate::survey::key::{self, Key};
pub use window::{States, Window, predecessors};

/// What a build is about.
#[derive(Debug)]
pub enum Scope {
    /// All of the lake.
    All,
    /// What a window shows.
    Window(Box<Window>),
}

impl Scope {
    /// Whether what has that key may have changed, and is made anew.
    pub fn touches(&self, key: Key) -> bool {
        match self {
            Scope::All => true,
            Scope::Window(window) => window.touched.contains(&key),
        }
    }

    /// The same of a conversation.
    pub fn touches_conversation(&self, id: &str) -> bool {
        self.touches(key::conversation(id))
    }

    /// Whether all records of what has that key are gathered, be it only because something else depends on it.
    pub fn wants(&self, key: Key) -> bool {
        match self {
            Scope::All => true,
            Scope::Window(window) => window.wanted.contains(&key),
        }
    }

    /// Whether rows of that day may change.
    pub fn has_day(&self, day: i32) -> bool {
        match self {
            Scope::All => true,
            Scope::Window(window) => window.rows.contains(&day),
        }
    }
}
