#![doc = include_str!("../README.md")]

mod compact;
mod error;
mod merge;
mod verify;

pub use compact::{Compacted, compact};
pub use error::Error;
pub use verify::{Finding, Verified, verify};
