//! What Tempo.

pub mod block;
pub mod json;
