//! `tracemill show`: one run as a waterfall for a reader, as a page, as rows, or as a script of its prompts.

use std::io::{self, IsTerminal};

use tracemill_query::{Catalog, Format, Timeline};

use crate::args::ShowArgs;
use crate::failure::{End, Failure};
use crate::{lake_path, report};

/// Runs `tracemill show`.
pub fn run(args: &ShowArgs) -> Result<End, Failure> {
    let catalog = Catalog::open(&lake_path::open(args.lake.lake.as_deref())?)?;
    let timeline = Timeline::of(&catalog, &args.conversation)?;
    if args.html || args.prompts {
        let text = if args.html { timeline.page()? } else { timeline.transcript(&catalog)? };
        report::write_bytes(text.as_bytes(), &args.output)?;
        return Ok(End::Done);
    }
    if args.output.format != Format::Table {
        return report::write_answer(&timeline.answer()?, &args.output);
    }
    let terminal = args.output.output.is_none() && io::stdout().is_terminal();
    let width = terminal.then(|| usize::from(console::Term::stdout().size().1));
    report::write_bytes(timeline.text(width, terminal && console::colors_enabled()).as_bytes(), &args.output)?;
    Ok(End::Done)
}
