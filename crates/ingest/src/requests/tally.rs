//! What became of the requests of a block: counted, and what is set aside handed on. Border: no bytes are looked at.

use tracemill_model::lake::{Kind, SetAside};

use crate::decode::DecodeError;
use crate::keep::{Keep, Piece};
use crate::rows::Counts;

/// Reasons of a source that are kept word for word; further ones are only counted.
pub const EXAMPLES: usize = 20;

/// What became of a block.
pub struct Tally<'k> {
    /// Requests decoded.
    pub requests: u64,
    /// Requests, stretches of bytes and single records set aside.
    pub set_aside: u64,
    /// The first of them.
    pub examples: Vec<SetAside>,
    /// How the requests were written.
    pub forms: Forms,
    keep: &'k mut dyn Keep,
}

/// How requests were written, where that can vary within a stream.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forms {
    /// JSON documents over several lines.
    pub over_lines: u64,
    /// Frames that hold JSON.
    pub frames_of_json: u64,
    /// Frames that are compressed.
    pub frames_of_zstd: u64,
}

impl std::ops::Add for Forms {
    type Output = Forms;

    fn add(self, other: Forms) -> Forms {
        Forms {
            over_lines: self.over_lines + other.over_lines,
            frames_of_json: self.frames_of_json + other.frames_of_json,
            frames_of_zstd: self.frames_of_zstd + other.frames_of_zstd,
        }
    }
}

impl<'k> Tally<'k> {
    /// Nothing yet; `keep` gets what is set aside.
    pub fn new(keep: &'k mut dyn Keep) -> Tally<'k> {
        Tally { requests: 0, set_aside: 0, examples: Vec::new(), forms: Forms::default(), keep }
    }

    fn example(&mut self, position: &str, reason: String) {
        self.set_aside += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(SetAside { position: position.to_owned(), reason });
        }
    }

    /// A request, or what should have been one.
    pub fn aside(&mut self, spot: Spot, reason: String, bytes: &[u8]) {
        self.example(&spot.position, reason.clone());
        self.keep.write(bytes);
        self.keep.end(Piece { kind: spot.kind, position: spot.position, offset: spot.offset, count: 1, reason, taken: None });
    }

    /// Records of a request whose others, `taken`, went through: the request is kept.
    pub fn records_aside(&mut self, spot: Spot, errors: &[DecodeError], taken: Counts, bytes: &[u8]) {
        let Some(first) = errors.first() else { return };
        for error in errors {
            self.example(&spot.position, format!("one record: {error}"));
        }
        let reason = if errors.len() == 1 { format!("one record: {first}") } else { format!("{} records, the first: {first}", errors.len()) };
        self.keep.write(bytes);
        self.keep.end(Piece {
            kind: spot.kind,
            position: spot.position,
            offset: spot.offset,
            count: errors.len() as u64,
            reason,
            taken: Some(taken),
        });
    }
}

/// Where a piece lies, and what its bytes are.
pub struct Spot {
    /// What its bytes are.
    pub kind: Kind,
    /// Where it begins, for people.
    pub position: String,
    /// Where it begins in the stream, if it lies in it as it is.
    pub offset: Option<u64>,
}
