//! Tests of all forms together, with the program's own names of agents; each form's grammar is tested beside it.

mod documents;
mod events;
mod texts;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::decode::json::{self, Cursor};
use crate::decode::text::{Aside, Form, Text};
use crate::decode::{DecodeError, Scratch};
use crate::rows::Rows;
use crate::shown::{self, Row};
use crate::told::Told;

/// What was read: the events, what was set aside, and what was told.
struct Read {
    events: Vec<Row>,
    aside: Vec<String>,
    told: Told,
}

impl Read {
    fn of(mut rows: Rows, aside: Vec<String>) -> Read {
        let told = std::mem::take(rows.told());
        let [_, events, _] = shown::all(&mut rows);
        Read { events, aside, told }
    }

    fn ids(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.events.iter().map(|e| e["record_id"].as_str()).collect();
        ids.sort_unstable();
        ids
    }

    fn names(&self) -> Vec<&str> {
        self.events.iter().map(|e| e.get("event_name").map_or("", String::as_str)).collect()
    }

    fn warned(&self, of: &str) -> bool {
        self.told.warnings.all().0.any(|w| w.contains(of))
    }
}

fn rows() -> Rows {
    Rows::new(Arc::new(tracemill_normalize::vocabulary(None).unwrap()), &crate::Privacy::default())
}

/// Reads JSON documents, one a line.
fn documents(text: &str) -> Result<Read, DecodeError> {
    let (mut rows, mut aside, mut scratch) = (rows(), Vec::new(), Scratch::default());
    for line in text.lines().filter(|l| !l.is_empty()) {
        json::document(&mut Cursor::new(line), &mut scratch, &mut rows, &mut aside)?;
    }
    Ok(Read::of(rows, aside.iter().map(ToString::to_string).collect()))
}

/// Reads a text of a form, which it must be recognised as.
fn text(form: &Form, bytes: &[u8]) -> Read {
    assert!((form.recognises)(bytes, true), "{form:?}");
    let (mut rows, mut aside) = (rows(), Vec::new());
    (form.decode)(&Text { head: &bytes[..bytes.len().min(64 << 10)], bytes }, &mut rows, &mut aside);
    let told = |a: &Aside| format!("{:?}: {}", a.range, a.reason);
    Read::of(rows, aside.iter().map(told).collect())
}

/// Time, line and labels of an entry.
type Written<'t> = (&'t str, &'t str, &'t [(&'t str, &'t str)]);

/// A page of one stream for each entry, as the API gives it.
fn page(entries: &[Written]) -> String {
    let streams = entries.iter().map(|(time, line, labels)| {
        let labels: BTreeMap<&str, &str> = labels.iter().copied().collect();
        serde_json::json!({"stream": labels, "values": [[time, line]]})
    });
    serde_json::json!({"status": "success", "data": {"resultType": "streams", "result": streams.collect::<Vec<_>>()}}).to_string()
}

/// The only event of a page of one entry.
fn one(line: &str, labels: &[(&str, &str)]) -> Row {
    let mut read = documents(&page(&[("1795370581000000001", line, labels)])).unwrap();
    assert_eq!((read.events.len(), &read.aside), (1, &Vec::new()), "{labels:?}");
    read.events.remove(0)
}
