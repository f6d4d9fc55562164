//! Where the requests of a file lie, found without the program's help: by brackets, lengths and line breaks in files that are as they should be.

use std::io::Read;
use std::ops::Range;

/// How requests follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON documents, each of which begins a line and ends one.
    Documents,
    /// Elements of one JSON array, with commas between them.
    Elements,
    /// Messages behind their lengths.
    Frames,
    /// Lines of text, each of which stands for itself.
    Lines,
    /// Lines of text that begin with a time, each with the lines below that do not.
    Entries,
    /// All of the file is one request, or they depend on each other.
    One,
}

/// The places of the requests in a file's content, of which the ledger says `format`.
pub fn split(content: &[u8], format: &str) -> (Form, Vec<Range<usize>>) {
    let first = content.iter().find(|b| !b.is_ascii_whitespace());
    match format.split('+').next().unwrap_or_default() {
        "otlp-json" if first == Some(&b'[') => (Form::Elements, objects(content, 1)),
        "otlp-json" => (Form::Documents, objects(content, 0)),
        "otlp-frames" => (Form::Frames, frames(content)),
        "prometheus-dump" => (Form::Lines, lines(content).filter(|line| !content[line.clone()].trim_ascii().is_empty()).collect()),
        "logcli-text" => (Form::Entries, entries(content)),
        _ => (Form::One, std::iter::once(0..content.len()).collect()),
    }
}

/// The objects of JSON at a depth.
fn objects(content: &[u8], wanted: usize) -> Vec<Range<usize>> {
    let (mut depth, mut in_string, mut escaped, mut begins, mut out) = (0_usize, false, false, 0, Vec::new());
    for (at, byte) in content.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                if depth == wanted {
                    begins = at;
                }
                depth += 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == wanted {
                    out.push(begins..at + 1);
                }
            }
            _ => {}
        }
    }
    out
}

fn frames(content: &[u8]) -> Vec<Range<usize>> {
    let (mut at, mut out) = (0, Vec::new());
    while let Some(length) = content.get(at..).and_then(|rest| rest.first_chunk::<4>()) {
        let end = at + 4 + u32::from_be_bytes(*length) as usize;
        if end > content.len() {
            break;
        }
        out.push(at..end);
        at = end;
    }
    out
}

fn lines(content: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    content.split_inclusive(|b| *b == b'\n').map(move |line| {
        at += line.len();
        at - line.len()..at - line.len() + line.trim_ascii_end().len()
    })
}

fn entries(content: &[u8]) -> Vec<Range<usize>> {
    let begins = |line: &Range<usize>| content[line.clone()].get(..11).is_some_and(|l| l[..4].iter().all(u8::is_ascii_digit) && l[10] == b'T');
    let mut starts: Vec<usize> = lines(content).filter(begins).map(|line| line.start).collect();
    starts.push(content.len());
    starts.windows(2).map(|w| w[0]..w[1]).collect()
}

/// A compressed file.
pub struct Members {
    /// Its members (gzip) or frames (zstd), and what is in them: where both lie.
    pub members: Vec<(Range<usize>, Range<usize>)>,
    /// What is in all of them.
    pub content: Vec<u8>,
}

/// A file's members, where it is compressed.
pub fn members(file: &[u8]) -> Option<Members> {
    let mut all = Members { members: Vec::new(), content: Vec::new() };
    let mut at = 0;
    while at < file.len() {
        let (content, left) = member(&file[at..])?;
        let (end, begins) = (file.len() - left?, all.content.len());
        all.content.extend(content);
        all.members.push((at..end, begins..all.content.len()));
        at = end;
    }
    (!all.members.is_empty()).then_some(all)
}

/// What can be decompressed of a member, and the number of bytes behind it where it ends as it should; `None` where none begins.
pub fn member(bytes: &[u8]) -> Option<(Vec<u8>, Option<usize>)> {
    let mut content = Vec::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut decoder = flate2::bufread::GzDecoder::new(bytes);
        let whole = read_all(&mut decoder, &mut content);
        return Some((content, whole.then(|| decoder.into_inner().len())));
    }
    if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
        let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes).ok()?.single_frame();
        let whole = read_all(&mut decoder, &mut content);
        return Some((content, whole.then(|| decoder.finish().len())));
    }
    None
}

/// Reads in small steps, because what a step had read before an error in it is lost.
fn read_all(from: &mut dyn Read, out: &mut Vec<u8>) -> bool {
    let mut step = [0; 64];
    loop {
        match from.read(&mut step) {
            Ok(0) => return true,
            Ok(n) => out.extend_from_slice(&step[..n]),
            Err(_) => return false,
        }
    }
}
