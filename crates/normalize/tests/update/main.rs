//! Tables that are brought up to date have, row for row and in the same order, what a build of everything gives: random archives are delivered in
//! random pieces, and after each the two are compared. More than the few of a usual run:
//!
//! ```console
//! $ TRACEMILL_HISTORIES=200 TRACEMILL_SEED=1 cargo test --release -p tracemill-normalize --test update -- --nocapture
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "a panic in a test is a failed test")]

mod archive;
mod lakes;

use std::collections::{BTreeMap, BTreeSet};

use archive::{Archive, Piece};
use lakes::{Pair, days_that_differ};
use tracemill_normalize::Rebuilt;

/// A number from the environment, which a longer run sets.
fn asked(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

#[test]
fn an_update_gives_what_a_build_of_everything_gives() {
    let archive = Archive::read();
    let first = asked("TRACEMILL_SEED", 1);
    let mut reasons: BTreeMap<String, u32> = BTreeMap::new();
    let (mut updates, mut read, mut there) = (0, 0, 0);
    for seed in first..first + asked("TRACEMILL_HISTORIES", 4) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut lakes = Pair::new();
        let mut before = BTreeMap::new();
        for (number, delivery) in deliveries(&mut random, &archive).into_iter().enumerate() {
            lakes.deliver(number, &delivery, &mut random);
            let (summary, other) = lakes.build();
            let place = format!("seed {seed}, delivery {number}: {:?}", summary.rebuilt);
            let after = lakes.compare(&place);
            assert_eq!(summary.conversations, other.conversations, "{place}");
            assert_eq!((summary.latency, summary.metric_deltas), (other.latency, other.metric_deltas), "{place}");
            let told: BTreeSet<&str> = summary.changed_days.iter().map(String::as_str).collect();
            for day in days_that_differ(&before, &after) {
                assert!(told.contains(day), "{place}: {day} has changed and is not among {told:?}");
            }
            match summary.rebuilt {
                Rebuilt::All(reason) => *reasons.entry(reason).or_default() += 1,
                Rebuilt::Days { new, with } => {
                    updates += 1;
                    read += new.len() + with.len();
                    there += lakes.days();
                }
            }
            before = after;
        }
    }
    println!("{updates} updates, which read {read} of {there} days; builds of everything: {reasons:#?}");
    assert!(updates > 0, "nothing was brought up to date: {reasons:?}");
}

/// Pieces of an archive in the order in which they come in: by time, by signal, or as it happens; some come twice.
fn deliveries(random: &mut fastrand::Rng, archive: &Archive) -> Vec<Vec<Piece>> {
    let copies = random.usize(2..=4);
    let mut pieces: Vec<Piece> = (0..copies).flat_map(|copy| archive.copy(random, copy)).collect();
    let number = random.usize(2..=5);
    let mut deliveries = vec![Vec::new(); number];
    pieces.sort_by_key(|piece| (piece.time, piece.signal));
    let (order, len) = (random.u8(0..4), pieces.len());
    for (place, piece) in pieces.into_iter().enumerate() {
        let by_time = place * number / len;
        let to = match order {
            0 => random.usize(0..number),
            // metrics come last, spans late
            1 => (by_time + [0, 1, number][usize::from(piece.signal)]).min(number - 1),
            // a few come late
            2 if random.u8(0..20) == 0 => random.usize(by_time..number),
            3 => piece.copy % number,
            _ => by_time,
        };
        if random.u8(0..12) == 0 {
            deliveries[random.usize(0..number)].push(piece.clone());
        }
        deliveries[to].push(piece);
    }
    if random.u8(0..4) == 0 {
        deliveries.push(Vec::new());
    }
    deliveries
}

/// A lake of many days gets one more: what that costs beside building all of it. `TRACEMILL_DAYS` and `TRACEMILL_COPIES` (of a scenario, a day) make
/// it larger.
#[test]
#[ignore = "measures; run it alone and optimised"]
fn a_night_costs_what_is_new() {
    let archive = Archive::read();
    let (days, copies) = (asked("TRACEMILL_DAYS", 100), asked("TRACEMILL_COPIES", 4));
    let mut random = fastrand::Rng::with_seed(7);
    let mut lakes = Pair::new();
    let of_day = |random: &mut fastrand::Rng, day: u64| -> Vec<Piece> {
        (0..copies).flat_map(|copy| archive.copy_of(random, (day * copies + copy) as usize, day as i64)).collect()
    };
    let all: Vec<Piece> = (0..days).flat_map(|day| of_day(&mut random, day)).collect();
    let timed = |what: &str, work: &mut dyn FnMut()| {
        let begin = std::time::Instant::now();
        work();
        println!("{what}: {:.3} s", begin.elapsed().as_secs_f64());
    };
    timed("ingest of all days", &mut || lakes.take(0, &all));
    timed("build of all days", &mut || println!("{:?}", lakes.update().rebuilt));
    for night in 0..3 {
        let new = of_day(&mut random, days + night);
        timed("ingest of a night", &mut || lakes.take(1 + night as usize, &new));
        timed("update with a night", &mut || println!("{:?}", lakes.update().rebuilt));
    }
    let late = of_day(&mut random, days / 2);
    timed("ingest of late records", &mut || lakes.take(9, &late));
    timed("update with late records", &mut || println!("{:?}", lakes.update().rebuilt));
    timed("is it current", &mut || assert!(lakes.is_current()));
    timed("build of all days", &mut || println!("{:?}", lakes.build().1.rebuilt));
    let _ = lakes.compare("after all nights");
}
