//! Whose records those are that name no conversation. Border: what the rows of `latency` of the same day say of their span; else the only
//! conversation that these say of their trace.

use std::collections::hash_map::Entry;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::lake::Part;
use tracemill_model::read::rows;
use tracemill_secrets::Rules;

use super::day::{Day, Place, Records};
use crate::Error;
use crate::rows::finding::FindingRow;
use crate::stamp::id;

/// See the module.
#[derive(Debug, Default)]
pub struct Owners {
    spans: FxHashMap<(u128, u128), Arc<str>>,
    /// `None` of a trace with several.
    traces: FxHashMap<u128, Option<Arc<str>>>,
}

impl Owners {
    /// Reads what is said of the spans and traces of the finds that name no conversation.
    pub fn read(found: &Day, shares: &[Part]) -> Result<Owners, Error> {
        let asked: FxHashSet<u128> = found.0.keys().filter_map(|place| place.span).map(|(trace, _)| trace).collect();
        let mut owners = Owners::default();
        if asked.is_empty() {
            return Ok(owners);
        }
        for part in shares {
            for batch in rows(part, &["trace_id", "span_id", "conversation_id"])? {
                let batch = batch?;
                for row in 0..batch.len() {
                    let [trace, span, conversation] = [0, 1, 2].map(|column| batch.text(column).get(row));
                    if let (Some(trace), Some(conversation)) = (trace.map(id).filter(|trace| asked.contains(trace)), conversation) {
                        owners.add(trace, span.map(id), conversation);
                    }
                }
            }
        }
        Ok(owners)
    }

    fn add(&mut self, trace: u128, span: Option<u128>, conversation: &str) {
        let conversation: Arc<str> = match self.traces.entry(trace) {
            Entry::Vacant(entry) => {
                let conversation = Arc::from(conversation);
                entry.insert(Some(Arc::clone(&conversation)));
                conversation
            }
            Entry::Occupied(mut entry) => match entry.get().clone() {
                Some(known) if *known == *conversation => known,
                _ => {
                    entry.insert(None);
                    Arc::from(conversation)
                }
            },
        };
        if let Some(span) = span {
            let _ = self.spans.insert((trace, span), conversation);
        }
    }

    fn of(&self, trace: u128, span: Option<u128>) -> Option<Arc<str>> {
        let of_span = span.and_then(|span| self.spans.get(&(trace, span)));
        of_span.or_else(|| self.traces.get(&trace)?.as_ref()).cloned()
    }

    /// The rows of a day, sorted.
    pub fn rows(&self, day: Day, rules: &Rules) -> Vec<FindingRow> {
        let mut settled = Day::default();
        for (mut place, records) in day.0 {
            if let Some((trace, span)) = place.span.take() {
                place.conversation = self.of(trace, span);
            }
            settled.add(place, records);
        }
        let mut rows: Vec<FindingRow> = settled.0.into_iter().map(|(place, records)| row(place, records, rules)).collect();
        // one record has one find at a place, so this order does not hang on the lake's key
        rows.sort_by(|a, b| (a.first, a.table, &a.field, a.offset, a.rule_place).cmp(&(b.first, b.table, &b.field, b.offset, b.rule_place)));
        rows
    }
}

fn row(place: Place, records: Records, rules: &Rules) -> FindingRow {
    let rule = &rules.list()[place.rule];
    FindingRow {
        first: records.first,
        last: records.last,
        records: records.count,
        conversation: place.conversation,
        agent: place.agent,
        rule: Arc::from(rule.id.as_str()),
        rule_place: place.rule,
        kind: rule.kind.name(),
        severity: rule.severity.name(),
        table: place.table,
        field: place.field,
        offset: place.offset,
        shown: place.shown,
    }
}
