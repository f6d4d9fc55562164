//! Blocks of other forms than requests one after another: stretches of text, and traces of a Parquet file. Border: as for requests, what becomes of
//! what is no record; how a form is read is its decoder's business.

use tracemill_model::lake::Kind;

use super::Tally;
use super::tally::Spot;
use crate::blocks::Block;
use crate::decode::text::{Form, Text};
use crate::rows::Rows;

/// A stretch of text.
pub fn stretch(block: &Block, form: &Form, rows: &mut Rows, tally: &mut Tally) {
    let mut asides = Vec::new();
    tally.requests += (form.decode)(&Text { head: &block.head, bytes: &block.bytes }, rows, &mut asides);
    let (mut line, mut at) = (block.number, 0);
    for aside in asides {
        // from one to the next: from the beginning for each, a file of nothing but bad lines would take hours
        let begins = aside.range.start;
        if begins < at {
            (line, at) = (block.number, 0);
        }
        line += memchr::memchr_iter(b'\n', &block.bytes[at..begins]).count() as u64;
        at = begins;
        let offset = block.offset + aside.range.start as u64;
        let spot = Spot { kind: Kind::Stream, position: format!("line {line}, byte {offset}"), offset: Some(offset) };
        tally.aside(spot, aside.reason, &block.bytes[aside.range]);
    }
}

/// Traces of a Parquet file. One that cannot be understood stays in the file, which is known by its place.
pub fn traces(block: &Block, rows: &mut Rows, tally: &mut Tally) {
    let Some(batch) = &block.traces else { return };
    let mut asides = Vec::new();
    tally.requests += batch.decode(rows, &mut asides);
    for aside in asides {
        let position = format!("trace {}", aside.at);
        tally.aside(Spot { kind: Kind::File, position, offset: None }, aside.reason, &[]);
    }
}
