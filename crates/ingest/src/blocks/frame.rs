//! Whether a stretch of bytes is a frame: told by the outermost structure of its message, which costs next to nothing. Border: pure functions over bytes
//! at hand; reading and cutting is the caller's business.

use crate::compress::ZSTD;
use crate::decode::proto::looks_like;
use crate::decode::proto::wire::{Message, Value};

/// Bytes of a frame's length.
pub const LENGTH: usize = 4;
/// The shortest message that is searched for: the shorter, the likelier it is chance.
const SHORTEST: usize = 6;

/// How much a search may look at messages that turn out to be none, in steps of 64 bytes, so that no rubbish takes long.
pub const SEARCH_STEPS: usize = 1 << 22;

/// What a search has found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// A frame begins here.
    At(usize),
    /// One may begin here, if there are so many bytes in all.
    Perhaps(usize, usize),
    /// None begins before the last bytes, of which there are too few to tell.
    Nowhere,
}

/// The length that a frame claims for its message.
pub fn length(bytes: &[u8]) -> Option<usize> {
    bytes.first_chunk::<LENGTH>().map(|l| u32::from_be_bytes(*l) as usize)
}

/// Whether these bytes can be the first of a frame.
pub fn can_begin(bytes: &[u8], max_request: usize) -> bool {
    let starts = |first: &u8| matches!(first, 0x0a | b'{') || *first == ZSTD[0] || first.is_ascii_whitespace();
    length(bytes).is_some_and(|length| (1..=max_request).contains(&length) && (bytes.get(LENGTH).is_none_or(starts)))
}

/// Whether a message ends where its own structure ends. One that is damaged inside need not.
pub fn is_whole(message: &[u8]) -> bool {
    message.is_empty() || end(message, &mut 0) == Some(message.len())
}

/// Whether what there is of a message does not end before these bytes do.
pub fn goes_on(begins: &[u8]) -> bool {
    end(begins, &mut 0).is_some_and(|end| end >= begins.len())
}

/// Where a message that begins so ends, by its outermost structure: behind these bytes, where not all of it is here; `None` where it is no message.
/// `steps` grow by what was looked at, about 64 bytes each.
fn end(bytes: &[u8], steps: &mut usize) -> Option<usize> {
    match bytes {
        [0x0a, ..] => messages_end(bytes, steps),
        [] => None,
        _ if bytes.starts_with(&ZSTD) || ZSTD.starts_with(bytes) => {
            *steps += 1 + bytes.len() / 1024;
            // the size of a frame is found only if all of it is here
            Some(zstd::zstd_safe::find_frame_compressed_size(bytes).unwrap_or(bytes.len() + 1))
        }
        _ => {
            let text = bytes.trim_ascii_start();
            text.starts_with(b"{").then_some(())?;
            // the length of the next frame has a zero byte, and JSON has none
            let end = memchr::memchr(0, text);
            *steps += 1 + end.unwrap_or(text.len()) / 64;
            let is_closed = text.trim_ascii_end().ends_with(b"}");
            Some(end.map_or(bytes.len() + usize::from(!is_closed), |end| bytes.len() - text.len() + end))
        }
    }
}

/// Where the last of the fields ends that follow each other here, which must be messages, as those of a request are.
fn messages_end(bytes: &[u8], steps: &mut usize) -> Option<usize> {
    let mut fields = Message::new(bytes);
    loop {
        *steps += 1;
        let begins = fields.position();
        match fields.field() {
            Ok(Some((1..=3, Value::Bytes(_)))) => {}
            Ok(None) => return Some(bytes.len()),
            // a field of which the end is not here
            Err(_) if matches!(bytes[begins], 0x0a | 0x12 | 0x1a) => {
                let varint = &bytes[begins + 1..];
                let size = varint.iter().take_while(|b| **b >= 0x80).count() + 1;
                let length = varint.iter().take(size.min(9)).rev().fold(0_usize, |n, b| n << 7 | usize::from(b & 0x7f));
                let end = begins.saturating_add(1 + size).saturating_add(length);
                return (size < 10).then_some(end.max(bytes.len() + 1));
            }
            _ => return None,
        }
    }
}

/// The first frame that begins at `from` or behind it. `budget` bounds what is looked at of
/// messages that turn out to be none.
pub fn next(bytes: &[u8], from: usize, max_request: usize, budget: &mut usize) -> Next {
    let Some(messages) = bytes.get(from + LENGTH..) else { return Next::Nowhere };
    for at in memchr::memchr3_iter(0x0a, b'{', ZSTD[0], messages).map(|n| from + n) {
        let Some(length) = length(&bytes[at..]).filter(|length| (SHORTEST..=max_request).contains(length)) else { continue };
        let end = at + LENGTH + length;
        let message = &bytes[at + LENGTH..end.min(bytes.len())];
        let mut steps = 0;
        let ends = self::end(message, &mut steps);
        *budget = budget.saturating_sub(steps);
        if *budget == 0 {
            return Next::Nowhere;
        }
        if end > bytes.len() && ends.is_some_and(|ends| ends >= message.len()) {
            return Next::Perhaps(at, end);
        }
        if end <= bytes.len() && ends == Some(length) && (message[0] != 0x0a || looks_like(message, true)) {
            return Next::At(at);
        }
    }
    Next::Nowhere
}

/// The first frame, others behind it, of a stream that does not begin with one.
pub fn first(bytes: &[u8]) -> Option<usize> {
    let (mut from, mut budget) = (1, SEARCH_STEPS);
    loop {
        match next(bytes, from, bytes.len(), &mut budget) {
            Next::At(at) if follow(bytes, at) => return Some(at),
            Next::At(at) | Next::Perhaps(at, _) => from = at + 1,
            Next::Nowhere => return None,
        }
    }
}

/// Whether frames follow each other from here: to the end, or two of them.
pub fn follow(bytes: &[u8], from: usize) -> bool {
    let (mut at, mut frames) = (from, 0);
    while frames < 2 && at < bytes.len() {
        let message = length(&bytes[at..]).and_then(|length| bytes.get(at + LENGTH..at + LENGTH + length));
        let Some(message) = message.filter(|message| !message.is_empty() && is_whole(message)) else { return false };
        at += LENGTH + message.len();
        frames += 1;
    }
    frames > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: [u8; 8] = [0x0a, 6, 0x12, 4, 0x12, 2, 0x12, 0];

    fn framed(message: &[u8]) -> Vec<u8> {
        [&(message.len() as u32).to_be_bytes()[..], message].concat()
    }

    #[test]
    fn a_message_is_whole_where_its_structure_ends() {
        let squeezed = zstd::encode_all(&[7; 5000][..], 1).unwrap();
        let two = [REQUEST, REQUEST].concat();
        for message in [&REQUEST[..], &two, &squeezed, b" {\"a\":1}\n", b""] {
            assert!(is_whole(message), "{message:?}");
            let (longer, shorter) = ([message, &framed(&REQUEST)].concat(), message.get(..message.len().saturating_sub(2)).unwrap_or_default());
            assert!(message.is_empty() || !is_whole(&longer) && !is_whole(shorter), "{message:?}");
            assert!(message.is_empty() || goes_on(shorter) && !goes_on(&longer), "{message:?}");
        }
        assert!(!is_whole(b"text") && !is_whole(&[0x0a, 6, 0x12]));
    }

    #[test]
    fn the_next_frame_is_found_in_any_rubbish() {
        let all = [b"\0\0\0\x09{\"torn\":", &framed(b"{\"a\":[0]}")[..], &[0; 9], &framed(&REQUEST), &[0x0a; 3]].concat();
        let first = 4 + 8;
        let second = first + 13 + 9;
        let mut budget = 1000;
        assert_eq!(next(&all, 1, 1 << 20, &mut budget), Next::At(first));
        assert_eq!(next(&all, first + 1, 1 << 20, &mut budget), Next::At(second));
        assert_eq!(next(&all, second + 1, 1 << 20, &mut budget), Next::Nowhere);
        assert_eq!(next(&all[..second + 8], first + 1, 1 << 20, &mut budget), Next::Perhaps(second, second + 12));
        assert_eq!(next(&all, 1, 1 << 20, &mut 0), Next::Nowhere);
        assert!(follow(&all, first) != follow(&all[..first + 13], first) && !follow(&all, second));
    }
}
