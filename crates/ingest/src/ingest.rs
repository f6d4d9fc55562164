//! An ingest from beginning to end, beside others: all the work is done without the lake's lock, in a folder of the run's own; the lock is taken for
//! the commit, after a look at what others have committed meanwhile. Border: the order of the steps; the steps are the other modules' business.
//!
//! Things can have changed, and each makes the run do what it would have done had it come later: where another run took up a source of
//! this one, or forgot something, the sources are read again (most are then known); where a day that was searched for equal records has other parts, it is searched
//! again. After a few times the lock is kept, so that a run always comes to its end.

mod opened;

use std::collections::BTreeMap;

use tracemill_forgotten::{Forgotten, Judge};
use tracemill_model::lake::{Lock, Snapshot, Source, Staging, Transaction};
use tracemill_model::{Lake, LakeError};

use crate::discover::Input;
use crate::feed::Feed;
use crate::late::Late;
use crate::privacy::covers;
use crate::progress::Progress;
use crate::quarantine::News;
use crate::stage::{Left, Scratch};
use crate::unique::Plan;
use crate::{Options, Summary, growing, pipeline, quarantine, unique};
pub use opened::opened;

/// How often the work is done again without the lock.
const ATTEMPTS: usize = 3;

/// Takes the inputs into the lake, in one commit. An input that the lake has as it is (path, size, time) is left alone, unless something
/// of it was set aside. Not to be called by who holds the lake's lock.
///
/// # Errors
/// Those of the lake, which is then as it was; bad input is no error but counted.
pub fn ingest(lake: &Lake, inputs: &[Input], options: &Options, progress: &dyn Progress) -> Result<Summary, LakeError> {
    if options.privacy.redaction.is_some() && !lake.has_keyed_ids() {
        lake.key_ids(&lock(lake, progress)?)?;
    }
    // what comes through a pipe cannot be read again
    let attempts = if inputs.iter().any(is_once) && !inputs.iter().all(is_once) { 0 } else { ATTEMPTS };
    for _ in 0..attempts {
        if let Some(summary) = attempt(lake, None, inputs, options, progress)? {
            return Ok(summary);
        }
    }
    let lock = lock(lake, progress)?;
    Ok(attempt(lake, Some(lock), inputs, options, progress)?.unwrap_or_default())
}

/// What the lake has forgotten, as rows are held against it; `None` where that is nothing.
pub fn judge(lake: &Lake, snapshot: &Snapshot, options: &Options) -> Result<Option<Judge>, LakeError> {
    Ok(Forgotten::load(lake, snapshot)?.map(|list| Judge::new(list, &options.names)))
}

/// Counts the records that were not taken because they belong to what was forgotten.
pub fn add_forgotten(sources: &mut [Source], forgotten: &BTreeMap<u32, u64>) {
    for (number, rows) in forgotten {
        if let Some(source) = sources.get_mut(*number as usize) {
            source.forgotten += rows;
        }
    }
}

/// The ledger's entry without ids that were forgotten: they can stand in names of files and in what was found in them.
pub fn without_ids(judge: Option<&Judge>, mut source: Source) -> Source {
    let Some(judge) = judge else { return source };
    let hide = |text: &mut String| {
        if let Some(masked) = judge.masked(text) {
            *text = masked;
        }
    };
    if let Some(masked) = judge.masked_name(&source.path) {
        source.path = masked;
    }
    for example in &mut source.examples {
        hide(&mut example.reason);
        hide(&mut example.position);
    }
    source
}

/// Whether it is no regular file, whose contents come once.
fn is_once(input: &Input) -> bool {
    input.modified_ns == 0
}

/// One run; `None` where another has taken up a source of it, which cannot be under the lock.
fn attempt(lake: &Lake, lock: Option<Lock>, inputs: &[Input], options: &Options, progress: &dyn Progress) -> Result<Option<Summary>, LakeError> {
    let begun = lake.snapshot()?;
    let options = &Options { privacy: options.privacy.of(lake)?, ..options.clone() };
    let redacted = options.privacy.words();
    let known = |input: &&Input| {
        let entry = begun.source(&input.source_id());
        let same = |s: &Source| s.bytes == input.bytes && s.modified_ns == input.modified_ns && s.set_aside == 0;
        // what was taken as it was, and is now to be redacted, is taken again
        !is_once(input) && entry.is_some_and(|s| same(s) && covers(&s.redacted, &redacted))
    };
    let wanted: Vec<Input> = inputs.iter().filter(|i| !known(i)).cloned().collect();
    let unchanged = inputs.len() - wanted.len();
    let opened = opened(&begun, inputs);
    if wanted.is_empty() && opened.is_empty() {
        return Ok(Some(Summary { unchanged, ..Summary::default() }));
    }
    progress.begin(wanted.iter().map(|i| i.bytes).sum());
    let staging = Staging::new(lake)?;
    let feeds: Vec<Feed> = wanted.iter().map(|input| growing::feed(&begun, input, &redacted)).collect();
    let mut scratch = Scratch::new(staging.folder(), judge(lake, &begun, options)?);
    let mut left = scratch.run(&feeds, 0, options, true, progress)?;
    let late = Late::settle(&mut left, &mut scratch, &lake.read()?, &options.names)?;
    progress.finish();
    let Some(Ready { lock, now, plan }) = plan(lake, lock, (&begun, &feeds), &left, &staging, progress)? else { return Ok(None) };
    if lake.has_keyed_ids() != options.privacy.key.is_some() {
        // another run was the first to redact
        plan.give_up();
        return Ok(None);
    }

    let mut tx = Transaction::begin(lake, &lock)?;
    let mut news = News { runs: left.runs, privacy: options.privacy.clone(), ..News::default() };
    let mut sources: Vec<Source> = Vec::new();
    for (feed, report) in feeds.iter().zip(left.reports) {
        let from = feed.resume.map_or(0, |r| r.offset);
        news.read(&now, &feed.input, report.framing.is_some(), from);
        let reached = growing::reached(&feed.input, &report);
        sources.push(Source { reached, redacted: redacted.clone(), ..report.source });
    }
    opened.iter().for_each(|folder| news.opened(folder));
    plan.carry_out(&mut tx)?;
    pipeline::add_repeats(&mut sources, &plan.repeats);
    add_forgotten(&mut sources, &left.forgotten);
    quarantine::settle(&now, news, &scratch, &mut tx)?;
    late.save(lake, &now, &mut tx)?;
    let changed = tx.changes();
    for (feed, source) in feeds.iter().zip(&sources) {
        let before = now.source(&source.source_id);
        let same = before.is_some_and(|s| s.bytes == source.bytes && s.modified_ns == source.modified_ns && s.redacted == source.redacted);
        if changed || !same {
            let mut entry = source.clone();
            if let Some(before) = before.filter(|_| feed.resume.is_some()) {
                entry.continues(before);
            }
            tx.source(without_ids(scratch.judge(), entry));
        }
    }
    opened.into_iter().for_each(|folder| tx.source(without_ids(scratch.judge(), folder)));
    tx.commit()?;
    Ok(Some(Summary { sources, unchanged, changed }))
}

/// What is to be committed, and the right to do it.
struct Ready {
    lock: Lock,
    now: Snapshot,
    plan: Plan,
}

/// Searches for equal records, and comes back with the lock when what was found holds in the lake as it is then; `None` where another run has
/// taken up a source of this one.
fn plan(
    lake: &Lake,
    mut held: Option<Lock>,
    (begun, feeds): (&Snapshot, &[Feed]),
    left: &Left,
    staging: &Staging,
    progress: &dyn Progress,
) -> Result<Option<Ready>, LakeError> {
    let mut tries = 0;
    loop {
        let plan = unique::search(&lake.read()?, &left.staged, staging.folder())?;
        let lock = match held.take() {
            Some(lock) => lock,
            None => lock(lake, progress)?,
        };
        let now = lake.snapshot()?;
        let forgot = |snapshot| Forgotten::file(snapshot).map(|p| p.file.clone());
        if forgot(begun) != forgot(&now) && !feeds.iter().all(|feed| is_once(&feed.input)) {
            return Ok(None);
        }
        if feeds.iter().any(|feed| !is_once(&feed.input) && begun.source(&feed.source_id) != now.source(&feed.source_id)) {
            return Ok(None);
        }
        if plan.holds(&now) {
            return Ok(Some(Ready { lock, now, plan }));
        }
        plan.give_up();
        tries += 1;
        if tries >= ATTEMPTS {
            held = Some(lock);
        }
    }
}

fn lock(lake: &Lake, progress: &dyn Progress) -> Result<Lock, LakeError> {
    if lake.is_locked() {
        progress.waiting();
    }
    lake.lock()
}

#[cfg(test)]
mod tests;
