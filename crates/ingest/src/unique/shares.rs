//! A day's keys in shares, of which each fits into the cache: a key's hash says which share it is in. Border: the keys of all rows come out, once each; what
//! equal ones come to is the search's business.
//!
//! Of a large day the keys are first put into a file for each share, so that they are read twice, however many shares there are.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use tracemill_model::{LakeError, Table};

use super::Place;
use crate::stored::{self, Key};

/// Keys of a share: about 100 bytes each, with the free slots of the map. In this crate's own tests few, so that there are several shares.
const KEYS: usize = if cfg!(test) { 3 } else { 220_000 };
/// Shares at most, because each has a file that is open.
const MOST: usize = 400;
/// Bytes of a row in a share's file: the number of its place, its own, its key.
const ENTRY: usize = 8 + Key::BYTES;

/// A day's keys. Rows with one key are in one share, and come in the order of places and rows.
pub enum Shares<'a> {
    /// A single share, read where the keys lie.
    One(&'a Table, &'a [Place<'a>]),
    /// A file each; gone with this.
    Files(Vec<PathBuf>),
}

impl<'a> Shares<'a> {
    /// Those of the places; files lie in `scratch`.
    pub fn of(table: &'a Table, places: &'a [Place<'a>], scratch: &Path) -> Result<Shares<'a>, LakeError> {
        let total: usize = places.iter().map(Place::rows).sum();
        let number = total.div_ceil(KEYS).min(MOST);
        if number <= 1 {
            return Ok(Shares::One(table, places));
        }
        let paths: Vec<PathBuf> = (0..number).map(|n| scratch.join(format!("share-{n}.keys"))).collect();
        let create = |path: &PathBuf| File::create(path).map(BufWriter::new).map_err(io(path));
        let mut files = paths.iter().map(create).collect::<Result<Vec<_>, LakeError>>()?;
        let mut outcome = Ok(());
        every(table, places, &mut |place, row, key| {
            // the upper half of the hash picks the share, the lower half the slot in the map
            let share = ((key.key >> 64) % number as u128) as usize;
            let mut entry = [0; ENTRY];
            entry[..4].copy_from_slice(&place.to_le_bytes());
            entry[4..8].copy_from_slice(&row.to_le_bytes());
            entry[8..].copy_from_slice(&key.to_bytes());
            if outcome.is_ok() {
                outcome = files[share].write_all(&entry).map_err(io(&paths[share]));
            }
        })?;
        outcome?;
        for (file, path) in files.iter_mut().zip(&paths) {
            file.flush().map_err(io(path))?;
        }
        Ok(Shares::Files(paths))
    }

    /// How many there are.
    pub fn number(&self) -> usize {
        match self {
            Shares::One(..) => 1,
            Shares::Files(paths) => paths.len(),
        }
    }

    /// Visits the rows of a share: the number of their place, their own, their key.
    pub fn visit(&self, share: usize, visit: &mut dyn FnMut(u32, u32, Key)) -> Result<(), LakeError> {
        let path = match self {
            Shares::One(table, places) => return every(table, places, visit),
            Shares::Files(paths) => &paths[share],
        };
        let mut file = BufReader::with_capacity(ENTRY * 4096, File::open(path).map_err(io(path))?);
        let mut entry = [0; ENTRY];
        loop {
            match file.read_exact(&mut entry) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(()),
                Err(e) => return Err(io(path)(e)),
            }
            let number = |at: usize| u32::from_le_bytes([entry[at], entry[at + 1], entry[at + 2], entry[at + 3]]);
            visit(number(0), number(4), Key::from_bytes(&entry[8..]));
        }
    }
}

impl Drop for Shares<'_> {
    fn drop(&mut self) {
        if let Shares::Files(paths) = self {
            // the folder that they lie in goes with the run, at the latest
            paths.iter().for_each(|path| drop(fs::remove_file(path)));
        }
    }
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> LakeError + '_ {
    move |source| LakeError::Io { path: path.to_owned(), source }
}

/// Visits all rows.
fn every(table: &Table, places: &[Place], visit: &mut dyn FnMut(u32, u32, Key)) -> Result<(), LakeError> {
    for (n, place) in places.iter().enumerate() {
        match place {
            Place::Stored(part) => stored::keys(table, &part.path, &mut |row, key| visit(n as u32, row, key))?,
            Place::Staged(staged) => {
                let path = staged.keys_path();
                let bytes = fs::read(&path).map_err(io(&path))?;
                bytes.chunks_exact(Key::BYTES).enumerate().for_each(|(row, b)| visit(n as u32, row as u32, Key::from_bytes(b)));
            }
        }
    }
    Ok(())
}
