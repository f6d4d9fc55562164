//! Tempo: answers of its API, what `tempo-cli` prints, Grafana's download of a trace (which comes from Tempo), and its blocks.

pub mod block;
pub mod cut;
pub mod json;
