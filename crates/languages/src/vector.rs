//! Vectors of samples at one moment, and what LogQL and PromQL share of computing with them: aggregation over labels
//! and operators between vectors (Prometheus, "Operators"). Border: the moments, and where samples come from, are the languages' own.

mod aggregate;
mod operator;

use std::sync::Arc;

pub(crate) use aggregate::{Aggregation, Grouping, Parameter, Summed, aggregate, quantile, variance};
pub(crate) use operator::{Cardinality, Matching, Operator, scalars, shown, with_scalar, with_vector};

use crate::histogram::Histogram;
use crate::labels::Labels;

/// The label that holds a series' name.
pub(crate) const NAME: &str = "__name__";

/// What a sample is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    /// A number.
    Float(f64),
    /// A native histogram.
    Histogram(Arc<Histogram>),
}

impl Value {
    /// The number, where it is one.
    pub fn float(&self) -> Option<f64> {
        match self {
            Value::Float(value) => Some(*value),
            Value::Histogram(_) => None,
        }
    }
}

/// A series' sample at the moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    /// The series.
    pub labels: Labels,
    /// Its value.
    pub value: Value,
}

impl Sample {
    /// A number.
    pub fn float(labels: Labels, value: f64) -> Sample {
        Sample { labels, value: Value::Float(value) }
    }
}
