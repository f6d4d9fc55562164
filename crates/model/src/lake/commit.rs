//! One commit: the list of files that appear and disappear together, and the transaction that prepares it.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::quarantine::{FOLDER, QUARANTINE};
use super::{Lake, LakeError, Lock, Source};
use crate::tables::Table;

/// What the log calls files with what the build of the semantic tables notes of a day.
pub const BUILT: &str = "built";
const BUILT_FOLDER: &str = "_tracemill/built/";

/// A file that a commit adds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Added {
    /// Table, or `quarantine`.
    pub table: String,
    /// UTC day, `YYYY-MM-DD`; empty for a file of the quarantine.
    pub date: String,
    /// Path below the lake's root.
    pub file: String,
    /// Number of rows, or of entries.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
}

/// What the semantic tables were built with; when any of it differs they are built again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltWith {
    /// Commit whose raw tables they were built from.
    pub raw_commit: u64,
    /// Release of tracemill.
    pub release: String,
    /// Fingerprint of the dialects.
    pub dialects: String,
    /// Version and date of the price table, with a fingerprint of what the user added.
    pub prices: String,
}

/// An entry of the log.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Commit {
    /// Position in the log, from 1.
    pub number: u64,
    /// Files that appear.
    pub added: Vec<Added>,
    /// Files that disappear, as paths below the lake's root.
    pub removed: Vec<String>,
    /// Sources taken in.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Present when the commit (re)builds the semantic tables.
    #[serde(default)]
    pub built_with: Option<BuiltWith>,
}

impl Commit {
    /// Whether it changes a raw table: a build of the semantic tables does not, nor does what was only set aside.
    pub(super) fn changes_raw(&self) -> bool {
        let tables = self.added.iter().any(|a| a.table != QUARANTINE) || self.removed.iter().any(|f| !f.starts_with(FOLDER));
        self.built_with.is_none() && tables
    }

    fn path(folder: &Path, number: u64) -> PathBuf {
        folder.join(format!("{number:08}.json"))
    }

    pub(super) fn read(folder: &Path, number: u64) -> Result<Commit, LakeError> {
        let path = Commit::path(folder, number);
        let text = fs::read(&path).map_err(LakeError::io(&path))?;
        serde_json::from_slice(&text).map_err(|e| LakeError::Damaged { path, reason: e.to_string() })
    }

    /// Moves what was added into place and deletes what was removed; doing it twice does no harm.
    pub(super) fn settle(&self, root: &Path, staging: &Path) -> Result<(), LakeError> {
        for added in &self.added {
            let (from, to) = (staging.join(&added.file), root.join(&added.file));
            if from.exists() {
                if let Some(folder) = to.parent() {
                    fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
                }
                fs::rename(&from, &to).map_err(LakeError::io(&to))?;
            }
        }
        for file in &self.removed {
            let path = root.join(file);
            match fs::remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(LakeError::Io { path, source: e }),
                _ => {}
            }
        }
        Ok(())
    }
}

/// A commit in the making. Dropped without [`Transaction::commit`], it leaves the lake as it was.
#[derive(Debug)]
pub struct Transaction<'a> {
    lake: &'a Lake,
    _lock: &'a Lock,
    commit: Commit,
    staging: PathBuf,
    next_part: u64,
}

impl<'a> Transaction<'a> {
    /// Begins the next commit of the lake.
    pub fn begin(lake: &'a Lake, lock: &'a Lock) -> Result<Transaction<'a>, LakeError> {
        let number = lake.commit_numbers()?.pop().unwrap_or(0) + 1;
        let staging = lake.staging(number);
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(LakeError::io(&staging))?;
        }
        fs::create_dir_all(&staging).map_err(LakeError::io(&staging))?;
        Ok(Transaction { lake, _lock: lock, commit: Commit { number, ..Commit::default() }, staging, next_part: 0 })
    }

    /// A folder for scratch files, swept with the staging area.
    pub fn scratch(&self) -> &Path {
        &self.staging
    }

    /// The name (below the lake's root) of a new part file of a table and day, and the place to write it to.
    pub fn new_part(&mut self, table: &Table, date: &str) -> (String, PathBuf) {
        self.next_part += 1;
        let file = format!("{}/date={date}/part-{:06}-{:05}.parquet", table.name, self.commit.number, self.next_part);
        let path = self.staging.join(&file);
        (file, path)
    }

    /// Counts a written file in.
    pub fn add(&mut self, table: &Table, date: &str, file: String, rows: u64) -> Result<(), LakeError> {
        self.add_file(table.name, date, file, rows)
    }

    /// The names of a new index and a new file of contents for the quarantine, each with the place to write it to.
    pub fn new_quarantine(&self) -> Result<[(String, PathBuf); 2], LakeError> {
        let number = self.commit.number;
        let named = |name: String| (format!("{FOLDER}{name}"), self.staging.join(FOLDER).join(&name));
        let folder = self.staging.join(FOLDER);
        fs::create_dir_all(&folder).map_err(LakeError::io(&folder))?;
        Ok([named(format!("index-{number:06}.jsonl")), named(format!("bytes-{number:06}"))])
    }

    /// Counts a written file of the quarantine in.
    pub fn add_quarantine(&mut self, file: String, entries: u64) -> Result<(), LakeError> {
        self.add_file(QUARANTINE, "", file, entries)
    }

    /// The name of a new file with what the build of the semantic tables notes of a day, and the place to write it to.
    pub fn new_built(&mut self, date: &str) -> (String, PathBuf) {
        self.next_part += 1;
        let file = format!("{BUILT_FOLDER}date={date}/day-{:06}-{:05}", self.commit.number, self.next_part);
        let path = self.staging.join(&file);
        (file, path)
    }

    /// Counts such a file in; `keys` is how many keys it has.
    pub fn add_built(&mut self, date: &str, file: String, keys: u64) -> Result<(), LakeError> {
        self.add_file(BUILT, date, file, keys)
    }

    fn add_file(&mut self, table: &str, date: &str, file: String, rows: u64) -> Result<(), LakeError> {
        let path = self.staging.join(&file);
        let staged = File::open(&path).map_err(LakeError::io(&path))?;
        staged.sync_all().map_err(LakeError::io(&path))?;
        let bytes = staged.metadata().map_err(LakeError::io(&path))?.len();
        self.commit.added.push(Added { table: table.to_owned(), date: date.to_owned(), file, rows, bytes });
        Ok(())
    }

    /// Takes a file of the lake out.
    pub fn remove(&mut self, file: &str) {
        self.commit.removed.push(file.to_owned());
    }

    /// Whether a file was added or taken out so far.
    pub fn changes(&self) -> bool {
        !self.commit.added.is_empty() || !self.commit.removed.is_empty()
    }

    /// Writes a source into the ledger.
    pub fn source(&mut self, source: Source) {
        self.commit.sources.push(source);
    }

    /// Notes what the semantic tables were built with.
    pub fn built_with(&mut self, built_with: BuiltWith) {
        self.commit.built_with = Some(built_with);
    }

    /// Makes it so, all at once. A commit that changes nothing is not written; gives whether there was one.
    pub fn commit(mut self) -> Result<bool, LakeError> {
        let c = &mut self.commit;
        c.added.sort_by(|a, b| a.file.cmp(&b.file));
        c.removed.sort_unstable();
        c.sources.sort_by(|a, b| a.source_id.cmp(&b.source_id));
        if c.added.is_empty() && c.removed.is_empty() && c.sources.is_empty() && c.built_with.is_none() {
            return Ok(false);
        }
        let folder = self.lake.commits();
        let path = Commit::path(&folder, c.number);
        let temporary = path.with_extension("tmp");
        let mut text = serde_json::to_vec_pretty(c).map_err(|e| LakeError::Damaged { path: path.clone(), reason: e.to_string() })?;
        text.push(b'\n');
        let mut file = File::create(&temporary).map_err(LakeError::io(&temporary))?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(LakeError::io(&temporary))?;
        fs::rename(&temporary, &path).map_err(LakeError::io(&path))?;
        File::open(&folder).and_then(|f| f.sync_all()).map_err(LakeError::io(&folder))?;
        self.commit.settle(&self.lake.root, &self.staging)?;
        Ok(true)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // Only scratch and uncommitted files are left here; the next writer sweeps what cannot be removed now.
        if !Commit::path(&self.lake.commits(), self.commit.number).exists() || self.commit.added.iter().all(|a| !self.staging.join(&a.file).exists())
        {
            let _ = fs::remove_dir_all(&self.staging);
        }
    }
}
