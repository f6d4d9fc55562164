//! Traces of conversations that were forgotten before their traces came. Border: what a run has staged in; the same without what belongs to the
//! spans that went because of a name, and these for the list, out.
//!
//! A span that names a conversation is known by that, but its events and the spans below it name nothing. So when a run is through, traces of
//! which something went by its name are looked at once more: one that nobody else has a part in goes as a whole; in others a span goes with the nearest span
//! above it that names a conversation. Next time they are known by their ids. The hours of all that went are noted: what processes counted then is
//! withheld as if the records had been there when they were forgotten.

use std::collections::BTreeSet;
use std::fs;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch, StringArray};
use arrow_select::filter::filter_record_batch;
use tracemill_forgotten::{Forgotten, Judge, Lines, Names, What};
use tracemill_model::date::day_name;
use tracemill_model::lake::{Part, Snapshot, Transaction};
use tracemill_model::tables::{EVENTS, SPANS};
use tracemill_model::{Lake, LakeError, Table, part};

use crate::stage::{Left, Scratch};
use crate::store::Staged;
use crate::stored::{self, Key};

/// A span or record that went because of a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    trace: String,
    span: Option<String>,
    parent: Option<String>,
    is_span: bool,
    resource: Option<String>,
}

/// Those of a batch that have a trace.
pub fn named<'b>(table: &Table, batch: &'b RecordBatch, gone: &'b [bool]) -> impl Iterator<Item = Named> + 'b {
    let is_span = table.name == SPANS.name;
    let [traces, spans, parents, resources] = ["trace_id", "span_id", "parent_span_id", "resource"].map(|name| text(batch, name));
    let id = move |column: Option<&'b StringArray>, row: usize| column.filter(|c| c.is_valid(row)).map(|c| c.value(row).to_owned());
    let rows = gone.iter().enumerate().filter(|(_, gone)| **gone).map(|(row, _)| row);
    rows.filter_map(move |row| {
        let (span, parent, resource) = (id(spans, row), id(parents, row), id(resources, row));
        Some(Named { trace: id(traces, row)?, span, parent, is_span, resource })
    })
}

/// What a run adds to the list.
#[derive(Debug, Default)]
pub struct Late {
    traces: BTreeSet<String>,
    /// Traces and spans in them.
    spans: BTreeSet<(String, String)>,
    /// Processes that have no other conversations.
    processes: BTreeSet<String>,
    /// Processes, and hours that are not known yet in which they made what went.
    hours: BTreeSet<(String, i64)>,
}

impl Late {
    /// Takes out of what was staged what belongs to what went by name; the scratch's judge knows it from then on.
    pub fn settle(left: &mut Left, scratch: &mut Scratch, snapshot: &Snapshot, names: &Names) -> Result<Late, LakeError> {
        let mut late = Late::default();
        let Some(judge) = scratch.judge() else { return Ok(late) };
        if left.named.is_empty() {
            late.find_hours(left, judge.list());
            return Ok(late);
        }
        let mut list = judge.list().clone();
        late.find(left, snapshot, names)?;
        late.find_processes(left, snapshot, names)?;
        late.add(&mut list);
        let judge = Judge::new(list, names);
        for staged in std::mem::take(&mut left.staged) {
            let staged = without(staged, &judge, scratch, left)?;
            left.staged.extend(staged);
        }
        late.find_hours(left, judge.list());
        scratch.know(judge);
        Ok(late)
    }

    /// Puts it on the list that is in force.
    pub fn save(&self, lake: &Lake, now: &Snapshot, tx: &mut Transaction) -> Result<(), LakeError> {
        if self.traces.is_empty() && self.spans.is_empty() && self.processes.is_empty() && self.hours.is_empty() {
            return Ok(());
        }
        let Some(mut list) = Forgotten::load(lake, now)? else { return Ok(()) };
        self.add(&mut list);
        list.save(now, tx)
    }

    fn add(&self, list: &mut Forgotten) {
        list.add(What::Trace, &self.traces);
        list.add(What::Process, &self.processes);
        list.add_hours(self.hours.iter().map(|(process, hour)| (process.as_str(), *hour)));
        list.add(What::Shared, self.spans.iter().map(|(trace, _)| trace));
        list.add(What::Span, self.spans.iter().map(|(trace, span)| format!("{trace}{span}")));
    }

    fn find_hours(&mut self, left: &mut Left, list: &Forgotten) {
        self.hours = std::mem::take(&mut left.hours);
        self.hours.retain(|(process, hour)| !list.has_hour(process, (*hour, *hour)));
    }

    fn find(&mut self, left: &Left, snapshot: &Snapshot, names: &Names) -> Result<(), LakeError> {
        let touched: BTreeSet<&str> = left.named.iter().map(|n| n.trace.as_str()).collect();
        let (mut shared, mut lines) = (BTreeSet::new(), Lines::default());
        let mut look = |is_span: bool, batch: &RecordBatch| {
            let Some(traces) = text(batch, "trace_id") else { return };
            let [spans, parents, attributes, resources] = ["span_id", "parent_span_id", "attributes", "resource"].map(|name| text(batch, name));
            let at = |column: Option<&'_ StringArray>, row: usize| column.filter(|c| c.is_valid(row)).map(|c| c.value(row).to_owned());
            for row in (0..batch.num_rows()).filter(|row| traces.is_valid(*row) && touched.contains(traces.value(*row))) {
                // what names a conversation that was forgotten is not there any more
                let is_named = [attributes, resources].into_iter().any(|c| at(c, row).is_some_and(|text| !names.conversations_in(&text).is_empty()));
                if is_named {
                    let _ = shared.insert(traces.value(row).to_owned());
                }
                if let Some(span) = at(spans, row).filter(|_| is_span) {
                    lines.add(traces.value(row), &span, at(parents, row).as_deref(), is_named.then_some(false));
                }
            }
        };
        const COLUMNS: [&str; 5] = ["trace_id", "span_id", "parent_span_id", "attributes", "resource"];
        for staged in left.staged.iter().filter(|s| [SPANS.name, EVENTS.name].contains(&s.table.name)) {
            for batch in stored::columns(&staged.path, &COLUMNS)? {
                look(staged.table.name == SPANS.name, &batch?);
            }
        }
        // a trace ends on the day that it began, or the next
        let days: BTreeSet<String> = left.staged.iter().flat_map(|s| [s.day - 1, s.day, s.day + 1]).map(day_name).collect();
        for table in [&SPANS, &EVENTS] {
            for part in snapshot.parts(table.name).filter(|p| days.contains(&p.date)) {
                for batch in stored::columns(part.fetched()?, &COLUMNS)? {
                    look(table.name == SPANS.name, &batch?);
                }
            }
        }
        for named in left.named.iter().filter(|n| n.is_span) {
            if let Some(span) = &named.span {
                lines.add(&named.trace, span, named.parent.as_deref(), Some(true));
            }
        }
        self.traces = touched.iter().filter(|trace| !shared.contains(**trace)).map(|trace| (*trace).to_owned()).collect();
        let theirs = lines.settle().filter(|(trace, _, goes)| *goes == Some(true) && shared.contains(trace));
        self.spans = theirs.map(|(trace, span, _)| (trace, span)).collect();
        Ok(())
    }
}

impl Late {
    /// Processes of what went by name that nothing in the lake names another conversation of.
    fn find_processes(&mut self, left: &Left, snapshot: &Snapshot, names: &Names) -> Result<(), LakeError> {
        let resources: BTreeSet<&str> = left.named.iter().filter_map(|n| n.resource.as_deref()).collect();
        let mut theirs: BTreeSet<String> = resources.into_iter().flat_map(|resource| names.processes_in(resource)).collect();
        let tables = [&SPANS, &EVENTS];
        let staged = left.staged.iter().filter(|s| tables.iter().any(|t| t.name == s.table.name)).map(|s| &s.path);
        let stored = tables.iter().flat_map(|table| snapshot.parts(table.name)).map(Part::fetched);
        for path in staged.map(|path| Ok(path.as_path())).chain(stored) {
            if theirs.is_empty() {
                return Ok(());
            }
            let path = path?;
            for batch in stored::columns(path, &["attributes", "resource"])? {
                let batch = batch?;
                let [attributes, resources] = ["attributes", "resource"].map(|name| text(&batch, name));
                let at = |column: Option<&'_ StringArray>, row: usize| {
                    column.filter(|c| c.is_valid(row)).map_or(String::new(), |c| c.value(row).to_owned())
                };
                for row in 0..batch.num_rows() {
                    let (attributes, resource) = (at(attributes, row), at(resources, row));
                    let mentioned = theirs.iter().any(|process| resource.contains(process.as_str()));
                    if mentioned && [&attributes, &resource].into_iter().any(|text| !names.conversations_in(text).is_empty()) {
                        let others = names.processes_in(&resource);
                        theirs.retain(|process| !others.contains(process));
                    }
                }
            }
        }
        self.processes = theirs;
        Ok(())
    }
}

/// A staged part without the rows that go; they are counted.
fn without(staged: Staged, judge: &Judge, scratch: &Scratch, left: &mut Left) -> Result<Option<Staged>, LakeError> {
    let arrow = |e: arrow_schema::ArrowError| LakeError::Parquet { path: staged.path.clone(), source: e.into() };
    let io = |source| LakeError::Io { path: staged.keys_path(), source };
    let keys = fs::read(staged.keys_path()).map_err(io)?;
    let (mut kept_keys, mut batches, mut changed) = (Vec::new(), Vec::new(), false);
    let mut keys = keys.chunks_exact(Key::BYTES);
    for batch in stored::read(staged.table, &staged.path)? {
        let batch = batch?;
        let judged = judge.judge(staged.table, &batch).map_err(arrow)?;
        changed |= judged.gone() > 0 || judged.masked.is_some();
        left.hours.extend(judge.hours(staged.table, &batch, &judged.stays));
        for (stays, key) in judged.stays.iter().zip(keys.by_ref()) {
            if *stays {
                kept_keys.extend_from_slice(key);
            } else {
                *left.forgotten.entry(Key::from_bytes(key).source).or_default() += 1;
            }
        }
        batches.push(filter_record_batch(&judged.masked.unwrap_or(batch), &BooleanArray::from(judged.stays)).map_err(arrow)?);
    }
    if !changed {
        return Ok(Some(staged));
    }
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    if rows == 0 {
        return Ok(None);
    }
    let new = Staged { table: staged.table, day: staged.day, path: scratch.next(), rows };
    part::write(new.table, &new.path, &batches).map_err(|source| LakeError::Parquet { path: new.path.clone(), source })?;
    fs::write(new.keys_path(), kept_keys).map_err(|source| LakeError::Io { path: new.keys_path(), source })?;
    Ok(Some(new))
}

fn text<'b>(batch: &'b RecordBatch, name: &str) -> Option<&'b StringArray> {
    batch.column_by_name(name)?.as_string_opt::<i32>()
}
