//! `tracemill quarantine`: what was set aside, listed, shown and tried again.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::path::Path;

use anyhow::Context;
use tracemill_ingest::{Retried, retry};
use tracemill_model::Lake;
use tracemill_model::lake::{Entry, Kind, Place, Quarantine, Standing};
use tracemill_query::{Cell, listing};

use crate::args::{QuarantineAction, QuarantineArgs, RetryArgs, say};
use crate::failure::{End, Failure};
use crate::progress::Bar;
use crate::reasons::Reasons;
use crate::{ingest, lake_path, redact, report};

/// Runs `tracemill quarantine`.
pub fn run(args: &QuarantineArgs) -> Result<End, Failure> {
    let lake = lake_path::open(args.lake.as_deref())?;
    match &args.action {
        None => list(&lake, args),
        Some(QuarantineAction::Show(show_args)) => show(&lake, &show_args.id, show_args.output.as_deref()),
        Some(QuarantineAction::Retry(retry_args)) => try_again(&lake, retry_args),
    }
}

fn list(lake: &Lake, args: &QuarantineArgs) -> Result<End, Failure> {
    let columns = [
        ("id", Cell::Text(None)),
        ("source", Cell::Text(None)),
        ("position", Cell::Text(None)),
        ("kind", Cell::Text(None)),
        ("bytes", Cell::Int(None)),
        ("reason", Cell::Text(None)),
        ("sources", Cell::Int(None)),
        ("times", Cell::Int(None)),
        ("standing", Cell::Text(None)),
        ("release", Cell::Text(None)),
        ("hash", Cell::Text(None)),
    ];
    let mut entries = Vec::new();
    for entry in lake.read()?.quarantine().entries()? {
        let entry = entry?;
        if args.all || entry.is_open() {
            entries.push(entry);
        }
    }
    entries.sort_by(|a, b| order(a).cmp(&order(b)));
    let reasons = Reasons::of(lake);
    let row = |e: &Entry| {
        let place = shown_place(e);
        [
            Cell::text(&e.id),
            Cell::text(place.map_or("", |p| &p.path)),
            Cell::text(place.map_or("", |p| &p.position)),
            Cell::text(e.kind.name()),
            Cell::int(e.bytes),
            Cell::text(&reasons.shown(&e.reason)),
            Cell::int(e.places.len() as u64),
            Cell::int(e.places.iter().map(|p| p.times).sum()),
            Cell::text(if e.is_open() { "open" } else { "resolved" }),
            Cell::text(&e.release),
            Cell::text(e.hash.as_deref().unwrap_or_default()),
        ]
    };
    report::write_answer(&listing(columns, &entries.iter().map(row).collect::<Vec<_>>())?, &args.output)
}

/// The first place where it is still set aside, else the first.
fn shown_place(entry: &Entry) -> Option<&Place> {
    entry.places.iter().find(|p| p.standing != Standing::Resolved).or(entry.places.first())
}

/// By source, then place in it.
fn order(entry: &Entry) -> impl Ord {
    (shown_place(entry).map(|p| (p.path.as_str(), p.offset, p.position.as_str())), &entry.id)
}

/// The entry whose id begins so.
fn find(quarantine: &Quarantine, id: &str) -> Result<Entry, Failure> {
    let mut found = quarantine.find(id)?;
    match (found.pop(), found.pop()) {
        (Some(entry), None) => Ok(entry),
        (Some(_), Some(_)) => Err(Failure::usage(format!("{id}: several entries begin so; give more of the id"))),
        (None, _) => Err(Failure::usage(format!("{id}: no such entry; `tracemill quarantine --all` lists them"))),
    }
}

fn show(lake: &Lake, id: &str, output: Option<&Path>) -> Result<End, Failure> {
    let snapshot = lake.read()?;
    let quarantine = snapshot.quarantine();
    let entry = find(&quarantine, id)?;
    let Some(mut bytes) = quarantine.bytes(&entry)? else {
        let path = shown_place(&entry).map_or("", |p| &p.path);
        if entry.too_many {
            let hash = entry.hash.as_deref().unwrap_or("unknown");
            let reason = format!("{id}: {} bytes, more than is kept (--max-kept); they were in {path} (BLAKE3 {hash})", entry.bytes);
            return Err(Failure::usage(reason));
        }
        if entry.kind != Kind::File {
            return Err(Failure::usage(format!(
                "{id}: {} bytes, withheld because of what was to be redacted or forgotten; they were in {path}",
                entry.bytes
            )));
        }
        let hash = entry.hash.as_deref().unwrap_or("unknown");
        return Err(Failure::usage(format!("{id}: a file, of which there is no copy; it was {path} ({} bytes, BLAKE3 {hash})", entry.bytes)));
    };
    match output {
        Some(file) => {
            let mut out = File::create(file).with_context(|| format!("{}", file.display()))?;
            let _ = io::copy(&mut bytes, &mut out).with_context(|| format!("{}", file.display()))?;
        }
        None if io::stdout().is_terminal() => show_harmless(&mut bytes)?,
        None => {
            let mut out = io::stdout().lock();
            io::copy(&mut bytes, &mut out).and_then(|_| out.flush()).map_err(Failure::of_stdout)?;
        }
    }
    Ok(End::Done)
}

/// On a terminal control characters are not sent but marked: what is bad may be meant to do harm.
fn show_harmless(bytes: &mut dyn Read) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let mut buffer = [0; 8 << 10];
    loop {
        let n = bytes.read(&mut buffer)?;
        if n == 0 {
            return writeln!(out).map_err(Failure::of_stdout);
        }
        let text = String::from_utf8_lossy(&buffer[..n]);
        let harmless: String = text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect();
        out.write_all(harmless.as_bytes()).map_err(Failure::of_stdout)?;
    }
}

fn try_again(lake: &Lake, args: &RetryArgs) -> Result<End, Failure> {
    let semantic = ingest::options(&args.semantic)?;
    let lock = ingest::lock(lake)?;
    let ids = {
        let snapshot = lake.snapshot()?;
        let quarantine = snapshot.quarantine();
        args.ids.iter().map(|id| find(&quarantine, id).map(|e| e.id)).collect::<Result<HashSet<_>, _>>()?
    };
    let ids = (!ids.is_empty()).then_some(&ids);
    let dialects = tracemill_normalize::stored_dialects(lake);
    let privacy = redact::privacy(&args.redact, lake, args.semantic.rules.as_deref(), dialects.as_deref())?;
    let options =
        tracemill_ingest::Options { privacy, max_kept: args.max_kept, ..ingest::decoding(Some(lake), args.max_request, dialects.as_deref())? };
    let retried = retry(lake, &lock, ids, &options, &Bar::new(Reasons::of(lake)))?;
    tell(&retried);
    if !args.raw_only {
        let _ = ingest::build(lake, &lock, &semantic, false)?;
    }
    Ok(if retried.taken == retried.tried { End::Done } else { End::SetAside })
}

fn tell(retried: &Retried) {
    let Retried { tried, taken, records, .. } = retried;
    let counted = |records: &BTreeMap<String, u64>| records.iter().map(|(table, rows)| format!("{rows} {table}")).collect::<Vec<_>>().join(", ");
    let records = if records.is_empty() { "no record".to_owned() } else { counted(records) };
    say(&format!("{tried} tried: {taken} taken, {} still set aside; {records}", tried - taken));
}
