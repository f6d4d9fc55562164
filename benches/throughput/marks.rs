//! Where ids and times stand in the JSON of a request, so that a copy of it can have others of the same length.
//!
//! Ids: the hex digits of `traceId`, `spanId` and `parentSpanId`; of whatever has the form of a UUID; of those behind a `_`, as in `call_…`
//! and `resp_…`. The same id becomes the same other id wherever it stands. Times: those in nanoseconds, and `event.timestamp`.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use crate::records::Random;

const IDS: [(&[u8], usize); 3] = [(b"\"traceId\":\"", 32), (b"\"spanId\":\"", 16), (b"\"parentSpanId\":\"", 16)];
/// Digits behind a `_`, or the first of more.
const NAMED: usize = 20;
const NANOS: &[u8] = b"UnixNano\":\"";
const STAMP: &[u8] = b"\"event.timestamp\",\"value\":{\"stringValue\":\"";
const NANO_DIGITS: usize = 19;
/// Bytes of `2026-11-22T17:40:36.233Z`.
const STAMP_BYTES: usize = 24;
/// Lengths of the groups of a UUID.
const UUID: [usize; 5] = [8, 4, 4, 4, 12];

/// One of many copies.
#[derive(Clone, Copy)]
pub struct Repetition {
    /// Changes the hex digits.
    mask: u64,
    shift: SignedDuration,
}

impl Repetition {
    pub fn new(number: u32, shift: SignedDuration) -> Repetition {
        Repetition { mask: Random(u64::from(number) + 1).next(), shift }
    }
}

/// The places in a request.
#[derive(Default)]
pub struct Marks {
    ids: Vec<Range<usize>>,
    nanos: Vec<Range<usize>>,
    stamps: Vec<Range<usize>>,
}

impl Marks {
    pub fn of(line: &[u8]) -> Marks {
        let mut marks = Marks::default();
        let mut at = 0;
        while let Some(rest) = line.get(at..).filter(|r| !r.is_empty()) {
            at = marks.take(rest, at).unwrap_or(at + 1);
        }
        marks
    }

    /// Notes what begins here; returns where it ends.
    fn take(&mut self, rest: &[u8], at: usize) -> Option<usize> {
        let after = |key: &[u8], length: usize| {
            let place = at + key.len()..at + key.len() + length;
            (rest.starts_with(key) && rest.len() >= key.len() + length).then_some(place)
        };
        let is = |place: &Range<usize>, digit: fn(&u8) -> bool| rest.get(place.start - at..place.end - at).is_some_and(|d| d.iter().all(digit));
        let id = match rest.first()? {
            b'"' => IDS.iter().find_map(|(key, length)| after(key, *length)).filter(|p| is(p, is_hex)),
            b'_' => after(b"_", NAMED).filter(|p| is(p, is_hex)),
            _ => uuid_end(rest).map(|length| at + length - UUID[4]..at + length),
        };
        let nanos = || after(NANOS, NANO_DIGITS).filter(|p| is(p, u8::is_ascii_digit));
        if let Some(place) = id {
            self.ids.push(place);
            self.ids.last().map(|p| p.end)
        } else if let Some(place) = nanos() {
            self.nanos.push(place);
            self.nanos.last().map(|p| p.end)
        } else {
            self.stamps.push(after(STAMP, STAMP_BYTES)?);
            self.stamps.last().map(|p| p.end)
        }
    }

    /// The request with other ids and later times.
    pub fn renewed(&self, line: &[u8], repetition: Repetition) -> Vec<u8> {
        let mut text = line.to_vec();
        for place in &self.ids {
            text[place.clone()].iter_mut().enumerate().for_each(|(i, digit)| {
                let number = char::from(*digit).to_digit(16).unwrap_or(0) ^ ((repetition.mask >> (4 * (i % 16))) & 15) as u32;
                *digit = char::from_digit(number, 16).map_or(b'0', |d| d as u8);
            });
        }
        for place in &self.nanos {
            let time = text[place.clone()].iter().fold(0_i128, |n, digit| n * 10 + i128::from(digit - b'0')) + repetition.shift.as_nanos();
            replace(&mut text[place.clone()], &time.to_string());
        }
        for place in &self.stamps {
            let time = std::str::from_utf8(&text[place.clone()]).ok().and_then(|s| s.parse::<Timestamp>().ok());
            if let Some(time) = time.and_then(|t| t.checked_add(repetition.shift).ok()) {
                replace(&mut text[place.clone()], &format!("{time:.3}"));
            }
        }
        text
    }
}

/// Lengths are kept: what does not fit stays.
fn replace(place: &mut [u8], text: &str) {
    if place.len() == text.len() {
        place.copy_from_slice(text.as_bytes());
    }
}

fn is_hex(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Length of the UUID that begins here.
fn uuid_end(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for (number, length) in UUID.into_iter().enumerate() {
        if number > 0 {
            text.get(at).filter(|b| **b == b'-')?;
            at += 1;
        }
        text.get(at..at + length).filter(|digits| digits.iter().all(is_hex))?;
        at += length;
    }
    Some(at)
}
