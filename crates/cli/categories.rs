//! `tracemill categories`: the table of span names and what their time is for, to be copied and changed.

use crate::args::LakeArg;
use crate::failure::{End, Failure};
use crate::{lake_path, report};

/// Runs `tracemill categories`.
pub fn run(args: &LakeArg) -> Result<End, Failure> {
    // Without a lake, or in one that is still to be made, the built-in table is in force.
    let lake = lake_path::existing(args.lake.as_deref())?;
    let text = tracemill_normalize::category_table(lake.as_ref()).map_err(anyhow::Error::from)?;
    report::print(text.as_bytes())?;
    Ok(End::Done)
}
