//! `tracemill show`: one run as a timeline for a reader, or as rows.

use std::io::{self, IsTerminal};

use tracemill_model::Lake;
use tracemill_query::{Catalog, Format, Timeline};

use crate::args::ShowArgs;
use crate::failure::{End, Failure};
use crate::{lake_path, report};

/// Runs `tracemill show`.
pub fn run(args: &ShowArgs) -> Result<End, Failure> {
    let catalog = Catalog::open(&Lake::open(&lake_path::resolve(args.lake.lake.as_deref())?)?)?;
    let timeline = Timeline::of(&catalog, &args.conversation)?;
    if args.output.format != Format::Table {
        return report::write_answer(&timeline.answer()?, &args.output);
    }
    let terminal = args.output.output.is_none() && io::stdout().is_terminal();
    let width = terminal.then(|| usize::from(console::Term::stdout().size().1));
    report::write_bytes(timeline.text(width).as_bytes(), &args.output)?;
    Ok(End::Done)
}
