//! The requests of a block, decoded one by one. Border: what becomes of a request that cannot be decoded, and where the next one
//! begins after it; how a request is decoded is the decoders' business.

use std::borrow::Cow;
use std::io::Read;

use tracemill_model::lake::SetAside;

use crate::blocks::{Block, frames};
use crate::compress::ZSTD;
use crate::decode::json::{self, Cursor};
use crate::decode::{Scratch, proto};
use crate::detect::Framing;
use crate::rows::Rows;

/// Reasons of a source that are kept word for word; further ones are only counted.
pub const EXAMPLES: usize = 20;

/// Searches for the end of a pretty-printed document that may fail in one block: each costs a pass over the rest of it.
const MAX_FAILED_SEARCHES: usize = 32;

/// What became of a block.
#[derive(Debug, Default)]
pub struct Tally {
    /// Requests decoded.
    pub requests: u64,
    /// Requests, stretches of bytes and single records set aside.
    pub set_aside: u64,
    /// The first of them.
    pub examples: Vec<SetAside>,
}

impl Tally {
    fn aside(&mut self, position: impl FnOnce() -> String, reason: String) {
        self.set_aside += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(SetAside { position: position(), reason });
        }
    }
}

/// Decodes a block into rows.
pub fn decode(block: &Block, max_request: usize, rows: &mut Rows) -> Tally {
    let mut tally = Tally::default();
    match block.framing {
        Framing::Json => Documents::new(block).decode(rows, &mut tally),
        Framing::Frames => {
            for (n, (at, message)) in frames(&block.bytes).enumerate() {
                let position = || format!("frame {}, byte {}", block.number + n as u64, block.offset + at as u64);
                frame(message, max_request, rows, &mut tally, &position);
            }
        }
        Framing::Body => body(&block.bytes, rows, &mut tally, &|| "byte 0".to_owned()),
        Framing::Empty | Framing::Unknown => {}
    }
    tally
}

/// A frame: a protobuf message, or JSON, or either compressed by the exporter.
fn frame(message: &[u8], max_request: usize, rows: &mut Rows, tally: &mut Tally, position: &dyn Fn() -> String) {
    let mut content = Cow::Borrowed(message);
    if message.starts_with(&ZSTD) {
        let mut out = Vec::new();
        let read = zstd::stream::read::Decoder::with_buffer(message).and_then(|d| d.take(max_request as u64 + 1).read_to_end(&mut out));
        match read {
            Err(e) => return tally.aside(position, format!("damaged zstd frame: {e}")),
            Ok(n) if n > max_request => {
                return tally.aside(position, format!("a request of more than {max_request} bytes; raise --max-request to take it"));
            }
            Ok(_) => content = Cow::Owned(out),
        }
    }
    if content.trim_ascii_start().starts_with(b"{") && !proto::looks_like(&content, true) {
        let block = Block { bytes: content.into_owned(), offset: 0, number: 1, framing: Framing::Json, array: false };
        let mut inner = Tally::default();
        Documents::new(&block).decode(rows, &mut inner);
        tally.requests += inner.requests;
        tally.set_aside += inner.set_aside;
        for example in inner.examples.into_iter().take(EXAMPLES.saturating_sub(tally.examples.len())) {
            tally.examples.push(SetAside { position: format!("{}, in it {}", position(), example.position), reason: example.reason });
        }
    } else {
        body(&content, rows, tally, position);
    }
}

fn body(message: &[u8], rows: &mut Rows, tally: &mut Tally, position: &dyn Fn() -> String) {
    let mut aside = Vec::new();
    match proto::request(message, rows, &mut aside) {
        Ok(()) => tally.requests += 1,
        Err(error) => tally.aside(position, error.to_string()),
    }
    for error in aside {
        tally.aside(position, format!("one record: {error}"));
    }
}

/// The JSON documents of a block.
struct Documents<'b> {
    block: &'b Block,
    at: usize,
    line: u64,
    failed_searches: usize,
}

impl<'b> Documents<'b> {
    fn new(block: &'b Block) -> Documents<'b> {
        Documents { block, at: 0, line: block.number, failed_searches: 0 }
    }

    fn decode(mut self, rows: &mut Rows, tally: &mut Tally) {
        let bytes = &self.block.bytes;
        let mut scratch = Scratch::default();
        // one pass for the whole block; where it fails each document is looked at alone
        let all = simdutf8::basic::from_utf8(bytes).ok();
        while self.at < bytes.len() {
            let end = memchr::memchr(b'\n', &bytes[self.at..]).map_or(bytes.len(), |n| self.at + n);
            let (start, line) = (self.at, self.line);
            let content = bytes[start..end].trim_ascii();
            let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
            self.at = (end + 1).min(bytes.len());
            self.line += 1;
            if content.is_empty() {
                continue;
            }
            let outcome = text(all, bytes, start, end).and_then(|t| self.documents(t, &mut scratch, rows, tally, (start, line)));
            let Err(mut error) = outcome else { continue };
            // a document over several lines, if it ends before the next one begins
            let begins = start + error.document;
            if let Some(end) = error.ends_early.then(|| self.document_end(begins)).flatten() {
                let outcome = text(all, bytes, begins, end).and_then(|t| self.documents(t, &mut scratch, rows, tally, (begins, line)));
                self.move_to(begins, line, end);
                match outcome {
                    Ok(()) => continue,
                    Err(again) => error = again,
                }
            }
            let offset = self.block.offset + begins as u64;
            tally.aside(|| format!("line {line}, byte {offset}"), error.reason);
        }
    }

    fn move_to(&mut self, start: usize, line: u64, end: usize) {
        self.at = end;
        self.line = line + memchr::memchr_iter(b'\n', &self.block.bytes[start..end]).count() as u64;
    }

    /// Decodes all documents of a text: mostly one.
    fn documents<'t>(
        &self,
        text: &'t str,
        scratch: &mut Scratch<'t>,
        rows: &mut Rows,
        tally: &mut Tally,
        (start, line): (usize, u64),
    ) -> Result<(), Failure> {
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let text = &text[mark..];
        let mut cursor = Cursor::new(text);
        let mut aside = Vec::new();
        let position = || format!("line {line}, byte {}", self.block.offset + start as u64);
        loop {
            match cursor.peek() {
                None => break,
                // the elements of the stream's one array are taken one by one, because it may be larger than a block
                Some(b'[' | b',' | b']') if self.block.array => {
                    cursor = cursor.at(cursor.position() + 1);
                    continue;
                }
                Some(_) => {}
            }
            let begins = cursor.position();
            match json::document(&mut cursor, scratch, rows, &mut aside) {
                Ok(requests) => tally.requests += requests,
                Err(error) => {
                    let document = mark + begins;
                    return Err(Failure { reason: error.to_string(), ends_early: error.at >= text.len(), document });
                }
            }
            for error in aside.drain(..) {
                tally.aside(position, format!("one record: {error}"));
            }
        }
        Ok(())
    }

    /// The end of the document that begins at `start`, if it ends before a line begins with `{` or `[`.
    fn document_end(&mut self, start: usize) -> Option<usize> {
        if self.failed_searches >= MAX_FAILED_SEARCHES {
            return None;
        }
        let bytes = &self.block.bytes;
        let opens = if self.block.array { bytes[start..].iter().position(|b| *b == b'{')? } else { 0 };
        let (mut depth, mut in_string, mut at) = (0_usize, false, start + opens);
        while let Some(byte) = bytes.get(at) {
            match byte {
                // a line torn behind a backslash must not take the line break with it
                b'\\' if in_string && bytes.get(at + 1) != Some(&b'\n') => at += 1,
                b'"' => in_string = !in_string,
                b'\n' if in_string || matches!(bytes.get(at + 1), Some(b'{' | b'[')) => break,
                b'{' | b'[' if !in_string => depth += 1,
                b'}' | b']' if !in_string => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
            at += 1;
        }
        self.failed_searches += 1;
        None
    }
}

/// Why a document could not be decoded, and whether more text might help.
struct Failure {
    reason: String,
    ends_early: bool,
    /// Where the document begins, from the beginning of the stretch that was tried.
    document: usize,
}

fn text<'t>(all: Option<&'t str>, bytes: &'t [u8], start: usize, end: usize) -> Result<&'t str, Failure> {
    match all {
        Some(all) => Ok(&all[start..end]),
        None => simdutf8::compat::from_utf8(&bytes[start..end]).map_err(|e| Failure {
            reason: format!("invalid UTF-8 (at byte {} of the request)", e.valid_up_to()),
            ends_early: false,
            document: 0,
        }),
    }
}

#[cfg(test)]
mod tests;
