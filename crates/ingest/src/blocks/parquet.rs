//! A Parquet file as a stream of traces: it is not cut, but read in batches.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use super::{Block, Blocks};
use crate::decode::tempo::block;
use crate::keep::Keep;

impl Blocks {
    /// Opens the stream as a Parquet file, which cannot be read from front to back: on disk where it lies there as it is, else in memory.
    pub(super) fn open_parquet(&mut self, path: Option<&Path>, keep: &mut dyn Keep) {
        let plain = path.filter(|p| self.compression.is_empty() && p.is_file());
        let content = match plain.map(File::open) {
            Some(Ok(file)) => Ok(block::Content::File(file)),
            Some(Err(e)) => Err(format!("cannot be read: {e}")),
            None => {
                self.fill(self.max_request + 1, keep);
                if self.rest.len() > self.max_request {
                    Err(format!(
                        "a Parquet file of more than {} bytes in a stream; give it as a plain file, or raise --max-request",
                        self.max_request
                    ))
                } else {
                    Ok(block::Content::Memory(self.rest.clone()))
                }
            }
        };
        match content.and_then(|content| block::Reader::open(content, path)) {
            Ok(reader) => {
                self.traces = Some(reader);
                self.rest.clear();
                self.ended = true;
            }
            Err(reason) => self.whole(&reason, keep),
        }
    }

    /// The next traces of a Parquet file.
    pub(super) fn next_traces(&mut self, keep: &mut dyn Keep) -> Option<Block> {
        match self.traces.as_mut()?.next_batch()? {
            Ok(batch) => {
                let block = Block {
                    bytes: Vec::new(),
                    offset: 0,
                    number: self.number,
                    framing: self.framing,
                    array: false,
                    head: Arc::default(),
                    tail: false,
                    traces: Some(batch),
                };
                self.number += 1;
                Some(block)
            }
            Err(reason) => {
                self.traces = None;
                self.whole(&format!("{reason}; what came before it was taken"), keep);
                None
            }
        }
    }
}
