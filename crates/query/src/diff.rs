//! Two sets of runs side by side: what a run of each costs, takes and fails, the change, and whether it is more than noise. Border: sets
//! and figures; the interval of a change is `bootstrap`'s, which runs are in a set the filters'.
//!
//! A run is a conversation with those that it started. It belongs to a set as a whole, by its start and its own columns, so that a run over
//! midnight is in one day.

mod bootstrap;
mod figures;
mod selection;

use polars::prelude::*;

use crate::answer::Answer;
use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::filters::{FilterWords, Filters};

use figures::{FIGURES, Figure, Run};

/// Fewer runs than these say nothing about their spread.
const FEWEST: usize = 5;

/// Compares set `a` with set `b`. Each is words joined by commas, that add to `common`: a day, a span `FROM..TO`, or `FILTER=VALUE`.
///
/// A row is a figure: its value in both sets, the change from `a` to `b`, and the 95 % interval of the change by the percentile bootstrap
/// over runs (Efron, Tibshirani, "An Introduction to the Bootstrap", 1993, §13.3), from a fixed seed. `change` says `more` or `less` where
/// the interval is on one side of zero, `noise` where it is not.
pub fn diff(catalog: &Catalog, common: &FilterWords, a: &str, b: &str, now: jiff::Timestamp) -> Result<Answer, QueryError> {
    let set = |text: &str| -> Result<Vec<Run>, QueryError> {
        let words = selection::words(text, common)?;
        figures::runs(catalog, &Filters::parse(&words, now)?)
    };
    let (of_a, of_b) = (set(a)?, set(b)?);
    for (name, runs) in [(a, &of_a), (b, &of_b)] {
        if runs.is_empty() {
            return Err(QueryError::Value { option: "diff", value: name.to_owned(), reason: "no run of the lake is in this set".to_owned() });
        }
    }
    let enough = of_a.len() >= FEWEST && of_b.len() >= FEWEST;
    let intervals = if enough { bootstrap::intervals(&of_a, &of_b) } else { vec![None; FIGURES.len()] };
    let rows: Vec<Row> = FIGURES.iter().enumerate().map(|(n, figure)| Row::of(figure, n, &of_a, &of_b, intervals[n], enough)).collect();
    let mut answer = table(&rows)?;
    answer.add_caption(format!("A: {} in {a}; B: {} in {b}", counted(of_a.len()), counted(of_b.len())));
    answer.add_caption(if enough {
        "interval: 95 %, by resampling runs; noise: the interval has zero in it".to_owned()
    } else {
        format!("fewer than {FEWEST} runs in a set: too few to tell a change from noise")
    });
    let unpriced: i64 = of_a.iter().chain(&of_b).map(|r| r.unpriced).sum();
    if unpriced > 0 {
        answer.add_caption(format!("model calls of unknown cost: {unpriced}; costs that include them are lower bounds"));
    }
    Ok(answer)
}

fn counted(runs: usize) -> String {
    format!("{runs} run{}", if runs == 1 { "" } else { "s" })
}

/// A figure of both sets.
#[derive(Debug)]
struct Row {
    figure: &'static Figure,
    a: Option<f64>,
    b: Option<f64>,
    interval: Option<(f64, f64)>,
    change: &'static str,
}

impl Row {
    fn of(figure: &'static Figure, n: usize, a: &[Run], b: &[Run], interval: Option<(f64, f64)>, enough: bool) -> Row {
        let (a, b) = (figures::ratio(a.iter(), n), figures::ratio(b.iter(), n));
        let change = match (a, b, interval) {
            (None, _, _) | (_, None, _) => "unknown",
            // the same up to the rounding of the sums
            (Some(a), Some(b), _) if (a - b).abs() <= a.abs().max(b.abs()) * 1e-12 => "none",
            _ if !enough => "too few runs",
            (_, _, Some((low, _))) if low > 0.0 => "more",
            (_, _, Some((_, high))) if high < 0.0 => "less",
            _ => "noise",
        };
        Row { figure, a, b, interval, change }
    }
}

fn table(rows: &[Row]) -> Result<Answer, QueryError> {
    let text = |of: fn(&Row) -> &'static str| rows.iter().map(of).collect::<Vec<_>>();
    let number = |of: &dyn Fn(&Row) -> Option<f64>| rows.iter().map(of).collect::<Vec<Option<f64>>>();
    let change = |r: &Row| r.a.zip(r.b).map(|(a, b)| b - a);
    let columns = vec![
        Column::new("figure".into(), text(|r| r.figure.name)),
        Column::new("unit".into(), text(|r| r.figure.unit)),
        Column::new("a".into(), number(&|r| r.a)),
        Column::new("b".into(), number(&|r| r.b)),
        Column::new("difference".into(), number(&change)),
        Column::new("percent".into(), number(&|r| change(r).zip(r.a).filter(|(_, a)| *a != 0.0).map(|(d, a)| (d / a * 1e4).round() / 1e2))),
        Column::new("low".into(), number(&|r| r.interval.map(|(low, _)| low))),
        Column::new("high".into(), number(&|r| r.interval.map(|(_, high)| high))),
        Column::new("change".into(), text(|r| r.change)),
    ];
    Answer::new(DataFrame::new(rows.len(), columns)?)
}

#[cfg(test)]
mod tests;
