//! Whether the samples of a group are totals. Border: samples in, a verdict per group out; what is made of it is not decided here.
//!
//! A group is an agent's metrics, or those whose names begin alike: what exports them, and by what way, is mostly the same for all, so
//! what one series proves holds for the others, and few samples are enough.
//!
//! *Against* totals speaks, once in the whole group: a sample below the one before it in its series; two values at one time (dumps of
//! servers that store differently); a histogram whose sum changed while its number of values did not, which no total can do. Counters
//! that restarted look the same as raw increments that happen to be smaller, so resets are not made good here.
//!
//! *For* totals speak rises, but raw increments rise as often as they fall, and all those of one export together: a session longer than
//! the one before makes every counter rise at once. So the rises have to lie at [`RISES`] different times at least. That the increments of
//! four sessions come in ascending order by chance has a probability of 1 in 24 for one series, and much less for all series of an
//! agent, whose calls, tokens and durations do not grow alike.

use rustc_hash::FxHashMap;

use super::samples::{Kind, Sample, Samples};

/// Different times with a rise that a group needs.
const RISES: u32 = 3;
/// The default scrape interval of Prometheus, in nanoseconds.
const SCRAPE_NS: i64 = 60_000_000_000;

/// What the samples of a group are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Totals. A series whose first sample lies at or before `base_until` began before the dump.
    Cumulative { base_until: Option<i64> },
    /// Not totals, or totals that restarted.
    Contradicted,
    /// Nobody can tell.
    TooFew,
    /// There are no counters, or they count nothing.
    Nothing,
}

/// What is known of a group.
#[derive(Debug, Default)]
struct Group {
    against: bool,
    /// Different times with a rise, and the last of them.
    rises: (u32, Option<i64>),
    /// Samples above, and equal to, the one before.
    risen: u64,
    unchanged: u64,
    /// Series, and those of them that begin with the first samples of all.
    series: u64,
    early: u64,
    counted: bool,
}

/// The verdicts, by the number of the group.
pub fn judge(samples: &Samples) -> Vec<Verdict> {
    let mut groups: Vec<Group> = samples.groups.iter().map(|_| Group::default()).collect();
    let begin = samples.list.first().map_or(0, |sample| sample.time.saturating_add(SCRAPE_NS));
    let mut begun = vec![false; samples.series.len()];
    // time and value by series and part
    let mut last: FxHashMap<(u32, u32), (i64, f64)> = FxHashMap::default();
    for parts in samples.list.chunk_by(Sample::at_one_time) {
        let number = parts[0].series;
        let series = &samples.series[number as usize];
        let group = &mut groups[series.group as usize];
        match series.kind {
            Kind::Counter => {}
            // it may fall, and so proves nothing; but what its group does not prove is not known of it either
            Kind::Sum => {
                group.counted |= parts.iter().any(|sample| sample.value != 0.0);
                continue;
            }
            Kind::Gauge => continue,
        }
        group.against |= series.ambiguous;
        if !std::mem::replace(&mut begun[number as usize], true) {
            group.series += 1;
            group.early += u64::from(parts[0].time <= begin);
        }
        // whether sum and number of values changed, and since when
        let mut changed = [None; 2];
        for same in parts.chunk_by(|a, b| a.part == b.part) {
            let Sample { part, value, time, .. } = same[0];
            group.against |= same.iter().any(|sample| sample.value != value);
            group.counted |= value != 0.0;
            let Some((since, before)) = last.insert((number, part), (time, value)) else { continue };
            group.against |= value < before;
            if value > before {
                group.risen += 1;
                if group.rises.1 != Some(time) {
                    group.rises = (group.rises.0 + 1, Some(time));
                }
            } else {
                group.unchanged += 1;
            }
            if let Some(changed) = changed.get_mut(part as usize) {
                *changed = Some((value != before, since));
            }
        }
        // dumps may lack samples of one of them: its number has to be the same over at least the time in which the sum changed
        group.against |= matches!(changed, [Some((true, sum)), Some((false, count))] if count <= sum);
    }
    groups.iter().map(|group| group.verdict(begin)).collect()
}

impl Group {
    fn verdict(&self, begin: i64) -> Verdict {
        // begun before: sampled though nothing happened, and nine in ten series as early as can be
        let scraped = self.unchanged > self.risen;
        let middle = scraped && self.early * 10 >= self.series * 9;
        match self {
            Group { against: true, .. } => Verdict::Contradicted,
            Group { counted: false, .. } => Verdict::Nothing,
            Group { rises: (rises, _), .. } if *rises < RISES => Verdict::TooFew,
            _ => Verdict::Cumulative { base_until: middle.then_some(begin) },
        }
    }
}
