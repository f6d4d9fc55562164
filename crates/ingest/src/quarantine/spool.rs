//! One worker's set-asides on their way to disk: the bytes behind one another in a scratch file, what is known of them in sorted runs.
//! Border: writing; equal entries of several workers and runs meet in `merge`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tracemill_model::LakeError;
use tracemill_model::lake::{Content, Entry, Kind, Place, Standing};

use super::pack::Pack;
use super::{REQUESTS, merge};
use crate::discover::Input;
use crate::keep::{self, Keep, Piece};
use crate::privacy::{Privacy, reason};

/// A run is written when the entries held are about so many bytes.
const HELD_BYTES: usize = 4 << 20;
/// About so many bytes an entry has beside its texts.
const ENTRY_BYTES: usize = 300;

/// See the module.
#[derive(Debug)]
pub struct Spool<'a> {
    folder: &'a Path,
    counter: &'a AtomicU64,
    privacy: &'a Privacy,
    max_kept: u64,
    source: Option<(Input, String)>,
    scratch: Option<Scratch>,
    begins: u64,
    hasher: blake3::Hasher,
    held: BTreeMap<String, Entry>,
    held_bytes: usize,
    runs: Vec<PathBuf>,
    error: Option<LakeError>,
}

/// The scratch file of contents. Bytes that are withheld are counted and go nowhere.
#[derive(Debug)]
struct Scratch {
    path: PathBuf,
    pack: Option<Pack>,
    length: u64,
}

/// The id of what was hashed.
pub fn id_of(hasher: &blake3::Hasher, kind: Kind) -> String {
    let mut hasher = hasher.clone();
    // behind the bytes, which may be many and are hashed as they come
    hasher.update(&[0]).update(kind.name().as_bytes());
    hasher.finalize().to_hex()[..32].to_owned()
}

impl<'a> Spool<'a> {
    /// A spool that writes into `folder`; the counter gives the files their names. Where records are redacted it withholds the bytes, since what
    /// cannot be decoded cannot be redacted: of them their number, a keyed hash and the reason stay. So it does with pieces that have more than
    /// `max_kept` bytes when they are compressed.
    pub fn new(folder: &'a Path, counter: &'a AtomicU64, privacy: &'a Privacy, max_kept: u64) -> Spool<'a> {
        Spool {
            folder,
            counter,
            privacy,
            max_kept,
            source: None,
            scratch: None,
            begins: 0,
            hasher: privacy.hasher(),
            held: BTreeMap::new(),
            held_bytes: 0,
            runs: Vec::new(),
            error: None,
        }
    }

    fn named(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("aside-{:08}.{extension}", self.counter.fetch_add(1, Ordering::Relaxed)))
    }

    fn try_write(&mut self, bytes: &[u8]) -> Result<(), LakeError> {
        if self.scratch.is_none() {
            let path = self.folder.join(format!("packed-{:08}", self.counter.fetch_add(1, Ordering::Relaxed)));
            let create = || Pack::create(&path, self.max_kept).map_err(|source| LakeError::Io { path: path.clone(), source });
            let pack = if self.privacy.withholds() { None } else { Some(create()?) };
            self.scratch = Some(Scratch { path, pack, length: 0 });
        }
        if let Some(scratch) = &mut self.scratch {
            if let Some(pack) = &mut scratch.pack {
                pack.write(bytes).map_err(|source| LakeError::Io { path: scratch.path.clone(), source })?;
            }
            scratch.length += bytes.len() as u64;
        }
        self.hasher.update(bytes);
        Ok(())
    }

    fn hold(&mut self, mut entry: Entry, piece: Piece) {
        let Some((input, source_id)) = &self.source else { return };
        entry.reason = reason(self.privacy, piece.reason);
        if let Some(taken) = piece.taken {
            entry.taken = taken.by_table().chain([(REQUESTS, 1)]).map(|(table, rows)| (table.to_owned(), rows)).collect();
        }
        entry.places.push(Place {
            source_id: source_id.clone(),
            path: input.name(),
            position: piece.position,
            offset: piece.offset,
            times: 1,
            count: piece.count,
            standing: Standing::Open,
        });
        let size = ENTRY_BYTES + entry.reason.len() + entry.places[0].path.len();
        match self.held.get_mut(&entry.id) {
            Some(known) => merge::absorb(known, entry),
            None => {
                self.held_bytes += size;
                self.held.insert(entry.id.clone(), entry);
            }
        }
        if self.held_bytes >= HELD_BYTES {
            let outcome = self.write_run();
            self.note(outcome);
        }
    }

    fn write_run(&mut self) -> Result<(), LakeError> {
        self.held_bytes = 0;
        if self.held.is_empty() {
            return Ok(());
        }
        let path = self.named("jsonl");
        merge::write(&path, std::mem::take(&mut self.held).into_values().map(Ok))?;
        self.runs.push(path);
        Ok(())
    }

    fn note(&mut self, outcome: Result<(), LakeError>) {
        if let Err(error) = outcome {
            // the first tells most; the run ends with it
            self.error.get_or_insert(error);
        }
    }
}

/// An entry without a place.
fn entry(id: String, kind: Kind, bytes: u64) -> Entry {
    let release = env!("CARGO_PKG_VERSION").to_owned();
    Entry { id, kind, bytes, content: None, too_many: false, hash: None, reason: String::new(), release, taken: BTreeMap::new(), places: Vec::new() }
}

/// The hash and size of a file as it lies on disk.
fn hash_file(path: &Path, mut hasher: blake3::Hasher) -> io::Result<(blake3::Hasher, u64)> {
    let bytes = io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok((hasher, bytes))
}

impl Keep for Spool<'_> {
    fn begin_source(&mut self, input: &Input) {
        if self.source.as_ref().is_none_or(|(known, _)| known != input) {
            self.source = Some((input.clone(), input.source_id()));
        }
    }

    fn write(&mut self, bytes: &[u8]) {
        if self.error.is_none() {
            let outcome = self.try_write(bytes);
            self.note(outcome);
        }
    }

    fn new_file(&self) -> Option<PathBuf> {
        (!self.privacy.withholds()).then(|| self.named("copy"))
    }

    fn end(&mut self, mut piece: Piece) {
        // a piece without bytes has a place in a file all the same
        self.write(&[]);
        let Some(scratch) = self.scratch.as_mut().filter(|_| self.error.is_none()) else { return };
        let mut entry = entry(id_of(&self.hasher, piece.kind), piece.kind, scratch.length - self.begins);
        if let Some(pack) = &mut scratch.pack {
            match pack.end() {
                Ok(Some(offset)) => {
                    let file = scratch.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    entry.content = Some(Content { file, offset });
                }
                Ok(None) => {
                    entry.too_many = true;
                    entry.hash = Some(self.hasher.finalize().to_hex().to_string());
                    let (bytes, limit) = (entry.bytes, self.max_kept);
                    piece.reason += &format!("; of its {bytes} bytes none are kept, since they are more than {limit} compressed (--max-kept)");
                }
                Err(source) => {
                    let path = scratch.path.clone();
                    return self.note(Err(LakeError::Io { path, source }));
                }
            }
        }
        self.begins = scratch.length;
        self.hasher.reset();
        self.hold(entry, piece);
    }

    fn whole(&mut self, position: String, reason: &str, read: &mut dyn Read) {
        let piece = |kind| Piece { kind, position, offset: None, count: 1, reason: reason.to_owned(), taken: None };
        let Some((input, source_id)) = &self.source else { return };
        let Some(path) = input.place() else {
            let (_, error) = keep::copy(read, self);
            if let Some(source) = error {
                self.note(Err(LakeError::Io { path: PathBuf::from("-"), source }));
            }
            return self.end(piece(Kind::Stream));
        };
        let entry = match hash_file(path, self.privacy.hasher()) {
            Ok((hasher, bytes)) => {
                let hash = hasher.finalize().to_hex().to_string();
                Entry { hash: Some(hash), ..entry(id_of(&hasher, Kind::File), Kind::File, bytes) }
            }
            Err(_) => entry(id_of(self.privacy.hasher().update(source_id.as_bytes()), Kind::File), Kind::File, 0),
        };
        self.hold(entry, piece(Kind::File));
    }

    fn finish(&mut self) -> Result<Vec<PathBuf>, LakeError> {
        let outcome = self.write_run();
        self.note(outcome);
        if let Some(Scratch { path, pack: Some(mut pack), .. }) = self.scratch.take() {
            let outcome = pack.flush().map_err(|source| LakeError::Io { path, source });
            self.note(outcome);
        }
        self.error.take().map_or_else(|| Ok(std::mem::take(&mut self.runs)), Err)
    }
}
