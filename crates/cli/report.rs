//! A report's run, and where an answer goes: bytes to standard output or into a file, everything else to standard error.
//! Border: what the bytes are is `tracemill_query::render`'s business.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;
use tracemill_query::render::harmless;
use tracemill_query::{Answer, Catalog, Filters, Format, Report, render};

use crate::args::{OutputArgs, ReportArgs, say};
use crate::failure::{End, Failure};
use crate::lake_path;

/// Runs `tracemill REPORT`.
pub fn run(report: &Report, args: &ReportArgs) -> Result<End, Failure> {
    let filters = Filters::parse(&args.filters.words(), Timestamp::now())?;
    let catalog = Catalog::open(&lake_path::open(args.lake.lake.as_deref())?)?;
    let answer = catalog.report_top(report, &filters, &args.by, args.top)?;
    if answer.height() == 0 {
        tell_unknown(&catalog, &filters)?;
    }
    write_answer(&answer, &args.output)
}

/// Says which values of the filters are nowhere in the lake: nothing found may be a slip of the pen.
pub fn tell_unknown(catalog: &Catalog, filters: &Filters) -> Result<(), Failure> {
    catalog.unknown_values(filters)?.iter().for_each(|line| say(line));
    Ok(())
}

/// Writes an answer as asked. Captions stand in the formats for people, and for the others on standard error.
pub fn write_answer(answer: &Answer, output: &OutputArgs) -> Result<End, Failure> {
    let terminal = output.output.is_none() && io::stdout().is_terminal();
    if terminal && output.format == Format::Parquet {
        return Err(Failure::usage("parquet is not for a terminal; give a file with -o FILE"));
    }
    let width = terminal.then(|| usize::from(console::Term::stdout().size().1));
    let bytes = render(answer, output.format, width)?;
    // what strangers wrote must not steer the terminal of who reads it; tables have no such characters in any case
    let bytes = if terminal { harmless(&String::from_utf8_lossy(&bytes)).into_bytes() } else { bytes };
    write_bytes(&bytes, output)?;
    if !matches!(output.format, Format::Table | Format::Markdown) {
        answer.captions().iter().for_each(|line| say(line));
    }
    Ok(End::Done)
}

/// Writes bytes to the file named, else to standard output.
pub fn write_bytes(bytes: &[u8], output: &OutputArgs) -> Result<(), Failure> {
    if let Some(file) = &output.output {
        return write_file(file, bytes);
    }
    print(bytes)
}

/// Writes bytes to standard output.
pub fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Failure::of_stdout)
}

/// Writes a file whole or not at all: it is written beside its place and then renamed into it.
pub fn write_file(file: &Path, bytes: &[u8]) -> Result<(), Failure> {
    // a device or a pipe has no beside, and who closes the pipe has read enough
    if file.metadata().is_ok_and(|m| !m.is_file()) {
        return std::fs::write(file, bytes).map_err(|e| Failure::of_output(e, &file.display().to_string()));
    }
    let mut name = file.file_name().ok_or_else(|| Failure::usage(format!("{}: no file name", file.display())))?.to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside: PathBuf = file.with_file_name(name);
    let written = File::create(&beside).and_then(|mut f| f.write_all(bytes)).and_then(|()| std::fs::rename(&beside, file));
    if written.is_err() {
        // the message below is about the first failure; what cannot be removed is only a leftover
        let _ = std::fs::remove_file(&beside);
    }
    Ok(written.with_context(|| format!("{}", file.display()))?)
}
