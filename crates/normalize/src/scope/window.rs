//! What new rows can change. Border: what is known of the days before and after in, keys and days out.
//!
//! A row of the tables follows from the records that hang together with its conversation or trace by shared keys; from knowledge about the
//! whole lake, which is compared elsewhere; and from few things that only time or a process joins:
//!
//! * what a process counts on a day that names no conversation, and the responses of that process in the time that is counted: with new ones the
//!   sum of the day is made anew, and for that all of them are read,
//! * an interrupt and its turn, which may be in another trace: with a new interrupt the turn is made anew, and with the turn the interrupt is read,
//! * a series that is counted from a start, and its point before: with a day the next one is taken that has the series,
//! * a conversation that a front end starts for itself, and the prompt before: those near in time are looked at again.
//!
//! So there are two circles: what is *touched* is made anew, and what is *wanted* is gathered with it because something touched depends on it.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::date::day_of;

use super::closure::Closure;
use super::processes::{self, Counted};
use crate::survey::Day;
use crate::survey::groups::Group;
use crate::survey::key::{self, Key};

/// Days by their number from 1970-01-01.
pub type States = BTreeMap<i32, Day>;

/// What new rows can change.
#[derive(Debug, Default)]
pub struct Window {
    /// Days whose raw rows are others than before; all that has records on them is touched.
    pub dirty: BTreeSet<i32>,
    /// What is made anew.
    pub touched: FxHashSet<Key>,
    /// What is gathered: this, and what it depends on.
    pub wanted: FxHashSet<Key>,
    /// Days whose increases of metrics are made anew.
    pub metrics: BTreeSet<i32>,
    /// Days whose activities are.
    pub activities: BTreeSet<i32>,
    /// Days on which any row may change.
    pub rows: BTreeSet<i32>,
    /// Other days than the dirty ones with records that are wanted.
    pub records: BTreeSet<i32>,
    /// Stretches of time: a conversation that began in one may have another parent than before.
    judged: Vec<(i64, i64)>,
}

impl Window {
    /// From the days before, and of those that have changed as they are now. `within` is how long after a prompt a front end may start a
    /// conversation of its own, in nanoseconds.
    pub fn new(before: &States, now: &States, dirty: BTreeSet<i32>, within: i64) -> Window {
        let changed: Vec<&Day> = dirty.iter().flat_map(|day| [before.get(day), now.get(day)]).flatten().collect();
        let clean = || before.iter().filter(|(day, _)| !dirty.contains(day)).map(|(day, known)| (*day, known));
        let mut window = Window { metrics: dirty.clone(), ..Window::default() };
        window.metrics.extend(successors(before, now, &dirty));
        window.activities = window.metrics.iter().copied().chain(changed.iter().flat_map(|day| day.activities.iter().copied())).collect();

        let mut touched = Closure::new(clean());
        let keys = changed.iter().flat_map(|day| day.records.keys.iter().chain(&day.points.keys));
        keys.for_each(|key| touched.add(*key));
        // what ended on a changed day has rows on it, too
        for place in 0..touched.days.len() {
            let reach = touched.days[place].day.reach.iter().filter(|(_, day)| dirty.contains(day));
            reach.for_each(|(group, _)| touched.add_records(place, *group));
        }
        let interrupted: FxHashSet<Key> = changed.iter().flat_map(|day| &day.interrupts).map(|(turn, _)| *turn).collect();
        for place in 0..touched.days.len() {
            let turns = touched.days[place].day.turns.iter().filter(|(turn, _)| interrupted.contains(turn));
            turns.for_each(|(_, group)| touched.add_records(place, *group));
        }
        for (date, day) in clean().filter(|(date, _)| window.metrics.contains(date)) {
            day.counting.iter().for_each(|c| touched.add(key::counted(c.process, date)));
        }
        let of_dirty = dirty.iter().flat_map(|date| [before.get(date), now.get(date)].into_iter().flatten().map(|day| (*date, day)));
        let of_dirty: Vec<(i32, &Day)> = of_dirty.collect();
        let counting = Counted::of(clean().chain(of_dirty.iter().copied()));
        loop {
            touched.close();
            let mut responding = FxHashSet::default();
            of_dirty.iter().for_each(|(date, day)| processes::of_day(*date, day, |_| true, |process, day| responding.extend([(process, day)])));
            for m in &touched.days {
                processes::of_day(m.date, m.day, |group| m.has_records(group), |process, day| responding.extend([(process, day)]));
            }
            let missing: Vec<Key> = counting.by(&responding).filter(|key| !touched.keys.contains(key)).collect();
            if missing.is_empty() {
                break;
            }
            missing.into_iter().for_each(|key| touched.add(key));
        }

        let mut wanted = touched.clone();
        let counted = counting.days(&touched.keys);
        for place in 0..wanted.days.len() {
            let (date, day) = (wanted.days[place].date, wanted.days[place].day);
            let mut groups = Vec::new();
            processes::responses(date, day, &counted, |group| groups.push(group));
            groups.into_iter().for_each(|group| wanted.add_records(place, group));
        }
        let own = touched.days.iter().flat_map(|m| m.day.turns.iter().filter(|(_, group)| m.has_records(*group)));
        let turns: FxHashSet<Key> = changed.iter().flat_map(|day| &day.turns).chain(own).map(|(turn, _)| *turn).collect();
        for place in 0..wanted.days.len() {
            let interrupts = wanted.days[place].day.interrupts.iter().filter(|(turn, _)| turns.contains(turn));
            interrupts.for_each(|(_, group)| wanted.add_records(place, *group));
        }
        window.judge(&changed, &touched, &mut wanted, within);
        wanted.close();

        window.rows = window.activities.iter().copied().chain([0]).collect();
        window.rows.extend(changed.iter().flat_map(|day| &day.reach).map(|(_, day)| *day));
        for marked in &touched.days {
            let reach = marked.day.reach.iter().filter(|(group, _)| marked.has_records(*group)).map(|(_, day)| *day);
            window.rows.extend(reach);
            if marked.any() || marked.day.strays.iter().any(|key| touched.keys.contains(key)) {
                window.rows.insert(marked.date);
            }
        }
        window.records = wanted.days.iter().filter(|m| m.any()).map(|m| m.date).collect();
        (window.dirty, window.touched, window.wanted) = (dirty, touched.keys, wanted.keys);
        window
    }

    /// Whether a conversation that began then may have another parent than before although it is not touched.
    pub fn judges(&self, start: i64) -> bool {
        let until = self.judged.partition_point(|(from, _)| *from <= start);
        // as long as each other, so that the last to begin is the last to end
        self.judged[..until].last().is_some_and(|(_, to)| start <= *to)
    }

    /// Wants what was prompted before a touched conversation began, what began after a touched prompt, and what was prompted before that.
    fn judge(&mut self, changed: &[&Day], touched: &Closure<'_>, wanted: &mut Closure<'_>, within: i64) {
        let places: FxHashMap<i32, usize> = touched.days.iter().enumerate().map(|(place, m)| (m.date, place)).collect();
        let of_touched = |list: fn(&Day) -> &Vec<(i64, Group)>| -> BTreeSet<i64> {
            let of_clean = touched.days.iter().flat_map(|m| list(m.day).iter().filter(|(_, group)| m.has_records(*group)));
            changed.iter().flat_map(|day| list(day)).chain(of_clean).map(|(time, _)| *time).collect()
        };
        let near = |list: fn(&Day) -> &Vec<(i64, Group)>, from: i64, until: i64| {
            let days = day_of(Some(from))..=day_of(Some(until));
            days.filter_map(|day| places.get(&day)).flat_map(move |place| {
                let found = Day::between(list(touched.days[*place].day), from, until);
                found.iter().map(move |(time, group)| (*place, *time, *group))
            })
        };
        let mut began = of_touched(|day| &day.firsts);
        for prompt in of_touched(|day| &day.prompts) {
            let until = prompt.saturating_add(within);
            self.judged.push((prompt, until));
            for (place, time, group) in near(|day| &day.firsts, prompt, until) {
                wanted.add_records(place, group);
                began.insert(time);
            }
        }
        for start in began {
            for (place, _, group) in near(|day| &day.prompts, start.saturating_sub(within), start) {
                wanted.add_records(place, group);
            }
        }
    }
}

/// The next day after each changed one that has a point of a series of it.
fn successors(before: &States, now: &States, dirty: &BTreeSet<i32>) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    for date in dirty {
        let mut open: FxHashSet<u64> = [before.get(date), now.get(date)].into_iter().flatten().flat_map(|day| day.segments.iter().copied()).collect();
        for (later, day) in before.range(date + 1..) {
            if open.is_empty() {
                break;
            }
            if dirty.contains(later) {
                continue;
            }
            let own = day.segments.iter().filter(|segment| open.remove(segment)).count();
            if own > 0 {
                found.insert(*later);
            }
        }
    }
    found
}

/// The last day before each of some days that has a point of a series of it: what its points are counted from.
pub fn predecessors(states: &BTreeMap<i32, &Day>, days: &BTreeSet<i32>) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    for date in days {
        let Some(day) = states.get(date) else { continue };
        let mut open: FxHashSet<u64> = day.segments.iter().copied().collect();
        for (earlier, day) in states.range(..date).rev() {
            if open.is_empty() {
                break;
            }
            if day.segments.iter().filter(|segment| open.remove(segment)).count() > 0 {
                found.insert(*earlier);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
