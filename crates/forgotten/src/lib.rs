#![doc = include_str!("../README.md")]

mod hex;
mod hours;
mod items;
mod judge;
mod lines;
mod list;
mod members;
mod names;
mod rows;
mod text;

pub use judge::Judge;
pub use lines::Lines;
pub use list::{Forgotten, What};
pub use names::{Names, itself_in};
pub use rows::Judged;
pub use text::MASK;
