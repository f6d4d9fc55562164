//! `tracemill nightly`: ingest, then every report as CSV and Parquet. The same lake gives the same bytes.

use std::io::{self, Write};

use anyhow::Context;
use jiff::Timestamp;
use tracemill_model::Lake;
use tracemill_query::{Catalog, Filters, Format, render};

use crate::args::{NightlyArgs, reports};
use crate::failure::{End, Failure};
use crate::{ingest, lake_path, report};

/// Runs `tracemill nightly`.
pub fn run(args: &NightlyArgs) -> Result<End, Failure> {
    let reports = reports(&args.queries)?;
    let filters = Filters::parse(&args.filters.words(), Timestamp::now())?;
    let end = ingest::run(&args.ingest)?;
    let lake = Lake::open(&lake_path::resolve(args.ingest.lake.lake.as_deref())?)?;
    let catalog = Catalog::open(&lake)?;
    std::fs::create_dir_all(&args.out).with_context(|| format!("{}", args.out.display()))?;
    for report in &reports {
        let answer = catalog.report(report, &filters, &[])?;
        for format in [Format::Csv, Format::Parquet] {
            let file = args.out.join(format!("{}.{}", report.name, format.name()));
            report::write_file(&file, &render(&answer, format, None)?)?;
        }
    }
    writeln!(io::stderr(), "{} reports as CSV and Parquet in {}", reports.len(), args.out.display())?;
    Ok(end)
}
