//! Whether bytes that were set aside are still in their source, at the same place. Where they are, and the source was read without setting
//! them aside, they went in: a line that was torn when the file still grew, a request that was too large for the last run.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use tracemill_model::LakeError;
use tracemill_model::lake::{Entry, Kind, Place, Quarantine};

use super::spool::id_of;
use crate::compress::decompress;
use crate::privacy::Privacy;

/// Places looked at in one run at most, because they are held in memory; those of one source cost one pass over it in all. The others
/// count as not there, and stay listed.
const MOST: usize = 10_000;

/// Places to look at, by source.
#[derive(Debug, Default)]
pub struct Suspects {
    sources: BTreeMap<PathBuf, Vec<(u64, Entry)>>,
    number: usize,
}

impl Suspects {
    /// Adds an entry's place in the source at `path`, if it can be looked at.
    pub fn add(&mut self, path: &Path, entry: &Entry, place: &Place) {
        let Some(offset) = place.offset.filter(|_| self.number < MOST && entry.kind != Kind::File) else { return };
        self.number += 1;
        let mut one = entry.clone();
        one.places = vec![place.clone()];
        self.sources.entry(path.to_owned()).or_default().push((offset, one));
    }

    /// Those that are there: ids of source and entry.
    pub fn found(self, quarantine: &Quarantine, privacy: &Privacy) -> Result<HashSet<(String, String)>, LakeError> {
        let mut found = HashSet::new();
        for (path, mut suspects) in self.sources {
            suspects.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
            // what cannot be read just now is not there
            let Ok(mut stream) = File::open(&path).and_then(decompress).map(|d| d.reader) else { continue };
            let mut at = 0;
            for (offset, entry) in suspects {
                if offset < at {
                    continue;
                }
                let Ok(skipped) = io::copy(&mut stream.by_ref().take(offset - at), &mut io::sink()) else { break };
                at += skipped;
                if at != offset {
                    break;
                }
                let compared = match quarantine.bytes(&entry)? {
                    Some(mut bytes) => compare(&mut stream, &mut bytes),
                    None => withheld(&mut stream, &entry, privacy.hasher()),
                };
                let Ok((same, all)) = compared else { break };
                at += same;
                if all {
                    found.extend(entry.places.into_iter().map(|p| (p.source_id, entry.id.clone())));
                }
            }
        }
        Ok(found)
    }
}

/// The same for bytes of which only a hash was kept: all of them are taken from the stream.
fn withheld(stream: &mut dyn BufRead, entry: &Entry, mut hasher: blake3::Hasher) -> io::Result<(u64, bool)> {
    let taken = io::copy(&mut stream.take(entry.bytes), &mut hasher)?;
    Ok((taken, id_of(&hasher, entry.kind) == entry.id))
}

/// How many bytes the stream has in common with `bytes`, which are taken from it, and whether these are all.
fn compare(stream: &mut dyn BufRead, bytes: &mut dyn Read) -> io::Result<(u64, bool)> {
    let mut buffer = [0; 8 << 10];
    let mut same = 0;
    loop {
        let wanted = bytes.read(&mut buffer)?;
        if wanted == 0 {
            return Ok((same, true));
        }
        let mut rest = &buffer[..wanted];
        while !rest.is_empty() {
            let there = stream.fill_buf()?;
            let common = there.iter().zip(rest).take_while(|(a, b)| a == b).count();
            let complete = common == rest.len() || (common == there.len() && !there.is_empty());
            stream.consume(common);
            same += common as u64;
            rest = &rest[common..];
            if !complete {
                return Ok((same, false));
            }
        }
    }
}
