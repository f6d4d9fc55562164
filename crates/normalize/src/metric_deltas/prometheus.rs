//! Samples of Prometheus and what speaks like it → increases. Border: rows of the raw table in, points of one day out; which kinds of
//! samples a dump has is ingest's business, whether points of a richer system tell the same is `metric_deltas`'.
//!
//! A sample has a time and a value, and neither temporality nor start. The same agent's counter is stored as a total since the process
//! began (scraped), as a total over all processes (`--enable-feature=otlp-deltatocumulative`) or as the bare increment of each export
//! (`otlp-native-delta-ingestion`, VictoriaMetrics), under the same name. So the samples are judged first, all those of an agent together
//! ([`evidence`]), and only of what proves to be totals rows are made; the user is told of the rest.
//!
//! **The first sample of a series** counts in full: an agent's series begins with its first export, and a server that adds deltas up begins
//! at nothing. A dump may also begin in the middle of a series, and no sample says so. It is taken to do so where scraped counters look
//! like it: the group is sampled whether or not anything happened (unchanged samples outnumber the rises), and nine in ten of its series
//! begin within a minute (the default scrape interval) of the first sample in the lake. Then the first samples of these series are only
//! a base, and what was counted before is not counted at all rather than on a wrong day.
//!
//! A row is the increase of all parts of a series up to one time; its start is the sample before. Where nothing was added there is no row,
//! or each scrape would make one. A part that begins later than its series has only a base at first.

mod evidence;
mod samples;

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use tracemill_model::date::{day_name, day_of};
use tracemill_model::lake::Part;

use super::amount::Amount;
use super::buckets::Buckets;
use super::describer::Describer;
use super::{Point, Temporality};
use crate::Error;
use evidence::Verdict;
use samples::{Kind, Sample, Samples};

/// All samples of the lake, and how far they have been made rows.
#[derive(Debug)]
pub struct Prometheus {
    samples: Samples,
    /// By the number of the group.
    verdicts: Vec<Verdict>,
    /// Samples up to here were given.
    given: usize,
    /// Last time and amount of each series, by its number.
    last: FxHashMap<u32, (i64, Amount)>,
}

impl Prometheus {
    /// Reads the samples among the rows of all parts, and judges them.
    pub fn read<'a>(parts: impl Iterator<Item = &'a Part>, describer: &mut Describer<'_>) -> Result<Prometheus, Error> {
        let samples = Samples::read(parts, describer)?;
        let verdicts = evidence::judge(&samples);
        Ok(Prometheus { samples, verdicts, given: 0, last: FxHashMap::default() })
    }

    /// What no rows are made of, and why; sorted.
    pub fn undecided(&self) -> Vec<String> {
        let named = |verdict: Verdict| {
            let names: BTreeSet<&str> =
                self.samples.groups.iter().zip(&self.verdicts).filter(|(_, v)| **v == verdict).map(|(name, _)| &**name).collect();
            (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(", "))
        };
        let instead = "no totals are made of them; use logs or spans, or export from Prometheus with --enable-feature=otlp-deltatocumulative";
        let contradicted = named(Verdict::Contradicted).map(|names| {
            format!("prometheus: {names}: samples fall or contradict each other within a series (raw increments, or resets of scraped counters): {instead}")
        });
        let few = named(Verdict::TooFew)
            .map(|names| format!("prometheus: {names}: too few samples rise to tell totals from raw increments: {instead}, over a longer time"));
        let untyped = self.samples.untyped.len();
        let untyped = (untyped > 0).then(|| {
            format!("prometheus: metrics of unknown type: {untyped}: nobody can tell whether they count: no increases are made of them; the table metrics has their samples")
        });
        let mut lines: Vec<String> = [contradicted, few, untyped].into_iter().flatten().collect();
        lines.sort();
        lines
    }

    /// The increases and values of a day (`YYYY-MM-DD`); days are to be given in order.
    pub fn day(&mut self, date: &str) -> Vec<Point> {
        let rest = &self.samples.list[self.given..];
        let today = &rest[..rest.partition_point(|sample| day_name(day_of(Some(sample.time))).as_str() <= date)];
        self.given += today.len();
        let (samples, verdicts, last) = (&self.samples, &self.verdicts, &mut self.last);
        today.chunk_by(Sample::at_one_time).filter_map(|parts| point(samples, verdicts, last, parts)).collect()
    }
}

/// What the samples of a series at one time make.
fn point(samples: &Samples, verdicts: &[Verdict], last: &mut FxHashMap<u32, (i64, Amount)>, parts: &[Sample]) -> Option<Point> {
    let (first, number) = (&parts[0], parts[0].series);
    let series = &samples.series[number as usize];
    let mut row = series.row.clone();
    (row.time, row.start, row.record) = (Some(first.time), None, first.record());
    let now = amount(samples, parts);
    let amount = match (series.kind, verdicts[series.group as usize]) {
        (Kind::Gauge, _) => now,
        (_, Verdict::Cumulative { base_until }) => match last.get_mut(&number) {
            None => {
                last.insert(number, (first.time, now.clone()));
                if base_until.is_some_and(|until| first.time <= until) {
                    return None;
                }
                now
            }
            Some((time, before)) => {
                row.start = Some(*time);
                let added = now.since(before, false);
                *time = first.time;
                *before = Amount {
                    value: now.value.or(before.value),
                    count: now.count.or(before.count),
                    buckets: now.buckets.or_else(|| before.buckets.take()),
                    ..Amount::default()
                };
                added
            }
        },
        _ => return None,
    };
    let nothing = amount.value.unwrap_or(0.0) == 0.0 && amount.count.unwrap_or(0) == 0;
    if nothing && series.kind != Kind::Gauge {
        return None;
    }
    let mut point = Point { row, series: series.fingerprint, temporality: Temporality::Own, amount };
    point.tell();
    Some(point)
}

/// What the parts of a series at one time say together.
fn amount(samples: &Samples, parts: &[Sample]) -> Amount {
    let of = |part| parts.iter().find(|sample| sample.part == part).map(|sample| sample.value);
    let classic: Vec<(f64, i64)> = {
        let mut known: Vec<_> = parts.iter().filter_map(|s| Some((samples.bound(s.part)?, s.value as i64))).collect();
        known.sort_by(|a, b| a.0.total_cmp(&b.0));
        known.dedup_by(|a, b| a.0 == b.0);
        known
    };
    let all = classic.last().filter(|(bound, _)| bound.is_infinite()).map(|(_, count)| *count);
    let count = of(Sample::COUNT).map(|count| count as i64).or(all);
    let buckets = match samples.native.get(&(parts[0].series, parts[0].time)) {
        Some(native) => Some(native.clone()),
        None => differences(&classic).filter(|buckets| buckets.total() == count),
    };
    Amount { value: of(Sample::SUM), count, buckets, ..Amount::default() }
}

/// The buckets of a classic histogram, each of which counts the values of those below it too; `None` where one is missing or wrong.
fn differences(cumulative: &[(f64, i64)]) -> Option<Buckets> {
    let (last, below) = cumulative.split_last().filter(|(last, _)| last.0 == f64::INFINITY)?;
    let bounds: Vec<f64> = below.iter().map(|(bound, _)| *bound).collect();
    let mut counts = Vec::with_capacity(cumulative.len());
    let mut before = 0_i64;
    for &(_, count) in below.iter().chain([last]) {
        counts.push(count.checked_sub(before).filter(|n| *n >= 0)?);
        before = count;
    }
    Buckets::explicit(&bounds, &counts)
}

#[cfg(test)]
mod tests;
