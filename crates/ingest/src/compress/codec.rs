//! One member decompressed step by step, so that what a step gave is kept whatever the next one finds. Border: bytes at hand; where a member begins
//! and what follows a damaged one is `members`' business.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

/// Largest window of a gzip member, as a power of two.
const WINDOW_BITS: u8 = 15;
/// Bytes by which zstd knows the rest of a frame's header.
const ZSTD_HEADER: usize = 5;

/// Bytes before each block of a zstd frame.
const BLOCK_HEADER: usize = 3;

/// What a step has done.
pub struct Step {
    /// Bytes read.
    pub used: usize,
    /// Bytes written.
    pub made: usize,
    /// Whether the member has ended with this step; or what is wrong with it, and then the bytes written before are right all the same.
    pub ended: io::Result<bool>,
}

/// See the module.
pub enum Codec {
    /// A member of gzip.
    Gzip(Decompress),
    /// A frame of zstd.
    Zstd {
        /// Its state.
        decoder: Decoder<'static>,
        /// Bytes that it can make use of at once: up to the end of a block.
        wanted: usize,
        /// Whether it may hold more than it could write.
        full: bool,
    },
}

impl Codec {
    /// Before the beginning of a member of gzip.
    pub fn gzip() -> Codec {
        Codec::Gzip(Decompress::new_gzip(WINDOW_BITS))
    }

    /// Before the beginning of a frame of zstd.
    pub fn zstd() -> io::Result<Codec> {
        Ok(Codec::Zstd { decoder: Decoder::new()?, wanted: ZSTD_HEADER, full: false })
    }

    /// Before the beginning of another.
    pub fn again(&self) -> io::Result<Codec> {
        match self {
            Codec::Gzip(_) => Ok(Codec::gzip()),
            Codec::Zstd { .. } => Codec::zstd(),
        }
    }

    /// Goes on; there is something to read, and room to write.
    pub fn step(&mut self, input: &[u8], out: &mut [u8]) -> Step {
        match self {
            Codec::Gzip(state) => {
                let before = (state.total_in(), state.total_out());
                let outcome = state.decompress(input, out, FlushDecompress::None);
                let (used, made) = ((state.total_in() - before.0) as usize, (state.total_out() - before.1) as usize);
                let ended = match outcome {
                    Ok(Status::StreamEnd) => Ok(true),
                    Ok(_) if used + made > 0 => Ok(false),
                    Ok(_) => Err(damaged("it stands still")),
                    Err(e) => Err(damaged(e.message().unwrap_or("corrupt deflate stream"))),
                };
                Step { used, made, ended }
            }
            Codec::Zstd { decoder, wanted, full } => {
                // of a step that fails zstd does not say what it has written: so a step reads one block at most, and none while another is written
                let most = if *full { 0 } else { input.len().min(*wanted) };
                let (mut from, room) = (InBuffer::around(&input[..most]), out.len());
                let mut to = OutBuffer::around(out);
                let outcome = decoder.run(&mut from, &mut to);
                let (used, made) = (from.pos(), to.pos());
                *full = made == room;
                let ended = outcome.map(|more| {
                    // it also asks for the header of the next block, where that need not be one any more
                    *wanted = if more > BLOCK_HEADER { more - BLOCK_HEADER } else { more.max(1) };
                    more == 0
                });
                Step { used, made, ended }
            }
        }
    }
}

/// An error that says what is wrong with a stream.
pub fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
