#![doc = include_str!("../README.md")]

mod activities;
mod ancestry;
mod attributes;
mod attribution;
mod build;
mod conversations;
mod coverage;
pub mod dialect;
mod error;
mod error_class;
mod evidence;
mod findings;
mod identifying;
pub mod latency;
mod lineage;
mod masks;
mod metric_deltas;
mod model_calls;
mod output;
mod pool;
mod pricing;
mod rows;
mod scope;
mod settings;
mod stamp;
mod survey;
mod tokens;
mod tool_calls;
mod tool_hash;
mod tool_name;
mod totals;
mod turns;
mod words;
mod write;

use std::path::Path;

use tracemill_model::Lake;
use tracemill_model::lake::{BuiltWith, Lock, Snapshot};

pub use error::Error;
pub use identifying::{Identifying, identifying};
use pricing::Prices;
pub use pricing::{AskedPrice, ShownPrice};
use settings::Settings;
pub use settings::{ForgottenHours, Options, dialects_in_force, rules_in_force, stored_dialects};
pub use words::{Content, content, vocabulary};

/// Why all tables are made where there are none.
pub const FIRST_BUILD: &str = "there were none yet";

/// How much of the tables was made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rebuilt {
    /// All of them, and why.
    All(String),
    /// What the rows of some days can change.
    Days {
        /// Days (UTC, `YYYY-MM-DD`) whose raw rows have changed.
        new: Vec<String>,
        /// Other days of which records were read with them, because they hang together.
        with: Vec<String>,
    },
}

impl Default for Rebuilt {
    fn default() -> Rebuilt {
        Rebuilt::All(String::new())
    }
}

/// What was built: rows by table, those that were kept included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows of `conversations`.
    pub conversations: u64,
    /// Rows of `turns`.
    pub turns: u64,
    /// Rows of `model_calls`.
    pub model_calls: u64,
    /// Rows of `tool_calls`.
    pub tool_calls: u64,
    /// Rows of `latency`.
    pub latency: u64,
    /// Rows of `metric_deltas`.
    pub metric_deltas: u64,
    /// Rows of `findings`.
    pub findings: u64,
    /// What no rows were made of because nobody can tell what it counts, and what to do about it; a line each, sorted.
    pub undecided: Vec<String>,
    /// Programs that look like agents and of which no record is in any dialect, with the number of their log records and spans on the days that
    /// were gone through; sorted.
    pub strangers: Vec<(String, u64)>,
    /// The price table used.
    pub prices: String,
    /// How much was made anew.
    pub rebuilt: Rebuilt,
    /// Days (UTC, `YYYY-MM-DD`) of which a row of any table may be another than before, in order.
    pub changed_days: Vec<String>,
}

/// What a build from these raw tables, with these options, would be built with.
pub fn built_with(lake: &Lake, snapshot: &Snapshot, options: &Options) -> Result<BuiltWith, Error> {
    Ok(Settings::load(lake, options)?.built_with(snapshot))
}

/// Whether the semantic tables are what a build would make them now.
pub fn is_current(lake: &Lake, options: &Options) -> Result<bool, Error> {
    let snapshot = lake.snapshot()?;
    Ok(snapshot.built_with.as_ref() == Some(&built_with(lake, &snapshot, options)?))
}

/// The price table in force, as shown with every cost: name, version, date, and a fingerprint of the user's own prices.
pub fn price_table(lake: &Lake) -> Result<String, Error> {
    Ok(Settings::load(lake, &Options::default())?.prices.describe())
}

/// The rates of a model on a day (`YYYY-MM-DD`, UTC), as they apply to requests of all lengths; see [`ShownPrice`].
///
/// # Errors
/// The user's prices cannot be read.
pub fn model_prices(lake: Option<&Lake>, file: Option<&Path>, asked: &AskedPrice<'_>) -> Result<Vec<ShownPrice>, Error> {
    let stored = lake.map(pricing::stored).filter(|path| path.exists());
    Ok(Prices::load(file.or(stored.as_deref()))?.shown(asked))
}

/// The table of span names and what their time is for that is in force in a lake, or would be in a new one, as a file's text.
pub fn category_table(lake: Option<&Lake>) -> Result<String, Error> {
    lake.map_or_else(|| Ok(latency::category::EMBEDDED.to_owned()), |lake| Ok(latency::category::text(None, lake)?.0))
}

/// Builds all semantic tables anew from the raw ones, in one commit. Order, number and size of the raw parts do not matter.
///
/// # Errors
/// The lake cannot be read or written, or the options name what cannot be read.
pub fn build(lake: &Lake, lock: &Lock, options: &Options) -> Result<Summary, Error> {
    build::build(lake, lock, options, false)
}

/// Brings the semantic tables up to date with the raw ones, in one commit: the rows are those that [`build`] would make, but only what new rows
/// can change is made anew, where that can be told ([`Rebuilt`]).
///
/// # Errors
/// As for [`build`].
pub fn update(lake: &Lake, lock: &Lock, options: &Options) -> Result<Summary, Error> {
    build::build(lake, lock, options, true)
}

#[cfg(test)]
mod tests;
