//! Parquet, with zstd where it is worth one; times are nanoseconds UTC. The captions go along as the file's key `tracemill`, so that a cost on its way
//! to another program still says by which prices.

use polars::io::parquet::write::{KeyValueMetadata, ParquetCompression, ParquetWriter, StatisticsOptions};

use crate::answer::Answer;
use crate::error::QueryError;

/// An answer of fewer bytes in memory is not compressed: to set a compressor up for each column costs more than the whole rest.
const COMPRESSED_BYTES: usize = 512 << 10;

pub(super) fn render(answer: &Answer) -> Result<Vec<u8>, QueryError> {
    let mut out = Vec::new();
    let captions = KeyValueMetadata::from_static(vec![("tracemill".to_owned(), answer.captions().join("\n"))]);
    let is_small = answer.frame().estimated_size() < COMPRESSED_BYTES;
    let writer = ParquetWriter::new(&mut out)
        .with_compression(if is_small { ParquetCompression::Uncompressed } else { ParquetCompression::Zstd(None) })
        .with_statistics(StatisticsOptions::default())
        .with_key_value_metadata(Some(captions));
    let _ = writer.finish(&mut answer.frame().clone())?;
    Ok(out)
}
