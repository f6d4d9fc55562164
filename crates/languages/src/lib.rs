#![doc = include_str!("../README.md")]

pub mod answer;
pub mod duration;
mod error;
#[cfg(test)]
mod extremes;
mod histogram;
mod labels;
pub mod logql;
mod matcher;
mod number;
mod otlp;
pub mod promql;
mod scanner;
pub mod traceql;
mod variables;
mod vector;
mod window;

pub use answer::{Cells, Column, Rows};
pub use error::{Error, Position};
pub use labels::Labels;
pub use window::Window;
