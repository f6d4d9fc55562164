//! A stream cut into blocks of whole requests, so that several workers can decode one file. Border: where a request may end;
//! what is in it is the decoders' business.
//!
//! A JSON stream is cut where a line that begins with `{` or `[` follows: both a request a line and pretty-printed documents begin
//! so. Frames are cut by their lengths. A block is a few megabytes, or one request where that is larger.

mod beginning;
mod cuts;
pub mod frame;
mod framed;
mod json;
mod lines;
mod parquet;

use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use tracemill_model::lake::{Kind, SetAside};

use crate::compress::Decompressed;
use crate::decode::tempo::block;
use crate::decode::text::Cut;
use crate::detect::Framing;
use crate::keep::{self, Keep, Piece};
use crate::refusal;
pub use cuts::frames;

/// Bytes of a block, unless one request is larger.
const BLOCK: usize = 1 << 20;

/// Room behind what a block takes, so that the end of a stream is noticed without growing.
const FILL: usize = 64;

/// Bytes at the beginning of a stream by which it is recognised.
const HEAD: usize = 64 << 10;

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
    /// The first bytes of a stream of text.
    pub head: Arc<[u8]>,
    /// Whether it is the end of a file that may still grow, and will be read again then.
    pub tail: bool,
    /// Some traces of a Parquet file, in place of bytes.
    pub traces: Option<block::Batch>,
}

impl Block {
    /// A block of so many bytes and nothing else.
    pub fn of(framing: Framing, bytes: Vec<u8>) -> Block {
        Block { bytes, offset: 0, number: 1, framing, array: false, head: Arc::default(), tail: false, traces: None }
    }
}

/// A stream on its way to blocks.
pub struct Blocks {
    reader: Box<dyn BufRead + Send>,
    original: Option<Box<dyn Read + Send>>,
    /// The first damage to a stream that has no file: where, and what.
    fault: Option<(String, String)>,
    compression: String,
    /// How requests follow each other.
    pub framing: Framing,
    max_request: usize,
    rest: Vec<u8>,
    offset: u64,
    number: u64,
    /// Whether the stream is one JSON array.
    pub array: bool,
    head: Arc<[u8]>,
    traces: Option<block::Reader>,
    /// Where the end begins that may not be complete yet, with the number of its line or frame.
    tail: Option<(u64, u64)>,
    /// Up to where no frame begins behind the place at hand, as far as was searched.
    barren: u64,
    /// The request at hand, which is too large: what follows goes into the quarantine, up to where the next may begin.
    skipping: Option<Piece>,
    ended: bool,
    /// What could not be read, since it was last asked for.
    pub set_aside: Vec<SetAside>,
}

impl Blocks {
    /// Looks at the beginning of a stream. What is no stream of requests is set aside, and gives no block.
    pub fn new(stream: Decompressed, path: Option<&Path>, max_request: usize, keep: &mut dyn Keep) -> Blocks {
        let mut blocks = Blocks::of(stream.reader, Framing::Empty, false, max_request);
        (blocks.compression, blocks.original) = (stream.compression, stream.original);
        if path.is_some_and(block::is_companion) {
            (blocks.framing, blocks.ended) = (Framing::Companion, true);
            return blocks;
        }
        stream.faults.iter().for_each(|fault| blocks.damaged(fault, 0, keep));
        let head = blocks.recognise(path, keep);
        blocks.array = blocks.rest.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
        if blocks.framing == Framing::Unknown {
            blocks.whole(&refusal::reason(&blocks.rest, blocks.ended, path), keep);
        } else if blocks.framing == Framing::Empty && blocks.set_aside.is_empty() {
            blocks.whole("empty", keep);
        } else if let Framing::Text(_) = blocks.framing {
            blocks.head = blocks.rest[head..blocks.rest.len().min(head + HEAD)].into();
        } else if blocks.framing == Framing::Parquet {
            blocks.open_parquet(path, keep);
        }
        blocks
    }

    /// A stream whose framing is known.
    pub fn of(reader: Box<dyn BufRead + Send>, framing: Framing, array: bool, max_request: usize) -> Blocks {
        Blocks {
            reader,
            original: None,
            fault: None,
            compression: String::new(),
            framing,
            max_request,
            rest: Vec::new(),
            offset: 0,
            number: 1,
            array,
            head: Arc::default(),
            traces: None,
            tail: None,
            barren: 0,
            skipping: None,
            ended: false,
            set_aside: Vec::new(),
        }
    }

    /// Sets all of the stream aside.
    fn whole(&mut self, reason: &str, keep: &mut dyn Keep) {
        let position = format!("byte {}", self.offset);
        keep.whole(position.clone(), reason, &mut self.rest.as_slice().chain(&mut self.reader));
        self.set_aside.push(SetAside { position, reason: reason.to_owned() });
        self.rest.clear();
        self.ended = true;
    }

    /// Format and compression, as the ledger shows them: `otlp-json+gzip`.
    pub fn format(&self) -> String {
        if self.compression.is_empty() { self.framing.name().to_owned() } else { format!("{}+{}", self.framing.name(), self.compression) }
    }

    /// Compressions that were taken off, outermost first; empty where there was none.
    pub fn compression(&self) -> &str {
        &self.compression
    }

    /// Notes that what begins here is set aside; its bytes are the caller's to keep.
    fn aside(&mut self, reason: String) -> Piece {
        let (kind, position) = match self.framing {
            Framing::Frames => (Kind::Frame, format!("frame {}, byte {}", self.number, self.offset)),
            Framing::Text(_) => (Kind::Stream, format!("line {}, byte {}", self.number, self.offset)),
            Framing::Body => (Kind::Body, format!("byte {}", self.offset)),
            _ => (if self.array { Kind::Elements } else { Kind::Document }, format!("line {}, byte {}", self.number, self.offset)),
        };
        self.set_aside.push(SetAside { position: position.clone(), reason: reason.clone() });
        Piece { kind, position, offset: Some(self.offset), count: 1, reason, taken: None }
    }

    fn too_large(&mut self) -> Piece {
        let limit = self.max_request;
        self.aside(format!("a request of more than {limit} bytes; raise --max-request to take it"))
    }

    /// Reads until `rest` holds so many bytes or the stream ends. What is compressed goes on behind damage.
    fn fill(&mut self, bytes: usize, keep: &mut dyn Keep) {
        while !self.ended && self.rest.len() < bytes {
            match self.reader.fill_buf() {
                Ok([]) => self.ended = true,
                Ok(read) => {
                    let taken = read.len().min(bytes - self.rest.len());
                    self.rest.extend_from_slice(&read[..taken]);
                    self.reader.consume(taken);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => self.damaged(&e, self.offset + self.rest.len() as u64, keep),
            }
        }
    }

    fn damaged(&mut self, error: &io::Error, at: u64, keep: &mut dyn Keep) {
        let (what, then) = match self.compression.as_str() {
            "" => ("unreadable".to_owned(), "what came before it was taken"),
            compression => (format!("damaged {compression}"), "what came before it was taken, and what can be read behind it"),
        };
        self.ended = self.compression.is_empty();
        let (position, reason) = (format!("byte {at} of the content"), format!("{what}: {error}; {then}"));
        if self.original.is_none() {
            keep.whole(position.clone(), &reason, &mut io::empty());
        } else {
            // the stream is still being read
            let _ = self.fault.get_or_insert((position.clone(), reason.clone()));
        }
        self.set_aside.push(SetAside { position, reason });
    }

    /// Keeps all of a damaged stream that has no file, now that it has ended.
    fn keep_original(&mut self, keep: &mut dyn Keep) {
        if let (Some(original), Some((position, reason))) = (&mut self.original, self.fault.take()) {
            keep.whole(position, &reason, original);
        }
    }

    /// The next block; `None` at the end.
    pub fn next_block(&mut self, keep: &mut dyn Keep) -> Option<Block> {
        let block = self.cut_block(keep);
        if block.is_none() {
            self.keep_original(keep);
        }
        block
    }

    fn cut_block(&mut self, keep: &mut dyn Keep) -> Option<Block> {
        loop {
            let cut = match self.framing {
                Framing::Json => self.cut_json(keep)?,
                Framing::Frames => self.cut_frames(keep)?,
                Framing::Body => self.cut_body(keep)?,
                Framing::Text(form) if form.cut != Cut::Nowhere => self.cut_lines(form.cut, keep)?,
                Framing::Text(_) => self.cut_body(keep)?,
                Framing::Parquet => return self.next_traces(keep),
                Framing::Companion | Framing::Empty | Framing::Unknown => return None,
            };
            // room for the next block at once: grown step by step it would be copied as often
            let mut rest = Vec::with_capacity(if self.ended { 0 } else { (self.rest.len() - cut).max(BLOCK) + FILL });
            rest.extend_from_slice(&self.rest[cut..]);
            self.rest.truncate(cut);
            let bytes = std::mem::replace(&mut self.rest, rest);
            let (head, traces) = (self.head.clone(), None);
            let tail = self.tail.is_some_and(|(at, _)| at <= self.offset);
            let block = Block { offset: self.offset, number: self.number, framing: self.framing, array: self.array, bytes, head, tail, traces };
            self.offset += cut as u64;
            if matches!(self.framing, Framing::Json | Framing::Text(_)) {
                self.number += memchr::memchr_iter(b'\n', &block.bytes).count() as u64;
            } else if self.framing == Framing::Frames {
                self.number += frames(&block.bytes).count() as u64;
            }
            let Some(piece) = self.skipping.take() else { return Some(block) };
            keep.write(block.bytes.trim_ascii_end());
            keep.end(piece);
        }
    }

    /// How far the stream was read, now that it has ended: the place where a later run can go on, and the number of its line or frame.
    /// `None` where it must be read from its beginning.
    pub fn reached(&self) -> Option<(u64, u64)> {
        let resumable = match self.framing {
            Framing::Json => !self.array,
            Framing::Frames => true,
            _ => false,
        };
        (resumable && self.compression.is_empty()).then(|| self.tail.unwrap_or((self.offset, self.number)))
    }

    /// Goes on at a place reached before, in a stream that begins there.
    pub fn resume(reader: Box<dyn BufRead + Send>, framing: Framing, (offset, number): (u64, u64), max_request: usize) -> Blocks {
        Blocks { offset, number, ..Blocks::of(reader, framing, false, max_request) }
    }

    fn drop_front(&mut self, bytes: usize) {
        self.number += memchr::memchr_iter(b'\n', &self.rest[..bytes]).count() as u64;
        self.rest.drain(..bytes);
        self.offset += bytes as u64;
    }

    fn cut_body(&mut self, keep: &mut dyn Keep) -> Option<usize> {
        self.fill(self.max_request + 1, keep);
        if self.rest.is_empty() {
            return None;
        }
        if self.rest.len() > self.max_request {
            keep.write(&self.rest);
            let (copied, error) = keep::copy(&mut self.reader, keep);
            let piece = self.too_large();
            keep.end(piece);
            if let Some(error) = error {
                self.damaged(&error, self.rest.len() as u64 + copied, keep);
            }
            self.rest.clear();
            self.ended = true;
            return None;
        }
        Some(self.rest.len())
    }

    /// Sets aside what is left.
    fn rest_aside(&mut self, reason: String, keep: &mut dyn Keep) {
        self.tail = Some((self.offset, self.number));
        let piece = self.aside(reason);
        keep.write(&self.rest);
        keep.end(piece);
        self.rest.clear();
    }
}

#[cfg(test)]
mod tests;
