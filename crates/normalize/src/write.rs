//! Rows → part files of a commit: by day, and of a long day in several files. Border: rows come sorted.

use tracemill_model::LakeError;
use tracemill_model::date::{day_name, day_of};
use tracemill_model::lake::Transaction;
use tracemill_model::part;

use crate::Error;
use crate::rows::{Row, batch};

/// Writes the rows of a table, sorted by its time; gives their number.
pub fn table<R: Row>(transaction: &mut Transaction<'_>, rows: &[R]) -> Result<u64, Error> {
    let mut written = 0;
    for day in rows.chunk_by(|a, b| day_of(a.time()) == day_of(b.time())) {
        let date = day_name(day_of(day[0].time()));
        // A row group a file: the columns take memory beside the rows only for so many.
        for rows in day.chunks(part::ROW_GROUP_ROWS) {
            let (file, path) = transaction.new_part(R::table(), &date);
            let rows = part::write(R::table(), &path, &[batch(rows)?]).map_err(|source| LakeError::Parquet { path, source })?;
            transaction.add(R::table(), &date, file, rows)?;
            written += rows;
        }
    }
    Ok(written)
}
