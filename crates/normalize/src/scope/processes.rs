//! What processes count of no conversation, and whose responses that may be. Border: days in; which sums of a day depend on which records out.

use std::ops::RangeInclusive;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::survey::groups::Group;
use crate::survey::key::{self, Key};
use crate::survey::{Counting, Day};

/// The days of the responses of each process that are counted in something.
pub type Counts = FxHashMap<Key, Vec<RangeInclusive<i32>>>;

/// What all days' points count, by day.
#[derive(Debug)]
pub struct Counted(Vec<(i32, Counting)>);

impl Counted {
    /// Of these days.
    pub fn of<'d>(days: impl Iterator<Item = (i32, &'d Day)>) -> Counted {
        Counted(days.flat_map(|(date, day)| day.counting.iter().map(move |c| (date, *c))).collect())
    }

    /// The keys of the sums that may count responses of these processes and days.
    pub fn by<'c>(&'c self, responding: &'c FxHashSet<(Key, i32)>) -> impl Iterator<Item = Key> + 'c {
        let counts = |c: &Counting| (c.from..=c.until).any(|day| responding.contains(&(c.process, day)) || responding.contains(&(c.unnamed, day)));
        self.0.iter().filter(move |(_, c)| counts(c)).map(|(date, c)| key::counted(c.process, *date))
    }

    /// What the sums with these keys count.
    pub fn days(&self, keys: &FxHashSet<Key>) -> Counts {
        let mut counts = Counts::default();
        for (date, c) in &self.0 {
            if keys.contains(&key::counted(c.process, *date)) {
                for process in [c.process, c.unnamed] {
                    counts.entry(process).or_default().push(c.from..=c.until);
                }
            }
        }
        counts
    }
}

/// Other days on which spans of each group ended.
fn reach(day: &Day) -> FxHashMap<Group, Vec<i32>> {
    let mut reach: FxHashMap<Group, Vec<i32>> = FxHashMap::default();
    day.reach.iter().for_each(|(group, other)| reach.entry(*group).or_default().push(*other));
    reach
}

/// Tells the processes of a day's groups that pass, with each day on which they may have responded.
pub fn of_day(date: i32, day: &Day, passes: impl Fn(Group) -> bool, mut tell: impl FnMut(Key, i32)) {
    let reach = reach(day);
    for (process, group) in day.instances.iter().filter(|(_, group)| passes(*group)) {
        tell(*process, date);
        reach.get(group).into_iter().flatten().for_each(|other| tell(*process, *other));
    }
}

/// Tells the groups of a day that have responses which are counted.
pub fn responses(date: i32, day: &Day, counts: &Counts, mut tell: impl FnMut(Group)) {
    if counts.is_empty() {
        return;
    }
    let reach = reach(day);
    for (process, group) in &day.instances {
        let Some(ranges) = counts.get(process) else { continue };
        let others = reach.get(group).into_iter().flatten();
        if std::iter::once(&date).chain(others).any(|day| ranges.iter().any(|range| range.contains(day))) {
            tell(*group);
        }
    }
}
