//! Compressed streams, recognised by their first bytes: gzip (all members) and zstd (all frames). Border: bytes in, bytes
//! out; what they mean is `detect`'s business.

mod again;
mod codec;
mod members;

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use members::Members;

/// First bytes of a gzip member (RFC 1952), whose only method is deflate.
const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
/// First bytes of a zstd frame (RFC 8878).
pub const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The last three of the first bytes of a zstd frame that holds no content.
const SKIPPABLE: [u8; 3] = [0x2a, 0x4d, 0x18];
/// Compression inside compression: more than this is no archive of anyone's.
const MAX_LAYERS: usize = 3;

/// A stream with its compression taken off.
pub struct Decompressed {
    /// The bytes inside.
    pub reader: Box<dyn BufRead + Send>,
    /// Damage that was met before the first byte.
    pub faults: Vec<io::Error>,
    /// The compressions that were taken off, outermost first: `gzip`, `zstd`, `gzip+zstd`; empty where there was none.
    pub compression: String,
    /// All of the stream as it was, where it has no file that could be read again.
    pub original: Option<Box<dyn Read + Send>>,
}

/// Whether a stream that begins so is compressed.
pub fn is_compressed(head: &[u8]) -> bool {
    begins(head, &GZIP) || begins(head, &ZSTD)
}

/// Whether a stream begins so, but for one bit: that is no chance, since what these bytes could be otherwise is no text and no telemetry.
fn begins(head: &[u8], magic: &[u8]) -> bool {
    head.len() >= magic.len() && head.iter().zip(magic).map(|(byte, wanted)| (byte ^ wanted).count_ones()).sum::<u32>() <= 1
}

/// Counts the bytes that are read from a file, for the progress bar.
pub struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    /// Counts into `count`.
    pub fn new(inner: R, count: Arc<AtomicU64>) -> Counted<R> {
        Counted { inner, count }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.count.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// The compression that a file's name tells.
pub fn named(path: &Path) -> Option<&'static str> {
    match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "gz" => Some("gzip"),
        "zst" | "zstd" => Some("zstd"),
        _ => None,
    }
}

/// The content of a stream that is compressed so, but does not begin so: what can be found of it.
pub fn search(stream: Box<dyn BufRead + Send>, compression: &str) -> io::Result<Box<dyn BufRead + Send>> {
    let members = if compression == "gzip" { Members::gzip(stream) } else { Members::zstd(stream)? };
    Ok(Box::new(BufReader::new(members.lost())))
}

/// Takes the compression off a stream. What is damaged gives an error where the damage is, and then what can be read behind it.
pub fn decompress(reader: impl Read + Send + 'static) -> io::Result<Decompressed> {
    const BUFFER: usize = 256 << 10;
    let mut reader: Box<dyn BufRead + Send> = Box::new(BufReader::with_capacity(BUFFER, reader));
    let (mut layers, mut faults) = (Vec::new(), Vec::new());
    while layers.len() < MAX_LAYERS {
        let head = match reader.fill_buf() {
            Ok(head) => head,
            Err(e) if layers.is_empty() => return Err(e),
            Err(e) => {
                faults.push(e);
                continue;
            }
        };
        if begins(head, &GZIP) {
            layers.push("gzip");
            reader = Box::new(BufReader::with_capacity(BUFFER, Members::gzip(reader)));
        } else if begins(head, &ZSTD) {
            layers.push("zstd");
            reader = Box::new(BufReader::with_capacity(BUFFER, Members::zstd(reader)?));
        } else {
            break;
        }
    }
    Ok(Decompressed { reader, faults, compression: layers.join("+"), original: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: Vec<u8>) -> (Vec<u8>, String) {
        let mut stream = decompress(Cursor::new(bytes)).unwrap();
        let mut out = Vec::new();
        stream.reader.read_to_end(&mut out).unwrap();
        (out, stream.compression)
    }

    #[test]
    fn all_members_and_frames_are_read() {
        assert_eq!(read(b"plain".to_vec()), (b"plain".to_vec(), String::new()));
        assert_eq!(read([gzip(b"one "), gzip(b"two")].concat()), (b"one two".to_vec(), "gzip".to_owned()));
        let frame = |b: &[u8]| zstd::encode_all(b, 1).unwrap();
        assert_eq!(read([frame(b"one "), frame(b"two")].concat()), (b"one two".to_vec(), "zstd".to_owned()));
        assert_eq!(read(gzip(&frame(b"both"))), (b"both".to_vec(), "gzip+zstd".to_owned()));
    }
}
