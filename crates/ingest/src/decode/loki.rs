//! What Loki.

pub mod json;
