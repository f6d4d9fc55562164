//! All that hangs together with some keys, over many days. Border: groups of days in, keys and marked groups out.

use rustc_hash::FxHashSet;

use crate::survey::Day;
use crate::survey::groups::{Group, Groups};
use crate::survey::key::Key;

/// A day while groups of it are marked.
#[derive(Debug, Clone)]
pub struct Marked<'d> {
    /// From 1970-01-01.
    pub date: i32,
    /// What is known of it.
    pub day: &'d Day,
    records: Vec<bool>,
    points: Vec<bool>,
    /// Groups were marked whose keys are not in yet.
    pending: bool,
}

/// Keys, and the groups of all days that have any of them; of a marked group all keys are in.
#[derive(Debug, Clone, Default)]
pub struct Closure<'d> {
    /// The keys.
    pub keys: FxHashSet<Key>,
    /// The days.
    pub days: Vec<Marked<'d>>,
    frontier: Vec<Key>,
}

impl<'d> Closure<'d> {
    /// Of nothing yet, over these days.
    pub fn new(days: impl Iterator<Item = (i32, &'d Day)>) -> Closure<'d> {
        let marked = |(date, day): (i32, &'d Day)| Marked {
            date,
            day,
            records: vec![false; day.records.count()],
            points: vec![false; day.points.count()],
            pending: false,
        };
        Closure { days: days.map(marked).collect(), ..Closure::default() }
    }

    /// Takes a key in; what hangs together with it comes with [`Closure::close`].
    pub fn add(&mut self, key: Key) {
        if self.keys.insert(key) {
            self.frontier.push(key);
        }
    }

    /// Takes in a group of records of the day at that place; its keys come with [`Closure::close`], too.
    pub fn add_records(&mut self, place: usize, group: Group) {
        let day = &mut self.days[place];
        day.pending |= !std::mem::replace(&mut day.records[group as usize], true);
    }

    /// Takes in all that shares a key with what is in, and with that, and so on.
    pub fn close(&mut self) {
        let Closure { keys, days, frontier } = self;
        for day in days.iter_mut() {
            if std::mem::take(&mut day.pending) {
                take(&day.day.records, &day.records, keys, frontier);
            }
        }
        while !frontier.is_empty() {
            let mut last = std::mem::take(frontier);
            last.sort_unstable();
            for Marked { day, records, points, .. } in days.iter_mut() {
                for (groups, marks) in [(&day.records, records), (&day.points, points)] {
                    if mark(groups, marks, &last) {
                        take(groups, marks, keys, frontier);
                    }
                }
            }
        }
    }
}

/// Takes the keys of the marked groups in; those that are new go to the frontier.
fn take(groups: &Groups, marks: &[bool], keys: &mut FxHashSet<Key>, frontier: &mut Vec<Key>) {
    let marked = groups.keys.iter().zip(&groups.of).filter(|(_, of)| marks[**of as usize]).map(|(key, _)| *key);
    frontier.extend(marked.filter(|key| keys.insert(*key)));
}

impl Marked<'_> {
    /// Whether a group of records is in.
    pub fn has_records(&self, group: Group) -> bool {
        self.records[group as usize]
    }

    /// Whether any group of records is in.
    pub fn any_records(&self) -> bool {
        self.records.contains(&true)
    }

    /// Whether any group at all is in.
    pub fn any(&self) -> bool {
        self.any_records() || self.points.contains(&true)
    }
}

/// Marks the groups that have any of the keys, which are sorted; gives whether one is new.
fn mark(groups: &Groups, marks: &mut [bool], keys: &[Key]) -> bool {
    let mut new = false;
    let mut take = |group: Group| new |= !std::mem::replace(&mut marks[group as usize], true);
    // few keys are looked up, many gone through beside those of the day
    if keys.len() * 16 < groups.keys.len() {
        keys.iter().filter_map(|key| groups.group(*key)).for_each(take);
    } else {
        let mut rest = keys;
        for (key, group) in groups.keys.iter().zip(&groups.of) {
            rest = &rest[rest.iter().take_while(|k| **k < *key).count()..];
            if rest.first() == Some(key) {
                take(*group);
            }
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(keys: &[(Key, Group)]) -> Day {
        let groups = Groups { keys: keys.iter().map(|k| k.0).collect(), of: keys.iter().map(|k| k.1).collect() };
        Day { records: groups, ..Day::default() }
    }

    #[test]
    fn what_hangs_together_is_found_over_days() {
        let days = [day(&[(1, 0), (2, 0), (3, 1)]), day(&[(2, 0), (4, 0), (9, 1)]), day(&[(4, 1), (5, 0), (6, 1)]), day(&[(7, 0)])];
        let mut closure = Closure::new((0..).zip(&days));
        closure.add(1);
        closure.close();
        let mut keys: Vec<Key> = closure.keys.iter().copied().collect();
        keys.sort_unstable();
        assert_eq!(keys, [1, 2, 4, 6]);
        assert_eq!(closure.days.iter().map(Marked::any).collect::<Vec<_>>(), [true, true, true, false]);
        closure.add_records(0, 1);
        closure.close();
        assert!(closure.keys.contains(&3) && !closure.keys.contains(&9));
    }
}
