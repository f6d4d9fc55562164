#![doc = include_str!("../README.md")]

pub mod delta;
mod error;

pub use error::Error;
