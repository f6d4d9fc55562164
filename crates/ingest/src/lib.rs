#![doc = include_str!("../README.md")]

mod blocks;
mod canonical;
mod columns;
mod compress;
mod decode;
mod detect;
mod dictionary;
mod discover;
mod feed;
mod growing;
mod hex;
mod identity;
mod inspect;
mod keep;
mod names;
mod pipeline;
mod privacy;
mod progress;
mod quarantine;
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

use tracemill_model::lake::{Lock, Source, Transaction};
use tracemill_model::{Lake, LakeError, Vocabulary};

pub use discover::{DiscoverError, Input, discover};
pub use inspect::{Inspected, inspect};
pub use names::Names;
pub use privacy::{IdKey, PURPOSE, Privacy, Redaction};
pub use progress::{Progress, Silent};
pub use retry::{Retried, retry};
pub use told::Told;

use feed::Feed;
use quarantine::News;
use stage::Scratch;

/// Requests above this many bytes are set aside, unless asked otherwise.
pub const MAX_REQUEST: usize = 64 << 20;

/// How to ingest.
#[derive(Debug, Clone)]
pub struct Options {
    /// Bytes of the largest request that is taken.
    pub max_request: usize,
    /// The names by which records of poorer systems are translated back; without them they keep the spelling of these systems.
    pub vocabulary: Arc<Vocabulary>,
    /// How records are kept private.
    pub privacy: Privacy,
}

impl Default for Options {
    fn default() -> Options {
        Options { max_request: MAX_REQUEST, vocabulary: Arc::default(), privacy: Privacy::default() }
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

/// Takes the inputs into the lake, in one commit. An input that the lake has as it is (path, size, time) is left alone, unless something
/// of it was set aside. Errors are those of the lake; bad input is no error but counted.
pub fn ingest(lake: &Lake, lock: &Lock, inputs: &[Input], options: &Options, progress: &dyn Progress) -> Result<Summary, LakeError> {
    let snapshot = lake.snapshot()?;
    let known = |input: &&Input| {
        let entry = snapshot.source(&input.source_id());
        input.modified_ns != 0 && entry.is_some_and(|s| s.bytes == input.bytes && s.modified_ns == input.modified_ns && s.set_aside == 0)
    };
    let wanted: Vec<Input> = inputs.iter().filter(|i| !known(i)).cloned().collect();
    let mut summary = Summary { unchanged: inputs.len() - wanted.len(), ..Summary::default() };
    progress.begin(wanted.iter().map(|i| i.bytes).sum());
    let mut tx = Transaction::begin(lake, lock)?;
    let feeds: Vec<Feed> = wanted.iter().map(|input| growing::feed(&snapshot, input)).collect();
    let left = Scratch::new(tx.scratch()).run(&feeds, 0, options, true, progress)?;
    progress.finish();
    let mut news = News { runs: left.runs, ..News::default() };
    let mut sources: Vec<Source> = Vec::new();
    for (feed, report) in feeds.iter().zip(left.reports) {
        let from = feed.resume.map_or(0, |r| r.offset);
        news.read(&snapshot, &feed.input, report.framing.is_some(), from);
        let reached = growing::reached(&feed.input, &report);
        sources.push(Source { reached, ..report.source });
    }
    let repeats = unique::settle(&snapshot, &left.staged, &mut tx)?;
    pipeline::add_repeats(&mut sources, &repeats);
    quarantine::settle(&snapshot, news, &mut tx)?;
    let changes = tx.changes();
    for (feed, source) in feeds.iter().zip(&sources) {
        let before = snapshot.source(&source.source_id);
        let same = before.is_some_and(|s| s.bytes == source.bytes && s.modified_ns == source.modified_ns);
        if changes || !same {
            let mut entry = source.clone();
            if let Some(before) = before.filter(|_| feed.resume.is_some()) {
                entry.continues(before);
            }
            tx.source(entry);
        }
    }
    summary.changed = changes;
    tx.commit()?;
    summary.sources = sources;
    Ok(summary)
}

/// The inputs as what is to be read.
fn feeds(inputs: &[Input]) -> Vec<Feed> {
    inputs.iter().map(Feed::of).collect()
}
