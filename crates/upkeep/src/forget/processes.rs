//! The processes all of whose conversations are to be forgotten. What such a process counts in its metrics is about nothing else, and would come back as
//! a conversation of its own. Border: reads raw spans and records; a process that has other conversations keeps its metrics, and of it, as of
//! a service whose processes are not told, the hours are noted in which it worked on what is forgotten: what it counts then and no other
//! record tells is no conversation.

use std::collections::BTreeSet;

use tracemill_forgotten::Forgotten;
use tracemill_model::lake::Snapshot;
use tracemill_model::read::rows;
use tracemill_model::tables::SPANS;

use super::choose::{Chosen, damaged};
use crate::Error;

/// Finds them.
pub fn find(snapshot: &Snapshot, chosen: &mut Chosen) -> Result<(), Error> {
    let (mut theirs, mut others, mut hours) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let tables = [("spans", ["start_time", "end_time"]), ("events", ["time", "observed_time"])];
    for (part, times) in tables.into_iter().flat_map(|(table, times)| snapshot.parts(table).map(move |part| (part, times))) {
        let columns = ["trace_id", "span_id", "attributes", "resource", "service_name", times[0], times[1]];
        for batch in rows(part, &columns).map_err(damaged)? {
            let batch = batch.map_err(damaged)?;
            let [traces, spans, attributes, resources] = [0, 1, 2, 3].map(|c| batch.text(c));
            for row in 0..batch.len() {
                let resource = resources.get(row).unwrap_or_default();
                let processes = chosen.names.processes_in(resource);
                let named: Vec<String> =
                    attributes.get(row).into_iter().chain([resource]).flat_map(|text| chosen.names.conversations_in(text)).collect();
                let ids = || Some((traces.get(row)?.to_owned(), spans.get(row)?.to_owned()));
                let goes = named.iter().any(|id| chosen.ids.contains(id))
                    || traces.get(row).is_some_and(|trace| chosen.traces.contains(trace))
                    || ids().is_some_and(|span| chosen.spans.contains(&span));
                if goes {
                    let service = batch.text(4).get(row).filter(|_| processes.is_empty()).map(str::to_owned);
                    let times = [5, 6].map(|c| batch.times(c).get(row));
                    if let Some(times) = if part.table == SPANS.name { Forgotten::of_span(times) } else { Forgotten::of_record(times) } {
                        for hour in Forgotten::hours(times) {
                            hours.extend(processes.iter().chain(&service).map(|process| (process.clone(), hour)));
                        }
                    }
                    theirs.extend(processes);
                } else if !named.is_empty() {
                    others.extend(processes);
                }
            }
        }
    }
    chosen.hours = hours;
    chosen.processes = theirs.into_iter().filter(|process| !others.contains(process)).collect();
    Ok(())
}
