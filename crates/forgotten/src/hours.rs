//! The hours of records that go, and of which processes. Border: a batch of a raw table and which of its rows stay in, what is to be noted out.

use std::collections::BTreeSet;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, RecordBatch};
use tracemill_model::Table;
use tracemill_model::tables::{EVENTS, SPANS};

use crate::judge::Judge;
use crate::list::Forgotten;

impl Judge {
    /// Processes, by their instance, else their service, and the hours of the spans and records of a batch that do not stay; not of those that go for
    /// their age alone, as what was counted then goes, too.
    pub fn hours(&self, table: &Table, batch: &RecordBatch, stays: &[bool]) -> BTreeSet<(String, i64)> {
        let mut hours = BTreeSet::new();
        let text = |name| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
        let time = |name, row: usize| {
            let column = batch.column_by_name(name)?.as_primitive_opt::<TimestampNanosecondType>()?;
            column.is_valid(row).then(|| column.value(row))
        };
        let times = |row| match table {
            table if table.name == SPANS.name => Forgotten::of_span([time("start_time", row), time("end_time", row)]),
            table if table.name == EVENTS.name => Forgotten::of_record([time("time", row), time("observed_time", row)]),
            _ => None,
        };
        let (resources, services) = (text("resource"), text("service_name"));
        let mut last: Option<(&str, Vec<String>)> = None;
        for row in stays.iter().enumerate().filter(|(_, stays)| !**stays).map(|(row, _)| row) {
            let Some(times) = times(row).filter(|(from, _)| self.list.before().is_none_or(|before| *from >= before)) else { continue };
            let resource = resources.filter(|r| r.is_valid(row)).map_or("", |r| r.value(row));
            // neighbours often have the same resource
            if last.as_ref().is_none_or(|(known, _)| *known != resource) {
                last = Some((resource, self.names.processes_in(resource)));
            }
            let processes = last.as_ref().map_or(&[][..], |(_, processes)| processes);
            let service = services.filter(|s| processes.is_empty() && s.is_valid(row)).map(|s| s.value(row));
            for hour in Forgotten::hours(times) {
                hours.extend(processes.iter().map(String::as_str).chain(service).map(|process| (process.to_owned(), hour)));
            }
        }
        hours
    }
}
