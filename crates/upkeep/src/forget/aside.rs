//! The quarantine's part of forgetting: entries whose bytes hold an id lose them. Border: the index and the files of contents, written anew where
//! something changes; an entry itself stays, so that the ledger's numbers hold.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use tracemill_forgotten::Judge;
use tracemill_model::LakeError;
use tracemill_model::lake::{Content, Entry, Kind, Snapshot, Transaction};

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
        entry.places.iter_mut().for_each(|p| mask(&mut p.path));
        changed |= entry != old;
        entries.push(entry);
    }
    if !changed {
        return Ok(withheld);
    }
    let [(new_index, index_path), (new_bytes, bytes_path)] = tx.new_quarantine()?;
    // what lay beside it in the same files is copied into a new one
    let mut out = BufWriter::new(File::create(&bytes_path).map_err(Error::io(&bytes_path))?);
    let (mut at, mut copied) = (0, 0);
    for entry in &mut entries {
        if entry.content.as_ref().is_none_or(|c| !files.contains(&c.file)) {
            continue;
        }
        if let Some(mut bytes) = quarantine.bytes(entry)? {
            let _ = io::copy(&mut bytes, &mut out).map_err(Error::io(&bytes_path))?;
        }
        entry.content = Some(Content { file: new_bytes.clone(), offset: at });
        at += entry.bytes;
        copied += 1;
    }
    out.flush().map_err(Error::io(&bytes_path))?;
    let mut out = BufWriter::new(File::create(&index_path).map_err(Error::io(&index_path))?);
    for entry in &entries {
        serde_json::to_writer(&mut out, entry)?;
        out.write_all(b"\n").map_err(Error::io(&index_path))?;
    }
    out.flush().map_err(Error::io(&index_path))?;
    tx.remove(index);
    files.iter().for_each(|file| tx.remove(file));
    tx.add_quarantine(new_index, entries.len() as u64)?;
    if copied > 0 {
        tx.add_quarantine(new_bytes, copied)?;
    }
    Ok(withheld)
}

/// Whether an entry's bytes hold an id that is forgotten, or may.
fn holds(judge: &Judge, entry: &Entry, mut bytes: impl Read) -> io::Result<bool> {
    let mut magic = Vec::new();
    let _ = bytes.by_ref().take(4).read_to_end(&mut magic)?;
    let compressed = magic.starts_with(&[0x1f, 0x8b]) || magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    Ok((entry.kind == Kind::Stream && compressed) || judge.holds(magic.as_slice().chain(bytes))?)
}
