//! A part file whose bytes are held, so that it can be asked for further columns. Border: one file in, columns of today's types out, null where
//! the file is older than a column.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use polars::io::parquet::read::ParallelStrategy;
use polars::prelude::*;
use tracemill_model::lake::Part;

use crate::catalog::scan;

#[derive(Debug)]
pub(super) struct File {
    path: PathBuf,
    date: Option<i32>,
    rows: usize,
    opened: Option<Opened>,
}

#[derive(Debug, Clone)]
struct Opened {
    bytes: Arc<[u8]>,
    metadata: FileMetadataRef,
    names: PlHashSet<PlSmallStr>,
}

impl File {
    pub(super) fn new(part: &Part) -> File {
        File { path: part.path.clone(), date: scan::day(&part.date), rows: usize::try_from(part.rows).unwrap_or(usize::MAX), opened: None }
    }

    /// Number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// These columns, in this order.
    pub(super) fn columns(&mut self, names: &[PlSmallStr], schema: &Schema) -> PolarsResult<Vec<Column>> {
        let opened = self.open()?;
        let there: Vec<String> = names.iter().filter(|name| opened.names.contains(*name)).map(ToString::to_string).collect();
        let mut read = DataFrame::empty();
        if !there.is_empty() {
            let mut reader = ParquetReader::new(Cursor::new(opened.bytes)).read_parallel(ParallelStrategy::None).with_columns(Some(there));
            reader.set_metadata(opened.metadata);
            read = reader.finish()?;
        }
        let column = |name: &PlSmallStr| {
            let dtype = schema.try_get(name)?;
            let found = match read.column(name) {
                Ok(column) => column.clone(),
                Err(_) if name == scan::DATE => Column::new(name.clone(), vec![self.date; self.rows]).cast(dtype)?,
                Err(_) => Column::full_null(name.clone(), self.rows, dtype),
            };
            if found.dtype() != dtype || found.len() != self.rows {
                let (is, len, rows, path) = (found.dtype(), found.len(), self.rows, self.path.display());
                polars_bail!(SchemaMismatch: "{path}: column {name} is {len} values of {is}, want {rows} of {dtype}");
            }
            Ok(found)
        };
        names.iter().map(column).collect()
    }

    fn open(&mut self) -> PolarsResult<Opened> {
        if let Some(opened) = &self.opened {
            return Ok(opened.clone());
        }
        let bytes: Arc<[u8]> = std::fs::read(&self.path).map_err(|e| polars_err!(ComputeError: "{}: {e}", self.path.display()))?.into();
        let mut reader = ParquetReader::new(Cursor::new(bytes.clone()));
        let metadata = reader.get_metadata()?.clone();
        let names = reader.schema()?.iter_names_cloned().collect();
        Ok(self.opened.insert(Opened { bytes, metadata, names }).clone())
    }
}
