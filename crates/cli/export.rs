//! `tracemill export`: the lake's tables for other programs, as a text or as Delta logs.

use std::path::Path;

use anyhow::Context;
use tracemill_export::delta::{self, Target, Times};
use tracemill_export::{Engine, Source};

use crate::args::{ExportArgs, ExportWhat, TimesArg, say};
use crate::failure::{End, Failure};
use crate::plan::reports;
use crate::{lake_path, report};

/// Runs `tracemill export`.
pub fn run(args: &ExportArgs) -> Result<End, Failure> {
    let engine = match args.what {
        ExportWhat::Delta => return delta(args),
        ExportWhat::Duckdb => Engine::Duckdb,
        ExportWhat::Spark => Engine::Spark,
        ExportWhat::Trino => Engine::Trino,
        ExportWhat::Clickhouse => Engine::Clickhouse,
        ExportWhat::Athena => Engine::Athena,
        ExportWhat::Pandas => Engine::Pandas,
        ExportWhat::Polars => Engine::Polars,
    };
    if args.stop || args.times.is_some() {
        return Err(Failure::usage("--stop and --times are for delta"));
    }
    let lake = lake_path::open(args.lake.lake.as_deref())?;
    let text = tracemill_export::tables(engine, &Source::new(&lake, args.location.as_deref(), args.pinned)?)?;
    let Some(folder) = &args.output else {
        report::print(text.as_bytes())?;
        return Ok(End::Done);
    };
    make(folder)?;
    report::write_file(&folder.join(engine.file()), text.as_bytes())?;
    let mut written = 0;
    if engine.has_reports() {
        let folder = folder.join("reports");
        make(&folder)?;
        for report in reports(&args.queries)? {
            let text = tracemill_export::report(engine, report.text()).map_err(|e| Failure::from(e).of(&report.name))?;
            let text = format!("{}\n", text.trim_end());
            report::write_file(&folder.join(format!("{}.sql", report.name)), text.as_bytes())?;
            written += 1;
        }
    }
    let reports = if written > 0 { format!(" and {written} reports") } else { String::new() };
    say(&format!("{}{reports} in {}", engine.file(), folder.display()));
    Ok(End::Done)
}

fn make(folder: &Path) -> Result<(), Failure> {
    Ok(std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?)
}

/// Delta logs: written, or let go.
fn delta(args: &ExportArgs) -> Result<End, Failure> {
    if args.location.is_some() || args.pinned {
        return Err(Failure::usage("--location and --pinned are not for delta: its logs lie in the lake, or name the files by their full names"));
    }
    let lake = lake_path::open(args.lake.lake.as_deref())?;
    if lake.is_locked() {
        say(&format!("another run is writing to {}; waiting for it to end", lake.name()));
    }
    let times = match args.times {
        Some(TimesArg::Bigint) => Times::Bigint,
        Some(TimesArg::Timestamp) | None => Times::Timestamp,
    };
    let target = Target { output: args.output.clone(), times };
    let place = args.output.as_deref().map_or_else(|| lake.name(), |output| output.display().to_string());
    if args.stop {
        if !delta::stop(&lake, &target)? {
            return Err(Failure::usage(format!("{place}: no Delta log is kept there; those that are: {}", kept(&lake)?)));
        }
        say(&format!("the Delta logs in {place} are removed, and kept no longer"));
        return Ok(End::Done);
    }
    let kept = delta::keep(&lake, &target)?;
    let entries = if kept.written == 0 { "no log needed a new entry".to_owned() } else { format!("{} logs got an entry", kept.written) };
    say(&format!("Delta logs in {place} name the {} files of commit {}: {entries}; every later commit keeps them so", kept.files, kept.commit));
    Ok(End::Done)
}

/// Where logs are kept, in words.
fn kept(lake: &tracemill_model::Lake) -> Result<String, Failure> {
    let places: Vec<String> =
        delta::kept(lake)?.into_iter().map(|t| t.output.map_or("the lake".to_owned(), |output| format!("--output {}", output.display()))).collect();
    Ok(if places.is_empty() { "none".to_owned() } else { places.join(", ") })
}
