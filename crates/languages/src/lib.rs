#![doc = include_str!("../README.md")]

pub mod answer;
pub mod duration;
mod error;
mod labels;
pub mod logql;
pub mod promql;
pub mod traceql;
mod window;

pub use answer::{Cells, Column, Rows};
pub use error::{Error, Position};
pub use labels::Labels;
pub use window::Window;
