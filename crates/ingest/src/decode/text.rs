//! Forms of text that are not JSON: which there are, and what a decoder of one is given. Border: the list; the forms are read by the modules
//! of their systems, and cutting a stream is `blocks`' business.

use std::fmt;
use std::ops::Range;

use super::{loki, prometheus, tempo};
use crate::rows::Rows;

/// The forms, in the order in which they are asked.
pub static FORMS: [&Form; 9] = [
    &prometheus::text::DUMP,
    &prometheus::text::EXPOSITION,
    &tempo::cli::QUERY,
    &tempo::cli::OTHER,
    &loki::logcli::PRINTED,
    &loki::logcli::MERGED,
    &loki::logcli::SERIES,
    &loki::grafana::TXT,
    &loki::grafana::CSV,
];

/// The form of a stream that begins so; `complete` says that there is no more of it than `head`.
pub fn detect(head: &[u8], complete: bool) -> Option<&'static Form> {
    FORMS.into_iter().find(|f| (f.recognises)(head, complete))
}

/// How a stream of a form may be cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Behind any line: each can be read alone, with the stream's head.
    Lines,
    /// Before a line that begins as a log's entry does: other lines belong to the one above them.
    Entries,
    /// Before a line of Go's logger: what it says holds for the lines below. Where there is none in as much as may be held, before an entry.
    Messages,
    /// Nowhere: all of it is one request.
    Nowhere,
}

/// A form of text.
pub struct Form {
    /// Its name in the ledger: lowercase, with dashes.
    pub name: &'static str,
    /// Whether a stream that begins so has it. Must be sure: what it claims is not asked of others.
    pub recognises: fn(head: &[u8], complete: bool) -> bool,
    /// How a stream may be cut.
    pub cut: Cut,
    /// Puts the records of a stretch into the rows, and what is none into the list. Gives the number of requests.
    pub decode: fn(text: &Text, rows: &mut Rows, aside: &mut Vec<Aside>) -> u64,
}

impl PartialEq for Form {
    fn eq(&self, other: &Form) -> bool {
        self.name == other.name
    }
}

impl Eq for Form {}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A stretch of a stream: whole lines, or all of it.
#[derive(Debug, Clone, Copy)]
pub struct Text<'b> {
    /// The first bytes of the stream (64 KiB at most), for what is said once and holds for all of it.
    pub head: &'b [u8],
    /// The stretch.
    pub bytes: &'b [u8],
}

/// Something that is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aside {
    /// Where it lies in the stretch.
    pub range: Range<usize>,
    /// Why: lowercase, without a full stop.
    pub reason: String,
}
