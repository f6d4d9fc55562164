//! Which span lies in which, for the traces where it matters: those that more than one conversation shares (a sub-agent's
//! turn lies in its parent's trace). Border: ids only. Memory is for those traces, not for the archive.

use rustc_hash::{FxHashMap, FxHashSet};
use tracemill_model::lake::Part;

use crate::Error;
use crate::stamp::id;
use tracemill_model::read::rows;

/// Parents of the spans of some traces.
#[derive(Debug, Default)]
pub struct Ancestry {
    parents: FxHashMap<(u128, u128), u128>,
}

impl Ancestry {
    /// Reads the parents of the spans of those traces.
    pub fn read<'a>(parts: impl Iterator<Item = &'a Part>, traces: &FxHashSet<u128>) -> Result<Ancestry, Error> {
        let mut ancestry = Ancestry::default();
        if traces.is_empty() {
            return Ok(ancestry);
        }
        for part in parts {
            for batch in rows(part, &["trace_id", "span_id", "parent_span_id"])? {
                let batch = batch?;
                for row in 0..batch.len() {
                    let Some(trace) = batch.text(0).get(row).map(id).filter(|t| traces.contains(t)) else { continue };
                    if let (Some(span), Some(parent)) = (batch.text(1).get(row), batch.text(2).get(row)) {
                        ancestry.parents.insert((trace, id(span)), id(parent));
                    }
                }
            }
        }
        Ok(ancestry)
    }

    /// The parent of a span of those traces, where it was read.
    pub fn parent(&self, trace: u128, span: u128) -> Option<u128> {
        self.parents.get(&(trace, span)).copied()
    }

    /// The nearest ancestor that `wanted` knows; the span itself is not asked about. A cycle ends the search.
    pub fn nearest<T>(&self, trace: u128, span: u128, parent: Option<u128>, wanted: impl Fn(u128) -> Option<T>) -> Option<T> {
        let mut seen = FxHashSet::default();
        let mut at = parent;
        seen.insert(span);
        while let Some(ancestor) = at.filter(|a| seen.insert(*a)) {
            if let Some(found) = wanted(ancestor) {
                return Some(found);
            }
            at = self.parents.get(&(trace, ancestor)).copied();
        }
        None
    }

    #[cfg(test)]
    pub(crate) fn of(trace: u128, pairs: &[(u128, u128)]) -> Ancestry {
        Ancestry { parents: pairs.iter().map(|(span, parent)| ((trace, *span), *parent)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_found_and_cycles_end() {
        let ancestry = Ancestry::of(1, &[(2, 3), (3, 4), (4, 3)]);
        assert_eq!(ancestry.nearest(1, 2, Some(3), |s| (s == 4).then_some(s)), Some(4));
        assert_eq!(ancestry.nearest(1, 2, Some(3), |s| (s == 9).then_some(s)), None);
        assert_eq!(ancestry.nearest(2, 2, Some(3), |s| (s == 4).then_some(s)), None);
    }
}
