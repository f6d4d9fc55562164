//! The pairs of an object of attributes as the raw tables write it: no space between tokens, no escape in a key. Border: keys and the JSON of their
//! values, found by their ends alone; whatever is written in another way, or is damaged, is left to the reader that looks at everything.

use tracemill_secrets::quote;

/// Goes through the pairs.
pub struct Pairs<'a> {
    json: &'a str,
    at: usize,
}

/// It is not written as the raw tables write it, or goes on behind its end.
#[derive(Debug, PartialEq, Eq)]
pub struct Unusual;

impl<'a> Pairs<'a> {
    /// Of an object.
    pub fn new(json: &'a str) -> Pairs<'a> {
        Pairs { json, at: 0 }
    }

    /// The next key and its value; nothing behind the last.
    pub fn next(&mut self) -> Result<Option<(&'a str, &'a str)>, Unusual> {
        let bytes = self.json.as_bytes();
        match (self.at, bytes.get(self.at).ok_or(Unusual)?) {
            (0, b'{') if bytes.get(1) == Some(&b'}') => return self.end(1),
            (0, b'{') => {}
            (1.., b',') => {}
            (1.., b'}') => return self.end(self.at),
            _ => return Err(Unusual),
        }
        let key = self.at + 2;
        if bytes.get(key - 1) != Some(&b'"') {
            return Err(Unusual);
        }
        let end = quote(bytes, key).ok_or(Unusual)?;
        let value = end + 2;
        if bytes[end] == b'\\' || bytes.get(end + 1) != Some(&b':') {
            return Err(Unusual);
        }
        self.at = self.behind(value)?;
        Ok(Some((&self.json[key..end], &self.json[value..self.at])))
    }

    fn end(&self, at: usize) -> Result<Option<(&'a str, &'a str)>, Unusual> {
        if at + 1 == self.json.len() { Ok(None) } else { Err(Unusual) }
    }

    /// Where the value that begins there ends.
    fn behind(&self, start: usize) -> Result<usize, Unusual> {
        let bytes = self.json.as_bytes();
        match bytes.get(start).ok_or(Unusual)? {
            b'"' => self.behind_text(start),
            b'{' | b'[' => {
                let (mut at, mut depth) = (start, 0_usize);
                loop {
                    match bytes.get(at).ok_or(Unusual)? {
                        b'"' => {
                            at = self.behind_text(at)?;
                            continue;
                        }
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        _ => {}
                    }
                    at += 1;
                    if depth == 0 {
                        return Ok(at);
                    }
                }
            }
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                // numbers and words are short
                Ok(start + bytes[start..].iter().position(|byte| matches!(byte, b',' | b'}')).ok_or(Unusual)?)
            }
            _ => Err(Unusual),
        }
    }

    fn behind_text(&self, start: usize) -> Result<usize, Unusual> {
        let bytes = self.json.as_bytes();
        let mut at = start + 1;
        loop {
            at = quote(bytes, at).ok_or(Unusual)?;
            if bytes[at] == b'"' {
                return Ok(at + 1);
            }
            at += 2;
        }
    }
}

/// The text between the quotes of a value without an escape.
pub fn plain_text(value: &str) -> Option<&str> {
    let inside = value.strip_prefix('"')?.strip_suffix('"')?;
    let bytes = inside.as_bytes();
    // a quote within is behind a backslash
    quote(bytes, 0).is_none().then_some(inside)
}

/// The integer that a value is, if it is written with digits alone and surely fits.
pub fn plain_integer(value: &str) -> Option<i64> {
    // serde_json has -0 as a double, and refuses a leading 0
    let digits = value.strip_prefix('-').unwrap_or(value);
    let surely = digits.len() <= 18 && (!digits.starts_with('0') || value == "0") && digits.bytes().all(|b| b.is_ascii_digit());
    if surely { value.parse().ok() } else { None }
}
