//! Rows held against the list. Border: a batch of a raw table in; which rows go, and the batch with what is mentioned masked, out.
//!
//! A row belongs to what was forgotten when its trace or span does, when an attribute that names a conversation or a user says so (its own or its
//! resource's, under that name or as Loki and Prometheus spell it), when it is a point of a process that is, when its body is the conversation itself,
//! or when it is older than what is kept. Some exports leave nothing of a log record but its time and its text: such a row belongs to the record of
//! that very nanosecond.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampNanosecondType;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::ArrowError;
use tracemill_model::Table;
use tracemill_model::tables::{EVENTS, METRICS};

use crate::items::{items, value};
use crate::judge::Judge;
use crate::list::What;
use crate::members::texts_of;
use crate::names::{itself_in, spell};

/// What becomes of a batch.
#[derive(Debug)]
pub struct Judged {
    /// Which rows stay.
    pub stays: Vec<bool>,
    /// Which rows go because they name what was forgotten, and not for their trace, span or time.
    pub named: Vec<bool>,
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

/// What a text becomes: `None` where it stays as it is, else the new text, or null.
type Change = Option<Option<String>>;

impl Judge {
    /// Judges the rows of a raw table.
    ///
    /// # Errors
    /// The masked columns make no batch: a fault of the program.
    pub fn judge(&self, table: &Table, batch: &RecordBatch) -> Result<Judged, ArrowError> {
        let mut stays = self.by_time_and_trace(table, batch);
        self.by_time_alone(table, batch, &mut stays);
        let mut named = vec![false; stays.len()];
        let (mut columns, mut changed) = (batch.columns().to_vec(), BTreeSet::new());
        for (place, (field, column)) in batch.schema().fields().iter().zip(batch.columns()).enumerate() {
            let name = field.name().as_str();
            let Some(texts) = column.as_string_opt::<i32>() else { continue };
            let mut changes: Vec<(usize, Option<String>)> = Vec::new();
            if name == "parent_span_id" {
                changes = self.parents(batch, texts);
            } else if !IDS.contains(&name) {
                let mut last: Option<(usize, Change, bool)> = None;
                for row in (0..texts.len()).filter(|row| texts.is_valid(*row)) {
                    let text = texts.value(row);
                    // neighbours often have the same resource
                    if last.as_ref().is_none_or(|(row, ..)| texts.value(*row) != text) {
                        let change = self.change(name, text);
                        let names = (change.is_some() || self.list.has_short_users()) && self.belongs(table, name, text);
                        last = Some((row, change, names));
                    }
                    if let Some((_, change, names)) = &last {
                        named[row] |= *names && stays[row];
                        changes.extend(change.clone().map(|text| (row, text)));
                    }
                }
            }
            if changes.iter().any(|(row, _)| stays[*row]) {
                let mut changes = changes.into_iter().peekable();
                let text = |row: usize| match changes.next_if(|(at, _)| *at == row) {
                    Some((_, new)) => {
                        let _ = changed.insert(row);
                        new
                    }
                    None => texts.is_valid(row).then(|| texts.value(row).to_owned()),
                };
                columns[place] = Arc::new((0..texts.len()).map(text).collect::<StringArray>()) as ArrayRef;
            }
        }
        self.by_process(table, batch, &mut stays);
        stays.iter_mut().zip(&named).for_each(|(stays, named)| *stays &= !named);
        let mentions = changed.iter().filter(|row| stays[**row]).count();
        let masked = (mentions > 0).then(|| RecordBatch::try_new(batch.schema(), columns)).transpose()?;
        Ok(Judged { stays, named, masked, mentions })
    }

    /// What a text of that column becomes.
    fn change(&self, column: &str, text: &str) -> Change {
        if !matches!(column, "links" | "exemplars") || !self.list.has_traces() {
            return self.masked(text).map(Some);
        }
        let Some(all) = items(text).filter(|_| text.trim_start().starts_with('[')) else { return self.masked(text).map(Some) };
        let left: Vec<&str> = all.iter().copied().filter(|one| !self.is_of(one)).collect();
        if left.len() == all.len() {
            return self.masked(text).map(Some);
        }
        if left.is_empty() {
            return Some(None);
        }
        let left = format!("[{}]", left.join(","));
        Some(Some(self.masked(&left).unwrap_or(left)))
    }

    /// Whether a link or an exemplar is of a trace, span, conversation or user that was forgotten.
    fn is_of(&self, one: &str) -> bool {
        let Some(items) = items(one).filter(|_| one.starts_with('{')) else { return false };
        let text = |name: &str| value(&items, name).and_then(|text| serde_json::from_str::<String>(text).ok()).unwrap_or_default();
        let (trace, span) = (text("trace_id"), text("span_id"));
        let names = |name: &str| value(&items, name).is_some_and(|attributes| self.is_named(attributes));
        self.list.knows(What::Trace, trace.as_bytes())
            || self.list.knows(What::Span, format!("{trace}{span}").as_bytes())
            || names("attributes")
            || names("filtered_attributes")
    }

    /// The rows whose parent was forgotten: what is left below it hangs on nothing, as if nothing had been there.
    fn parents(&self, batch: &RecordBatch, parents: &StringArray) -> Vec<(usize, Option<String>)> {
        let Some(traces) = batch.column_by_name("trace_id").and_then(|c| c.as_string_opt::<i32>()) else { return Vec::new() };
        let rows = (0..parents.len()).filter(|row| parents.is_valid(*row) && traces.is_valid(*row));
        let is_gone = |row: &usize| self.list.knows(What::Span, format!("{}{}", traces.value(*row), parents.value(*row)).as_bytes());
        let mut last = None;
        let mut is_shared = |row: &usize| {
            // neighbours often are of the same trace
            let trace = traces.value(*row);
            if last.is_none_or(|(known, _)| known != trace) {
                last = Some((trace, self.list.knows(What::Shared, trace.as_bytes())));
            }
            last.is_some_and(|(_, shared)| shared)
        };
        if self.list.has_traces() { rows.filter(|row| is_shared(row) && is_gone(row)).map(|row| (row, None)).collect() } else { Vec::new() }
    }

    /// Whether a text of that column says that the row belongs to what was forgotten.
    fn belongs(&self, table: &Table, column: &str, text: &str) -> bool {
        match column {
            "attributes" | "resource" | "scope_attributes" => self.is_named(text),
            "body" if table.name == EVENTS.name => itself_in(text).iter().any(|id| self.list.knows(What::Conversation, id.as_bytes())),
            _ => false,
        }
    }

    /// Whether attributes name a conversation or a user that was forgotten.
    fn is_named(&self, attributes: &str) -> bool {
        let names = |name: &str| [&self.conversation, &self.user].into_iter().any(|names| names.contains(&spell(name)));
        texts_of(attributes, &names).iter().any(|(name, text)| self.is_forgotten(&spell(name), text))
    }

    /// Whether a text under that name, as it is spelled everywhere, is a conversation or a user that was forgotten.
    fn is_forgotten(&self, name: &str, text: &str) -> bool {
        let is = |names: &BTreeSet<String>, what| names.contains(name) && self.list.knows(what, text.as_bytes());
        is(&self.conversation, What::Conversation) || is(&self.user, What::User)
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

    /// Takes out the points of processes that were forgotten: of their sums nobody can tell what was of which conversation.
    fn by_process(&self, table: &Table, batch: &RecordBatch, stays: &mut [bool]) {
        let text = |name| batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>());
        let (Some(resources), true) = (text("resource"), table.name == METRICS.name && self.list.has_processes()) else { return };
        let attributes = text("attributes");
        let mut last: Option<(&str, bool)> = None;
        for (row, stays) in stays.iter_mut().enumerate().filter(|(row, _)| resources.is_valid(*row)) {
            let resource = resources.value(row);
            if last.is_none_or(|(known, _)| known != resource) {
                let gone = self.names.processes_in(resource).iter().any(|process| self.list.knows(What::Process, process.as_bytes()));
                last = Some((resource, gone));
            }
            // what names another conversation is that one's
            let names = || attributes.is_some_and(|a| a.is_valid(row) && !self.names.conversations_in(a.value(row)).is_empty());
            *stays &= !last.is_some_and(|(_, gone)| gone) || names();
        }
    }
}

#[cfg(test)]
mod tests {
    use tracemill_model::Lake;

    use super::*;
    use crate::{Forgotten, Names};

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
        let names = Names { conversation: vec!["session.id".into()], user: vec!["user.name".into()], ..Names::default() };
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
        let mask = crate::text::mask(ID.len());
        assert_eq!((text("attributes", 9), text("body", 9)), (format!(r#"{{"parent.id":"{mask}"}}"#), format!("see {mask}")));
        assert_eq!((text("attributes", 8).as_str(), text("body", 8).as_str()), (r#"{"name":"bob"}"#, "bob"));
        let untouched = judge.judge(&EVENTS, &batch(&[(11, "cc", "01", "{}", "x")])).unwrap();
        assert!(untouched.masked.is_none() && untouched.gone() == 0);
    }
    #[test]
    fn a_link_goes_whatever_is_nested_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path()).unwrap();
        let mut list = Forgotten::empty(&lake).unwrap();
        list.add(What::Conversation, [ID]);
        list.add(What::Trace, ["aa"]);
        list.add(What::Span, ["bb01"]);
        let judge = Judge::new(list, &Names { conversation: vec!["session.id".into()], ..Names::default() });
        for levels in [1, 200, 100_000] {
            let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
            let link =
                |trace: &str, span: &str, more: &str| format!(r#"{{"attributes":{{"deep":{deep}{more}}},"span_id":"{span}","trace_id":"{trace}"}}"#);
            let named = format!(r#","session.id":"{ID}""#);
            let (kept, other) = (link("bb", "02", ""), link("cc", "01", r#","n":1.50"#));
            let all = [link("aa", "07", ""), kept.clone(), link("bb", "01", ""), link("cc", "02", &named), other.clone()];
            for column in ["links", "exemplars"] {
                assert_eq!(judge.change(column, &format!("[{}]", all.join(","))), Some(Some(format!("[{kept},{other}]"))));
                assert_eq!(judge.change(column, &format!("[{}]", all[0])), Some(None));
                assert_eq!(judge.change(column, &format!("[{kept}]")), None);
            }
        }
    }
}
