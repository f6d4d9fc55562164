#![doc = include_str!("../README.md")]

pub mod date;
pub mod lake;
pub mod part;
pub mod tables;

pub use lake::{Lake, LakeError};
pub use tables::{Column, Kind, Table};
