//! The table `findings`: where in the raw tables a rule finds a secret or a personal datum. Border: raw parts in, rows out that hold no secret:
//! a preview and a fingerprint keyed by the lake. What is a secret, the rules say.
//!
//! One part gives its finds by itself ([`scan`]); those of a day are put together however its rows lie in parts ([`Day`]), and get their
//! conversations when all of these are known ([`Owners`]). Memory is for what was found on a day, not for the archive.

mod day;
mod owners;
mod scan;

use std::collections::BTreeMap;

use rayon::prelude::*;
use tracemill_model::lake::{Part, Snapshot, Transaction};
use tracemill_model::tables::RAW;

use crate::Error;
use crate::evidence::Evidence;
use crate::write;
pub use day::Day;
pub use owners::Owners;
pub use scan::{Scan, scan};

/// Writes the table; gives the number of its rows.
pub fn build(transaction: &mut Transaction<'_>, snapshot: &Snapshot, scan_with: &Scan<'_>, evidence: &[Evidence]) -> Result<u64, Error> {
    let mut days: BTreeMap<&str, Vec<&Part>> = BTreeMap::new();
    for part in RAW.iter().flat_map(|table| snapshot.parts(table.name)) {
        days.entry(part.date.as_str()).or_default().push(part);
    }
    let owners = Owners::new(evidence);
    let mut written = 0;
    for parts in days.into_values() {
        let found = parts.par_iter().map(|part| scan(scan_with, part)).collect::<Result<Vec<Day>, Error>>()?;
        let day = found.into_iter().reduce(Day::with).unwrap_or_default();
        let spans = || snapshot.parts("spans");
        written += write::table(transaction, &owners.rows(day, scan_with.rules(), spans)?)?;
    }
    Ok(written)
}
