//! How a part file is written: encodings, row groups, statistics (measured choices, see docs/performance.md).
//! Border: one table's rows in, one Parquet file out; which file belongs to the lake is `lake`'s business.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use crate::tables::{Kind, Table};

/// Rows of a row group at most.
pub const ROW_GROUP_ROWS: usize = 131_072;

/// Columns whose values hardly repeat: a dictionary would only cost.
const UNIQUE: [&str; 6] = ["record_id", "span_id", "parent_span_id", "span_record_id", "call_id", "fingerprint"];

/// Columns of a few short words: their pages are numbers of dictionary entries, packed already. A (de)compressor for each of them takes more memory and time
/// than it saves bytes.
const FEW: [&str; 19] = [
    "service_name",
    "service_version",
    "scope_name",
    "scope_version",
    "scope_attributes",
    "schema_url",
    "source_id",
    "system",
    "redacted",
    "kind",
    "status",
    "time_source",
    "origin",
    "severity",
    "unit",
    "temporality",
    "monotonic",
    "flags",
    "truncated_attributes",
];

fn zstd() -> Compression {
    Compression::ZSTD(ZstdLevel::default())
}

/// Writer settings of a table.
pub fn properties(table: &Table, compression: Compression) -> WriterProperties {
    let mut props = WriterProperties::builder()
        .set_compression(compression)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by("tracemill".to_owned());
    for column in table.columns {
        let path = ColumnPath::from(column.name);
        if FEW.contains(&column.name) {
            props = props.set_column_compression(path.clone(), Compression::UNCOMPRESSED);
        }
        props = match column.kind {
            Kind::Time | Kind::Int if column.kind == Kind::Time || column.name == "duration_ns" => {
                props.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, Encoding::DELTA_BINARY_PACKED)
            }
            // repeated from row to row, and nobody asks which is the greatest
            Kind::Json if ["resource", "scope_attributes", "stack"].contains(&column.name) => {
                props.set_column_statistics_enabled(path, EnabledStatistics::None)
            }
            Kind::Json => props
                .set_column_dictionary_enabled(path.clone(), false)
                .set_column_encoding(path.clone(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
                .set_column_statistics_enabled(path, EnabledStatistics::None),
            Kind::Text if UNIQUE.contains(&column.name) => {
                props.set_column_dictionary_enabled(path.clone(), false).set_column_statistics_enabled(path, EnabledStatistics::None)
            }
            _ => props,
        };
    }
    props.build()
}

/// A part of fewer bytes in memory is not compressed: to set a decompressor up for each of its pages costs a reader more than it saves.
const COMPRESSED_BYTES: usize = 512 << 10;

/// Bytes of a row group that is being written, at most: a part of long texts must not need memory for all of them.
const ROW_GROUP_BYTES: usize = 32 << 20;

/// A part file in the making, written batch by batch in bounded memory.
pub struct Writer {
    inner: ArrowWriter<File>,
    rows: u64,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl Writer {
    /// Begins a part file; folders are made.
    pub fn new(table: &Table, path: &Path) -> Result<Writer, ParquetError> {
        Writer::with(table, path, zstd())
    }

    /// Begins a part file of rows that take so many bytes in memory, roughly.
    pub fn of_size(table: &Table, path: &Path, bytes: usize) -> Result<Writer, ParquetError> {
        Writer::with(table, path, if bytes < COMPRESSED_BYTES { Compression::UNCOMPRESSED } else { zstd() })
    }

    fn with(table: &Table, path: &Path, compression: Compression) -> Result<Writer, ParquetError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let options = ArrowWriterOptions::new().with_properties(properties(table, compression)).with_skip_arrow_metadata(true);
        Ok(Writer { inner: ArrowWriter::try_new_with_options(File::create(path)?, table.schema(), options)?, rows: 0 })
    }

    /// Appends rows, which must have the table's schema.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), ParquetError> {
        self.inner.write(batch)?;
        self.rows += batch.num_rows() as u64;
        if self.inner.in_progress_size() > ROW_GROUP_BYTES {
            self.inner.flush()?;
        }
        Ok(())
    }

    /// Ends the file. Gives the number of rows.
    pub fn close(self) -> Result<u64, ParquetError> {
        let _ = self.inner.close()?;
        Ok(self.rows)
    }
}

/// Writes the batches, which must have the table's schema, as one part file. Gives the number of rows.
pub fn write(table: &Table, path: &Path, batches: &[RecordBatch]) -> Result<u64, ParquetError> {
    let bytes: usize = batches.iter().map(RecordBatch::get_array_memory_size).sum();
    let mut writer = Writer::of_size(table, path, bytes)?;
    batches.iter().try_for_each(|batch| writer.write(batch))?;
    writer.close()
}
