//! An ingest of a damaged file into a lake: it says what a read of the file says, the rest of the file is in the lake, and what was hit is kept there.

use std::sync::atomic::{AtomicU64, Ordering};

use tracemill_ingest::{Options, Silent, ingest, read};
use tracemill_model::Lake;
use tracemill_model::lake::Place;
use tracemill_model::tables::RAW;

use crate::trial::{Trial, input};

/// What is wrong with the lake that a damaged file is taken into.
pub fn check(trial: &Trial, ending: &str, bytes: &[u8]) -> Result<(), String> {
    let inputs = [input(&trial.write(ending, bytes))];
    let lake = Lake::create(&trial.new_folder()).unwrap();
    let rows = AtomicU64::new(0);
    let seen = read(&inputs, &Options::default(), &Silent, &|_, batch| {
        let _ = rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
    });
    let seen = seen.unwrap().remove(0).source;
    let taken = ingest(&lake, &inputs, &Options::default(), &Silent).unwrap().sources.remove(0);
    if (taken.requests, &taken.records, taken.set_aside, &taken.examples) != (seen.requests, &seen.records, seen.set_aside, &seen.examples) {
        return Err(format!("an ingest finds {taken:?}, a read {seen:?}"));
    }
    let snapshot = lake.snapshot().unwrap();
    let there: u64 = RAW.into_iter().flat_map(|table| snapshot.parts(table.name)).map(|part| part.rows).sum();
    if there + taken.duplicates + taken.conflicts < rows.into_inner() {
        return Err(format!("the lake has {there} rows of {taken:?}"));
    }
    let mut kept = 0;
    for entry in snapshot.quarantine().entries().unwrap() {
        let entry = entry.unwrap();
        let told = |place: &&Place| place.path == taken.path && !place.position.is_empty() && !entry.reason.is_empty();
        kept += entry.places.iter().filter(told).map(|place| place.count).sum::<u64>();
    }
    if kept == taken.set_aside { Ok(()) } else { Err(format!("{kept} set-asides are kept of {taken:?}")) }
}
