//! What a stream is, found out by its beginning, or behind a beginning that is damaged. Border: how much is read for that; what bytes tell is `detect`'s
//! business.

use std::io::{self, BufRead, Read};
use std::path::Path;

use super::{Blocks, HEAD, frame};
use crate::compress;
use crate::detect::{Framing, detect, detect_behind};
use crate::keep::Keep;

impl Blocks {
    /// Finds out how requests follow each other; gives the place where a text can be recognised.
    pub(super) fn recognise(&mut self, path: Option<&Path>, keep: &mut dyn Keep) -> usize {
        self.fill(HEAD, keep);
        self.framing = detect(&self.rest, self.ended);
        if self.framing != Framing::Unknown {
            return 0;
        }
        let named = path.filter(|_| self.compression.is_empty()).and_then(compress::named);
        let found = named.and_then(|compression| self.search_compressed(compression, keep));
        found.unwrap_or_else(|| self.search(keep))
    }

    /// Looks behind a beginning that tells nothing, as far as a request may be long.
    fn search(&mut self, keep: &mut dyn Keep) -> usize {
        loop {
            if let Some((framing, at)) = detect_behind(&self.rest, self.ended) {
                self.framing = framing;
                return at;
            }
            if self.ended || self.rest.len() > self.max_request {
                return 0;
            }
            self.fill(self.rest.len().saturating_mul(2).min(self.max_request + 1), keep);
        }
    }

    /// Looks for compressed content behind a beginning that tells nothing; `None` where there is none.
    fn search_compressed(&mut self, compression: &str, keep: &mut dyn Keep) -> Option<usize> {
        // so much is looked at, because all of it must be there again if it is nothing
        self.fill(self.max_request, keep);
        if frame::first(&self.rest).is_some() {
            // frames that are compressed one by one
            return None;
        }
        let found =
            compress::search(Box::new(io::Cursor::new(self.rest.clone())), compression).and_then(|mut found| found.fill_buf().map(<[u8]>::is_empty));
        if !matches!(found, Ok(false)) {
            return None;
        }
        let (rest, reader) = (std::mem::take(&mut self.rest), std::mem::replace(&mut self.reader, Box::new(io::empty())));
        (self.reader, self.ended) = (compress::search(Box::new(io::Cursor::new(rest).chain(reader)), compression).ok()?, false);
        compression.clone_into(&mut self.compression);
        self.damaged(&io::Error::new(io::ErrorKind::InvalidData, "it does not begin as it should"), 0, keep);
        self.fill(HEAD, keep);
        self.framing = detect(&self.rest, self.ended);
        Some(if self.framing == Framing::Unknown { self.search(keep) } else { 0 })
    }
}
