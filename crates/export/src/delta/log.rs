//! A table's Delta log, made to name the files of a snapshot. Border: one table; which tables and which logs is `delta`'s business, and the format itself
//! is the kernel's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use delta_kernel::arrow::array::{Array, AsArray};
use delta_kernel::committer::FileSystemCommitter;
use delta_kernel::engine::arrow_data::ArrowEngineData;
use delta_kernel::engine_data::FilteredEngineData;
use delta_kernel::object_store::local::LocalFileSystem;
use delta_kernel::schema::{ArrayType, DataType, SchemaRef, StructField, StructType};
use delta_kernel::transaction::create_table::create_table;
use delta_kernel::transaction::data_layout::DataLayout;
use delta_kernel::transaction::{CommitResult, UpdateTableOperation};
use delta_kernel::{KernelResult, Snapshot as DeltaSnapshot};
use delta_kernel_default_engine::executor::tokio::TokioMultiThreadExecutor;
use delta_kernel_default_engine::{DefaultEngine, DefaultEngineBuilder};
use tracemill_model::lake::{Part, Snapshot};
use tracemill_model::{Kind, Lake, Table};
use url::Url;

use super::adds::{self, Add};
use super::target::{Target, Times, root};
use crate::Error;

/// Who writes, in the log's own words.
const APP: &str = "tracemill";
/// A reader has to go through so many entries at most before it finds one that stands for all.
const CHECKPOINT_AFTER: u64 = 100;

/// The kernel's access to files, for as many tables as there are.
pub struct Kernel {
    engine: DefaultEngine<TokioMultiThreadExecutor>,
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kernel").finish_non_exhaustive()
    }
}

impl Kernel {
    /// Of local files.
    pub fn new() -> Result<Kernel, Error> {
        // a checkpoint is written while it is still read, so that one thread would wait for itself
        let threads = TokioMultiThreadExecutor::new_owned_runtime(Some(2), None)
            .map_err(|e| Error::Refused(format!("no threads to write a Delta log with: {e}; raise the limit of them")))?;
        Ok(Kernel { engine: DefaultEngineBuilder::new(Arc::new(LocalFileSystem::new())).with_task_executor(Arc::new(threads)).build() })
    }
}

/// What is written of one table.
#[derive(Debug)]
pub struct TableLog<'a> {
    kernel: &'a Kernel,
    lake: &'a Lake,
    table: &'a Table,
    times: Times,
    /// The folder of the table's log.
    folder: PathBuf,
    /// What stands before a part's path below the lake's root, and what of it is left out.
    names: Names,
}

/// How a log names files.
#[derive(Debug)]
enum Names {
    /// Below the table's folder, so that the lake can be moved.
    Below,
    /// In full, because the log lies elsewhere: the lake's folder.
    Full(Url),
}

impl<'a> TableLog<'a> {
    /// The log of a table, which need not be there.
    pub fn new(kernel: &'a Kernel, lake: &'a Lake, table: &'a Table, target: &Target) -> Result<TableLog<'a>, Error> {
        let folder = target.table(lake, table.name);
        let names = match &target.output {
            None => Names::Below,
            Some(_) => Names::Full(url_of(&root(lake)?)?),
        };
        Ok(TableLog { kernel, lake, table, times: target.times, folder, names })
    }

    /// Makes the log name the files of the snapshot. Gives whether anything was written.
    pub fn follow(&self, snapshot: &Snapshot) -> Result<bool, Error> {
        let fault = Error::log(&self.folder);
        std::fs::create_dir_all(&self.folder).map_err(Error::io(&self.folder))?;
        let folder = self.folder.canonicalize().map_err(Error::io(&self.folder))?;
        let url = url_of(&folder)?;
        let wanted: BTreeMap<String, &Part> = snapshot.parts(self.table.name).map(|part| (self.name(part), part)).collect();
        let is_there =
            self.folder.join("_delta_log").join(format!("{:020}.json", 0)).exists() || self.folder.join("_delta_log/_last_checkpoint").exists();
        let version = if is_there { self.update(&url, snapshot, &wanted)? } else { Some(self.create(&url, snapshot, &wanted)?) };
        let Some(version) = version else { return Ok(false) };
        self.sync(version)?;
        if version > 0 && version % CHECKPOINT_AFTER == 0 {
            let engine = &self.kernel.engine;
            let written = DeltaSnapshot::builder_for(url).build(engine).and_then(|snapshot| snapshot.checkpoint(engine, None));
            let _ = written.map_err(&fault)?;
        }
        Ok(true)
    }

    /// The first entry.
    fn create(&self, url: &Url, snapshot: &Snapshot, wanted: &BTreeMap<String, &Part>) -> Result<u64, Error> {
        let (engine, fault) = (&self.kernel.engine, Error::log(&self.folder));
        let schema = schema(self.table, self.times).map_err(&fault)?;
        let builder = create_table(url, schema, engine_info(), true)
            .with_data_layout(DataLayout::partitioned(["date"]))
            .with_transaction_id(APP, number(snapshot));
        let mut tx = builder.build(engine, Box::new(FileSystemCommitter::new())).map_err(&fault)?;
        if let Some(batch) = self.adds(wanted.iter())? {
            tx.add_files(Box::new(ArrowEngineData::new(batch)));
        }
        committed(tx.commit(engine)).map_err(Error::log(&self.folder))
    }

    /// A further entry, if anything is to be said.
    fn update(&self, url: &Url, snapshot: &Snapshot, wanted: &BTreeMap<String, &Part>) -> Result<Option<u64>, Error> {
        let (engine, fault) = (&self.kernel.engine, Error::log(&self.folder));
        let before = DeltaSnapshot::builder_for(url).build(engine).map_err(&fault)?;
        let missing = self.missing_columns(&before.schema())?;
        let (known, removed) = self.known(&before, wanted)?;
        let new = || wanted.iter().filter(|(name, _)| !known.contains(*name));
        if missing.is_empty() && removed.is_empty() && new().next().is_none() {
            return Ok(None);
        }
        let last = before.get_app_id_version(APP, engine).map_err(&fault)?.unwrap_or(0);
        let same_rows = !snapshot.changed_since(last.unsigned_abs()).any(|change| change.table == self.table.name);
        let operation = if same_rows { UpdateTableOperation::Optimize } else { UpdateTableOperation::Write };
        let mut builder = before.update_table(operation, engine_info(), !same_rows).with_transaction_id(APP, number(snapshot));
        for field in missing {
            builder = builder.add_column(field);
        }
        let mut tx = builder.build(engine, Box::new(FileSystemCommitter::new())).map_err(&fault)?;
        removed.into_iter().for_each(|files| tx.remove_files(files));
        if let Some(batch) = self.adds(new())? {
            tx.add_files(Box::new(ArrowEngineData::new(batch)));
        }
        committed(tx.commit(engine)).map(Some).map_err(Error::log(&self.folder))
    }

    /// The files that the log names and that stay, and those that go.
    fn known(&self, before: &Arc<DeltaSnapshot>, wanted: &BTreeMap<String, &Part>) -> Result<(BTreeSet<String>, Vec<FilteredEngineData>), Error> {
        let (engine, fault) = (&self.kernel.engine, Error::log(&self.folder));
        let (mut known, mut removed) = (BTreeSet::new(), Vec::new());
        let scan = before.clone().scan_builder().build().map_err(&fault)?;
        for files in scan.scan_metadata(engine).map_err(&fault)? {
            let (data, mut selected) = files.map_err(&fault)?.scan_files.into_parts();
            let data = ArrowEngineData::try_from_engine_data(data).map_err(&fault)?;
            let batch = data.record_batch();
            let Some(paths) = batch.column_by_name("path").and_then(|c| c.as_string_opt::<i32>()) else {
                return Err(Error::log(&self.folder)("the kernel names no files"));
            };
            selected.resize(batch.num_rows(), true);
            for (path, selected) in (0..paths.len()).map(|n| paths.value(n)).zip(&mut selected) {
                if *selected && wanted.contains_key(path) {
                    let _ = known.insert(path.to_owned());
                    *selected = false;
                }
            }
            if selected.contains(&true) {
                removed.push(FilteredEngineData::try_new(data, selected).map_err(&fault)?);
            }
        }
        Ok((known, removed))
    }

    fn adds<'p>(&self, parts: impl Iterator<Item = (&'p String, &'p &'p Part)>) -> Result<Option<delta_kernel::arrow::array::RecordBatch>, Error> {
        let parts: Vec<(&String, &&Part, PathBuf)> = parts.map(|(name, part)| (name, part, self.lake.root().join(&part.file))).collect();
        if parts.is_empty() {
            return Ok(None);
        }
        // of a lake in a store, those whose footers are not here yet
        Snapshot::fetch(parts.iter().map(|(_, part, _)| **part))?;
        let adds: Vec<Add> = parts.iter().map(|(name, part, place)| Add { name: (*name).clone(), part, place }).collect();
        adds::batch(self.table, self.times, &adds).map(Some)
    }

    /// The name that the log has for a part.
    fn name(&self, part: &Part) -> String {
        match &self.names {
            Names::Below => part.file.strip_prefix(self.table.name).map_or(part.file.as_str(), |rest| rest.trim_start_matches('/')).to_owned(),
            Names::Full(lake) => format!("{lake}{}", part.file),
        }
    }

    /// Columns that this release has and the log has not.
    fn missing_columns(&self, there: &StructType) -> Result<Vec<StructField>, Error> {
        let wanted = schema(self.table, self.times).map_err(Error::log(&self.folder))?;
        let mut missing = Vec::new();
        for field in wanted.fields() {
            match there.field(field.name()) {
                None => missing.push(field.clone()),
                Some(found) if found.data_type() == field.data_type() => {}
                Some(found) => {
                    let reason = format!("column {} is {} there, and is to be {}", field.name(), found.data_type(), field.data_type());
                    return Err(Error::Log { path: self.folder.clone(), reason });
                }
            }
        }
        Ok(missing)
    }

    /// Makes an entry last: what it names in the place of is deleted next.
    fn sync(&self, version: u64) -> Result<(), Error> {
        let log = self.folder.join("_delta_log");
        let file = log.join(format!("{version:020}.json"));
        File::open(&file).and_then(|f| f.sync_all()).map_err(Error::io(&file))?;
        // on Windows a folder cannot be opened as a file, and names last without it
        if cfg!(unix) { File::open(&log).and_then(|f| f.sync_all()).map_err(Error::io(&log)) } else { Ok(()) }
    }
}

/// A table's columns in Delta's types, and the day.
fn schema(table: &Table, times: Times) -> KernelResult<SchemaRef> {
    let kind = |kind: Kind| match kind {
        Kind::Text | Kind::Json => DataType::STRING,
        Kind::Int => DataType::LONG,
        Kind::Float => DataType::DOUBLE,
        Kind::Bool => DataType::BOOLEAN,
        Kind::Time if times == Times::Bigint => DataType::LONG,
        Kind::Time => DataType::TIMESTAMP,
        Kind::Ints => ArrayType::new(DataType::LONG, true).into(),
        Kind::Floats => ArrayType::new(DataType::DOUBLE, true).into(),
    };
    let fields = table.columns.iter().map(|c| StructField::nullable(c.name, kind(c.kind)));
    Ok(Arc::new(StructType::try_new(fields.chain([StructField::nullable("date", DataType::DATE)]))?))
}

fn engine_info() -> String {
    format!("{APP} {}", env!("CARGO_PKG_VERSION"))
}

fn number(snapshot: &Snapshot) -> i64 {
    i64::try_from(snapshot.commit).unwrap_or(i64::MAX)
}

/// The version that an entry has. Nobody else writes: the lake's lock is held.
fn committed<S>(result: KernelResult<CommitResult<S>>) -> Result<u64, String> {
    match result {
        Ok(CommitResult::Committed(done)) => Ok(done.commit_version()),
        Ok(CommitResult::Conflicted(conflict)) => {
            Err(format!("version {} was written by somebody else; only tracemill may write it", conflict.conflict_version()))
        }
        Ok(CommitResult::Retryable(retry)) => Err(retry.error.to_string()),
        Err(e) => Err(e.to_string()),
    }
}

fn url_of(folder: &Path) -> Result<Url, Error> {
    Url::from_directory_path(folder)
        .map_err(|()| Error::Refused(format!("{}: cannot be written as a URI; name a folder on a local disk", folder.display())))
}
