//! What a stream is, from its first bytes. Border: a pure function; the name of a file is never asked.

use crate::blocks::frame;
use crate::compress::ZSTD;
use crate::decode::proto;
use crate::decode::text::{self, Cut, Form};
use crate::requests::behind;

/// How requests follow each other in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// JSON documents one after another: a line each, pretty-printed, or the elements of an array.
    Json,
    /// Messages behind a four-byte big-endian length (Collector file exporter, `format: proto`, or its own zstd framing).
    Frames,
    /// One protobuf message.
    Body,
    /// Lines of text that are no JSON.
    Text(&'static Form),
    /// A Parquet file: a block of Tempo's.
    Parquet,
    /// A file that belongs to others and holds no records.
    Companion,
    /// Nothing but white space.
    Empty,
    /// None of these.
    Unknown,
}

impl Framing {
    /// The word for it in the ledger.
    pub fn name(self) -> &'static str {
        match self {
            Framing::Json => "otlp-json",
            Framing::Frames => "otlp-frames",
            Framing::Body => "otlp-protobuf",
            Framing::Text(form) => form.name,
            Framing::Parquet => "parquet",
            Framing::Companion => "companion",
            Framing::Empty => "empty",
            Framing::Unknown => "unknown",
        }
    }
}

/// Recognises a stream by its first bytes; `complete` says that there are no more.
pub fn detect(head: &[u8], complete: bool) -> Framing {
    // before JSON, because 0x0a is white space there; and a length that begins with 0x0a would be of 160 megabytes and more
    if head.starts_with(&[0x0a]) && proto::looks_like(head, complete) {
        // frames whose beginning is missing can begin so by chance
        return if frame::first(head).is_some() { Framing::Frames } else { Framing::Body };
    }
    if head.starts_with(b"PAR1") {
        return Framing::Parquet;
    }
    if let Some(form) = text::detect(head, complete) {
        return Framing::Text(form);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match text.iter().find(|b| !b.is_ascii_whitespace()) {
        None if complete => return Framing::Empty,
        // the rest of an entry can look like a document
        Some(b'{' | b'[') if is_document(text) && text_behind(head, complete, is_text).is_none() => return Framing::Json,
        _ => {}
    }
    if let Some((length, rest)) = head.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        let message = if rest.len() >= length { &rest[..length] } else { rest };
        let whole = rest.len() >= length;
        let telling = message.starts_with(&ZSTD) || message.starts_with(b"{") || proto::looks_like(message, whole);
        // a length that begins as text does would be of 150 megabytes and more
        let small = head[0] < b'\t';
        if length > 0 && telling && small && (whole || !complete || head[0] == 0) {
            return Framing::Frames;
        }
    }
    // a document that is damaged in its first bytes
    let printable = || head.iter().all(|b| *b >= b' ' || b.is_ascii_whitespace());
    if matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) && printable() && text_behind(head, complete, is_text).is_none() {
        return Framing::Json;
    }
    Framing::Unknown
}

/// Whether a text begins as JSON does.
fn is_document(text: &[u8]) -> bool {
    let next = |text: &[u8]| text.trim_ascii_start().split_first().map(|(first, rest)| (*first, rest.trim_ascii_start().first().copied()));
    match next(text) {
        Some((b'{', inner)) => matches!(inner, None | Some(b'"' | b'}')),
        Some((b'[', inner)) => matches!(inner, None | Some(b'{' | b'[' | b']' | b'"')),
        _ => false,
    }
}

/// Bytes of a text by which its form is recognised, and lines behind the first of which most must have it.
const TEXT: usize = 64 << 10;
const LINES: usize = 64;
/// Bytes by which a line is recognised.
const LINE: usize = 16 << 10;

/// Recognises a stream by what lies behind its beginning, which is damaged, or the rest of a request where a file was rotated or cut in front: the
/// framing, and for text the place of the first whole line.
pub fn detect_behind(head: &[u8], complete: bool) -> Option<(Framing, usize)> {
    if let Some(at) = frame::first(head) {
        return Some((Framing::Frames, at));
    }
    if let Some((form, at)) = text_behind(head, complete, |_| true) {
        return Some((Framing::Text(form), at));
    }
    let documents = memchr::memmem::find_iter(head, b"\n{").find(|at| head[at + 2..].trim_ascii_start().starts_with(b"\""));
    documents.map(|at| at + 1).or_else(|| behind::elements(head)).map(|at| (Framing::Json, at))
}

/// Whether a line begins with a time, or a set of labels, and so with nothing of a JSON document's.
fn is_text(line: &[u8]) -> bool {
    let label = |first: &u8| first.is_ascii_alphabetic() || *first == b'_';
    line[0].is_ascii_digit() || line[0] == b'{' && line.get(1).is_some_and(label)
}

/// The form of most of the lines behind the first, of those that begin so, and where one of them begins. Lines of JSON can be parts of others.
fn text_behind(head: &[u8], complete: bool, wanted: impl Fn(&[u8]) -> bool) -> Option<(&'static Form, usize)> {
    let (text, complete) = (&head[..head.len().min(TEXT)], complete && head.len() <= TEXT);
    let lines = memchr::memchr_iter(b'\n', text).map(|at| at + 1);
    let lines = lines.filter(|at| text.get(*at).is_some_and(|first| !matches!(first, b'\n' | b'\r')) && wanted(&text[*at..]));
    let form = |at: usize| {
        let line = &text[at..text.len().min(at + LINE)];
        text::detect(line, complete && line.len() < LINE).filter(|form| form.cut != Cut::Nowhere)
    };
    let forms: Vec<(usize, Option<&'static Form>)> = lines.take(LINES).map(|at| (at, form(at))).collect();
    // prose can have single lines of any form
    let (at, form) = forms.iter().find_map(|(at, form)| form.map(|form| (*at, form)))?;
    let same = forms.iter().filter(|(_, other)| *other == Some(form)).count();
    let others = forms.iter().filter(|(at, other)| *other != Some(form) && text[*at] != b'{').count();
    // an entry can have lines below it
    let each = if form.cut == Cut::Lines { 1 } else { 4 };
    (same * each > others).then_some((form, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_recognised_by_content() {
        let body = [0x0a, 4, 0x12, 2, 0x12, 0];
        let frame = [&[0, 0, 0, 6][..], &body].concat();
        for (head, expected) in [
            (&b""[..], Framing::Empty),
            (b" \r\n", Framing::Empty),
            (b"\xef\xbb\xbf{\"resourceSpans\":[]}", Framing::Json),
            (b"\n[{}]", Framing::Json),
            (b"hello", Framing::Unknown),
            (b"<html>", Framing::Unknown),
            (b"s\":[{\"resource\":{}}]}", Framing::Unknown),
            (b"{r\x83\x02binary", Framing::Unknown),
            (b"{resource\":[", Framing::Json),
            (b"\x89PNG\r\n\x1a\n0000", Framing::Unknown),
            (&body, Framing::Body),
            (&frame, Framing::Frames),
            (b"\0\0\0\x09\x28\xb5\x2f\xfdxxxxx", Framing::Frames),
        ] {
            assert_eq!(detect(head, true), expected, "{head:?}");
        }
    }

    #[test]
    fn a_frame_longer_than_the_file_is_still_a_frame() {
        assert_eq!(detect(&[0, 0, 16, 0, 0x0a, 4, 0x12, 2, 0x12, 0], true), Framing::Frames);
    }
}
