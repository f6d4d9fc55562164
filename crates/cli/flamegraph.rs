//! `tracemill flamegraph`: where time went, by the path of spans, as a picture or as folded stacks.

use std::io::{self, IsTerminal};

use jiff::Timestamp;
use tracemill_query::{Catalog, Filters, Flame, Format};

use crate::args::{FlamegraphArgs, OutputArgs, say};
use crate::failure::{End, Failure};
use crate::{lake_path, report};

/// Runs `tracemill flamegraph`.
pub fn run(args: &FlamegraphArgs) -> Result<End, Failure> {
    let filters = Filters::parse(&args.filters.words(), Timestamp::now())?;
    let format = match args.format.as_str() {
        "svg" | "folded" => None,
        other => Some(other.parse::<Format>().map_err(|e| Failure::usage(format!("{e}, svg, folded")))?),
    };
    if args.format == "svg" && args.output.is_none() && io::stdout().is_terminal() {
        return Err(Failure::usage("a picture is not for a terminal; give a file with -o flame.svg, or --format folded"));
    }
    let catalog = Catalog::open(&lake_path::open(args.lake.lake.as_deref())?)?;
    let flame = match &args.profiles {
        Some(sample_type) => Flame::of_profiles(&catalog, &filters, sample_type.as_deref())?,
        None => Flame::of_time(&catalog, &filters, &args.by)?,
    };
    if flame.rows() == 0 {
        report::tell_unknown(&catalog, &filters)?;
    }
    let output = OutputArgs { format: format.unwrap_or(Format::Table), output: args.output.clone() };
    match format {
        Some(_) => {
            let _ = report::write_answer(&flame.answer()?, &output)?;
        }
        None if args.format == "svg" => report::write_bytes(&flame.svg()?, &output)?,
        None => report::write_bytes(flame.folded().as_bytes(), &output)?,
    }
    let sum = if flame.unit() == "ns" { format!("{:.3} s", flame.total() as f64 / 1e9) } else { format!("{} {}", flame.total(), flame.unit()) };
    say(&format!("{sum} in {} rows", flame.rows()));
    Ok(End::Done)
}
