#![doc = include_str!("../README.md")]

mod answer;
mod catalog;
mod describe;
mod error;
mod filters;
pub mod functions;
mod grouping;
mod moment;
pub mod render;
pub mod report;
mod statement;

#[cfg(test)]
mod fixture;

pub use answer::{Answer, Type};
pub use catalog::Catalog;
pub use describe::{describe_table, describe_tables};
pub use error::QueryError;
pub use filters::{FilterWords, Filters};
pub use render::{Format, render};
pub use report::Report;
