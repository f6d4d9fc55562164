#![doc = include_str!("../README.md")]

pub mod delta;
mod engine;
mod error;

pub use engine::{Engine, Source, report, tables};
pub use error::Error;
