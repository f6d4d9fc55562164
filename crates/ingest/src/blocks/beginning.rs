//! What a stream is, found out by its beginning, or behind a beginning that is damaged. Border: how much is read for that; what bytes tell is `detect`'s
//! business.

use std::io::{self, Read};
use std::path::Path;

use super::{Blocks, HEAD};
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
        let place = self.search(keep);
        match path.filter(|_| self.framing == Framing::Unknown && self.compression.is_empty()).and_then(compress::named) {
            Some(compression) => self.search_compressed(compression, keep),
            None => place,
        }
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

    /// Looks for compressed content behind a beginning that tells nothing.
    fn search_compressed(&mut self, compression: &str, keep: &mut dyn Keep) -> usize {
        let beginning = self.rest[..self.rest.len().min(HEAD)].to_vec();
        let (rest, reader) = (std::mem::take(&mut self.rest), std::mem::replace(&mut self.reader, Box::new(io::empty())));
        if let Ok(found) = compress::search(Box::new(io::Cursor::new(rest).chain(reader)), compression) {
            (self.reader, self.ended) = (found, false);
            compression.clone_into(&mut self.compression);
            self.fill(HEAD, keep);
        }
        if self.rest.is_empty() {
            self.compression.clear();
            (self.rest, self.ended) = (beginning, true);
            return 0;
        }
        self.damaged(&io::Error::new(io::ErrorKind::InvalidData, "it does not begin as it should"), 0, keep);
        self.framing = detect(&self.rest, self.ended);
        if self.framing == Framing::Unknown { self.search(keep) } else { 0 }
    }
}
