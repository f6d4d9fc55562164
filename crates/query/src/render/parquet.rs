//! Parquet with zstd; times are nanoseconds UTC. The captions go along as the file's key `tracemill`, so that a cost on its way
//! to another program still says by which prices.

use polars::io::parquet::write::{KeyValueMetadata, ParquetCompression, ParquetWriter, StatisticsOptions};

use crate::answer::Answer;
use crate::error::QueryError;

pub(super) fn render(answer: &Answer) -> Result<Vec<u8>, QueryError> {
    let mut out = Vec::new();
    let captions = KeyValueMetadata::from_static(vec![("tracemill".to_owned(), answer.captions().join("\n"))]);
    let writer = ParquetWriter::new(&mut out)
        .with_compression(ParquetCompression::Zstd(None))
        .with_statistics(StatisticsOptions::default())
        .with_key_value_metadata(Some(captions));
    let _ = writer.finish(&mut answer.frame().clone())?;
    Ok(out)
}
