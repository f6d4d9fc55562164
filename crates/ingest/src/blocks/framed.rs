//! Cutting a stream of frames by their lengths. Where a length is wrong, or something lies between two frames, the next frame is searched for: the damage
//! costs what it hit, and not what follows.

use std::io::Read;

use super::frame::{self, LENGTH, Next, SEARCH_STEPS};
use super::{BLOCK, Blocks};
use crate::keep::{self, Keep};

impl Blocks {
    pub(super) fn cut_frames(&mut self, keep: &mut dyn Keep) -> Option<usize> {
        let mut cut = 0;
        loop {
            self.fill(cut + LENGTH, keep);
            let Some(length) = frame::length(&self.rest[cut..]) else {
                if self.rest.len() > cut && cut == 0 {
                    let left = self.rest.len();
                    self.rest_aside(format!("{left} bytes after the last frame"), keep);
                }
                return (cut > 0).then_some(cut);
            };
            let end = cut + LENGTH + length;
            if cut > 0 && (end > BLOCK || length > self.max_request) {
                return Some(cut);
            }
            if length > self.max_request {
                self.large_frame(length, keep);
                continue;
            }
            self.fill(end, keep);
            if self.rest.len() < end {
                if cut > 0 {
                    return Some(cut);
                }
                let have = self.rest.len() - LENGTH;
                // what goes on to the end may still be being written
                let goes_on = frame::goes_on(&self.rest[LENGTH..]);
                match self.next_frame(goes_on, keep) {
                    Some(next) => self.pass_over(next, &format!("a frame of {length} bytes, but only {have} follow"), keep),
                    None => {
                        self.rest_aside(format!("a frame of {length} bytes, but only {have} follow; the rest of the file is set aside"), keep);
                        return None;
                    }
                }
                continue;
            }
            let message = &self.rest[cut + LENGTH..end];
            let whole = !message.is_empty() && frame::is_whole(message);
            if whole && !self.is_followed(end, keep) {
                match self.torn(cut, end, keep) {
                    Some(_) if cut > 0 => return Some(cut),
                    Some(next) => {
                        self.pass_over(next, "a frame of which bytes are missing", keep);
                        continue;
                    }
                    None => {}
                }
            } else if !whole && !self.lengths_follow(end, keep) {
                if cut > 0 {
                    return Some(cut);
                }
                match self.next_frame(false, keep) {
                    Some(next) => {
                        self.pass_over(next, &misplaced(length), keep);
                        continue;
                    }
                    // zeros, as a file ends with that was made longer before it was written
                    None if length == 0 && self.ended => {
                        self.rest_aside(format!("{} bytes that are no frames", self.rest.len()), keep);
                        return None;
                    }
                    None if length == 0 => {
                        let searched = self.rest.len() - LENGTH;
                        self.set_aside_before(searched, format!("{searched} bytes that are no frames"), keep);
                        continue;
                    }
                    None => {}
                }
            }
            cut = end;
        }
    }

    /// Whether the end of the stream is here, or bytes with which a frame can begin.
    fn is_followed(&mut self, end: usize, keep: &mut dyn Keep) -> bool {
        self.fill(end + LENGTH + 1, keep);
        let behind = &self.rest[end..];
        behind.is_empty() || frame::can_begin(behind, self.max_request)
    }

    /// Where the next frame begins, if frames that follow each other from within this one go beyond its end: then bytes of this one are missing, though its
    /// lengths agree.
    fn torn(&mut self, cut: usize, end: usize, keep: &mut dyn Keep) -> Option<usize> {
        let (mut from, mut budget) = (cut + 1, SEARCH_STEPS);
        let (mut first, mut behind) = (0, 0);
        loop {
            match frame::next(&self.rest, from, self.max_request, &mut budget) {
                Next::At(at) | Next::Perhaps(at, _) if at >= end => return None,
                Next::At(at) => {
                    first = if at == behind { first } else { at };
                    behind = at + LENGTH + frame::length(&self.rest[at..])?;
                    if behind > end {
                        return Some(first - cut);
                    }
                    from = behind;
                }
                Next::Perhaps(at, all) => {
                    self.fill(all, keep);
                    from = at + usize::from(self.rest.len() < all);
                }
                Next::Nowhere => return None,
            }
        }
    }

    /// Whether the end of the stream is here, or further frames by their lengths.
    fn lengths_follow(&mut self, end: usize, keep: &mut dyn Keep) -> bool {
        // lengths that follow each other are no chance
        let mut at = end;
        for _ in 0..2 {
            self.fill(at + LENGTH, keep);
            match frame::length(&self.rest[at..]) {
                None => return self.rest.len() == at,
                Some(length) if length == 0 || length > self.max_request => return false,
                Some(length) => at += LENGTH + length,
            }
            self.fill(at, keep);
            if self.rest.len() < at {
                return false;
            }
        }
        true
    }

    /// Where the next frame begins behind the place at hand, which is none, if that is not farther away than a request may be long.
    /// `followed` asks for one that others follow, to the end of the stream or two of them.
    fn next_frame(&mut self, followed: bool, keep: &mut dyn Keep) -> Option<usize> {
        let known = usize::try_from(self.barren.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let (mut from, mut budget) = (known.max(1), SEARCH_STEPS);
        loop {
            match frame::next(&self.rest, from, self.max_request, &mut budget) {
                Next::At(at) if !followed || frame::follow(&self.rest, at) => return Some(at),
                Next::At(at) => from = at + 1,
                Next::Perhaps(at, end) => {
                    self.fill(end, keep);
                    from = at + usize::from(self.rest.len() < end);
                }
                Next::Nowhere => {
                    from = from.max(self.rest.len().saturating_sub(LENGTH));
                    if self.ended || from > self.max_request + LENGTH || budget == 0 {
                        self.barren = self.offset + from as u64;
                        return None;
                    }
                    self.fill(self.rest.len() + BLOCK, keep);
                }
            }
        }
    }

    /// Sets aside what lies before the next frame.
    fn pass_over(&mut self, next: usize, reason: &str, keep: &mut dyn Keep) {
        let place = self.offset + next as u64;
        self.set_aside_before(next, format!("{reason}; the next frame was found at byte {place}"), keep);
    }

    fn set_aside_before(&mut self, next: usize, reason: String, keep: &mut dyn Keep) {
        let piece = self.aside(reason);
        keep.write(&self.rest[..next]);
        keep.end(piece);
        self.rest.drain(..next);
        self.offset += next as u64;
        self.number += 1;
    }

    /// A frame that is too large, or whose length is wrong.
    fn large_frame(&mut self, length: usize, keep: &mut dyn Keep) {
        self.fill((LENGTH + length).min(LENGTH + self.max_request), keep);
        let (ends_early, goes_on) = (self.rest.len() < LENGTH + self.max_request, frame::goes_on(&self.rest[LENGTH..]));
        let next = if ends_early || !goes_on { self.next_frame(goes_on, keep) } else { None };
        match next {
            Some(next) => self.pass_over(next, &misplaced(length), keep),
            None => self.skip_frame(length, keep),
        }
    }

    /// Skips a frame on the stream, so that a large one costs no more memory and a false length is found out.
    fn skip_frame(&mut self, length: usize, keep: &mut dyn Keep) {
        let there = (LENGTH + length).min(self.rest.len());
        keep.write(&self.rest[..there]);
        let (copied, error) = keep::copy(&mut self.reader.by_ref().take((LENGTH + length - there) as u64), keep);
        let have = (there - LENGTH) as u64 + copied;
        let limit = self.max_request;
        let reason = if have < length as u64 {
            format!("a frame of {length} bytes, but only {have} follow; the rest of the file is set aside")
        } else {
            format!("a frame of {length} bytes, more than {limit}; raise --max-request to take it")
        };
        let piece = self.aside(reason);
        keep.end(piece);
        self.rest.drain(..there);
        self.offset += LENGTH as u64 + have;
        self.number += 1;
        if let Some(error) = error {
            self.damaged(&error, self.offset, keep);
        }
    }
}

fn misplaced(length: usize) -> String {
    format!("no frame, or one that does not end where its length of {length} bytes says")
}
