//! `tracemill diff`: two sets of runs side by side.

use jiff::Timestamp;
use tracemill_query::{Catalog, diff};

use crate::args::DiffArgs;
use crate::failure::{End, Failure};
use crate::{lake_path, report};

/// Runs `tracemill diff`.
pub fn run(args: &DiffArgs) -> Result<End, Failure> {
    let catalog = Catalog::open(&lake_path::open(args.lake.lake.as_deref())?)?;
    report::write_answer(&diff(&catalog, &args.filters.words(), &args.a, &args.b, Timestamp::now())?, &args.output)
}
