//! `tracemill tables`: the tables and their columns, from the code. No lake is needed.

use tracemill_query::{describe_table, describe_tables};

use crate::args::TablesArgs;
use crate::failure::{End, Failure};
use crate::report;

/// Runs `tracemill tables`.
pub fn run(args: &TablesArgs) -> Result<End, Failure> {
    let answer = match &args.name {
        Some(name) => describe_table(name)?,
        None => describe_tables()?,
    };
    report::write_answer(&answer, &args.output)
}
