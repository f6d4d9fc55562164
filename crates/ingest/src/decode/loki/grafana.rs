//! Grafana's downloads of a log panel that are no JSON: the text (`Explore-logs-….txt`), and the tables of Explore and of the panel inspector,
//! comma-separated or as for Excel (UTF-16, tabs). Border: a file in, records out; the rows of the JSON download are read by `line`.

use std::borrow::Cow;
use std::ops::Range;

use super::{Entries, Entry, LabelList, Labels, add_missing, csv, line, time};
use crate::decode::json::Cursor;
use crate::decode::text::{Aside, Cut, Form, Text};
use crate::decode::{DecodeError, Scratch};
use crate::rows::Rows;

/// The text: a few lines about the query, then `milliseconds<TAB>time<TAB>line`.
pub static TXT: Form = Form { name: "grafana-text", recognises: is_text, cut: Cut::Nowhere, decode: text };

/// The tables.
pub static CSV: Form = Form { name: "grafana-csv", recognises: is_table, cut: Cut::Nowhere, decode: table };

const NO_ENTRIES: &str = "a download without entries: the query has found none, or they are not in this file";

/// What the lines about the query begin with.
const ABOUT: [&str; 3] = ["Common labels: ", "Line limit: ", "Total bytes processed: "];

fn is_text(head: &[u8], _: bool) -> bool {
    let head = String::from_utf8_lossy(head);
    let head = head.trim_start_matches('\u{feff}');
    ABOUT.iter().any(|about| head.starts_with(about)) && head.lines().any(|l| entry_of_text(l).is_some() || l.starts_with(ABOUT[1]))
}

/// Time and line of `milliseconds<TAB>time<TAB>line`.
fn entry_of_text(text: &str) -> Option<(u64, &str)> {
    let (milliseconds, rest) = text.split_once('\t')?;
    let (written, line) = rest.split_once('\t')?;
    time::rfc3339(written)?;
    Some((time::milliseconds(milliseconds)?, line))
}

fn text(text: &Text, rows: &mut Rows, aside: &mut Vec<Aside>) -> u64 {
    let Some((content, encoding)) = read(text.bytes, aside) else { return 0 };
    let mut common = Vec::new();
    let mut scratch = Scratch::default();
    let mut open: Option<(u64, Cow<str>)> = None;
    let (mut requests, mut at) = (0, encoding.begins());
    let mut places = Places::new(encoding, &content);
    // one request: times are cut, so that equal entries need not be the same
    let before = rows.begin_request();
    let mut put = |entry: Option<(u64, Cow<str>)>, common: &Labels| -> Result<(), DecodeError> {
        let Some((time_ns, line)) = entry else { return Ok(()) };
        Entries::begin("Grafana log download (text)", &mut scratch, rows).put(&Entry { time_ns, line: &line, labels: common }, rows);
        rows.told().lacks("labels that differ between records");
        rows.told().lacks("digits below a millisecond");
        rows.told().warn(
            "Grafana's text download has times in milliseconds and only the labels that all records share: agents tell nearly all in labels, and \
             the same record from another export is another one; download JSON",
        );
        requests = 1;
        rows.check_size(0)
    };
    let mut outcome = Ok(());
    for written in content[at..].split_inclusive('\n') {
        let range = at..at + written.len();
        at = range.end;
        let written = written.trim_end_matches(['\n', '\r']);
        if let Some((time_ns, line)) = entry_of_text(written) {
            outcome = put(open.replace((time_ns, Cow::Borrowed(line))), &common);
            if outcome.is_err() {
                break;
            }
        } else if let Some((_, line)) = &mut open {
            let line = line.to_mut();
            line.push('\n');
            line.push_str(written);
        } else if let Some(labels) = written.strip_prefix(ABOUT[0]) {
            if line::labels(&mut Cursor::new(labels), &mut common).is_err() {
                aside.push(Aside { range: places.of(range), reason: "common labels that are no JSON object".to_owned() });
            }
        } else if !written.is_empty() && !ABOUT.iter().any(|about| written.starts_with(about)) {
            // any other line about the query
            if !written.contains(": ") {
                aside.push(Aside { range: places.of(range), reason: "a line that is no entry".to_owned() });
            }
        }
    }
    if let Err(error) = outcome.and_then(|()| put(open, &common)) {
        rows.rollback(before);
        aside.clear();
        aside.push(Aside { range: 0..text.bytes.len(), reason: error.to_string() });
        return 0;
    }
    if requests == 0 && aside.is_empty() {
        rows.told().warn(NO_ENTRIES);
    }
    requests
}

/// What the columns of a table are.
struct Columns {
    nanoseconds: Option<usize>,
    /// Milliseconds or a text, in the zone of the browser.
    time: Option<usize>,
    date: Option<usize>,
    line: usize,
    /// All labels as JSON.
    labels: Option<usize>,
    /// A label each.
    others: Vec<(usize, String)>,
    /// How many there are.
    number: usize,
}

impl Columns {
    fn of(header: &[Cow<str>]) -> Option<Columns> {
        let place = |name: &str| header.iter().position(|h| h.eq_ignore_ascii_case(name));
        let known = ["tsNs", "Time", "Date", "Line", "labels", "labelTypes", "id"];
        let other = |(n, name): (usize, &Cow<str>)| (!known.iter().any(|k| name.eq_ignore_ascii_case(k))).then(|| (n, name.to_string()));
        let columns = Columns {
            nanoseconds: place("tsNs"),
            time: place("Time"),
            date: place("Date"),
            line: place("Line")?,
            labels: place("labels"),
            others: header.iter().enumerate().filter_map(other).collect(),
            number: header.len(),
        };
        (columns.nanoseconds.is_some() || columns.time.is_some() || columns.date.is_some()).then_some(columns)
    }

    fn record<'r>(&self, fields: &'r [Cow<str>]) -> Result<(Time, &'r str, LabelList<'r>), String> {
        if fields.len() != self.number {
            // a quote that is lost makes one row of two
            return Err(format!("a row of {} fields in a table of {} columns", fields.len(), self.number));
        }
        let field = |n: usize| fields.get(n).map_or("", |f| f.as_ref());
        let by = |column: Option<usize>, read: fn(&str) -> Option<u64>| column.and_then(|n| read(field(n)));
        let rough = || by(self.date, time::rfc3339).or_else(|| by(self.time, time::milliseconds)).or_else(|| by(self.time, time::rfc3339));
        let time = by(self.nanoseconds, time::nanoseconds).map(Time::Exact).or_else(|| rough().map(Time::Rough));
        let time = time.ok_or("a row without a time that can be told: neither tsNs nor a time with a zone")?;
        let mut labels = Vec::new();
        if let Some(n) = self.labels {
            line::labels(&mut Cursor::new(field(n)), &mut labels).map_err(|_| "labels that are no JSON object")?;
        }
        // a row may be far shorter than the header, and what it lacks is empty
        let others = self.others.iter().take_while(|(n, _)| *n < fields.len());
        add_missing(&mut labels, others.map(|(n, name)| (Cow::Owned(name.clone()), Cow::Borrowed(field(*n)))));
        Ok((time, field(self.line), labels))
    }
}

/// The time of a row, nanoseconds since the epoch.
enum Time {
    /// Loki's own.
    Exact(u64),
    /// To the millisecond.
    Rough(u64),
}

/// The separator of a table, and its columns, and where the rows begin.
fn head_of_table(content: &str, from: usize) -> Option<(char, Columns, usize)> {
    let first = content[from..].lines().next()?;
    let separator = csv::separator(first);
    let mut rows = csv::rows(content, from, separator).skip(usize::from(first.starts_with("sep=")));
    let header = rows.next()?;
    let columns = Columns::of(&header.fields)?;
    Some((separator, columns, header.range.end))
}

fn is_table(head: &[u8], _: bool) -> bool {
    let Some((content, encoding)) = decoded(head) else { return false };
    let head = head_of_table(&content, encoding.begins());
    head.is_some_and(|(_, columns, _)| columns.nanoseconds.is_some() || (columns.date.is_some() && columns.time.is_some()))
}

fn table(text: &Text, rows: &mut Rows, aside: &mut Vec<Aside>) -> u64 {
    let Some((content, encoding)) = read(text.bytes, aside) else { return 0 };
    let Some((separator, columns, begins)) = head_of_table(&content, encoding.begins()) else { return 0 };
    let mut records = 0;
    let mut place = Places::new(encoding, &content);
    for row in csv::rows(&content, begins, separator) {
        let outcome = if row.torn { Err("a row that ends inside quotes".to_owned()) } else { columns.record(&row.fields) };
        match outcome {
            Ok((time, line, labels)) => {
                let before = rows.begin_request();
                let (Time::Exact(time_ns) | Time::Rough(time_ns)) = time;
                // the scratch outlives no row, because the labels are the row's
                let mut scratch = Scratch::default();
                Entries::begin("Grafana log download (table)", &mut scratch, rows).put(&Entry { time_ns, line, labels: &labels }, rows);
                if let Err(error) = rows.check_size(row.range.start) {
                    rows.rollback(before);
                    aside.push(Aside { range: place.of(row.range), reason: error.to_string() });
                    continue;
                }
                if let Time::Rough(_) = time {
                    rows.told().lacks("digits below a millisecond");
                    rows.told().warn(
                        "a table without tsNs: times in milliseconds, so that the same record from another export is another one; download JSON",
                    );
                }
                records += 1;
            }
            Err(reason) => aside.push(Aside { range: place.of(row.range), reason }),
        }
    }
    if records == 0 && aside.is_empty() {
        rows.told().warn(NO_ENTRIES);
    }
    records
}

/// How a file writes its characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Utf8 { mark: bool },
    Utf16,
}

impl Encoding {
    /// Where the content begins in the decoded text.
    fn begins(self) -> usize {
        if self == (Encoding::Utf8 { mark: true }) { '\u{feff}'.len_utf8() } else { 0 }
    }
}

/// Where parts of the decoded text lie in the file. They are asked for in their order, or each would cost a pass over all before it.
struct Places<'c> {
    encoding: Encoding,
    content: &'c str,
    /// A place in the text, and in the file.
    known: (usize, usize),
}

impl<'c> Places<'c> {
    fn new(encoding: Encoding, content: &'c str) -> Places<'c> {
        Places { encoding, content, known: (0, 2) }
    }

    fn of(&mut self, part: Range<usize>) -> Range<usize> {
        if self.encoding != Encoding::Utf16 {
            return part;
        }
        self.at(part.start)..self.at(part.end)
    }

    fn at(&mut self, at: usize) -> usize {
        let (from, place) = if at < self.known.0 { (0, 2) } else { self.known };
        self.known = (at, place + 2 * self.content[from..at].encode_utf16().count());
        self.known.1
    }
}

/// The text of a file, or of its beginning, which may end inside a character.
fn decoded(bytes: &[u8]) -> Option<(Cow<'_, str>, Encoding)> {
    if let Some(units) = bytes.strip_prefix(b"\xff\xfe") {
        let units = units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
        let text = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        return Some((Cow::Owned(text), Encoding::Utf16));
    }
    let text = match simdutf8::compat::from_utf8(bytes) {
        Ok(text) => text,
        Err(e) if e.error_len().is_none() => simdutf8::basic::from_utf8(&bytes[..e.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    Some((Cow::Borrowed(text), Encoding::Utf8 { mark: text.starts_with('\u{feff}') }))
}

/// The text of a file; what is none is set aside as a whole.
fn read<'b>(bytes: &'b [u8], aside: &mut Vec<Aside>) -> Option<(Cow<'b, str>, Encoding)> {
    let content = decoded(bytes);
    if content.is_none() {
        aside.push(Aside { range: 0..bytes.len(), reason: "a download of Grafana's that is no UTF-8".to_owned() });
    }
    content
}
