//! The parts of the raw tables by day. Border: paths; what is in them is read elsewhere.

use std::collections::BTreeMap;

use rayon::prelude::*;
use tracemill_model::date::day_named;
use tracemill_model::lake::{Part, Snapshot};
use tracemill_model::tables::{EVENTS, METRICS, PROFILES, SPANS};

use crate::Error;
use crate::dialect::Dialects;
use crate::dialect::learning::{self, Unclaimed};

/// Parts of a day.
#[derive(Debug, Default)]
struct Parts<'a> {
    events: Vec<&'a Part>,
    spans: Vec<&'a Part>,
    metrics: Vec<&'a Part>,
    profiles: Vec<&'a Part>,
}

/// Parts by day, from 1970-01-01.
#[derive(Debug, Default)]
pub struct RawDays<'a>(BTreeMap<i32, Parts<'a>>);

impl<'a> RawDays<'a> {
    /// Of a state of the lake.
    pub fn new(snapshot: &'a Snapshot) -> RawDays<'a> {
        let mut days = RawDays::default();
        let mut add = |table: &'static str, of: for<'p> fn(&'p mut Parts<'a>) -> &'p mut Vec<&'a Part>| {
            for part in snapshot.parts(table) {
                of(days.0.entry(day_named(&part.date).unwrap_or(0)).or_default()).push(part);
            }
        };
        add(EVENTS.name, |parts| &mut parts.events);
        add(SPANS.name, |parts| &mut parts.spans);
        add(METRICS.name, |parts| &mut parts.metrics);
        add(PROFILES.name, |parts| &mut parts.profiles);
        days
    }

    /// The days, in order.
    pub fn days(&self) -> impl Iterator<Item = i32> {
        self.0.keys().copied()
    }

    /// Whether there is any row of a day.
    pub fn has(&self, day: i32) -> bool {
        self.0.contains_key(&day)
    }

    /// All raw rows of a day.
    pub fn all(&self, day: i32) -> impl Iterator<Item = &'a Part> {
        self.0.get(&day).into_iter().flat_map(|p| [&p.events, &p.spans, &p.metrics, &p.profiles].into_iter().flatten().copied())
    }

    /// Log records and span events of a day.
    pub fn events(&self, day: i32) -> impl Iterator<Item = &'a Part> {
        self.0.get(&day).into_iter().flat_map(|parts| parts.events.iter().copied())
    }

    /// Spans that began on a day.
    pub fn spans(&self, day: i32) -> impl Iterator<Item = &'a Part> {
        self.0.get(&day).into_iter().flat_map(|parts| parts.spans.iter().copied())
    }

    /// Data points of a day.
    pub fn metrics(&self, day: i32) -> impl Iterator<Item = &'a Part> {
        self.0.get(&day).into_iter().flat_map(|parts| parts.metrics.iter().copied())
    }

    /// What no dialect claims, of the days that are wanted.
    pub fn unclaimed(&self, dialects: &Dialects, wanted: impl Fn(i32) -> bool) -> Result<BTreeMap<i32, Unclaimed>, Error> {
        let of = |day: i32| {
            let parts = |table: &'static str| -> Vec<&'a Part> {
                match table {
                    "events" => self.events(day).collect(),
                    "spans" => self.spans(day).collect(),
                    _ => self.metrics(day).collect(),
                }
            };
            Ok((day, learning::unclaimed(dialects, |table| parts(table).into_iter())?))
        };
        let days: Vec<i32> = self.days().filter(|day| wanted(*day)).collect();
        // the first look at them: parts of a lake in a store come several at a time
        Snapshot::fetch(days.iter().flat_map(|day| self.all(*day)))?;
        days.into_par_iter().map(of).collect()
    }
}
