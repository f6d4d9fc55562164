//! Which days of the raw tables are others than when the semantic tables were built. Border: the log in, days out; what that changes,
//! `scope` tells.

use std::collections::BTreeSet;

use tracemill_model::Lake;
use tracemill_model::date::day_named;
use tracemill_model::tables::{EVENTS, METRICS, SPANS};

use crate::Error;

/// Days whose raw rows changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The days, from 1970-01-01.
    pub days: BTreeSet<i32>,
    /// Those of them of which parts with data points were taken out, be it to be written anew.
    pub lost_points: BTreeSet<i32>,
}

/// What changed after a commit; `None` where the log does not say it.
pub fn since(lake: &Lake, commit: u64) -> Result<Option<Changes>, Error> {
    let mut changes = Changes::default();
    for entry in lake.log()?.into_iter().filter(|entry| entry.number > commit && entry.built_with.is_none()) {
        let added = entry.added.iter().map(|added| (&added.file, false));
        for (file, removed) in added.chain(entry.removed.iter().map(|file| (file, true))) {
            let Some((table, rest)) = file.split_once("/date=") else { continue };
            if ![SPANS.name, EVENTS.name, METRICS.name].contains(&table) {
                continue;
            }
            let Some(day) = rest.split_once('/').and_then(|(date, _)| day_named(date)) else { return Ok(None) };
            changes.days.insert(day);
            if removed && table == METRICS.name {
                changes.lost_points.insert(day);
            }
        }
    }
    Ok(Some(changes))
}
