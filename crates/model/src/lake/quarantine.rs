//! The quarantine: what was set aside, kept where it can be looked at and tried again. Border: what is known of an entry and where its
//! bytes lie; what is set aside, and what a further attempt gives, is ingest's business.
//!
//! ```text
//! lake/_tracemill/quarantine/index-<commit>.jsonl   an entry a line, sorted by id; only the latest is in force
//! lake/_tracemill/quarantine/packed-<commit>        the contents that came with that commit, one behind another
//! lake/_tracemill/quarantine/bytes-<commit>         the same, of releases before 0.5 and where a file was written anew
//! ```
//!
//! In a packed file each content is a zstd frame behind a skippable frame with its length, so that the file as a whole is zstd; in the others it lies as
//! it is. Both are files of a commit like any part, so they appear together with the rows and the ledger of their run, or not at all.
//! An entry's id follows from its bytes: what is delivered again, from wherever, is one entry with one more place.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{LakeError, Snapshot};

/// The word for the quarantine's files in the log.
pub const QUARANTINE: &str = "quarantine";
/// Their folder, below the lake's root.
pub(super) const FOLDER: &str = "_tracemill/quarantine/";
/// How the names of packed files begin.
const PACKED: &str = "packed-";
/// How a skippable frame of eight bytes begins.
const SKIPPABLE: [u8; 8] = [0x50, 0x2a, 0x4d, 0x18, 8, 0, 0, 0];

/// What the bytes of an entry are, which tells how to try them again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// JSON: a line, a document over several lines, or what should have been one.
    Document,
    /// JSON from inside an array: elements with commas between them, perhaps its end.
    Elements,
    /// A frame with its four bytes of length, or what is left of one.
    Frame,
    /// One protobuf message.
    Body,
    /// All that came on standard input.
    Stream,
    /// A file, which is not copied: its places tell where it was.
    File,
}

impl Kind {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Document => "document",
            Kind::Elements => "elements",
            Kind::Frame => "frame",
            Kind::Body => "body",
            Kind::Stream => "stream",
            Kind::File => "file",
        }
    }
}

/// How an entry stands with one of its sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// Set aside when the source was last read; the source's ledger entry counts it.
    Open,
    /// Set aside when the source was read before. It has other contents now, so that its ledger entry does not count this any more.
    Earlier,
    /// The records in it are in the lake, or it lies within a larger entry.
    Resolved,
}

/// Where an entry was found: the first place in one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Id of the source.
    pub source_id: String,
    /// Path of the source, or `-`.
    pub path: String,
    /// Line or frame number, and byte offset in the decompressed content.
    pub position: String,
    /// That offset; absent where the bytes do not lie in the content as they are (a document inside a compressed frame).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// How often the source has these bytes.
    pub times: u64,
    /// How many set-asides of the source's ledger entry this is: more than `times` where several records of a request were set aside.
    pub count: u64,
    /// How it stands.
    pub standing: Standing,
}

/// Where an entry's bytes lie.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Path below the lake's root.
    pub file: String,
    /// Offset in it.
    pub offset: u64,
}

impl Content {
    /// How long its file must be at least to hold it, if it is of so many bytes.
    pub fn end(&self, bytes: u64) -> u64 {
        // how far a packed one goes is said in the file
        self.offset.saturating_add(if is_packed(Path::new(&self.file)) { packed_header(0).len() as u64 } else { bytes })
    }
}

/// Whether a file of contents is packed.
fn is_packed(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(PACKED.as_bytes()))
}

/// What stands before a frame of so many bytes in a packed file.
pub fn packed_header(frame: u64) -> [u8; 16] {
    let mut header = [0; 16];
    header[..8].copy_from_slice(&SKIPPABLE);
    header[8..].copy_from_slice(&frame.to_le_bytes());
    header
}

/// Reads a content of so many bytes at an offset of a file.
///
/// # Errors
/// The file cannot be read, or does not hold it there.
pub fn contents(path: &Path, offset: u64, bytes: u64) -> io::Result<Box<dyn Read + Send>> {
    let stored = packed(path, offset)?;
    let mut file = File::open(path)?;
    let _ = file.seek(SeekFrom::Start(offset))?;
    let Some(stored) = stored else { return Ok(Box::new(file.take(bytes))) };
    let skipped = packed_header(0).len() as u64;
    let _ = file.seek(SeekFrom::Start(offset + skipped))?;
    Ok(Box::new(zstd::Decoder::new(file.take(stored - skipped))?.take(bytes)))
}

/// All contents of a packed file, one behind the other; `None` for a file in which they lie as they are.
///
/// # Errors
/// The file cannot be read.
pub fn all_contents(path: &Path) -> io::Result<Option<Box<dyn Read + Send>>> {
    if !is_packed(path) {
        return Ok(None);
    }
    Ok(Some(Box::new(zstd::Decoder::new(File::open(path)?)?)))
}

/// How many bytes a content takes at an offset of a packed file; `None` for a file in which it lies as it is.
///
/// # Errors
/// The file cannot be read, or does not hold it there.
pub fn packed(path: &Path, offset: u64) -> io::Result<Option<u64>> {
    if !is_packed(path) {
        return Ok(None);
    }
    let mut file = File::open(path)?;
    let _ = file.seek(SeekFrom::Start(offset))?;
    let mut header = packed_header(0);
    file.read_exact(&mut header)?;
    let (begins, frame) = header.split_at(SKIPPABLE.len());
    let frame = frame.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
    if begins != SKIPPABLE {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "no content begins there"));
    }
    Ok(Some(frame.saturating_add(header.len() as u64)))
}

/// Something set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// 32 hex digits: a hash of the kind and the bytes.
    pub id: String,
    /// What the bytes are.
    pub kind: Kind,
    /// How many they are; for a file its size on disk.
    pub bytes: u64,
    /// Where they lie; absent for a file, where they were too many, and where they were withheld: records were to be redacted, or they hold
    /// what the lake has forgotten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// Whether they were too many to be kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub too_many: bool,
    /// BLAKE3 of a file as it lay on disk, in hex, and of bytes that were too many; absent for all others, and where the file could not be read. In a
    /// lake with keyed ids it is keyed as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash: Option<String>,
    /// Why, by the latest attempt.
    pub reason: String,
    /// The release of tracemill that made this attempt.
    pub release: String,
    /// What of it was taken all the same: `requests`, and records by table. Empty where nothing was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub taken: BTreeMap<String, u64>,
    /// Where it was found, in the order of (path, source id).
    pub places: Vec<Place>,
}

impl Entry {
    /// Whether it is still set aside anywhere.
    pub fn is_open(&self) -> bool {
        self.places.iter().any(|p| p.standing != Standing::Resolved)
    }
}

/// The quarantine of a snapshot.
#[derive(Debug)]
pub struct Quarantine<'a> {
    snapshot: &'a Snapshot,
}

impl<'a> Quarantine<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Quarantine<'a> {
        Quarantine { snapshot }
    }

    /// Path of the index below the lake's root; `None` where nothing was ever set aside.
    pub fn index(&self) -> Option<&'a str> {
        self.snapshot.parts(QUARANTINE).map(|p| p.file.as_str()).find(|f| f.ends_with(".jsonl"))
    }

    /// The entries, in the order of their ids, read as they are asked for.
    pub fn entries(&self) -> Result<Entries, LakeError> {
        match self.index() {
            Some(file) => Entries::open(&self.place(file)?),
            None => Ok(Entries { path: PathBuf::new(), lines: None }),
        }
    }

    /// The entries whose ids begin so: two of them, where there are more.
    pub fn find(&self, beginning: &str) -> Result<Vec<Entry>, LakeError> {
        let begins = |entry: &Result<Entry, LakeError>| entry.as_ref().map_or(true, |e| e.id.starts_with(beginning));
        self.entries()?.filter(begins).take(2).collect()
    }

    /// The bytes of an entry; `None` where they are not kept.
    pub fn bytes(&self, entry: &Entry) -> Result<Option<Box<dyn Read + Send>>, LakeError> {
        let Some(content) = &entry.content else { return Ok(None) };
        let path = self.place(&content.file)?;
        contents(&path, content.offset, entry.bytes).map(Some).map_err(LakeError::io(&path))
    }

    /// Where a file of the quarantine lies now.
    pub fn place(&self, file: &str) -> Result<PathBuf, LakeError> {
        let missing = || LakeError::Damaged { path: PathBuf::from(file), reason: "the log has no such file of the quarantine".to_owned() };
        self.snapshot.parts.get(file).ok_or_else(missing)?.fetched().map(Path::to_owned)
    }
}

/// Entries read line by line.
#[derive(Debug)]
pub struct Entries {
    path: PathBuf,
    lines: Option<io::Lines<BufReader<File>>>,
}

impl Entries {
    /// The entries of a file.
    pub fn open(path: &Path) -> Result<Entries, LakeError> {
        let file = File::open(path).map_err(LakeError::io(path))?;
        Ok(Entries { path: path.to_owned(), lines: Some(BufReader::new(file).lines()) })
    }
}

impl Iterator for Entries {
    type Item = Result<Entry, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = match self.lines.as_mut()?.next()? {
            Ok(line) => line,
            Err(e) => return Some(Err(LakeError::io(&self.path)(e))),
        };
        Some(serde_json::from_str(&line).map_err(|e| LakeError::Damaged { path: self.path.clone(), reason: e.to_string() }))
    }
}
