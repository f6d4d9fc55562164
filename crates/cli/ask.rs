//! `tracemill logql`, `promql`, `traceql`: a question in the stack's own language. Border: options in, an answer written;
//! the languages are `tracemill_languages`' business.

use std::io::{self, IsTerminal, Read};

use anyhow::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracemill_languages::{Rows, Window, duration, logql, promql, traceql};
use tracemill_model::lake::Snapshot;
use tracemill_query::render::harmless;
use tracemill_query::{Answer, Format, moment};

use crate::args::{AskArgs, DirectionArg, LogqlArgs, OutputArgs, PromqlArgs, TraceqlArgs, say};
use crate::failure::{End, Failure};
use crate::{lake_path, report};

/// Runs `tracemill logql`.
pub fn logql(args: &LogqlArgs) -> Result<End, Failure> {
    let form = form(&args.format, &["lines", "loki"])?;
    let direction = match args.direction {
        DirectionArg::Backward => logql::Direction::Backward,
        DirectionArg::Forward => logql::Direction::Forward,
    };
    let options = logql::Options { window: window(&args.ask)?, limit: args.limit, direction };
    let answer = logql::query(&snapshot(&args.ask)?, &question(&args.ask)?, &options)?;
    match form {
        Some(format @ (Format::Table | Format::Markdown)) => rows(answer.listing(), format, &args.ask),
        Some(format) => rows(answer.rows(), format, &args.ask),
        None if args.format == "loki" => text(&answer.api_json(args.categorize_labels), &answer.captions(), &args.ask),
        None => {
            let lines = answer.lines().ok_or_else(|| Failure::usage("the answer is numbers, which have no lines; choose another --format"))?;
            let lines: String = lines.flat_map(|line| [line, "\n"]).collect();
            text(lines.trim_end_matches('\n'), &answer.captions(), &args.ask)
        }
    }
}

/// Runs `tracemill promql`.
pub fn promql(args: &PromqlArgs) -> Result<End, Failure> {
    let form = form(&args.format, &["prometheus"])?;
    let options = promql::Options { window: window(&args.ask)?, lookback: Some(length(&args.lookback)?) };
    let answer = promql::query(&snapshot(&args.ask)?, &question(&args.ask)?, &options)?;
    match form {
        Some(format) => rows(answer.rows(), format, &args.ask),
        None => text(&answer.api_json(), &answer.captions(), &args.ask),
    }
}

/// Runs `tracemill traceql`.
pub fn traceql(args: &TraceqlArgs) -> Result<End, Failure> {
    let form = form(&args.format, &["tempo"])?;
    let options = traceql::Options { window: window(&args.ask)?, limit: args.limit, spans_per_set: args.spans };
    let answer = traceql::query(&snapshot(&args.ask)?, &question(&args.ask)?, &options)?;
    match form {
        Some(format) => rows(answer.rows(), format, &args.ask),
        None => text(&answer.api_json(), &answer.captions(), &args.ask),
    }
}

/// One of tracemill's formats; `None` for one of the language's own.
fn form(name: &str, own: &[&str]) -> Result<Option<Format>, Failure> {
    if own.contains(&name) {
        return Ok(None);
    }
    name.parse().map(Some).map_err(|e| Failure::usage(format!("{e}, {}", own.join(", "))))
}

fn snapshot(ask: &AskArgs) -> Result<Snapshot, Failure> {
    Ok(lake_path::open(ask.lake.lake.as_deref())?.read()?)
}

fn question(ask: &AskArgs) -> Result<String, Failure> {
    match (&ask.question, &ask.file) {
        (Some(question), _) if question == "-" => {
            let mut text = String::new();
            let _ = io::stdin().read_to_string(&mut text).context("standard input")?;
            Ok(text)
        }
        (Some(question), _) => Ok(question.clone()),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|e| Failure::usage(format!("{}: {e}", file.display()))),
        (None, None) => Err(Failure::usage("no question")),
    }
}

fn window(ask: &AskArgs) -> Result<Window, Failure> {
    let zone = TimeZone::get(&ask.timezone).map_err(|e| Failure::usage(format!("--timezone {}: {e}", ask.timezone)))?;
    let now = Timestamp::now();
    let moment = |option: &str, text: &Option<String>| {
        text.as_ref().map(|text| moment::parse(text, &zone, now).map_err(|e| Failure::usage(format!("--{option} {text}: {e}")))).transpose()
    };
    let step = ask.step.as_deref().map(length).transpose()?;
    Ok(Window { start: moment("start", &ask.start)?, end: moment("end", &ask.end)?, step })
}

/// A duration, or a number of seconds.
fn length(text: &str) -> Result<i64, Failure> {
    let seconds = || text.parse::<f64>().ok().filter(|s| s.is_finite()).map(|s| (s * 1e9) as i64);
    duration::whole(text).or_else(seconds).ok_or_else(|| Failure::usage(format!("{text}: want a duration such as 60s, 5m or 1h, or seconds")))
}

fn rows(rows: Rows, format: Format, ask: &AskArgs) -> Result<End, Failure> {
    report::write_answer(&Answer::of_rows(rows)?, &OutputArgs { format, output: ask.output.clone() })
}

fn text(text: &str, captions: &[String], ask: &AskArgs) -> Result<End, Failure> {
    let terminal = ask.output.is_none() && io::stdout().is_terminal();
    let text = if terminal { harmless(text) } else { text.to_owned() };
    let bytes = if text.is_empty() { String::new() } else { format!("{text}\n") };
    report::write_bytes(bytes.as_bytes(), &OutputArgs { format: Format::Json, output: ask.output.clone() })?;
    captions.iter().for_each(|line| say(line));
    Ok(End::Done)
}
