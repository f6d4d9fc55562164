//! `tracemill ingest`: archives into the lake, then the semantic tables; `tracemill normalize`: the semantic tables alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context;
use tracemill_ingest::{Input, Options, discover};
use tracemill_model::Lake;
use tracemill_model::lake::Lock;
use tracemill_normalize as semantic;

use crate::args::{IngestArgs, NormalizeArgs, SemanticArgs, say};
use crate::failure::{End, Failure};
use crate::progress::Bar;
use crate::reasons::Reasons;
use crate::{forget, lake_path, redact};

/// What an ingest has done.
#[derive(Debug)]
pub struct Taken {
    /// The lake.
    pub lake: Lake,
    /// What came of the inputs.
    pub summary: tracemill_ingest::Summary,
    /// The build of the semantic tables; `None` where they were current, or left for later.
    pub built: Option<semantic::Summary>,
    /// How long the raw tables took.
    pub raw_time: Duration,
    /// How long the semantic tables took.
    pub semantic_time: Duration,
}

/// Runs `tracemill ingest`.
pub fn run(args: &IngestArgs) -> Result<End, Failure> {
    let taken = take(args)?;
    Ok(if taken.summary.set_aside() == 0 { End::Done } else { End::SetAside })
}

/// Takes the archives into the lake and builds the semantic tables.
pub fn take(args: &IngestArgs) -> Result<Taken, Failure> {
    let started = Instant::now();
    let mut inputs = found(&args.paths)?;
    if let Some(share) = args.share {
        inputs.retain(|input| share.has(&input.source_id()));
    }
    let semantic_options = options(&args.semantic)?;
    leave_out_options(&mut inputs, &semantic_options);
    if let Some(folder) = &args.semantic.dialects {
        // one that is none is refused before there is a lake
        let _ = semantic::dialects_in_force(None, Some(folder)).map_err(anyhow::Error::from)?;
    }
    if let Some(file) = &args.semantic.rules {
        let _ = semantic::rules_in_force(None, Some(file)).map_err(anyhow::Error::from)?;
    }
    let lake = lake_path::create(args.lake.lake.as_deref())?;
    let dialects = args.semantic.dialects.clone().or_else(|| semantic::stored_dialects(&lake));
    let privacy = redact::privacy(&args.redact, &lake, args.semantic.rules.as_deref(), dialects.as_deref())?;
    let decoding = Options { privacy, max_kept: args.max_kept, ..decoding(Some(&lake), args.max_request, dialects.as_deref())? };
    let bar = Bar::new(args.semantic.rules.clone().map_or_else(|| Reasons::of(&lake), Reasons::with));
    let summary = tracemill_ingest::ingest(&lake, &inputs, &decoding, &bar)?;
    tell(&summary);
    let raw_time = started.elapsed();
    let built = if args.raw_only { None } else { build_after(&lake, &semantic_options)? };
    let semantic_time = started.elapsed().saturating_sub(raw_time);
    Ok(Taken { lake, summary, built, raw_time, semantic_time })
}

/// What the paths mean. Says of which it must wait, and where there is nothing.
pub fn found(paths: &[String]) -> Result<Vec<Input>, Failure> {
    let (urls, names): (Vec<&String>, Vec<&String>) = paths.iter().partition(|path| tracemill_remote::is_url(path));
    let mut inputs = discover(&names.into_iter().cloned().collect::<Vec<_>>()).map_err(Failure::usage)?;
    for url in urls {
        inputs.extend(tracemill_remote::listed(url)?);
    }
    inputs.sort_by(|a, b| a.path.cmp(&b.path));
    inputs.dedup_by(|a, b| a.path.is_some() && a.path == b.path);
    if inputs.is_empty() {
        say(&format!("no file to read in {}", paths.join(", ")));
    }
    for input in inputs.iter().filter(|i| i.waits()) {
        say(&format!("{}: a pipe, which is waited for until something writes to it", input.name()));
    }
    Ok(inputs)
}

/// Runs `tracemill normalize`.
pub fn normalize(args: &NormalizeArgs) -> Result<End, Failure> {
    let options = options(&args.semantic)?;
    let lake = lake_path::open(args.lake.lake.as_deref())?;
    let lock = lock(&lake)?;
    let _ = build(&lake, &lock, &options, true)?;
    Ok(End::Done)
}

/// The options of decoding; names of the dialects in that folder are known again where a dump has changed them.
pub fn decoding(lake: Option<&Lake>, max_request: usize, dialects: Option<&Path>) -> Result<Options, Failure> {
    let vocabulary = Arc::new(semantic::vocabulary(dialects).map_err(anyhow::Error::from)?);
    Ok(Options { max_request, vocabulary, names: lake.map(forget::names).transpose()?.unwrap_or_default(), ..Options::default() })
}

/// The options of a build of the semantic tables.
pub fn options(args: &SemanticArgs) -> Result<semantic::Options, Failure> {
    for (option, file) in [("--prices", &args.prices), ("--categories", &args.categories), ("--map", &args.map), ("--rules", &args.rules)] {
        if let Some(file) = file.as_ref().filter(|f| !f.is_file()) {
            return Err(Failure::usage(format!("{option} {}: no such file", file.display())));
        }
    }
    if let Some(folder) = &args.dialects {
        let is_toml = |path: &Path| path.extension().is_some_and(|e| e == "toml");
        if folder.is_file() {
            if !is_toml(folder) {
                return Err(Failure::usage(format!("--dialects {}: want a file *.toml, or a folder of them", folder.display())));
            }
        } else {
            let files = std::fs::read_dir(folder).map_err(|e| Failure::usage(format!("--dialects {}: {e}", folder.display())))?;
            if !files.flatten().any(|file| is_toml(&file.path())) {
                return Err(Failure::usage(format!("--dialects {}: no file *.toml in it", folder.display())));
            }
        }
    }
    let SemanticArgs { prices, categories, dialects, map, rules } = args.clone();
    Ok(semantic::Options { prices, categories, dialects, map, rules, ..semantic::Options::default() })
}

/// Leaves out what options name, be it a file or all of a folder: a team keeps its dialects, prices and map beside its archives.
pub fn leave_out_options(inputs: &mut Vec<Input>, options: &semantic::Options) {
    let named = [&options.prices, &options.categories, &options.map, &options.dialects, &options.rules];
    let named: Vec<PathBuf> = named.into_iter().flatten().filter_map(|path| path.canonicalize().ok()).collect();
    // of a folder its dialects only: an archive may lie there, too
    let is_named = |path: &Path| {
        let dialects = |folder: &PathBuf| path.parent() == Some(folder.as_path()) && path.extension().is_some_and(|e| e == "toml");
        named.iter().any(|named| named == path || dialects(named))
    };
    inputs.retain(|input| input.path.as_deref().is_none_or(|path| !is_named(path)));
}

/// The right to write; says so when it must be waited for.
pub fn lock(lake: &Lake) -> Result<Lock, Failure> {
    if lake.is_locked() {
        say(&format!("another run is writing to {}; waiting for it to end", lake.name()));
    }
    Ok(lake.lock()?)
}

/// Builds the semantic tables, where they are not as they must be. The lock is only taken where there is something to do.
fn build_after(lake: &Lake, options: &semantic::Options) -> Result<Option<semantic::Summary>, Failure> {
    if semantic::is_current(lake, options).unwrap_or(false) {
        return Ok(None);
    }
    build(lake, &lock(lake)?, options, false)
}

/// Brings the semantic tables up to date, where they are not what the raw tables, the release, the dialects and the prices would give; builds all
/// of them anew where that is asked for.
pub fn build(lake: &Lake, lock: &Lock, options: &semantic::Options, always: bool) -> Result<Option<semantic::Summary>, Failure> {
    let context = || "the semantic tables cannot be built; the raw tables are complete, and `tracemill normalize` tries again";
    if !always && semantic::is_current(lake, options).with_context(context)? {
        return Ok(None);
    }
    let options = &semantic::Options { forgotten: forget::hours(lake).with_context(context)?, ..options.clone() };
    let summary = if always { semantic::build(lake, lock, options) } else { semantic::update(lake, lock, options) }.with_context(context)?;
    let semantic::Summary {
        conversations,
        turns,
        model_calls,
        tool_calls,
        latency,
        metric_deltas,
        undecided,
        strangers,
        prices,
        rebuilt,
        changed_days,
        ..
    } = &summary;
    let counted = format!(
        "{conversations} conversations, {turns} turns, {model_calls} model calls, {tool_calls} tool calls, {latency} shares of time, {metric_deltas} metric deltas"
    );
    say(&format!("semantic tables: {counted}; prices: {prices}"));
    match rebuilt {
        semantic::Rebuilt::All(reason) if always || reason.as_str() == semantic::FIRST_BUILD => {}
        semantic::Rebuilt::All(reason) => say(&format!("rebuilt: all, because {reason}")),
        semantic::Rebuilt::Days { new, with } => {
            let days = |n: usize| if n == 1 { "1 day".to_owned() } else { format!("{n} days") };
            let (new, with, changed) = (days(new.len()), days(with.len()), days(changed_days.len()));
            say(&format!("rebuilt: {new} with new records and what hangs together with them on {with} more; rows of {changed} have changed"));
        }
    }
    for (service, records) in strangers {
        say(&format!("{records} records of service {service} belong to no known agent; docs/dialects.md shows how to teach one"));
    }
    for warning in undecided {
        say(&format!("warning: {warning}"));
    }
    Ok(Some(summary))
}

fn tell(summary: &tracemill_ingest::Summary) {
    let mut records = std::collections::BTreeMap::new();
    for source in &summary.sources {
        for (table, rows) in &source.records {
            *records.entry(table.as_str()).or_insert(0) += rows;
        }
    }
    let sum = |of: fn(&tracemill_model::lake::Source) -> u64| summary.sources.iter().map(of).sum::<u64>();
    let counted: Vec<String> = ["spans", "events", "metrics", "profiles"]
        .iter()
        .filter(|t| **t != "profiles" || records.contains_key(**t))
        .map(|t| format!("{} {t}", records.get(t).copied().unwrap_or(0)))
        .collect();
    let mut line = format!("{} files read, {} unchanged: {}", summary.sources.len(), summary.unchanged, counted.join(", "));
    for (number, what) in [
        (sum(|s| s.duplicates), "repeated"),
        (sum(|s| s.conflicts), "conflicting"),
        (sum(|s| s.timeless), "without a time"),
        (sum(|s| s.forgotten), "forgotten"),
        (summary.set_aside(), "set aside"),
    ] {
        if number > 0 {
            line.push_str(&format!(", {number} {what}"));
        }
    }
    say(&line);
    for source in summary.sources.iter().filter(|s| s.set_aside > s.examples.len() as u64) {
        let more = source.set_aside - source.examples.len() as u64;
        say(&format!("{}: {more} more set aside", source.path));
    }
    if summary.set_aside() > 0 {
        say("what is set aside is kept: `tracemill quarantine` lists it, `tracemill quarantine retry` tries it again");
    }
}
