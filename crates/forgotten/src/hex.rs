//! What in bytes could be the id of a trace or of a span: 16 or 8 bytes, in hex, in base64 or as they are. Border: places and ids out; whether one was
//! forgotten is asked elsewhere.

use std::fmt::Write;
use std::ops::Range;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

/// An id, in lowercase hex, and where it stands.
pub struct Candidate {
    /// Where.
    pub place: Range<usize>,
    /// The id.
    pub id: String,
}

impl Candidate {
    /// Whether it has the length of a trace's id, and not a span's.
    pub fn is_trace(&self) -> bool {
        self.id.len() == TRACE
    }
}

/// Hex digits of a trace's id, and of a span's.
const TRACE: usize = 32;
const SPAN: usize = 16;

/// Those in hex and in base64, as texts have them.
pub fn in_text(bytes: &[u8]) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        // most of a text is neither hex nor padding
        if bytes[at] == b'=' {
            found.extend(base64_before(bytes, at));
            at += 1;
        } else if bytes[at].is_ascii_hexdigit() {
            let end = at + bytes[at..].iter().position(|b| !b.is_ascii_hexdigit()).unwrap_or(bytes.len() - at);
            if matches!(end - at, TRACE | SPAN) {
                found.push(Candidate { place: at..end, id: String::from_utf8_lossy(&bytes[at..end]).to_ascii_lowercase() });
            }
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

/// Those that stand as they are behind their length, as protobuf has them.
pub fn raw(bytes: &[u8]) -> impl Iterator<Item = Candidate> + '_ {
    let id = |place: Range<usize>| bytes.get(place.clone()).map(|id| Candidate { place, id: digits(id) });
    bytes.iter().enumerate().filter_map(move |(at, byte)| match byte {
        16 => id(at + 1..at + 17),
        8 => id(at + 1..at + 9),
        _ => None,
    })
}

/// The id whose first padding stands there.
fn base64_before(bytes: &[u8], at: usize) -> Option<Candidate> {
    let is_letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
    let (letters, padding) = if bytes.get(at + 1) == Some(&b'=') { (22, 2) } else { (11, 1) };
    let start = at.checked_sub(letters)?;
    let word = &bytes[start..at];
    if !word.iter().all(is_letter) || start.checked_sub(1).is_some_and(|before| is_letter(&bytes[before])) {
        return None;
    }
    let alphabet = if word.iter().any(|b| matches!(b, b'-' | b'_')) { &URL_SAFE } else { &STANDARD };
    let text = &bytes[start..at + padding];
    let id = GeneralPurpose::new(alphabet, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true)).decode(text).ok()?;
    Some(Candidate { place: start..at + padding, id: digits(&id) })
}

fn digits(id: &[u8]) -> String {
    id.iter().fold(String::with_capacity(2 * id.len()), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: [u8; 16] = [0x74, 0x43, 0xbd, 0x81, 0xef, 0xa1, 0x7a, 0x55, 0xd5, 0x27, 0xc6, 0x04, 0x5f, 0xf5, 0x15, 0xd6];

    #[test]
    fn ids_of_traces_and_spans_are_found_in_every_form() {
        let (trace, span) = (digits(&ID), digits(&ID[..8]));
        let ids = |text: &str| in_text(text.as_bytes()).into_iter().map(|c| (text[c.place].to_owned(), c.id)).collect::<Vec<_>>();
        let both = [(trace.clone(), trace.clone()), (span.clone(), span.clone())];
        assert_eq!(ids(&format!("00-{trace}-{span}-01")), both);
        assert_eq!(ids(&format!("/traces/v1-{}.json", trace.to_uppercase())), [(trace.to_uppercase(), trace.clone())]);
        assert_eq!(ids(&format!("{trace}0 {}", &trace[1..])), []);
        for (engine, expected) in [
            (GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new()), "dEO9ge+helXVJ8YEX/UV1g=="),
            (GeneralPurpose::new(&URL_SAFE, GeneralPurposeConfig::new()), "dEO9ge-helXVJ8YEX_UV1g=="),
        ] {
            let (of_trace, of_span) = (engine.encode(ID), engine.encode(&ID[..8]));
            assert_eq!(of_trace, expected);
            assert_eq!(
                ids(&format!("{{\"traceId\":\"{of_trace}\",\"spanId\":\"{of_span}\"}}")),
                [(of_trace, trace.clone()), (of_span, span.clone())]
            );
        }
        let framed = [&b"\x0a\x10"[..], &ID, b"\x12\x08", &ID[..8], b"\x10"].concat();
        assert_eq!(raw(&framed).map(|c| c.id).collect::<Vec<_>>(), [trace, span]);
    }
}
