//! Small tables in memory, for one who asks many questions of one state of the lake: a table of a hundred days is a hundred files, and to open
//! them costs more than to read them. Border: which tables, and what of them is in memory; the rows are those that `scan` gives.
//!
//! A column is read when the first plan asks for it, and stays. Plans over such tables run in polars' in-memory engine: its streaming engine
//! takes no scan of ours, and for a few thousand rows costs more in handing morsels on than the work itself.

mod file;

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use polars::prelude::*;
use tracemill_model::lake::{Part, Snapshot};
use tracemill_model::tables::Table;

use super::scan;
use crate::error::QueryError;
use crate::filters::Filters;
use file::File;

/// A table with files of more bytes, or more rows, is read from them anew by each question. A column of texts takes sixteen bytes a row in memory,
/// and what its long texts have.
const MOST_BYTES: u64 = 16 << 20;
const MOST_ROWS: u64 = 200_000;
/// A thread reads no fewer files.
const FEWEST_FILES: usize = 8;

/// What was asked for so far: by table and the days of its files.
#[derive(Debug, Default)]
pub(super) struct Held(Mutex<BTreeMap<Stretch, Arc<Rows>>>);

/// A table, and the days of its files.
type Stretch = (&'static str, Vec<String>);

/// The files of some days of a table.
#[derive(Debug)]
struct Rows {
    schema: SchemaRef,
    read: Mutex<Read>,
}

/// What of them is in memory.
#[derive(Debug, Default)]
struct Read {
    files: Vec<File>,
    columns: HashMap<PlSmallStr, Column>,
}

impl Held {
    /// Whether all these tables, of the files for these filters each, are small, so that a statement over them can be answered from memory.
    pub(super) fn has_room<'t>(snapshot: &Snapshot, read: impl IntoIterator<Item = (&'static Table, &'t Filters)>) -> bool {
        read.into_iter().all(|(table, filters)| are_small(&scan::parts(snapshot, table, filters)))
    }

    /// How many tables, or stretches of them, are in memory.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The rows of a table, if it is small, from the part files whose day can hold rows of the filters' period.
    pub(super) fn rows(&self, snapshot: &Snapshot, table: &'static Table, filters: &Filters) -> Result<Option<LazyFrame>, QueryError> {
        let parts = scan::parts(snapshot, table, filters);
        if !are_small(&parts) {
            return Ok(None);
        }
        Snapshot::fetch(parts.iter().copied())?;
        let mut days: Vec<String> = parts.iter().map(|p| p.date.clone()).collect();
        days.dedup();
        let rows = {
            let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let make = || {
                let files = parts.iter().map(|part| File::new(part)).collect();
                let read = Read { files, columns: HashMap::new() };
                Arc::new(Rows { schema: Arc::new(scan::schema_with_date(table)), read: Mutex::new(read) })
            };
            Arc::clone(held.entry((table.name, days)).or_insert_with(make))
        };
        let args = ScanArgsAnonymous { schema: Some(rows.schema.clone()), name: table.name, ..ScanArgsAnonymous::default() };
        Ok(Some(LazyFrame::anonymous_scan(Arc::new(Scan(rows)), args)?))
    }
}

fn are_small(parts: &[&Part]) -> bool {
    let (bytes, rows) = parts.iter().fold((0, 0), |(bytes, rows), part| (bytes + part.bytes, rows + part.rows));
    bytes <= MOST_BYTES && rows <= MOST_ROWS
}

/// The engine's way to the rows.
struct Scan(Arc<Rows>);

impl AnonymousScan for Scan {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn scan(&self, wanted: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        // whoever comes second waits for the first, instead of reading it as well
        let mut read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        let names: Vec<PlSmallStr> = wanted.with_columns.map_or_else(|| self.0.schema.iter_names_cloned().collect(), |names| names.to_vec());
        let frame = read.frame(&names, &self.0.schema)?;
        Ok(wanted.n_rows.map_or(frame.clone(), |n| frame.head(Some(n))))
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }
}

impl Read {
    fn frame(&mut self, names: &[PlSmallStr], schema: &Schema) -> PolarsResult<DataFrame> {
        let missing: Vec<PlSmallStr> = names.iter().filter(|name| !self.columns.contains_key(*name)).cloned().collect();
        let height = self.files.iter().map(File::rows).sum();
        let mut pieces = if missing.is_empty() { Vec::new() } else { read(&mut self.files, &missing, schema)? };
        for (at, name) in missing.into_iter().enumerate() {
            let of_files = pieces.iter_mut().map(|columns| std::mem::take(&mut columns[at]));
            let column = joined(of_files, &name, schema)?;
            let _ = self.columns.insert(name, column);
        }
        DataFrame::new(height, names.iter().map(|name| self.columns[name].clone()).collect())
    }
}

/// These columns of each file, read by all threads: whoever else needs the table waits for it.
fn read(files: &mut [File], names: &[PlSmallStr], schema: &Schema) -> PolarsResult<Vec<Vec<Column>>> {
    let of_each = |files: &mut [File]| files.iter_mut().map(|file| file.columns(names, schema)).collect::<PolarsResult<Vec<_>>>();
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    if files.len() < 2 * FEWEST_FILES {
        return of_each(files);
    }
    let share = files.len().div_ceil(threads).max(FEWEST_FILES);
    thread::scope(|scope| {
        let reading: Vec<_> = files.chunks_mut(share).map(|files| scope.spawn(move || of_each(files))).collect();
        let mut pieces = Vec::new();
        for share in reading {
            pieces.extend(share.join().unwrap_or_else(|_| polars_bail!(ComputeError: "a thread that read a table ended"))?);
        }
        Ok(pieces)
    })
}

/// The files' columns one after the other.
fn joined(mut pieces: impl Iterator<Item = Column>, name: &PlSmallStr, schema: &Schema) -> PolarsResult<Column> {
    let Some(mut whole) = pieces.next() else {
        return Ok(Column::new_empty(name.clone(), schema.try_get(name)?));
    };
    for piece in pieces {
        let _ = whole.append_owned(piece)?;
    }
    Ok(whole.rechunk())
}
