//! A cursor over JSON text (RFC 8259): pulls keys, strings and numbers where they stand, borrows what needs no unescaping,
//! and skips what nobody asked for. Border: JSON's grammar; what OTLP makes of it is in the modules beside.
//!
//! Lenient in one point: a control character inside a string is taken as it is, except a line break, because documents are
//! separated by lines and a torn one must not swallow the next.

mod skip;

use std::borrow::Cow;

use crate::decode::DecodeError;
use crate::scan;

/// Nesting beyond this is refused: no telemetry has it, and hostile input must not exhaust the stack. An attribute value takes four levels
/// for each level of its own, so this is about the limit of [`wire`](crate::decode::proto).
pub const MAX_DEPTH: usize = 420;

/// Nesting of plain JSON that becomes the text of a value. What reads the tables stops at 128 levels (`serde_json`), and what it cannot read
/// would count for nothing; the limit is that of a protobuf value.
const MAX_VALUE_DEPTH: usize = 100;

/// See the module.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

type Result<T> = std::result::Result<T, DecodeError>;

impl<'a> Cursor<'a> {
    /// A cursor at the beginning of a text.
    pub fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0, depth: 0 }
    }

    /// Where it stands, in bytes.
    pub fn position(&self) -> usize {
        self.at
    }

    /// A cursor over the same text that stands elsewhere, at the same depth.
    pub fn at(&self, position: usize) -> Cursor<'a> {
        Cursor { at: position, ..self.clone() }
    }

    /// Goes back to an earlier position, with the depth it had there.
    pub fn rewind(&mut self, to: &Cursor<'a>) {
        self.at = to.at;
        self.depth = to.depth;
    }

    /// The next byte that is no white space; `None` at the end.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    /// An error at the place where it stands.
    pub fn syntax(&self, expected: &str) -> DecodeError {
        match self.text.as_bytes().get(self.at) {
            None => DecodeError::syntax(self.at, format!("the document ends where {expected} is expected")),
            Some(byte) => DecodeError::syntax(self.at, format!("{:?} where {expected} is expected", char::from(*byte))),
        }
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<()> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.syntax(what))
    }

    #[inline]
    fn literal(&mut self, word: &str) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes a `null`, if one is next.
    pub fn null(&mut self) -> bool {
        self.peek() == Some(b'n') && self.literal("null")
    }

    /// Refuses a value that would nest deeper in canonical text than readers of the tables go. `from` is the depth at which the text begins.
    pub fn check_nesting(&self, from: usize) -> Result<()> {
        if self.depth.saturating_sub(from) <= MAX_VALUE_DEPTH {
            return Ok(());
        }
        Err(DecodeError::value(self.at, format!("values nested deeper than {MAX_VALUE_DEPTH} levels")))
    }

    /// How many objects and arrays it stands in.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Enters an object; a `null` is an object without keys: then the answer is false.
    pub fn begin_object(&mut self) -> Result<bool> {
        if self.null() {
            return Ok(false);
        }
        self.enter(b'{', "an object")
    }

    /// Enters an array; a `null` is an array without elements: then the answer is false.
    pub fn begin_array(&mut self) -> Result<bool> {
        if self.null() {
            return Ok(false);
        }
        self.enter(b'[', "an array")
    }

    fn enter(&mut self, byte: u8, what: &str) -> Result<bool> {
        if self.peek() != Some(byte) {
            return Err(DecodeError::value(self.at, format!("{} where {what} is expected", self.found())));
        }
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(DecodeError::value(self.at, format!("nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(true)
    }

    fn found(&self) -> String {
        match self.text.as_bytes().get(self.at) {
            None => "the end".to_owned(),
            Some(b'{') => "an object".to_owned(),
            Some(b'[') => "an array".to_owned(),
            Some(b'"') => "a string".to_owned(),
            Some(b'-' | b'0'..=b'9') => "a number".to_owned(),
            Some(other) => format!("{:?}", char::from(*other)),
        }
    }

    /// The next key of the object that was entered; `None` after its end. `first` is true before the first key.
    pub fn key(&mut self, first: &mut bool) -> Result<Option<Cow<'a, str>>> {
        if !self.more(first, b'}')? {
            return Ok(None);
        }
        if let Some(key) = self.between("\"", ":") {
            return Ok(Some(Cow::Borrowed(key)));
        }
        let key = self.string()?;
        self.expect(b':', "a colon")?;
        Ok(Some(key))
    }

    /// Whether the array that was entered has a further element. `first` is true before the first element.
    pub fn element(&mut self, first: &mut bool) -> Result<bool> {
        self.more(first, b']')
    }

    fn more(&mut self, first: &mut bool, end: u8) -> Result<bool> {
        match self.peek() {
            Some(byte) if byte == end => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                Ok(false)
            }
            Some(b',') if !*first => {
                self.at += 1;
                Ok(true)
            }
            _ if *first => {
                *first = false;
                Ok(true)
            }
            _ => Err(self.syntax("a comma or the end of the list")),
        }
    }

    /// End of the string whose first quote stands at `self.at`, and whether it is free of escapes and control characters.
    fn scan_string(&self) -> Result<(usize, bool)> {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        let mut plain = true;
        loop {
            at += scan::plain(&bytes[at..]);
            match bytes.get(at) {
                Some(b'"') => return Ok((at, plain)),
                Some(b'\\') if at + 1 < bytes.len() => at += 2,
                Some(b'\n') => return Err(DecodeError::syntax(at, "a line break inside a string".to_owned())),
                Some(b'\\') | None => return Err(DecodeError::syntax(bytes.len(), "the document ends inside a string".to_owned())),
                Some(_) => at += 1,
            }
            plain = false;
        }
    }

    /// A string.
    pub fn string(&mut self) -> Result<Cow<'a, str>> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("a string"));
        }
        let (end, plain) = self.scan_string()?;
        let inner = &self.text[self.at + 1..end];
        let start = self.at + 1;
        self.at = end + 1;
        if plain || !inner.contains('\\') { Ok(Cow::Borrowed(inner)) } else { unescape(inner, start).map(Cow::Owned) }
    }

    /// The text of a string with its quotes where it is canonical as it stands, else its unescaped content.
    pub fn string_or_canonical(&mut self) -> Result<std::result::Result<&'a str, Cow<'a, str>>> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("a string"));
        }
        let (end, plain) = self.scan_string()?;
        if plain {
            let quoted = &self.text[self.at..=end];
            self.at = end + 1;
            return Ok(Ok(quoted));
        }
        self.string().map(Err)
    }

    /// The bytes between here and the next quote, if `before` stands here, `after` follows that quote, and all between is plain: the one
    /// step for text that looks as most writers write it. Stands behind `after` then; otherwise nowhere else than before.
    #[inline]
    pub fn between(&mut self, before: &str, after: &str) -> Option<&'a str> {
        let rest = self.text[self.at..].strip_prefix(before)?;
        let length = scan::plain(rest.as_bytes());
        let behind = rest[length..].strip_prefix('"')?.strip_prefix(after)?;
        self.at = self.text.len() - behind.len();
        Some(&rest[..length])
    }

    /// The string that stands here, with its quotes, if it is plain and `after` follows it; stands behind that then, else nowhere else than before.
    #[inline]
    pub fn quoted(&mut self, after: &str) -> Option<&'a str> {
        let rest = &self.text[self.at..];
        let length = scan::plain(rest.strip_prefix('"')?.as_bytes()) + 2;
        let (quoted, behind) = (rest.get(..length)?, rest.get(length..)?);
        let behind = behind.strip_prefix(after).filter(|_| quoted.ends_with('"'))?;
        self.at = self.text.len() - behind.len();
        Some(quoted)
    }

    /// What stands here and behind.
    pub fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// Goes on so many bytes behind here, to where a character begins.
    pub fn pass(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Takes these bytes, if they stand here.
    #[inline]
    pub fn take(&mut self, bytes: &str) -> bool {
        self.literal(bytes)
    }

    /// A number, as it is written.
    pub fn number(&mut self) -> Result<&'a str> {
        let start = match self.peek() {
            Some(b'-' | b'0'..=b'9') => self.at,
            _ => return Err(self.syntax("a number")),
        };
        let digits = self.text.as_bytes()[start..].iter();
        self.at += digits.take_while(|b| matches!(b, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')).count();
        Ok(&self.text[start..self.at])
    }

    /// A boolean.
    pub fn boolean(&mut self) -> Result<bool> {
        match self.peek() {
            Some(b't') if self.literal("true") => Ok(true),
            Some(b'f') if self.literal("false") => Ok(false),
            _ => Err(self.syntax("true or false")),
        }
    }
}

fn unescape(inner: &str, start: usize) -> Result<String> {
    let bad = |at: usize| DecodeError::syntax(start + at, "a string with an invalid escape".to_owned());
    // a sign, which Rust would read, is no digit
    let digits = |at: usize| inner.get(at..at + 4).filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit()));
    let unit = |at: usize| digits(at).and_then(|h| u16::from_str_radix(h, 16).ok()).ok_or_else(|| bad(at));
    let mut out = String::with_capacity(inner.len());
    let mut at = 0;
    while let Some(step) = memchr::memchr(b'\\', &inner.as_bytes()[at..]) {
        out.push_str(&inner[at..at + step]);
        at += step + 2;
        match inner.as_bytes().get(at - 1) {
            Some(b'n') => out.push('\n'),
            Some(b'r') => out.push('\r'),
            Some(b't') => out.push('\t'),
            Some(b'b') => out.push('\u{8}'),
            Some(b'f') => out.push('\u{c}'),
            Some(same @ (b'"' | b'\\' | b'/')) => out.push(char::from(*same)),
            Some(b'u') => {
                let mut units = vec![unit(at)?];
                at += 4;
                if (0xd800..0xdc00).contains(&units[0]) && inner.as_bytes().get(at..at + 2) == Some(b"\\u") {
                    let low = unit(at + 2)?;
                    if (0xdc00..0xe000).contains(&low) {
                        units.push(low);
                        at += 6;
                    }
                }
                // a lone surrogate has no UTF-8: JavaScript writers cut strings there; the replacement character stands for it
                out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
            }
            _ => return Err(bad(at)),
        }
    }
    out.push_str(&inner[at..]);
    Ok(out)
}

#[cfg(test)]
mod tests;
