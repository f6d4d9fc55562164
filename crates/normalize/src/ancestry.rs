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

    /// A search for the nearest ancestors that `wanted` knows, by trace and span.
    pub fn search<T: Copy, F: Fn(u128, u128) -> Option<T>>(&self, wanted: F) -> Search<'_, T, F> {
        Search { ancestry: self, wanted, found: FxHashMap::default() }
    }

    #[cfg(test)]
    pub(crate) fn of(trace: u128, pairs: &[(u128, u128)]) -> Ancestry {
        Ancestry { parents: pairs.iter().map(|(span, parent)| ((trace, *span), *parent)).collect() }
    }
}

/// Looks for the nearest ancestors of many spans, and goes no way twice: spans may lie in one another without end.
#[derive(Debug)]
pub struct Search<'a, T, F> {
    ancestry: &'a Ancestry,
    wanted: F,
    /// Of the spans on the ways that were gone, the nearest that is wanted, and what is known of it.
    found: FxHashMap<(u128, u128), Option<(u128, T)>>,
}

impl<T: Copy, F: Fn(u128, u128) -> Option<T>> Search<'_, T, F> {
    /// The nearest ancestor that is wanted, and what is known of it; the span itself is not asked about. A cycle ends the search.
    pub fn nearest(&mut self, trace: u128, span: u128, parent: Option<u128>) -> Option<(u128, T)> {
        let mut way = Vec::new();
        let mut at = parent;
        let found = loop {
            let Some(ancestor) = at else { break None };
            if let Some(known) = self.found.get(&(trace, ancestor)) {
                break *known;
            }
            if let Some(wanted) = (self.wanted)(trace, ancestor) {
                break Some((ancestor, wanted));
            }
            // until it is known better: a cycle that comes back here has nothing that is wanted
            self.found.insert((trace, ancestor), None);
            way.push(ancestor);
            at = self.ancestry.parents.get(&(trace, ancestor)).copied();
        };
        if found.is_some() {
            self.found.extend(way.into_iter().map(|ancestor| ((trace, ancestor), found)));
        }
        found.filter(|(ancestor, _)| *ancestor != span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_found_and_cycles_end() {
        let ancestry = Ancestry::of(1, &[(2, 3), (3, 4), (4, 3)]);
        let nearest = |trace, wanted: u128, span, parent| {
            ancestry.search(|_, s| (s == wanted).then_some(())).nearest(trace, span, Some(parent)).map(|(span, ())| span)
        };
        assert_eq!(nearest(1, 4, 2, 3), Some(4));
        assert_eq!(nearest(1, 9, 2, 3), None);
        assert_eq!(nearest(2, 4, 2, 3), None);
        // itself, by way of a cycle
        assert_eq!(nearest(1, 4, 4, 3), None);
        let mut search = ancestry.search(|_, s| (s == 4).then_some(()));
        assert_eq!([(4, 3), (2, 3), (9, 2), (9, 4)].map(|(span, parent)| search.nearest(1, span, Some(parent)).is_some()), [false, true, true, true]);
    }

    #[test]
    fn spans_at_the_end_of_a_long_way_do_not_each_go_it() {
        const LONG: u128 = 100_000;
        let pairs: Vec<(u128, u128)> = (1..LONG).map(|n| (n + 1, n)).collect();
        let ancestry = Ancestry::of(1, &pairs);
        let asked = std::cell::Cell::new(0);
        let mut search = ancestry.search(|_, span| {
            asked.set(asked.get() + 1);
            (span == 1).then_some(())
        });
        for span in LONG + 1..3 * LONG {
            assert_eq!(search.nearest(1, span, Some(LONG)), Some((1, ())));
        }
        assert_eq!(asked.get(), LONG);
    }
}
