//! The run: workers that take blocks from the sources in turn, decode them and stage their rows. Border: who does what when;
//! the steps themselves are the other modules' business.
//!
//! There are no queues: a worker that needs work locks a source, reads (and decompresses) one block under the lock, and decodes it after
//! giving the lock back. So memory is bounded by one block a worker, and one large file keeps all workers busy.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use tracemill_model::LakeError;
use tracemill_model::lake::{SetAside, Source};

use crate::blocks::{Block, Blocks};
use crate::compress::{Counted, decompress};
use crate::discover::Input;
use crate::progress::Progress;
use crate::requests::{EXAMPLES, decode};
use crate::rows::{Counts, Rows};
use crate::store::{Staged, Store};

/// A source while it is read.
struct Active {
    input: Input,
    count: Arc<AtomicU64>,
    reported: AtomicU64,
    state: Mutex<State>,
    done: AtomicBool,
}

#[derive(Default)]
struct State {
    blocks: Option<Blocks>,
    source: Source,
}

/// Reads the inputs and stages their rows in `folder`. Gives the ledger's entries, in the order of the inputs, and the staged parts.
pub fn run(inputs: &[Input], folder: &Path, max_request: usize, progress: &dyn Progress) -> Result<(Vec<Source>, Vec<Staged>), LakeError> {
    let active: Vec<Active> = inputs.iter().map(Active::new).collect();
    let (counter, next) = (AtomicU64::new(0), AtomicUsize::new(0));
    let results: Mutex<Vec<Result<Vec<Staged>, LakeError>>> = Mutex::default();
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| {
                let mut worker = Worker { rows: Rows::default(), store: Store::new(folder, &counter), max_request, progress };
                let outcome = worker.work(&active, &next).map(|()| worker.store.staged);
                results.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
            });
        }
    });
    let mut staged = Vec::new();
    for outcome in results.into_inner().unwrap_or_else(PoisonError::into_inner) {
        staged.extend(outcome?);
    }
    staged.sort_by(|a, b| a.path.cmp(&b.path));
    let sources = active.into_iter().map(|a| a.state.into_inner().unwrap_or_else(PoisonError::into_inner).source).collect();
    Ok((sources, staged))
}

impl Active {
    fn new(input: &Input) -> Active {
        let source =
            Source { source_id: input.source_id(), path: input.name(), bytes: input.bytes, modified_ns: input.modified_ns, ..Source::default() };
        Active {
            input: input.clone(),
            count: Arc::default(),
            reported: AtomicU64::new(0),
            state: Mutex::new(State { blocks: None, source }),
            done: AtomicBool::new(false),
        }
    }

    /// The next block. Opens the source first, if nobody has.
    fn next_block(&self, state: &mut State, max_request: usize, progress: &dyn Progress) -> Option<Block> {
        // another worker may have come to the end while this one waited for the lock
        if self.done.load(Ordering::Acquire) {
            return None;
        }
        if state.blocks.is_none() {
            match self.open() {
                Ok(stream) => {
                    let blocks = Blocks::new(stream, max_request);
                    state.source.format = blocks.format();
                    state.blocks = Some(blocks);
                }
                Err(e) => {
                    "unreadable".clone_into(&mut state.source.format);
                    let aside = SetAside { position: "byte 0".to_owned(), reason: format!("cannot be read: {e}") };
                    add_asides(&mut state.source, 1, vec![aside], progress);
                    self.done.store(true, Ordering::Release);
                    return None;
                }
            }
        }
        let blocks = state.blocks.as_mut()?;
        let block = blocks.next_block();
        let asides = std::mem::take(&mut blocks.set_aside);
        add_asides(&mut state.source, asides.len() as u64, asides, progress);
        if block.is_none() {
            self.done.store(true, Ordering::Release);
            // the ended stream's buffers are not needed any more
            state.blocks = None;
        }
        block
    }

    fn open(&self) -> io::Result<crate::compress::Decompressed> {
        match &self.input.path {
            Some(path) => decompress(Counted::new(File::open(path)?, self.count.clone())),
            None => decompress(Counted::new(io::stdin(), self.count.clone())),
        }
    }
}

fn add_asides(source: &mut Source, number: u64, examples: Vec<SetAside>, progress: &dyn Progress) {
    source.set_aside += number;
    for example in examples {
        if source.examples.len() < EXAMPLES {
            progress.set_aside(&source.path, &example.position, &example.reason);
            source.examples.push(example);
        }
    }
}

struct Worker<'a> {
    rows: Rows,
    store: Store<'a>,
    max_request: usize,
    progress: &'a dyn Progress,
}

impl Worker<'_> {
    fn work(&mut self, active: &[Active], next: &AtomicUsize) -> Result<(), LakeError> {
        while let Some((number, block)) = self.find_block(active, next) {
            let source = &active[number];
            self.rows.begin_source(&source.input.source_id(), number as u32);
            let before = self.rows.counts();
            let tally = decode(&block, self.max_request, &mut self.rows);
            drop(block);
            let after = self.rows.counts();
            let mut state = source.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.source.requests += tally.requests;
            add_asides(&mut state.source, tally.set_aside, tally.examples, self.progress);
            count_rows(&mut state.source, before, after);
            state.source.timeless += self.rows.timeless_since(before);
            drop(state);
            self.report(source, before, after);
            self.store.take(&mut self.rows)?;
        }
        self.store.finish(&mut self.rows)
    }

    /// A block of a source that nobody reads from just now, or of the next one, or of any that is left.
    fn find_block(&self, active: &[Active], next: &AtomicUsize) -> Option<(usize, Block)> {
        // sources are begun in order; those already begun come first, so that few files are open at a time
        for wait in [false, true] {
            let begun = next.load(Ordering::Acquire).min(active.len());
            for (number, source) in active[..begun].iter().enumerate().filter(|(_, s)| !s.done.load(Ordering::Acquire)) {
                let mut state = match source.state.try_lock() {
                    Ok(state) => state,
                    Err(TryLockError::WouldBlock) if !wait => continue,
                    Err(TryLockError::WouldBlock) => source.state.lock().unwrap_or_else(PoisonError::into_inner),
                    Err(TryLockError::Poisoned(p)) => p.into_inner(),
                };
                if let Some(block) = source.next_block(&mut state, self.max_request, self.progress) {
                    return Some((number, block));
                }
            }
            loop {
                let number = next.fetch_add(1, Ordering::AcqRel);
                let Some(source) = active.get(number) else { break };
                let mut state = source.state.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(block) = source.next_block(&mut state, self.max_request, self.progress) {
                    return Some((number, block));
                }
            }
        }
        None
    }

    fn report(&self, source: &Active, before: Counts, after: Counts) {
        let read = source.count.load(Ordering::Relaxed);
        let news = read.saturating_sub(source.reported.swap(read, Ordering::Relaxed));
        let rows = (after.spans - before.spans) + (after.events - before.events) + (after.metrics - before.metrics);
        self.progress.advance(news, rows as u64);
    }
}

fn count_rows(source: &mut Source, before: Counts, after: Counts) {
    for (table, rows) in
        [("spans", after.spans - before.spans), ("events", after.events - before.events), ("metrics", after.metrics - before.metrics)]
    {
        if rows > 0 {
            *source.records.entry(table.to_owned()).or_default() += rows as u64;
        }
    }
}

/// Adds the repeats that the search for equal records found.
pub fn add_repeats(sources: &mut [Source], repeats: &BTreeMap<u32, crate::unique::Repeats>) {
    for (number, found) in repeats {
        if let Some(source) = sources.get_mut(*number as usize) {
            source.duplicates += found.duplicates;
            source.conflicts += found.conflicts;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;

    #[test]
    fn every_source_is_read_once_however_many_workers_wait_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let line = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a"}]}]}]}"#;
        let inputs: Vec<Input> = (0..40)
            .map(|n| {
                let path = folder.path().join(n.to_string());
                std::fs::write(&path, line).unwrap();
                Input { path: Some(path), bytes: line.len() as u64, modified_ns: 0 }
            })
            .collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(8).build().unwrap();
        for round in 0..50 {
            let staging = folder.path().join(format!("staging-{round}"));
            std::fs::create_dir(&staging).unwrap();
            let (sources, staged) = pool.install(|| run(&inputs, &staging, 1 << 20, &Silent)).unwrap();
            assert!(sources.iter().all(|s| s.requests == 1 && s.set_aside == 0), "{sources:?}");
            assert_eq!(staged.iter().map(|s| s.rows).sum::<usize>(), inputs.len());
        }
    }
}
