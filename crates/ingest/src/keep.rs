//! What becomes of bytes that are set aside. Border: the trait between those who set aside (`blocks`, `requests`, `pipeline`) and those
//! who keep (`quarantine`) or only count; nothing of it runs for what is taken.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use tracemill_model::LakeError;
use tracemill_model::lake::Kind;

use crate::discover::Input;
use crate::rows::Counts;

/// Something set aside: the smallest stretch of bytes that can be decoded again.
#[derive(Debug, Clone)]
pub struct Piece {
    /// What its bytes are.
    pub kind: Kind,
    /// Where it begins: line or frame, and byte.
    pub position: String,
    /// Byte offset in the decompressed stream, where the bytes lie in it as they are.
    pub offset: Option<u64>,
    /// How many set-asides it is for the ledger: the records of a request of which only some were taken, else one.
    pub count: u64,
    /// Why.
    pub reason: String,
    /// Records of it that were taken all the same; `None` where nothing was.
    pub taken: Option<Counts>,
}

/// Keeps what is set aside. Bytes first, in as many stretches as it takes, so that the largest piece needs no memory.
pub trait Keep {
    /// Says which source the following pieces belong to.
    fn begin_source(&mut self, input: &Input);
    /// Takes further bytes of the piece at hand.
    fn write(&mut self, bytes: &[u8]);
    /// The name of a new scratch file; `None` where nothing is kept.
    fn new_file(&self) -> Option<PathBuf>;
    /// Ends the piece.
    fn end(&mut self, piece: Piece);
    /// The source can be read no further, or not at all. `read` is all of it, which only matters where it is no file.
    fn whole(&mut self, position: String, reason: &str, read: &mut dyn Read);
    /// Writes out what is held, and tells what went wrong. Gives the files for the quarantine to merge.
    fn finish(&mut self) -> Result<Vec<PathBuf>, LakeError>;
}

/// Keeps nothing.
#[derive(Debug, Default, Clone, Copy)]
pub struct Nowhere;

impl Keep for Nowhere {
    fn begin_source(&mut self, _: &Input) {}
    fn write(&mut self, _: &[u8]) {}
    fn new_file(&self) -> Option<PathBuf> {
        None
    }
    fn end(&mut self, _: Piece) {}
    fn whole(&mut self, _: String, _: &str, _: &mut dyn Read) {}
    fn finish(&mut self) -> Result<Vec<PathBuf>, LakeError> {
        Ok(Vec::new())
    }
}

/// Copies a stream into the piece at hand; gives the number of bytes, and the error that ended it early.
pub fn copy(from: &mut dyn Read, keep: &mut dyn Keep) -> (u64, Option<io::Error>) {
    struct Into<'k>(&'k mut dyn Keep, u64);
    impl Write for Into<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes);
            self.1 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut into = Into(keep, 0);
    let error = io::copy(from, &mut into).err();
    (into.1, error)
}

/// Keeps everything in memory, for tests.
#[cfg(test)]
#[derive(Debug, Default)]
pub struct InMemory {
    bytes: Vec<u8>,
    /// The pieces and their bytes.
    pub pieces: Vec<(Piece, Vec<u8>)>,
}

#[cfg(test)]
impl Keep for InMemory {
    fn begin_source(&mut self, _: &Input) {}
    fn write(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }
    fn new_file(&self) -> Option<PathBuf> {
        None
    }
    fn end(&mut self, piece: Piece) {
        self.pieces.push((piece, std::mem::take(&mut self.bytes)));
    }
    fn whole(&mut self, position: String, reason: &str, read: &mut dyn Read) {
        copy(read, self);
        self.end(Piece { kind: Kind::Stream, position, offset: None, count: 1, reason: reason.to_owned(), taken: None });
    }
    fn finish(&mut self) -> Result<Vec<PathBuf>, LakeError> {
        Ok(Vec::new())
    }
}
