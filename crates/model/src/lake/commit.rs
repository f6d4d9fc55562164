//! An entry of the log: the files that appear and disappear together. Border: one file of the log read and written; what the log as a whole
//! says is `log`'s business.
//!
//! The last line of the file is a checksum of all bytes before it: a flipped bit in a size or a name must not pass for the truth. Entries of
//! releases before 0.5 have none.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::quarantine::FOLDER;
use super::{LakeError, Source, names};
use crate::tables::RAW;

/// A file that a commit adds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Table, or `quarantine`.
    pub table: String,
    /// UTC day, `YYYY-MM-DD`; empty for a file that belongs to no day.
    pub date: String,
    /// Path below the lake's root.
    pub file: String,
    /// Number of rows, or of entries.
    pub rows: u64,
    /// Size in bytes.
    pub bytes: u64,
    /// BLAKE3 of its bytes, in hex; absent in commits of releases before 0.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// The commit that its rows came with, if that is an earlier one than this: this one only writes them anew, or folds others up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<u64>,
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

/// Why there is a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommitKind {
    /// Archives, or what was set aside, were taken in.
    Ingest,
    /// The semantic tables were built.
    Build,
    /// Parts were merged: other files, the same rows.
    Compact,
    /// Records were forgotten.
    Forget,
    /// Something that a later release does.
    #[serde(other)]
    Other,
}

/// What an entry stands for that replaces all entries before it: its `added` are all files of the lake, its `sources` the whole ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folded {
    /// Number of the last commit that changed a raw table.
    pub raw_commit: u64,
    /// When days last changed.
    pub days: Vec<Day>,
}

/// When a day of a table last changed, as numbers of commits; 0 for never.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Day {
    /// Table.
    pub table: String,
    /// UTC day, `YYYY-MM-DD`.
    pub date: String,
    /// The last commit that added rows to it.
    pub added: u64,
    /// The last commit that took rows out of it, or wrote them anew in other parts.
    pub removed: u64,
}

/// An entry of the log. `S` is [`Source`], or a type that skips what it stands for where the ledger is not asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Commit<S = Source> {
    /// Position in the log, from 1.
    pub number: u64,
    /// Why it is there; absent in commits of releases before 0.5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<CommitKind>,
    /// Files that appear.
    pub added: Vec<Added>,
    /// Files that disappear, as paths below the lake's root.
    pub removed: Vec<String>,
    /// Sources taken in.
    #[serde(default = "Vec::new")]
    pub sources: Vec<S>,
    /// Present when the commit (re)builds the semantic tables.
    #[serde(default)]
    pub built_with: Option<BuiltWith>,
    /// Present when all earlier entries are folded into this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folded: Option<Folded>,
}

impl<S> Default for Commit<S> {
    fn default() -> Commit<S> {
        Commit { number: 0, kind: None, added: Vec::new(), removed: Vec::new(), sources: Vec::new(), built_with: None, folded: None }
    }
}

const CHECKSUM: &str = "  \"checksum\": \"";

impl<S> Commit<S> {
    /// Why it is there.
    pub fn kind(&self) -> CommitKind {
        self.kind.unwrap_or(if self.built_with.is_some() { CommitKind::Build } else { CommitKind::Ingest })
    }

    /// Whether it changes what a raw table says: a build of the semantic tables does not, nor does a compaction, nor what was only set aside.
    pub(super) fn changes_raw(&self) -> bool {
        let is_raw = |file: &str| RAW.iter().any(|t| file.strip_prefix(t.name).is_some_and(|rest| rest.starts_with('/')));
        self.kind() != CommitKind::Compact && (self.added.iter().map(|a| &a.file).chain(&self.removed)).any(|file| is_raw(file))
    }

    /// Whether it does anything at all.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.sources.is_empty() && self.built_with.is_none()
    }

    /// Where an entry lies.
    pub(super) fn path(folder: &Path, number: u64) -> PathBuf {
        folder.join(format!("{number:08}.json"))
    }
}

impl<S: DeserializeOwned> Commit<S> {
    /// Reads an entry; `None` where there is none.
    pub(super) fn read(folder: &Path, number: u64) -> Result<Option<Commit<S>>, LakeError> {
        let path = Commit::<S>::path(folder, number);
        match fs::read(&path) {
            Ok(text) => parse(&text, number).map(Some).map_err(|reason| LakeError::Damaged { path, reason }),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(LakeError::Io { path, source }),
        }
    }
}

/// The entry that a file's bytes are.
fn parse<S: DeserializeOwned>(text: &[u8], number: u64) -> Result<Commit<S>, String> {
    let checked = checked(text);
    if checked.is_some_and(|(said, checksum)| blake3::hash(said).to_hex().as_bytes() != checksum) {
        return Err("its checksum is not that of its bytes; put it back from a backup".to_owned());
    }
    let commit: Commit<S> = serde_json::from_slice(text).map_err(|e| e.to_string())?;
    if checked.is_none() && commit.kind.is_some() {
        return Err("it has no checksum; put it back from a backup".to_owned());
    }
    if commit.number != number {
        return Err(format!("it says that it is number {}", commit.number));
    }
    match names::refused(&commit) {
        None => Ok(commit),
        Some(reason) => Err(reason),
    }
}

/// The bytes that the checksum is of, and the checksum; `None` where there is none.
fn checked(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = CHECKSUM.len() + 64 + "\"\n}\n".len();
    let (said, last) = text.split_at_checked(text.len().checked_sub(length)?)?;
    let rest = last.strip_prefix(CHECKSUM.as_bytes())?;
    Some((said, &rest[..64]))
}

impl Commit {
    /// Its bytes. One that holds the whole lake is written without spaces.
    fn bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = if self.folded.is_some() { serde_json::to_vec(self)? } else { serde_json::to_vec_pretty(self)? };
        while text.last().is_some_and(|b| *b == b'}' || b.is_ascii_whitespace()) {
            let last = text.pop();
            if last == Some(b'}') {
                break;
            }
        }
        while text.last().is_some_and(u8::is_ascii_whitespace) {
            text.pop();
        }
        Ok(sealed(text))
    }

    /// Its bytes, for a log in this folder.
    pub(super) fn text(&self, folder: &Path) -> Result<Vec<u8>, LakeError> {
        self.bytes().map_err(|e| LakeError::Damaged { path: Commit::<Source>::path(folder, self.number), reason: e.to_string() })
    }

    /// Writes the entry under its number, all at once and for good: when this returns, a loss of power leaves it there.
    pub(super) fn write(&self, folder: &Path) -> Result<(), LakeError> {
        let path = Commit::<Source>::path(folder, self.number);
        let text = self.text(folder)?;
        let temporary = path.with_extension("tmp");
        let written = File::create(&temporary).and_then(|mut file| file.write_all(&text).and_then(|()| file.sync_all()));
        if let Err(source) = written {
            // the next writer sweeps what cannot be removed now
            let _ = fs::remove_file(&temporary);
            return Err(LakeError::Io { path: temporary, source });
        }
        fs::rename(&temporary, &path).map_err(LakeError::io(&path))?;
        sync_folder(folder)
    }
}

/// An entry's text without its last brace, with its checksum and the brace.
fn sealed(text: impl Into<Vec<u8>>) -> Vec<u8> {
    let mut text = text.into();
    text.extend(b",\n");
    let checksum = blake3::hash(&text).to_hex();
    text.extend(CHECKSUM.bytes().chain(checksum.bytes()).chain("\"\n}\n".bytes()));
    text
}

/// Makes the names in a folder last.
pub(super) fn sync_folder(folder: &Path) -> Result<(), LakeError> {
    // on Windows a folder cannot be opened as a file, and names last without it
    if cfg!(unix) { File::open(folder).and_then(|f| f.sync_all()).map_err(LakeError::io(folder)) } else { Ok(()) }
}

/// Whether a file of the log belongs to the quarantine.
pub(super) fn is_quarantine(file: &str) -> bool {
    file.starts_with(FOLDER)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit() -> Commit {
        let added =
            Added { table: "spans".into(), date: "2026-11-22".into(), file: "spans/x".into(), rows: 12, bytes: 345, hash: None, commit: None };
        Commit { number: 7, kind: Some(CommitKind::Ingest), added: vec![added], ..Commit::default() }
    }

    #[test]
    fn any_flipped_bit_is_seen() {
        for folded in [None, Some(Folded { raw_commit: 3, days: Vec::new() })] {
            let text = Commit { folded, ..commit() }.bytes().unwrap();
            assert_eq!(parse::<Source>(&text, 7).unwrap().added, commit().added);
            assert!(parse::<Source>(&text, 8).is_err());
            for at in 0..text.len() - 3 {
                let mut bad = text.clone();
                bad[at] ^= 1;
                assert!(parse::<Source>(&bad, 7).is_err(), "{}", String::from_utf8_lossy(&bad));
            }
        }
    }

    #[test]
    fn entries_of_earlier_and_of_later_releases_are_read() {
        let earlier = r#"{"number":7,"added":[{"table":"spans","date":"d","file":"spans/x","rows":1,"bytes":2}],"removed":[]}"#;
        let read = parse::<Source>(earlier.as_bytes(), 7).unwrap();
        assert_eq!((read.kind(), read.changes_raw(), read.added[0].hash.as_ref()), (CommitKind::Ingest, true, None));
        let later = String::from_utf8(commit().bytes().unwrap()).unwrap();
        let later = sealed(later.rsplit_once(",\n").unwrap().0.replace("ingest", "sharded") + ",\n  \"shards\": 3");
        let read = parse::<serde::de::IgnoredAny>(&later, 7).unwrap();
        assert_eq!((read.kind(), read.changes_raw()), (CommitKind::Other, true));
    }
}
