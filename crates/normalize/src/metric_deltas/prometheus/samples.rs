//! Samples in memory: a few dozen bytes each, what they share once. Border: rows of the raw table in, samples in the order of time out;
//! what they prove is not looked at here.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::lake::Part;

use super::super::buckets::Buckets;
use super::super::describer::Describer;
use super::super::raw::{self, RawPoint};
use crate::Error;
use crate::rows::delta::DeltaRow;
use tracemill_model::read::rows;

/// One value of one part of a series.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Nanoseconds since the epoch.
    pub time: i64,
    /// Counts too are doubles, as they are in the server.
    pub value: f64,
    /// The id of its raw row, in halves, which align closer.
    record: [u64; 2],
    /// Number of the series.
    pub series: u32,
    /// [`Sample::SUM`], [`Sample::COUNT`], or from [`Sample::BUCKETS`] on the number of a bound.
    pub part: u32,
}

impl Sample {
    /// A histogram's sum, and the value of what has but one.
    pub const SUM: u32 = 0;
    /// Number of values.
    pub const COUNT: u32 = 1;
    /// The first bound.
    pub const BUCKETS: u32 = 2;

    /// The id of its raw row.
    pub fn record(&self) -> u128 {
        u128::from(self.record[0]) << 64 | u128::from(self.record[1])
    }

    /// Whether both are of one series and time.
    pub fn at_one_time(&self, other: &Sample) -> bool {
        (self.time, self.series) == (other.time, other.series)
    }
}

/// What the samples of a series are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value that may go up and down, of which nothing is added.
    Gauge,
    /// A sum of which it is not known that it only grows.
    Sum,
    /// What only grows, if it is a total: a monotonic sum, the parts of a histogram.
    Counter,
}

impl Kind {
    fn of(row: &DeltaRow) -> Kind {
        match row.kind.as_deref() {
            Some("gauge") => Kind::Gauge,
            Some("sum") if row.monotonic != Some(true) => Kind::Sum,
            _ => Kind::Counter,
        }
    }
}

/// What the samples of a series share.
#[derive(Debug)]
pub struct Series {
    /// Its row, without figures and time.
    pub row: DeltaRow,
    pub kind: Kind,
    pub fingerprint: u128,
    /// Number of the group.
    pub group: u32,
    /// Whether two native histograms of one time differ.
    pub ambiguous: bool,
}

/// All samples of a lake that can become rows.
#[derive(Debug, Default)]
pub struct Samples {
    /// By time, series, part and record.
    pub list: Vec<Sample>,
    pub series: Vec<Series>,
    /// Names of the groups that are judged together: an agent, else what a metric's name begins with.
    pub groups: Vec<Arc<str>>,
    /// Native histograms, by series and time.
    pub native: FxHashMap<(u32, i64), Buckets>,
    /// Metrics that nobody knows the type of.
    pub untyped: FxHashSet<Arc<str>>,
    bounds: Vec<f64>,
    numbers: Numbers,
}

/// Numbers given so far.
#[derive(Debug, Default)]
struct Numbers {
    series: FxHashMap<u128, u32>,
    groups: FxHashMap<Arc<str>, u32>,
    /// By their bits.
    bounds: FxHashMap<u64, u32>,
}

impl Samples {
    /// The samples among the rows of all parts.
    pub fn read<'a>(parts: impl Iterator<Item = &'a Part>, describer: &mut Describer<'_>) -> Result<Samples, Error> {
        let mut samples = Samples::default();
        for part in parts {
            if !has_samples(part)? {
                continue;
            }
            for batch in rows(part, &raw::COLUMNS)? {
                let batch = batch?;
                for row in 0..batch.len() {
                    samples.take(RawPoint { batch: &batch, row }, describer);
                }
            }
        }
        samples.list.sort_unstable_by_key(|s| (s.time, s.series, s.part, s.record));
        Ok(samples)
    }

    /// The upper bound of the bucket that the part is.
    pub fn bound(&self, part: u32) -> Option<f64> {
        part.checked_sub(Sample::BUCKETS).map(|number| self.bounds[number as usize])
    }

    /// Takes a row, if it is a sample as the server has it: a value repeated on a grid proves nothing, nor does one without a time.
    fn take(&mut self, raw: RawPoint<'_>, describer: &mut Describer<'_>) {
        let (Some(metric), Some(time)) = (raw.metric(), raw.time()) else { return };
        if !raw.is_sample() || raw.is_resampled() {
            return;
        }
        let bucket = raw.cumulative_bucket();
        let Some(amount) = raw.amount() else { return };
        if raw.kind().is_none() {
            self.untyped.insert(Arc::from(metric));
            return;
        }
        let row = describer.row(raw, metric);
        let record = [(row.record >> 64) as u64, row.record as u64];
        let series = self.series(raw.sampled_series(), row);
        let mut push = |part, value| self.list.push(Sample { time, value, record, series, part });
        if let Some((bound, count)) = bucket {
            let bounds = &mut self.bounds;
            let number = *self.numbers.bounds.entry(bound.to_bits()).or_insert_with(|| {
                bounds.push(bound);
                number(bounds.len())
            });
            push(Sample::BUCKETS + number, count as f64);
            return;
        }
        if let Some(value) = amount.value {
            push(Sample::SUM, value);
        }
        if let Some(count) = amount.count {
            push(Sample::COUNT, count as f64);
        }
        if let Some(buckets) = amount.buckets.filter(|_| amount.count.is_some()) {
            let other = self.native.get(&(series, time)).is_some_and(|known| *known != buckets);
            self.series[series as usize].ambiguous |= other;
            self.native.insert((series, time), buckets);
        }
    }

    /// The number of the series.
    fn series(&mut self, fingerprint: u128, row: DeltaRow) -> u32 {
        if let Some(&known) = self.numbers.series.get(&fingerprint) {
            // dumps of one series differ in what they tell; the greater stands, whichever came first
            let series = &mut self.series[known as usize];
            series.row.unit = series.row.unit.take().max(row.unit);
            series.row.monotonic = series.row.monotonic.max(row.monotonic);
            series.kind = Kind::of(&series.row);
            return known;
        }
        let kind = Kind::of(&row);
        let name = row.agent.as_deref().unwrap_or_else(|| row.metric.split(['.', '_']).next().unwrap_or_default());
        let group = match self.numbers.groups.get(name) {
            Some(&known) => known,
            None => {
                let name: Arc<str> = Arc::from(name);
                self.groups.push(Arc::clone(&name));
                *self.numbers.groups.entry(name).or_insert(number(self.groups.len()))
            }
        };
        self.series.push(Series { row, kind, fingerprint, group, ambiguous: false });
        *self.numbers.series.entry(fingerprint).or_insert(number(self.series.len()))
    }
}

/// The number of the last of so many.
fn number(len: usize) -> u32 {
    // four thousand million series do not fit into memory
    u32::try_from(len - 1).unwrap_or(u32::MAX)
}

fn has_samples(part: &Part) -> Result<bool, Error> {
    for batch in rows(part, &raw::COLUMNS[raw::COLUMNS.len() - 1..])? {
        let batch = batch?;
        if (0..batch.len()).any(|row| batch.text(0).get(row) == Some(raw::SAMPLES)) {
            return Ok(true);
        }
    }
    Ok(false)
}
