//! A commit in the making. Border: the files that it is made of, and the moment when it happens; tidying up after it is `settle`'s business.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::commit::{Added, Commit, is_quarantine, sync_folder};
use super::quarantine::{FOLDER, QUARANTINE};
use super::{BuiltWith, CommitKind, Lake, LakeError, Lock, Source, key};
use crate::tables::Table;

/// A file that is written and will not change: its size and checksum, and the promise that it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Size in bytes.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in hex.
    pub hash: String,
}

impl Sealed {
    /// Seals a file. It costs a pass over it and waits for the disk, so it is done before there is the right to write where that can be.
    ///
    /// # Errors
    /// It cannot be read, or the disk does not take it.
    pub fn of(path: &Path) -> Result<Sealed, LakeError> {
        let mut file = File::open(path).map_err(LakeError::io(path))?;
        let mut hasher = blake3::Hasher::new();
        let bytes = std::io::copy(&mut file, &mut hasher).map_err(LakeError::io(path))?;
        file.sync_all().map_err(LakeError::io(path))?;
        Ok(Sealed { bytes, hash: hasher.finalize().to_hex().to_string() })
    }
}

/// A commit in the making. Dropped without [`Transaction::commit`], it leaves the lake as it was.
#[derive(Debug)]
pub struct Transaction<'a> {
    lake: &'a Lake,
    lock: &'a Lock,
    commit: Commit,
    staging: PathBuf,
    /// Stands in the names of files, so that nobody else writes to a store under them; empty where the lake lies in a folder.
    word: String,
    next_part: u64,
    patient: bool,
    fold: bool,
}

impl<'a> Transaction<'a> {
    /// Begins the next commit of the lake.
    ///
    /// # Errors
    /// The lake cannot be written.
    pub fn begin(lake: &'a Lake, lock: &'a Lock) -> Result<Transaction<'a>, LakeError> {
        let number = lock.next();
        let staging = lake.staging(number);
        super::staging::remove(&staging)?;
        fs::create_dir_all(&staging).map_err(LakeError::io(&staging))?;
        let commit = Commit { number, ..Commit::default() };
        let random: [u8; 4] = key::random().map_err(LakeError::io(&staging))?;
        let word = if lake.is_remote() { format!(".{}", key::hex(&random)) } else { String::new() };
        Ok(Transaction { lake, lock, commit, staging, word, next_part: 0, patient: false, fold: false })
    }

    /// A folder for scratch files, swept with the staging area.
    pub fn scratch(&self) -> &Path {
        &self.staging
    }

    /// The number that it will have.
    pub fn number(&self) -> u64 {
        self.commit.number
    }

    /// Says what it is for, where that is neither taking in nor building.
    pub fn set_kind(&mut self, kind: CommitKind) {
        self.commit.kind = Some(kind);
    }

    /// Lets the commit wait for readers to end, so that what it removes is gone when it returns, and folds the log, so that no entry tells of what
    /// was there before.
    pub fn leave_nothing(&mut self) {
        (self.patient, self.fold) = (true, true);
    }

    /// The name (below the lake's root) of a new part file of a table and day, and the place to write it to.
    pub fn new_part(&mut self, table: &Table, date: &str) -> (String, PathBuf) {
        self.next_part += 1;
        let file = format!("{}/date={date}/part-{:06}-{:05}{}.parquet", table.name, self.commit.number, self.next_part, self.word);
        let path = self.staging.join(&file);
        (file, path)
    }

    /// Counts a written file in.
    ///
    /// # Errors
    /// It cannot be read, or the disk does not take it.
    pub fn add(&mut self, table: &Table, date: &str, file: String, rows: u64) -> Result<(), LakeError> {
        self.add_file(table.name, date, file, rows)
    }

    /// Takes over a part that was written elsewhere in the lake's staging area, and sealed. Its rows came with an earlier commit, if one is given.
    ///
    /// # Errors
    /// It cannot be moved.
    pub fn adopt(&mut self, table: &Table, date: &str, part: &Path, rows: u64, sealed: Sealed, commit: Option<u64>) -> Result<(), LakeError> {
        let (file, path) = self.new_part(table, date);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
        }
        fs::rename(part, &path).map_err(LakeError::io(&path))?;
        self.push(table.name, date, file, rows, sealed, commit);
        Ok(())
    }

    /// The name and place of a new file that belongs to no table, in a folder of `_tracemill`: `<folder>/<name>`. It is counted in with
    /// [`Transaction::add_kept`] and found in a snapshot as a file of the table `folder`, with no date.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new_kept(&self, folder: &str, name: &str) -> Result<(String, PathBuf), LakeError> {
        let (stem, extension) = name.rsplit_once('.').map_or((name, String::new()), |(stem, extension)| (stem, format!(".{extension}")));
        let file = format!("_tracemill/{folder}/{stem}{}{extension}", self.word);
        let path = self.staging.join(&file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(LakeError::io(folder))?;
        }
        Ok((file, path))
    }

    /// Counts a written file that belongs to no table in.
    ///
    /// # Errors
    /// It cannot be read, or the disk does not take it.
    pub fn add_kept(&mut self, folder: &str, file: String, entries: u64) -> Result<(), LakeError> {
        self.add_file(folder, "", file, entries)
    }

    /// The names of a new index and a new file of contents for the quarantine, each with the place to write it to.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new_quarantine(&self) -> Result<[(String, PathBuf); 2], LakeError> {
        let number = self.commit.number;
        Ok([self.new_kept(QUARANTINE, &format!("index-{number:06}.jsonl"))?, self.new_kept(QUARANTINE, &format!("bytes-{number:06}"))?])
    }

    /// The name of a new file of packed contents for the quarantine, and the place to write it to.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new_packed(&self) -> Result<(String, PathBuf), LakeError> {
        self.new_kept(QUARANTINE, &format!("packed-{:06}", self.commit.number))
    }

    /// Counts a written file of the quarantine in.
    ///
    /// # Errors
    /// It cannot be read, or the disk does not take it.
    pub fn add_quarantine(&mut self, file: String, entries: u64) -> Result<(), LakeError> {
        debug_assert!(is_quarantine(&file), "{file} lies in {FOLDER}");
        self.add_file(QUARANTINE, "", file, entries)
    }

    fn add_file(&mut self, table: &str, date: &str, file: String, rows: u64) -> Result<(), LakeError> {
        let sealed = Sealed::of(&self.staging.join(&file))?;
        self.push(table, date, file, rows, sealed, None);
        Ok(())
    }

    fn push(&mut self, table: &str, date: &str, file: String, rows: u64, sealed: Sealed, commit: Option<u64>) {
        let Sealed { bytes, hash } = sealed;
        self.commit.added.push(Added { table: table.to_owned(), date: date.to_owned(), file, rows, bytes, hash: Some(hash), commit });
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
    ///
    /// # Errors
    /// The log cannot be written, and nothing has happened; or what was committed cannot be moved into place, which the next writer does.
    pub fn commit(mut self) -> Result<bool, LakeError> {
        let c = &mut self.commit;
        c.added.sort_by(|a, b| a.file.cmp(&b.file));
        c.removed.sort_unstable();
        c.sources.sort_by(|a, b| a.source_id.cmp(&b.source_id));
        c.kind = Some(c.kind());
        let anything = !c.is_empty();
        // where nothing is to be left in a store, the number is used up: what a run that is taken for dead has sent for it can be removed then
        let written = anything || (self.patient && self.lake.is_remote());
        if written {
            self.sync_names()?;
            if self.lake.is_remote() {
                self.lake.push(&self.commit, &self.staging)?;
            } else {
                self.commit.write(&self.lake.commits())?;
            }
            self.lock.committed(self.commit.number);
        } else {
            self.lake.push_settings()?;
        }
        // where readers are in the way the next writer does it
        if self.lake.settle(self.patient)? {
            if self.patient {
                self.lake.sweep_store(true)?;
                let _ = self.lake.sweep_orphans(true)?;
            }
            // a fold that fails costs nothing but time until one succeeds
            self.lake.fold(self.fold).or_else(|e| if self.fold { Err(e) } else { Ok(()) })?;
        }
        Ok(anything)
    }

    /// Makes the names of the staged files last, up to the staging area.
    fn sync_names(&self) -> Result<(), LakeError> {
        let mut folders = BTreeSet::new();
        for added in &self.commit.added {
            let path = self.staging.join(&added.file);
            folders.extend(path.ancestors().skip(1).take_while(|p| p.starts_with(&self.staging)).map(Path::to_owned));
        }
        if !folders.is_empty() {
            let _ = folders.insert(self.lake.stagings());
            let _ = folders.insert(self.lake.meta());
        }
        folders.iter().try_for_each(|folder| sync_folder(folder))
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // Only scratch and uncommitted files are left here; the next writer sweeps what cannot be removed now.
        let is_there = |file: &str| self.staging.join(file).exists();
        if !Commit::<Source>::path(&self.lake.commits(), self.commit.number).exists() || !self.commit.added.iter().any(|a| is_there(&a.file)) {
            let _ = fs::remove_dir_all(&self.staging);
        }
    }
}
