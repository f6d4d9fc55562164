//! Log records that two systems tell: the same record from an OTLP file and from Loki, or from two pages and exports of Loki's that keep
//! different parts of it. Border: the parts of one day in, the rows that do not stay out; records of one identity are found before.
//!
//! Names, types and the place of attributes differ from system to system (`telling`), so there is no key. Two rows tell one record when
//! they have one time to the nanosecond and nothing in the one contradicts the other. The richer system stands, then what says more. Rows of
//! the richest system are never compared with each other: what is really there twice stays twice.
//!
//! Some exports cut times to milliseconds or seconds: such a row tells the record of any row within that time.
//!
//! Only rows of a poorer system, and rows at the very same nanosecond, are read at all: an archive without poorer systems costs a look at the
//! statistics of its parts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasherDefault;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, RecordBatch};
use tracemill_model::LakeError;

use super::telling::Telling;
use super::{Place, Repeats};
use crate::identity::Unhashed;
use crate::stored;
use crate::system::System;

/// Rows of poorer systems looked at in one pass: about a kilobyte each, with the row beside it.
const ROWS_PER_PASS: usize = 200_000;

/// A row by its place.
#[derive(Clone, Copy)]
struct At {
    place: usize,
    row: u32,
    /// Its time has more digits than the unit.
    precise: bool,
    system: System,
}

/// What times may have been cut to, in nanoseconds: nothing, milliseconds (Grafana's text), seconds (logcli's text).
const UNITS: [i64; 3] = [1, 1_000_000, 1_000_000_000];

/// Adds the rows that tell what a richer row tells to those that do not stay.
pub fn search(places: &[Place], drops: &mut [HashSet<u32>], repeats: &mut BTreeMap<u32, Repeats>) -> Result<(), LakeError> {
    for unit in UNITS {
        search_within(unit, places, drops, repeats)?;
    }
    Ok(())
}

/// The same for the rows whose time is a multiple of the unit, among the rows of that unit.
fn search_within(unit: i64, places: &[Place], drops: &mut [HashSet<u32>], repeats: &mut BTreeMap<u32, Repeats>) -> Result<(), LakeError> {
    let mut times = poor_times(places, drops)?;
    times.retain(|time| time % unit == 0);
    let mut rest = times.as_slice();
    while !rest.is_empty() {
        let mut end = rest.len().min(ROWS_PER_PASS);
        while rest.get(end).is_some_and(|time| *time == rest[end - 1]) {
            end += 1;
        }
        let (pass, later) = rest.split_at(end);
        rest = later;
        let groups = groups(places, drops, pass, unit)?;
        for (place, row, source) in losers(places, groups, unit)? {
            drops[place].insert(row);
            if let Some(source) = source {
                repeats.entry(source).or_default().duplicates += 1;
            }
        }
    }
    Ok(())
}

/// The columns that say when, and by what system, a record was told.
const COLUMNS: [&str; 5] = ["time", "observed_time", "time_source", "origin", "system"];

/// The times of the log records of poorer systems, sorted.
fn poor_times(places: &[Place], drops: &[HashSet<u32>]) -> Result<Vec<i64>, LakeError> {
    let mut times = Vec::new();
    for (place, drops) in places.iter().zip(drops) {
        if stored::other_than(place.path(), "system", System::Otlp.name())? {
            entries(place, drops, &mut |_, time, system| {
                if system != System::Otlp {
                    times.push(time);
                }
            })?;
        }
    }
    times.sort_unstable();
    Ok(times)
}

/// Visits the log records of a part that stay so far: row, time, system.
fn entries(place: &Place, drops: &HashSet<u32>, visit: &mut dyn FnMut(u32, i64, System)) -> Result<(), LakeError> {
    let mut row = 0;
    for batch in stored::columns(place.path(), &COLUMNS)? {
        let batch = batch?;
        for at in 0..batch.num_rows() {
            if let Some((time, system)) = entry(&batch, at).filter(|_| !drops.contains(&row)) {
                visit(row, time, system);
            }
            row += 1;
        }
    }
    Ok(())
}

type Groups = HashMap<i64, Vec<At>, BuildHasherDefault<Unhashed>>;

/// The log records that share their time, as far as the unit goes, with one of a poorer system; the times of these are given.
fn groups(places: &[Place], drops: &[HashSet<u32>], times: &[i64], unit: i64) -> Result<Groups, LakeError> {
    let mut groups = Groups::default();
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Ok(groups) };
    for (n, place) in places.iter().enumerate() {
        if stored::times_within(place.path(), &["time", "observed_time"], *first, last.saturating_add(unit))? {
            entries(place, &drops[n], &mut |row, time, system| {
                let within = time - time.rem_euclid(unit);
                if times.binary_search(&within).is_ok() {
                    groups.entry(within).or_default().push(At { place: n, row, precise: time != within, system });
                }
            })?;
        }
    }
    let imprecise = |at: &At| unit == 1 || !at.precise;
    groups.retain(|_, group| {
        group.iter().any(|at| at.system != System::Otlp && imprecise(at)) && group.len() > 1 && (unit == 1 || group.iter().any(|at| at.precise))
    });
    Ok(groups)
}

/// The time by which all systems know a log record: its own, or the observed one where it has none. Events of spans are none.
fn entry(batch: &RecordBatch, row: usize) -> Option<(i64, System)> {
    let text = |name| {
        let column = batch.column_by_name(name)?.as_string_opt::<i32>()?;
        column.is_valid(row).then(|| column.value(row))
    };
    let time = |name| {
        let column = batch.column_by_name(name)?.as_primitive_opt::<TimestampNanosecondType>()?;
        column.is_valid(row).then(|| column.value(row))
    };
    if text("origin") == Some("span_event") {
        return None;
    }
    let time = if text("time_source") == Some("record") { time("time") } else { time("observed_time").or_else(|| time("time")) };
    Some((time?, text("system").map_or(System::Otlp, System::of)))
}

/// Of each group those rows that tell what a richer one tells, with their source where they are new.
fn losers(places: &[Place], groups: Groups, unit: i64) -> Result<Vec<(usize, u32, Option<u32>)>, LakeError> {
    let mut wanted: Vec<HashMap<u32, (i64, At)>> = vec![HashMap::new(); places.len()];
    for (time, group) in &groups {
        for at in group {
            wanted[at.place].insert(at.row, (*time, *at));
        }
    }
    let mut told: BTreeMap<i64, Vec<(Telling, At)>> = BTreeMap::new();
    for (n, place) in places.iter().enumerate().filter(|(n, _)| !wanted[*n].is_empty()) {
        let mut row = 0;
        for batch in stored::columns(place.path(), &Telling::COLUMNS)? {
            let batch = batch?;
            for at in 0..batch.num_rows() {
                if let Some((time, found)) = wanted[n].get(&row) {
                    told.entry(*time).or_default().push((Telling::read(&batch, at, found.system), *found));
                }
                row += 1;
            }
        }
    }
    let mut losers = Vec::new();
    for mut group in told.into_values() {
        group.sort_by(|a, b| b.0.rank().cmp(&a.0.rank()));
        let mut standing: Vec<&Telling> = group.iter().filter(|(_, at)| at.precise).map(|(telling, _)| telling).collect();
        for (telling, at) in group.iter().filter(|(_, at)| !at.precise) {
            if telling.system() != System::Otlp && standing.iter().any(|s| s.same_record(telling)) {
                losers.push((at.place, at.row, places[at.place].source_of(at.row)?));
            } else if unit == 1 {
                standing.push(telling);
            }
        }
    }
    Ok(losers)
}
