//! A stream cut into blocks of whole requests, so that several workers can decode one file. Border: where a request may end;
//! what is in it is the decoders' business.
//!
//! A JSON stream is cut where a line that begins with `{` or `[` follows: both a request a line and pretty-printed documents begin
//! so. Frames are cut by their lengths. A block is a few megabytes, or one request where that is larger.

use std::io::{BufRead, Read};

use tracemill_model::lake::SetAside;

use crate::compress::Decompressed;
use crate::detect::{Framing, detect};

/// Bytes of a block, unless one request is larger.
const BLOCK: usize = 1 << 20;

/// Some requests of a stream.
#[derive(Debug)]
pub struct Block {
    /// Their bytes.
    pub bytes: Vec<u8>,
    /// Offset of the first byte in the decompressed stream.
    pub offset: u64,
    /// Number of the first line (JSON) or frame, from 1.
    pub number: u64,
    /// How the requests follow each other.
    pub framing: Framing,
    /// Whether the stream is one JSON array, so that commas between requests are no fault.
    pub array: bool,
}

/// A stream on its way to blocks.
pub struct Blocks {
    reader: Box<dyn BufRead + Send>,
    compression: String,
    /// How requests follow each other.
    pub framing: Framing,
    max_request: usize,
    rest: Vec<u8>,
    offset: u64,
    number: u64,
    array: bool,
    skipping: bool,
    ended: bool,
    /// What could not be read.
    pub set_aside: Vec<SetAside>,
}

impl Blocks {
    /// Looks at the beginning of a stream. What is no stream of requests is set aside, and gives no block.
    pub fn new(stream: Decompressed, max_request: usize) -> Blocks {
        let mut blocks = Blocks {
            reader: stream.reader,
            compression: stream.compression,
            framing: Framing::Empty,
            max_request,
            rest: Vec::new(),
            offset: 0,
            number: 1,
            array: false,
            skipping: false,
            ended: false,
            set_aside: Vec::new(),
        };
        blocks.fill(64 << 10);
        blocks.framing = detect(&blocks.rest, blocks.ended);
        blocks.array = blocks.rest.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
        if blocks.framing == Framing::Unknown {
            let head: String = String::from_utf8_lossy(&blocks.rest).chars().take(24).collect();
            blocks.aside(format!("no format that tracemill knows; it begins with {head:?}"));
            blocks.rest.clear();
            blocks.ended = true;
        } else if blocks.framing == Framing::Empty && blocks.set_aside.is_empty() {
            blocks.aside("empty".to_owned());
        }
        blocks
    }

    /// Format and compression, as the ledger shows them: `otlp-json+gzip`.
    pub fn format(&self) -> String {
        if self.compression.is_empty() { self.framing.name().to_owned() } else { format!("{}+{}", self.framing.name(), self.compression) }
    }

    fn aside(&mut self, reason: String) {
        let unit = if self.framing == Framing::Json { "line" } else { "frame" };
        let position = match self.framing {
            Framing::Json | Framing::Frames => format!("{unit} {}, byte {}", self.number, self.offset),
            _ => format!("byte {}", self.offset),
        };
        self.set_aside.push(SetAside { position, reason });
    }

    /// Reads until `rest` holds so many bytes or the stream ends. A damaged stream ends where it is damaged.
    fn fill(&mut self, bytes: usize) {
        if self.ended || self.rest.len() >= bytes {
            return;
        }
        let missing = (bytes - self.rest.len()) as u64;
        match self.reader.by_ref().take(missing).read_to_end(&mut self.rest) {
            Ok(n) => self.ended = (n as u64) < missing,
            Err(e) => {
                self.ended = true;
                let what = if self.compression.is_empty() { "unreadable".to_owned() } else { format!("damaged {}", self.compression) };
                let at = self.offset + self.rest.len() as u64;
                self.set_aside
                    .push(SetAside { position: format!("byte {at} of the content"), reason: format!("{what}: {e}; what came before it was taken") });
            }
        }
    }

    /// The next block; `None` at the end.
    pub fn next_block(&mut self) -> Option<Block> {
        loop {
            let cut = match self.framing {
                Framing::Json => self.cut_json()?,
                Framing::Frames => self.cut_frames()?,
                Framing::Body => self.cut_body()?,
                Framing::Empty | Framing::Unknown => return None,
            };
            let rest = self.rest.split_off(cut);
            let bytes = std::mem::replace(&mut self.rest, rest);
            let block = Block { offset: self.offset, number: self.number, framing: self.framing, array: self.array, bytes };
            self.offset += cut as u64;
            if self.framing == Framing::Json {
                self.number += memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
            } else if self.framing == Framing::Frames {
                self.number += frames(&block.bytes).count() as u64;
            }
            if !self.skipping {
                return Some(block);
            }
            self.skipping = false;
        }
    }

    fn cut_json(&mut self) -> Option<usize> {
        let mut wanted = BLOCK;
        loop {
            self.fill(wanted);
            if self.rest.is_empty() {
                return None;
            }
            if self.skipping {
                // behind a request that is too large: drop everything up to where the next may begin
                match next_start(&self.rest) {
                    Some(cut) => return Some(cut),
                    None if self.ended => return Some(self.rest.len()),
                    None => {
                        self.drop_front(self.rest.len() - 1);
                        continue;
                    }
                }
            }
            if self.ended && self.rest.len() <= self.max_request {
                return Some(self.rest.len());
            }
            if let Some(cut) = last_start(&self.rest).or_else(|| if self.array { last_element(&self.rest) } else { None }) {
                return Some(cut);
            }
            if self.rest.len() > self.max_request {
                // what is too large need not be the first request
                if let Some(end) = last_end(&self.rest) {
                    return Some(end);
                }
                match memchr::memrchr(b'\n', &self.rest) {
                    // whole lines that begin otherwise
                    Some(end) if !self.rest.starts_with(b"{") && !self.rest.starts_with(b"[") => return Some(end + 1),
                    _ => {
                        let limit = self.max_request;
                        self.aside(format!("a request of more than {limit} bytes; raise --max-request to take it"));
                        self.skipping = true;
                        continue;
                    }
                }
            }
            wanted = self.rest.len().saturating_mul(2).min(self.max_request + 1).max(wanted);
        }
    }

    fn drop_front(&mut self, bytes: usize) {
        self.number += memchr::memchr_iter(b'\n', &self.rest[..bytes]).count() as u64;
        self.rest.drain(..bytes);
        self.offset += bytes as u64;
    }

    fn cut_frames(&mut self) -> Option<usize> {
        let mut cut = 0;
        loop {
            self.fill(cut + 4);
            let Some(length) = self.rest[cut..].first_chunk::<4>().map(|l| u32::from_be_bytes(*l) as usize) else {
                if self.rest.len() > cut && cut == 0 {
                    let left = self.rest.len();
                    self.aside(format!("{left} bytes after the last frame"));
                    self.rest.clear();
                }
                return (cut > 0).then_some(cut);
            };
            if cut > 0 && (cut + 4 + length > BLOCK || length > self.max_request) {
                return Some(cut);
            }
            if length > self.max_request {
                // skipped on the stream, so that a large frame costs no memory and a false length is found out
                let (limit, there) = (self.max_request, (self.rest.len() - 4) as u64);
                let skipped = std::io::copy(&mut self.reader.by_ref().take(length as u64 - there.min(length as u64)), &mut std::io::sink());
                let have = there + skipped.unwrap_or(0);
                let reason = if have < length as u64 {
                    format!("a frame of {length} bytes, but only {have} follow; the rest of the file is set aside")
                } else {
                    format!("a frame of {length} bytes, more than {limit}; raise --max-request to take it")
                };
                self.aside(reason);
                self.rest.drain(..(4 + length).min(self.rest.len()));
                self.offset += 4 + have;
                self.number += 1;
                continue;
            }
            self.fill(cut + 4 + length);
            if self.rest.len() < cut + 4 + length {
                if cut > 0 {
                    return Some(cut);
                }
                let have = self.rest.len() - 4;
                self.aside(format!("a frame of {length} bytes, but only {have} follow; the rest of the file is set aside"));
                self.rest.clear();
                return None;
            }
            cut += 4 + length;
        }
    }

    fn cut_body(&mut self) -> Option<usize> {
        self.fill(self.max_request + 1);
        if self.rest.is_empty() {
            return None;
        }
        if self.rest.len() > self.max_request {
            let limit = self.max_request;
            self.aside(format!("a request of more than {limit} bytes; raise --max-request to take it"));
            self.rest.clear();
            self.ended = true;
            return None;
        }
        Some(self.rest.len())
    }
}

/// The messages of a block of frames, with their offsets.
pub fn frames(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?) as usize;
        let message = bytes.get(at + 4..at + 4 + length)?;
        at += 4 + length;
        Some((at - length, message))
    })
}

/// The last place behind a line break where a document begins.
fn last_start(bytes: &[u8]) -> Option<usize> {
    memchr::memrchr_iter(b'\n', bytes).map(|n| n + 1).find(|at| matches!(bytes.get(*at), Some(b'{' | b'[')))
}

/// The end of the last whole element of a JSON array that begins before, or between two elements of, `bytes`.
fn last_element(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped, mut end) = (0_usize, false, false, None);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end = Some(at + 1);
                }
            }
            _ => {}
        }
    }
    end
}

/// The end of the last whole document of those that `bytes` begin with; none of them contains a line break inside a string.
fn last_end(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut at, mut end) = (0_usize, false, 0, None);
    if bytes.first() != Some(&b'{') {
        return None;
    }
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' if in_string => break,
            b'\\' if in_string && bytes.get(at + 1) != Some(&b'\n') => at += 1,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end = Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    end
}

/// The first place behind a line break where a document begins.
fn next_start(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', bytes).map(|n| n + 1).find(|at| matches!(bytes.get(*at), Some(b'{' | b'[')))
}

#[cfg(test)]
mod tests;
