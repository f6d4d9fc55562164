//! LogQL (Grafana Loki 3) over the lake's log records. Border: the language and what Loki makes of OTLP; how an answer is printed is the program's business.

mod answer;
mod ast;
mod fields;
mod level;
mod metric;
mod parse;
mod pipeline;
mod record;
mod scan;
mod template;

pub use answer::{Answer, Series};
pub(crate) use answer::{instant, label_columns};

use tracemill_model::lake::Snapshot;

use self::answer::{Found, Record};
use self::ast::Expr;
use self::metric::Numbers;
use self::scan::Counts;
use crate::error::{Error, Position};
use crate::variables::{self, Expanded};
use crate::window::Window;

pub(crate) const LANGUAGE: &str = "logql";

/// In which order records are given, and which a limit keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Direction {
    /// The newest first, as Loki's own default is.
    #[default]
    Backward,
    /// The oldest first.
    Forward,
}

/// What is asked besides the text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Records: from the start on, before the end. Numbers: at the end, or in steps from the start to the end.
    /// Where a bound is missing the range goes to the lake's first or last log record, and includes it.
    pub window: Window,
    /// At most so many records.
    pub limit: Option<usize>,
    /// Order of the records.
    pub direction: Direction,
}

/// Answers a question. Errors: [`Error`]; what Loki refuses is refused as well, with the place.
pub fn query(snapshot: &Snapshot, question: &str, options: &Options) -> Result<Answer, Error> {
    let Window { start, end, step } = options.window;
    if step.is_some_and(|step| step <= 0) {
        return Err(Error::Window("the step must be longer than nothing".to_string()));
    }
    let extent = if start.is_none() || end.is_none() { scan::extent(snapshot)? } else { None };
    let (first, last) = extent.unwrap_or((0, 0));
    // the ends of the lake are meant to be inside: a range begins after its start, records end before their end
    let from = start.unwrap_or(first - 1);
    let until = end.unwrap_or(last);
    options.window.check(from, until)?;
    if let Some((at, name)) = variables::foreign(question) {
        return Err(Error::Syntax { language: LANGUAGE, position: Position::of(question, at), reason: variables::refusal(name) });
    }
    let text = expanded(question, from, until, step);
    let expr = parse::parse(&text.text).map_err(|fault| {
        let position = Position::of(question, text.original(fault.at));
        match fault.instead {
            Some(instead) => Error::Unsupported { language: LANGUAGE, position, what: fault.reason, instead },
            None => Error::Syntax { language: LANGUAGE, position, reason: fault.reason },
        }
    })?;
    let mut counts = Counts::default();
    let found = match &expr {
        Expr::Logs(logs) => {
            let bounds = (start.unwrap_or(first), end.unwrap_or_else(|| last.saturating_add(1)));
            let mut records: Vec<Record> = Vec::new();
            scan::scan(snapshot, logs, bounds, &mut counts, |base, entry| {
                records.push(Record { entry, stream: base.stream.clone() });
                if let Some(limit) = options.limit.filter(|limit| records.len() >= (4 * limit).max(1024)) {
                    arrange(&mut records, options.direction, Some(limit));
                }
                Ok(())
            })?;
            arrange(&mut records, options.direction, options.limit);
            Found::Records(records)
        }
        expr => numbers(snapshot, expr, from, until, step, &mut counts)?,
    };
    Ok(Answer { found, counts })
}

fn arrange(records: &mut Vec<Record>, direction: Direction, limit: Option<usize>) {
    // records of one moment by what they say, so that their order does not depend on how the lake's files are cut
    let said = |a: &Record, b: &Record| a.entry.line.cmp(&b.entry.line).then_with(|| a.entry.fields.labels().cmp(&b.entry.fields.labels()));
    match direction {
        Direction::Forward => records.sort_by(|a, b| a.entry.time.cmp(&b.entry.time).then_with(|| said(a, b))),
        Direction::Backward => records.sort_by(|a, b| b.entry.time.cmp(&a.entry.time).then_with(|| said(a, b))),
    }
    if let Some(limit) = limit {
        records.truncate(limit);
    }
}

fn numbers(snapshot: &Snapshot, expr: &Expr, from: i64, until: i64, step: Option<i64>, counts: &mut Counts) -> Result<Found, Error> {
    let times: Vec<i64> = match step {
        None => vec![until],
        Some(step) => steps(from, until, step)?,
    };
    let result = metric::evaluate(snapshot, expr, &times, counts)?;
    Ok(match (result, step) {
        (Numbers::Scalar(numbers), None) => Found::Scalar(until, numbers.first().copied().unwrap_or(f64::NAN)),
        (Numbers::Scalar(numbers), Some(_)) => {
            Found::Matrix(vec![Series { labels: crate::Labels::default(), samples: times.iter().copied().zip(numbers).collect() }])
        }
        (Numbers::Series(series), Some(_)) => Found::Matrix(sorted(series)),
        (Numbers::Series(series), None) if metric::ordered(expr) => Found::Vector(series),
        (Numbers::Series(series), None) => Found::Vector(sorted(series)),
    })
}

/// The moments of a range query: multiples of the step, from the one before the start to the one behind the end (Loki's
/// query frontend aligns so).
fn steps(from: i64, until: i64, step: i64) -> Result<Vec<i64>, Error> {
    let first = from.div_euclid(step) * step;
    let last = until.saturating_add(step - 1).div_euclid(step) * step;
    let count = (last - first) / step + 1;
    if count > 1_000_000 {
        return Err(Error::Window(format!("the time range has {count} steps; choose a longer step")));
    }
    Ok((0..count).map(|n| first + n * step).collect())
}

fn sorted(mut series: Vec<Series>) -> Vec<Series> {
    series.sort_by(|a, b| a.labels.cmp(&b.labels));
    series
}

/// Grafana's variables: the length of the time range, and of a step.
fn expanded(question: &str, from: i64, until: i64, step: Option<i64>) -> Expanded {
    let range = (until - from).max(1);
    let interval = step.unwrap_or(range);
    let values = [
        ("__range", format!("{range}ns")),
        ("__range_s", (range as f64 / 1e9).ceil().to_string()),
        ("__range_ms", (range as f64 / 1e6).ceil().to_string()),
        ("__interval", format!("{interval}ns")),
        ("__interval_ms", (interval as f64 / 1e6).ceil().to_string()),
        ("__auto", format!("{interval}ns")),
    ];
    Expanded::new(question, &values)
}
