//! Pieces that are set aside, on their way to disk: each compressed by itself, so that a bomb stays as small as it came. Border: bytes and files; what
//! a piece is, and what is told of it, is `spool`'s business.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use tracemill_model::lake::packed_header;
use zstd::bulk::Compressor;
use zstd::stream::write::Encoder;

/// A piece up to here is compressed in one go, which costs least; most are.
const SMALL: usize = 1 << 20;
/// Bad input is seldom, and read even more seldom.
const LEVEL: i32 = 3;

/// A file of pieces.
pub struct Pack {
    /// Where it is written; in the encoder while a large piece is.
    out: Option<BufWriter<File>>,
    /// Bytes of the file, without the piece at hand.
    length: u64,
    /// Bytes that a piece may have there.
    limit: u64,
    small: Compressor<'static>,
    held: Vec<u8>,
    large: Option<Encoder<'static, Counted>>,
    /// Whether the piece at hand has more than that.
    over: bool,
}

/// A file, and how much of a piece it has.
struct Counted {
    out: BufWriter<File>,
    written: u64,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.written += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl std::fmt::Debug for Pack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pack").field("length", &self.length).field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl Pack {
    /// In a new file; of a piece that has more than `limit` bytes when it is compressed nothing is kept.
    pub fn create(path: &Path, limit: u64) -> io::Result<Pack> {
        let (out, small) = (Some(BufWriter::new(File::create(path)?)), Compressor::new(LEVEL)?);
        Ok(Pack { out, length: 0, limit, small, held: Vec::new(), large: None, over: false })
    }

    /// Takes further bytes of the piece at hand.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.over {
            return Ok(());
        }
        if self.large.is_none() {
            if self.held.len() + bytes.len() <= SMALL {
                self.held.extend_from_slice(bytes);
                return Ok(());
            }
            let mut out = self.out.take().ok_or(io::ErrorKind::BrokenPipe)?;
            out.write_all(&packed_header(0))?;
            let mut large = Encoder::new(Counted { out, written: 0 }, LEVEL)?;
            large.write_all(&std::mem::take(&mut self.held))?;
            self.large = Some(large);
        }
        let Some(large) = &mut self.large else { return Ok(()) };
        large.write_all(bytes)?;
        if large.get_ref().written > self.limit {
            let _ = self.end_large()?;
            self.take_back()?;
            self.over = true;
        }
        Ok(())
    }

    /// Ends the piece. Gives its place, or `None` where nothing of it is kept.
    pub fn end(&mut self) -> io::Result<Option<u64>> {
        if std::mem::take(&mut self.over) {
            return Ok(None);
        }
        let stored = if self.large.is_some() {
            let stored = self.end_large()?;
            if stored > self.limit {
                self.take_back()?;
                return Ok(None);
            }
            let out = self.out.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
            // it is known only now
            let _ = out.seek(SeekFrom::Start(self.length))?;
            out.write_all(&packed_header(stored))?;
            let _ = out.seek(SeekFrom::End(0))?;
            stored
        } else {
            let frame = self.small.compress(&self.held)?;
            self.held.clear();
            if frame.len() as u64 > self.limit {
                return Ok(None);
            }
            let out = self.out.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
            out.write_all(&packed_header(frame.len() as u64))?;
            out.write_all(&frame)?;
            frame.len() as u64
        };
        let at = self.length;
        self.length += packed_header(stored).len() as u64 + stored;
        Ok(Some(at))
    }

    /// Writes out what is held.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.as_mut().map_or(Ok(()), Write::flush)
    }

    /// Ends the frame of a large piece; gives its size.
    fn end_large(&mut self) -> io::Result<u64> {
        let Some(large) = self.large.take() else { return Ok(0) };
        let Counted { out, written } = large.finish()?;
        self.out = Some(out);
        Ok(written)
    }

    /// Takes the piece at hand out of the file.
    fn take_back(&mut self) -> io::Result<()> {
        let out = self.out.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        out.flush()?;
        out.get_ref().set_len(self.length)?;
        let _ = out.seek(SeekFrom::End(0))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use tracemill_model::lake::contents;

    use super::*;

    #[test]
    fn pieces_come_back_as_they_were_and_large_ones_are_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("packed-1");
        let mut pack = Pack::create(&path, 100_000).unwrap();
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        })
        .take(300_000)
        .collect();
        let bomb = vec![b'a'; 40 << 20];
        let pieces: [(&[u8], bool); 7] =
            [(b"", true), (b"small", true), (&bomb, true), (&noise, false), (&noise[..50_000], true), (b"x", true), (&bomb, true)];
        let long = noise.repeat(9);
        let mut places = Vec::new();
        for (bytes, kept) in pieces.into_iter().chain([(long.as_slice(), false), (b"last", true)]) {
            bytes.chunks(70_000).for_each(|some| pack.write(some).unwrap());
            let place = pack.end().unwrap();
            assert_eq!(place.is_some(), kept, "{} bytes", bytes.len());
            places.extend(place.map(|at| (at, bytes)));
        }
        pack.flush().unwrap();
        for (at, bytes) in places {
            let mut back = Vec::new();
            let _ = contents(&path, at, bytes.len() as u64).unwrap().read_to_end(&mut back).unwrap();
            assert!(back == bytes, "{} bytes at {at}", bytes.len());
        }
        // the file is a stream of zstd as a whole, for who has nothing but its name
        assert!(path.metadata().unwrap().len() < 200_000);
        let all = zstd::decode_all(File::open(&path).unwrap()).unwrap();
        assert_eq!(all.len(), 5 + 2 * bomb.len() + 50_000 + 1 + 4);
    }
}
