//! The quarantine's part of a commit: what the workers kept of this run, made one with what the lake has. Border: entries and their bytes;
//! what is set aside is decided by `blocks` and `requests`, where the files lie by `tracemill_model::lake`.
//!
//! The workers write what they set aside as sorted runs; these are merged with the index of the lake, line by line, so that memory does not grow with
//! what was set aside. A run without bad input, over sources without any, does nothing here.

mod merge;
mod pack;
mod presence;
mod spool;
mod withhold;

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tracemill_model::LakeError;
use tracemill_model::lake::{Content, Entries, Entry, Kind, Place, Quarantine, Snapshot, Source, Standing, Transaction, packed};

use presence::Suspects;
pub use spool::Spool;

use crate::discover::Input;
use crate::privacy::Privacy;
use crate::stage::Scratch;

/// What a run knows when it settles the quarantine.
#[derive(Debug, Default)]
pub struct News {
    /// The runs that the workers wrote: entries sorted by id.
    pub runs: Vec<PathBuf>,
    /// The sources that were read, by id.
    pub read: HashMap<String, Seen>,
    /// What a further attempt at entries gave, by id.
    pub tried: HashMap<String, Attempt>,
    /// How the bytes of entries are hashed, of which nothing else is kept.
    pub privacy: Privacy,
}

/// A source that was read.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Where it lies; `None` for standard input.
    path: Option<PathBuf>,
    /// Whether it could be opened at all.
    readable: bool,
    /// Whether it is as the ledger has it, so that what is not set aside any more was taken.
    unchanged: bool,
    /// Byte offset at which the reading began: what lies before it was neither seen nor missed.
    from: u64,
}

/// The word for requests beside the names of tables in [`Entry::taken`].
pub const REQUESTS: &str = "requests";

/// What a further attempt at an entry gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Why something of it is still set aside; `None` where all went through.
    pub reason: Option<String>,
    /// How many set-asides that is, each time that a source has these bytes.
    pub set_aside: u64,
    /// Requests and records that came out of it, those taken before included.
    pub decoded: BTreeMap<String, u64>,
    /// How many of these are without a time.
    pub timeless: u64,
}

impl Attempt {
    /// Nothing came out of it.
    pub fn failed(reason: String) -> Attempt {
        Attempt { reason: Some(reason), set_aside: 1, decoded: BTreeMap::new(), timeless: 0 }
    }
}

impl News {
    /// Notes that a source was read, or could not be.
    pub fn read(&mut self, snapshot: &Snapshot, input: &Input, readable: bool, from: u64) {
        let id = input.source_id();
        let unchanged =
            input.modified_ns != 0 && snapshot.source(&id).is_some_and(|known| known.bytes == input.bytes && known.modified_ns == input.modified_ns);
        self.read.insert(id, Seen { path: input.path.clone(), readable, unchanged, from });
    }

    /// Notes that a folder that could not be looked into can be.
    pub fn opened(&mut self, folder: &Source) {
        let seen = Seen { path: Some(PathBuf::from(&folder.path)), readable: true, unchanged: true, from: 0 };
        let _ = self.read.insert(folder.source_id.clone(), seen);
    }

    /// Whether the quarantine can be left as it is, without a look at it.
    fn nothing(&self, snapshot: &Snapshot) -> bool {
        let had = |id: &String| snapshot.source(id).is_some_and(|s| s.set_aside > 0);
        self.runs.is_empty() && self.tried.is_empty() && !self.read.keys().any(had)
    }
}

/// Puts the quarantine as it is after this run into the transaction, if it is another. What the workers wrote lies in `scratch`.
pub fn settle(snapshot: &Snapshot, news: News, scratch: &Scratch, tx: &mut Transaction) -> Result<(), LakeError> {
    if news.nothing(snapshot) {
        return Ok(());
    }
    let quarantine = snapshot.quarantine();
    let News { runs, read, tried, privacy } = news;
    let run = merge::one_run(runs)?;
    let mut suspects = Suspects::default();
    for pair in Pairs::new(&quarantine, run.as_deref())? {
        let (Some(old), new) = pair? else { continue };
        for place in old.places.iter().filter(|p| p.standing == Standing::Open && !has(new.as_ref(), p)) {
            if let Some(Seen { path: Some(path), readable: true, unchanged: false, from }) = read.get(&place.source_id)
                && !before(place, *from)
            {
                suspects.add(path, &old, place);
            }
        }
    }
    let rules = Rules { read, tried, found: suspects.found(&quarantine, &privacy)? };
    let ([(index, index_path), _], (bytes, bytes_path)) = (tx.new_quarantine()?, tx.new_packed()?);
    let mut contents = Contents {
        scratch: scratch.folder().to_owned(),
        file: bytes.clone(),
        path: bytes_path,
        out: None,
        length: 0,
        entries: 0,
        open: HashMap::new(),
    };
    let io = |source| LakeError::Io { path: index_path.clone(), source };
    let mut out = BufWriter::new(File::create(&index_path).map_err(io)?);
    let (mut changed, mut entries) = (false, 0);
    for pair in Pairs::new(&quarantine, run.as_deref())? {
        let (old, new) = pair?;
        let Some(mut entry) = rules.apply(old.as_ref(), new) else { continue };
        if let Some(judge) = scratch.judge() {
            withhold::hide(judge, &mut entry, old.as_ref(), scratch.folder())?;
        }
        if old.as_ref().is_none_or(|o| o.content.is_none()) {
            contents.take(&mut entry)?;
        }
        changed |= old.as_ref() != Some(&entry);
        merge::line(&mut out, &entry).map_err(io)?;
        entries += 1;
    }
    out.flush().map_err(io)?;
    let copied = contents.finish()?;
    if !changed {
        return Ok(());
    }
    if let Some(old) = quarantine.index() {
        tx.remove(old);
    }
    tx.add_quarantine(index, entries)?;
    if copied > 0 {
        tx.add_quarantine(bytes, copied)?;
    }
    Ok(())
}

fn has(entry: Option<&Entry>, place: &Place) -> bool {
    entry.is_some_and(|e| e.places.iter().any(|p| p.source_id == place.source_id))
}

/// Whether a place lies before the part of its source that was read.
fn before(place: &Place, from: u64) -> bool {
    from > 0 && place.offset.is_none_or(|offset| offset < from)
}

/// What becomes of the entries and their places.
struct Rules {
    read: HashMap<String, Seen>,
    tried: HashMap<String, Attempt>,
    found: HashSet<(String, String)>,
}

impl Rules {
    fn apply(&self, old: Option<&Entry>, new: Option<Entry>) -> Option<Entry> {
        let mut entry = match (old, new) {
            (None, new) => new?,
            (Some(old), new) => {
                let mut entry = new.unwrap_or_else(|| Entry { places: Vec::new(), ..old.clone() });
                // what was withheld once stays so, though it came again from where nothing is redacted; what was too much may be kept now
                if !old.too_many {
                    if std::mem::take(&mut entry.too_many) {
                        (entry.hash, entry.reason) = (None, old.reason.clone());
                    }
                    entry.content = old.content.clone();
                }
                let gone = old.places.iter().filter(|p| !has(Some(&entry), p)).map(|p| self.not_seen(old, p)).collect::<Vec<_>>();
                entry.places.extend(gone);
                entry.places.sort_by(|a, b| (&a.path, &a.source_id).cmp(&(&b.path, &b.source_id)));
                entry
            }
        };
        if let Some(attempt) = self.tried.get(&entry.id) {
            let open = entry.places.iter_mut().filter(|p| p.standing != Standing::Resolved);
            match &attempt.reason {
                None => open.for_each(|p| p.standing = Standing::Resolved),
                Some(reason) => {
                    open.for_each(|p| p.count = attempt.set_aside * p.times);
                    reason.clone_into(&mut entry.reason);
                    env!("CARGO_PKG_VERSION").clone_into(&mut entry.release);
                    // an attempt with a smaller limit takes nothing back
                    for (what, number) in &attempt.decoded {
                        let taken = entry.taken.entry(what.clone()).or_default();
                        *taken = (*taken).max(*number);
                    }
                }
            }
        }
        Some(entry)
    }

    /// A place that was not found in this run, perhaps because its source was not read.
    fn not_seen(&self, entry: &Entry, place: &Place) -> Place {
        let mut place = place.clone();
        let Some(source) = self.read.get(&place.source_id).filter(|s| place.standing == Standing::Open && !before(&place, s.from)) else {
            return place;
        };
        let found = || self.found.contains(&(place.source_id.clone(), entry.id.clone()));
        // of a file nothing is kept: that it could be read is all that there is to know
        let taken = source.readable && (source.unchanged || entry.kind == Kind::File || found());
        place.standing = if taken { Standing::Resolved } else { Standing::Earlier };
        place
    }
}

/// An entry of the lake, and the equal one of this run; at least one of them.
type Pair = (Option<Entry>, Option<Entry>);

/// The entries of the lake and those of this run, the equal ones together.
struct Pairs {
    old: Entries,
    new: Option<Entries>,
    next: Pair,
}

impl Pairs {
    fn new(quarantine: &Quarantine, run: Option<&Path>) -> Result<Pairs, LakeError> {
        let (mut old, mut new) = (quarantine.entries()?, run.map(Entries::open).transpose()?);
        let next = (old.next().transpose()?, new.as_mut().and_then(Iterator::next).transpose()?);
        Ok(Pairs { old, new, next })
    }

    fn step(&mut self) -> Result<Option<Pair>, LakeError> {
        let order = match &self.next {
            (None, None) => return Ok(None),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.id.cmp(&new.id),
        };
        let (mut old, mut new) = (None, None);
        if order.is_le() {
            old = std::mem::replace(&mut self.next.0, self.old.next().transpose()?);
        }
        if order.is_ge() {
            new = std::mem::replace(&mut self.next.1, self.new.as_mut().and_then(Iterator::next).transpose()?);
        }
        Ok(Some((old, new)))
    }
}

impl Iterator for Pairs {
    type Item = Result<Pair, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

/// The contents that come with this commit, copied from where the workers put them, in the order of the entries.
struct Contents {
    scratch: PathBuf,
    file: String,
    path: PathBuf,
    out: Option<BufWriter<File>>,
    length: u64,
    entries: u64,
    open: HashMap<String, File>,
}

impl Contents {
    fn take(&mut self, entry: &mut Entry) -> Result<(), LakeError> {
        let Some(content) = &mut entry.content else { return Ok(()) };
        let copied = self.copy(content).map_err(|source| LakeError::Io { path: self.path.clone(), source })?;
        *content = Content { file: self.file.clone(), offset: self.length };
        self.length += copied;
        self.entries += 1;
        Ok(())
    }

    fn copy(&mut self, content: &Content) -> io::Result<u64> {
        let bytes = packed(&self.scratch.join(&content.file), content.offset)?.ok_or(io::ErrorKind::InvalidData)?;
        if !self.open.contains_key(&content.file) {
            let _ = self.open.insert(content.file.clone(), File::open(self.scratch.join(&content.file))?);
        }
        if self.out.is_none() {
            self.out = Some(BufWriter::new(File::create(&self.path)?));
        }
        let (Some(from), Some(to)) = (self.open.get_mut(&content.file), &mut self.out) else { return Ok(0) };
        let _ = from.seek(SeekFrom::Start(content.offset))?;
        let copied = io::copy(&mut from.take(bytes), to)?;
        if copied == bytes { Ok(copied) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    /// Number of entries whose bytes were copied.
    fn finish(self) -> Result<u64, LakeError> {
        if let Some(mut out) = self.out {
            out.flush().map_err(|source| LakeError::Io { path: self.path, source })?;
        }
        Ok(self.entries)
    }
}
