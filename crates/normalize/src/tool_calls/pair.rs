//! Records of calls without an id, and spans of the same calls that have one. Border: which record goes with which span; what a call is made
//! of, is the module's above.
//!
//! Of the calls of one tool in one conversation, in the order in which they ended, the records and the spans are the same; where there are
//! fewer spans, each record takes the last free one that had ended by then. A span that no record goes with is no call of its own where
//! records tell the conversation's calls: the two would be counted twice.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Key, Mentions};

/// A record may be written a little before its span ends.
const SLACK_NS: i64 = 100_000_000;

/// Joins them.
pub fn without_ids<'a>(calls: &mut BTreeMap<Key<'a>, Mentions<'a>>) {
    let mut records: BTreeMap<Arc<str>, Vec<(Option<i64>, Key<'a>)>> = BTreeMap::new();
    let mut spans: BTreeMap<Arc<str>, Vec<(Option<i64>, Key<'a>)>> = BTreeMap::new();
    for (key, mentions) in calls.iter() {
        let record = mentions.result.filter(|(_, tool, _)| tool.call_id.is_none());
        let span = mentions.span.filter(|_| mentions.result.is_none() && mentions.decision.is_none());
        if let Some((event, tool, _)) = record {
            records.entry(tool.name.clone().unwrap_or_default()).or_default().push((event.stamp.time, *key));
        } else if let Some((span, tool, _)) = span {
            spans.entry(tool.name.clone().unwrap_or_default()).or_default().push((span.end, *key));
        }
    }
    if records.is_empty() {
        return;
    }
    for (name, mut records) in records {
        let mut spans = spans.remove(&name).unwrap_or_default();
        records.sort_unstable();
        spans.sort_unstable();
        for (record, span) in pairs(&records, &spans) {
            if let Some(span) = calls.remove(&span)
                && let Some(record) = calls.get_mut(&record)
            {
                (record.span, record.second, record.ended, record.ran) = (span.span, span.second, span.ended, span.ran);
                (record.waited, record.mcp) = (span.waited, span.mcp);
            }
        }
    }
    calls.retain(|_, m| m.result.is_some() || m.decision.is_some() || m.copy.is_some() || m.received.is_some());
}

/// Which goes with which; both are in the order of time.
fn pairs<K: Copy>(records: &[(Option<i64>, K)], spans: &[(Option<i64>, K)]) -> Vec<(K, K)> {
    if records.len() == spans.len() {
        return records.iter().zip(spans).map(|(r, s)| (r.1, s.1)).collect();
    }
    let mut free: Vec<(Option<i64>, K)> = Vec::new();
    let mut next = spans.iter().peekable();
    let mut pairs = Vec::new();
    for (time, record) in records {
        while let Some(span) = next.next_if(|(end, _)| *end <= time.map(|t| t.saturating_add(SLACK_NS))) {
            free.push(*span);
        }
        pairs.extend(free.pop().map(|(_, span)| (*record, span)));
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_take_the_span_that_ended_with_them() {
        let at = |times: &[i64]| times.iter().enumerate().map(|(n, t)| (Some(t * 1_000_000_000), n)).collect::<Vec<_>>();
        assert_eq!(pairs(&at(&[1, 5, 9]), &at(&[0, 4, 8])), [(0, 0), (1, 1), (2, 2)]);
        // the span of the first was lost
        assert_eq!(pairs(&at(&[1, 5, 9]), &at(&[4, 8])), [(1, 0), (2, 1)]);
        // a record was lost
        assert_eq!(pairs(&at(&[5, 9]), &at(&[1, 4, 8])), [(0, 1), (1, 2)]);
        assert_eq!(pairs(&at(&[5]), &at(&[])), []);
    }
}
