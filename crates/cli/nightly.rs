//! `tracemill nightly`: ingest, then every report as CSV and Parquet. The same lake gives the same bytes.

use jiff::Timestamp;
use tracemill_model::Lake;
use tracemill_query::{Catalog, Filters, Format};

use crate::args::NightlyArgs;
use crate::failure::{End, Failure};
use crate::plan::reports;
use crate::{ingest, lake_path};

/// Runs `tracemill nightly`.
pub fn run(args: &NightlyArgs) -> Result<End, Failure> {
    let reports = reports(&args.queries)?;
    let filters = Filters::parse(&args.filters.words(), Timestamp::now())?;
    let end = ingest::run(&args.ingest)?;
    let catalog = Catalog::open(&Lake::open(&lake_path::resolve(args.ingest.lake.lake.as_deref())?)?)?;
    crate::reports::write(&catalog, &reports, &filters, &args.out, &[Format::Csv, Format::Parquet])?;
    Ok(end)
}
