//! Cutting a stream of lines.

use super::cuts::begins_entry;
use super::{BLOCK, Blocks};
use crate::decode::text::Cut;
use crate::keep::Keep;

impl Blocks {
    pub(super) fn cut_lines(&mut self, cut: Cut, keep: &mut dyn Keep) -> Option<usize> {
        let mut wanted = BLOCK;
        loop {
            self.fill(wanted, keep);
            if self.rest.is_empty() {
                return None;
            }
            if self.ended && self.skipping.is_none() {
                return Some(self.rest.len());
            }
            let begins = |at: &usize| cut == Cut::Lines || begins_entry(&self.rest[*at..]);
            let place = if self.skipping.is_some() {
                memchr::memchr_iter(b'\n', &self.rest).map(|n| n + 1).find(begins)
            } else {
                memchr::memrchr_iter(b'\n', &self.rest).map(|n| n + 1).find(begins)
            };
            match place {
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
