//! Rows of a whole build, made into columns a few at a time while those before are written. Border: sorted rows in, parts by day out; whose rows lie
//! on which day is noted on the way.

use arrow_array::{Array, RecordBatch};
use tracemill_model::date::{day_name, day_of};
use tracemill_model::tables::LATENCY;
use tracemill_model::{Table, part};

use super::merge::owner;
use super::{Cells, Tables};
use crate::Error;

/// Rows that are made into columns at once: few enough that their columns are in the cache when they are written, and that their memory is used
/// again.
const BATCH_ROWS: usize = 4096;

impl Tables<'_, '_> {
    /// Notes whose the rows of a batch are.
    pub(super) fn note(&mut self, table: &'static Table, date: i32, batch: &RecordBatch) {
        let cells = Cells::new(batch);
        // spans lie on the day of their trace's key
        let spans = batch.column_by_name("span_id").filter(|_| table.name == LATENCY.name);
        let strays = (0..batch.num_rows()).filter(|row| spans.is_none_or(|spans| spans.is_null(*row)));
        self.owners.entry(date).or_default().extend(strays.filter_map(|row| owner(table, &cells, row)));
    }

    /// Writes rows of a whole build, sorted by their time, a few at a time.
    pub(super) fn stream<T>(
        &mut self,
        table: &'static Table,
        rows: &[T],
        (time, batch): (impl Fn(&T) -> Option<i64>, impl Fn(&[T]) -> Result<RecordBatch, Error>),
        owned: bool,
    ) -> Result<(), Error> {
        for of_day in rows.chunk_by(|a, b| day_of(time(a)) == day_of(time(b))) {
            let date = day_of(time(&of_day[0]));
            for of_file in of_day.chunks(part::ROW_GROUP_ROWS) {
                self.begin(table, date, of_file.len() as u64)?;
                for few in of_file.chunks(BATCH_ROWS) {
                    let columns = batch(few)?;
                    if owned {
                        self.note(table, date, &columns);
                    }
                    self.beside.rows(columns)?;
                }
                self.beside.end()?;
            }
        }
        Ok(())
    }

    pub(super) fn begin(&mut self, table: &'static Table, date: i32, rows: u64) -> Result<(), Error> {
        let path = self.transaction.scratch().join(format!("{}-{:05}.parquet", table.name, self.begun.len()));
        if table.name == LATENCY.name {
            self.written_shares.entry(date).or_default().push(path.clone());
        }
        self.begun.push((table, day_name(date), rows));
        *self.added.entry(table.name).or_default() += rows;
        self.changed.insert(date);
        self.beside.begin(table, path)
    }
}
