//! Functions of the records of a range: `count_over_time`, `rate`, `quantile_over_time` … Border: one series at one moment.

use rustc_hash::FxHashMap;
use tracemill_model::lake::Snapshot;

use super::super::LANGUAGE;
use super::super::ast::{RangeExpr, RangeFunction, Unwrap};
use super::super::fields::{ERROR, Fields};
use super::super::pipeline::{holds, number_of};
use super::super::scan::{self, Counts};
use crate::error::Error;
use crate::labels::Labels;
use crate::matcher::Test;
use crate::vector::{Grouping, Sample, Summed, quantile, shown, variance};

/// A series' samples, by time.
#[derive(Debug)]
pub(super) struct RangeSeries {
    labels: Labels,
    samples: Vec<(i64, f64)>,
}

/// Reads the samples that the times need.
pub(super) fn load(
    snapshot: &Snapshot,
    expr: &RangeExpr,
    times: &[i64],
    early: Option<&Grouping>,
    counts: &mut Counts,
) -> Result<Vec<RangeSeries>, Error> {
    let (Some(first), Some(last)) = (times.first(), times.last()) else { return Ok(Vec::new()) };
    // a range takes what is after its beginning, up to and with its end
    let bounds = (interval(expr, *first).0.saturating_add(1), interval(expr, *last).1.saturating_add(1));
    let (mut series, mut places) = (Vec::<RangeSeries>::new(), FxHashMap::<Labels, usize>::default());
    scan::scan(snapshot, &expr.logs, bounds, counts, |_, mut entry| {
        let value = match &expr.unwrap {
            None if matches!(expr.function, RangeFunction::Bytes | RangeFunction::BytesRate) => entry.line.len() as f64,
            None => 1.0,
            Some(unwrap) => match unwrapped(unwrap, &mut entry.fields) {
                Some(value) => value,
                None => return Ok(()),
            },
        };
        if entry.fields.failed() && expr.function != RangeFunction::Absent {
            let (error, labels) = (entry.fields.get(ERROR).unwrap_or_default().to_string(), entry.fields.labels());
            let reason = format!("pipeline error: '{error}' for series: '{}'; `| {ERROR}=\"\"` leaves such records out", shown(&labels));
            return Err(Error::Evaluation { language: LANGUAGE, reason });
        }
        let labels = match expr.grouping.as_ref().or(early) {
            Some(grouping) if grouping.without => {
                entry.fields.iter().filter(|(n, ..)| !grouping.labels.iter().any(|l| l == n)).map(|(n, v, _)| (n, v)).collect()
            }
            Some(grouping) => grouping.labels.iter().map(|l| (l.as_str(), entry.fields.get(l).unwrap_or_default())).collect(),
            None => entry.fields.labels(),
        };
        let place = *places.entry(labels).or_insert_with_key(|labels| {
            series.push(RangeSeries { labels: labels.clone(), samples: Vec::new() });
            series.len() - 1
        });
        series[place].samples.push((entry.time, value));
        Ok(())
    })?;
    for one in &mut series {
        one.samples.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    }
    // in the order of their labels, so that sums and ties do not depend on how the lake's files are cut
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    Ok(series)
}

/// The number of a record; `None` where it has none or is filtered out.
fn unwrapped(unwrap: &Unwrap, fields: &mut Fields) -> Option<f64> {
    let text = fields.get(&unwrap.label).filter(|text| !text.is_empty())?.to_string();
    fields.remove(&unwrap.label);
    let value = number_of(&text, unwrap.conversion).unwrap_or_else(|details| {
        fields.fail("SampleExtractionErr", &details);
        0.0
    });
    unwrap.filters.iter().all(|filter| holds(filter, fields)).then_some(value)
}

/// What an expression looks at, at a moment: after the one, up to and with the other. A range and an offset may reach beyond all times.
fn interval(expr: &RangeExpr, time: i64) -> (i64, i64) {
    let until = time.saturating_sub(expr.offset);
    (until.saturating_sub(expr.range), until)
}

/// The function's samples at a moment.
pub(super) fn at(expr: &RangeExpr, series: &[RangeSeries], time: i64) -> Vec<Sample> {
    let (after, until) = interval(expr, time);
    let within = |samples: &[(i64, f64)]| samples.partition_point(|(t, _)| *t <= after)..samples.partition_point(|(t, _)| *t <= until);
    if expr.function == RangeFunction::Absent {
        let present = series.iter().any(|s| !within(&s.samples).is_empty());
        let equal = expr.logs.matchers.iter().filter_map(|m| match &m.test {
            Test::Equal(value) => Some((m.name.as_str(), value.as_str())),
            _ => None,
        });
        return if present { Vec::new() } else { vec![Sample::float(equal.collect(), 1.0)] };
    }
    let found = series.iter().filter_map(|s| {
        let samples = &s.samples[within(&s.samples)];
        (!samples.is_empty()).then(|| Sample::float(s.labels.clone(), value(expr, samples)))
    });
    found.collect()
}

fn value(expr: &RangeExpr, samples: &[(i64, f64)]) -> f64 {
    let values = || samples.iter().map(|(_, value)| *value);
    let sum = || {
        let mut sum = Summed::default();
        values().for_each(|value| sum.add(value));
        sum.total()
    };
    let seconds = expr.range as f64 / 1e9;
    let count = samples.len() as f64;
    match expr.function {
        RangeFunction::Count => count,
        RangeFunction::Rate if expr.unwrap.is_none() => count / seconds,
        RangeFunction::Rate | RangeFunction::BytesRate => sum() / seconds,
        RangeFunction::Bytes | RangeFunction::Sum => sum(),
        RangeFunction::Avg => sum() / count,
        RangeFunction::Max => values().fold(f64::NEG_INFINITY, f64::max),
        RangeFunction::Min => values().fold(f64::INFINITY, f64::min),
        RangeFunction::First => samples[0].1,
        RangeFunction::Last => samples[samples.len() - 1].1,
        RangeFunction::Stddev => variance(values()).map_or(f64::NAN, f64::sqrt),
        RangeFunction::Stdvar => variance(values()).unwrap_or(f64::NAN),
        RangeFunction::Quantile => quantile(expr.parameter, values().collect()),
        RangeFunction::RateCounter => {
            // what a counter rose by, a fall being a restart; extended to the range as Prometheus' `rate` is
            let (first, last) = (samples[0], samples[samples.len() - 1]);
            let mut before = first.1;
            let mut risen = last.1 - first.1;
            for value in values().skip(1) {
                if value < before {
                    risen += before;
                }
                before = value;
            }
            let sampled = (last.0 - first.0) as f64 / 1e9;
            if samples.len() < 2 || sampled <= 0.0 { 0.0 } else { risen / sampled }
        }
        RangeFunction::Absent => 1.0,
    }
}
