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

/// Writer settings of a table.
pub fn properties(table: &Table) -> WriterProperties {
    let mut props = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by("tracemill".to_owned());
    for column in table.columns {
        let path = ColumnPath::from(column.name);
        props = match column.kind {
            Kind::Time => props.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, Encoding::DELTA_BINARY_PACKED),
            Kind::Json if ["resource", "scope_attributes", "stack"].contains(&column.name) => props,
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

/// Writes the batches, which must have the table's schema, as one part file. Gives the number of rows.
pub fn write(table: &Table, path: &Path, batches: &[RecordBatch]) -> Result<u64, ParquetError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let options = ArrowWriterOptions::new().with_properties(properties(table)).with_skip_arrow_metadata(true);
    let mut writer = ArrowWriter::try_new_with_options(File::create(path)?, table.schema(), options)?;
    for batch in batches {
        writer.write(batch)?;
    }
    let rows = batches.iter().map(|b| b.num_rows() as u64).sum();
    writer.close()?;
    Ok(rows)
}
