//! The requests of a block, decoded one by one. Border: what becomes of a request that cannot be decoded, and where the next one
//! begins after it; how a request is decoded is the decoders' business.

pub mod behind;
mod documents;
mod foreign;
mod tally;

use std::borrow::Cow;
use std::io::Read;

use tracemill_model::lake::Kind;

use crate::blocks::{Block, frames};
use crate::compress::ZSTD;
use crate::decode::proto;
use crate::detect::Framing;
use crate::rows::Rows;
use documents::Documents;
use tally::Spot;
pub use tally::{EXAMPLES, Forms, Tally};

/// Decodes a block into rows.
pub fn decode(block: &Block, max_request: usize, rows: &mut Rows, tally: &mut Tally) {
    match block.framing {
        Framing::Json => Documents::new(block, None).decode(rows, tally),
        Framing::Frames => {
            for (n, (at, message)) in frames(&block.bytes).enumerate() {
                let place = Frame { block, number: block.number + n as u64, at, message };
                place.decode(max_request, rows, tally);
            }
        }
        Framing::Body => {
            body(proto::file, &block.bytes, &block.bytes, rows, tally, || Spot { kind: Kind::Body, position: "byte 0".to_owned(), offset: Some(0) })
        }
        Framing::Text(form) => foreign::stretch(block, form, rows, tally),
        Framing::Parquet => foreign::traces(block, rows, tally),
        Framing::Companion | Framing::Empty | Framing::Unknown => {}
    }
}

/// A frame: a protobuf message, or JSON, or either compressed by the exporter.
struct Frame<'b> {
    block: &'b Block,
    number: u64,
    /// Where the message begins in the block, behind its length.
    at: usize,
    message: &'b [u8],
}

impl Frame<'_> {
    fn position(&self) -> String {
        format!("frame {}, byte {}", self.number, self.block.offset + self.at as u64)
    }

    fn spot(&self) -> Spot {
        Spot { kind: Kind::Frame, position: self.position(), offset: Some(self.block.offset + self.at as u64 - 4) }
    }

    /// Its bytes, with its length.
    fn bytes(&self) -> &[u8] {
        &self.block.bytes[self.at - 4..self.at + self.message.len()]
    }

    fn decode(&self, max_request: usize, rows: &mut Rows, tally: &mut Tally) {
        let mut content = Cow::Borrowed(self.message);
        if self.message.starts_with(&ZSTD) {
            let mut out = Vec::new();
            let read = zstd::stream::read::Decoder::with_buffer(self.message).and_then(|d| d.take(max_request as u64 + 1).read_to_end(&mut out));
            match read {
                Err(e) => return tally.aside(self.spot(), format!("damaged zstd frame: {e}"), self.bytes()),
                Ok(n) if n > max_request => {
                    let reason = format!("a request of more than {max_request} bytes; raise --max-request to take it");
                    return tally.aside(self.spot(), reason, self.bytes());
                }
                Ok(_) => content = Cow::Owned(out),
            }
            tally.forms.frames_of_zstd += 1;
        }
        if content.trim_ascii_start().starts_with(b"{") && !proto::looks_like(&content, true) {
            tally.forms.frames_of_json += 1;
            let block = Block::of(Framing::Json, content.into_owned());
            Documents::new(&block, Some(self)).decode(rows, tally);
        } else {
            body(proto::request, &content, self.bytes(), rows, tally, || self.spot());
        }
    }
}

/// A protobuf message. `raw` is how it lies in the stream.
fn body(decode: proto::Decode, message: &[u8], raw: &[u8], rows: &mut Rows, tally: &mut Tally, spot: impl Fn() -> Spot) {
    let (mut aside, before) = (Vec::new(), rows.counts());
    match decode(message, rows, &mut aside) {
        Ok(()) => tally.requests += 1,
        Err(error) => tally.aside(spot(), error.to_string(), raw),
    }
    if !aside.is_empty() {
        tally.records_aside(spot(), &aside, rows.counts() - before, raw);
    }
}

#[cfg(test)]
mod tests;
