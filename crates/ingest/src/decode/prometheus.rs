//! Samples from Prometheus and what speaks like it (Mimir, VictoriaMetrics, `promtool`, a Collector's scrape endpoint). Border: a sample in, a row
//! of `metrics` out; what samples add up to is told by nobody here.
//!
//! Prometheus keeps floats under a name and labels. The name is translated back to the metric that became it (`names`), the labels to attributes
//! and resource (`sample`). Temporality, start times, minimum and maximum, and the types of attributes are gone for good.

pub mod json;
mod names;
mod native;
mod number;
mod refused;
mod sample;
pub mod text;

pub use names::SeriesNames;

#[cfg(test)]
mod tests;
