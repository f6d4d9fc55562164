//! A lake to be followed, and its logs as the kernel reads them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampNanosecondArray, new_null_array};
use delta_kernel::Snapshot as DeltaSnapshot;
use delta_kernel::arrow::array::AsArray;
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::object_store::local::LocalFileSystem;
use delta_kernel_default_engine::DefaultEngineBuilder;
use serde_json::Value;
use tempfile::TempDir;
use tracemill_model::lake::{Lock, Transaction};
use tracemill_model::tables::METRICS;
use tracemill_model::{Column, Lake};

use super::super::{Delta, Target, Times};

pub const DAY: &str = "2026-11-22";
pub const NS: i64 = 1_795_312_800_123_456_789;

/// A folder of its own with a lake in it.
pub struct Bench {
    pub folder: TempDir,
}

impl Bench {
    pub fn new() -> Bench {
        let bench = Bench { folder: tempfile::tempdir().unwrap() };
        let _ = Lake::create(&bench.root()).unwrap();
        bench
    }

    pub fn root(&self) -> PathBuf {
        self.folder.path().join("lake")
    }

    pub fn lake(&self) -> Lake {
        Lake::open(&self.root()).unwrap().followed_by(Arc::new(Delta::default()))
    }

    pub fn beside(&self) -> Target {
        Target { output: Some(self.folder.path().join("logs")), times: Times::Bigint }
    }

    /// Commits a part of so many rows.
    pub fn add(&self, rows: usize) -> String {
        let lake = self.lake();
        let lock = lake.lock().unwrap();
        let (tx, file) = with_part(&lake, &lock, rows);
        assert!(tx.commit().unwrap());
        file
    }

    /// The version of a table's log, and the files that it names, which must lie there, with their rows.
    pub fn read(&self, folder: &Path) -> (u64, Vec<(String, i64)>) {
        let (version, files) = self.named(folder);
        for (file, _) in &files {
            let place = file.strip_prefix("file://").map_or_else(|| folder.join(file), PathBuf::from);
            assert!(place.is_file(), "{file}");
        }
        (version, files)
    }

    /// The same, whether they lie there or not.
    pub fn named(&self, folder: &Path) -> (u64, Vec<(String, i64)>) {
        let engine = DefaultEngineBuilder::new(Arc::new(LocalFileSystem::new())).build();
        let url = url::Url::from_directory_path(folder.canonicalize().unwrap()).unwrap();
        let snapshot = DeltaSnapshot::builder_for(url).build(&engine).unwrap();
        let version = snapshot.version();
        let mut files = Vec::new();
        for found in snapshot.scan_builder().build().unwrap().scan_metadata(&engine).unwrap() {
            let data = found.unwrap().scan_files.apply_selection_vector().unwrap();
            let data = ArrowEngineData::try_from_engine_data(data).unwrap();
            let column = |name| data.record_batch().column_by_name(name).unwrap().as_string::<i32>().clone();
            for (path, stats) in column("path").iter().zip(column("stats").iter()) {
                let stats: Value = serde_json::from_str(stats.unwrap()).unwrap();
                files.push((path.unwrap().to_owned(), stats["numRecords"].as_i64().unwrap()));
            }
        }
        files.sort();
        (version, files)
    }

    pub fn metrics(&self) -> (u64, Vec<(String, i64)>) {
        self.read(&self.root().join("metrics"))
    }

    pub fn entry(&self, version: u64) -> Vec<Value> {
        let text = fs::read_to_string(self.root().join(format!("metrics/_delta_log/{version:020}.json"))).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub fn with_part<'a>(lake: &'a Lake, lock: &'a Lock, rows: usize) -> (Transaction<'a>, String) {
    let mut tx = Transaction::begin(lake, lock).unwrap();
    let (file, path) = tx.new_part(&METRICS, DAY);
    let column = |c: &Column| -> ArrayRef {
        match c.name {
            "time" => Arc::new(TimestampNanosecondArray::from_iter_values((0..rows).map(|n| NS + n as i64)).with_timezone("UTC")),
            "metric" => Arc::new(StringArray::from_iter_values((0..rows).map(|_| "a name that nobody may find"))),
            _ => new_null_array(&c.kind.data_type(), rows),
        }
    };
    let batch = RecordBatch::try_new(METRICS.schema(), METRICS.columns.iter().map(column).collect()).unwrap();
    let written = tracemill_model::part::write(&METRICS, &path, &[batch]).unwrap();
    tx.add(&METRICS, DAY, file.clone(), written).unwrap();
    (tx, file)
}

pub fn below(file: &str) -> String {
    file.strip_prefix("metrics/").unwrap().to_owned()
}
