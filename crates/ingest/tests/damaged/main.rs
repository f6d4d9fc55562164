//! Damaged archives: a bit is flipped, a file is cut off, stretches of it are lost, doubled or mixed with others. Nothing may panic or hang, every
//! request that was not hit must be there whole, and what was hit must be told. A usual run takes few samples and few tries; more of both:
//!
//! ```console
//! $ TRACEMILL_DAMAGE_FILES=DIR TRACEMILL_DAMAGE_TRIES=10000 TRACEMILL_SEED=1 cargo test --release -p tracemill-ingest --test damaged -- --nocapture
//! ```
//!
//! `TRACEMILL_DAMAGE_TRIES` are the flipped bits of each file; cuts and splices are a tenth of them each. `TRACEMILL_DAMAGE_MEGABYTES` bounds what is read
//! of each file in all tries, `TRACEMILL_DAMAGE_MADE=1` tries each file in the other arrangements too that its requests can have.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a panic in a test is a failed test")]

mod archive;
mod damage;
mod kept;
mod made;
mod parts;
mod rows;
mod samples;
mod trial;

use std::collections::BTreeMap;

use archive::Archive;
use damage::{Damage, Kind};
use trial::Trial;

/// More memory than all tries together may need: a length that is claimed takes none.
const MEMORY: u64 = 1 << 30;

/// A number from the environment, which a longer run sets.
fn asked(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// What became of the tries of one kind.
#[derive(Debug, Default)]
struct Told {
    tries: u64,
    /// Requests that were not hit, all of which were there.
    whole: u64,
    /// Tries of which something was set aside.
    set_aside: u64,
    /// Tries after which nothing was missing.
    harmless: u64,
    /// Tries whose damage was told by a warning only.
    warned: u64,
    /// Tries after which a request had other contents and nothing else was said of it.
    other: u64,
    slowest_ms: u128,
}

#[test]
fn what_was_not_hit_is_there_and_what_was_hit_is_told() {
    let (tries, megabytes, seed) =
        (asked("TRACEMILL_DAMAGE_TRIES", 40), asked("TRACEMILL_DAMAGE_MEGABYTES", u64::MAX >> 20), asked("TRACEMILL_SEED", 1));
    let trial = Trial::new();
    let mut failures: Vec<String> = Vec::new();
    let mut told: BTreeMap<(String, Kind), Told> = BTreeMap::new();
    let (mut files, mut telling) = (0, 0);
    let samples = samples::all();
    for (number, sample) in samples.iter().enumerate() {
        let archive = Archive::new(sample, &trial);
        let other = &samples[(number * 7 + 3) % samples.len()].bytes;
        files += 1;
        telling += u64::from(!archive.rows.is_empty());
        let most = (megabytes << 20) / (sample.bytes.len() as u64 + 1) + 1;
        for (kind, tries) in [(Kind::Flip, tries), (Kind::Cut, tries.div_ceil(10)), (Kind::Splice, tries.div_ceil(10))] {
            // each file and kind has its own numbers, so that one can be tried alone
            let mut random = fastrand::Rng::with_seed(seed ^ rows::hash(sample.name.as_bytes()) ^ kind as u64);
            let told = told.entry((archive.form.clone(), kind)).or_default();
            let begun = std::time::Instant::now();
            for _ in 0..tries.min(most) {
                let damage = Damage::new(kind, &sample.bytes, other, &mut random);
                if let Err(failure) = try_one(&trial, &archive, &damage, told) {
                    let kept = trial.keep(&sample.name, &damage.bytes);
                    println!("{}, {}: {failure}; kept as {kept}", sample.name, damage.what);
                    failures.push(format!("{}, {}: {failure}", sample.name, damage.what));
                }
            }
            println!("{}: {} {kind:?}, {} ms", sample.name, tries.min(most), begun.elapsed().as_millis());
        }
    }
    println!("{files} files, {telling} of which hold records");
    for ((form, kind), told) in &told {
        println!("{form:28} {kind:?}: {told:?}");
    }
    if let Some(peak) = rows::peak_memory() {
        println!("peak memory: {} MB", peak >> 20);
        assert!(peak < MEMORY, "a damaged file took {} MB", peak >> 20);
    }
    assert!(failures.is_empty(), "{} tries failed, the first of them: {:#?}", failures.len(), &failures[..failures.len().min(20)]);
}

/// One damaged copy: what is wrong with what was made of it.
fn try_one(trial: &Trial, archive: &Archive, damage: &Damage, told: &mut Told) -> Result<(), String> {
    let found = trial.read(&archive.ending, &damage.bytes)?;
    let whole = archive.untouched(damage);
    let (missing, extra) = archive.compare(&whole, damage.kind == Kind::Splice, &found.rows);
    told.tries += 1;
    told.whole += whole.parts.len() as u64;
    told.slowest_ms = told.slowest_ms.max(found.millis);
    if !missing.is_empty() {
        return Err(format!("{} rows of {} that were not hit are missing; {}", missing.len(), archive.names(&whole, &missing), found.told()));
    }
    if found.set_aside > 0 {
        told.set_aside += 1;
        if found.examples.is_empty() {
            return Err(format!("without a place: {}", found.told()));
        }
        let apart = |at: usize| !whole.places.iter().any(|place| place.contains(&at));
        if whole.exact && !found.examples.iter().any(|(position, _)| rows::byte(position).is_none_or(apart)) {
            return Err(format!("set aside at what was not hit: {}", found.told()));
        }
    } else if archive.lost(&whole, damage, extra) {
        if found.warnings.is_empty() {
            return Err(format!("something is gone without a word; {extra} other rows are there"));
        }
        told.warned += 1;
    } else if extra > 0 {
        told.other += 1;
    } else {
        told.harmless += 1;
    }
    Ok(())
}

/// A few of the same through all of an ingest.
#[test]
fn what_was_hit_is_kept_in_the_lake() {
    let trial = Trial::new();
    let samples = samples::all();
    let mut random = fastrand::Rng::with_seed(asked("TRACEMILL_SEED", 1));
    for number in 0..asked("TRACEMILL_DAMAGE_LAKES", 30) as usize {
        let sample = &samples[number % samples.len()];
        let kind = [Kind::Flip, Kind::Cut, Kind::Splice][random.usize(0..3)];
        let damage = Damage::new(kind, &sample.bytes, &samples[random.usize(0..samples.len())].bytes, &mut random);
        let ending = archive::ending(&sample.name);
        if let Err(failure) = kept::check(&trial, &ending, &damage.bytes) {
            panic!("{}, {}: {failure}; kept as {}", sample.name, damage.what, trial.keep(&sample.name, &damage.bytes));
        }
    }
}
