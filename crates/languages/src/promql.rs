//! PromQL (Prometheus 3) over the lake's metrics. Border: parsing is the crate `promql-parser`'s; how an answer is printed is the program's business.

mod answer;
mod evaluate;
mod fault;
mod functions;
mod names;
mod series;

pub use answer::Answer;

use std::collections::BTreeSet;

use promql_parser::parser::token::{T_BOTTOMK, T_TOPK};
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{Expr, VectorSelector, parse};
use rustc_hash::FxHashMap;
use tracemill_model::lake::Snapshot;

use self::answer::Found;
use self::evaluate::{Now, Range, Run, asked, selectors};
use self::series::Selector;
use crate::error::{Error, Position};
use crate::labels::Labels;
use crate::variables::{self, Expanded};
use crate::vector::Sample;
use crate::window::Window;

pub(crate) const LANGUAGE: &str = "promql";

/// Nanoseconds of a millisecond.
const MS: i64 = 1_000_000;

/// What is asked besides the text. Durations in nanoseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// At the end, or in steps from the start to the end. Where a bound is missing it is the lake's first or last data point.
    pub window: Window,
    /// How old a sample may be and still be the current one; 5 minutes by default.
    pub lookback: Option<i64>,
}

/// Answers a question. Errors: [`Error`]; what Prometheus refuses is refused as well, with the place.
pub fn query(snapshot: &Snapshot, question: &str, options: &Options) -> Result<Answer, Error> {
    let Window { start, end, step } = options.window;
    if step.is_some_and(|step| step < MS) {
        return Err(Error::Window("the step must be a millisecond or longer".to_string()));
    }
    let extent = if start.is_none() || end.is_none() { series::extent(snapshot)? } else { None };
    let (first, last) = extent.unwrap_or((0, 0));
    // a range begins after its start: one that goes back to the first point begins before it
    let from = start.unwrap_or(first.div_euclid(MS) * MS - MS).div_euclid(MS);
    let until = end.unwrap_or(last).div_euclid(MS);
    // a moment alone may lie anywhere
    if step.is_some() || start.is_some() {
        options.window.check(from.saturating_mul(MS), until.saturating_mul(MS))?;
    }
    if let Some((at, name)) = variables::foreign(question) {
        return Err(Error::Syntax { language: LANGUAGE, position: Position::of(question, at), reason: variables::refusal(name) });
    }
    let text = expanded(question, from, until, step);
    let located = |offset: usize| Position::of(question, text.original(offset));
    fault::check_size(&text.text).map_err(|f| Error::Syntax { language: LANGUAGE, position: located(f.at), reason: f.reason })?;
    let expr = parse(&text.text).map_err(|reason| Error::Syntax {
        language: LANGUAGE,
        position: located(fault::place(&text.text, &reason)),
        reason: if reason == "invalid promql query" { "unexpected word or sign".to_string() } else { reason },
    })?;
    if let Some((what, instead)) = fault::unsupported(&expr) {
        let position = located(fault::place_of(&text.text, &what));
        return Err(Error::Unsupported { language: LANGUAGE, position, what: format!("`{what}`"), instead });
    }
    if step.is_some() && !matches!(expr.value_type(), ValueType::Scalar | ValueType::Vector) {
        return Err(Error::Window("a question in steps must give a number or a vector, not a range; leave the step out".to_string()));
    }
    evaluated(snapshot, &expr, (from, until, step.map(|s| s / MS)), options.lookback.map_or(300_000, |l| l / MS))
}

fn evaluated(snapshot: &Snapshot, expr: &Expr, (from, until, step): (i64, i64, Option<i64>), lookback: i64) -> Result<Answer, Error> {
    let mut found: Vec<&VectorSelector> = Vec::new();
    selectors(expr, &mut found);
    let wanted: Vec<Selector> = found.iter().map(|s| Selector::of(s)).collect();
    let (mut labels, mut taken) = (BTreeSet::new(), BTreeSet::new());
    asked(expr, &mut labels, &mut taken);
    labels.extend(wanted.iter().flat_map(|s| s.names().map(str::to_string)));
    labels.retain(|label| !taken.contains(label));
    let (loaded, points) = series::load(snapshot, &wanted, &labels)?;
    let counts = (loaded.iter().map(Vec::len).sum(), loaded.iter().flatten().map(|s| s.samples.len()).sum());
    let selected: FxHashMap<*const VectorSelector, Vec<series::Series>> = found.iter().map(|s| std::ptr::from_ref(*s)).zip(loaded).collect();
    let start = if step.is_some() { from } else { until };
    let run = Run {
        selected,
        start,
        end: until,
        step: step.unwrap_or(60_000),
        lookback,
        hints: std::cell::RefCell::default(),
        remembered: std::cell::RefCell::default(),
        subquery_steps: std::cell::Cell::default(),
    };
    let found = match step {
        None => match run.at(expr, until)? {
            Now::Scalar(number) => Found::Scalar(until, number),
            Now::Text(text) => Found::Text(until, text),
            Now::Vector(samples) => Found::Vector(until, if ordered(expr) { samples } else { sorted(samples) }),
            Now::Matrix(mut ranges) => {
                ranges.sort_by(|a, b| a.labels.cmp(&b.labels));
                Found::Matrix(ranges)
            }
        },
        Some(step) => Found::Matrix(in_steps(&run, expr, from, until, step)?),
    };
    let hints = run.hints.into_inner();
    Ok(Answer { found, series: counts.0, samples: counts.1, points, until, hints })
}

fn in_steps(run: &Run, expr: &Expr, from: i64, until: i64, step: i64) -> Result<Vec<Range>, Error> {
    let count = (until - from) / step + 1;
    if count > 1_000_000 {
        return Err(Error::Window(format!("the time range has {count} steps; choose a longer step")));
    }
    let (mut ranges, mut places) = (Vec::<Range>::new(), FxHashMap::<Labels, usize>::default());
    for time in (0..count).map(|n| from + n * step) {
        let samples = match run.at(expr, time)? {
            Now::Vector(samples) => samples,
            Now::Scalar(number) => vec![Sample::float(Labels::default(), number)],
            _ => Vec::new(),
        };
        for Sample { labels, value } in samples {
            let place = *places.entry(labels.clone()).or_insert_with(|| {
                ranges.push(Range { labels, samples: Vec::new() });
                ranges.len() - 1
            });
            ranges[place].samples.push((time, value));
        }
    }
    ranges.sort_by(|a, b| a.labels.cmp(&b.labels));
    Ok(ranges)
}

/// Whether the answer's order is the question's wish.
fn ordered(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(p) => ordered(&p.expr),
        Expr::Call(call) => matches!(call.func.name, "sort" | "sort_desc"),
        Expr::Aggregate(a) => matches!(a.op.id(), T_TOPK | T_BOTTOMK),
        _ => false,
    }
}

fn sorted(mut samples: Vec<Sample>) -> Vec<Sample> {
    samples.sort_by(|a, b| a.labels.cmp(&b.labels));
    samples
}

/// Grafana's variables: the length of the time range, of a step, and of a range that holds several samples at each step.
fn expanded(question: &str, from: i64, until: i64, step: Option<i64>) -> Expanded {
    let range = (until - from).max(1);
    let interval = step.map_or(60_000, |s| (s / MS).max(1));
    // Grafana: the larger of the interval plus a scrape interval and four scrape intervals, of 15 seconds
    let rate = (interval + 15_000).max(60_000);
    let ms = |n: i64| format!("{n}ms");
    let values = [
        ("__range", ms(range)),
        ("__range_s", (range as f64 / 1e3).ceil().to_string()),
        ("__range_ms", range.to_string()),
        ("__interval", ms(interval)),
        ("__interval_ms", interval.to_string()),
        ("__rate_interval", ms(rate)),
        ("__rate_interval_ms", rate.to_string()),
    ];
    Expanded::new(question, &values)
}
