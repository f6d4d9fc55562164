//! The quarantine's part of forgetting: entries whose bytes hold an id lose them. Border: the index and the files of contents, written anew where
//! something changes; an entry itself stays, so that the ledger's numbers hold.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use tracemill_forgotten::Judge;
use tracemill_model::LakeError;
use tracemill_model::lake::{Content, Entry, Kind, Snapshot, Transaction, packed};

use crate::Error;

/// Withholds what holds something forgotten. Gives the ids of the entries. Where `ids` are forgotten, what is compressed cannot be searched, and goes.
pub fn withhold(snapshot: &Snapshot, judge: &Judge, ids: bool, tx: &mut Transaction) -> Result<Vec<String>, Error> {
    let quarantine = snapshot.quarantine();
    let Some(index) = quarantine.index().filter(|_| ids) else { return Ok(Vec::new()) };
    let (mut entries, mut withheld, mut changed, mut files) = (Vec::new(), Vec::new(), false, BTreeSet::new());
    for entry in quarantine.entries()? {
        let old = entry?;
        let mut entry = old.clone();
        if let (Some(content), Some(bytes)) = (&old.content, quarantine.bytes(&old)?)
            && holds(judge, &old, bytes).map_err(LakeError::io(&quarantine.place(&content.file)?))?
        {
            let _ = files.insert(content.file.clone());
            entry.content = None;
            withheld.push(entry.id.clone());
        }
        let mask = |text: &mut String| {
            if let Some(masked) = judge.masked(text) {
                *text = masked;
            }
        };
        mask(&mut entry.reason);
        entry.places.iter_mut().for_each(|p| p.path = judge.masked_name(&p.path).unwrap_or_else(|| std::mem::take(&mut p.path)));
        changed |= entry != old;
        entries.push(entry);
    }
    if !changed {
        return Ok(withheld);
    }
    let ([(new_index, index_path), plain], packed_file) = (tx.new_quarantine()?, tx.new_packed()?);
    // what lay beside it in the same files is copied into new ones, as it lies
    let (mut plain, mut packed_file) = (Copies::new(plain)?, Copies::new(packed_file)?);
    for entry in &mut entries {
        let Some(content) = entry.content.as_mut().filter(|c| files.contains(&c.file)) else { continue };
        let path = quarantine.place(&content.file)?;
        let stored = packed(&path, content.offset).map_err(Error::io(&path))?;
        let copies = if stored.is_some() { &mut packed_file } else { &mut plain };
        *content = copies.copy(&path, content.offset, stored.unwrap_or(entry.bytes))?;
    }
    let mut out = BufWriter::new(File::create(&index_path).map_err(Error::io(&index_path))?);
    for entry in &entries {
        serde_json::to_writer(&mut out, entry)?;
        out.write_all(b"\n").map_err(Error::io(&index_path))?;
    }
    out.flush().map_err(Error::io(&index_path))?;
    tx.remove(index);
    files.iter().for_each(|file| tx.remove(file));
    tx.add_quarantine(new_index, entries.len() as u64)?;
    for copies in [plain, packed_file] {
        if let Some((file, number)) = copies.finish()? {
            tx.add_quarantine(file, number)?;
        }
    }
    Ok(withheld)
}

/// A new file of contents.
struct Copies {
    name: String,
    path: PathBuf,
    out: BufWriter<File>,
    at: u64,
    number: u64,
}

impl Copies {
    fn new((name, path): (String, PathBuf)) -> Result<Copies, Error> {
        let out = BufWriter::new(File::create(&path).map_err(Error::io(&path))?);
        Ok(Copies { name, path, out, at: 0, number: 0 })
    }

    /// Appends so many bytes of another file; gives where they are now.
    fn copy(&mut self, from: &Path, offset: u64, bytes: u64) -> Result<Content, Error> {
        let mut file = File::open(from).map_err(Error::io(from))?;
        let _ = file.seek(SeekFrom::Start(offset)).map_err(Error::io(from))?;
        let _ = io::copy(&mut file.take(bytes), &mut self.out).map_err(Error::io(&self.path))?;
        let content = Content { file: self.name.clone(), offset: self.at };
        (self.at, self.number) = (self.at + bytes, self.number + 1);
        Ok(content)
    }

    /// Its name and the number of contents, if there are any; else it is gone.
    fn finish(mut self) -> Result<Option<(String, u64)>, Error> {
        self.out.flush().map_err(Error::io(&self.path))?;
        if self.number == 0 {
            std::fs::remove_file(&self.path).map_err(Error::io(&self.path))?;
            return Ok(None);
        }
        Ok(Some((self.name, self.number)))
    }
}

/// Whether an entry's bytes hold an id that is forgotten, or may.
fn holds(judge: &Judge, entry: &Entry, mut bytes: impl Read) -> io::Result<bool> {
    let mut magic = Vec::new();
    let _ = bytes.by_ref().take(4).read_to_end(&mut magic)?;
    let compressed = magic.starts_with(&[0x1f, 0x8b]) || magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    Ok((entry.kind == Kind::Stream && compressed) || judge.holds(magic.as_slice().chain(bytes))?)
}
