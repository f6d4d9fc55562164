//! What no reader of these files can go below, as commands of this program: to skip the JSON of each line, and to walk the wire format
//! of each message down to the values of attributes, without keeping anything.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

use serde::de::IgnoredAny;

/// `floor jsonl|pb FILE…`
pub fn run(words: &[String]) -> io::Result<()> {
    let [format, files @ ..] = words else { return Err(io::Error::other("floor jsonl|pb FILE…")) };
    let mut seen = 0;
    for file in files {
        let reader = BufReader::with_capacity(1 << 20, File::open(file)?);
        seen += if format == "jsonl" { skip_json(reader)? } else { walk_frames(reader, file)? };
    }
    if std::hint::black_box(seen) == 0 { Err(io::Error::other("nothing in the files")) } else { Ok(()) }
}

fn skip_json(mut reader: impl BufRead) -> io::Result<u64> {
    let (mut line, mut lines) = (Vec::new(), 0);
    while reader.read_until(b'\n', &mut line)? > 0 {
        let IgnoredAny = serde_json::from_slice(&line)?;
        line.clear();
        lines += 1;
    }
    Ok(lines)
}

fn walk_frames(mut reader: impl BufRead, file: &str) -> io::Result<u64> {
    let request = if file.contains("traces") {
        Level::Request(9)
    } else if file.contains("logs") {
        Level::Request(6)
    } else {
        Level::Request(0)
    };
    let (mut message, mut sum) = (Vec::new(), 0);
    while !reader.fill_buf()?.is_empty() {
        let mut length = [0; 4];
        reader.read_exact(&mut length)?;
        message.resize(u32::from_be_bytes(length) as usize, 0);
        reader.read_exact(&mut message)?;
        sum += walk(&message, request).ok_or_else(|| io::Error::other("not the wire format"))?;
    }
    Ok(sum)
}

/// Where in a request a message stands. Numbers are those of the field with attributes; of metrics it depends on the kind.
#[derive(Clone, Copy)]
enum Level {
    Request(u64),
    Resource(u64),
    Scope(u64),
    Record(u64),
    Metric,
    Points(u64),
    Attribute,
    Value,
}

impl Level {
    /// What a field holds, if that is to be walked too: opentelemetry/proto, `*_service.proto`, `trace.proto`, `logs.proto`, `metrics.proto`.
    fn below(self, field: u64) -> Option<Level> {
        match (self, field) {
            (Level::Request(attributes), 1) => Some(Level::Resource(attributes)),
            (Level::Resource(attributes), 2) => Some(Level::Scope(attributes)),
            (Level::Scope(0), 2) => Some(Level::Metric),
            (Level::Scope(attributes), 2) => Some(Level::Record(attributes)),
            // gauges and sums; histograms
            (Level::Metric, 5 | 7) => Some(Level::Points(7)),
            (Level::Metric, 9) => Some(Level::Points(9)),
            (Level::Points(attributes), 1) => Some(Level::Record(attributes)),
            (Level::Record(attributes), f) if f == attributes => Some(Level::Attribute),
            (Level::Attribute, 2) => Some(Level::Value),
            _ => None,
        }
    }
}

fn walk(mut bytes: &[u8], level: Level) -> Option<u64> {
    let mut sum = 0_u64;
    while !bytes.is_empty() {
        let tag = varint(&mut bytes)?;
        match tag & 7 {
            0 => sum = sum.wrapping_add(varint(&mut bytes)?),
            1 => sum = sum.wrapping_add(u64::from_le_bytes(take(&mut bytes, 8)?.try_into().ok()?)),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let inner = take(&mut bytes, length)?;
                sum = sum.wrapping_add(match level.below(tag >> 3) {
                    Some(below) => walk(inner, below)?,
                    None => length as u64,
                });
            }
            5 => sum = sum.wrapping_add(u64::from(u32::from_le_bytes(take(&mut bytes, 4)?.try_into().ok()?))),
            _ => return None,
        }
    }
    Some(sum)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 127) << shift;
        if *first < 128 {
            return Some(value);
        }
    }
    None
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}
