//! The pages of a Parquet file, looked at before any is read: what their headers say that they come to, decompressed, the `parquet` crate makes
//! room for. The footer's figures are only somebody's word; a page that is larger than its header says is refused by the crate itself. Border:
//! headers (`PageHeader` of Parquet's `parquet.thrift`, in Thrift's compact protocol); no page is decompressed.

use std::io::{self, BufRead, BufReader, Read};

use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use parquet::file::reader::ChunkReader;

/// Bytes that the pages of a row group may come to, whatever they are in the file; in this crate's own tests fewer, which make such files.
const BYTES: u64 = if cfg!(test) { 32 << 20 } else { 512 << 20 };

/// Above that: so many times the bytes that they are in the file. No telemetry is repeated that often; what is made to be huge is.
const TIMES: u64 = 64;

/// How deep structs of a header may stand in one another: statistics and sizes are two deep.
const DEPTH: usize = 16;

/// The bytes that these columns of a row group come to.
///
/// # Errors
/// They are too many.
pub fn check<R: ChunkReader>(input: &R, group: &RowGroupMetaData, columns: &[usize]) -> Result<u64> {
    let (mut stored, mut bytes) = (0, 0_u64);
    for column in columns.iter().map(|column| group.column(*column)) {
        let (start, length) = column.byte_range();
        stored += length;
        let limit = BYTES.max(stored.saturating_mul(TIMES));
        let mut at = start;
        while at < start.saturating_add(length) {
            // who reads the pages comes no further either, and has then what lies before it
            let Ok(header) = Header::read(input, at) else { break };
            bytes = bytes.saturating_add(header.uncompressed);
            at = at.saturating_add(header.length).saturating_add(header.compressed);
            if bytes > limit {
                return Err(too_large(column, limit));
            }
        }
    }
    Ok(bytes)
}

fn too_large(column: &ColumnChunkMetaData, limit: u64) -> ParquetError {
    let name = column.column_path().string();
    ParquetError::General(format!("pages up to those of the column {name} come to more than {} MiB, as no block of Tempo's does", limit >> 20))
}

/// What is needed of a page's header.
struct Header {
    length: u64,
    uncompressed: u64,
    compressed: u64,
}

impl Header {
    fn read<R: ChunkReader>(input: &R, at: u64) -> Result<Header> {
        let mut bytes = Counted { reader: BufReader::with_capacity(1 << 8, input.get_read(at)?), read: 0 };
        let (mut uncompressed, mut compressed) = (None, None);
        let mut field = 0;
        loop {
            let byte = bytes.byte()?;
            if byte == 0 {
                break;
            }
            field = if byte >> 4 == 0 { bytes.int()? } else { field + i64::from(byte >> 4) };
            match (field, byte & 0x0f) {
                // whatever type it claims to be: so the crate has it
                (2, _) => uncompressed = u64::try_from(bytes.int()?).ok(),
                (3, _) => compressed = u64::try_from(bytes.int()?).ok(),
                (_, kind) => bytes.skip(kind, DEPTH)?,
            }
        }
        let (Some(uncompressed), Some(compressed)) = (uncompressed, compressed) else { return Err(damaged()) };
        Ok(Header { length: bytes.read, uncompressed, compressed })
    }
}

fn damaged() -> ParquetError {
    ParquetError::General("the header of a page is none".to_owned())
}

/// Bytes of a header.
struct Counted<R> {
    reader: BufReader<R>,
    read: u64,
}

impl<R: Read> Counted<R> {
    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        self.reader.read_exact(&mut byte)?;
        self.read += 1;
        Ok(byte[0])
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(damaged())
    }

    fn int(&mut self) -> Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    fn leave_out(&mut self, bytes: u64) -> Result<()> {
        let mut left = bytes;
        while left > 0 {
            let there = self.reader.fill_buf()?.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            if there == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            self.reader.consume(there);
            left -= there as u64;
        }
        self.read = self.read.saturating_add(bytes);
        Ok(())
    }

    /// Goes over a value of a type.
    fn skip(&mut self, kind: u8, depth: usize) -> Result<()> {
        let inner = depth.checked_sub(1).ok_or_else(damaged)?;
        match kind {
            // truth values, which are their type
            1 | 2 => Ok(()),
            3 => self.leave_out(1),
            4..=6 => self.varint().map(drop),
            7 => self.leave_out(8),
            8 => {
                let length = self.varint()?;
                self.leave_out(length)
            }
            9 | 10 => {
                let byte = self.byte()?;
                let number = if byte >> 4 == 15 { self.varint()? } else { u64::from(byte >> 4) };
                // in a list each of the truth values is a byte
                let of = if matches!(byte & 0x0f, 1 | 2) { 3 } else { byte & 0x0f };
                (0..number).try_for_each(|_| self.skip(of, inner))
            }
            11 => {
                let number = self.varint()?;
                let kinds = if number > 0 { self.byte()? } else { 0 };
                (0..number).try_for_each(|_| [kinds >> 4, kinds & 0x0f].into_iter().try_for_each(|kind| self.skip(kind.max(3), inner)))
            }
            12 => loop {
                let byte = self.byte()?;
                if byte == 0 {
                    return Ok(());
                }
                if byte >> 4 == 0 {
                    self.int()?;
                }
                self.skip(byte & 0x0f, inner)?;
            },
            _ => Err(damaged()),
        }
    }
}
