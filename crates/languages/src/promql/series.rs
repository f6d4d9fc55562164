//! Prometheus' series of the lake's data points. Border: which series a selector takes, with their samples; nothing is computed but
//! that delta points are added up (as the Collector's `deltatocumulative` processor does).

mod spelled;

use std::collections::BTreeSet;
use std::sync::Arc;

use promql_parser::label::{MatchOp, Matcher as Parsed};
use promql_parser::parser::VectorSelector;
use rustc_hash::FxHashMap;
use tracemill_model::lake::Snapshot;
use tracemill_model::read::rows;

use self::spelled::{Made, Point, Row, Source};
use crate::error::Error;
use crate::histogram::Histogram;
use crate::labels::Labels;
use crate::matcher::{Matcher, Test};
use crate::vector::{NAME, Value};

/// A sample of a series.
#[derive(Debug, Clone)]
pub(super) enum Taken {
    /// A value.
    Value(Value),
    /// The sender said that there is none any more (Prometheus' staleness marker).
    Stale,
}

/// A series: its samples by time, in milliseconds.
#[derive(Debug, Default)]
pub(super) struct Series {
    pub labels: Labels,
    pub samples: Vec<(i64, Taken)>,
}

/// What a selector asks of a series.
#[derive(Debug)]
pub(super) struct Selector {
    matchers: Vec<Vec<Matcher>>,
}

impl Selector {
    /// Of the parser's.
    pub fn of(selector: &VectorSelector) -> Selector {
        let one = |m: &Parsed| {
            let test = match &m.op {
                MatchOp::Equal => Test::Equal(m.value.clone()),
                MatchOp::NotEqual => Test::NotEqual(m.value.clone()),
                // the parser has compiled it already; whole values are matched, over line ends as well
                MatchOp::Re(e) => crate::matcher::anchored(&m.value).map_or_else(|_| Test::Matches(e.clone()), Test::Matches),
                MatchOp::NotRe(e) => crate::matcher::anchored(&m.value).map_or_else(|_| Test::MatchesNot(e.clone()), Test::MatchesNot),
            };
            Matcher { name: m.name.clone(), test }
        };
        let mut common: Vec<Matcher> = selector.matchers.matchers.iter().map(one).collect();
        common.extend(selector.name.iter().map(|name| Matcher { name: NAME.to_string(), test: Test::Equal(name.clone()) }));
        let mut matchers: Vec<Vec<Matcher>> = Vec::new();
        for alternative in &selector.matchers.or_matchers {
            let mut all: Vec<Matcher> = alternative.iter().map(one).collect();
            all.extend(common.iter().cloned());
            matchers.push(all);
        }
        if matchers.is_empty() {
            matchers.push(common);
        }
        Selector { matchers }
    }

    fn takes(&self, labels: &Labels) -> bool {
        self.matchers.iter().any(|all| all.iter().all(|m| m.test.holds(labels.get(&m.name))))
    }

    /// Whether a name does not fit because none of those asked for is it: then it may fit in another spelling. A name that is
    /// excluded must not come back in another.
    fn misses(&self, name: &str) -> bool {
        self.matchers.iter().all(|all| {
            let mut of_name = all.iter().filter(|m| m.name == NAME && !m.test.holds(name)).peekable();
            of_name.peek().is_some() && of_name.all(|m| matches!(m.test, Test::Equal(_) | Test::Matches(_)))
        })
    }

    /// The labels that are asked for by name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.matchers.iter().flatten().map(|m| m.name.as_str())
    }
}

/// Series under construction, those of one selector.
#[derive(Default)]
struct Building {
    series: Vec<(Labels, Vec<Raw>)>,
    places: FxHashMap<Labels, usize>,
}

/// A point as it was sent.
struct Raw {
    time: i64,
    /// OTLP stands before what a Prometheus server says of the same moment.
    original: bool,
    delta: bool,
    value: Option<Value>,
}

/// Where a row's values go: selector, series, and which of its values.
type Targets = Vec<(usize, usize, Source)>;

/// Reads the series of some selectors. `asked` are the labels that the question groups or matches by: a resource attribute of
/// such a name is a label as well (as Prometheus' `promote_resource_attributes` would have it).
pub(super) fn load(snapshot: &Snapshot, selectors: &[Selector], asked: &BTreeSet<String>) -> Result<(Vec<Vec<Series>>, u64), Error> {
    let mut building: Vec<Building> = selectors.iter().map(|_| Building::default()).collect();
    let mut known: FxHashMap<String, Arc<Targets>> = FxHashMap::default();
    let mut points = 0;
    for part in snapshot.parts("metrics") {
        for batch in rows(part, &spelled::COLUMNS)? {
            let batch = batch?;
            for row in 0..batch.len() {
                let Some(row) = Row::of(&batch, row) else { continue };
                points += 1;
                let targets = match known.get(&row.key) {
                    Some(targets) => targets.clone(),
                    None => {
                        let targets = Arc::new(targets_of(&row, selectors, asked, &mut building));
                        known.insert(row.key.clone(), targets.clone());
                        targets
                    }
                };
                let Point { time, original, delta, stale, .. } = row.point;
                for (selector, series, source) in targets.iter() {
                    let value = if stale { None } else { row.value(source) };
                    if stale || value.is_some() {
                        let delta = delta && !matches!(source, Source::Info);
                        building[*selector].series[*series].1.push(Raw { time, original, delta, value });
                    }
                }
            }
        }
    }
    // in the order of their labels, so that sums and ties do not depend on how the lake's files are cut
    let sorted = |b: Building| {
        let mut series: Vec<Series> = b.series.into_iter().map(finished).collect();
        series.sort_by(|a, b| a.labels.cmp(&b.labels));
        series
    };
    Ok((building.into_iter().map(sorted).collect(), points))
}

/// The series of a row that the selectors take.
fn targets_of(row: &Row<'_>, selectors: &[Selector], asked: &BTreeSet<String>, building: &mut [Building]) -> Targets {
    let mut targets = Targets::new();
    let spellings: Vec<Vec<Made>> = row.spellings(asked);
    for (place, selector) in selectors.iter().enumerate() {
        // series by series the first spelling that the selector asks for stands
        for n in 0..spellings.first().map_or(0, Vec::len) {
            for made in spellings.iter().filter_map(|all| all.get(n)) {
                if selector.takes(&made.labels) {
                    let into = &mut building[place];
                    let series = *into.places.entry(made.labels.clone()).or_insert_with(|| {
                        into.series.push((made.labels.clone(), Vec::new()));
                        into.series.len() - 1
                    });
                    targets.push((place, series, made.source.clone()));
                    break;
                }
                if !selector.misses(made.labels.get(NAME)) {
                    break;
                }
            }
        }
    }
    targets
}

/// Samples in the order of their times, delta points added up.
fn finished((labels, mut raw): (Labels, Vec<Raw>)) -> Series {
    let size = |r: &Raw| match &r.value {
        Some(Value::Float(value)) => *value,
        Some(Value::Histogram(histogram)) => histogram.count,
        None => f64::NEG_INFINITY,
    };
    // of two that say something of one moment the greater is taken, whichever comes first in the lake
    raw.sort_by(|a, b| (a.time, a.original).cmp(&(b.time, b.original)).then_with(|| size(a).total_cmp(&size(b))));
    let mut samples: Vec<(i64, Taken)> = Vec::with_capacity(raw.len());
    let mut total = None::<Value>;
    for point in raw {
        let taken = match point.value {
            None => Taken::Stale,
            Some(value) if point.delta => {
                total = Some(match (total, value) {
                    (Some(Value::Float(sum)), Value::Float(more)) => Value::Float(sum + more),
                    (Some(Value::Histogram(sum)), Value::Histogram(more)) => Value::Histogram(Arc::new(Histogram::plus(&sum, &more, 1.0))),
                    (_, value) => value,
                });
                total.clone().map_or(Taken::Stale, Taken::Value)
            }
            Some(value) => Taken::Value(value),
        };
        match samples.last_mut() {
            Some((time, last)) if *time == point.time => *last = taken,
            _ => samples.push((point.time, taken)),
        }
    }
    Series { labels, samples }
}

/// The times of the lake's first and last data point, in nanoseconds.
pub(super) fn extent(snapshot: &Snapshot) -> Result<Option<(i64, i64)>, Error> {
    let mut extent: Option<(i64, i64)> = None;
    for part in snapshot.parts("metrics") {
        for batch in rows(part, &["time"])? {
            let batch = batch?;
            for time in (0..batch.len()).filter_map(|row| batch.times(0).get(row)) {
                extent = Some(extent.map_or((time, time), |(first, last)| (first.min(time), last.max(time))));
            }
        }
    }
    Ok(extent)
}
