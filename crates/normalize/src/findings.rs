//! The table `findings`: where in the raw tables a rule finds a secret or a personal datum. Border: raw parts in, rows out that hold no secret:
//! a preview and a fingerprint keyed by the lake. What is a secret, the rules say.
//!
//! One part gives its finds by itself ([`scan`]); those of a day are put together however its rows lie in parts ([`Day`]), and belong to the
//! conversations that the day's spans are said to belong to ([`Owners`]). So a day's findings follow from that day alone. Memory is for what was found
//! on some days, not for the archive.

mod day;
mod hoard;
mod owners;
mod scan;

use rayon::prelude::*;
use tracemill_model::lake::Part;

use crate::Error;
pub use day::Day;
pub use owners::Owners;
pub use scan::{Scan, scan};

/// What is found in the raw parts of a day.
pub fn found(with: &Scan<'_>, parts: &[&Part]) -> Result<Day, Error> {
    let found = parts.par_iter().map(|part| scan(with, part)).collect::<Result<Vec<Day>, Error>>()?;
    Ok(found.into_iter().reduce(Day::with).unwrap_or_default())
}
