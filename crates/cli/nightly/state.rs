//! The state of a lake as nights compare it: rows by table and day, and a fingerprint of all that answers depend on. Border: reading only.

use std::collections::BTreeMap;

use jiff::civil::Date;
use tracemill_model::lake::Snapshot;
use tracemill_model::tables::{self, RAW};
use tracemill_query::page::{LateDay, Period};
use tracemill_query::{FilterWords, Report};

use super::record::ByTable;

/// Where rows without a time lie.
const TIMELESS: &str = "1970-01-01";

/// Rows of the raw tables by UTC day.
pub fn days(snapshot: &Snapshot) -> BTreeMap<String, ByTable> {
    let mut days: BTreeMap<String, ByTable> = BTreeMap::new();
    for table in RAW {
        for part in snapshot.parts(table.name).filter(|p| p.rows > 0) {
            *days.entry(part.date.clone()).or_default().entry(table.name.to_owned()).or_default() += part.rows;
        }
    }
    days
}

/// Rows of every table.
pub fn tables(snapshot: &Snapshot) -> ByTable {
    tables::all().map(|t| (t.name.to_owned(), snapshot.parts(t.name).map(|p| p.rows).sum())).collect()
}

/// The days on which two states differ.
pub fn touched(before: &BTreeMap<String, ByTable>, after: &BTreeMap<String, ByTable>) -> Vec<String> {
    let mut days: Vec<String> = before.keys().chain(after.keys()).filter(|day| before.get(*day) != after.get(*day)).cloned().collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// The UTC days of raw tables that are others than they were at a commit. Where only `removed` counts: days that lost rows, or had some replaced.
pub fn changed(snapshot: &Snapshot, commit: u64, removed: bool) -> Vec<String> {
    let raw = |table: &str| RAW.iter().any(|t| t.name == table);
    let mut days: Vec<String> = snapshot.changed_since(commit).filter(|c| raw(c.table) && (c.removed || !removed)).map(|c| c.date.to_owned()).collect();
    days.sort_unstable();
    days.dedup();
    days
}

/// The days that were over before the period began and have changed since another run, by its count of rows and its commit.
pub fn late(before: &BTreeMap<String, ByTable>, commit: u64, snapshot: &Snapshot, period: &Period) -> Vec<LateDay> {
    let after = days(snapshot);
    let mut changed_days = touched(before, &after);
    changed_days.extend(changed(snapshot, commit, false));
    changed_days.sort_unstable();
    changed_days.dedup();
    let mut late = Vec::new();
    for day in changed_days.into_iter().filter(|day| day != TIMELESS) {
        let over = day.parse::<Date>().and_then(|d| d.tomorrow()).and_then(|d| d.to_zoned(jiff::tz::TimeZone::UTC));
        if !over.is_ok_and(|end| end.timestamp() <= period.since()) {
            continue;
        }
        let rows = |state: &BTreeMap<String, ByTable>, table: &str| state.get(&day).and_then(|d| d.get(table)).copied().unwrap_or(0);
        let change = |table: &str| i64::try_from(rows(&after, table)).unwrap_or(i64::MAX) - i64::try_from(rows(before, table)).unwrap_or(i64::MAX);
        let records = RAW.iter().map(|t| (t.name.to_owned(), change(t.name))).filter(|(_, n)| *n != 0).collect();
        late.push(LateDay { day, records, page: None });
    }
    late
}

/// Whether a part of the period lies on one of the days.
pub fn overlaps(period: &Period, days: &[String]) -> bool {
    let of_day = |day: &String| {
        let start = day.parse::<Date>().and_then(|d| d.to_zoned(jiff::tz::TimeZone::UTC));
        let end = day.parse::<Date>().and_then(|d| d.tomorrow()).and_then(|d| d.to_zoned(jiff::tz::TimeZone::UTC));
        start.is_ok_and(|s| s.timestamp() < period.until()) && end.is_ok_and(|e| e.timestamp() > period.since())
    };
    days.iter().any(of_day)
}

/// A fingerprint of all that a night's files are made from: the lake, the questions, the period and what is told beside.
pub fn fingerprint(snapshot: &Snapshot, reports: &[Report], period: &Period, words: &FilterWords, late: &[LateDay]) -> String {
    let mut hash = blake3::Hasher::new();
    let mut add = |text: String| {
        let _ = hash.update(text.as_bytes()).update(&[0]);
    };
    add(format!("{} {:?} {:?} {} {}", env!("CARGO_PKG_VERSION"), snapshot.built_with, words, period.since(), period.until()));
    for table in tables::all() {
        snapshot.parts(table.name).for_each(|part| add(format!("{} {} {:?}", part.file, part.rows, part.hash)));
    }
    snapshot.sources().for_each(|source| add(format!("{source:?}")));
    add(format!("{:?}", snapshot.quarantine().index()));
    reports.iter().for_each(|report| add(format!("{report:?}")));
    add(format!("{late:?}"));
    hash.finalize().to_hex().to_string()
}
