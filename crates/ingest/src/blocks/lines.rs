//! Cutting a stream of lines.

use super::{BLOCK, Blocks};
use crate::keep::Keep;

impl Blocks {
    pub(super) fn cut_lines(&mut self, keep: &mut dyn Keep) -> Option<usize> {
        let mut wanted = BLOCK;
        loop {
            self.fill(wanted, keep);
            if self.rest.is_empty() {
                return None;
            }
            if self.ended && self.skipping.is_none() {
                return Some(self.rest.len());
            }
            let line = |at: Option<usize>| at.map(|n| n + 1);
            let cut = if self.skipping.is_some() { line(memchr::memchr(b'\n', &self.rest)) } else { line(memchr::memrchr(b'\n', &self.rest)) };
            match cut {
                Some(cut) => return Some(cut),
                None if self.ended => return Some(self.rest.len()),
                None if self.skipping.is_some() => {
                    keep.write(&self.rest);
                    self.drop_front(self.rest.len());
                }
                None if self.rest.len() > self.max_request => self.skipping = Some(self.too_large()),
                None => wanted = self.rest.len().saturating_mul(2).min(self.max_request + 1),
            }
        }
    }
}
