//! Metric queries: numbers of records, step by step. Border: the records come from the scan, vectors are computed as Prometheus does.

mod range;
#[cfg(test)]
mod tests;

use rustc_hash::FxHashMap;
use tracemill_model::lake::Snapshot;

use self::range::RangeSeries;
use super::ast::{Expr, RangeExpr, RangeFunction};
use super::scan::Counts;
use super::{LANGUAGE, Series};
use crate::error::Error;
use crate::labels::Labels;
use crate::vector::{Aggregation, Grouping, Operator, Sample, Value, aggregate, scalars, with_scalar, with_vector};

/// What a question is at one moment.
enum Now {
    Scalar(f64),
    Vector(Vec<Sample>),
}

/// The numbers of a question at each of the times: a number for all, or a series per set of labels.
pub(super) enum Numbers {
    /// The question has no records.
    Scalar(Vec<f64>),
    /// Series in the order of their first appearance.
    Series(Vec<Series>),
}

/// Evaluates a metric query at some times, which ascend.
pub(super) fn evaluate(snapshot: &Snapshot, expr: &Expr, times: &[i64], counts: &mut Counts) -> Result<Numbers, Error> {
    let mut run = Run { data: FxHashMap::default() };
    run.load(snapshot, expr, times, None, counts)?;
    let (mut numbers, mut series, mut places) = (Vec::new(), Vec::<Series>::new(), FxHashMap::<Labels, usize>::default());
    for &time in times {
        match run.at(expr, time)? {
            Now::Scalar(number) => numbers.push(number),
            Now::Vector(samples) => {
                for sample in samples {
                    let Value::Float(value) = sample.value else { continue };
                    let place = *places.entry(sample.labels.clone()).or_insert_with(|| {
                        series.push(Series { labels: sample.labels, samples: Vec::new() });
                        series.len() - 1
                    });
                    series[place].samples.push((time, value));
                }
            }
        }
    }
    Ok(if series.is_empty() && !numbers.is_empty() { Numbers::Scalar(numbers) } else { Numbers::Series(series) })
}

struct Run {
    /// The samples of each range, by the address of its expression, which stays where it is while the query runs.
    data: FxHashMap<*const RangeExpr, Vec<RangeSeries>>,
}

/// Whether an aggregation of a function may be done record by record.
fn may_group_early(how: Aggregation, function: RangeFunction) -> bool {
    match how {
        Aggregation::Sum => {
            matches!(function, RangeFunction::Count | RangeFunction::Rate | RangeFunction::Bytes | RangeFunction::BytesRate | RangeFunction::Sum)
        }
        Aggregation::Max => function == RangeFunction::Max,
        Aggregation::Min => function == RangeFunction::Min,
        _ => false,
    }
}

impl Run {
    fn load(&mut self, snapshot: &Snapshot, expr: &Expr, times: &[i64], early: Option<&Grouping>, counts: &mut Counts) -> Result<(), Error> {
        match expr {
            Expr::Range(range) => {
                let series = range::load(snapshot, range, times, early, counts)?;
                self.data.insert(&raw const **range, series);
                Ok(())
            }
            Expr::Aggregate { how, grouping, of, .. } => {
                let early = match &**of {
                    Expr::Range(range) if may_group_early(*how, range.function) && range.grouping.is_none() => Some(grouping),
                    _ => None,
                };
                self.load(snapshot, of, times, early, counts)
            }
            Expr::Sort { of, .. } | Expr::LabelReplace { of, .. } => self.load(snapshot, of, times, None, counts),
            Expr::Binary { left, right, .. } => {
                self.load(snapshot, left, times, None, counts)?;
                self.load(snapshot, right, times, None, counts)
            }
            Expr::Logs(_) | Expr::Number(_) | Expr::Vector(_) => Ok(()),
        }
    }

    fn at(&self, expr: &Expr, time: i64) -> Result<Now, Error> {
        let wrong = |reason: String| Error::Evaluation { language: LANGUAGE, reason };
        Ok(Now::Vector(match expr {
            Expr::Logs(_) => return Err(wrong("records where numbers must be".to_string())),
            Expr::Number(number) => return Ok(Now::Scalar(*number)),
            Expr::Vector(number) => vec![Sample::float(Labels::default(), *number)],
            Expr::Range(range) => {
                let series = self.data.get(&(&raw const **range)).map(Vec::as_slice).unwrap_or_default();
                range::at(range, series, time)
            }
            Expr::Aggregate { how, grouping, parameter, of } => aggregate(*how, grouping, parameter, self.vector(of, time)?),
            Expr::Sort { descending, of } => {
                let mut samples = self.vector(of, time)?;
                let key = |s: &Sample| s.value.float().unwrap_or(f64::NAN);
                samples.sort_by(|a, b| if *descending { key(b).total_cmp(&key(a)) } else { key(a).total_cmp(&key(b)) });
                samples
            }
            Expr::LabelReplace { of, target, replacement, source, expression } => {
                let mut samples = self.vector(of, time)?;
                for sample in &mut samples {
                    let mut value = None;
                    if let Some(captures) = expression.captures(sample.labels.get(source)) {
                        let mut text = String::new();
                        captures.expand(replacement, &mut text);
                        value = Some(text);
                    }
                    if let Some(value) = value {
                        sample.labels.set(target, &value);
                    }
                }
                samples
            }
            Expr::Binary { operator, as_number, matching, left, right } => match (self.at(left, time)?, self.at(right, time)?) {
                (Now::Scalar(a), Now::Scalar(b)) => return Ok(Now::Scalar(scalars(*operator, a, b))),
                (Now::Vector(a), Now::Scalar(b)) => with_scalar(*operator, *as_number, a, b, false),
                (Now::Scalar(a), Now::Vector(b)) => with_scalar(*operator, *as_number, b, a, true),
                (Now::Vector(a), Now::Vector(b)) => with_vector(*operator, *as_number, matching, a, b).map_err(wrong)?,
            },
        }))
    }

    fn vector(&self, expr: &Expr, time: i64) -> Result<Vec<Sample>, Error> {
        match self.at(expr, time)? {
            Now::Vector(samples) => Ok(samples),
            Now::Scalar(number) => Ok(vec![Sample::float(Labels::default(), number)]),
        }
    }
}

/// Whether the answer's order is the question's wish.
pub(super) fn ordered(expr: &Expr) -> bool {
    match expr {
        Expr::Sort { .. } => true,
        Expr::Aggregate { how, .. } => matches!(how, Aggregation::Topk | Aggregation::Bottomk),
        Expr::Binary { left, operator, .. } => *operator != Operator::Or && ordered(left),
        Expr::LabelReplace { of, .. } => ordered(of),
        _ => false,
    }
}
