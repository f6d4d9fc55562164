//! The requests of a block, decoded one by one. Border: what becomes of a request that cannot be decoded, and where the next one
//! begins after it; how a request is decoded is the decoders' business.

mod foreign;
mod tally;

use std::borrow::Cow;
use std::io::Read;

use tracemill_model::lake::Kind;

use crate::blocks::{Block, frames};
use crate::compress::ZSTD;
use crate::decode::json::{self, Cursor};
use crate::decode::{Scratch, proto};
use crate::detect::Framing;
use crate::rows::Rows;
use tally::Spot;
pub use tally::{EXAMPLES, Forms, Tally};

/// Searches for the end of a pretty-printed document that may fail in one block: each costs a pass over the rest of it.
const MAX_FAILED_SEARCHES: usize = 32;

/// Decodes a block into rows.
pub fn decode(block: &Block, max_request: usize, rows: &mut Rows, tally: &mut Tally) {
    match block.framing {
        Framing::Json => Documents::new(block, None).decode(rows, tally),
        Framing::Frames => {
            for (n, (at, message)) in frames(&block.bytes).enumerate() {
                let place = Frame { block, number: block.number + n as u64, at, message };
                place.decode(max_request, rows, tally);
            }
        }
        Framing::Body => {
            body(proto::file, &block.bytes, &block.bytes, rows, tally, || Spot { kind: Kind::Body, position: "byte 0".to_owned(), offset: Some(0) })
        }
        Framing::Text(form) => foreign::stretch(block, form, rows, tally),
        Framing::Parquet => foreign::traces(block, rows, tally),
        Framing::Companion | Framing::Empty | Framing::Unknown => {}
    }
}

/// A frame: a protobuf message, or JSON, or either compressed by the exporter.
struct Frame<'b> {
    block: &'b Block,
    number: u64,
    /// Where the message begins in the block, behind its length.
    at: usize,
    message: &'b [u8],
}

impl Frame<'_> {
    fn position(&self) -> String {
        format!("frame {}, byte {}", self.number, self.block.offset + self.at as u64)
    }

    fn spot(&self) -> Spot {
        Spot { kind: Kind::Frame, position: self.position(), offset: Some(self.block.offset + self.at as u64 - 4) }
    }

    /// Its bytes, with its length.
    fn bytes(&self) -> &[u8] {
        &self.block.bytes[self.at - 4..self.at + self.message.len()]
    }

    fn decode(&self, max_request: usize, rows: &mut Rows, tally: &mut Tally) {
        let mut content = Cow::Borrowed(self.message);
        if self.message.starts_with(&ZSTD) {
            let mut out = Vec::new();
            let read = zstd::stream::read::Decoder::with_buffer(self.message).and_then(|d| d.take(max_request as u64 + 1).read_to_end(&mut out));
            match read {
                Err(e) => return tally.aside(self.spot(), format!("damaged zstd frame: {e}"), self.bytes()),
                Ok(n) if n > max_request => {
                    let reason = format!("a request of more than {max_request} bytes; raise --max-request to take it");
                    return tally.aside(self.spot(), reason, self.bytes());
                }
                Ok(_) => content = Cow::Owned(out),
            }
            tally.forms.frames_of_zstd += 1;
        }
        if content.trim_ascii_start().starts_with(b"{") && !proto::looks_like(&content, true) {
            tally.forms.frames_of_json += 1;
            let block = Block::of(Framing::Json, content.into_owned());
            Documents::new(&block, Some(self)).decode(rows, tally);
        } else {
            body(proto::request, &content, self.bytes(), rows, tally, || self.spot());
        }
    }
}

/// A protobuf message. `raw` is how it lies in the stream.
fn body(decode: proto::Decode, message: &[u8], raw: &[u8], rows: &mut Rows, tally: &mut Tally, spot: impl Fn() -> Spot) {
    let (mut aside, before) = (Vec::new(), rows.counts());
    match decode(message, rows, &mut aside) {
        Ok(()) => tally.requests += 1,
        Err(error) => tally.aside(spot(), error.to_string(), raw),
    }
    if !aside.is_empty() {
        tally.records_aside(spot(), &aside, rows.counts() - before, raw);
    }
}

/// The JSON documents of a block.
struct Documents<'b> {
    block: &'b Block,
    /// The frame that the block is the content of.
    frame: Option<&'b Frame<'b>>,
    at: usize,
    line: u64,
    failed_searches: usize,
}

/// A document that ends too early, with the lines behind it that may be its inside and are no requests themselves: it is set aside as one.
struct Torn {
    begins: usize,
    ends: usize,
    line: u64,
    reason: String,
}

impl<'b> Documents<'b> {
    fn new(block: &'b Block, frame: Option<&'b Frame<'b>>) -> Documents<'b> {
        Documents { block, frame, at: 0, line: block.number, failed_searches: 0 }
    }

    fn spot(&self, begins: usize, line: u64) -> Spot {
        let kind = if self.block.array { Kind::Elements } else { Kind::Document };
        let offset = self.block.offset + begins as u64;
        let position = format!("line {line}, byte {offset}");
        match self.frame {
            None => Spot { kind, position, offset: Some(offset) },
            // the frame may be compressed, so that its content lies nowhere as it is
            Some(frame) => Spot { kind, position: format!("{}, in it {position}", frame.position()), offset: None },
        }
    }

    fn decode(mut self, rows: &mut Rows, tally: &mut Tally) {
        let bytes = &self.block.bytes;
        let mut scratch = Scratch::default();
        let mut torn: Option<Torn> = None;
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
            if torn.is_some() && !continues(bytes[start]) {
                self.end_torn(&mut torn, tally);
            }
            let outcome = text(all, bytes, start, end).and_then(|t| self.documents(t, &mut scratch, rows, tally, (start, line)));
            let Err(mut error) = outcome else { continue };
            // a document over several lines, if it ends before the next one begins
            let (begins, mut ends) = (start + error.document, end);
            if let Some(end) = error.ends_early.then(|| self.document_end(begins)).flatten() {
                let outcome = text(all, bytes, begins, end).and_then(|t| self.documents(t, &mut scratch, rows, tally, (begins, line)));
                self.move_to(begins, line, end);
                match outcome {
                    Ok(()) => {
                        tally.forms.over_lines += 1;
                        continue;
                    }
                    Err(again) => (error, ends) = (again, end),
                }
            }
            match &mut torn {
                Some(torn) => torn.ends = ends,
                // a stream that was cut in front begins with the rest of a document
                None if error.ends_early || self.block.offset == 0 && begins == 0 && !matches!(content[0], b'{' | b'[') => {
                    torn = Some(Torn { begins, ends, line, reason: error.reason });
                }
                None => tally.aside(self.spot(begins, line), error.reason, &bytes[begins..ends]),
            }
        }
        self.end_torn(&mut torn, tally);
    }

    fn end_torn(&self, torn: &mut Option<Torn>, tally: &mut Tally) {
        if let Some(torn) = torn.take() {
            let waits = if self.block.tail { "; if the file is still being written, the next run goes on here" } else { "" };
            let reason = torn.reason + waits;
            tally.aside(self.spot(torn.begins, torn.line), reason, &self.block.bytes[torn.begins..torn.ends]);
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
            let (begins, before) = (cursor.position(), rows.counts());
            match json::document(&mut cursor, scratch, rows, &mut aside) {
                Ok(requests) => tally.requests += requests,
                Err(error) => {
                    let document = mark + begins;
                    let mut end = Cursor::new(text).at(begins);
                    let follows = |next| next == Some(b'{') || self.block.array && next == Some(b',');
                    if text[begins..].starts_with('{') && end.skip().is_ok() && follows(end.peek()) {
                        // a whole document that cannot be taken costs those behind it on its line nothing
                        let (begins, ends) = (start + document, start + mark + end.position());
                        tally.aside(self.spot(begins, line), error.to_string(), self.block.bytes[begins..ends].trim_ascii_end());
                        aside.clear();
                        cursor = end;
                        continue;
                    }
                    return Err(Failure { reason: error.to_string(), ends_early: error.at >= text.len(), document });
                }
            }
            if !aside.is_empty() {
                let (begins, ends) = (start + mark + begins, start + mark + cursor.position());
                tally.records_aside(self.spot(start, line), &aside, rows.counts() - before, &self.block.bytes[begins..ends]);
                aside.clear();
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

/// Whether a line that begins so can be the inside or the end of a pretty-printed document.
fn continues(first: u8) -> bool {
    matches!(first, b' ' | b'\t' | b'}' | b']' | b'"' | b',')
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
