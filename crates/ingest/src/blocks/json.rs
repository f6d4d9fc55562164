//! Cutting a stream of JSON documents: behind a line break that a document's beginning follows, or between the elements of one array.

use super::cuts::{last_element, last_end, last_start, next_start, unfinished};
use super::{BLOCK, Blocks};
use crate::keep::Keep;

impl Blocks {
    pub(super) fn cut_json(&mut self, keep: &mut dyn Keep) -> Option<usize> {
        let mut wanted = BLOCK;
        loop {
            self.fill(wanted, keep);
            if self.rest.is_empty() {
                return None;
            }
            if self.skipping.is_some() {
                match next_start(&self.rest) {
                    Some(cut) => return Some(cut),
                    None if self.ended => return Some(self.rest.len()),
                    None => {
                        let all_but_one = self.rest.len() - 1;
                        keep.write(&self.rest[..all_but_one]);
                        self.drop_front(all_but_one);
                        continue;
                    }
                }
            }
            if self.ended && self.rest.len() <= self.max_request {
                return Some(self.cut_tail());
            }
            if let Some(cut) = last_start(&self.rest).or_else(|| if self.array { last_element(&self.rest) } else { None }) {
                return Some(cut);
            }
            if self.rest.len() > self.max_request {
                // what is too large need not be the first request
                if let Some(end) = last_end(&self.rest) {
                    return Some(end);
                }
                match memchr::memrchr(b'\n', &self.rest) {
                    // whole lines that begin otherwise
                    Some(end) if !self.rest.starts_with(b"{") && !self.rest.starts_with(b"[") => return Some(end + 1),
                    _ => {
                        self.skipping = Some(self.too_large());
                        continue;
                    }
                }
            }
            wanted = self.rest.len().saturating_mul(2).min(self.max_request + 1).max(wanted);
        }
    }

    /// At the end of the stream: the end that may not be complete yet is a block of its own.
    pub(super) fn cut_tail(&mut self) -> usize {
        match unfinished(&self.rest) {
            Some(at) if self.tail.is_none() => {
                let lines = memchr::memchr_iter(b'\n', &self.rest[..at]).count() as u64;
                self.tail = Some((self.offset + at as u64, self.number + lines));
                if at > 0 { at } else { self.rest.len() }
            }
            _ => self.rest.len(),
        }
    }
}
