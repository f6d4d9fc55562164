//! JSON documents one after another: on lines, over lines, in an array, and with damage between them. Border: where a document ends, and where the next
//! one begins behind one that cannot be decoded; how a document is decoded is the decoder's business.

use std::ops::Range;

use tracemill_model::lake::Kind;

use super::tally::{Spot, Tally};
use super::{Frame, behind};
use crate::blocks::Block;
use crate::decode::Scratch;
use crate::decode::json::{self, Cursor};
use crate::rows::Rows;

/// Searches for the end of a pretty-printed document that may fail in one block: each costs a pass over the rest of it.
const MAX_FAILED_SEARCHES: usize = 32;

/// The JSON documents of a block.
pub struct Documents<'b> {
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
    /// Those of a block, which may be the content of a frame.
    pub fn new(block: &'b Block, frame: Option<&'b Frame<'b>>) -> Documents<'b> {
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

    /// Decodes them into rows.
    pub fn decode(mut self, rows: &mut Rows, tally: &mut Tally) {
        let bytes = &self.block.bytes;
        let mut scratch = rows.take_scratch();
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
            let Err(mut error) = self.attempt(all, &mut scratch, rows, tally, (start..end, line)) else { continue };
            // a document over several lines, if it ends before the next one begins
            let (begins, mut ends) = (start + error.document, end);
            if let Some(end) = error.ends_early.then(|| self.document_end(begins)).flatten() {
                let outcome = self.attempt(all, &mut scratch, rows, tally, (begins..end, line));
                self.move_to(begins, line, end);
                match outcome {
                    Ok(()) => {
                        tally.forms.over_lines += 1;
                        continue;
                    }
                    Err(again) => (error, ends) = (again, end),
                }
            }
            // what is broken costs no request behind it
            let from = begins + error.whole.max(1);
            let like = behind::beginning(&bytes[start..ends]);
            if let Some(next) = bytes.get(from..ends).and_then(|rest| behind::request(rest, like, self.block.array)) {
                ends = from + next;
                self.move_to(begins, line, ends);
            }
            let ends = begins + bytes[begins..ends].trim_ascii_end().len();
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
        rows.keep_scratch(scratch);
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

    /// Decodes all documents of a stretch; of one that is no text, those before the byte that is none.
    fn attempt<'t>(
        &self,
        all: Option<&'t str>,
        scratch: &mut Scratch<'t>,
        rows: &mut Rows,
        tally: &mut Tally,
        (stretch, line): (Range<usize>, u64),
    ) -> Result<(), Failure>
    where
        'b: 't,
    {
        let start = stretch.start;
        if let Some(all) = all {
            return self.documents(&all[stretch], scratch, rows, tally, (start, line));
        }
        let bytes: &'b [u8] = &self.block.bytes[stretch];
        let Err(error) = simdutf8::compat::from_utf8(bytes) else {
            return self.documents(std::str::from_utf8(bytes).unwrap_or_default(), scratch, rows, tally, (start, line));
        };
        let at = error.valid_up_to();
        let before = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
        let reason = |document| format!("invalid UTF-8 (at byte {} of the request)", at - document);
        Err(match self.documents(before, scratch, rows, tally, (start, line)) {
            Ok(()) => Failure { reason: reason(at), ends_early: false, document: at, whole: 0 },
            Err(failure) if failure.ends_early => Failure { reason: reason(failure.document), ends_early: false, ..failure },
            Err(failure) => failure,
        })
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
                // an array without its beginning
                Some(b',') if cursor.at(cursor.position() + 1).peek() == Some(b'{') => {
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
                    let whole = if text[begins..].starts_with('{') && end.skip().is_ok() { end.position() - begins } else { 0 };
                    if whole > 0 && matches!(end.peek(), Some(b'{' | b',')) {
                        // a whole document that cannot be taken costs those behind it on its line nothing
                        let (begins, ends) = (start + document, start + mark + end.position());
                        tally.aside(self.spot(begins, line), error.to_string(), self.block.bytes[begins..ends].trim_ascii_end());
                        aside.clear();
                        cursor = end;
                        continue;
                    }
                    return Err(Failure { reason: error.to_string(), ends_early: error.at >= text.len(), document, whole });
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
    /// How long it is where it is whole and only cannot be taken; else 0.
    whole: usize,
}
