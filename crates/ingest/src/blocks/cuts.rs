//! Where a stretch of bytes can be cut. Border: pure functions over bytes at hand; reading is the caller's business.

/// The messages of a block of frames, with their offsets.
pub fn frames(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(*bytes.get(at..)?.first_chunk::<4>()?) as usize;
        let message = bytes.get(at + 4..at + 4 + length)?;
        at += 4 + length;
        Some((at - length, message))
    })
}

/// The last place behind a line break where a document begins.
pub fn last_start(bytes: &[u8]) -> Option<usize> {
    memchr::memrchr_iter(b'\n', bytes).map(|n| n + 1).find(|at| matches!(bytes.get(*at), Some(b'{' | b'[')))
}

/// The end of the last whole element of a JSON array that begins before, or between two elements of, `bytes`.
pub fn last_element(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped, mut end) = (0_usize, false, false, None);
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end = Some(at + 1);
                }
            }
            _ => {}
        }
    }
    end
}

/// The end of the last whole document of those that `bytes` begin with; none of them contains a line break inside a string.
pub fn last_end(bytes: &[u8]) -> Option<usize> {
    let (mut depth, mut in_string, mut at, mut end) = (0_usize, false, 0, None);
    if bytes.first() != Some(&b'{') {
        return None;
    }
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' if in_string => break,
            b'\\' if in_string && bytes.get(at + 1) != Some(&b'\n') => at += 1,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    end = Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    end
}

/// The first place behind a line break where a document begins.
pub fn next_start(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', bytes).map(|n| n + 1).find(|at| matches!(bytes.get(*at), Some(b'{' | b'[')))
}

/// Whether a line of text begins as an entry of a log does that a tool has printed: an object with its labels or its line, a date and the
/// labels, or a date as Go's logger writes it.
pub fn begins_entry(line: &[u8]) -> bool {
    let dated = |pattern: &[u8]| {
        let fits = |(byte, wanted): (&u8, &u8)| if *wanted == b'0' { byte.is_ascii_digit() } else { byte == wanted };
        line.len() >= pattern.len() && line.iter().zip(pattern).all(fits)
    };
    let labels = || line.iter().position(|b| *b == b' ').is_some_and(|at| line.get(at + 1) == Some(&b'{'));
    let object = line.starts_with(b"{\"labels\":") || line.starts_with(b"{\"line\":");
    object || dated(b"0000/00/00 00:00:00 ") || (dated(b"0000-00-00T00:00:00") && labels())
}

/// Where the last document begins, if it may not be complete: the writer may be in the middle of its line, or of its lines.
pub fn unfinished(bytes: &[u8]) -> Option<usize> {
    let lines = bytes.strip_suffix(b"\n").map(|b| b.strip_suffix(b"\r").unwrap_or(b));
    if let Some(lines) = lines {
        let last = &lines[memchr::memrchr(b'\n', lines).map_or(0, |n| n + 1)..];
        let whole = matches!(last.first(), Some(b'{' | b'[')) && matches!(last.last(), Some(b'}' | b']'));
        if whole || matches!(last, b"}" | b"]") || last.trim_ascii().is_empty() {
            return None;
        }
    }
    if bytes.is_empty() { None } else { Some(last_start(bytes).unwrap_or(0)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_growing_file_is_found() {
        for (text, expected) in [
            ("", None),
            ("{}\n", None),
            ("{}\r\n{\"a\":[1]}\r\n", None),
            ("{\n  \"a\": 1\n}\n", None),
            ("{}\n\n", None),
            ("{}\n{\"a\":", Some(3)),
            ("{}\n{}", Some(3)),
            ("{}\n{\n  \"a\": {\n", Some(3)),
            ("{}\n{\n  \"a\": {\n  }\n", Some(3)),
            ("{\"a\":", Some(0)),
            ("half a line\n", Some(0)),
        ] {
            assert_eq!(unfinished(text.as_bytes()), expected, "{text:?}");
        }
    }
}
