//! Folders that could not be looked into once, and were set aside for that. When they can be, what lies in them is among the inputs, and nothing of
//! the folder itself is left to take. Border: which these are, and what the ledger says of them from then on.

use std::fs;
use std::path::Path;

use tracemill_model::lake::{Snapshot, Source};

use crate::discover::Input;

/// The word for such a folder among the formats of the ledger.
const FOLDER: &str = "folder";

/// The ledger's entries of those that the inputs lie in.
pub fn opened(snapshot: &Snapshot, inputs: &[Input]) -> Vec<Source> {
    let holds_input = |source: &Source| {
        let path = Path::new(&source.path);
        // a link has its folder's name in no input
        let Some(folder) = path.canonicalize().ok().filter(|_| fs::read_dir(path).is_ok()) else { return false };
        inputs.iter().any(|input| input.path.as_ref().is_some_and(|path| path.starts_with(&folder)))
    };
    let taken = |source: &Source| Source { format: FOLDER.to_owned(), set_aside: 0, examples: Vec::new(), ..source.clone() };
    snapshot.sources().filter(|s| s.set_aside > 0 && s.format == "unreadable" && holds_input(s)).map(taken).collect()
}
