//! Few files of many. Border: which files are merged, and what else goes; how rows are merged is `merge`'s business.
//!
//! Parts are merged beside other runs, without the right to write; it is taken for the commit, in which only those groups take part whose parts are
//! all still there. Then all that nothing needs any more is deleted and the log is folded, for which readers are waited for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tracemill_model::lake::{CommitKind, Part, QUARANTINE, Sealed, Snapshot, Staging, Transaction};
use tracemill_model::tables::{self, RAW};
use tracemill_model::{Lake, LakeError, Table};
use walkdir::WalkDir;

use crate::{Error, merge};

/// Parts of so many bytes are left as they are, and no part is made much larger.
const LARGE: u64 = 128 << 20;

/// What a compaction has done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Compacted {
    /// Files of tables before.
    pub files_before: usize,
    /// Files of tables after.
    pub files_after: usize,
    /// Their bytes before.
    pub bytes_before: u64,
    /// Their bytes after.
    pub bytes_after: u64,
    /// Files deleted that the log did not know, as paths below the lake's root.
    pub orphans: Vec<String>,
}

/// Parts of one day that are to be one.
struct Group<'a> {
    table: &'static Table,
    date: &'a str,
    parts: Vec<&'a Part>,
}

/// A group's one part.
struct Merged<'a> {
    group: Group<'a>,
    path: PathBuf,
    rows: u64,
    sealed: Sealed,
}

/// Compacts the lake. Not to be called by who holds the lake's lock, or reads from it: it waits for both.
///
/// # Errors
/// The lake cannot be written, a part is damaged, or one holds columns that this release does not know; the lake is then as it was.
pub fn compact(lake: &Lake) -> Result<Compacted, Error> {
    let mut done = Compacted::default();
    let staging = Staging::new(lake)?;
    let snapshot = lake.read()?;
    (done.files_before, done.bytes_before) = size(&snapshot);
    let merged: Vec<Merged> =
        groups(&snapshot).into_par_iter().enumerate().map(|(n, group)| merge_group(group, n, staging.folder())).collect::<Result<_, Error>>()?;
    let merged: Vec<_> = merged.into_iter().map(Owned::of).collect();
    // the log and what is deleted are this run's own business from here on
    drop(snapshot);

    let lock = lake.lock()?;
    let now = lake.snapshot()?;
    let mut tx = Transaction::begin(lake, &lock)?;
    tx.set_kind(CommitKind::Compact);
    for Owned { table, date, files, path, rows, sealed, commit } in merged {
        if files.iter().all(|file| now.file(file).is_some()) {
            files.iter().for_each(|file| tx.remove(file));
            tx.adopt(table, &date, &path, rows, sealed, Some(commit))?;
        }
    }
    tx.leave_nothing();
    let _ = tx.commit()?;
    let now = lake.snapshot()?;
    (done.files_after, done.bytes_after) = size(&now);
    done.orphans = orphans(lake, &now)?;
    for file in &done.orphans {
        let path = lake.root().join(file);
        std::fs::remove_file(&path).map_err(Error::io(&path))?;
    }
    Ok(done)
}

/// What is to be known of a merged part when the snapshot is gone.
struct Owned {
    table: &'static Table,
    date: String,
    files: Vec<String>,
    path: PathBuf,
    rows: u64,
    sealed: Sealed,
    commit: u64,
}

impl Owned {
    fn of(merged: Merged) -> Owned {
        let Merged { group: Group { table, date, parts }, path, rows, sealed } = merged;
        Owned {
            table,
            date: date.to_owned(),
            files: parts.iter().map(|p| p.file.clone()).collect(),
            path,
            rows,
            sealed,
            commit: parts.iter().map(|p| p.commit).max().unwrap_or(0),
        }
    }
}

fn size(snapshot: &Snapshot) -> (usize, u64) {
    let parts = || snapshot.files().filter(|p| p.table != QUARANTINE);
    (parts().count(), parts().map(|p| p.bytes).sum())
}

/// What is worth merging: several parts of a day that together make no large one.
fn groups(snapshot: &Snapshot) -> Vec<Group<'_>> {
    let mut groups = Vec::new();
    for table in tables::all() {
        let is_raw = RAW.iter().any(|raw| raw.name == table.name);
        let mut days: BTreeMap<&str, Vec<&Part>> = BTreeMap::new();
        for part in snapshot.parts(table.name) {
            days.entry(&part.date).or_default().push(part);
        }
        for (date, parts) in days {
            if !is_raw {
                // the order of their rows is that of the files, so it is all of them or none
                if parts.len() > 1 && parts.iter().map(|p| p.bytes).sum::<u64>() <= LARGE {
                    groups.push(Group { table, date, parts });
                }
                continue;
            }
            let mut group: Vec<&Part> = Vec::new();
            for part in parts.into_iter().filter(|p| p.bytes < LARGE) {
                if group.iter().map(|p| p.bytes).sum::<u64>() + part.bytes > LARGE {
                    groups.push(Group { table, date, parts: std::mem::take(&mut group) });
                }
                group.push(part);
            }
            groups.push(Group { table, date, parts: group });
        }
    }
    groups.retain(|g| g.parts.len() > 1);
    groups
}

fn merge_group<'a>(group: Group<'a>, n: usize, folder: &Path) -> Result<Merged<'a>, Error> {
    let path = folder.join(format!("merged-{n:06}.parquet"));
    Snapshot::fetch(group.parts.iter().copied())?;
    let parts: Vec<PathBuf> = group.parts.iter().map(|p| p.path.clone()).collect();
    let rows = merge::merge(group.table, &parts, &path, folder)?;
    let expected: u64 = group.parts.iter().map(|p| p.rows).sum();
    if rows != expected {
        let reason = format!("these parts have {rows} rows, and the log says {expected}; `tracemill verify` tells which is damaged");
        return Err(Error::Strange { path: group.parts[0].path.clone(), reason });
    }
    let sealed = Sealed::of(&path)?;
    Ok(Merged { group, path, rows, sealed })
}

/// Files in the tables' folders and the quarantine, named as tracemill names them, that the log does not know. When all commits are settled,
/// nothing needs them.
pub(crate) fn orphans(lake: &Lake, snapshot: &Snapshot) -> Result<Vec<String>, LakeError> {
    let mut found = BTreeSet::new();
    let folders = tables::all().map(|t| (t.name.to_owned(), "part-")).chain([(format!("_tracemill/{QUARANTINE}"), "")]);
    for (folder, prefix) in folders {
        let top = lake.root().join(&folder);
        if !top.is_dir() {
            continue;
        }
        for entry in WalkDir::new(&top).sort_by_file_name() {
            let entry = entry.map_err(|e| {
                let path = e.path().unwrap_or(&top).to_owned();
                LakeError::Io { path, source: e.into() }
            })?;
            let ours = entry.file_type().is_file() && entry.file_name().to_string_lossy().starts_with(prefix);
            let Some(file) = entry.path().strip_prefix(lake.root()).ok().and_then(Path::to_str).filter(|_| ours) else { continue };
            let file = file.replace(std::path::MAIN_SEPARATOR, "/");
            if snapshot.file(&file).is_none() {
                let _ = found.insert(file);
            }
        }
    }
    Ok(found.into_iter().collect())
}
