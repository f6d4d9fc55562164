//! Fast and slow ways of decoding agree: a document is held against its odd twins, which say the same but which the quick steps of the decoders do not take:
//! JSON with white space, escapes, other orders, forms and names; and protobuf, by hand and by `prost`. Both must give the same rows in all columns and set as
//! much aside. A usual run takes few documents; more of them:
//!
//! ```console
//! $ TRACEMILL_PATHS_FILES=DIR TRACEMILL_PATHS_TRIES=10000000 TRACEMILL_SEED=1 cargo test --release -p tracemill-ingest --test paths -- --nocapture
//! ```
//!
//! `TRACEMILL_PATHS_TRIES` are the documents that are made; a tenth as many are samples changed at random. Each of a folder's documents has
//! `TRACEMILL_PATHS_TWINS` twins.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, reason = "a panic in a test is a failed test")]

mod deep;
mod json;
mod made;
mod mutate;
mod odd;
mod pairs;
#[allow(dead_code, reason = "shared with another test, which needs more of it")]
#[path = "../damaged/rows.rs"]
mod rows;
mod samples;
mod scalar;
mod schema;
mod trial;
mod wire;

use std::time::Instant;

use json::Json;
use made::Maker;
use pairs::{Pairs, Twins};
use trial::Trial;

/// Documents in a file. More lists of attributes than make the decoder forget the sequences of keys that it knows.
const TOGETHER: usize = 20_000;
/// Failures after which a run is over.
const ENOUGH: usize = 40;

/// All ways of JSON.
const ALL: u16 = ((1 << odd::WAYS) - 1) | odd::FOREIGN;

/// A number from the environment, which a longer run sets.
fn asked(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Compares documents with their twins of all kinds, until that many documents were compared.
fn run(what: &str, ways: u16, tries: u64, mut next: impl FnMut() -> Json) {
    let trial = Trial::new();
    let (mut done, mut number, mut twins, mut failures, begun) = (0, 0, 0, Vec::new(), Instant::now());
    while done < tries && failures.len() < ENOUGH {
        let together: Vec<Json> = (0..(tries - done).min(TOGETHER as u64)).map(|_| next()).collect();
        let kinds = [Twins::Odd(ways), Twins::Wire, Twins::Odd(odd::MERE), Twins::Prost];
        // the one kind or the other, or all of them where there are few
        let few = tries < kinds.len() as u64 * TOGETHER as u64;
        let kinds = if few { &kinds[..] } else { &kinds[number % 2 * 2..][..2] };
        for kind in kinds {
            let pairs = Pairs { documents: together.iter().collect(), seed: asked("TRACEMILL_SEED", 1) ^ done, twins: *kind };
            let (with_twin, found) = pairs.compare(&trial);
            twins += with_twin;
            found.iter().for_each(|failure| println!("{what}: {failure}\n"));
            failures.extend(found);
        }
        done += together.len() as u64;
        number += 1;
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("{what}: {done} documents, {twins} twins, {seconds:.0} s, {:.0} documents a second", done as f64 / seconds);
    assert!(failures.is_empty(), "{} differ, the first: {}", failures.len(), failures[0]);
}

#[test]
fn made_documents_and_their_twins_agree() {
    let mut maker = Maker::new(asked("TRACEMILL_SEED", 1));
    run("made", ALL & !odd::LINES, asked("TRACEMILL_PATHS_TRIES", 600), || maker.request());
}

/// Only of those that can be read: what is left of one that cannot is looked for line by line.
#[test]
fn documents_over_lines_agree() {
    let mut maker = Maker::usual(asked("TRACEMILL_SEED", 1));
    run("over lines", odd::LINES | odd::SPACE | odd::ORDER, asked("TRACEMILL_PATHS_TRIES", 600).div_ceil(50), || maker.request());
}

#[test]
fn changed_samples_and_their_twins_agree() {
    let mut random = fastrand::Rng::with_seed(asked("TRACEMILL_SEED", 1));
    let mut pool: Vec<Json> = Vec::new();
    for sample in samples::all() {
        for _ in 0..4 {
            let document = &sample.documents[random.usize(0..sample.documents.len())];
            pool.push(mutate::excerpt(document, &mut random));
        }
    }
    run("changed", ALL & !odd::LINES, asked("TRACEMILL_PATHS_TRIES", 600).div_ceil(10), || {
        loop {
            let document = &pool[random.usize(0..pool.len())];
            let changed = if random.bool() { Some(mutate::of_values(document, &mut random)) } else { mutate::of_bytes(document, &mut random) };
            // what is read of the rest of a list that cannot be read depends on how it is written
            if let Some(changed @ Json::Object(_)) = changed {
                return changed;
            }
        }
    });
}

#[test]
fn deep_values_and_their_twins_agree() {
    const LEVELS: [usize; 15] = [1, 8, 90, 95, 98, 99, 100, 101, 102, 103, 104, 105, 110, 120, 140];
    let mut documents = LEVELS.into_iter().flat_map(deep::nested);
    let number = LEVELS.into_iter().map(|levels| deep::nested(levels).len() as u64).sum();
    run("deep", odd::SPACE | odd::ESCAPES, number, || documents.next().unwrap_or(Json::Null));
}

#[test]
fn samples_and_their_twins_agree() {
    let (trial, mut failures) = (Trial::new(), Vec::new());
    let (mut files, mut documents, mut twins, begun) = (0, 0, 0, Instant::now());
    for sample in samples::all() {
        files += 1;
        documents += sample.documents.len();
        for n in 0..asked("TRACEMILL_PATHS_TWINS", 1) {
            for kind in [Twins::Odd(odd::MERE), Twins::Odd(ALL), Twins::Wire, Twins::Prost] {
                let pairs = Pairs { documents: sample.documents.iter().collect(), seed: asked("TRACEMILL_SEED", 1) ^ n, twins: kind };
                let (with_twin, found) = pairs.compare(&trial);
                twins += with_twin;
                failures.extend(found.into_iter().map(|failure| format!("{}: {failure}", sample.name)));
            }
        }
        // the file as it is, whose documents may be written over lines
        let plain = sample.documents.iter().fold(String::new(), |mut text, document| {
            document.write(&mut text);
            text + "\n"
        });
        if let Some(what) = trial.read(&sample.bytes).differs(&trial.read(plain.as_bytes())) {
            failures.push(format!("{}: without white space: {what}", sample.name));
        }
    }
    println!("{files} files, {documents} documents, {twins} twins, {:.0} s", begun.elapsed().as_secs_f64());
    failures.iter().for_each(|failure| println!("{failure}\n"));
    assert!(failures.is_empty(), "{} differ, the first: {}", failures.len(), failures[0]);
}
