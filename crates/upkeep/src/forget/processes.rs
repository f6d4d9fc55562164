//! The processes all of whose conversations are to be forgotten. What such a process counts in its metrics is about nothing else, and would come back as
//! a conversation of its own. Border: reads raw spans and records; a process that has other conversations keeps its metrics.

use std::collections::BTreeSet;

use tracemill_model::lake::Snapshot;
use tracemill_model::read::rows;

use super::choose::{Chosen, damaged};
use crate::Error;

/// Finds them.
pub fn find(snapshot: &Snapshot, chosen: &mut Chosen) -> Result<(), Error> {
    let (mut theirs, mut others) = (BTreeSet::new(), BTreeSet::new());
    for part in ["spans", "events"].into_iter().flat_map(|table| snapshot.parts(table)) {
        for batch in rows(part, &["trace_id", "span_id", "attributes", "resource"]).map_err(damaged)? {
            let batch = batch.map_err(damaged)?;
            let [traces, spans, attributes, resources] = [0, 1, 2, 3].map(|c| batch.text(c));
            for row in 0..batch.len() {
                let Some(resource) = resources.get(row) else { continue };
                let processes = chosen.names.processes_in(resource);
                if processes.is_empty() {
                    continue;
                }
                let named: Vec<String> =
                    attributes.get(row).into_iter().chain([resource]).flat_map(|text| chosen.names.conversations_in(text)).collect();
                let of_span = || Some((traces.get(row)?.to_owned(), spans.get(row)?.to_owned()));
                let goes = named.iter().any(|id| chosen.ids.contains(id))
                    || traces.get(row).is_some_and(|trace| chosen.traces.contains(trace))
                    || of_span().is_some_and(|span| chosen.spans.contains(&span));
                if goes {
                    theirs.extend(processes);
                } else if !named.is_empty() {
                    others.extend(processes);
                }
            }
        }
    }
    chosen.processes = theirs.into_iter().filter(|process| !others.contains(process)).collect();
    Ok(())
}
