//! Rows → part files of a commit: by day, and of a long day in several files. Border: rows come sorted.

use arrow_array::RecordBatch;
use tracemill_model::date::{day_name, day_of};
use tracemill_model::lake::Transaction;
use tracemill_model::part;
use tracemill_model::{LakeError, Table};

use crate::Error;
use crate::rows::{Row, batch};

/// Writes the rows of a table, sorted by its time; gives their number.
pub fn table<R: Row>(transaction: &mut Transaction<'_>, rows: &[R]) -> Result<u64, Error> {
    batches(transaction, R::table(), rows, R::time, batch)
}

/// Writes rows, sorted by their time, that `batch` makes columns of; gives their number.
pub fn batches<R>(
    transaction: &mut Transaction<'_>,
    table: &'static Table,
    rows: &[R],
    time: impl Fn(&R) -> Option<i64>,
    batch: impl Fn(&[R]) -> Result<RecordBatch, Error>,
) -> Result<u64, Error> {
    let mut written = 0;
    for day in rows.chunk_by(|a, b| day_of(time(a)) == day_of(time(b))) {
        let date = day_name(day_of(time(&day[0])));
        // A row group a file: the columns take memory beside the rows only for so many.
        for rows in day.chunks(part::ROW_GROUP_ROWS) {
            let (file, path) = transaction.new_part(table, &date);
            let rows = part::write(table, &path, &[batch(rows)?]).map_err(|source| LakeError::Parquet { path, source })?;
            transaction.add(table, &date, file, rows)?;
            written += rows;
        }
    }
    Ok(written)
}
