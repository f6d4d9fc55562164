//! The spans of a pass. Border: raw parts in, compact spans and their names out.

use std::hash::{BuildHasher, BuildHasherDefault};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHasher};
use tracemill_model::lake::Part;

use super::forest::Span;
use crate::Error;
use crate::dialect::{Claim, Dialects};
use crate::scope::Scope;
use crate::stamp::id;
use crate::survey::key;
use tracemill_model::read::rows;

const COLUMNS: [&str; 9] = ["trace_id", "span_id", "parent_span_id", "start_time", "end_time", "name", "service_name", "scope_name", "flags"];

/// Flag of a span whose parent is known to be in another process (`SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK`).
const REMOTE: i64 = 0x200;

/// One of so many passes over the traces.
#[derive(Debug, Clone, Copy)]
pub struct Pass {
    /// Which, from 0.
    pub number: u64,
    /// How many there are.
    pub of: u64,
}

impl Pass {
    /// Whether a trace is looked at in this pass.
    pub fn has(self, trace: u128) -> bool {
        self.of == 1 || BuildHasherDefault::<FxHasher>::default().hash_one(trace) % self.of == self.number
    }

    /// The spans of its traces that the build is about, in no order, and their names.
    pub fn read(self, dialects: &Dialects, scope: &Scope, parts: &[&Part]) -> Result<(Vec<Span>, Vec<Arc<str>>), Error> {
        // of a build of everything about as many in each pass
        let all: u64 = if let Scope::All = scope { parts.iter().map(|part| part.rows).sum() } else { 0 };
        let (mut spans, mut names) = (Vec::with_capacity((all / self.of) as usize), Vec::<Arc<str>>::new());
        let mut places: FxHashMap<Arc<str>, u32> = FxHashMap::default();
        let mut claim = Claim::new(dialects);
        for part in parts {
            for batch in rows(part, &COLUMNS)? {
                let batch = batch?;
                let [traces, ids, parents, name, service, program] = [0, 1, 2, 5, 6, 7].map(|column| batch.text(column));
                let (starts, ends) = (batch.times(3), batch.times(4));
                for row in 0..batch.len() {
                    if matches!(scope, Scope::Window(_)) && !scope.touches(key::trace(traces.get(row).unwrap_or_default())) {
                        continue;
                    }
                    let trace = traces.get(row).map_or(0, id);
                    if !self.has(trace) {
                        continue;
                    }
                    let text = name.get(row).unwrap_or_default();
                    let name = match places.get(text) {
                        Some(place) => *place,
                        None => {
                            let text: Arc<str> = Arc::from(text);
                            names.push(Arc::clone(&text));
                            *places.entry(text).or_insert(names.len() as u32 - 1)
                        }
                    };
                    spans.push(Span {
                        trace,
                        id: ids.get(row).map_or(0, |i| id(i) as u64),
                        parent: parents.get(row).map_or(0, |p| id(p) as u64),
                        start: starts.get(row),
                        end: ends.get(row),
                        name,
                        remote: batch.ints(8).get(row).is_some_and(|flags| flags & REMOTE != 0),
                        agent: claim.of_origin(service.get(row), program.get(row)).map_or(0, |place| place as u8 + 1),
                    });
                }
            }
        }
        Ok((spans, names))
    }
}
