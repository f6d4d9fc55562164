//! What was noted when the tables were last built, and what has changed since. Border: the log and the days' files in; whether the tables can
//! be brought up to date with it, out.

use std::collections::{BTreeMap, BTreeSet};

use tracemill_model::date::{day_name, day_named};
use tracemill_model::lake::{BuiltWith, Snapshot};
use tracemill_model::tables::{EVENTS, METRICS, PROFILES, SPANS};

use super::Reason;
use crate::dialect::learning::{Origins, Unclaimed, origins};
use crate::scope::States;
use crate::survey;

/// The state before.
#[derive(Debug)]
pub struct Before {
    /// What is known of each day.
    pub states: States,
    /// Days whose raw rows have changed since.
    pub dirty: BTreeSet<i32>,
    /// Days of which only profiles have changed, or these too.
    pub profiled: BTreeSet<i32>,
}

impl Before {
    /// Reads it; gives the reason where the tables cannot be brought up to date.
    pub fn read(snapshot: &Snapshot, now: &BuiltWith) -> Result<Before, Reason> {
        let Some(then) = &snapshot.built_with else { return Err(crate::FIRST_BUILD.to_owned()) };
        for (differs, what) in [
            (then.release != now.release, "another release of tracemill built them"),
            (then.dialects != now.dialects, "dialects, categories or map have changed"),
            (then.prices != now.prices, "the prices have changed"),
        ] {
            if differs {
                return Err(what.to_owned());
            }
        }
        let mut states = States::new();
        Snapshot::fetch(snapshot.parts(survey::BUILT)).map_err(|e| e.to_string())?;
        for part in snapshot.parts(survey::BUILT) {
            let Some((date, day)) = survey::date_of(part).zip(survey::read(&part.path)) else {
                return Err(format!("{} is damaged, or of another release", part.file));
            };
            states.insert(date, day);
        }
        let raw = [EVENTS.name, SPANS.name, METRICS.name];
        let changed = snapshot.changed_since(then.raw_commit).filter(|change| raw.contains(&change.table));
        let dirty: BTreeSet<i32> = changed.filter_map(|change| day_named(change.date)).collect();
        let days: BTreeSet<i32> = raw.iter().flat_map(|table| snapshot.parts(table)).filter_map(|part| day_named(&part.date)).collect();
        if let Some(day) = days.iter().find(|day| !states.contains_key(day) && !dirty.contains(day)) {
            return Err(format!("nothing was noted of {}", day_name(*day)));
        }
        if states.values().any(|day| day.samples) {
            return Err(SAMPLES.to_owned());
        }
        let profiles = snapshot.changed_since(then.raw_commit).filter(|change| change.table == PROFILES.name);
        Ok(Before { states, dirty, profiled: profiles.filter_map(|change| day_named(change.date)).collect() })
    }

    /// The days that have not changed.
    pub fn clean(&self) -> impl Iterator<Item = (i32, &survey::Day)> {
        self.states.iter().filter(|(date, _)| !self.dirty.contains(date)).map(|(date, day)| (*date, day))
    }

    /// What records show of programs that no dialect claims, with those of the changed days; gives the reason where rows of other days would be
    /// in another dialect.
    pub fn learned(&self, changed: &BTreeMap<i32, Unclaimed>) -> Result<Origins, Reason> {
        let before = origins(self.states.values().map(|day| &day.unclaimed));
        let now = origins(self.clean().map(|(_, day)| &day.unclaimed).chain(changed.values()));
        let other = self.clean().flat_map(|(_, day)| &day.unclaimed).find(|(origin, _)| before.get(origin) != now.get(origin));
        match other {
            Some(((service, scope), _)) => {
                let name = service.as_deref().or(scope.as_deref()).unwrap_or_default();
                Err(format!("records show another agent behind {name} than before"))
            }
            None => Ok(now),
        }
    }
}

/// Why samples need the whole lake.
pub const SAMPLES: &str = "samples of Prometheus are judged over all of them";
