//! Cutting a stream of frames by their lengths.

use std::io::Read;

use super::{BLOCK, Blocks};
use crate::keep::{self, Keep};

impl Blocks {
    pub(super) fn cut_frames(&mut self, keep: &mut dyn Keep) -> Option<usize> {
        let mut cut = 0;
        loop {
            self.fill(cut + 4, keep);
            let Some(length) = self.rest[cut..].first_chunk::<4>().map(|l| u32::from_be_bytes(*l) as usize) else {
                if self.rest.len() > cut && cut == 0 {
                    let left = self.rest.len();
                    self.rest_aside(format!("{left} bytes after the last frame"), keep);
                }
                return (cut > 0).then_some(cut);
            };
            if cut > 0 && (cut + 4 + length > BLOCK || length > self.max_request) {
                return Some(cut);
            }
            if length > self.max_request {
                self.skip_frame(length, keep);
                continue;
            }
            self.fill(cut + 4 + length, keep);
            if self.rest.len() < cut + 4 + length {
                if cut > 0 {
                    return Some(cut);
                }
                let have = self.rest.len() - 4;
                self.rest_aside(format!("a frame of {length} bytes, but only {have} follow; the rest of the file is set aside"), keep);
                return None;
            }
            cut += 4 + length;
        }
    }

    /// Skips a frame on the stream, so that a large one costs no memory and a false length is found out.
    pub(super) fn skip_frame(&mut self, length: usize, keep: &mut dyn Keep) {
        let there = (4 + length).min(self.rest.len());
        keep.write(&self.rest[..there]);
        let (copied, error) = keep::copy(&mut self.reader.by_ref().take((4 + length - there) as u64), keep);
        let have = (there - 4) as u64 + copied;
        let limit = self.max_request;
        let reason = if have < length as u64 {
            format!("a frame of {length} bytes, but only {have} follow; the rest of the file is set aside")
        } else {
            format!("a frame of {length} bytes, more than {limit}; raise --max-request to take it")
        };
        let piece = self.aside(reason);
        keep.end(piece);
        self.rest.drain(..there);
        self.offset += 4 + have;
        self.number += 1;
        if let Some(error) = error {
            self.damaged(&error, self.offset, keep);
        }
    }
}
