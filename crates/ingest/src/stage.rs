//! The sink of an ingest: rows become staged parts, what is set aside becomes runs for the quarantine. Border: scratch files only; which of
//! it belongs to the lake is decided by `unique` and `quarantine`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use tracemill_forgotten::Judge;
use tracemill_model::LakeError;

use crate::Options;
use crate::feed::Feed;
use crate::keep::{Keep, Nowhere};
use crate::late::Named;
use crate::pipeline::{self, Report, Sink};
use crate::progress::Progress;
use crate::quarantine::Spool;
use crate::requests::Forms;
use crate::rows::Rows;
use crate::store::{Staged, Store};

/// The scratch folder of a commit, and how its files are named.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    counter: AtomicU64,
    judge: Option<Judge>,
}

/// What a run has left in the scratch folder.
#[derive(Debug)]
pub struct Left {
    /// What was found in each feed, in their order.
    pub reports: Vec<Report>,
    /// Parts.
    pub staged: Vec<Staged>,
    /// Runs of entries for the quarantine.
    pub runs: Vec<PathBuf>,
    /// Records that belong to what was forgotten, by number of source.
    pub forgotten: BTreeMap<u32, u64>,
    /// Those of them that were known by a name, and have a trace.
    pub named: BTreeSet<Named>,
    /// Processes, and the hours of those that are spans and records.
    pub hours: BTreeSet<(String, i64)>,
}

struct Stage<'a> {
    store: Store<'a>,
    keep: Box<dyn Keep + Send + 'a>,
    runs: Vec<PathBuf>,
}

impl Scratch {
    /// In this folder. Rows are held against what the lake has forgotten.
    pub fn new(folder: &Path, judge: Option<Judge>) -> Scratch {
        Scratch { folder: folder.to_owned(), counter: AtomicU64::new(0), judge }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the lake has forgotten, as this run knows it.
    pub fn judge(&self) -> Option<&Judge> {
        self.judge.as_ref()
    }

    /// From now on the lake has forgotten this.
    pub fn know(&mut self, judge: Judge) {
        self.judge = Some(judge);
    }

    /// Where the next part goes.
    pub fn next(&self) -> PathBuf {
        self.folder.join(format!("{:08}.parquet", self.counter.fetch_add(1, Ordering::Relaxed)))
    }

    /// Reads the feeds, whose sources are numbered from `first`. With `keep` what is set aside is kept.
    pub fn run(&self, feeds: &[Feed], first: u32, options: &Options, keep: bool, progress: &dyn Progress) -> Result<Left, LakeError> {
        let stage = || Stage {
            store: Store::new(&self.folder, &self.counter, self.judge.as_ref()),
            keep: if keep { Box::new(Spool::new(&self.folder, &self.counter, &options.privacy, options.max_kept)) } else { Box::new(Nowhere) },
            runs: Vec::new(),
        };
        let (reports, stages) = pipeline::run(feeds, first, options, progress, stage)?;
        let mut left =
            Left { reports, staged: Vec::new(), runs: Vec::new(), forgotten: BTreeMap::new(), named: BTreeSet::new(), hours: BTreeSet::new() };
        for stage in stages {
            for (source, rows) in stage.store.forgotten {
                *left.forgotten.entry(source).or_default() += rows;
            }
            left.named.extend(stage.store.named);
            left.hours.extend(stage.store.hours);
            left.staged.extend(stage.store.staged);
            left.runs.extend(stage.runs);
        }
        left.staged.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(left)
    }
}

impl Sink for Stage<'_> {
    fn keep(&mut self) -> &mut dyn Keep {
        &mut *self.keep
    }

    fn take(&mut self, _: u32, _: Forms, rows: &mut Rows) -> Result<(), LakeError> {
        self.store.take(rows)
    }

    fn finish(&mut self, rows: &mut Rows) -> Result<(), LakeError> {
        self.store.finish(rows)?;
        self.runs = self.keep.finish()?;
        Ok(())
    }
}
