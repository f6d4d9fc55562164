#![doc = include_str!("../README.md")]

mod allow;
mod cell;
mod entropy;
mod error;
mod file;
mod fingerprint;
mod found;
mod rule;
mod rules;
mod shown;
mod unescape;
mod whole;

pub use cell::{Cells, Replaced, Spot, quote};
pub use error::RuleError;
pub use fingerprint::{Fingerprints, PURPOSE};
pub use found::Found;
pub use rule::{Kind, Kinds, Rule, Severity};
pub use rules::Rules;
pub use shown::{marker, preview};
pub use whole::{Whole, spelled};
