#![doc = include_str!("../README.md")]

mod answer;
mod catalog;
mod describe;
mod diff;
mod error;
mod filters;
mod flame;
pub mod functions;
mod grouping;
mod label;
mod listing;
pub mod moment;
pub mod page;
pub mod render;
pub mod report;
mod sql;
pub mod statements;
mod timeline;

#[cfg(test)]
mod fixture;

pub use answer::{Answer, Type};
pub use catalog::Catalog;
pub use describe::{describe_reports, describe_table, describe_tables};
pub use diff::diff;
pub use error::QueryError;
pub use filters::{FilterWords, Filters};
pub use flame::Flame;
pub use listing::{Cell, listing};
pub use render::{Format, render};
pub use report::Report;
pub use timeline::Timeline;
