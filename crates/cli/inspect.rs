//! `tracemill inspect`: what is in these files, and what an ingest would set aside. No lake is needed, nothing is written.

use tracemill_ingest::{Inspected, Names, inspect};
use tracemill_query::{Answer, Cell, listing};

use crate::args::{InspectArgs, say};
use crate::failure::{End, Failure};
use crate::progress::Bar;
use crate::reasons::Reasons;
use crate::{ingest, report};

/// Runs `tracemill inspect`.
pub fn run(args: &InspectArgs) -> Result<End, Failure> {
    let inputs = ingest::found(&args.paths)?;
    let sources = inspect(&inputs, &ingest::decoding(None, args.max_request, None)?, &Bar::new(Reasons::default()))?;
    let _ = report::write_answer(&answer(&sources)?, &args.output)?;
    for source in sources.iter().filter(|s| s.set_aside > s.examples.len() as u64) {
        say(&format!("{}: {} more would be set aside", source.path, source.set_aside - source.examples.len() as u64));
    }
    Ok(if sources.iter().all(|s| s.set_aside == 0) { End::Done } else { End::SetAside })
}

fn answer(sources: &[Inspected]) -> Result<Answer, Failure> {
    let reasons = Reasons::default();
    let columns = [
        ("source", Cell::Text(None)),
        ("bytes", Cell::Int(None)),
        ("compression", Cell::Text(None)),
        ("framing", Cell::Text(None)),
        ("forms", Cell::Text(None)),
        ("signals", Cell::Text(None)),
        ("requests", Cell::Int(None)),
        ("spans", Cell::Int(None)),
        ("log_records", Cell::Int(None)),
        ("span_events", Cell::Int(None)),
        ("data_points", Cell::Int(None)),
        ("samples", Cell::Int(None)),
        ("set_aside", Cell::Int(None)),
        ("without_time", Cell::Int(None)),
        ("first_time", Cell::Time(None)),
        ("last_time", Cell::Time(None)),
        ("services", Cell::Text(None)),
        ("scopes", Cell::Text(None)),
        ("lacks", Cell::Text(None)),
        ("warnings", Cell::Text(None)),
        ("first_set_aside", Cell::Text(None)),
    ];
    let row = |s: &Inspected| {
        [
            Cell::text(&s.path),
            Cell::int(s.bytes),
            Cell::text(&s.compression),
            Cell::text(&s.framing),
            Cell::text(&names(&s.told.forms)),
            Cell::text(&s.signals().collect::<Vec<_>>().join(", ")),
            Cell::int(s.requests),
            Cell::int(s.spans),
            Cell::int(s.log_records),
            Cell::int(s.span_events),
            Cell::int(s.data_points),
            Cell::int(s.samples),
            Cell::int(s.set_aside),
            Cell::int(s.timeless),
            Cell::Time(s.first_ns),
            Cell::Time(s.last_ns),
            Cell::text(&names(&s.services)),
            Cell::text(&names(&s.scopes)),
            Cell::text(&names(&s.told.lacks)),
            Cell::text(&names(&s.told.warnings)),
            Cell::text(&s.examples.first().map(|e| format!("{}: {}", e.position, reasons.shown(&e.reason))).unwrap_or_default()),
        ]
    };
    Ok(listing(columns, &sources.iter().map(row).collect::<Vec<_>>())?)
}

fn names(names: &Names) -> String {
    let (all, more) = names.all();
    let mut text = all.collect::<Vec<_>>().join(", ");
    if more {
        text.push_str(", …");
    }
    text
}
