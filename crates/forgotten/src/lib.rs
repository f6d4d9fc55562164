#![doc = include_str!("../README.md")]

mod judge;
mod list;
mod text;

pub use judge::{Judge, Judged, Names};
pub use list::{Forgotten, What};
pub use text::MASK;
