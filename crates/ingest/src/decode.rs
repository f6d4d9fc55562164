//! Decoders: one folder a format, all of them putting rows into [`Rows`](crate::rows::Rows). Border: one request in, its rows
//! out; cutting a file into requests is `blocks`' business, so that a decoder can be rewritten alone.

pub mod agents;
pub mod json;
mod labels;
pub mod loki;
pub mod profiles;
pub mod prometheus;
pub mod proto;
pub mod tempo;
pub mod text;

use thiserror::Error;

use crate::canonical::KeyValues;
use crate::record::{Point, SpanEvent, Texts};

/// A decoder's memory, reused from record to record.
#[derive(Debug, Default)]
pub struct Scratch<'a> {
    kv: KeyValues,
    texts: Texts,
    events: Vec<SpanEvent<'a>>,
    point: Point,
}

impl Scratch<'_> {
    /// What of it outlives the bytes at hand, unless a record has made it large.
    pub fn kept(self) -> Scratch<'static> {
        const MOST: usize = 1 << 20;
        let Scratch { kv, texts, point, .. } = self;
        let is_small = kv.capacity() + texts.capacity() + point.capacity() <= MOST;
        if is_small { Scratch { kv, texts, events: Vec::new(), point } } else { Scratch::default() }
    }
}

/// Why a request, or one record of it, could not be decoded.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{reason} (at byte {at} of the request)")]
pub struct DecodeError {
    /// Byte offset within the request.
    pub at: usize,
    /// Reason: lowercase, without a full stop.
    pub reason: String,
    /// Whether the rest of the request can still be understood.
    pub recoverable: bool,
}

impl DecodeError {
    /// The bytes are not the format's: nothing after them can be trusted.
    pub fn syntax(at: usize, reason: String) -> DecodeError {
        DecodeError { at, reason, recoverable: false }
    }

    /// The bytes are well formed, but a value is none that OTLP has: only its record is lost.
    pub fn value(at: usize, reason: String) -> DecodeError {
        DecodeError { at, reason, recoverable: true }
    }
}

/// What became of a request: the records of it that were set aside, while the others went through.
pub type SetAside = Vec<DecodeError>;
