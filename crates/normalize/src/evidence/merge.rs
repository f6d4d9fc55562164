//! Evidence that was gathered apart, from parts of the archive, put together in their order. Border: what comes out is what one gatherer would have
//! gathered from all of them.

use std::collections::btree_map::Entry;

use super::{Event, Evidence, Thread};

impl Evidence {
    /// Adds what was gathered from the parts that follow. Neither has been settled by `lineage` yet.
    pub fn merge(&mut self, other: Evidence) {
        let Evidence { threads, spans, by_trace: _, interrupted, unplaced, suffixes: _, places, names: _, pool } = other;
        let behind = self.places.len() as u32;
        let moved = |event: &mut Event| event.place += behind;
        for (id, mut thread) in threads {
            thread.log.iter_mut().chain(&mut thread.copies).for_each(moved);
            match self.threads.entry(id) {
                Entry::Vacant(entry) => drop(entry.insert(thread)),
                Entry::Occupied(mut entry) => entry.get_mut().merge(thread),
            }
        }
        self.spans.extend(spans.into_iter().map(|mut span| {
            span.place += behind;
            span
        }));
        self.interrupted.extend(interrupted);
        self.unplaced.extend(unplaced.into_iter().map(|(mut event, copy, labels)| {
            moved(&mut event);
            (event, copy, labels)
        }));
        self.places.extend(places);
        self.pool.merge(pool);
    }
}

impl Thread {
    fn merge(&mut self, other: Thread) {
        let Thread { log, copies, times, program, programs, originator, user_email, user_account, labels, delegated, within, .. } = other;
        self.log.extend(log);
        self.copies.extend(copies);
        self.times.extend(times);
        self.program.merge(program);
        for (service, program) in programs {
            self.programs.entry(service).or_default().merge(program);
        }
        self.originator.merge(originator);
        self.user_email.merge(user_email);
        self.user_account.merge(user_account);
        self.labels.extend(&labels);
        self.delegated |= delegated;
        self.within = self.within.take().max(within);
    }
}
