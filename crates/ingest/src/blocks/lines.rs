//! Cutting a stream of lines.

use super::cuts::{begins_entry, begins_message};
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
            let full = self.rest.len() > self.max_request;
            let begins = |at: &usize| match cut {
                Cut::Messages if !full => begins_message(&self.rest[*at..]),
                Cut::Messages | Cut::Entries => begins_message(&self.rest[*at..]) || begins_entry(&self.rest[*at..]),
                Cut::Lines | Cut::Nowhere => true,
            };
            let mut places = memchr::memchr_iter(b'\n', &self.rest).map(|n| n + 1);
            let place = if self.skipping.is_some() { places.find(begins) } else { places.rfind(begins) };
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::blocks::Block;
    use crate::compress::decompress;
    use crate::keep::Nowhere;

    fn blocks(text: &str, max_request: usize) -> Vec<Block> {
        let mut blocks = Blocks::new(decompress(Cursor::new(text.as_bytes().to_vec())).unwrap(), None, max_request, &mut Nowhere);
        let all: Vec<Block> = std::iter::from_fn(|| blocks.next_block(&mut Nowhere)).collect();
        assert!(all.len() > 1 && all.iter().flat_map(|b| &b.bytes).eq(text.as_bytes()));
        all
    }

    #[test]
    fn entries_keep_the_lines_that_belong_to_them() {
        let entry = "2026-11-22T18:03:06Z {service_name=\"a\"}   body\n2026-11-22T18:03:06Z more of it\n{\"and\":\"more\"}\n";
        for block in blocks(&entry.repeat(30_000), 8 << 20) {
            assert!(block.bytes.starts_with(&entry.as_bytes()[..40]) && block.bytes.ends_with(b"more\"}\n"));
        }
    }

    #[test]
    fn batches_stay_below_their_messages_while_they_are_not_too_large() {
        let batch = |lines: usize| {
            let line = "{\"labels\":{\"a\":\"b\"},\"line\":\"\",\"timestamp\":\"2026-11-22T18:03:01Z\"}\n";
            format!("2026/11/22 18:43:26 Common labels: {{service_name=\"x\"}} /loki/api/v1/\n{}", line.repeat(lines))
        };
        assert!(blocks(&batch(2000).repeat(20), 8 << 20).iter().all(|b| b.bytes.starts_with(b"2026/11/22 ")));
        assert!(blocks(&batch(60_000), 2 << 20)[1..].iter().all(|b| b.bytes.starts_with(b"{\"labels\":")));
    }
}
