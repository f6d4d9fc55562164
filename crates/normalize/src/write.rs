//! Rows → part files of a commit, one a day. Border: rows come sorted.

use tracemill_model::LakeError;
use tracemill_model::date::{day_name, day_of};
use tracemill_model::lake::Transaction;
use tracemill_model::part;

use crate::Error;
use crate::rows::{Row, batch};

/// Rows of a batch: bounds the memory that a table's columns take beside its rows.
const BATCH_ROWS: usize = 65_536;

/// Writes the rows of a table, sorted by its time; gives their number.
pub fn table<R: Row>(transaction: &mut Transaction<'_>, rows: &[R]) -> Result<u64, Error> {
    let mut written = 0;
    for day in rows.chunk_by(|a, b| day_of(a.time()) == day_of(b.time())) {
        let date = day_name(day_of(day[0].time()));
        let (file, path) = transaction.new_part(R::table(), &date);
        let batches = day.chunks(BATCH_ROWS).map(batch).collect::<Result<Vec<_>, Error>>()?;
        let rows = part::write(R::table(), &path, &batches).map_err(|source| LakeError::Parquet { path, source })?;
        transaction.add(R::table(), &date, file, rows)?;
        written += rows;
    }
    Ok(written)
}
