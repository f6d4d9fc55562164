//! Findings, looked for while other tables are made: rules need only the raw rows, and rows of conversations are made by one thread. Border: days
//! in, their rows in the tables out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::Scope;

use tracemill_model::lake::Part;

use super::Build;
use crate::Error;
use crate::findings::{self, Day, Owners, Scan};
use crate::write::Tables;

/// Days looked through ahead of those that are written; what is found in more would have to be held.
const AHEAD: usize = 32;

/// What is found on days.
pub(super) struct Finds<'e> {
    build: &'e Build<'e>,
    scan: Arc<Scan<'e>>,
    early: BTreeSet<i32>,
    found: Receiver<Result<Day, Error>>,
}

impl<'e> Finds<'e> {
    /// Begins to look through these days, in their order.
    pub(super) fn start<'s>(threads: &'s Scope<'s, 'e>, build: &'e Build<'e>, early: BTreeSet<i32>) -> Finds<'e> {
        let (send, found) = sync_channel(AHEAD);
        let scan = Arc::new(Scan::new(&build.dialects, Arc::clone(&build.rules), build.fingerprints.clone()));
        let (days, of_thread) = (early.clone(), Arc::clone(&scan));
        let _ = threads.spawn(move || {
            // an end without a receiver is the end of the build
            let _ = days.into_iter().try_for_each(|day| send.send(find(&of_thread, build, day)));
        });
        Finds { build, scan, early, found }
    }

    /// Makes the findings of the days, and of more of them, day by day: nothing in them is about another.
    pub(super) fn make(self, more: &BTreeSet<i32>, tables: &mut Tables<'_, '_>) -> Result<(), Error> {
        for day in self.early.union(more) {
            let found = if self.early.contains(day) { self.found.recv().ok() } else { None };
            let found = found.unwrap_or_else(|| find(&self.scan, self.build, *day))?;
            let rows = Owners::read(&found, &tables.shares_of(*day)?)?.rows(found, self.scan.rules());
            // a find lies on the day of its first record, which is this one
            tables.whole_days(&rows, &BTreeSet::from([*day]))?;
        }
        Ok(())
    }
}

fn find(scan: &Scan<'_>, build: &Build<'_>, day: i32) -> Result<Day, Error> {
    findings::found(scan, &build.raw.all(day).collect::<Vec<&Part>>())
}
