//! The lake at one commit: its files, its ledger, and what changed since another commit. Border: made by `log`; nothing is read here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::lock::Reading;
use super::remote::Remote;
use super::{BuiltWith, Quarantine, Source};

/// A part file of the lake as a snapshot sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Part {
    /// Table.
    pub table: String,
    /// UTC day, `YYYY-MM-DD`.
    pub date: String,
    /// Path below the lake's root in its final place.
    pub file: String,
    /// Where it lies now; one of a lake in a store only after [`Part::fetched`].
    pub path: PathBuf,
    /// Number of rows.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in hex; `None` for a part of a release before 0.5.
    pub hash: Option<String>,
    /// The commit that brought the latest of its rows. A compaction keeps it.
    pub commit: u64,
    /// Where it can be had from.
    pub home: Home,
}

/// Where a part comes from that is not here yet: the store of its lake; of no account when parts are compared.
#[derive(Debug, Clone, Default)]
pub struct Home(pub(super) Option<Arc<Remote>>);

impl PartialEq for Home {
    fn eq(&self, _: &Home) -> bool {
        true
    }
}

impl Eq for Home {}

/// What happened to a day of a table after some commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// Table.
    pub table: &'a str,
    /// UTC day, `YYYY-MM-DD`.
    pub date: &'a str,
    /// Parts with new rows came; they are those of [`Snapshot::parts_since`].
    pub added: bool,
    /// Parts went, or were written anew with fewer rows.
    pub removed: bool,
}

/// The lake at one commit.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Number of the last commit; 0 for an empty lake.
    pub commit: u64,
    /// Number of the last commit that changed a raw table.
    pub raw_commit: u64,
    /// What the semantic tables were built with; `None` before the first build.
    pub built_with: Option<BuiltWith>,
    pub(super) parts: BTreeMap<String, Part>,
    pub(super) sources: BTreeMap<String, Source>,
    /// By table and date, the commits that last added to it and took from it.
    pub(super) days: BTreeMap<(String, String), (u64, u64)>,
    /// Keeps the files where they are.
    pub(super) reading: Option<Reading>,
}

impl Snapshot {
    /// The part files of a table, by date and name.
    pub fn parts<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Part> {
        self.parts.values().filter(move |p| p.table == table)
    }

    /// All files of the lake's tables and of its quarantine, by name.
    pub fn files(&self) -> impl Iterator<Item = &Part> {
        self.parts.values()
    }

    /// The file of that name below the lake's root.
    pub fn file(&self, file: &str) -> Option<&Part> {
        self.parts.get(file)
    }

    /// The part files of a table that hold rows which came after a commit; other rows may lie in them too.
    pub fn parts_since<'a>(&'a self, table: &'a str, commit: u64) -> impl Iterator<Item = &'a Part> {
        self.parts(table).filter(move |p| p.commit > commit)
    }

    /// The days of tables whose rows are others than they were at a commit. A compaction is no change.
    pub fn changed_since(&self, commit: u64) -> impl Iterator<Item = Change<'_>> {
        self.days.iter().filter(move |(_, (added, removed))| *added.max(removed) > commit).map(move |((table, date), (added, removed))| Change {
            table,
            date,
            added: *added > commit,
            removed: *removed > commit,
        })
    }

    /// The sources the lake has taken in, by id: the latest entry of each. None in a snapshot of tables only.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.values()
    }

    /// The ledger's entry of a source.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.get(id)
    }

    /// What was set aside.
    pub fn quarantine(&self) -> Quarantine<'_> {
        Quarantine::new(self)
    }
}
