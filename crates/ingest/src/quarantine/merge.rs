//! Sorted runs of entries made one: equal entries become one with the places of all. Border: order and union; the result is the same
//! whatever run or worker an entry was in.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use tracemill_model::LakeError;
use tracemill_model::lake::{Entries, Entry, Place};

/// Runs read at a time.
const WAYS: usize = 64;

/// Entries in the order of their ids, from runs in that order.
#[derive(Debug)]
pub struct Merge {
    runs: Vec<Entries>,
    /// The next entry of each run that has one, least id first.
    heads: BinaryHeap<Reverse<Head>>,
}

#[derive(Debug)]
struct Head {
    entry: Entry,
    run: usize,
}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Head) -> std::cmp::Ordering {
        (&self.entry.id, self.run).cmp(&(&other.entry.id, other.run))
    }
}

impl Merge {
    fn new(paths: &[PathBuf]) -> Result<Merge, LakeError> {
        let runs = paths.iter().map(|p| Entries::open(p)).collect::<Result<_, _>>()?;
        let mut merge = Merge { runs, heads: BinaryHeap::new() };
        for run in 0..paths.len() {
            merge.advance(run)?;
        }
        Ok(merge)
    }

    fn advance(&mut self, run: usize) -> Result<(), LakeError> {
        if let Some(entry) = self.runs[run].next() {
            self.heads.push(Reverse(Head { entry: entry?, run }));
        }
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Entry>, LakeError> {
        let Some(Reverse(Head { mut entry, run })) = self.heads.pop() else { return Ok(None) };
        self.advance(run)?;
        while self.heads.peek().is_some_and(|h| h.0.entry.id == entry.id) {
            if let Some(Reverse(Head { entry: equal, run })) = self.heads.pop() {
                absorb(&mut entry, equal);
                self.advance(run)?;
            }
        }
        Ok(Some(entry))
    }
}

impl Iterator for Merge {
    type Item = Result<Entry, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step().transpose()
    }
}

/// All runs as one, in a file that can be read more than once; `None` where there is none.
pub fn one_run(mut runs: Vec<PathBuf>) -> Result<Option<PathBuf>, LakeError> {
    let mut made = 0;
    while runs.len() > 1 {
        let first: Vec<PathBuf> = runs.drain(..runs.len().min(WAYS)).collect();
        let path = first[0].with_extension(format!("merged-{made}"));
        made += 1;
        write(&path, Merge::new(&first)?)?;
        runs.push(path);
    }
    Ok(runs.pop())
}

/// Writes entries, a line each. Gives their number.
pub fn write(path: &Path, entries: impl Iterator<Item = Result<Entry, LakeError>>) -> Result<u64, LakeError> {
    let io = |source| LakeError::Io { path: path.to_owned(), source };
    let mut out = BufWriter::new(File::create(path).map_err(io)?);
    let mut written = 0;
    for entry in entries {
        line(&mut out, &entry?).map_err(io)?;
        written += 1;
    }
    out.flush().map_err(io)?;
    Ok(written)
}

/// Writes one.
pub fn line(out: &mut impl Write, entry: &Entry) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, entry)?;
    out.write_all(b"\n")
}

/// Takes the places of an equal entry over. What is told of the entry is what its first place tells.
pub fn absorb(entry: &mut Entry, mut other: Entry) {
    if first_place(&other) < first_place(entry) {
        std::mem::swap(entry, &mut other);
    }
    for place in other.places {
        match entry.places.iter_mut().find(|p| p.source_id == place.source_id) {
            Some(known) => {
                let (times, count) = (known.times + place.times, known.count + place.count);
                if (place.offset, &place.position) < (known.offset, &known.position) {
                    *known = place;
                }
                (known.times, known.count) = (times, count);
            }
            None => entry.places.push(place),
        }
    }
    entry.places.sort_by(|a, b| (&a.path, &a.source_id).cmp(&(&b.path, &b.source_id)));
}

fn first_place(entry: &Entry) -> Option<(&str, Option<u64>, &str)> {
    entry.places.first().map(|Place { path, offset, position, .. }| (path.as_str(), *offset, position.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tracemill_model::lake::{Kind, Standing};

    use super::*;

    fn entry(id: u32, path: &str, offset: u64) -> Entry {
        let place = Place {
            source_id: path.to_owned(),
            path: path.to_owned(),
            position: format!("byte {offset}"),
            offset: Some(offset),
            times: 1,
            count: 2,
            standing: Standing::Open,
        };
        Entry {
            id: format!("{id:04}"),
            kind: Kind::Document,
            bytes: 1,
            content: None,
            too_many: false,
            hash: None,
            reason: format!("{path} {offset}"),
            release: String::new(),
            taken: BTreeMap::new(),
            places: vec![place],
        }
    }

    #[test]
    fn entries_are_one_however_they_lie_in_runs() {
        let folder = tempfile::tempdir().unwrap();
        let all: Vec<Entry> = (0..600).map(|n| entry(n % 7, ["b", "a", "c"][n as usize % 3], u64::from(600 - n))).collect();
        let merged = |per_run: usize| -> Vec<Entry> {
            let mut runs = Vec::new();
            for (n, some) in all.chunks(per_run).enumerate() {
                let mut sorted = BTreeMap::new();
                for entry in some.iter().cloned() {
                    match sorted.get_mut(&entry.id) {
                        Some(known) => absorb(known, entry),
                        None => drop(sorted.insert(entry.id.clone(), entry)),
                    }
                }
                let path = folder.path().join(format!("{per_run}-{n}.jsonl"));
                assert_eq!(write(&path, sorted.into_values().map(Ok)).unwrap(), some.len().min(7) as u64);
                runs.push(path);
            }
            Entries::open(&one_run(runs).unwrap().unwrap()).unwrap().map(Result::unwrap).collect()
        };
        let whole = merged(600);
        assert_eq!(whole.len(), 7);
        assert_eq!(whole.iter().flat_map(|e| &e.places).map(|p| p.count).sum::<u64>(), 1200);
        assert!(whole.iter().all(|e| e.reason.starts_with("a ") && e.places.len() == 3), "{whole:?}");
        for per_run in [1, 5, 70] {
            assert_eq!(merged(per_run), whole, "{per_run} a run");
        }
    }
}
