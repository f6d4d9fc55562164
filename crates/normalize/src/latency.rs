//! The table `latency`: what each span's part of the time was, in its turn and on the turn's critical path. Border: raw spans and the
//! rows of turns and calls in, one row a span out, and one for each stretch of a turn that no span stands for.
//!
//! A turn's time is given away to the nanosecond: what its spans do not cover is filled from events where the turn has no span of its own,
//! and what is left is a row `unobserved`. Spans outside turns have no part in a turn's time.
//!
//! Traces are gone through in passes of so many spans, by a hash of the trace id, so that memory does not grow with the archive.

pub mod attribution;
pub mod category;
pub mod critical;
mod families;
pub mod forest;
mod greatest;
mod hang;
mod known;
mod naming;
pub(crate) mod place;
mod read;
mod receivers;
pub(crate) mod share_out;
mod tour;
pub(crate) mod turn_list;

use std::collections::BTreeMap;
use std::sync::Arc;

use tracemill_model::lake::Part;

use crate::Error;
use crate::conversations::Rows;
use crate::dialect::Dialects;
use crate::evidence::Evidence;
use crate::rows::latency::Latency;
use crate::scope::Scope;
use crate::write::Tables;
use category::Categories;
use forest::Forest;
pub(crate) use known::Known;
pub(crate) use place::{Owners, Placed};
use read::Pass;
pub(crate) use share_out::{Extra, ShareOut};
use turn_list::TurnList;

/// Spans of a pass: with all that is made of them about half a gigabyte. So few in tests that they go through several.
const PASS_SPANS: u64 = if cfg!(test) { 5 } else { 2_000_000 };

/// What the table is made of beside rows of turns and calls.
pub(crate) struct Source<'a> {
    /// The raw spans.
    pub spans: &'a [&'a Part],
    /// The dialects.
    pub dialects: &'a Dialects,
    /// Facts.
    pub evidence: &'a [Evidence],
    /// What spans' time is for.
    pub categories: &'a Categories,
    /// Which traces.
    pub scope: &'a Scope,
}

/// Writes the table; gives by conversation the number of spans whose parent never arrived.
pub(crate) fn build(tables: &mut Tables<'_, '_>, source: &Source<'_>, conversations: &Rows<'_>) -> Result<BTreeMap<Arc<str>, i64>, Error> {
    let Source { dialects, evidence, categories, scope, .. } = *source;
    let turns = TurnList::new(conversations, dialects.list(), evidence);
    let mut known = Known::new(evidence, dialects.list().iter().map(|d| d.agent.as_str()));
    naming::read(&mut known, dialects, evidence, source.spans)?;
    let agents = conversations.conversations.iter().map(|c| (Arc::clone(&c.id), Arc::clone(&c.agent))).collect();
    let spans: u64 = source.spans.iter().map(|p| p.rows).sum();
    let passes = spans.div_ceil(PASS_SPANS).max(1);
    let mut lost = BTreeMap::new();
    for number in 0..passes {
        let pass = Pass { number, of: passes };
        let (spans, names) = pass.read(dialects, scope, source.spans)?;
        let forest = Forest::new(spans);
        let entries: Vec<_> = names.iter().map(|n| categories.entry(n)).collect();
        let shown: Vec<Arc<str>> = names.iter().map(|n| Arc::from(&*dialects.masks().mask(n))).collect();
        let owners = known.conversations(&forest);
        let placed = Placed::new(&forest, &turns, &entries, &Owners { of: &owners, families: &known.families });
        let shares = ShareOut::new(&forest, &placed, &turns, |trace| pass.has(trace));
        let table = Latency {
            dialects,
            agents: &agents,
            forest: &forest,
            names: &shown,
            placed: &placed,
            turns: &turns,
            shares: &shares,
            known: &known,
            conversations: owners,
        };
        table.count_lost(&mut lost);
        tables.shares(&table.rows(), |row| table.start(*row), |rows| table.batch(rows), number + 1 == passes)?;
    }
    Ok(lost)
}

#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod tests;
