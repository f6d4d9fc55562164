//! The names of agents and conventions, one file each in `words/`, embedded in the program: what ingest needs to undo the spelling of poorer
//! systems. Border: names only; which name means what is the dialects' business.

use tracemill_model::{Vocabulary, Words};

use crate::Error;

/// The files, agents first.
const FILES: [(&str, &str); 0] = [];

/// The names of all agents and conventions.
///
/// # Errors
/// A file of the program's own that is none.
pub fn vocabulary() -> Result<Vocabulary, Error> {
    let words = FILES
        .iter()
        .map(|(name, text)| toml::from_str::<Words>(text).map_err(|e| Error::Dialect { agent: (*name).to_owned(), reason: e.to_string() }));
    Ok(Vocabulary { words: words.collect::<Result<_, _>>()? })
}
