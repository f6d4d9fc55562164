//! `run.json`: what a night's run was, for machines. Border: its fields are documented in docs/nightly.md, and only grow; the file is the
//! one of a night that may differ between equal runs.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tracemill_query::page::Headline;

use crate::failure::Failure;

/// Its name.
pub const FILE: &str = "run.json";
/// Its version: a field that changes its meaning makes it another.
pub const SCHEMA: u32 = 1;

/// Numbers by table.
pub type ByTable = BTreeMap<String, u64>;

/// The record.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    pub schema: u32,
    pub date: String,
    pub period: PeriodRecord,
    pub versions: Versions,
    pub started: String,
    pub finished: String,
    pub exit_code: u8,
    pub options: Options,
    pub inputs: Inputs,
    pub tables: BTreeMap<String, TableRecord>,
    pub commits: Commits,
    /// built or unchanged.
    pub semantic_tables: String,
    /// UTC days whose raw rows this run has changed.
    pub days_touched: Vec<String>,
    /// UTC days before the period that changed since the night before, and by how many records.
    pub late_days: BTreeMap<String, BTreeMap<String, i64>>,
    /// Older nights that were written anew because of late data.
    pub nights_rewritten: Vec<String>,
    /// Of a night that was written anew later: the night whose run did it.
    pub rewritten_by: Option<String>,
    pub set_aside: SetAside,
    pub summary: Summary,
    /// Whether the files of the night were current and left as they were.
    pub reused: bool,
    pub reports: Vec<ReportRecord>,
    pub reports_left_out: Vec<LeftOut>,
    pub pages: Vec<FileRecord>,
    pub seconds: BTreeMap<String, f64>,
    pub peak_memory_bytes: Option<u64>,
    /// Fingerprint of all that the night's files were made from.
    pub made_from: String,
    /// The lake's last commit when the files were written.
    pub written_at: u64,
    /// Rows of the raw tables by UTC day, as this run left them.
    pub days: BTreeMap<String, ByTable>,
    /// Rows of the raw tables within the period when the files were written.
    pub period_rows: ByTable,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PeriodRecord {
    pub since: String,
    pub until: String,
    pub timezone: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Versions {
    pub tracemill: String,
    pub prices: Option<String>,
    pub dialects: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// The command line behind the program's name.
    pub command: Vec<String>,
    pub lake: String,
    pub out: String,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Inputs {
    pub unchanged: usize,
    pub read: Vec<InputRecord>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InputRecord {
    pub path: String,
    pub bytes: u64,
    pub format: String,
    pub requests: u64,
    pub records: ByTable,
    pub duplicates: u64,
    pub conflicts: u64,
    pub timeless: u64,
    pub set_aside: u64,
    /// The first of what was set aside: where, and why.
    pub examples: Vec<tracemill_model::lake::SetAside>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TableRecord {
    /// Rows after the run.
    pub rows: u64,
    /// Rows more than before it; less where rows were replaced or taken out.
    pub added: i64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Commits {
    /// Number of the lake's last commit before the run; 0 for a new lake.
    pub before: u64,
    /// After it.
    pub after: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetAside {
    /// In the inputs of this run.
    pub run: u64,
    /// Entries that are set aside in the lake.
    pub lake: u64,
}

/// The headline figures.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    pub conversations: i64,
    pub model_calls: i64,
    pub errors: i64,
    pub tool_calls: i64,
    pub tool_failures: i64,
    pub total_tokens: i64,
    /// Null where no call has a price.
    pub cost_nanousd: Option<i64>,
    pub unpriced_calls: i64,
    /// Different secrets; null where they are not searched for.
    pub secrets: Option<i64>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ReportRecord {
    pub report: String,
    /// period or lake.
    pub window: String,
    pub rows: u64,
    pub files: Vec<FileRecord>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileRecord {
    pub file: String,
    pub bytes: u64,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    pub report: String,
    pub reason: String,
}

impl From<Headline> for Summary {
    fn from(headline: Headline) -> Summary {
        let Headline { conversations, model_calls, errors, tool_calls, tool_failures, total_tokens, cost_nanousd, unpriced_calls, secrets } = headline;
        Summary { conversations, model_calls, errors, tool_calls, tool_failures, total_tokens, cost_nanousd, unpriced_calls, secrets }
    }
}

impl Record {
    /// Reads that of a night's folder; `None` where there is none that this release understands.
    pub fn read(folder: &Path) -> Option<Record> {
        let record: Record = serde_json::from_slice(&std::fs::read(folder.join(FILE)).ok()?).ok()?;
        (record.schema == SCHEMA).then_some(record)
    }

    /// Writes it into a night's folder.
    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        let text = serde_json::to_vec_pretty(self).context(FILE)?;
        crate::report::write_file(&folder.join(FILE), &[&text[..], b"\n"].concat())
    }

    /// Whether all files that it names lie in the folder, with the sizes that it names.
    pub fn is_whole(&self, folder: &Path) -> bool {
        let mut files = self.reports.iter().flat_map(|r| &r.files).chain(&self.pages);
        files.all(|f| folder.join(&f.file).metadata().is_ok_and(|m| m.is_file() && m.len() == f.bytes))
    }
}
