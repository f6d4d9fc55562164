//! What `logcli` prints when it is no plain JSON lines: its default output (`<time> {labels} line`), and either output with its standard error
//! in the same file (`2>&1`), which tells the labels that were left out of the lines. Border: a text in, records out. `--output=raw` and a
//! default output without labels are lines as any program writes them, and not recognised.

use std::borrow::Cow;
use std::ops::Range;

use super::{Entries, Entry, LabelList, add_missing, line, time};
use crate::decode::json::{Cursor, Fields};
use crate::decode::labels;
use crate::decode::text::{Aside, Cut, Form, Text};
use crate::decode::{DecodeError, Scratch};
use crate::rows::Rows;

/// The default output.
pub static PRINTED: Form = Form { name: "logcli-text", recognises: is_printed, cut: Cut::Entries, decode };

/// Either output with the standard error in it. Labels are left out batch by batch, and each batch's are told before it.
pub static MERGED: Form = Form { name: "logcli-merged", recognises: is_merged, cut: Cut::Messages, decode };

/// What `logcli series` prints: sets of labels.
pub static SERIES: Form = Form { name: "logcli-series", recognises: is_series, cut: Cut::Nowhere, decode: refuse_series };

const NO_ENTRIES: &str = "messages of logcli's, but no entries: the query has found none, or they are not in this file";

/// A line of such a text.
enum Kind<'t> {
    /// An entry in JSON.
    Json,
    /// An entry of the default output.
    Entry(Box<Printed<'t>>),
    /// A message of logcli's: the request that it made, the labels that it left out.
    Message(&'t str),
    /// What begins as an entry of the default output and is none.
    Torn,
    /// Something else: the rest of a line that has line breaks, if one is open.
    Other,
}

/// An entry of the default output.
struct Printed<'t> {
    time_ns: u64,
    /// Whether its time has whole seconds only.
    whole: bool,
    labels: LabelList<'t>,
    line: Cow<'t, str>,
}

fn kind(text: &str) -> Kind<'_> {
    if text.starts_with("{\"labels\":") || text.starts_with("{\"line\":") {
        return Kind::Json;
    }
    if let Some(message) = message(text) {
        return Kind::Message(message);
    }
    match printed(text) {
        Some(entry) => Kind::Entry(Box::new(entry)),
        None if is_torn(text) => Kind::Torn,
        None => Kind::Other,
    }
}

/// A line of Go's standard logger: `2026/11/22 18:43:26 message`.
fn message(text: &str) -> Option<&str> {
    let (date, message) = (text.get(..20)?, text.get(20..)?);
    let fits = date.bytes().zip("0000/00/00 00:00:00 ".bytes()).all(|(b, p)| if p == b'0' { b.is_ascii_digit() } else { b == p });
    fits.then_some(message)
}

/// An entry of the default output. The labels are padded to the longest of their batch, so that blanks at the beginning of a line are lost.
fn printed(text: &str) -> Option<Printed<'_>> {
    let (time, rest) = text.split_once(' ')?;
    let time_ns = time.contains('T').then(|| time::rfc3339(time)).flatten()?;
    let (labels, rest) = labels::parse(rest)?;
    let line = rest.trim_start_matches(' ');
    (rest.is_empty() || rest.starts_with(' ')).then(|| Printed { time_ns, whole: !time.contains('.'), labels, line: Cow::Borrowed(line) })
}

/// Whether a line begins with a time and what could be labels. As the rest of the line above it would spoil that one.
fn is_torn(text: &str) -> bool {
    text.split_once(" {").is_some_and(|(time, _)| time.contains('T') && time::rfc3339(time).is_some())
}

/// The labels that a message says were left out of the lines below; `None` in place of them where they cannot be read.
fn common(message: &str) -> Option<Option<LabelList<'_>>> {
    let labels = message.strip_prefix("Common labels: ")?;
    Some(labels::parse(labels).filter(|(_, behind)| behind.trim().is_empty()).map(|(labels, _)| labels))
}

/// The first line that is not empty.
fn first_line(head: &str) -> &str {
    head.lines().find(|l| !l.trim().is_empty()).unwrap_or_default()
}

fn is_printed(head: &[u8], _: bool) -> bool {
    printed(first_line(&String::from_utf8_lossy(head))).is_some()
}

fn is_merged(head: &[u8], _: bool) -> bool {
    let head = String::from_utf8_lossy(head);
    let asks = |text: &str| text.contains("/loki/api/v1/");
    message(first_line(&head)).is_some_and(|message| asks(message) || common(message).is_some() || head.lines().filter_map(self::message).any(asks))
}

fn is_series(head: &[u8], complete: bool) -> bool {
    let head = String::from_utf8_lossy(head);
    let whole = if complete { head.len() } else { head.rfind('\n').unwrap_or(0) };
    let mut labelled = false;
    // those of Prometheus' tools have a name; a line that is `{}` can as well be an empty document of JSON
    let is_set = |l: &str| {
        labels::parse(l).is_some_and(|(labels, rest)| {
            labelled |= !labels.is_empty();
            rest.trim().is_empty() && !labels.iter().any(|(name, _)| name == "__name__")
        })
    };
    head[..whole].lines().filter(|l| !l.trim().is_empty()).all(is_set) && labelled
}

fn refuse_series(text: &Text, _: &mut Rows, aside: &mut Vec<Aside>) -> u64 {
    let reason = "the streams that logcli series lists, no records: export with logcli query".to_owned();
    aside.push(Aside { range: 0..text.bytes.len(), reason });
    0
}

/// The entry of the default output whose line is still being read.
struct Open<'t> {
    range: Range<usize>,
    entry: Box<Printed<'t>>,
}

/// Reads a stretch.
struct Reader<'t, 'r> {
    /// Labels that were left out of the lines of this batch.
    common: LabelList<'t>,
    scratch: Scratch<'t>,
    open: Option<Open<'t>>,
    /// Entries that were read and not taken.
    refused: Vec<Aside>,
    records: u64,
    /// Records of the default output, and those of them with whole seconds.
    printed: (u64, u64),
    rows: &'r mut Rows,
}

fn decode(text: &Text, rows: &mut Rows, aside: &mut Vec<Aside>) -> u64 {
    let mut reader = Reader { common: Vec::new(), scratch: Scratch::default(), open: None, refused: Vec::new(), records: 0, printed: (0, 0), rows };
    let mut at = 0;
    for line in text.bytes.split_inclusive(|b| *b == b'\n') {
        let range = at..at + line.len();
        at = range.end;
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let outcome = match simdutf8::basic::from_utf8(line) {
            Ok(line) => reader.line(line, range.clone()),
            Err(_) => {
                // lines below it may be its own
                reader.end_entry();
                Err("a line that is no UTF-8".to_owned())
            }
        };
        aside.append(&mut reader.refused);
        if let Err(reason) = outcome {
            aside.push(Aside { range, reason });
        }
    }
    reader.end_entry();
    aside.append(&mut reader.refused);
    reader.tell();
    if reader.records == 0 && aside.is_empty() {
        reader.rows.told().warn(NO_ENTRIES);
    }
    reader.records
}

impl<'t> Reader<'t, '_> {
    fn line(&mut self, text: &'t str, range: Range<usize>) -> Result<(), String> {
        match kind(text) {
            Kind::Other => match &mut self.open {
                Some(open) => {
                    open.range.end = range.end;
                    let line = open.entry.line.to_mut();
                    line.push('\n');
                    line.push_str(text);
                    Ok(())
                }
                // its keys in another order
                None if text.starts_with('{') => self.json(text),
                None if text.trim().is_empty() => Ok(()),
                None => Err("a line that is no entry".to_owned()),
            },
            Kind::Entry(entry) => {
                self.end_entry();
                self.open = Some(Open { range, entry });
                Ok(())
            }
            Kind::Message(message) => {
                self.end_entry();
                if message.contains("/loki/api/v1/") {
                    self.common.clear();
                } else if let Some(common) = common(message) {
                    let unread = common.is_none();
                    self.common = common.unwrap_or_default();
                    if unread {
                        return Err("labels that were left out of the lines below, and cannot be read: the records there are without them".to_owned());
                    }
                } else if message.starts_with("Query failed") {
                    return Err(format!("logcli tells that its query failed: {message:?}"));
                }
                Ok(())
            }
            Kind::Json => {
                self.end_entry();
                self.json(text)
            }
            Kind::Torn => {
                self.end_entry();
                Err("an entry whose labels cannot be read".to_owned())
            }
        }
    }

    fn json(&mut self, text: &'t str) -> Result<(), String> {
        let before = self.rows.begin_request();
        let mut cursor = Cursor::new(text);
        let fields = Fields::read(&mut cursor).and_then(|fields| {
            if cursor.peek().is_some() {
                return Err(cursor.syntax("the end of the line"));
            }
            if !line::recognises(&fields) {
                return Err(DecodeError::value(fields.position(), "an object that is no entry {labels, line, timestamp}".to_owned()));
            }
            line::put(&fields, &self.common, &mut self.scratch, self.rows)?;
            self.rows.check_size(fields.position())
        });
        match fields {
            Ok(()) => self.records += 1,
            Err(error) => {
                self.rows.rollback(before);
                return Err(error.to_string());
            }
        }
        Ok(())
    }

    /// Appends the record that was being read.
    fn end_entry(&mut self) {
        let Some(Open { range, entry }) = self.open.take() else { return };
        let before = self.rows.begin_request();
        let mut labels = entry.labels;
        add_missing(&mut labels, self.common.iter().cloned());
        let mut entries = Entries::begin("logcli default output", &mut self.scratch, self.rows);
        entries.put(&Entry { time_ns: entry.time_ns, line: &entry.line, labels: &labels }, self.rows);
        if let Err(error) = self.rows.check_size(0) {
            self.rows.rollback(before);
            self.refused.push(Aside { range, reason: error.to_string() });
            return;
        }
        line::logcli(&labels, self.rows);
        self.records += 1;
        self.printed.0 += 1;
        self.printed.1 += u64::from(entry.whole);
    }

    fn tell(&mut self) {
        let told = self.rows.told();
        if self.printed.0 > 0 {
            told.lacks("blanks at the beginning of a line");
        }
        // with all digits a whole second is rare
        if self.printed.0 > 0 && self.printed.0 == self.printed.1 {
            told.lacks("fractions of a second");
            told.warn(
                "times in whole seconds, as logcli's default output has them: durations and order are lost, and the same record from another \
                 export is another one; export with --output=jsonl, or --output-timestamp-format=rfc3339nano",
            );
        }
    }
}
