//! What a search for equal records comes to: parts to add and parts to take out, and whether that still holds when the run gets the right to
//! write. Border: the search is `unique`'s; a plan knows what it was made of, and is carried out all at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use rayon::prelude::*;
use tracemill_model::lake::{Sealed, Snapshot, Transaction};
use tracemill_model::tables::{EVENTS, RAW};
use tracemill_model::{LakeError, Table};

use super::Repeats;

/// A part to add.
#[derive(Debug)]
pub(super) struct New {
    pub table: &'static Table,
    pub date: String,
    pub path: PathBuf,
    pub rows: u64,
    /// Set when all is planned.
    pub sealed: Option<Sealed>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Plan {
    /// The repeats by number of source.
    pub repeats: BTreeMap<u32, Repeats>,
    pub(super) adds: Vec<New>,
    pub(super) removes: Vec<String>,
    /// Files that were written for this plan alone.
    pub(super) scratch: Vec<PathBuf>,
    /// The days that were searched, with their table; the rows of all days of `events`, where spans lost.
    pub(super) days: BTreeSet<(&'static str, String)>,
    pub(super) all_events: bool,
    /// The lake's parts on these days.
    pub(super) parts: BTreeSet<String>,
}

impl Plan {
    /// The lake's parts on the days that were searched.
    pub(super) fn parts_of(&self, snapshot: &Snapshot) -> BTreeSet<String> {
        let searched =
            |table: &Table, date: &String| (self.all_events && table.name == EVENTS.name) || self.days.contains(&(table.name, date.clone()));
        let parts = RAW.iter().flat_map(|table| snapshot.parts(table.name).filter(|p| searched(table, &p.date)));
        parts.map(|p| p.file.clone()).collect()
    }

    /// Whether a search in that state of the lake would come to the same.
    pub fn holds(&self, snapshot: &Snapshot) -> bool {
        self.parts == self.parts_of(snapshot)
    }

    /// Checksums, and waits for the disk: what is left then is a matter of names.
    pub(super) fn seal(&mut self) -> Result<(), LakeError> {
        self.adds.par_iter_mut().try_for_each(|new| {
            new.sealed = Some(Sealed::of(&new.path)?);
            Ok(())
        })
    }

    /// Puts it into the transaction.
    pub fn carry_out(&self, tx: &mut Transaction) -> Result<(), LakeError> {
        self.removes.iter().for_each(|file| tx.remove(file));
        for New { table, date, path, rows, sealed } in &self.adds {
            let sealed = match sealed {
                Some(sealed) => sealed.clone(),
                None => Sealed::of(path)?,
            };
            tx.adopt(table, date, path, *rows, sealed, None)?;
        }
        Ok(())
    }

    /// Takes back what was written for it; what was staged is there for another plan.
    pub fn give_up(self) {
        for path in self.scratch {
            // it goes with the folder that it lies in, at the latest
            let _ = std::fs::remove_file(path);
        }
    }
}
