//! Two lakes with the same records: the tables of one are brought up to date, those of the other, a copy of it, are built anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use arrow_array::Array;
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type, TimestampNanosecondType};
use arrow_select::concat::concat_batches;
use tempfile::TempDir;
use tracemill_ingest::{Silent, discover};
use tracemill_model::Lake;
use tracemill_model::lake::{CommitKind, Transaction};
use tracemill_model::read::whole;
use tracemill_model::tables::{RAW, SEMANTIC};
use tracemill_normalize::{Options, Summary, build, is_current, update};

use crate::archive::Piece;

/// Rows by table and day.
pub type Tables = BTreeMap<(&'static str, String), RecordBatch>;

/// The two lakes.
pub struct Pair {
    folder: TempDir,
    lake: Lake,
    other: Option<Lake>,
}

impl Pair {
    /// Both empty.
    pub fn new() -> Pair {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(&folder.path().join("lake")).unwrap();
        Pair { folder, lake, other: None }
    }

    /// Delivers pieces as files of their own; now and then a part is lost.
    pub fn deliver(&mut self, number: usize, pieces: &[Piece], random: &mut fastrand::Rng) {
        self.take(number, pieces);
        if random.u8(0..12) == 0 {
            let snapshot = self.lake.snapshot().unwrap();
            let parts: Vec<_> = RAW.iter().flat_map(|table| snapshot.parts(table.name)).collect();
            if !parts.is_empty() {
                let lock = self.lake.lock().unwrap();
                let mut transaction = Transaction::begin(&self.lake, &lock).unwrap();
                transaction.set_kind(CommitKind::Forget);
                transaction.remove(&parts[random.usize(0..parts.len())].file);
                transaction.commit().unwrap();
            }
        }
    }

    /// Delivers pieces as files of their own.
    pub fn take(&mut self, number: usize, pieces: &[Piece]) {
        let folder = self.folder.path().join(format!("delivery-{number}"));
        fs::create_dir(&folder).unwrap();
        for (signal, name) in [(0, "logs"), (1, "traces"), (2, "metrics")] {
            let lines: Vec<&str> = pieces.iter().filter(|piece| piece.signal == signal).map(|piece| piece.line.as_str()).collect();
            if !lines.is_empty() {
                fs::write(folder.join(format!("{name}.jsonl")), lines.join("\n") + "\n").unwrap();
            }
        }
        let inputs = discover(&[folder.to_string_lossy().into_owned()]).unwrap();
        let options =
            tracemill_ingest::Options { vocabulary: std::sync::Arc::new(tracemill_normalize::vocabulary(None).unwrap()), ..Default::default() };
        let summary = tracemill_ingest::ingest(&self.lake, &inputs, &options, &Silent).unwrap();
        assert_eq!(summary.set_aside(), 0);
    }

    /// Brings the one up to date.
    pub fn update(&mut self) -> Summary {
        update(&self.lake, &self.lake.lock().unwrap(), &Options::default()).unwrap()
    }

    /// Whether it is.
    pub fn is_current(&self) -> bool {
        is_current(&self.lake, &Options::default()).unwrap()
    }

    /// Brings the one up to date, and builds the other.
    pub fn build(&mut self) -> (Summary, Summary) {
        let root = self.folder.path().join("other");
        if root.exists() {
            fs::remove_dir_all(&root).unwrap();
        }
        copy(self.lake.root(), &root);
        let summary = self.update();
        let other = Lake::open(&root).unwrap();
        let all = build(&other, &other.lock().unwrap(), &Options::default()).unwrap();
        self.other = Some(other);
        (summary, all)
    }

    /// Number of days with raw rows.
    pub fn days(&self) -> usize {
        let snapshot = self.lake.snapshot().unwrap();
        let days: BTreeSet<String> = RAW.iter().flat_map(|table| snapshot.parts(table.name)).map(|part| part.date.clone()).collect();
        days.len()
    }

    /// Compares all tables; gives them.
    pub fn compare(&self, place: &str) -> Tables {
        let (one, other) = (tables(&self.lake), tables(self.other.as_ref().unwrap()));
        for key in one.keys().chain(other.keys()) {
            if one.get(key) != other.get(key) {
                let folder = std::env::temp_dir().join("tracemill-update");
                let _ = fs::remove_dir_all(&folder);
                copy(self.folder.path(), &folder);
                let lines = |tables: &Tables| tables.get(key).map(lines).unwrap_or_default();
                let (one, other) = (lines(&one), lines(&other));
                let only = |a: &[String], b: &[String]| a.iter().filter(|l| !b.contains(l)).take(4).cloned().collect::<Vec<_>>();
                panic!(
                    "{place}: {key:?} differs ({} rows, {} in a build of everything); kept in {}\nonly in the update: {:#?}\nonly in the build: {:#?}",
                    one.len(),
                    other.len(),
                    folder.display(),
                    only(&one, &other),
                    only(&other, &one)
                );
            }
        }
        one
    }
}

/// The days on which a table has other rows.
pub fn days_that_differ<'t>(before: &'t Tables, after: &'t Tables) -> BTreeSet<&'t str> {
    before.keys().chain(after.keys()).filter(|key| before.get(*key) != after.get(*key)).map(|(_, day)| day.as_str()).collect()
}

fn tables(lake: &Lake) -> Tables {
    let snapshot = lake.snapshot().unwrap();
    let mut tables = Tables::new();
    for table in SEMANTIC {
        let mut days: BTreeMap<String, Vec<RecordBatch>> = BTreeMap::new();
        for part in snapshot.parts(table.name) {
            days.entry(part.date.clone()).or_default().extend(whole(part, table).unwrap());
        }
        for (day, batches) in days {
            tables.insert((table.name, day), concat_batches(&table.schema(), &batches).unwrap());
        }
    }
    tables
}

fn lines(batch: &RecordBatch) -> Vec<String> {
    let cell = |column: &dyn Array, row: usize| -> String {
        if column.is_null(row) {
            return "-".to_owned();
        }
        let text = column.as_string_opt::<i32>().map(|c| c.value(row).to_owned());
        let text = text.or_else(|| column.as_primitive_opt::<Int64Type>().map(|c| c.value(row).to_string()));
        let text = text.or_else(|| column.as_primitive_opt::<TimestampNanosecondType>().map(|c| c.value(row).to_string()));
        let text = text.or_else(|| column.as_primitive_opt::<Float64Type>().map(|c| c.value(row).to_string()));
        text.unwrap_or_else(|| column.as_boolean().value(row).to_string())
    };
    let names: Vec<String> = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
    (0..batch.num_rows())
        .map(|row| {
            let cells = names.iter().zip(batch.columns()).filter(|(_, c)| c.is_valid(row)).map(|(name, c)| format!("{name}={}", cell(c, row)));
            cells.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() { copy(&entry.path(), &to) } else { assert!(fs::copy(entry.path(), to).is_ok()) }
    }
}
