//! The log: from its entries to a snapshot, and many entries folded into one. Border: reading and folding; entries are written by
//! `transaction`.
//!
//! The log is read from its end back to the last entry that stands for all before it, so that a lake of ten years opens as fast as one of a
//! week. A reader takes no lock against folding: where it finds that the entries under its hands have been folded, it begins again.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::commit::{Added, Commit, Day, Folded};
use super::snapshot::Home;
use super::{Lake, LakeError, Part, Snapshot, Source};

/// A writer folds the log when so many entries have come since.
const FOLD_AFTER: usize = 64;
/// How often a reader begins again where entries are folded under its hands.
const ATTEMPTS: u32 = 20;

impl Lake {
    /// The lake as of now, for who may write, or needs no file of it. Needs no lock: what a commit added is found in its final place or still in
    /// staging.
    ///
    /// # Errors
    /// The log cannot be read or is damaged.
    pub fn snapshot(&self) -> Result<Snapshot, LakeError> {
        Ok(self.build(self.tail::<Source>()?, |snapshot, commit| {
            for source in commit.sources {
                snapshot.sources.insert(source.source_id.clone(), source);
            }
        }))
    }

    /// The lake as of now, for reading: as long as the snapshot lives, no writer moves or deletes a file of it. Without the ledger of sources.
    ///
    /// # Errors
    /// The log cannot be read or is damaged.
    pub fn read(&self) -> Result<Snapshot, LakeError> {
        let reading = self.begin_reading();
        let mut snapshot = self.build(self.tail::<IgnoredAny>()?, |_, _| {});
        snapshot.reading = reading;
        Ok(snapshot)
    }

    /// The same with the ledger.
    ///
    /// # Errors
    /// The log cannot be read or is damaged.
    pub fn read_all(&self) -> Result<Snapshot, LakeError> {
        let reading = self.begin_reading();
        Ok(Snapshot { reading, ..self.snapshot()? })
    }

    /// The entries of the log, in order, from the last one into which others were folded.
    ///
    /// # Errors
    /// The log cannot be read or is damaged.
    pub fn log(&self) -> Result<Vec<Commit>, LakeError> {
        self.tail()
    }

    fn build<S>(&self, log: Vec<Commit<S>>, mut ledger: impl FnMut(&mut Snapshot, Commit<S>)) -> Snapshot {
        let mut snapshot = Snapshot::default();
        for mut commit in log {
            let number = commit.number;
            let changes_raw = commit.changes_raw();
            self.apply(&mut snapshot, &mut commit);
            if let Some(folded) = commit.folded.take() {
                snapshot.raw_commit = folded.raw_commit;
                snapshot.days = folded.days.into_iter().map(|d| ((d.table, d.date), (d.added, d.removed))).collect();
            } else if changes_raw {
                snapshot.raw_commit = number;
            }
            if commit.built_with.is_some() {
                snapshot.built_with = commit.built_with.take();
            }
            snapshot.commit = number;
            ledger(&mut snapshot, commit);
        }
        snapshot
    }

    fn apply<S>(&self, snapshot: &mut Snapshot, commit: &mut Commit<S>) {
        let number = commit.number;
        let staging = Some(self.staging(number)).filter(|folder| folder.is_dir());
        let same_rows = commit.kind() == super::CommitKind::Compact;
        for file in &commit.removed {
            let Some(old) = snapshot.parts.remove(file).filter(|_| !same_rows) else { continue };
            snapshot.days.entry((old.table, old.date)).or_default().1 = number;
        }
        for Added { table, date, file, rows, bytes, hash, commit } in std::mem::take(&mut commit.added) {
            let place = self.root.join(&file);
            // before they are moved they are still in staging
            let staged = staging.as_ref().filter(|_| !place.exists()).map(|staging| staging.join(&file)).filter(|path| path.exists());
            let path = staged.unwrap_or(place);
            if !same_rows {
                snapshot.days.entry((table.clone(), date.clone())).or_default().0 = number;
            }
            let home = Home(self.remote.clone());
            let part = Part { table, date, file: file.clone(), path, rows, bytes, hash, commit: commit.unwrap_or(number), home };
            snapshot.parts.insert(file, part);
        }
    }

    /// The entries from the last one that stands for all before it, or from the first.
    fn tail<S: DeserializeOwned>(&self) -> Result<Vec<Commit<S>>, LakeError> {
        let mut missing = PathBuf::new();
        for attempt in 0..ATTEMPTS {
            let mut log = Vec::new();
            let numbers = self.commit_numbers()?;
            for (number, below) in numbers.iter().rev().zip(numbers.iter().rev().skip(1).map(Some).chain([None])) {
                let Some(commit) = Commit::<S>::read(&self.commits(), *number)? else {
                    missing = Commit::<S>::path(&self.commits(), *number);
                    break;
                };
                let first = commit.folded.is_some() || commit.number == 1;
                log.push(commit);
                if first {
                    log.reverse();
                    return Ok(log);
                }
                let before = number.saturating_sub(1);
                if below != Some(&before) {
                    missing = Commit::<S>::path(&self.commits(), before);
                    break;
                }
            }
            if numbers.is_empty() {
                return Ok(log);
            }
            thread::sleep(Duration::from_millis(u64::from(attempt) * 5));
        }
        Err(LakeError::Damaged { path: missing, reason: "it is missing; put the log back from a backup".to_owned() })
    }

    pub(super) fn commit_numbers(&self) -> Result<Vec<u64>, LakeError> {
        let folder = self.commits();
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&folder).map_err(LakeError::io(&folder))? {
            let name = entry.map_err(LakeError::io(&folder))?.file_name();
            if let Some(number) = name.to_str().and_then(|n| n.strip_suffix(".json")).and_then(|n| n.parse().ok()) {
                numbers.push(number);
            }
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Folds the log if it has grown long, or `always`. All commits must be settled: what was removed is not known after it.
    pub(super) fn fold(&self, always: bool) -> Result<(), LakeError> {
        let folder = self.commits();
        let numbers = self.commit_numbers()?;
        let Some(last) = numbers.last() else { return Ok(()) };
        let few = numbers.len() == 1 && Commit::<IgnoredAny>::read(&folder, *last)?.is_some_and(|c| c.folded.is_some());
        if few || (numbers.len() <= FOLD_AFTER && !always) {
            return Ok(());
        }
        // of a store, what was removed must be gone before nothing tells of it any more
        if !self.may_fold(*last)? {
            return Ok(());
        }
        // nobody takes the store's entry in place of the folded one before the store has that
        let _pulling = self.pulling()?;
        let snapshot = self.snapshot()?;
        let folded = snapshot.folded();
        folded.write(&folder)?;
        let written = self.build(vec![Commit::<Source>::read(&folder, *last)?.unwrap_or_default()], |snapshot, commit| {
            snapshot.sources.extend(commit.sources.into_iter().map(|s| (s.source_id.clone(), s)));
        });
        if !written.is_same(&snapshot) {
            let reason = "what was folded into it is not what the log said; put it back from a backup".to_owned();
            return Err(LakeError::Damaged { path: Commit::<Source>::path(&folder, *last), reason });
        }
        let before = &numbers[..numbers.len() - 1];
        self.push_folded(*last, &folded.text(&folder)?)?;
        // entries that cannot be removed now are ignored, and removed the next time
        for number in before {
            super::staging::remove(&Commit::<Source>::path(&folder, *number))?;
        }
        Ok(())
    }
}

impl Snapshot {
    /// The entry that says all that the log says.
    fn folded(&self) -> Commit {
        let added = |part: &Part| Added {
            table: part.table.clone(),
            date: part.date.clone(),
            file: part.file.clone(),
            rows: part.rows,
            bytes: part.bytes,
            hash: part.hash.clone(),
            commit: (part.commit != self.commit).then_some(part.commit),
        };
        let day = |((table, date), (added, removed)): (&(String, String), &(u64, u64))| Day {
            table: table.clone(),
            date: date.clone(),
            added: *added,
            removed: *removed,
        };
        Commit {
            number: self.commit,
            kind: Some(super::CommitKind::Compact),
            added: self.parts.values().map(added).collect(),
            removed: Vec::new(),
            sources: self.sources.values().cloned().collect(),
            built_with: self.built_with.clone(),
            folded: Some(Folded { raw_commit: self.raw_commit, days: self.days.iter().map(day).collect() }),
        }
    }

    fn is_same(&self, other: &Snapshot) -> bool {
        let sources = |s: &Snapshot| -> BTreeMap<String, Source> { s.sources.clone() };
        (self.commit, self.raw_commit, &self.built_with, &self.days) == (other.commit, other.raw_commit, &other.built_with, &other.days)
            && self.parts == other.parts
            && sources(self) == sources(other)
    }
}
