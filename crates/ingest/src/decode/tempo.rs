//! Tempo: answers of its API, what `tempo-cli` prints, Grafana's download of a trace (which comes from Tempo), and its blocks.

pub mod block;
pub mod cli;
pub mod cut;
pub mod json;
pub mod proto;

use crate::rows::Rows;
use crate::system::System;

/// Says of a request that its spans come from Tempo, in which form, and what Tempo keeps of no span: it never gives schema URLs back, and a
/// block has no column for flags.
pub fn tell(rows: &mut Rows, form: &str) {
    rows.set_system(System::Tempo);
    let told = rows.told();
    told.form(form);
    told.lacks("schema URLs");
    told.lacks("flags of spans and links");
}

/// Says of an answer that it holds only a part of its trace. `message` is Tempo's own.
fn tell_partial(rows: &mut Rows, message: &str) {
    let reason = if message.is_empty() { String::new() } else { format!(": {message:?}") };
    rows.told().warn(&format!(
        "Tempo answered with a part of the trace only{reason}; raise max_bytes_per_trace in Tempo's overrides and ask again, \
         or copy Tempo's blocks"
    ));
}

/// Why an answer without a trace is refused.
const NOT_FOUND: &str = "Tempo found no such trace: its answer is empty; check the trace id, the tenant and how long Tempo keeps traces";

#[cfg(test)]
mod tests;
