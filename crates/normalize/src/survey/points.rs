//! What is noted of a day's data points. Border: as for the records: keys in, a part of the day out.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::date::day_name;
use xxhash_rust::xxh3::xxh3_64;

use super::Day;
use super::day::Counting;
use super::groups::Ties;
use super::key::{self, Key};

/// Data points of a day.
#[derive(Debug, Default)]
pub struct Points {
    ties: Ties,
    counting: FxHashMap<(Key, u32), Counting>,
    segments: FxHashSet<u64>,
    /// Dialect, and how a label spells a tool.
    asked: BTreeSet<(usize, Arc<str>)>,
    /// Samples of Prometheus are among them.
    pub samples: bool,
}

impl Points {
    /// Notes a point of a series that is counted from a start.
    pub fn segment(&mut self, series: u128, start: Option<i64>) {
        self.segments.insert(segment(series, start));
    }

    /// Notes a point that counts a conversation's tokens.
    pub fn conversation(&mut self, id: &str) {
        self.ties.join([key::conversation(id)]);
    }

    /// Notes a point that counts tokens of no conversation, on its day: those of a process are taken together, and of one that is not told those
    /// of its service, else of the agent. It may count responses of these days.
    pub fn process(&mut self, dialect: usize, instance: Option<&str>, names: [Option<&str>; 2], (day, days): (i32, RangeInclusive<i32>)) {
        let process = key::process(dialect, instance);
        let names = instance.map_or(names, |instance| [Some(instance), None]).into_iter().flatten();
        let names = names.map(|name| key::conversation(&format!("{name}@{}", day_name(day))));
        let Some(node) = self.ties.join([key::counted(process, day)].into_iter().chain(names)) else { return };
        let unnamed = key::process(dialect, None);
        let counting =
            self.counting.entry((process, node)).or_insert(Counting { process, unnamed, group: 0, from: *days.start(), until: *days.end() });
        counting.from = counting.from.min(*days.start());
        counting.until = counting.until.max(*days.end());
    }

    /// Notes a tool's name that rows were made of.
    pub fn ask(&mut self, dialect: usize, name: &Arc<str>) {
        self.asked.insert((dialect, Arc::clone(name)));
    }

    /// Adds them to the day.
    pub fn finish(self, day: &mut Day) {
        let (points, of) = self.ties.finish();
        day.points = points;
        day.counting = self.counting.into_iter().map(|((_, node), counting)| Counting { group: of[node as usize], ..counting }).collect();
        day.segments = self.segments.into_iter().collect();
        day.samples = self.samples;
        day.ask(&self.asked);
        day.sort();
    }
}

/// A segment of a series as a number.
pub fn segment(series: u128, start: Option<i64>) -> u64 {
    let mut bytes = [0; 25];
    bytes[..16].copy_from_slice(&series.to_le_bytes());
    bytes[16..24].copy_from_slice(&start.unwrap_or_default().to_le_bytes());
    bytes[24] = u8::from(start.is_some());
    xxh3_64(&bytes)
}
