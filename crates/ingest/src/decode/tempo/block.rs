//! Tempo's backend blocks (vParquet3, 4 and 5) and its write-ahead files, read as Parquet. Border: a file in, batches of traces out, each
//! of which becomes rows on its own.
//!
//! A row of the file is a trace, or the part of it that the block has: its other spans may lie in other blocks, and some in both, which
//! identity takes care of. What the columns mean is told by Tempo's source (`tempodb/encoding/vparquet{3,4,5}/schema.go`) and by the pages "Apache
//! Parquet schema" and "Dedicated attribute columns" of its documentation:
//!
//! | column | meaning |
//! |---|---|
//! | `TraceID` | the trace id, padded to 16 bytes |
//! | `rs[].Resource`, `rs[].ss[].Scope`, `rs[].ss[].Spans[]` | as in OTLP; lists in three levels, bare repeated groups in vParquet5 |
//! | `SpanID`, `ParentSpanID` | as they were sent; a root's parent is empty |
//! | `StartTimeUnixNano`, `DurationNano` | the end is the sum; like Tempo's own, it wraps |
//! | `Kind`, `StatusCode` | OTLP's numbers |
//! | `Events[].TimeSinceStartNano` | since the span's start, wrapping; vParquet3 has `TimeUnixNano` |
//! | `Links` | groups; in vParquet3 a protobuf `LinkSlice` |
//! | `Attrs[].Key` | the attribute's name |
//! | `Attrs[].Value`, `ValueInt`, `ValueDouble`, `ValueBool` | its value: the one element of one of these lists |
//! | `Attrs[].IsArray` | the value is the array of all the elements, and the empty array where there are none |
//! | `Attrs[].ValueUnsupported` | any other value, as JSON of an `AnyValue`; `{}` is null |
//! | `ServiceName`, `K8s…`, `Http…` and their like | an attribute each: `service.name` in all versions, the others up to vParquet4 |
//! | `DedicatedAttributes.String01`… | the attribute that `meta.json` names: the first of its texts for that level; in vParquet5 lists, and `Int01`… too |
//!
//! All other columns are derived from these and not read. A block loses schema URLs, the flags of spans and links, a `service.name` of the
//! empty text, and where an attribute with a column of its own is repeated, all values but the last. In the dedicated columns of vParquet5
//! it also loses that an array had but one element, and an array without any; vParquet3 has no attributes of scopes.

mod attributes;
mod columns;
mod companion;
mod meta;
mod open;
mod pages;
#[cfg(test)]
mod tests;
mod text;
mod traces;
mod version;
mod wal;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{Array, RecordBatch, RecordBatchReader, StructArray};
use arrow_schema::ArrowError;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use crate::decode::{DecodeError, SetAside};
use crate::rows::Rows;
use attributes::Noticed;
use columns::Group;
pub use companion::is_companion;
use meta::Meta;
use open::Opened;
use traces::Traces;
use version::Version;

/// Told where dedicated columns hold values and `meta.json` does not name them.
const NAMELESS: &str = "attributes without names: the block's dedicated columns are named in its meta.json only, and that is not beside the \
     file, or lacks them; they are kept as DedicatedAttributes.String01 and so on; put the block's meta.json beside the file before it is ingested";

/// Told where a text ends inside a character.
const STUMPS: &str = "texts that end inside a character, where an older Tempo has cut a long attribute: that character is left out, and \
     what followed it was never stored; raise max_attribute_bytes in Tempo's overrides";

/// Where a Parquet file lies.
pub enum Content {
    /// On disk, as it is.
    File(File),
    /// In memory: it came compressed, or through a pipe.
    Memory(Vec<u8>),
}

/// A block that is read.
pub struct Reader {
    /// `None` after an error.
    batches: Option<ParquetRecordBatchReader>,
    block: Arc<Block>,
    /// Traces read so far.
    read: usize,
}

/// What its traces share.
#[derive(Debug)]
struct Block {
    version: Version,
    form: String,
    meta: Meta,
    /// Columns that no known version has.
    unknown: BTreeSet<String>,
}

/// Some of its traces.
#[derive(Debug)]
pub struct Batch {
    traces: StructArray,
    /// How many lie before them in the file.
    before: usize,
    block: Arc<Block>,
}

impl Reader {
    /// Opens a Parquet file. `path` tells where `meta.json` may lie. The error is the reason: lowercase, without a full stop.
    pub fn open(content: Content, path: Option<&Path>) -> Result<Reader, String> {
        let Opened { batches, version, unknown } = open::open(content)?;
        let kind = if path.and_then(Path::parent).and_then(wal::folder).is_some() { "write-ahead file" } else { "block" };
        let block = Block { version, form: format!("Tempo {kind} {}", version.name()), meta: Meta::beside(path), unknown };
        // whether all columns have the types they should is seen without reading any
        let empty = StructArray::from(RecordBatch::new_empty(batches.schema()));
        let _ = Traces::new(&Group::root(&empty), &block.meta)?;
        Ok(Reader { batches: Some(batches), block: Arc::new(block), read: 0 })
    }

    /// The next traces; `None` at the end. The error is the reason; nothing comes after it.
    pub fn next_batch(&mut self) -> Option<Result<Batch, String>> {
        let before = self.read;
        let batches = self.batches.as_mut()?;
        let read = open::guarded(|| batches.next()).unwrap_or_else(|panic| Some(Err(ArrowError::ParquetError(panic))))?;
        Some(match read {
            Ok(traces) => {
                self.read += traces.num_rows();
                Ok(Batch { traces: traces.into(), before, block: self.block.clone() })
            }
            Err(error) => {
                self.batches = None;
                Err(format!("a Parquet file that is damaged behind trace {before}: {}; copy it again", open::reason(&error.to_string())))
            }
        })
    }
}

impl Batch {
    /// Puts the spans into the rows. Gives the number of requests (traces). What is set aside has for its place the number of the trace in the
    /// file, from 1.
    pub fn decode(&self, rows: &mut Rows, aside: &mut SetAside) -> u64 {
        let traces = match Traces::new(&Group::root(&self.traces), &self.block.meta) {
            Ok(traces) => traces,
            Err(reason) => {
                aside.push(DecodeError::syntax(self.before + 1, reason));
                return 0;
            }
        };
        let mut noticed = Noticed::default();
        let mut requests = 0;
        for row in 0..self.traces.len() {
            let before = rows.begin_request();
            self.block.tell(rows);
            let asides = aside.len();
            match traces.trace(row, self.before + row + 1, rows, aside, &mut noticed) {
                Ok(()) => requests += 1,
                Err(error) => {
                    rows.rollback(before);
                    aside.truncate(asides);
                    aside.push(error);
                }
            }
        }
        if noticed.nameless {
            rows.told().warn(NAMELESS);
        }
        if noticed.texts.stumps > 0 {
            rows.told().warn(STUMPS);
        }
        requests
    }
}

impl Block {
    /// Says of a request what it comes from.
    fn tell(&self, rows: &mut Rows) {
        super::tell(rows, &self.form);
        let told = rows.told();
        match self.version {
            Version::V3 => told.lacks("attributes of scopes"),
            Version::V4 => {}
            Version::V5 => told.lacks("whether a dedicated attribute was an array of one value"),
        }
        if !self.unknown.is_empty() {
            let columns: Vec<String> = self.unknown.iter().map(|c| format!("{c:?}")).collect();
            told.warn(&format!("columns that tracemill does not know are left out: {}; it may be older than this Tempo", columns.join(", ")));
        }
        if !self.meta.odd.is_empty() {
            told.warn(&self.meta.odd);
        }
        if self.meta.found && self.meta.format != self.version.name() {
            let (found, own) = (&self.meta.format, self.version.name());
            told.warn(&format!(
                "the meta.json beside it is that of a {found} block, but the file is {own}: names of dedicated attributes may be wrong"
            ));
        }
    }
}
