//! One read: bytes become a file, which goes the whole way from detection to rows.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use tempfile::TempDir;
use tracemill_ingest::{Input, Options, Silent, read};

use crate::rows;

/// Where the reads are made.
pub struct Trial {
    folder: TempDir,
}

/// What was found in a file.
#[derive(Debug, Default, PartialEq)]
pub struct Found {
    /// The rows of each table as numbers, sorted.
    pub rows: BTreeMap<&'static str, Vec<u64>>,
    pub requests: u64,
    pub set_aside: u64,
    pub timeless: u64,
    /// What was said of the first that were set aside, without numbers and quotations.
    pub reasons: Vec<String>,
    /// What else was said.
    pub told: String,
}

impl Trial {
    /// In a folder in memory where the system has one.
    pub fn new() -> Trial {
        let memory = Path::new("/dev/shm");
        let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        Trial { folder: made.unwrap() }
    }

    /// Reads bytes as a file.
    pub fn read(&self, bytes: &[u8]) -> Found {
        let path = self.folder.path().join("archive");
        std::fs::write(&path, bytes).unwrap();
        let input = Input { path: Some(path), bytes: bytes.len() as u64, modified_ns: 1, far: None };
        let rows: Mutex<BTreeMap<&'static str, Vec<u64>>> = Mutex::default();
        let take = |table: &'static tracemill_model::Table, batch: &arrow_array::RecordBatch| {
            rows::add(table.name, batch, rows.lock().unwrap().entry(table.name).or_default());
        };
        let found = read(&[input], &Options::default(), &Silent, &take).unwrap().remove(0);
        let mut rows = rows.into_inner().unwrap();
        rows.values_mut().for_each(|numbers| numbers.sort_unstable());
        let source = found.source;
        Found {
            rows,
            requests: source.requests,
            set_aside: source.set_aside,
            timeless: source.timeless,
            reasons: source.examples.iter().map(|example| class(&example.reason)).collect(),
            told: format!("{:?}", found.told),
        }
    }
}

impl Found {
    /// How another differs in its records.
    pub fn differs(&self, other: &Found) -> Option<String> {
        for (what, mine, others) in
            [("requests", self.requests, other.requests), ("set aside", self.set_aside, other.set_aside), ("timeless", self.timeless, other.timeless)]
        {
            if mine != others {
                return Some(format!("{what}: {mine} and {others}; {:?} and {:?}", self.reasons, other.reasons));
            }
        }
        let lengths = |found: &Found| found.rows.iter().map(|(table, rows)| format!("{table} {}", rows.len())).collect::<Vec<_>>().join(", ");
        (self.rows != other.rows).then(|| format!("other rows: {} and {}", lengths(self), lengths(other)))
    }

    /// How another differs in what is said of it.
    pub fn speaks_otherwise(&self, other: &Found) -> Option<String> {
        if self.reasons != other.reasons {
            return Some(format!("other reasons: {:?} and {:?}", self.reasons, other.reasons));
        }
        (self.told != other.told).then(|| format!("told otherwise: {} and {}", self.told, other.told))
    }
}

/// A reason without its numbers and quotations, which name places and escapes.
fn class(reason: &str) -> String {
    let (mut out, mut quoted, mut escaped) = (String::new(), false, false);
    for c in reason.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted || c.is_ascii_digit() || c == '…' => {}
            _ => out.push(c),
        }
    }
    out
}
