//! Passing over a value that nobody asked for.

use super::{Cursor, Result};
use crate::decode::DecodeError;

/// Passing over costs no stack, only a byte a level; beyond this it is no document.
const MAX_DEPTH: usize = 100_000;

impl Cursor<'_> {
    /// Skips a value of any type, without recursion.
    pub fn skip(&mut self) -> Result<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            match self.peek() {
                Some(b'"') => self.at = self.scan_string()?.0 + 1,
                Some(b'{') => {
                    open.push(b'}');
                    self.at += 1;
                    if open.len() > MAX_DEPTH {
                        return Err(DecodeError::syntax(self.at, format!("nested deeper than {MAX_DEPTH} levels")));
                    }
                    if self.peek() != Some(b'}') {
                        self.skip_key()?;
                        continue;
                    }
                }
                Some(b'[') => {
                    open.push(b']');
                    self.at += 1;
                    if open.len() > MAX_DEPTH {
                        return Err(DecodeError::syntax(self.at, format!("nested deeper than {MAX_DEPTH} levels")));
                    }
                    if self.peek() != Some(b']') {
                        continue;
                    }
                }
                Some(b't' | b'f') => drop(self.boolean()?),
                Some(b'n') if self.literal("null") => {}
                Some(b'-' | b'0'..=b'9') => drop(self.number()?),
                _ => return Err(self.syntax("a value")),
            }
            // a value has ended: close what ends with it, or go on behind the comma
            loop {
                let Some(end) = open.last().copied() else { return Ok(()) };
                match self.peek() {
                    Some(byte) if byte == end => {
                        self.at += 1;
                        open.pop();
                    }
                    Some(b',') => {
                        self.at += 1;
                        if end == b'}' {
                            self.skip_key()?;
                        }
                        break;
                    }
                    _ => return Err(self.syntax("a comma or the end of the list")),
                }
            }
        }
    }

    /// Passes over an object or array on one line that will be read for good later: by its brackets, without a look at what is between them. Anything else,
    /// and what has no end, is left to [`Cursor::skip`], with its errors.
    pub fn pass_over(&mut self) -> Result<()> {
        let text = self.text.as_bytes();
        if !matches!(self.peek(), Some(b'{' | b'[')) {
            return self.skip();
        }
        let (mut at, mut depth) = (self.at, 0_usize);
        loop {
            let Some(step) = text[at..].iter().position(|b| matches!(b, b'"' | b'{' | b'[' | b'}' | b']' | b'\n')) else { return self.skip() };
            at += step + 1;
            match text[at - 1] {
                b'{' | b'[' => depth += 1,
                b'"' => match self.at(at - 1).scan_string() {
                    Ok((end, _)) => at = end + 1,
                    Err(_) => return self.skip(),
                },
                b'\n' => return self.skip(),
                _ => depth -= 1,
            }
            if depth == 0 {
                self.at = at;
                return Ok(());
            }
        }
    }

    fn skip_key(&mut self) -> Result<()> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("a key"));
        }
        self.at = self.scan_string()?.0 + 1;
        self.expect(b':', "a colon")
    }
}
