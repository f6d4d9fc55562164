//! Rows held against the list. Border: a batch of a raw table in; which rows go, and the batch with what is mentioned masked, out.
//!
//! A row belongs to what was forgotten when its trace or span does, when an attribute that names a conversation or a user says so (its own or its
//! resource's, under that name or as Loki and Prometheus spell it), or when it is older than what is kept. Some exports leave nothing of a log record
//! but its time and its text: such a row belongs to the record of that very nanosecond.

use std::collections::BTreeSet;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::ArrowError;
use serde_json::Value;
use tracemill_model::Table;
use tracemill_model::tables::EVENTS;

use crate::list::{Forgotten, What, is_distinct};
use crate::text::{is_one_word, replaced, standing, whole_words};

/// Bytes looked at in one piece, and of each piece those that are looked at again with the next: more than the longest id, twice.
const PIECE: usize = 1 << 20;
const OVERLAP: usize = 1 << 11;

/// Names of attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// That name a conversation.
    pub conversation: Vec<String>,
    /// That name a user.
    pub user: Vec<String>,
}

impl Names {
    /// The conversations that attributes, as JSON text, name.
    pub fn conversations_in(&self, attributes: &str) -> Vec<String> {
        values(&self.conversation, attributes)
    }

    /// The users that they name.
    pub fn users_in(&self, attributes: &str) -> Vec<String> {
        values(&self.user, attributes)
    }
}

/// The texts under these names.
fn values(names: &[String], attributes: &str) -> Vec<String> {
    let Ok(Value::Object(map)) = serde_json::from_str(attributes) else { return Vec::new() };
    let is_named = |name: &str| names.iter().any(|n| n == name || spell(n) == name);
    map.iter().filter(|(name, _)| is_named(name)).flat_map(|(_, value)| texts(value).map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// See the module.
#[derive(Debug, Clone)]
pub struct Judge {
    list: Forgotten,
    conversation: BTreeSet<String>,
    user: BTreeSet<String>,
    /// Ids of several words, which are known in plain while they are being forgotten.
    plain: Vec<String>,
}

/// What becomes of a batch.
#[derive(Debug)]
pub struct Judged {
    /// Which rows stay.
    pub stays: Vec<bool>,
    /// The batch with all of its rows, where any mentions what was forgotten.
    pub masked: Option<RecordBatch>,
    /// Rows that stay and in which something was masked.
    pub mentions: usize,
}

impl Judged {
    /// Rows that go.
    pub fn gone(&self) -> usize {
        self.stays.iter().filter(|s| !**s).count()
    }
}

/// Columns of ids of their own, in which nothing else stands.
const IDS: [&str; 6] = ["record_id", "span_record_id", "source_id", "trace_id", "span_id", "parent_span_id"];

impl Judge {
    /// By this list and these names.
    pub fn new(list: Forgotten, names: &Names) -> Judge {
        let spelled = |names: &[String]| names.iter().map(|n| spell(n)).collect();
        Judge { list, conversation: spelled(&names.conversation), user: spelled(&names.user), plain: Vec::new() }
    }

    /// Looks for these ids in texts, too, where they are of several words: in plain they can be searched for. Users that are common words are left out.
    pub fn in_plain<'a>(self, conversations: impl IntoIterator<Item = &'a str>, users: impl IntoIterator<Item = &'a str>) -> Judge {
        let ids = conversations.into_iter().chain(users.into_iter().filter(|u| is_distinct(u.as_bytes())));
        let plain = ids.filter(|id| !id.is_empty() && !is_one_word(id.as_bytes())).map(str::to_owned).collect();
        Judge { plain, ..self }
    }

    /// The list.
    pub fn list(&self) -> &Forgotten {
        &self.list
    }

    /// The text with the ids masked; `None` where there are none.
    pub fn masked(&self, text: &str) -> Option<String> {
        let places = self.places(text.as_bytes());
        (!places.is_empty()).then(|| replaced(text, &places))
    }

    /// Where ids stand, in their order.
    fn places(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        let mut places = self.list.places(bytes);
        let found = places.len();
        for id in &self.plain {
            // several words of which one is an id are masked as a whole
            let of_id: Vec<Range<usize>> = standing(bytes, id.as_bytes()).collect();
            places.retain(|place| of_id.iter().all(|p| place.end <= p.start || p.end <= place.start));
            places.extend(of_id);
        }
        if places.len() > found || !self.plain.is_empty() {
            places.sort_by_key(|p| p.start);
            places.dedup_by(|next, before| next.start < before.end);
        }
        places
    }

    /// Whether bytes hold ids, in whatever format they are.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn holds(&self, mut bytes: impl Read) -> io::Result<bool> {
        let (mut piece, mut is_first) = (Vec::new(), true);
        loop {
            let room = PIECE - piece.len();
            let read = bytes.by_ref().take(room as u64).read_to_end(&mut piece)?;
            let words = whole_words(&piece, is_first, read < room, OVERLAP / 2);
            if !self.places(&piece[words]).is_empty() || self.list.has_prefixed(&piece) {
                return Ok(true);
            }
            if read < room {
                return Ok(false);
            }
            let _ = piece.drain(..piece.len() - OVERLAP);
            is_first = false;
        }
    }

    /// Judges the rows of a raw table.
    ///
    /// # Errors
    /// The masked columns make no batch: a fault of the program.
    pub fn judge(&self, table: &Table, batch: &RecordBatch) -> Result<Judged, ArrowError> {
        let mut stays = self.by_time_and_trace(table, batch);
        self.by_time_alone(table, batch, &mut stays);
        let (mut columns, mut changed) = (batch.columns().to_vec(), BTreeSet::new());
        for (place, (field, column)) in batch.schema().fields().iter().zip(batch.columns()).enumerate() {
            let Some(texts) = column.as_string_opt::<i32>().filter(|_| !IDS.contains(&field.name().as_str())) else { continue };
            let naming = ["attributes", "resource", "scope_attributes"].contains(&field.name().as_str());
            let mut masks: Vec<(usize, Option<String>)> = Vec::new();
            let mut last: Option<(usize, Option<String>, bool)> = None;
            for row in (0..texts.len()).filter(|row| texts.is_valid(*row)) {
                let text = texts.value(row);
                // neighbours often have the same resource
                if last.as_ref().is_none_or(|(row, ..)| texts.value(*row) != text) {
                    let masked = self.masked(text);
                    let names = naming && (masked.is_some() || self.list.has_short_users()) && self.is_named(text);
                    last = Some((row, masked, names));
                }
                if let Some((_, masked, names)) = &last {
                    stays[row] &= !names;
                    if masked.is_some() {
                        masks.push((row, masked.clone()));
                    }
                }
            }
            if masks.iter().any(|(row, _)| stays[*row]) {
                let mut masks = masks.into_iter().peekable();
                let text = |row: usize| match masks.next_if(|(at, _)| *at == row) {
                    Some((_, masked)) => {
                        let _ = changed.insert(row);
                        masked
                    }
                    None => texts.is_valid(row).then(|| texts.value(row).to_owned()),
                };
                columns[place] = Arc::new((0..texts.len()).map(text).collect::<StringArray>()) as ArrayRef;
            }
        }
        let mentions = changed.iter().filter(|row| stays[**row]).count();
        let masked = (mentions > 0).then(|| RecordBatch::try_new(batch.schema(), columns)).transpose()?;
        Ok(Judged { stays, masked, mentions })
    }

    /// Which rows stay by their times and traces.
    fn by_time_and_trace(&self, table: &Table, batch: &RecordBatch) -> Vec<bool> {
        let text = |name| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
        let times = table.sort.first().and_then(|time| batch.column_by_name(time)?.as_primitive_opt::<TimestampNanosecondType>());
        let (traces, spans) = (text("trace_id"), text("span_id"));
        let mut both = String::new();
        let mut last: Option<(&str, bool)> = None;
        let mut stays = Vec::with_capacity(batch.num_rows());
        for row in 0..batch.num_rows() {
            let time = times.filter(|t| t.is_valid(row)).map(|t| t.value(row));
            let mut gone = self.list.before().zip(time).is_some_and(|(before, time)| time < before);
            if let Some(trace) = traces.filter(|t| t.is_valid(row)).map(|t| t.value(row)) {
                if last.is_none_or(|(known, _)| known != trace) {
                    last = Some((trace, self.list.knows(What::Trace, trace.as_bytes())));
                }
                gone |= last.is_some_and(|(_, gone)| gone);
                if let Some(span) = spans.filter(|s| !gone && s.is_valid(row)) {
                    both.clear();
                    both.push_str(trace);
                    both.push_str(span.value(row));
                    gone = self.list.knows(What::Span, both.as_bytes());
                }
            }
            stays.push(!gone);
        }
        stays
    }

    /// Takes out the log records of which a poorer system tells only when they were.
    fn by_time_alone(&self, table: &Table, batch: &RecordBatch, stays: &mut [bool]) {
        let text = |name| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
        let time = |name| batch.column_by_name(name).and_then(|c| c.as_primitive_opt::<TimestampNanosecondType>());
        let Some(systems) = text("system").filter(|_| table.name == EVENTS.name) else { return };
        let (traces, attributes) = (text("trace_id"), text("attributes"));
        for (row, stays) in stays.iter_mut().enumerate().filter(|(_, stays)| **stays) {
            let poorer = systems.is_valid(row) && systems.value(row) != "otlp";
            if poorer && traces.is_none_or(|t| t.is_null(row)) && attributes.is_none_or(|a| a.is_null(row) || a.value(row) == "{}") {
                let times = ["time", "observed_time"].into_iter().filter_map(time).filter(|t| t.is_valid(row)).map(|t| t.value(row));
                *stays = !times.into_iter().any(|t| self.list.knows(What::Time, t.to_string().as_bytes()));
            }
        }
    }

    /// Whether attributes name a conversation or a user that was forgotten.
    fn is_named(&self, attributes: &str) -> bool {
        let Ok(Value::Object(map)) = serde_json::from_str(attributes) else { return false };
        map.iter().any(|(name, value)| {
            let name = spell(name);
            let knows = |what| texts(value).any(|text| self.list.knows(what, text.as_bytes()));
            (self.conversation.contains(&name) && knows(What::Conversation)) || (self.user.contains(&name) && knows(What::User))
        })
    }
}

/// A value's texts: of a repeated key there are several.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let (one, many) = match value {
        Value::Array(values) => (None, values.as_slice()),
        other => (Some(other), &[][..]),
    };
    one.into_iter().chain(many).filter_map(Value::as_str)
}

/// A name as systems write it that know letters, digits and `_` alone.
fn spell(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use tracemill_model::Lake;

    use super::*;

    const ID: &str = "019ac0de-0000-7000-8000-0000000000ff";

    fn batch(rows: &[(i64, &str, &str, &str, &str)]) -> RecordBatch {
        let text = |of: fn(&(i64, &str, &str, &str, &str)) -> String| -> ArrayRef {
            Arc::new(rows.iter().map(|r| Some(of(r)).filter(|t| !t.is_empty())).collect::<StringArray>())
        };
        let times: arrow_array::TimestampNanosecondArray = rows.iter().map(|r| Some(r.0)).collect();
        RecordBatch::try_from_iter([
            ("time", Arc::new(times) as ArrayRef),
            ("trace_id", text(|r| r.1.to_owned())),
            ("span_id", text(|r| r.2.to_owned())),
            ("attributes", text(|r| r.3.to_owned())),
            ("body", text(|r| r.4.to_owned())),
        ])
        .unwrap()
    }

    #[test]
    fn rows_that_belong_go_and_rows_that_mention_are_masked() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path()).unwrap();
        let mut list = Forgotten::empty(&lake).unwrap();
        list.add(What::Conversation, [ID]);
        list.add(What::User, ["bob"]);
        list.add(What::Trace, ["aa"]);
        list.add(What::Span, ["bb01"]);
        list.forget_before(10);
        let names = Names { conversation: vec!["session.id".into()], user: vec!["user.name".into()] };
        let judge = Judge::new(list, &names);
        let named = format!(r#"{{"session.id":"{ID}"}}"#);
        let spelled = format!(r#"{{"session_id":["1","{ID}"]}}"#);
        let other = format!(r#"{{"parent.id":"{ID}"}}"#);
        let rows = batch(&[
            (11, "", "", "{}", "kept"),
            (9, "", "", "{}", "too old"),
            (11, "aa", "07", "{}", "its trace"),
            (11, "bb", "01", "{}", "its span"),
            (11, "bb", "02", "{}", "another span"),
            (11, "", "", &named, ""),
            (11, "", "", &spelled, ""),
            (11, "", "", r#"{"user.name":"bob"}"#, ""),
            (11, "", "", r#"{"name":"bob"}"#, "bob"),
            (11, "", "", &other, &format!("see {ID}")),
        ]);
        let judged = judge.judge(&EVENTS, &rows).unwrap();
        assert_eq!(judged.stays, [true, false, false, false, true, false, false, false, true, true]);
        assert_eq!((judged.gone(), judged.mentions), (6, 1));
        let masked = judged.masked.unwrap();
        let text = |name: &str, row| masked.column_by_name(name).unwrap().as_string::<i32>().value(row).to_owned();
        assert_eq!((text("attributes", 9).as_str(), text("body", 9).as_str()), (r#"{"parent.id":"[forgotten]"}"#, "see [forgotten]"));
        assert_eq!((text("attributes", 8).as_str(), text("body", 8).as_str()), (r#"{"name":"bob"}"#, "bob"));
        let untouched = judge.judge(&EVENTS, &batch(&[(11, "cc", "01", "{}", "x")])).unwrap();
        assert!(untouched.masked.is_none() && untouched.gone() == 0);
    }
}
