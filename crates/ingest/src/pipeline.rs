//! The run: workers that take blocks from the sources in turn, decode them and hand the rows on. Border: who does what when;
//! the steps themselves are the other modules' business, and what becomes of the rows is the sink's.
//!
//! There are no queues: a worker that needs work locks a source, reads (and decompresses) one block under the lock, and decodes it after
//! giving the lock back. So memory is bounded by one block a worker, and one large file keeps all workers busy.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};

use tracemill_model::LakeError;
use tracemill_model::lake::{SetAside, Source, Tail};

use crate::Options;
use crate::blocks::{Block, Blocks};
use crate::detect::Framing;
use crate::feed::Feed;
use crate::keep::Keep;
use crate::privacy::{Privacy, reason};
use crate::progress::Progress;
use crate::requests::{EXAMPLES, Forms, Tally, decode};
use crate::rows::{Counts, Rows};
use crate::told::Told;

/// What becomes of one worker's rows and of what it sets aside.
pub trait Sink: Send {
    /// Where what is set aside goes.
    fn keep(&mut self) -> &mut dyn Keep;
    /// May take over the rows decoded so far, the last of them from a source (by number).
    fn take(&mut self, source: u32, forms: Forms, rows: &mut Rows) -> Result<(), LakeError>;
    /// Takes over all that is left.
    fn finish(&mut self, rows: &mut Rows) -> Result<(), LakeError>;
}

/// A source while it is read.
struct Active<'f> {
    feed: &'f Feed,
    privacy: &'f Privacy,
    count: Arc<AtomicU64>,
    reported: AtomicU64,
    state: Mutex<State>,
    done: AtomicBool,
}

#[derive(Default)]
struct State {
    blocks: Option<Blocks>,
    report: Report,
}

/// What was found in a source.
#[derive(Debug, Default)]
pub struct Report {
    /// The ledger's entry.
    pub source: Source,
    /// How its requests follow each other; `None` where it could not be read.
    pub framing: Option<Framing>,
    /// Whether it is one JSON array.
    pub array: bool,
    /// Its compressions, outermost first.
    pub compression: String,
    /// What was found out about it.
    pub told: Told,
    /// How far it was read, if a later run can go on there: the place and the number of its line or frame.
    pub reached: Option<(u64, u64)>,
    /// What was found behind that place.
    pub tail: Tail,
}

impl Report {
    /// Takes up what was found out; a new warning is told at once.
    fn tell(&mut self, told: Told, privacy: &Privacy, progress: &dyn Progress) {
        let known = self.told.warnings.clone();
        self.told.merge(told);
        if self.told.warnings != known {
            let (all, _) = self.told.warnings.all();
            let (before, _) = known.all();
            let before: Vec<&str> = before.collect();
            all.filter(|w| !before.contains(w)).for_each(|w| progress.warning(&self.source.path, &reason(privacy, w.to_owned())));
        }
    }
}

/// Reads the feeds, whose sources are numbered from `first`. Gives what was found, in the order of the feeds, and the workers' sinks.
pub fn run<S: Sink>(
    feeds: &[Feed],
    first: u32,
    options: &Options,
    progress: &dyn Progress,
    sink: impl Fn() -> S + Sync,
) -> Result<(Vec<Report>, Vec<S>), LakeError> {
    let active: Vec<Active> = feeds.iter().map(|feed| Active::new(feed, &options.privacy)).collect();
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<Result<S, LakeError>>> = Mutex::default();
    rayon::scope(|scope| {
        for _ in 0..rayon::current_num_threads() {
            scope.spawn(|_| {
                let rows = Rows::new(options.vocabulary.clone(), &options.privacy);
                let mut worker = Worker { rows, sink: sink(), first, max_request: options.max_request, progress };
                let outcome = worker.work(&active, &next).map(|()| worker.sink);
                results.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
            });
        }
    });
    let sinks = results.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect::<Result<_, _>>()?;
    let mut reports: Vec<Report> = active.into_iter().map(|a| a.state.into_inner().unwrap_or_else(PoisonError::into_inner).report).collect();
    for report in &mut reports {
        report.tell(report.told.ended(), &options.privacy, progress);
    }
    Ok((reports, sinks))
}

impl<'f> Active<'f> {
    fn new(feed: &'f Feed, privacy: &'f Privacy) -> Active<'f> {
        let input = &feed.input;
        let source =
            Source { source_id: feed.source_id.clone(), path: input.name(), bytes: input.bytes, modified_ns: input.modified_ns, ..Source::default() };
        Active {
            feed,
            privacy,
            count: Arc::default(),
            reported: AtomicU64::new(0),
            state: Mutex::new(State { blocks: None, report: Report { source, ..Report::default() } }),
            done: AtomicBool::new(false),
        }
    }

    /// The next block. Opens the source first, if nobody has.
    fn next_block(&self, state: &mut State, max_request: usize, keep: &mut dyn Keep, progress: &dyn Progress) -> Option<Block> {
        // another worker may have come to the end while this one waited for the lock
        if self.done.load(Ordering::Acquire) {
            return None;
        }
        keep.begin_source(&self.feed.input);
        let State { blocks, report } = state;
        if blocks.is_none() {
            match self.feed.open(&self.count, max_request, keep) {
                Ok(opened) => {
                    report.source.format = opened.format();
                    (report.framing, report.array) = (Some(opened.framing), opened.array);
                    opened.compression().clone_into(&mut report.compression);
                    *blocks = Some(opened);
                }
                Err(e) => {
                    "unreadable".clone_into(&mut report.source.format);
                    let aside = SetAside { position: "byte 0".to_owned(), reason: format!("cannot be read: {e}") };
                    keep.whole(aside.position.clone(), &aside.reason, &mut io::empty());
                    add_asides(&mut report.source, self.privacy, (1, vec![aside]), progress);
                    if let Some(far) = &self.feed.input.far {
                        far.release();
                    }
                    self.done.store(true, Ordering::Release);
                    return None;
                }
            }
        }
        let blocks = state.blocks.as_mut()?;
        let block = blocks.next_block(keep);
        let asides = std::mem::take(&mut blocks.set_aside);
        if block.is_none() {
            report.reached = blocks.reached();
            // what is set aside with the end of the frames is their tail
            report.tail.set_aside += u64::from(blocks.framing == Framing::Frames && !asides.is_empty());
        }
        add_asides(&mut state.report.source, self.privacy, (asides.len() as u64, asides), progress);
        if block.is_none() {
            self.done.store(true, Ordering::Release);
            // the ended stream's buffers are not needed any more, nor is a copy of what lies in a store
            state.blocks = None;
            if let Some(far) = &self.feed.input.far {
                far.release();
            }
        }
        block
    }
}

fn add_asides(source: &mut Source, privacy: &Privacy, (number, examples): (u64, Vec<SetAside>), progress: &dyn Progress) {
    source.set_aside += number;
    for SetAside { position, reason: told } in examples {
        if source.examples.len() < EXAMPLES {
            let example = SetAside { position, reason: reason(privacy, told) };
            progress.set_aside(&source.path, &example.position, &example.reason);
            source.examples.push(example);
        }
    }
}

struct Worker<'a, S> {
    rows: Rows,
    sink: S,
    first: u32,
    max_request: usize,
    progress: &'a dyn Progress,
}

impl<S: Sink> Worker<'_, S> {
    fn work(&mut self, active: &[Active], next: &AtomicUsize) -> Result<(), LakeError> {
        while let Some((number, block)) = self.find_block(active, next) {
            let source = &active[number];
            let number = self.first + number as u32;
            self.rows.begin_source(&source.feed.source_id, number);
            let before = self.rows.counts();
            let mut tally = Tally::new(self.sink.keep());
            decode(&block, self.max_request, &mut self.rows, &mut tally);
            let (requests, set_aside, examples, forms) = (tally.requests, tally.set_aside, tally.examples, tally.forms);
            let tail = block.tail;
            drop(block);
            let decoded = self.rows.counts() - before;
            let told = std::mem::take(self.rows.told());
            let mut state = source.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.report.tell(told, source.privacy, self.progress);
            let entry = &mut state.report.source;
            let timeless = self.rows.timeless_since(before);
            entry.requests += requests;
            add_asides(entry, source.privacy, (set_aside, examples), self.progress);
            for (table, rows) in decoded.by_table() {
                *entry.records.entry(table.to_owned()).or_default() += rows;
            }
            entry.timeless += timeless;
            if tail {
                let records = decoded.by_table().map(|(table, rows)| (table.to_owned(), rows)).collect();
                state.report.tail = Tail { requests, records, timeless, set_aside };
            }
            drop(state);
            self.report(source, decoded);
            self.sink.take(number, forms, &mut self.rows)?;
        }
        self.sink.finish(&mut self.rows)
    }

    /// A block of a source that nobody reads from just now, or of the next one, or of any that is left.
    fn find_block(&mut self, active: &[Active], next: &AtomicUsize) -> Option<(usize, Block)> {
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
                if let Some(block) = source.next_block(&mut state, self.max_request, self.sink.keep(), self.progress) {
                    return Some((number, block));
                }
            }
            loop {
                let number = next.fetch_add(1, Ordering::AcqRel);
                let Some(source) = active.get(number) else { break };
                let mut state = source.state.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(block) = source.next_block(&mut state, self.max_request, self.sink.keep(), self.progress) {
                    return Some((number, block));
                }
            }
        }
        None
    }

    fn report(&self, source: &Active, decoded: Counts) {
        let read = source.count.load(Ordering::Relaxed);
        let news = read.saturating_sub(source.reported.swap(read, Ordering::Relaxed));
        self.progress.advance(news, decoded.total() as u64);
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
    use crate::discover::Input;
    use crate::progress::Silent;
    use crate::stage::Scratch;

    #[test]
    fn every_source_is_read_once_however_many_workers_wait_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let line = r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"eventName":"a"}]}]}]}"#;
        let inputs: Vec<Input> = (0..40)
            .map(|n| {
                let path = folder.path().join(n.to_string());
                std::fs::write(&path, line).unwrap();
                Input { path: Some(path), bytes: line.len() as u64, modified_ns: 0, far: None }
            })
            .collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(8).build().unwrap();
        for round in 0..50 {
            let staging = folder.path().join(format!("staging-{round}"));
            std::fs::create_dir(&staging).unwrap();
            let left =
                pool.install(|| Scratch::new(&staging, None).run(&crate::feeds(&inputs), 0, &crate::Options::default(), true, &Silent)).unwrap();
            assert!(left.reports.iter().all(|r| r.source.requests == 1 && r.source.set_aside == 0), "{:?}", left.reports);
            assert_eq!(left.staged.iter().map(|s| s.rows).sum::<usize>(), inputs.len());
            assert!(left.runs.is_empty());
        }
    }
}
