//! A stream of which bytes can be put back, to be read again. Border: bytes; why they are read again is `members`' business.

use std::io::{self, BufRead};

/// See the module.
pub struct Again<R> {
    inner: R,
    back: Vec<u8>,
    at: usize,
    /// Whether the last attempt to read failed: what fails twice has ended.
    failed: bool,
}

impl<R: BufRead> Again<R> {
    /// Nothing is put back yet.
    pub fn new(inner: R) -> Again<R> {
        Again { inner, back: Vec::new(), at: 0, failed: false }
    }

    /// The next bytes; none at the end.
    pub fn fill(&mut self) -> io::Result<&[u8]> {
        if self.at < self.back.len() {
            return Ok(&self.back[self.at..]);
        }
        match self.inner.fill_buf() {
            Ok(bytes) => {
                self.failed = false;
                Ok(bytes)
            }
            Err(_) if std::mem::replace(&mut self.failed, true) => Ok(&[]),
            Err(e) => Err(e),
        }
    }

    /// So many of them were read.
    pub fn consume(&mut self, bytes: usize) {
        if self.at < self.back.len() {
            self.at += bytes;
        } else {
            self.inner.consume(bytes);
        }
    }

    /// The next bytes, at least so many, unless there are no more.
    pub fn gather(&mut self, bytes: usize) -> io::Result<&[u8]> {
        if self.fill()?.len() < bytes {
            let mut back = self.back.split_off(self.at.min(self.back.len()));
            (self.back, self.at) = (Vec::new(), 0);
            while back.len() < bytes {
                let more = self.fill()?;
                if more.is_empty() {
                    break;
                }
                back.extend_from_slice(more);
                let more = more.len();
                self.inner.consume(more);
            }
            self.back = back;
            return Ok(&self.back);
        }
        self.fill()
    }

    /// Puts bytes before the next ones.
    pub fn put_back(&mut self, mut bytes: Vec<u8>) {
        bytes.extend_from_slice(&self.back[self.at.min(self.back.len())..]);
        (self.back, self.at) = (bytes, 0);
    }
}
