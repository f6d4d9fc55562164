#![doc = include_str!("../README.md")]

pub mod date;
pub mod lake;
pub mod part;
pub mod read;
pub mod tables;
mod vocabulary;

pub use lake::{Lake, LakeError};
pub use tables::{Column, Kind, Table};
pub use vocabulary::{EventWord, MetricWord, Vocabulary, Words};
