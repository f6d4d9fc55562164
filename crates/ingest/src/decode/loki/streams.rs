//! Streams of entries: the result of a log query (`/loki/api/v1/query_range`), and the same shape where it is sent or followed
//! (`/loki/api/v1/push`, `/tail`). Border: an array of streams, or one stream.
//!
//! Unless a client asks for `categorize-labels`, the structured metadata of an entry are among its stream's labels, and each set of them is a
//! stream of its own; else they follow the line. Both decode to the same record.

use std::borrow::Cow;

use super::{Entries, Entry, LABELS_DROPPED, LabelList, add_missing, line, time};
use crate::decode::json::{Cursor, Fields, lenient};
use crate::decode::{DecodeError, Scratch, SetAside};
use crate::rows::Rows;

type Result<T> = std::result::Result<T, DecodeError>;

/// Entries that the API gives at most: unless a limit is given, and whatever is given unless the server is configured otherwise.
const LIMITS: [u64; 2] = [100, 5000];

/// The streams of a request.
pub struct Streams<'s, 'a> {
    entries: Entries<'s, 'a>,
    labels: LabelList<'a>,
    number: u64,
}

impl<'s, 'a> Streams<'s, 'a> {
    /// Begins a request of a form.
    pub fn begin(form: &str, scratch: &'s mut Scratch<'a>, rows: &mut Rows) -> Streams<'s, 'a> {
        Streams { entries: Entries::begin(form, scratch, rows), labels: Vec::new(), number: 0 }
    }

    /// Reads an array of streams. A stream or entry that cannot be understood is set aside; the others go through.
    pub fn array(&mut self, cursor: &mut Cursor<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
        let mut first = true;
        if !cursor.begin_array()? {
            return Ok(());
        }
        while cursor.element(&mut first)? {
            let start = cursor.clone();
            let outcome = Fields::read(cursor).and_then(|fields| self.stream(&fields, rows, aside));
            if let Some(error) = recoverable(outcome)? {
                cursor.rewind(&start);
                cursor.skip()?;
                aside.push(error);
            }
        }
        Ok(())
    }

    /// Reads a stream: `{"stream":{…},"values":[…]}`.
    pub fn stream(&mut self, fields: &Fields<'a>, rows: &mut Rows, aside: &mut SetAside) -> Result<()> {
        let (Some(mut stream), Some(mut values)) = (fields.get("stream"), fields.get("values")) else {
            return Err(DecodeError::value(fields.position(), "a stream without labels or values".to_owned()));
        };
        self.labels.clear();
        line::labels(&mut stream, &mut self.labels)?;
        let of_stream = self.labels.len();
        let mut first = true;
        if !values.begin_array()? {
            return Ok(());
        }
        while values.element(&mut first)? {
            let start = values.clone();
            self.labels.truncate(of_stream);
            if let Some(error) = recoverable(self.entry(&mut values, rows))? {
                values.rewind(&start);
                values.skip()?;
                aside.push(error);
            }
            rows.check_size(values.position())?;
        }
        Ok(())
    }

    /// Reads an entry: `["time","line"]` or `["time","line",{…}]`.
    fn entry(&mut self, cursor: &mut Cursor<'a>, rows: &mut Rows) -> Result<()> {
        let at = cursor.position();
        let wrong = |what: &str| DecodeError::value(at, format!("{what} where an entry [time, line] is expected"));
        let mut first = true;
        if !cursor.begin_array()? || !cursor.element(&mut first)? {
            return Err(wrong("nothing"));
        }
        let written = lenient::text(cursor)?;
        let time_ns = time::nanoseconds(&written).ok_or_else(|| wrong(&format!("the time {written:?}")))?;
        if !cursor.element(&mut first)? {
            return Err(wrong("a time alone"));
        }
        if cursor.peek() != Some(b'"') {
            return Err(wrong("a line that is no text"));
        }
        let text = cursor.string()?;
        if cursor.element(&mut first)? {
            self.metadata(cursor, rows)?;
            if cursor.element(&mut first)? {
                return Err(wrong("more than three values"));
            }
        }
        self.entries.put(&Entry { time_ns, line: &text, labels: &self.labels }, rows);
        self.number += 1;
        if !self.labels.iter().any(|(label, _)| matches!(label.as_ref(), "service_name" | "job")) {
            rows.told().warn(LABELS_DROPPED);
        }
        Ok(())
    }

    /// What follows the line: labels by category, or, where entries are sent, the structured metadata themselves.
    fn metadata(&mut self, cursor: &mut Cursor<'a>, rows: &mut Rows) -> Result<()> {
        let fields = Fields::read(cursor)?;
        let of_stream = self.labels.len();
        for (key, mut value) in fields.iter() {
            match key {
                "structuredMetadata" => line::labels(&mut value, &mut self.labels)?,
                "parsed" => {
                    let before = self.labels.len();
                    line::labels(&mut value, &mut self.labels)?;
                    if self.labels.len() > before {
                        rows.told().warn(
                            "the query has parsed labels out of the lines (| json, | logfmt and the like), which stand among the attributes: \
                             export with the bare selector",
                        );
                    }
                }
                _ => self.labels.push((Cow::Owned(key.to_owned()), lenient::text(&mut value)?)),
            }
        }
        // a label of the stream hides one of the same name, as in the form in which they are one list
        let found = self.labels.split_off(of_stream);
        add_missing(&mut self.labels, found);
        Ok(())
    }

    /// Ends a page of a query's result.
    pub fn end_page(self, rows: &mut Rows) {
        if LIMITS.contains(&self.number) {
            let number = self.number;
            rows.told().warn(&format!(
                "a page of exactly {number} entries, which is the API's limit: there are probably more; ask for the time before its oldest entry"
            ));
        }
    }
}

/// An error after which the rest can still be read, or nothing; any other error goes on.
fn recoverable(outcome: Result<()>) -> Result<Option<DecodeError>> {
    match outcome {
        Ok(()) => Ok(None),
        Err(error) if error.recoverable => Ok(Some(error)),
        Err(error) => Err(error),
    }
}
