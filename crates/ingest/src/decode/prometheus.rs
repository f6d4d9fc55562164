//! What Prometheus.

pub mod json;
