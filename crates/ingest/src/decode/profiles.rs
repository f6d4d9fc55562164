//! OTLP profiles.

pub mod json;
