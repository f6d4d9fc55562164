//! Whose records those are that name no conversation. Border: what the trace and the spans tell, in the same order as for `latency`: the only
//! conversation of the trace, else that of the nearest span up that names one.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use tracemill_model::lake::Part;
use tracemill_secrets::Rules;

use super::day::{Day, Place, Records};
use crate::Error;
use crate::ancestry::Ancestry;
use crate::evidence::Evidence;
use crate::latency::Known;
use crate::rows::finding::FindingRow;

/// See the module.
#[derive(Debug)]
pub struct Owners(Known);

impl Owners {
    /// By what the evidence says.
    pub fn new(evidence: &[Evidence]) -> Owners {
        Owners(Known::new(evidence))
    }

    /// The rows of a day, sorted.
    pub fn rows<'p, P: Iterator<Item = &'p Part>>(&self, day: Day, rules: &Rules, spans: impl FnOnce() -> P) -> Result<Vec<FindingRow>, Error> {
        let unknown = day.0.keys().filter_map(|place| place.span).filter(|(trace, _)| self.0.of_trace(*trace).is_none());
        let shared: FxHashSet<u128> = unknown.map(|(trace, _)| trace).filter(|trace| self.0.is_shared(*trace)).collect();
        let ancestry = Ancestry::read(spans(), &shared)?;
        let mut settled = Day::default();
        for (mut place, records) in day.0 {
            if let Some((trace, span)) = place.span.take() {
                place.conversation = self.0.of_trace(trace).or_else(|| self.above(&ancestry, trace, span?)).cloned();
            }
            settled.add(place, records);
        }
        let mut rows: Vec<FindingRow> = settled.0.into_iter().map(|(place, records)| row(place, records, rules)).collect();
        // one record has one find at a place, so this order does not hang on the lake's key
        rows.sort_by(|a, b| (a.first, a.table, &a.field, a.offset, a.rule_place).cmp(&(b.first, b.table, &b.field, b.offset, b.rule_place)));
        Ok(rows)
    }

    fn above(&self, ancestry: &Ancestry, trace: u128, span: u128) -> Option<&Arc<str>> {
        let of_span = |span: u128| self.0.of_span(trace, span);
        of_span(span).or_else(|| ancestry.nearest(trace, span, ancestry.parent(trace, span), of_span))
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
        preview: place.preview,
        fingerprint: place.fingerprint,
    }
}
