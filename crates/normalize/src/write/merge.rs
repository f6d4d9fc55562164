//! Rows of a day that stay, and new ones, in one order. Border: batches in, one batch out; which rows stay, others say.

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, RecordBatch, UInt32Array};
use arrow_select::concat::concat_batches;
use arrow_select::filter::filter_record_batch;
use arrow_select::take::take_record_batch;
use tracemill_model::Table;
use tracemill_model::lake::Part;
use tracemill_model::read::whole;
use tracemill_model::tables::LATENCY;

use super::order::Order;
use crate::Error;
use crate::survey::key::{self, Key};

/// Cells of text of a batch, by the names of their columns.
#[derive(Debug)]
pub struct Cells<'b>(&'b RecordBatch);

impl<'b> Cells<'b> {
    /// Those of a batch.
    pub fn new(batch: &'b RecordBatch) -> Cells<'b> {
        Cells(batch)
    }

    /// A cell; `None` for null.
    pub fn text(&self, column: &str, row: usize) -> Option<&'b str> {
        let texts = self.0.column_by_name(column)?.as_string_opt::<i32>()?;
        texts.is_valid(row).then(|| texts.value(row))
    }
}

/// The key of what a row is about: of a share of the time its trace, else its conversation; `None` for a row about neither.
pub fn owner(table: &Table, cells: &Cells<'_>, row: usize) -> Option<Key> {
    let of_conversation = cells.text("conversation_id", row).map(key::conversation);
    if table.name != LATENCY.name {
        return of_conversation;
    }
    let trace = cells.text("trace_id", row).map(key::trace);
    Some(trace.or(of_conversation).unwrap_or_else(|| key::trace("")))
}

/// The rows of old parts that stay with the new ones, in the table's order; `None` where that is what the parts have already.
pub fn merge(
    table: &'static Table,
    old: &[&Part],
    new: &[RecordBatch],
    stays: impl Fn(&Cells<'_>, usize) -> bool,
) -> Result<Option<RecordBatch>, Error> {
    let fault = |e: arrow_schema::ArrowError| Error::Row { table: table.name, reason: e.to_string() };
    let mut before = Vec::new();
    for part in old {
        before.extend(whole(part, table)?);
    }
    let schema = table.schema();
    let before = concat_batches(&schema, &before).map_err(fault)?;
    let cells = Cells::new(&before);
    let mask: BooleanArray = (0..before.num_rows()).map(|row| Some(stays(&cells, row))).collect();
    let kept = filter_record_batch(&before, &mask).map_err(fault)?;
    if kept.num_rows() == before.num_rows() && new.iter().all(|batch| batch.num_rows() == 0) {
        return Ok(None);
    }
    let all = concat_batches(&schema, std::iter::once(&kept).chain(new)).map_err(fault)?;
    let rows = u32::try_from(all.num_rows()).map_err(|e| Error::Row { table: table.name, reason: e.to_string() })?;
    let mut places: Vec<u32> = (0..rows).collect();
    let order = Order::new(table, &all);
    // stable: rows of one conversation come from one side, in their order
    places.sort_by(|a, b| order.compare(*a as usize, *b as usize));
    let merged = take_record_batch(&all, &UInt32Array::from(places)).map_err(fault)?;
    Ok((merged != before).then_some(merged))
}
