//! A further attempt at what was set aside, with today's decoders and options. Border: what is tried and what the ledger says of it
//! afterwards; decoding and keeping are as in an ingest.
//!
//! Kept bytes are decoded as their own source's, so that their records are those they would have been at first: a record's identity follows
//! from it and its request. Of files, and of what was withheld, nothing is kept: the sources are read again where they were, as an ingest would.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

use tracemill_model::lake::{Entry, Kind, Lock, Place, Quarantine, Snapshot, Source, Standing, Transaction};
use tracemill_model::{Lake, LakeError};

use crate::discover::{Input, discover};
use crate::feed::{Feed, Kept};
use crate::late::Late;
use crate::pipeline::{self, Report};
use crate::progress::Progress;
use crate::quarantine::{self, Attempt, News};
use crate::stage::Scratch;
use crate::unique::{self, Repeats};
use crate::{Options, feeds, ingest};

/// Entries decoded at a time.
const BATCH: usize = 10_000;

/// What an attempt has done.
#[derive(Debug, Default)]
pub struct Retried {
    /// Entries tried.
    pub tried: u64,
    /// Those that went through, all of them and all of their records.
    pub taken: u64,
    /// Records that came out of the entries, by table; those the lake had already are counted too.
    pub records: BTreeMap<String, u64>,
    /// Whether the lake has changed.
    pub changed: bool,
}

/// Tries entries again, in one commit: those of `ids`, or all that are open.
pub fn retry(lake: &Lake, lock: &Lock, ids: Option<&HashSet<String>>, options: &Options, progress: &dyn Progress) -> Result<Retried, LakeError> {
    let options = &Options { privacy: options.privacy.of(lake)?, ..options.clone() };
    let snapshot = lake.snapshot()?;
    let quarantine = snapshot.quarantine();
    let (mut files, mut kept) = (Vec::new(), Vec::new());
    for entry in quarantine.entries()? {
        let entry = entry?;
        if entry.is_open() && ids.is_none_or(|ids| ids.contains(&entry.id)) {
            if entry.content.is_none() { files.push(entry) } else { kept.push(entry) }
        }
    }
    let tried: HashSet<String> = files.iter().chain(&kept).map(|e| e.id.clone()).collect();
    let mut retried = Retried { tried: tried.len() as u64, ..Retried::default() };
    let mut tx = Transaction::begin(lake, lock)?;
    let folder = tx.scratch().to_owned();
    let mut scratch = Scratch::new(&folder, ingest::judge(lake, &snapshot, options)?);
    let (inputs, mut news) = again(&snapshot, &files, options.privacy.withholds());
    news.privacy = options.privacy.clone();
    progress.begin(inputs.iter().map(|i| i.bytes).sum::<u64>() + kept.iter().map(|e| e.bytes).sum::<u64>());
    let mut left = scratch.run(&feeds(&inputs), 0, options, true, progress)?;
    news.runs.append(&mut left.runs);
    inputs.iter().zip(&left.reports).for_each(|(input, report)| news.read(&snapshot, input, report.framing.is_some(), 0));
    let opened = ingest::opened(&snapshot, &inputs);
    opened.iter().for_each(|folder| news.opened(folder));
    // what lies in a source that was just read again has been tried with it
    kept.retain(|e| e.places.iter().any(|p| p.standing != Standing::Resolved && !news.read.contains_key(&p.source_id)));
    for batch in kept.chunks(BATCH) {
        let feeds = batch.iter().map(|e| feed(&quarantine, e)).collect::<Result<Vec<_>, _>>()?;
        let mut more = scratch.run(&feeds, left.reports.len() as u32, options, false, &Untold(progress))?;
        left.reports.append(&mut more.reports);
        left.staged.append(&mut more.staged);
        left.named.append(&mut more.named);
        left.hours.append(&mut more.hours);
        for (source, rows) in more.forgotten {
            *left.forgotten.entry(source).or_default() += rows;
        }
    }
    progress.finish();
    let late = Late::settle(&mut left, &mut scratch, &snapshot, &options.names)?;
    let mut plan = unique::search(&snapshot, &left.staged, &folder)?;
    plan.carry_out(&mut tx)?;
    let mut repeats = std::mem::take(&mut plan.repeats);
    let of_kept = left.reports.split_off(inputs.len());
    let mut read: Vec<Source> = left.reports.into_iter().map(|r| Source { redacted: options.privacy.words(), ..r.source }).collect();
    let repeats_of_kept = repeats.split_off(&(inputs.len() as u32));
    pipeline::add_repeats(&mut read, &repeats);
    ingest::add_forgotten(&mut read, &left.forgotten);
    let mut ledger = Ledger { snapshot: &snapshot, read: &news.read.keys().cloned().collect(), entries: BTreeMap::new() };
    for (n, (entry, report)) in kept.iter().zip(of_kept).enumerate() {
        let attempt = attempt(entry, report);
        retried.count(&attempt.decoded);
        ledger.note(entry, &attempt, repeats_of_kept.get(&((inputs.len() + n) as u32)).copied().unwrap_or_default());
        let _ = news.tried.insert(entry.id.clone(), attempt);
    }
    read.iter().for_each(|s| retried.count(&s.records));
    quarantine::settle(&snapshot, news, &scratch, &mut tx)?;
    late.save(lake, &snapshot, &mut tx)?;
    if tx.changes() {
        ledger.entries.into_values().chain(read).chain(opened).for_each(|s| tx.source(ingest::without_ids(scratch.judge(), s)));
    }
    retried.changed = tx.commit()?;
    let mut left = 0;
    for entry in lake.snapshot()?.quarantine().entries()? {
        let entry = entry?;
        left += u64::from(entry.is_open() && tried.contains(&entry.id));
    }
    retried.taken = retried.tried - left;
    Ok(retried)
}

impl Retried {
    fn count(&mut self, records: &BTreeMap<String, u64>) {
        for (table, rows) in records.iter().filter(|(t, _)| *t != quarantine::REQUESTS) {
            *self.records.entry(table.clone()).or_default() += rows;
        }
    }
}

/// Progress without what is set aside again: its positions would be those in the entry.
struct Untold<'p>(&'p dyn Progress);

impl Progress for Untold<'_> {
    fn begin(&self, _: u64) {}
    fn advance(&self, bytes: u64, rows: u64) {
        self.0.advance(bytes, rows);
    }
    fn set_aside(&self, _: &str, _: &str, _: &str) {}
    fn warning(&self, source: &str, warning: &str) {
        self.0.warning(source, warning);
    }
    fn finish(&self) {}
}

/// The files to read again, and what is known of those that are gone.
fn again(snapshot: &Snapshot, files: &[Entry], redacts: bool) -> (Vec<Input>, News) {
    let (mut inputs, mut news) = (BTreeMap::new(), News::default());
    for entry in files {
        if entry.kind != Kind::File && !entry.too_many && !redacts {
            let reason =
                "withheld because of what was to be redacted or forgotten: ingest its sources again, with --redact where that is wanted".to_owned();
            let _ = news.tried.insert(entry.id.clone(), Attempt::failed(reason));
            continue;
        }
        for place in entry.places.iter().filter(|p| p.standing != Standing::Resolved) {
            if fs::read_dir(&place.path).is_ok() {
                // a folder that can be looked into now: what the lake has of it stays as it is
                let within = discover(std::slice::from_ref(&place.path)).unwrap_or_default();
                let new = |i: &Input| snapshot.source(&i.source_id()).is_none_or(|s| s.set_aside > 0);
                inputs.extend(within.into_iter().filter(new).map(|i| (i.name(), i)));
                continue;
            }
            if place.path.contains("://") {
                let reason = format!("it lies in an object store; `tracemill ingest {}` reads it again", place.path);
                let _ = news.tried.insert(entry.id.clone(), Attempt::failed(reason));
                continue;
            }
            match Input::file(Path::new(&place.path)) {
                Ok(input) => drop(inputs.insert(place.path.clone(), input)),
                Err(e) => drop(news.tried.insert(entry.id.clone(), Attempt::failed(format!("cannot be read: {e}")))),
            }
        }
    }
    (inputs.into_values().collect(), news)
}

/// Kept bytes as those of their first source.
fn feed(quarantine: &Quarantine, entry: &Entry) -> Result<Feed, LakeError> {
    let place = entry.places.iter().find(|p| p.standing != Standing::Resolved);
    let (source_id, path) = place.map(|p| (p.source_id.clone(), p.path.clone())).unwrap_or_default();
    let kept = match &entry.content {
        Some(content) => Some(Kept { path: quarantine.place(&content.file)?, offset: content.offset, bytes: entry.bytes, kind: entry.kind }),
        None => None,
    };
    Ok(Feed { input: Input { path: Some(path.into()), bytes: entry.bytes, modified_ns: 0, far: None }, source_id, kept, resume: None })
}

fn attempt(entry: &Entry, report: Report) -> Attempt {
    let Source { requests, records: mut decoded, mut set_aside, mut examples, timeless, .. } = report.source;
    if entry.kind == Kind::Stream {
        // what else is bad in it has entries of its own
        set_aside = set_aside.min(1);
    }
    if requests > 0 {
        let _ = decoded.insert(quarantine::REQUESTS.to_owned(), requests);
    }
    let reason = (set_aside > 0).then(|| if examples.is_empty() { "set aside".to_owned() } else { examples.swap_remove(0).reason });
    Attempt { reason, set_aside, decoded, timeless }
}

/// The ledger's entries of the sources that the kept bytes came from.
struct Ledger<'a> {
    snapshot: &'a Snapshot,
    /// Sources that were read as a whole, whose entries are new anyhow.
    read: &'a BTreeSet<String>,
    entries: BTreeMap<String, Source>,
}

impl Ledger<'_> {
    /// Counts what came out of an entry as if it had come when its sources were read.
    fn note(&mut self, entry: &Entry, attempt: &Attempt, mut repeats: Repeats) {
        let counted = |p: &&Place| p.standing == Standing::Open && !self.read.contains(&p.source_id);
        let news: BTreeMap<&String, u64> =
            attempt.decoded.iter().map(|(k, n)| (k, n.saturating_sub(entry.taken.get(k).copied().unwrap_or(0)))).collect();
        let rows = |of: &dyn Fn(&String) -> u64| attempt.decoded.keys().filter(|k| *k != quarantine::REQUESTS).map(of).sum::<u64>();
        let (new, all) = (rows(&|k| news[k]), rows(&|k| attempt.decoded[k]));
        // those taken at first are in the lake already
        repeats.duplicates = repeats.duplicates.saturating_sub(all - new);
        for place in entry.places.iter().filter(counted) {
            let Some(known) = self.entries.get(&place.source_id).or_else(|| self.snapshot.source(&place.source_id)) else { continue };
            let mut source = known.clone();
            for (key, n) in &news {
                if *key == quarantine::REQUESTS {
                    source.requests += n * place.times;
                } else {
                    *source.records.entry((*key).clone()).or_default() += n * place.times;
                }
            }
            if entry.taken.is_empty() {
                source.timeless += attempt.timeless * place.times;
            }
            // the bytes were decoded once; every further time they would have been repeats
            source.duplicates += repeats.duplicates + (place.times - 1) * new;
            source.conflicts += repeats.conflicts;
            repeats = Repeats { duplicates: new, conflicts: 0 };
            source.set_aside = (source.set_aside + attempt.set_aside * place.times).saturating_sub(place.count);
            match &attempt.reason {
                None => source.examples.retain(|e| e.position != place.position),
                Some(reason) => {
                    source.examples.iter_mut().filter(|e| e.position == place.position).for_each(|e| reason.clone_into(&mut e.reason));
                }
            }
            source.examples.truncate(usize::try_from(source.set_aside).unwrap_or(usize::MAX));
            let _ = self.entries.insert(place.source_id.clone(), source);
        }
    }
}
