//! A walk over JSON in canonical form: keys and strings in order, and the way to where it stands. Border: no tree, no numbers; text that is no
//! such JSON ends the walk, which loses nothing but what was no column of a lake.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use crate::unescape::Unescaped;

/// What the walk has come to; ranges are of what stands between the quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A key of an object.
    Key(Range<usize>),
    /// A string.
    Text(Range<usize>),
    /// Anything else.
    Other,
}

#[derive(Debug)]
enum Frame {
    Object(Range<usize>),
    Array(usize),
}

/// The bytes that a step does something at.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let bytes = b"{}[],\"";
    let mut n = 0;
    while n < bytes.len() {
        stops[bytes[n] as usize] = true;
        n += 1;
    }
    stops
};

/// See the module.
#[derive(Debug)]
pub struct Walk<'t> {
    json: &'t str,
    at: usize,
    frames: Vec<Frame>,
}

impl<'t> Walk<'t> {
    /// At the beginning.
    pub fn new(json: &'t str) -> Walk<'t> {
        Walk { json, at: 0, frames: Vec::new() }
    }

    /// The next step; `None` at the end.
    #[inline]
    pub fn step(&mut self) -> Option<Step> {
        let bytes = self.json.as_bytes();
        let byte = *bytes.get(self.at)?;
        self.at += 1;
        match byte {
            b'{' => self.frames.push(Frame::Object(0..0)),
            b'[' => self.frames.push(Frame::Array(0)),
            b'}' | b']' => drop(self.frames.pop()),
            b',' => {
                if let Some(Frame::Array(n)) = self.frames.last_mut() {
                    *n += 1;
                }
            }
            b'"' => {
                let start = self.at;
                let end = self.string_end(start)?;
                self.at = end + 1;
                if bytes.get(self.at) != Some(&b':') {
                    return Some(Step::Text(start..end));
                }
                self.at += 1;
                if let Some(Frame::Object(key)) = self.frames.last_mut() {
                    *key = start..end;
                }
                return Some(Step::Key(start..end));
            }
            _ => {}
        }
        Some(Step::Other)
    }

    /// The next key or string; `None` at the end.
    pub fn string(&mut self) -> Option<Step> {
        let bytes = self.json.as_bytes();
        loop {
            // digits, words and colons are nothing to stop at
            let from = bytes.get(self.at..)?;
            self.at += from.iter().position(|byte| STOPS[usize::from(*byte)])?;
            match self.step()? {
                Step::Other => {}
                step => return Some(step),
            }
        }
    }

    /// The quote that ends a string.
    fn string_end(&self, start: usize) -> Option<usize> {
        let bytes = self.json.as_bytes();
        let mut at = start;
        loop {
            at = quote(bytes, at)?;
            if bytes[at] == b'"' {
                return Some(at);
            }
            at += 2;
        }
    }

    /// The string that is the value of the key that the walk has just come to, where that is a key of the outermost object.
    pub fn member_text(&self) -> Option<Range<usize>> {
        let bytes = self.json.as_bytes();
        if self.frames.len() != 1 || bytes.get(self.at) != Some(&b'"') {
            return None;
        }
        let start = self.at + 1;
        let end = self.string_end(start)?;
        (bytes.get(end + 1) != Some(&b':')).then_some(start..end)
    }

    /// Goes on behind a string, and behind the comma that mostly follows.
    pub fn pass(&mut self, string: &Range<usize>) {
        self.at = string.end + 1;
        if self.json.as_bytes().get(self.at) == Some(&b',') && matches!(self.frames.last(), Some(Frame::Object(_))) {
            self.at += 1;
        }
    }

    /// A string as it stands in the JSON.
    pub fn raw(&self, string: &Range<usize>) -> &'t str {
        &self.json[string.clone()]
    }

    /// Goes over the value behind a key; gives its place.
    pub fn skip_value(&mut self) -> Range<usize> {
        let (start, depth) = (self.at, self.frames.len());
        let bytes = self.json.as_bytes();
        // a number or a word ends where something else begins
        while bytes.get(self.at).is_some_and(|b| !matches!(b, b',' | b'}' | b']')) {
            let simple = !matches!(bytes[self.at], b'"' | b'{' | b'[');
            if self.step().is_none() {
                self.at = bytes.len();
            }
            while self.frames.len() > depth {
                if self.step().is_none() {
                    self.frames.truncate(depth);
                    self.at = bytes.len();
                }
            }
            if !simple {
                break;
            }
        }
        start..self.at
    }

    /// The name of the value that the walk stands at: the key nearest above it, as it stands in the JSON.
    pub fn name(&self) -> Option<&'t str> {
        self.frames.iter().rev().find_map(|f| if let Frame::Object(key) = f { Some(&self.json[key.clone()]) } else { None })
    }

    /// The way to where it stands, below a column.
    pub fn path(&self, column: &str) -> String {
        let mut path = column.to_owned();
        for frame in &self.frames {
            match frame {
                Frame::Object(key) => {
                    path.push('.');
                    path.push_str(&decoded(&self.json[key.clone()]));
                }
                // writing to a String cannot fail
                Frame::Array(n) => drop(write!(path, "[{n}]")),
            }
        }
        path
    }
}

/// The next quote or backslash of a JSON string, from a byte on. Most strings are short: for them a call of `memchr` costs more than the search.
pub fn quote(bytes: &[u8], mut at: usize) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const TOPS: u64 = u64::from_le_bytes([0x80; 8]);
    /// Bytes looked at before it is a long one.
    const SHORT: usize = 64;
    let long = at + SHORT;
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).filter(|_| at < long) {
        let word = u64::from_le_bytes(*eight);
        let (quotes, slashes) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
        // the top bit of a byte that is zero; of higher bytes it may be set without that
        let found = (quotes.wrapping_sub(ONES) & !quotes | slashes.wrapping_sub(ONES) & !slashes) & TOPS;
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    memchr::memchr2(b'"', b'\\', bytes.get(at..)?).map(|n| at + n)
}

/// What stands between a JSON string's quotes, decoded.
pub fn decoded(raw: &str) -> Cow<'_, str> {
    match Unescaped::of(raw.as_bytes()) {
        None => Cow::Borrowed(raw),
        Some(unescaped) => Cow::Owned(String::from_utf8_lossy(&unescaped.text).into_owned()),
    }
}

/// Writes a string with its quotes, escaped as the canonical form has it.
pub fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => drop(write!(out, "\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_string_has_its_way() {
        let json = r#"{"a":"x","b.c":{"d":["y",{"e":1,"f":"z\"\\"}]},"g":null}"#;
        let mut walk = Walk::new(json);
        let mut seen = Vec::new();
        while let Some(step) = walk.step() {
            if let Step::Text(at) = step {
                seen.push((walk.path("attributes"), walk.name().unwrap().to_owned(), decoded(&json[at]).into_owned()));
            }
        }
        let all: Vec<(&str, &str, &str)> = seen.iter().map(|(p, n, t)| (p.as_str(), n.as_str(), t.as_str())).collect();
        assert_eq!(all, [("attributes.a", "a", "x"), ("attributes.b.c.d[0]", "d", "y"), ("attributes.b.c.d[1].f", "f", "z\"\\")]);
    }

    #[test]
    fn values_are_gone_over_whole() {
        for value in [r#""x,}""#, "12", "-1.5", "null", r#"{"a":[1,{"b":"]"}],"c":"}"}"#, r#"["x",["y"]]"#] {
            let json = format!(r#"{{"k":{value},"l":"end"}}"#);
            let mut walk = Walk::new(&json);
            while !matches!(walk.step(), Some(Step::Key(_))) {}
            assert_eq!(&json[walk.skip_value()], value);
            assert_eq!(walk.step(), Some(Step::Other));
            assert!(matches!(walk.step(), Some(Step::Key(_))), "{value}");
        }
    }

    #[test]
    fn text_that_is_no_json_ends_the_walk() {
        for text in ["", "\"open", "{\"k\":\"v", "]]}", "\"\\"] {
            let mut walk = Walk::new(text);
            while walk.step().is_some() {}
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = "a\"\\\n\r\t\u{8}\u{c}\u{1}ü";
        let mut out = String::new();
        quoted(&mut out, text);
        assert_eq!(out, "\"a\\\"\\\\\\n\\r\\t\\b\\f\\u0001ü\"");
        assert_eq!(decoded(&out[1..out.len() - 1]), text);
    }
}
