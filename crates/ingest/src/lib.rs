#![doc = include_str!("../README.md")]

mod blocks;
mod canonical;
mod columns;
mod compress;
mod decode;
mod detect;
mod dictionary;
mod discover;
mod excerpt;
mod far;
mod feed;
mod growing;
mod hex;
mod identity;
mod ingest;
mod inspect;
mod keep;
mod late;
mod names;
mod pipeline;
mod privacy;
mod progress;
mod quarantine;
mod read;
mod record;
mod redactor;
mod refusal;
mod requests;
mod retry;
mod rows;
mod scan;
#[cfg(test)]
mod shown;
mod stage;
mod store;
mod stored;
mod system;
mod tee;
mod told;
mod unique;

use std::sync::Arc;

use tracemill_forgotten::Names as IdNames;
use tracemill_model::Vocabulary;
use tracemill_model::lake::Source;

pub use discover::{DiscoverError, Input, discover};
pub use far::{Depot, Far};
pub use ingest::ingest;
pub use inspect::{Inspected, inspect};
pub use names::Names;
pub use privacy::{Privacy, Redaction};
pub use progress::{Progress, Silent};
pub use read::{Read, Take, read};
pub use retry::{Retried, retry};
pub use told::Told;

use feed::Feed;

/// Requests above this many bytes are set aside, unless asked otherwise.
pub const MAX_REQUEST: usize = 64 << 20;

/// Pieces of bad input that have more bytes than this when they are compressed are not kept, unless asked otherwise.
pub const MAX_KEPT: u64 = 64 << 20;

/// How to ingest.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of the largest request that is taken.
    pub max_request: usize,
    /// Bytes of the largest piece of bad input that is kept, compressed.
    pub max_kept: u64,
    /// The names by which records of poorer systems are translated back; without them they keep the spelling of these systems.
    pub vocabulary: Arc<Vocabulary>,
    /// The attributes by which what the lake has forgotten is known again.
    pub names: IdNames,
    /// How records are kept private.
    pub privacy: Privacy,
}

impl Default for Options {
    fn default() -> Options {
        Options { max_request: MAX_REQUEST, max_kept: MAX_KEPT, vocabulary: Arc::default(), names: IdNames::default(), privacy: Privacy::default() }
    }
}

/// What a run has done.
#[derive(Debug, Default)]
pub struct Summary {
    /// What was found in the sources that were read. Of one that has grown it is what was added; the ledger's entry has it all.
    pub sources: Vec<Source>,
    /// Sources left alone, because the lake has them as they are.
    pub unchanged: usize,
    /// Whether the lake has changed.
    pub changed: bool,
}

impl Summary {
    /// Requests, stretches of bytes and records set aside.
    pub fn set_aside(&self) -> u64 {
        self.sources.iter().map(|s| s.set_aside).sum()
    }
}

/// The inputs as what is to be read.
fn feeds(inputs: &[Input]) -> Vec<Feed> {
    inputs.iter().map(Feed::of).collect()
}
