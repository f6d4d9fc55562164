//! What can go wrong with a question in one of the languages. Border: where in the question, and why; exit codes are the program's.

use std::fmt;

use thiserror::Error;
use tracemill_model::LakeError;
use tracemill_model::read::ReadError;

/// A place in the question's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Position {
    /// The place of a byte offset; one beyond the text is its end.
    pub fn of(text: &str, offset: usize) -> Position {
        let mut end = offset.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &text[..end];
        let line_start = before.rfind('\n').map_or(0, |n| n + 1);
        Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is none of the language.
    #[error("{language}: {position}: {reason}")]
    Syntax {
        /// `logql`, `promql` or `traceql`.
        language: &'static str,
        /// Where.
        position: Position,
        /// What was met, and what was expected.
        reason: String,
    },
    /// The language has it, but it is not evaluated here.
    #[error("{language}: {position}: {what} is not evaluated here; {instead}")]
    Unsupported {
        /// The language.
        language: &'static str,
        /// Where.
        position: Position,
        /// What.
        what: String,
        /// The nearest that is: an imperative sentence.
        instead: String,
    },
    /// The question is well formed but has no answer over these data: a many-to-many match, text where a number must be.
    #[error("{language}: {reason}")]
    Evaluation {
        /// The language.
        language: &'static str,
        /// Why.
        reason: String,
    },
    /// The time range is none.
    #[error("{0}")]
    Window(String),
    /// The lake cannot be read.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// A part cannot be read.
    #[error(transparent)]
    Part(#[from] ReadError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_counted_in_characters() {
        assert_eq!(Position::of("{ä=\"x\"\n| b", 3).to_string(), "line 1, column 3");
        assert_eq!(Position::of("{ä=\"x\"\n| b", 9).to_string(), "line 2, column 2");
        assert_eq!(Position::of("ab", 99), Position { line: 1, column: 3 });
    }
}
