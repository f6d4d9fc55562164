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

    fn skip_key(&mut self) -> Result<()> {
        if self.peek() != Some(b'"') {
            return Err(self.syntax("a key"));
        }
        self.at = self.scan_string()?.0 + 1;
        self.expect(b':', "a colon")
    }
}
