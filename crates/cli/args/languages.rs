//! Options of `logql`, `promql` and `traceql`. Border: what was typed; what it means is the libraries' business.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::LakeArg;

/// The question, its time and where the answer goes.
#[derive(Debug, Clone, Args)]
pub struct AskArgs {
    /// The question, as it stands in Grafana; - reads it from standard input
    #[arg(value_name = "QUERY", required_unless_present = "file", allow_hyphen_values = true)]
    pub question: Option<String>,
    /// Read the question from a file
    #[arg(short, long, value_name = "FILE", conflicts_with = "question")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub lake: LakeArg,
    /// From then on: RFC 3339, a date, an age such as 7d, or Unix time; the lake's first record if absent
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,
    /// Until then, or then: the same forms; the lake's last record if absent
    #[arg(long, value_name = "TIME", visible_alias = "time")]
    pub end: Option<String>,
    /// Numbers in steps of this length (60s, 5m, or seconds) from start to end, instead of one at the end
    #[arg(long, value_name = "DURATION")]
    pub step: Option<String>,
    /// Zone of dates
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub timezone: String,
    /// File to write to, instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// In which order records are given.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum DirectionArg {
    /// The newest first
    Backward,
    /// The oldest first
    Forward,
}

/// Options of `logql`.
#[derive(Debug, Clone, Args)]
pub struct LogqlArgs {
    #[command(flatten)]
    pub ask: AskArgs,
    /// At most so many records; all if absent
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Order of the records, and which a limit keeps
    #[arg(long, value_name = "ORDER", value_enum, default_value = "backward")]
    pub direction: DirectionArg,
    /// With the format loki: tell stream labels, structured metadata and parsed labels apart
    #[arg(long)]
    pub categorize_labels: bool,
    /// lines (of records), loki (its API's JSON), or as answers are: table, csv, json (a row per record), ndjson, parquet or markdown
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: String,
}

/// Options of `promql`.
#[derive(Debug, Clone, Args)]
pub struct PromqlArgs {
    #[command(flatten)]
    pub ask: AskArgs,
    /// How old a sample may be and still be the current one
    #[arg(long, value_name = "DURATION", default_value = "5m")]
    pub lookback: String,
    /// prometheus (its API's JSON), or as answers are: table, csv, json (a row per series), ndjson, parquet or markdown
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: String,
}

/// Options of `traceql`.
#[derive(Debug, Clone, Args)]
pub struct TraceqlArgs {
    #[command(flatten)]
    pub ask: AskArgs,
    /// At most so many traces, the latest; all if absent
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// At most so many spans of a set; all if absent
    #[arg(long, value_name = "N", visible_alias = "spss")]
    pub spans: Option<usize>,
    /// tempo (its API's JSON), or as answers are: table, csv, json (a row per span), ndjson, parquet or markdown
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub format: String,
}
